/* SPDX-License-Identifier: MIT */
/* mirror-input.c - the input of a mirror: who is in it, and by which fields. */

#include <stdlib.h>
#include <string.h>

#include "mirror.h"

static const struct kl_span no_id = { NULL, 0 };

/* Remember which fields the records have: no others are asked of members. */
static void
note_fields(struct kl_mirror *m, const struct kl_json *doc)
{
	const struct kl_member *row;
	size_t i;

	if (doc->shape != 0 && doc->shape == m->shape)
		return;
	m->shape = doc->shape;
	kl_json_each_member (k, doc, 0) {
		row = kl_profile_member(kl_json_text(doc, k, &m->text));
		if (row == NULL || row->role != KL_MEMBER_SENT ||
		    strcmp(row->name, "_kx") == 0)
			continue;
		for (i = 0; i < m->fields && m->field[i] != row; i++)
			;
		if (i == m->fields && i < MIRROR_FIELDS)
			m->field[m->fields++] = row;
	}
}

static enum kl_rc
take(struct kl_mirror *m, struct kl_numbers *to, const struct kl_json *doc,
    struct kl_err *err)
{
	struct mirror_ids f;
	bool any = false;
	enum kl_rc rc;
	size_t i;

	if ((rc = mirror_faces(m, doc, 0, no_id, &f, err)) != KL_OK)
		return rc;
	for (i = 0; i < MIRROR_KINDS; i++) {
		if (f.v[i] == 0)
			continue;
		if (!kl_numbers_add(to, f.v[i]))
			return kl_err_nomem(err);
		any = true;
	}
	if (any)
		return KL_OK;
	(void)kl_err_set(err, KL_EDATA,
	    "the record has no identifier that members are known by");
	kl_err_code(err, "identifier_missing");
	kl_err_hint(err, "give email, phone_number or external_id");
	return KL_EDATA;
}

enum kl_rc
kl_mirror_want(struct kl_mirror *m, const struct kl_json *doc,
    struct kl_err *err)
{
	note_fields(m, doc);
	return take(m, &m->want, doc, err);
}

enum kl_rc
kl_mirror_protect(struct kl_mirror *m, const struct kl_json *doc,
    struct kl_err *err)
{
	return take(m, &m->protect, doc, err);
}

/* Each once, and those that were there more often marked. */
static void
drop_doubles(struct kl_mirror *m)
{
	struct kl_numbers *p = &m->want;
	size_t i, n = 0;

	for (i = 0; i < p->n; i++) {
		if (n > 0 && p->v[n - 1] == p->v[i]) {
			m->flag[n - 1] = MIRROR_SHARED;
			m->shared = true;
			continue;
		}
		p->v[n++] = p->v[i];
	}
	p->n = n;
}

enum kl_rc
kl_mirror_settle(struct kl_mirror *m, struct kl_err *err)
{
	kl_numbers_sort(&m->want);
	kl_numbers_sort(&m->protect);
	m->flag = calloc(m->want.n + 1, sizeof(*m->flag));
	if (m->flag == NULL)
		return kl_err_nomem(err);
	drop_doubles(m);
	m->place = calloc(m->want.n + 1, sizeof(*m->place));
	if (m->place == NULL)
		return kl_err_nomem(err);
	return KL_OK;
}

void
kl_mirror_digest(const struct kl_mirror *m, char out[KL_RECORD_DIGEST])
{
	kl_record_digest(m->hash, m->want.n > 0 ? (const void *)m->want.v : "",
	    m->want.n * sizeof(*m->want.v), out);
}

void
kl_mirror_fields(const struct kl_mirror *m, struct kl_buf *b)
{
	const char *name;
	size_t i;

	kl_buf_puts(b, "email,phone_number,external_id,joined_group_at");
	for (i = 0; m->values && i < m->fields; i++) {
		name = m->field[i]->name;
		if (!m->field[i]->identifies)
			kl_buf_printf(b, ",%s", name);
	}
}
