/* SPDX-License-Identifier: MIT */
/* shape.c - which attributes of a resource an answer shows. */

#include <string.h>

#include "shape.h"

/* True if path is name, or lies below it. */
static bool
below(const char *path, struct kl_span name)
{
	return name.n > 0 && strncmp(path, name.s, name.n) == 0 &&
	    (path[name.n] == '\0' || path[name.n] == '.');
}

bool
field_known(const struct field *table, unsigned groups, struct kl_span name)
{
	if (kl_span_is(name, "id"))
		return true;
	for (; table->path != NULL; table++)
		if ((table->group & ~groups) == 0 && below(table->path, name))
			return true;
	return false;
}

static bool
picked(const struct picks *p, const char *path)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		if (below(path, p->name[i]))
			return true;
	return false;
}

static bool
shown(const struct field *f, const struct picks *fields,
    const struct picks *more, unsigned groups)
{
	if ((f->group & ~groups) != 0)
		return false;
	if ((f->group & ON_REQUEST) && picked(more, f->path))
		return true;
	if (fields->given)
		return picked(fields, f->path);
	return !(f->group & ON_REQUEST);
}

/* How many bytes of the parents ("a.b." of "a.b.c") two paths share. */
static size_t
shared(const char *a, const char *b)
{
	size_t i, n = 0;

	for (i = 0; a[i] != '\0' && a[i] == b[i]; i++)
		if (a[i] == '.')
			n = i + 1;
	return n;
}

/* Close the objects of the last path that the next one leaves, and open
 * those it enters; then its name. */
static void
move(struct kl_buf *b, const char *last, const char *next)
{
	size_t keep = shared(last, next), n;
	const char *p, *dot;

	for (p = last + keep; (p = strchr(p, '.')) != NULL; p++)
		kl_buf_putc(b, '}');
	if (last[0] != '\0')
		kl_buf_putc(b, ',');
	for (p = next + keep;; p = dot + 1) {
		dot = strchr(p, '.');
		n = dot == NULL ? strlen(p) : (size_t)(dot - p);
		kl_buf_putc(b, '"');
		kl_buf_put(b, p, n);
		kl_buf_puts(b, "\":");
		if (dot == NULL)
			return;
		kl_buf_putc(b, '{');
	}
}

bool
shape_make(struct shape *s, const struct field *table,
    const struct picks *fields, const struct picks *more, unsigned groups)
{
	const char *last = "";
	uint32_t from = 0;

	kl_buf_reset(&s->text);
	s->n = 0;
	kl_buf_putc(&s->text, '{');
	for (; table->path != NULL; table++) {
		if (!shown(table, fields, more, groups))
			continue;
		move(&s->text, last, table->path);
		last = table->path;
		if (table->source == FIXED) {
			kl_buf_puts(&s->text, table->fixed);
			continue;
		}
		s->step[s->n].at = from;
		s->step[s->n].n = (uint32_t)s->text.n - from;
		s->step[s->n++].source = table->source;
		from = (uint32_t)s->text.n;
	}
	for (; (last = strchr(last, '.')) != NULL; last++)
		kl_buf_putc(&s->text, '}');
	kl_buf_putc(&s->text, '}');
	s->tail = from;
	return s->text.rc == KL_OK;
}

void
shape_put(const struct shape *s, struct kl_buf *b,
    void (*put)(struct kl_buf *b, int source, void *ctx), void *ctx)
{
	size_t i;

	for (i = 0; i < s->n; i++) {
		kl_buf_put(b, s->text.s + s->step[i].at, s->step[i].n);
		put(b, s->step[i].source, ctx);
	}
	kl_buf_put(b, s->text.s + s->tail, s->text.n - s->tail);
}
