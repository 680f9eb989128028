// Lines of standard input, block by block, and output a block at a time:
// readline is slower.
'use strict';
const fs = require('node:fs');
const { StringDecoder } = require('node:string_decoder');

exports.eachLine = function (take) {
  const block = Buffer.allocUnsafe(1 << 18);
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for (let n; (n = fs.readSync(0, block)) > 0;) {
    const lines = (rest + decoder.write(block.subarray(0, n))).split('\n');
    rest = lines.pop();
    for (const line of lines) take(line);
  }
  if (rest !== '') take(rest);
};

let held = '';
exports.flush = function () {
  process.stdout.write(held);
  held = '';
};
exports.put = function (text) {
  held += text;
  if (held.length > 1 << 16) exports.flush();
};
