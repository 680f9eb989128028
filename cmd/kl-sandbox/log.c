/* SPDX-License-Identifier: MIT */
/* log.c - one line per request: who asked for what, when, and the answer. */

#include <stdlib.h>

#include "box.h"

void
log_put(struct req *q)
{
	struct box *box = q->box;
	struct kl_buf *b;

	if (box->log == NULL)
		return;
	b = kl_out_begin(box->log);
	kl_buf_putc(b, '{');
	kl_json_put_int(b, "n", (int64_t)q->number);
	kl_buf_puts(b, ",\"t\":");
	put_time(b, q->now != 0 ? q->now : box_now(box), true);
	if (q->op != NULL)
		kl_json_put_str(b, "op", q->op->id);
	if (q->key != 0)
		kl_json_put_int(b, "key", (int64_t)q->key);
	kl_json_put_int(b, "status", q->status);
	if (q->retry_after[0] != '\0')
		kl_json_put_int(b, "retry_after",
		    strtoll(q->retry_after, NULL, 10));
	kl_buf_putc(b, '}');
	(void)kl_out_commit(box->log, NULL);
	(void)kl_out_flush(box->log, &box->failed);
}
