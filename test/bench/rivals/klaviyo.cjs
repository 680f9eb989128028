// The official SDK, pointed at KL_BASE_URL.
'use strict';
const { ApiKeySession } = require('klaviyo-api');

// api(Class): an instance that asks there.  There is no option for it, but a
// setter; the revision is the one the SDK was made for.
exports.api = function (Class) {
  const api = new Class(new ApiKeySession(process.env.KLAVIYO_API_KEY));
  api.basePath = process.env.KL_BASE_URL;
  return api;
};

// Whatever goes wrong ends it.
exports.main = function (work) {
  work().catch((e) => {
    console.error(e.response ? e.response.status : e,
      e.response ? JSON.stringify(e.response.data) : '');
    process.exit(1);
  });
};
