// The work of kl-pull members, or of kl-pull profiles: a list, or everybody, page
// by page, a line for each profile.
//
//	pull.cjs LIST
//	pull.cjs profiles [N]		the first N of them
'use strict';
const { ListsApi, ProfilesApi } = require('klaviyo-api');
const { put, flush } = require('./lines.cjs');
const { api, main } = require('./klaviyo.cjs');

const [of, n] = process.argv.slice(2);
const lists = api(ListsApi), profiles = api(ProfilesApi);
const page = of === 'profiles' ? options => profiles.getProfiles(options)
  : options => lists.getProfilesForList(of, options);

main(async () => {
  const options = { pageSize: 100 };
  let left = n === undefined ? Infinity : Number(n);
  do {
    const { body } = await page(options);
    for (const profile of body.data.slice(0, left)) {
      profile.attributes.id = profile.id;
      put(`${JSON.stringify(profile.attributes)}\n`);
      left--;
    }
    // The SDK finds the cursor in a next link by itself, if that is https.
    options.pageCursor = body.links.next &&
      new URL(body.links.next).searchParams.get('page[cursor]');
  } while (options.pageCursor && left > 0);
  flush();
});
