// The columns of the file that is named, by DuckDB: records typed beforehand,
// which is fastest, and two threads.
'use strict';
const fs = require('node:fs');
const { DuckDBInstance } = require('@duckdb/node-api');

const columns = fs.readFileSync(process.argv[2], 'utf8').trim().split('\n');
const numbers = { latitude: 'DOUBLE', longitude: 'DOUBLE', Orders: 'BIGINT' };
const typeOf = (name) => numbers[name] ?? 'VARCHAR';

// { email: 'VARCHAR', location: { city: 'VARCHAR' } }
const types = {};
for (const column of columns) {
  const [outer, inner] = column.split('.');
  if (inner === undefined) types[outer] = typeOf(outer);
  else (types[outer] ??= {})[inner] = typeOf(inner);
}
const struct = (members) => 'STRUCT(' + Object.entries(members)
  .map(([name, type]) => `"${name}" ${type}`).join(', ') + ')';
const schema = Object.entries(types).map(([name, type]) =>
  `${name}: '${typeof type === 'string' ? type : struct(type)}'`).join(', ');
const select = columns.map((c) =>
  c.split('.').map((name) => `"${name}"`).join('.')).join(', ');

(async () => {
  const db = await DuckDBInstance.create(':memory:', { threads: '2' });
  const c = await db.connect();
  await c.run(`COPY (SELECT ${select}
    FROM read_json('/dev/stdin', format = 'newline_delimited',
      columns = {${schema}}))
    TO '/dev/stdout' (FORMAT csv, HEADER false)`);
})();
