/* SPDX-License-Identifier: MIT */
/* run.c - what every part of the send engine may do: end it, or say a word. */

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "kl/url.h"
#include "run.h"

void
run_fail(struct kl_send *s, const struct kl_err *err)
{
	if (s->end.rc == KL_OK)
		s->end = *err;
	s->stopping = true;
}

void
run_note(struct kl_send *s, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	s->o.sink.note(s->o.sink.ctx, text);
}

void
run_path(struct kl_buf *b, const char *path, const char *id)
{
	const char *at = strstr(path, "{id}");

	if (at == NULL) {
		kl_buf_puts(b, path);
		return;
	}
	kl_buf_put(b, path, (size_t)(at - path));
	kl_url_encode(b, id, strlen(id));
	kl_buf_puts(b, at + 4);
}
