/* SPDX-License-Identifier: MIT */
/* value.c - a value on its way, written. */

#include <string.h>

#include "kl/convert.h"

void
kl_value_put(struct kl_buf *b, const struct kl_value *v)
{
	char *p;

	if (v->form == KL_RAW) {
		kl_buf_span(b, v->s);
	} else if (v->form == KL_TEXT) {
		kl_json_put_text(b, v->s.s, v->s.n);
	} else if (b->cap - b->n >= v->s.n + 2 || kl_buf_room(b, v->s.n + 2)) {
		p = b->s + b->n;
		*p++ = '"';
		if (v->s.n > 0)
			memcpy(p, v->s.s, v->s.n);
		p[v->s.n] = '"';
		b->n += v->s.n + 2;
	}
}
