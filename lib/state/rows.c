/* SPDX-License-Identifier: MIT */
/* rows.c - a run: which rows are unchanged, and the log of the others. */

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "kl/time.h"
#include "sql.h"

#define LOAD_AFTER 32768	    /* rows that are looked up one by one */
#define SLOTS_MAX ((size_t)1 << 22) /* 32 MiB of fingerprints */
#define FREE ((uint64_t)0)
#define TAKEN_BACK ((uint64_t)1)

/*
 * Fingerprints of known rows that are not dirty: 64 bits of key and content,
 * in a table with open addresses.  A row whose fingerprint is there is
 * unchanged; one whose is not has to be looked up.  That two differ and have
 * one fingerprint is as likely as guessing 64 bits of a keyed digest.
 */
struct kl_prints {
	uint64_t *slot;
	size_t slots; /* a power of two */
	size_t n;
};

void
kl_prints_free(struct kl_prints *fp)
{
	if (fp != NULL)
		free(fp->slot);
	free(fp);
}

/* Both are digests already: any eight bytes of each will do. */
static uint64_t
fingerprint(const unsigned char *key, const unsigned char *value)
{
	uint64_t a, b;

	memcpy(&a, key, sizeof(a));
	memcpy(&b, value, sizeof(b));
	a += b * UINT64_C(0x9E3779B97F4A7C15);
	return a <= TAKEN_BACK ? a + 2 : a;
}

static uint64_t *
find_slot(const struct kl_prints *fp, uint64_t v)
{
	size_t i = (size_t)(v >> 20) & (fp->slots - 1);

	while (fp->slot[i] != FREE && fp->slot[i] != v)
		i = (i + 1) & (fp->slots - 1);
	return &fp->slot[i];
}

static enum kl_rc
fill_prints(struct kl_store *s, struct kl_prints *fp, struct kl_err *err)
{
	unsigned char key[KL_STORE_DIGEST], value[KL_STORE_DIGEST];
	struct sqlite3_stmt *st = NULL;
	enum kl_rc rc;

	rc = kl_sql_prepare(&s->q, "SELECT key, value FROM known WHERE dirty=0",
	    &st, err);
	while (rc == KL_OK && fp->n < fp->slots / 4 * 3 &&
	    (rc = kl_sql_step(&s->q, st, err)) == KL_OK) {
		rc = kl_sql_digest(&s->q, st, 0, key, err);
		if (rc == KL_OK)
			rc = kl_sql_digest(&s->q, st, 1, value, err);
		if (rc == KL_OK) {
			*find_slot(fp, fingerprint(key, value)) =
			    fingerprint(key, value);
			fp->n++;
		}
	}
	(void)sqlite3_finalize(st);
	return rc == KL_EOF ? KL_OK : rc;
}

/* Load them once it is worth it; without memory for them, go without. */
static enum kl_rc
load_prints(struct kl_store *s, struct kl_err *err)
{
	struct kl_prints *fp;
	int64_t known = 0;
	enum kl_rc rc;

	s->loaded = true;
	rc = kl_sql_int(&s->q, "SELECT count(*) FROM known", &known, err);
	if (rc != KL_OK || (fp = calloc(1, sizeof(*fp))) == NULL)
		return rc;
	fp->slots = 1024;
	while (fp->slots < SLOTS_MAX && fp->slots / 4 * 3 <= (size_t)known)
		fp->slots *= 2;
	if ((fp->slot = calloc(fp->slots, sizeof(*fp->slot))) == NULL) {
		free(fp);
		return KL_OK;
	}
	s->fp = fp;
	return fill_prints(s, fp, err);
}

enum kl_rc
kl_store_generation(struct kl_store *s, struct kl_err *err)
{
	char sql[160];
	enum kl_rc rc;

	if ((rc = kl_store_tx(s, err)) != KL_OK)
		return rc;
	(void)sqlite3_snprintf(sizeof(sql), sql,
	    "INSERT OR REPLACE INTO generation VALUES(%lld,%lld,%lld)",
	    (long long)s->next, (long long)kl_now_wall(), (long long)s->next);
	rc = kl_sql_exec(&s->q, sql, err);
	s->begun = rc == KL_OK;
	return rc;
}

enum kl_rc
kl_store_begin(struct kl_store *s, const char *keys, const char *fields,
    bool *differs, struct kl_err *err)
{
	bool had, same;
	enum kl_rc rc;

	if ((rc = kl_store_tx(s, err)) != KL_OK)
		return rc;
	rc = kl_store_keep(s, "keys", keys, strlen(keys), &had, &same, err);
	if (rc == KL_OK && had && !same) {
		kl_store_undo(s);
		(void)kl_err_set(err, KL_ECONFIG,
		    "%s was made with another --key", s->q.name);
		kl_err_hint(err,
		    "name the same fields in the same order, or "
		    "start a new state");
		return KL_ECONFIG;
	}
	if (rc == KL_OK)
		rc = kl_store_keep(s, "fields", fields, strlen(fields), &had,
		    &same, err);
	*differs = had && !same;
	if (rc == KL_OK)
		rc = kl_store_thin(s, err);
	if (rc == KL_OK)
		rc = kl_store_generation(s, err);
	return rc == KL_OK ? kl_store_end(s, err) : rc;
}

/* Look the key up: KL_EOF if it is not known. */
static enum kl_rc
look_up(struct kl_store *s, const unsigned char *key, unsigned char *value,
    bool *dirty, struct kl_err *err)
{
	enum kl_rc rc;

	kl_sql_bind(s->find, 1, key);
	if ((rc = kl_sql_step(&s->q, s->find, err)) != KL_OK)
		return rc;
	rc = kl_sql_digest(&s->q, s->find, 0, value, err);
	*dirty = sqlite3_column_int(s->find, 1) != 0;
	(void)sqlite3_reset(s->find);
	return rc == KL_EOF ? kl_sql_damaged(&s->q, err) : rc;
}

enum kl_rc
kl_store_same(struct kl_store *s, const unsigned char key[KL_STORE_DIGEST],
    const unsigned char value[KL_STORE_DIGEST], bool *same, struct kl_err *err)
{
	unsigned char known[KL_STORE_DIGEST];
	bool dirty = true;
	uint64_t v;
	enum kl_rc rc;

	*same = false;
	if (s->empty)
		return KL_OK;
	if (++s->asked > LOAD_AFTER && !s->loaded &&
	    (rc = load_prints(s, err)) != KL_OK)
		return rc;
	v = fingerprint(key, value);
	if (s->fp != NULL && *find_slot(s->fp, v) == v) {
		*same = true;
		return KL_OK;
	}
	/* One transaction for many: a lone SELECT looks for changes first. */
	if ((rc = kl_store_tx(s, err)) != KL_OK)
		return rc;
	rc = look_up(s, key, known, &dirty, err);
	if (rc == KL_OK)
		*same = !dirty && memcmp(known, value, sizeof(known)) == 0;
	return rc == KL_EOF ? KL_OK : rc;
}

/* From now on the key is offered, whatever its content. */
static enum kl_rc
mark_dirty(struct kl_store *s, const unsigned char *key, struct kl_err *err)
{
	unsigned char known[KL_STORE_DIGEST];
	bool dirty = true;
	uint64_t v, *slot;
	enum kl_rc rc;

	if (s->empty)
		return KL_OK;
	rc = look_up(s, key, known, &dirty, err);
	if (rc != KL_OK || dirty)
		return rc == KL_EOF ? KL_OK : rc;
	v = fingerprint(key, known);
	if (s->fp != NULL && *(slot = find_slot(s->fp, v)) == v)
		*slot = TAKEN_BACK;
	kl_sql_bind(s->mark, 1, key);
	return kl_sql_run(&s->q, s->mark, err);
}

static enum kl_rc
log_row(struct kl_store *s, const unsigned char *key,
    const unsigned char *record, const unsigned char *value, struct kl_err *err)
{
	enum kl_rc rc;

	if ((rc = kl_store_tx(s, err)) != KL_OK ||
	    (rc = mark_dirty(s, key, err)) != KL_OK)
		return rc;
	(void)sqlite3_bind_int64(s->log, 1, s->next);
	kl_sql_bind(s->log, 2, key);
	kl_sql_bind(s->log, 3, record);
	kl_sql_bind(s->log, 4, value);
	if ((rc = kl_sql_run(&s->q, s->log, err)) == KL_OK)
		s->next++;
	return rc;
}

enum kl_rc
kl_store_pass(struct kl_store *s, const unsigned char key[KL_STORE_DIGEST],
    const unsigned char record[KL_STORE_DIGEST], const unsigned char *value,
    struct kl_err *err)
{
	enum kl_rc rc = log_row(s, key, record, value, err);

	if (rc != KL_OK) {
		kl_store_undo(s);
		s->broken = true;
	}
	return rc;
}

enum kl_rc
kl_store_sync(struct kl_store *s, struct kl_err *err)
{
	enum kl_rc rc = KL_OK;

	if (s->broken)
		return kl_err_set(err, KL_EIO,
		    "%s: a change could not be written", s->q.name);
	if (!s->open_tx)
		return KL_OK;
	if (s->begun) {
		(void)sqlite3_bind_int64(s->generation, 1, s->next);
		rc = kl_sql_run(&s->q, s->generation, err);
	}
	if (rc == KL_OK)
		rc = kl_store_end(s, err);
	if (rc != KL_OK) {
		kl_store_undo(s);
		s->broken = true;
	}
	return rc;
}
