/* SPDX-License-Identifier: MIT */
/* auth.c - keys, and what each may do. */

#include <stdio.h>
#include <stdlib.h>

#include "box.h"
#include "kl/near.h"

static const char *const scope_names[] = { "accounts:read", "lists:read",
	"lists:write", "profiles:read", "profiles:write", "segments:read",
	"subscriptions:read", "subscriptions:write", "events:read",
	"events:write", "metrics:read", "tags:read", "tags:write",
	"data-privacy:write", "push-tokens:read", "conversations:read",
	"flows:read", NULL };

/* Scopes that keys can have and no operation here asks for. */
static const char *const other_scopes[] = { "segments:write", "metrics:write",
	"flows:write", "push-tokens:write", "conversations:write", NULL };

static bool
known(const char *const *names, struct kl_span s, unsigned *bit)
{
	unsigned i;

	for (i = 0; names[i] != NULL; i++)
		if (kl_span_is(s, names[i])) {
			*bit = 1U << i;
			return true;
		}
	return false;
}

static enum kl_rc
scope_add(struct key_row *row, struct kl_span s, struct kl_err *err)
{
	const char *near;
	unsigned bit;

	if (known(other_scopes, s, &bit))
		return KL_OK;
	if (known(scope_names, s, &bit)) {
		row->scopes |= bit;
		return KL_OK;
	}
	near = kl_near(scope_names, s.s, s.n);
	(void)kl_err_set(err, KL_EUSAGE, "--key: no scope is called '%.*s'",
	    (int)s.n, s.s);
	if (near != NULL)
		kl_err_hint(err, "did you mean %s?", near);
	return KL_EUSAGE;
}

enum kl_rc
keys_add(struct keys *k, const char *spec, struct kl_err *err)
{
	const char *colon = strchr(spec, ':'), *p, *end;
	struct key_row *row;
	enum kl_rc rc;

	row = realloc(k->row, (k->n + 1) * sizeof(*row));
	if (row == NULL)
		return kl_err_nomem(err);
	k->row = row;
	row += k->n++;
	row->key.s = spec;
	row->key.n = colon == NULL ? strlen(spec) : (size_t)(colon - spec);
	row->scopes = colon == NULL ? ~0U : 0;
	if (row->key.n == 0)
		return kl_err_set(err, KL_EUSAGE, "--key: the key is empty");
	for (p = colon; p != NULL; p = *end == ',' ? end : NULL) {
		end = strchr(++p, ',');
		if (end == NULL)
			end = p + strlen(p);
		rc = scope_add(row, (struct kl_span){ p, (size_t)(end - p) },
		    err);
		if (rc != KL_OK)
			return rc;
	}
	return KL_OK;
}

bool
auth_check(struct req *q, unsigned *scopes, struct problem *p)
{
	static const char scheme[] = "Klaviyo-API-Key ";
	const struct keys *k = &q->box->keys;
	const char *a = q->authorization;
	size_t i;

	if (a != NULL && strncmp(a, "Bearer ", 7) == 0)
		return problem_set(p, BAD_KEY, "/data/",
		    "Incorrect authentication credentials.");
	if (a == NULL || strncmp(a, scheme, sizeof(scheme) - 1) != 0)
		return problem_set(p, NOT_AUTHENTICATED, "/data/",
		    "Missing or invalid authorization scheme. Please use "
		    "Klaviyo-API-Key.");
	a += sizeof(scheme) - 1;
	for (i = 0; i < k->n; i++)
		if (kl_span_is(k->row[i].key, a)) {
			*scopes = k->row[i].scopes;
			q->key = i + 1;
			return true;
		}
	return problem_set(p, BAD_KEY, "/data/",
	    "Incorrect authentication credentials.");
}

bool
scope_check(const struct op *op, unsigned include_scopes, unsigned scopes,
    struct problem *p)
{
	unsigned missing = (op->scopes | include_scopes) & ~scopes;
	char names[320] = "";
	size_t n = 0;
	int i;

	if (missing == 0)
		return true;
	for (i = 0; scope_names[i] != NULL; i++)
		if (missing & 1U << i)
			n += (size_t)snprintf(names + n, sizeof(names) - n,
			    "%s%s", n > 0 ? ", " : "", scope_names[i]);
	return problem_set(p, NO_PERMISSION, "/data/",
	    "Your API key is missing required scopes: %s", names);
}
