// The same as map.json says.
'use strict';
const { eachLine, put, flush } = require('./lines.cjs');

eachLine((line) => {
  const r = JSON.parse(line);
  put(JSON.stringify({
    email: r.Email.trim().toLowerCase(),
    first_name: r.FirstName,
    last_name: r.LastName,
    external_id: r.CustomerId,
    organization: r.Company,
    locale: r.Language,
    location: {
      address1: r.Street,
      city: r.City,
      region: r.State,
      country: r.Country,
      zip: r.Zip,
    },
    properties: {
      Plan: r.Plan,
      SignedUp: r.SignedUp,
      Orders: r.Orders,
      Store: r.Store,
      OptIn: r.OptIn,
    },
  }) + '\n');
});
flush();
