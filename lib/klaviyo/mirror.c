/* SPDX-License-Identifier: MIT */
/*
 * mirror.c - the difference between the records of an input and the members
 * of a list.
 *
 * A table beside the fingerprints of the input (mirror-input.c) says for each
 * where the member that has it stands in the temporary file.
 */

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kl/cipher.h"
#include "kl/file.h"
#include "kl/mirror.h"
#include "kl/out.h"
#include "kl/profile.h"
#include "kl/room.h"
#include "kl/siphash.h"
#include "mirror.h"
#include "people.h"

#define UNIT 16 /* bytes; where a member stands is counted in these */
#define FIRST 4096

enum kl_rc
kl_mirror_new(struct kl_mirror **to, const struct kl_hash_key *hash,
    bool match_id, bool values, const char *near, struct kl_err *err)
{
	struct kl_mirror *m = calloc(1, sizeof(*m));
	unsigned char key[KL_SHA256];

	*to = NULL;
	if (m == NULL)
		return kl_err_nomem(err);
	kl_hash_key_for(hash, "kl-push mirror: fingerprints", key);
	memcpy(m->seed.k, key, sizeof(m->seed.k));
	kl_wipe(key, sizeof(key));
	m->hash = hash;
	m->match_id = match_id;
	m->values = values;
	m->fd = -1;
	if (values && (m->fd = kl_temp_beside(near)) < 0) {
		kl_mirror_free(m);
		return kl_err_sys(err, KL_ECREATE,
		    "cannot make a temporary file beside %s", near);
	}
	if (values &&
	    (m->out = kl_out_new(m->fd, "a temporary file")) == NULL) {
		kl_mirror_free(m);
		return kl_err_nomem(err);
	}
	*to = m;
	return KL_OK;
}

void
kl_mirror_free(struct kl_mirror *m)
{
	if (m == NULL)
		return;
	if (m->fd >= 0)
		(void)close(m->fd);
	kl_out_free(m->out);
	kl_profile_ids_free(&m->ids);
	kl_buf_free(&m->text);
	kl_json_free(&m->doc);
	mirror_eye_free(&m->eye);
	kl_numbers_free(&m->want);
	kl_numbers_free(&m->protect);
	free(m->place);
	free(m->flag);
	free(m->need);
	free(m);
}

static const struct kl_span no_id = { NULL, 0 };

/* --- members ---------------------------------------------------------------
 */

static uint64_t
fold(const struct kl_mirror *m, const struct mirror_ids *f)
{
	/* Without the id, which is known. */
	uint64_t h =
	    kl_siphash(m->seed.k, f->v + 1, (MIRROR_KINDS - 1) * sizeof(*f->v));

	return h != 0 ? h : 1;
}

enum kl_rc
kl_mirror_was(struct kl_mirror *m, const struct kl_json *doc, uint32_t obj,
    uint64_t *was, struct kl_err *err)
{
	struct mirror_ids f;
	enum kl_rc rc = mirror_faces(m, doc, obj, no_id, &f, err);

	if (rc == KL_OK)
		*was = fold(m, &f);
	return rc;
}

/* Put the values where they are found again; *place becomes where. */
static enum kl_rc
keep_values(struct kl_mirror *m, const struct kl_json *doc, uint32_t obj,
    uint32_t *place, struct kl_err *err)
{
	static const char zeros[UNIT];
	struct kl_span s = kl_json_raw(doc, obj);
	uint64_t at = kl_out_bytes(m->out) / UNIT;
	uint32_t n = (uint32_t)s.n;
	size_t pad = UNIT - (sizeof(n) + s.n) % UNIT;
	enum kl_rc rc;

	if (at >= UINT32_MAX - 1)
		return kl_err_set(err, KL_ETOOBIG,
		    "the values of the members are over 64 GiB");
	*place = (uint32_t)at + 1;
	if ((rc = kl_out_put(m->out, &n, sizeof(n), err)) == KL_OK &&
	    (rc = kl_out_put(m->out, s.s, s.n, err)) == KL_OK)
		rc = kl_out_put(m->out, zeros, pad, err);
	return rc;
}

/* Mark the identifiers that it shares with the input; true if there are. */
static enum kl_rc
mark(struct kl_mirror *m, const struct mirror_ids *f, const struct kl_json *doc,
    uint32_t obj, bool *wanted, struct kl_err *err)
{
	uint32_t place = 1;
	enum kl_rc rc;
	size_t i, at;

	*wanted = false;
	for (i = 0; i < MIRROR_KINDS; i++) {
		if (f->v[i] == 0 ||
		    (at = kl_numbers_find(&m->want, f->v[i])) ==
			KL_NUMBERS_NONE)
			continue;
		if (!*wanted && m->values &&
		    (rc = keep_values(m, doc, obj, &place, err)) != KL_OK)
			return rc;
		*wanted = true;
		m->place[at] = place;
	}
	return KL_OK;
}

static void
copy_text(const struct kl_json *doc, uint32_t at, struct kl_buf *tmp, char *to,
    size_t size)
{
	struct kl_span s = { 0 };

	if (at != 0)
		s = kl_json_text(doc, at, tmp);
	if (s.n >= size)
		s.n = 0;
	if (s.n > 0)
		memcpy(to, s.s, s.n);
	to[s.n] = '\0';
}

enum kl_rc
kl_mirror_member(struct kl_mirror *m, const struct kl_json *doc, uint32_t node,
    enum kl_fate_of_member *fate, struct kl_plan_person *p, struct kl_err *err)
{
	uint32_t obj = kl_json_get(doc, node, "attributes");
	struct mirror_ids f;
	bool wanted;
	enum kl_rc rc;
	size_t i;

	copy_text(doc, kl_json_get(doc, node, "id"), &m->text, p->id,
	    sizeof(p->id));
	if (obj == 0 || !kl_list_id_valid(p->id))
		return kl_err_set(err, KL_EPROTO,
		    "klaviyo sent a member that is no profile");
	rc = mirror_faces(m, doc, obj, KL_SPAN(p->id), &f, err);
	if (rc != KL_OK || (rc = mark(m, &f, doc, obj, &wanted, err)) != KL_OK)
		return rc;
	*fate = wanted ? KL_MEMBER_WANTED : KL_MEMBER_EXTRA;
	for (i = 0; !wanted && i < MIRROR_KINDS; i++)
		if (f.v[i] != 0 &&
		    kl_numbers_find(&m->protect, f.v[i]) != KL_NUMBERS_NONE)
			*fate = KL_MEMBER_PROTECTED;
	copy_text(doc, kl_json_get(doc, obj, "joined_group_at"), &m->text,
	    p->joined, sizeof(p->joined));
	p->was = fold(m, &f);
	return KL_OK;
}

/* --- what is needed --------------------------------------------------------
 */

/* Read the values at place into m->doc. */
static enum kl_rc
recall(struct kl_mirror *m, uint32_t place, struct kl_err *err)
{
	off_t at = (off_t)(place - 1) * UNIT;
	uint32_t n;
	enum kl_rc rc;

	if ((rc = kl_out_flush(m->out, err)) != KL_OK)
		return rc;
	if (pread(m->fd, &n, sizeof(n), at) != (ssize_t)sizeof(n))
		return kl_err_sys(err, KL_EIO, "cannot read a temporary file");
	kl_buf_reset(&m->text);
	if (!kl_buf_room(&m->text, n))
		return kl_err_nomem(err);
	if (pread(m->fd, m->text.s, n, at + (off_t)sizeof(n)) != (ssize_t)n)
		return kl_err_sys(err, KL_EIO, "cannot read a temporary file");
	m->text.n = n;
	return kl_json_scan(&m->doc, m->text.s, n, err);
}

static enum kl_rc
judge(struct kl_mirror *m, const struct kl_json *doc,
    const struct mirror_ids *f, enum kl_need *need, struct kl_err *err)
{
	uint32_t place;
	enum kl_rc rc;
	size_t i, at;

	*need = KL_NEED_ADD;
	for (i = 0; i < MIRROR_KINDS && f->v[i] == 0; i++)
		;
	if (i == MIRROR_KINDS ||
	    (at = kl_numbers_find(&m->want, f->v[i])) == KL_NUMBERS_NONE ||
	    (place = m->place[at]) == 0)
		return KL_OK;
	*need = KL_NEED_NOTHING;
	if (!m->values)
		return KL_OK;
	if ((rc = recall(m, place, err)) != KL_OK)
		return rc;
	if (!mirror_same(&m->eye, doc, &m->doc, 0))
		*need = KL_NEED_CHANGE;
	return KL_OK;
}

static bool
remember(struct kl_mirror *m, enum kl_need need)
{
	if (!KL_ROOM(m->need, m->needs, m->needs_cap, FIRST))
		return false;
	m->need[m->needs++] = (uint8_t)need;
	return true;
}

/* Whoever shares an identifier with it is needed too. */
static void
spread(struct kl_mirror *m, const struct mirror_ids *f)
{
	size_t i, at;

	for (i = 0; i < MIRROR_KINDS; i++)
		if (f->v[i] != 0 &&
		    (at = kl_numbers_find(&m->want, f->v[i])) !=
			KL_NUMBERS_NONE &&
		    m->flag[at] == MIRROR_SHARED)
			m->flag[at] |= MIRROR_NEEDED;
}

enum kl_rc
kl_mirror_need(struct kl_mirror *m, const struct kl_json *doc,
    enum kl_need *need, struct kl_err *err)
{
	struct mirror_ids f;
	enum kl_rc rc;

	if ((rc = mirror_faces(m, doc, 0, no_id, &f, err)) != KL_OK ||
	    (rc = judge(m, doc, &f, need, err)) != KL_OK)
		return rc;
	if (!remember(m, *need))
		return kl_err_nomem(err);
	if (m->shared && *need != KL_NEED_NOTHING)
		spread(m, &f);
	return KL_OK;
}

bool
kl_mirror_joins(const struct kl_mirror *m)
{
	return m->shared;
}

enum kl_rc
kl_mirror_join(struct kl_mirror *m, const struct kl_json *doc, uint64_t i,
    bool *news, struct kl_err *err)
{
	struct mirror_ids f;
	enum kl_rc rc;
	size_t k, at;
	bool near = false;

	if (m->need[i] != KL_NEED_NOTHING)
		return KL_OK;
	if ((rc = mirror_faces(m, doc, 0, no_id, &f, err)) != KL_OK)
		return rc;
	for (k = 0; k < MIRROR_KINDS; k++)
		if (f.v[k] != 0 &&
		    (at = kl_numbers_find(&m->want, f.v[k])) != KL_NUMBERS_NONE)
			near = near || (m->flag[at] & MIRROR_NEEDED) != 0;
	if (!near)
		return KL_OK;
	m->need[i] = KL_NEED_CHANGE;
	spread(m, &f);
	*news = true;
	return KL_OK;
}

enum kl_need
kl_mirror_need_of(const struct kl_mirror *m, uint64_t i)
{
	return (enum kl_need)m->need[i];
}
