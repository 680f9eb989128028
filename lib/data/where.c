/* SPDX-License-Identifier: MIT */
/*
 * where.c - conditions on a record.
 */

#include <string.h>

#include "where.h"

enum kl_rc
where_parse(struct where *w, struct slots *slots, const char *condition,
    struct kl_err *err)
{
	const char *eq = strchr(condition, '=');
	size_t n = strlen(condition);

	memset(w, 0, sizeof(*w));
	if (eq != NULL) {
		n = (size_t)(eq - condition);
		w->what = WHERE_IS;
		if (n > 0 && condition[n - 1] == '!') {
			w->what = WHERE_IS_NOT;
			n--;
		}
		kl_buf_puts(&w->value, eq + 1);
	} else if (n > 0 && condition[n - 1] == '?') {
		w->what = WHERE_HAS;
		n--;
	} else {
		n = 0;
	}
	if (n == 0) {
		kl_buf_free(&w->value);
		(void)kl_err_set(err, KL_EUSAGE,
		    "a condition is FIELD=VALUE, FIELD!=VALUE or FIELD?");
		return KL_EUSAGE;
	}
	w->slot = slots_add(slots, NO_SLOT, (struct kl_span){ condition, n });
	if (w->slot == NO_SLOT || w->value.rc != KL_OK) {
		kl_buf_free(&w->value);
		return kl_err_nomem(err);
	}
	return KL_OK;
}

bool
where_holds(const struct where *w, struct kl_value v)
{
	bool missing = kl_value_missing(&v), is;

	if (w->what == WHERE_HAS)
		return !missing;
	if (missing || w->value.n == 0)
		is = missing && w->value.n == 0;
	else
		is =
		    kl_span_eq(v.s, (struct kl_span){ w->value.s, w->value.n });
	return is == (w->what == WHERE_IS);
}

bool
where_true(const struct where *w, struct slots *slots,
    const struct kl_json *doc)
{
	uint32_t node = slots_node(slots, w->slot);
	struct kl_value v = kl_value_of(doc, node);

	if (v.type == KL_JSON_STRING) {
		v.s = kl_json_text(doc, node, &slots->tmp);
		v.form = KL_TEXT;
	}
	return where_holds(w, v);
}
