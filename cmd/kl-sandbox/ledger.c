/* SPDX-License-Identifier: MIT */
/* ledger.c - one line per effect, in the order in which they came about. */

#include "box.h"

/* JSON without white space between its tokens: one line, whatever the
 * request looked like. */
static void
put_dense(struct kl_buf *b, struct kl_span json)
{
	bool string = false;
	size_t i;

	if (memchr(json.s, '\n', json.n) == NULL &&
	    memchr(json.s, '\r', json.n) == NULL) {
		kl_buf_span(b, json);
		return;
	}
	for (i = 0; i < json.n; i++) {
		char c = json.s[i];

		if (string && c == '\\') {
			kl_buf_putc(b, c);
			c = json.s[++i];
		} else if (c == '"')
			string = !string;
		else if (!string &&
		    (c == ' ' || c == '\t' || c == '\n' || c == '\r'))
			continue;
		kl_buf_putc(b, c);
	}
}

/* Put an identifier of the profile, or of nobody, if it has it. */
static void
put_known(struct kl_buf *b, const struct box *box, const struct effect *e,
    enum key k, const char *name)
{
	struct kl_span v = { NULL, 0 };

	if (e->profile != NONE)
		v = store_get(&box->store, e->profile, k);
	else if (e->ident != NULL)
		v = e->ident[k];
	if (v.s != NULL)
		kl_json_put_raw(b, name, v);
}

void
ledger_put(struct box *box, const struct effect *e)
{
	static const struct {
		enum key key;
		const char *name;
	} known[] = { { KEY_EMAIL, "email" }, { KEY_PHONE, "phone_number" },
		{ KEY_EXTERNAL, "external_id" } };
	char id[ID_LEN + 1];
	struct kl_buf *b;
	size_t i;

	if (box->ledger == NULL)
		return;
	b = kl_out_begin(box->ledger);
	kl_buf_putc(b, '{');
	kl_json_put_int(b, "n", (int64_t)++box->ledger_n);
	kl_buf_puts(b, ",\"t\":");
	put_time(b, box->ledger_time, true);
	kl_json_put_int(b, "request", (int64_t)e->request);
	kl_json_put_str(b, "op", e->op);
	kl_json_put_str(b, "effect", e->name);
	if (e->profile != NONE) {
		store_id(&box->store, e->profile, id);
		kl_json_put_str(b, "profile", id);
	}
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		put_known(b, box, e, known[i].key, known[i].name);
	if (e->list != NULL)
		kl_json_put_str(b, "list", e->list);
	if (e->metric.n > 0)
		kl_json_put_raw(b, "metric", e->metric);
	if (e->unique_id.n > 0)
		kl_json_put_raw(b, "unique_id", e->unique_id);
	if (e->job != NULL)
		kl_json_put_str(b, "job", e->job);
	if (e->reason != NULL)
		kl_json_put_str(b, "reason", e->reason);
	if (e->attributes.n > 0) {
		kl_buf_puts(b, ",\"attributes\":");
		put_dense(b, e->attributes);
	}
	kl_buf_putc(b, '}');
	(void)kl_out_commit(box->ledger, NULL);
}

void
ledger_taken(struct box *box, const struct draft *d, uint32_t at,
    struct effect e)
{
	static const char *const none[KEY_IDENTIFIERS] = {
		[KEY_EMAIL] = "{\"email\":null}",
		[KEY_PHONE] = "{\"phone_number\":null}",
		[KEY_EXTERNAL] = "{\"external_id\":null}",
		[KEY_KX] = "{\"_kx\":null}",
		[KEY_ANONYMOUS] = "{\"anonymous_id\":null}",
	};
	int k;

	for (k = 0; k < KEY_IDENTIFIERS; k++) {
		if (d->owner[k] == NONE || d->owner[k] == at)
			continue;
		e.name = "profile.update";
		e.profile = d->owner[k];
		e.attributes = KL_SPAN(none[k]);
		ledger_put(box, &e);
	}
}

void
ledger_flush(struct box *box)
{
	if (box->ledger != NULL)
		(void)kl_out_flush(box->ledger, &box->failed);
}
