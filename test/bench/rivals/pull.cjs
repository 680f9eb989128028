// The work of kl-pull members: a list page by page, a line for each profile.
//
//	pull.cjs LIST
'use strict';
const { ListsApi } = require('klaviyo-api');
const { put, flush } = require('./lines.cjs');
const { api, main } = require('./klaviyo.cjs');

const lists = api(ListsApi);

main(async () => {
  const options = { pageSize: 100 };
  do {
    const { body } = await lists.getProfilesForList(process.argv[2], options);
    for (const profile of body.data) {
      profile.attributes.id = profile.id;
      put(`${JSON.stringify(profile.attributes)}\n`);
    }
    // The SDK finds the cursor in a next link by itself, if that is https.
    options.pageCursor = body.links.next &&
      new URL(body.links.next).searchParams.get('page[cursor]');
  } while (options.pageCursor);
  flush();
});
