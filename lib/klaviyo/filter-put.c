/* SPDX-License-Identifier: MIT */
/* filter-put.c - conditions, in the syntax of the service. */

#include "kl/query.h"

static void
begin_condition(struct kl_buf *b, enum kl_op op, const char *field)
{
	kl_buf_printf(b, "%s%s(%s,", b->n > 0 ? "," : "", kl_op_name(op),
	    field);
}

void
kl_filter_put(struct kl_buf *b, enum kl_op op, const char *field,
    struct kl_span value)
{
	begin_condition(b, op, field);
	kl_buf_span(b, value);
	kl_buf_putc(b, ')');
}

void
kl_filter_put_text(struct kl_buf *b, enum kl_op op, const char *field,
    struct kl_span text)
{
	size_t i;

	begin_condition(b, op, field);
	kl_buf_putc(b, '"');
	for (i = 0; i < text.n; i++) {
		if (text.s[i] == '"' || text.s[i] == '\\')
			kl_buf_putc(b, '\\');
		kl_buf_putc(b, text.s[i]);
	}
	kl_buf_puts(b, "\")");
}
