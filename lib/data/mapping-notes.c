/* SPDX-License-Identifier: MIT */
/*
 * mapping-notes.c - what a user should know of a mapping.
 */

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "kl/near.h"
#include "mapping-priv.h"

void
mapping_note(struct kl_mapping *m, const char *fmt, ...)
{
	struct note *note = calloc(1, sizeof(*note));
	struct kl_err err;
	va_list ap;

	if (note == NULL)
		return;
	va_start(ap, fmt);
	(void)kl_err_vset(&err, KL_OK, fmt, ap);
	va_end(ap);
	memcpy(note->text, err.msg, sizeof(note->text) - 1);
	*m->note_end = note;
	m->note_end = &note->next;
}

const char *
kl_mapping_note(const struct kl_mapping *m, size_t i)
{
	const struct note *note = m->note;

	while (note != NULL && i-- > 0)
		note = note->next;
	return note == NULL ? NULL : note->text;
}

const char *
kl_mapping_omitted(const struct kl_mapping *m, size_t i, uint64_t *n,
    const char **code)
{
	if (i >= m->fields)
		return NULL;
	*n = m->field[i]->omitted;
	*code = m->field[i]->code;
	return kl_buf_str(&m->field[i]->origin);
}

void
kl_mapping_join(struct kl_mapping *m, struct kl_mapping *other)
{
	struct field *f, *of;
	uint32_t i;

	for (i = 0; i < m->fields; i++) {
		f = m->field[i];
		of = other->field[i];
		if (f->omitted == 0 && of->omitted > 0)
			memcpy(f->code, of->code, sizeof(f->code));
		f->omitted += of->omitted;
		of->omitted = 0;
	}
	for (i = 0; i < m->slots.n; i++)
		m->slots.slot[i].seen |= other->slots.slot[i].seen;
}

/* A name of the first record that is near. */
static const char *
near_name(struct kl_mapping *m, const char *name)
{
	const char *names[HEARD + 1];
	const struct kl_buf *b = &m->slots.heard;
	const char *p = b->s;
	size_t n = 0;

	for (; n < HEARD && p < b->s + b->n; p += strlen(p) + 1)
		names[n++] = p;
	names[n] = NULL;
	return kl_near(names, name, strlen(name));
}

const char *
kl_mapping_unseen(struct kl_mapping *m, size_t *i, const char **near)
{
	struct slot *slot;
	uint32_t k;

	while (*i < (size_t)m->fields + m->wheres) {
		k = *i < m->fields ? m->field[*i]->slot
				   : m->where[*i - m->fields].slot;
		++*i;
		if (k == NO_SLOT || m->slots.slot[k].seen)
			continue;
		slot = &m->slots.slot[k];
		*near = near_name(m, kl_buf_str(&slot->name));
		return kl_buf_str(&slot->name);
	}
	return NULL;
}
