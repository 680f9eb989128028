// The work of kl-push add: profiles of standard input onto a list, by bulk
// imports, four at a time.  What became of them it does not ask.
//
//	push.cjs LIST BATCH < records
'use strict';
const { ProfilesApi } = require('klaviyo-api');
const { blocks } = require('./lines.cjs');
const { api, main } = require('./klaviyo.cjs');

const profiles = api(ProfilesApi);
const [list, size] = process.argv.slice(2);

// The SDK takes the members of a profile in camel case.
function profile(r) {
  return {
    type: 'profile',
    attributes: {
      email: r.email,
      externalId: r.external_id,
      firstName: r.first_name,
      lastName: r.last_name,
      organization: r.organization,
      locale: r.locale,
      location: r.location,
      properties: r.properties,
    },
  };
}

function send(batch) {
  return profiles.bulkImportProfiles({
    data: {
      type: 'profile-bulk-import-job',
      attributes: { profiles: { data: batch } },
      relationships: { lists: { data: [{ type: 'list', id: list }] } },
    },
  });
}

main(async () => {
  const flying = new Set();
  let batch = [];
  const leave = async () => {
    if (flying.size === 4) await Promise.race(flying);
    const sent = send(batch).finally(() => flying.delete(sent));
    flying.add(sent);
    batch = [];
  };
  for (const lines of blocks())
    for (const line of lines) {
      batch.push(profile(JSON.parse(line)));
      if (batch.length === Number(size)) await leave();
    }
  if (batch.length > 0) await leave();
  await Promise.all(flying);
});
