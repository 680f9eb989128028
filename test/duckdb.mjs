// duckdb.mjs - the program duckdb as far as the pipelines use it, for where
// only the library from npm is: SQL on stdin, rows on stdout, their values
// separated by bars.  DUCKDB_NPM is the folder npm has filled.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const require = createRequire(process.env.DUCKDB_NPM + '/package.json')
const { DuckDBInstance } = require('@duckdb/node-api')

const instance = await DuckDBInstance.create(process.argv.at(-1))
const connection = await instance.connect()
try {
	const all = await connection.extractStatements(readFileSync(0, 'utf8'))
	for (let i = 0; i < all.count; i++) {
		const statement = await all.prepare(i)
		const result = await statement.runAndReadAll()
		if (result.columnNames().join() === 'Count') continue
		for (const row of result.getRowsJson())
			console.log(row.map((v) => v ?? '').join('|'))
	}
} catch (error) {
	console.error(error.message)
	process.exitCode = 1
} finally {
	connection.closeSync()
	instance.closeSync()
}
