// The work of kl-from-csv | kl-map | kl-validate | kl-chunk in one process:
// rows mapped as map.json says, addresses checked, chunks of 200.
'use strict';
const { parse } = require('csv-parse');
const { put, flush } = require('./lines.cjs');

const address = /^[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}$/;

// What is empty is left out.
const some = (text) => (text === '' ? undefined : text);

function profile(r) {
  return {
    email: r.Email.trim().toLowerCase(),
    first_name: some(r.FirstName),
    last_name: some(r.LastName),
    external_id: some(r.CustomerId),
    organization: some(r.Company),
    locale: some(r.Language),
    location: {
      address1: some(r.Street),
      city: some(r.City),
      region: some(r.State),
      country: some(r.Country),
      zip: some(r.Zip),
    },
    properties: {
      Plan: some(r.Plan),
      SignedUp: some(r.SignedUp),
      Orders: some(r.Orders),
      Store: some(r.Store),
      OptIn: some(r.OptIn),
    },
  };
}

let chunk = [];
let chunks = 0;
let line = 0;

function end() {
  if (chunk.length === 0) return;
  put(`{"chunk":${++chunks},"from":${line - chunk.length + 1},"to":${line},` +
    `"wait_ms":0,"records":[${chunk.join(',')}]}\n`);
  chunk = [];
}

process.stdin.pipe(parse({ columns: true }))
  .on('data', (row) => {
    const p = profile(row);
    if (!address.test(p.email)) return;
    line++;
    if (chunk.push(JSON.stringify(p)) === 200) end();
  })
  .on('end', () => {
    end();
    flush();
  });
