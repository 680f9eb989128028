// Rows into records, with csv-parse.
'use strict';
const { parse } = require('csv-parse');
const { put, flush } = require('./lines.cjs');

process.stdin.pipe(parse({ columns: true }))
  .on('data', (row) => put(JSON.stringify(row) + '\n'))
  .on('end', flush);
