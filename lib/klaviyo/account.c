/* SPDX-License-Identifier: MIT */
/* account.c - whose key it is, and what it may do. */

#include <stdio.h>
#include <string.h>

#include "kl/account.h"
#include "kl/flat.h"
#include "kl/lists.h"

static enum kl_rc
no_account(struct kl_err *err)
{
	(void)kl_err_set(err, KL_EPROTO, "klaviyo sent no account");
	kl_err_code(err, "no_resource");
	return KL_EPROTO;
}

/* The one account of an answer; 0 if it has none. */
static uint32_t
account_of(const struct kl_json *doc)
{
	uint32_t data = kl_json_get(doc, 0, "data");

	if (data == 0 || kl_json_type(doc, data) != KL_JSON_ARRAY ||
	    doc->node[data].count == 0)
		return 0;
	return data + 1;
}

enum kl_rc
kl_account_get(struct kl_client *c, struct kl_buf *b, struct kl_err *err)
{
	struct kl_call call = { .ep = kl_endpoint(KL_EP_ACCOUNTS) };
	struct kl_answer a;
	uint32_t node;
	enum kl_rc rc;

	if ((rc = kl_client_call(c, &call, &a, err)) != KL_OK)
		return rc;
	if ((node = account_of(a.doc)) == 0)
		return no_account(err);
	if ((rc = kl_flat_put(b, a.doc, node, err)) != KL_OK)
		return rc;
	return kl_buf_check(b, err);
}

/* --- checking ------------------------------------------------------------- */

struct checker {
	struct kl_client *client;
	void (*each)(void *ctx, const struct kl_check *check);
	void *ctx;
};

static void report(const struct checker *k, const char *name,
    enum kl_check_result result, const struct kl_err *err, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

/* Report a finding; a text that is too long is cut between characters. */
static void
report(const struct checker *k, const char *name, enum kl_check_result result,
    const struct kl_err *err, const char *fmt, ...)
{
	struct kl_check check = { .name = name, .result = result };
	struct kl_err text = { 0 };
	va_list ap;

	va_start(ap, fmt);
	(void)kl_err_vset(&text, KL_OK, fmt, ap);
	va_end(ap);
	(void)snprintf(check.text, sizeof(check.text), "%s", text.msg);
	if (err != NULL)
		check.err = *err;
	k->each(k->ctx, &check);
}

/* The reads that prove a scope, the smallest there are. */
static const struct {
	const char *scope;
	enum kl_ep ep;
	const char *query, *use;
} reads[] = {
	{ "lists:read", KL_EP_LISTS, "page%5Bsize%5D=1&fields%5Blist%5D=name",
	    "lists can be read" },
	{ "profiles:read", KL_EP_PROFILES,
	    "page%5Bsize%5D=1&fields%5Bprofile%5D=id", "profiles can be read" },
};

static const struct {
	const char *scope, *use;
} writes[] = {
	{ "lists:write", "needed to add members; only adding can prove it" },
	{ "profiles:write", "needed to add members; only adding can prove it" },
};

/* The key works: say whose it is, by the account's id and name. */
static void
report_account(const struct checker *k, const struct kl_json *doc)
{
	struct kl_buf id = { 0 }, name = { 0 };
	uint32_t node = account_of(doc), i;
	struct kl_span a = { "", 0 }, b = { "", 0 };

	if (node != 0 && (i = kl_json_get(doc, node, "id")) != 0)
		a = kl_json_text(doc, i, &id);
	if (node != 0 && (i = kl_json_get(doc, node, "attributes")) != 0 &&
	    (i = kl_json_get(doc, i, "contact_information")) != 0 &&
	    (i = kl_json_get(doc, i, "organization_name")) != 0)
		b = kl_json_text(doc, i, &name);
	report(k, "key", KL_CHECK_GOOD, NULL, "accepted; account %.*s %.*s",
	    (int)a.n, a.s, b.n > 300 ? 0 : (int)b.n, b.s);
	kl_buf_free(&id);
	kl_buf_free(&name);
}

/* The key, by the call that is made for it.  KL_EOF if it is refused. */
static enum kl_rc
check_key(const struct checker *k, struct kl_err *err)
{
	struct kl_call call = { .ep = kl_endpoint(KL_EP_ACCOUNTS) };
	struct kl_err why = { 0 };
	struct kl_answer a;
	enum kl_rc rc;

	rc = kl_client_call(k->client, &call, &a, &why);
	if (rc == KL_OK) {
		report_account(k, a.doc);
		report(k, "accounts:read", KL_CHECK_GOOD, NULL,
		    "the account can be read");
		return KL_OK;
	}
	if (rc != KL_EACCESS) {
		if (err != NULL)
			*err = why;
		return rc;
	}
	if (strcmp(why.code, "key_refused") == 0) {
		report(k, "key", KL_CHECK_BAD, &why, "%s", why.msg);
		return KL_EOF;
	}
	/* A key without this scope is a good key all the same. */
	report(k, "key", KL_CHECK_GOOD, NULL, "accepted");
	report(k, "accounts:read", KL_CHECK_BAD, &why, "%s", why.msg);
	return KL_OK;
}

static enum kl_rc
check_scopes(const struct checker *k, struct kl_err *err)
{
	struct kl_answer a;
	enum kl_rc rc;
	size_t i;

	for (i = 0; i < sizeof(reads) / sizeof(reads[0]); i++) {
		struct kl_call call = { .ep = kl_endpoint(reads[i].ep),
			.query = KL_SPAN(reads[i].query) };
		struct kl_err why = { 0 };

		rc = kl_client_call(k->client, &call, &a, &why);
		if (rc == KL_OK)
			report(k, reads[i].scope, KL_CHECK_GOOD, NULL, "%s",
			    reads[i].use);
		else if (rc == KL_EACCESS)
			report(k, reads[i].scope, KL_CHECK_BAD, &why, "%s",
			    why.msg);
		else {
			if (err != NULL)
				*err = why;
			return rc;
		}
	}
	for (i = 0; i < sizeof(writes) / sizeof(writes[0]); i++)
		report(k, writes[i].scope, KL_CHECK_UNTRIED, NULL, "%s",
		    writes[i].use);
	return KL_OK;
}

static enum kl_rc
check_list(const struct checker *k, const char *id, const char *name,
    struct kl_err *err)
{
	struct kl_err why = { 0 };
	struct kl_list l;
	enum kl_rc rc;

	rc = kl_list_find(k->client, id, name, &l, &why);
	if (rc == KL_OK) {
		report(k, "list", KL_CHECK_GOOD, NULL, "%s is there: %s", l.id,
		    l.name);
	} else if (rc == KL_EREFUSED || rc == KL_EACCESS || rc == KL_EUSAGE) {
		report(k, "list", KL_CHECK_BAD, &why, "%s", why.msg);
	} else {
		if (err != NULL)
			*err = why;
		return rc;
	}
	return KL_OK;
}

enum kl_rc
kl_account_check(struct kl_client *c, const char *list_id,
    const char *list_name,
    void (*each)(void *ctx, const struct kl_check *check), void *ctx,
    struct kl_err *err)
{
	struct checker k = { c, each, ctx };
	enum kl_rc rc;

	if ((rc = check_key(&k, err)) == KL_EOF)
		return KL_OK;
	if (rc == KL_OK)
		rc = check_scopes(&k, err);
	if (rc == KL_OK && (list_id != NULL || list_name != NULL))
		rc = check_list(&k, list_id, list_name, err);
	return rc;
}
