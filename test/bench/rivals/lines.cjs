// Lines of standard input, block by block, and output a block at a time:
// readline is slower.
'use strict';
const fs = require('node:fs');
const { StringDecoder } = require('node:string_decoder');

// The lines of each block.
function* blocks() {
  const block = Buffer.allocUnsafe(1 << 18);
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for (let n; (n = fs.readSync(0, block)) > 0;) {
    const lines = (rest + decoder.write(block.subarray(0, n))).split('\n');
    rest = lines.pop();
    yield lines;
  }
  if (rest !== '') yield [rest];
}

exports.blocks = blocks;
exports.eachLine = function (take) {
  for (const lines of blocks())
    for (const line of lines) take(line);
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
