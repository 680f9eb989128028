/* SPDX-License-Identifier: MIT */
/* run.c - what every part of the send engine may do: end it, or say a word. */

#include <stdarg.h>
#include <stdio.h>

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
