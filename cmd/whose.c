/* SPDX-License-Identifier: MIT */
/* whose.c - whose key it is. */

#include <string.h>

#include "kl/account.h"
#include "kl/json.h"
#include "whose.h"

enum kl_rc
cmd_whose(struct kl_client *client, const struct kl_config *config,
    char to[CMD_ACCOUNT], struct kl_err *err)
{
	struct kl_buf text = { 0 }, tmp = { 0 };
	struct kl_json doc = { 0 };
	struct kl_err why = { 0 };
	struct kl_span id = { 0 };
	enum kl_rc rc = kl_account_get(client, &text, &why);

	if (rc == KL_OK && kl_json_scan(&doc, text.s, text.n, &why) == KL_OK)
		id = kl_json_text(&doc, kl_json_get(&doc, 0, "id"), &tmp);
	if (id.n >= CMD_ACCOUNT)
		id.n = 0;
	if (id.n > 0)
		memcpy(to, id.s, id.n);
	to[id.n] = '\0';
	kl_json_free(&doc);
	kl_buf_free(&text);
	kl_buf_free(&tmp);
	if (rc == KL_EACCESS && strcmp(why.code, "scope_missing") == 0)
		rc = KL_OK; /* a good key need not be allowed that */
	if (rc != KL_OK) {
		*err = why;
		return rc;
	}
	if (config->account == NULL || to[0] == '\0' ||
	    strcmp(config->account, to) == 0)
		return KL_OK;
	(void)kl_err_set(err, KL_ECONFIG,
	    "the key is one of account %s, klaviyo.account says %s", to,
	    config->account);
	return KL_ECONFIG;
}
