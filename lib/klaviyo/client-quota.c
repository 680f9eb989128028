/* SPDX-License-Identifier: MIT */

/*
 * client-quota.c - the limits of the account, shared with other programs.
 *
 * Limits belong to an account, and a key does not tell whose it is.  So there
 * is a file of each key, which serves until the account is known and then
 * keeps its id for the next program, and one of each account.  Their names
 * are keyed digests: neither a key nor an account can be told from them.
 */

#include <stdio.h>
#include <string.h>

#include "client.h"
#include "kl/digest.h"
#include "kl/time.h"

/* In place of the account of a key that lacks the scope to ask for it. */
#define UNKNOWABLE "none"

/* The digest of a few texts, as a file's name. */
static enum kl_rc
name_of(const struct kl_client *c, const char *kind, const char *what,
    char name[KL_GOVERNOR_NAME + 1], struct kl_err *err)
{
	struct kl_hash_key secret;
	unsigned char sum[KL_SHA256];
	struct kl_buf text = { 0 };
	unsigned i;
	enum kl_rc rc;
	int n;

	if ((rc = kl_hash_key_load(&secret, NULL, err)) != KL_OK)
		return rc;
	kl_buf_printf(&text, "%s\n%s\n%s", kind, c->base, what);
	if ((rc = kl_buf_check(&text, err)) == KL_OK) {
		kl_hmac_sha256(secret.byte, sizeof(secret.byte), text.s, text.n,
		    sum);
		/* Programs of another version may know other endpoints. */
		n = snprintf(name, KL_GOVERNOR_NAME, "limits-2-%d-",
		    (int)KL_EPS + (int)KL_EXTRAS);
		for (i = 0; i < 16; i++)
			n += snprintf(name + n, 3, "%02x", sum[i]);
		kl_wipe(text.s, text.n);
	}
	kl_wipe(&secret, sizeof(secret));
	kl_buf_free(&text);
	return rc;
}

static enum kl_rc
use(struct kl_client *c, const char *kind, const char *what)
{
	char name[KL_GOVERNOR_NAME + 1];
	struct kl_err err = { 0 }, note = { 0 };
	enum kl_rc rc;

	if ((rc = name_of(c, kind, what, name, &err)) == KL_OK)
		rc = kl_governor_share(c->governor, name, &note, &err);
	c->sharing = kl_governor_shared(c->governor);
	if (c->opts.talk.quota == NULL)
		return rc;
	if (rc != KL_OK)
		c->opts.talk.quota(c->opts.talk.ctx, &err, true);
	else if (note.rc != KL_OK)
		c->opts.talk.quota(c->opts.talk.ctx, &note, false);
	return rc;
}

void
quota_begin(struct kl_client *c, const struct kl_client_opts *opts)
{
	char account[KL_GOVERNOR_WORD] = "";

	if (opts->account != NULL) {
		c->account_known = use(c, "account", opts->account) == KL_OK;
		return;
	}
	if (use(c, "key", opts->key) != KL_OK)
		return;
	kl_governor_word(c->governor, account);
	if (strcmp(account, UNKNOWABLE) == 0)
		c->account_known = true;
	else if (account[0] != '\0')
		c->account_known = use(c, "account", account) == KL_OK;
}

bool
kl_client_knows_account(const struct kl_client *c)
{
	return c->account_known || !c->sharing;
}

/* This key may not know: the next program need not ask. */
static void
never_known(struct kl_client *c)
{
	kl_governor_word_set(c->governor, UNKNOWABLE);
	c->account_known = true;
}

void
quota_heed(struct kl_client *c, const struct pending *p, int status)
{
	struct kl_buf tmp = { 0 };
	char account[KL_GOVERNOR_WORD];
	struct kl_span id = { 0 };
	uint64_t now;
	uint32_t data;

	if (p->ep->ep != KL_EP_ACCOUNTS || c->account_known || !c->sharing)
		return;
	if (status == 403)
		never_known(c);
	if (status != 200 || c->doc.nodes == 0)
		return;
	data = kl_json_get(&c->doc, 0, "data");
	if (data == 0 || kl_json_type(&c->doc, data) != KL_JSON_ARRAY ||
	    c->doc.node[data].count == 0)
		return;
	id = kl_json_text(&c->doc, kl_json_get(&c->doc, data + 1, "id"), &tmp);
	if (id.n > 0 && id.n < sizeof(account)) {
		(void)memcpy(account, id.s, id.n);
		account[id.n] = '\0';
		kl_governor_word_set(c->governor, account);
		c->account_known = use(c, "account", account) == KL_OK;
		/* This request counts there, too. */
		now = kl_now_mono();
		(void)kl_governor_take(c->governor, &p->ask, now);
		kl_governor_landed(c->governor, &p->ask, now, now);
	}
	kl_buf_free(&tmp);
}

uint64_t
kl_client_pace(struct kl_client *c, const struct kl_endpoint *ep)
{
	struct kl_budget b;

	kl_governor_budget(c->governor, ep->ep, &ep->rate, &b, kl_now_mono());
	return kl_budget_pace(&b, c->opts.max_percent);
}

void
quota_watch(struct kl_client *c)
{
	struct kl_err err = { 0 };

	if (!c->sharing || kl_governor_shared(c->governor))
		return;
	c->sharing = false;
	(void)kl_err_set(&err, KL_ECREATE, "it cannot be locked");
	if (c->opts.talk.quota != NULL)
		c->opts.talk.quota(c->opts.talk.ctx, &err, true);
}
