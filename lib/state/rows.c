/* SPDX-License-Identifier: MIT */
/* rows.c - a run: which rows are unchanged, and the log of the others. */

#include <sqlite3.h>
#include <string.h>

#include "kl/time.h"
#include "sql.h"

#define LOAD_AFTER 32768 /* rows that are looked up one by one */
#define LOAD_SHARE 16	 /* ... and at least this part of what is known */

/* Load fingerprints once it is worth it; where they cannot be kept, go
 * without. */
static enum kl_rc
load_prints(struct kl_store *s, struct kl_err *err)
{
	int64_t known = 0;
	enum kl_rc rc = KL_OK;

	if (s->load_at == 0) {
		rc = kl_sql_int(&s->q, "SELECT count(*) FROM known", &known,
		    err);
		s->load_at = (uint64_t)known / LOAD_SHARE + 1;
	}
	if (rc != KL_OK || s->asked < s->load_at)
		return rc;
	s->load_at = UINT64_MAX;
	return kl_prints_load(&s->fp, s, err);
}

/* The file that has them fails: what the state says holds. */
static void
drop_prints(struct kl_store *s)
{
	kl_prints_free(s->fp);
	s->fp = NULL;
}

enum kl_rc
kl_store_generation(struct kl_store *s, struct kl_err *err)
{
	char sql[160];
	enum kl_rc rc;

	if ((rc = kl_sql_begin(&s->q, err)) != KL_OK)
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

	if ((rc = kl_sql_begin(&s->q, err)) != KL_OK)
		return rc;
	rc = kl_store_keep(s, "keys", keys, strlen(keys), &had, &same, err);
	if (rc == KL_OK && had && !same) {
		kl_sql_rollback(&s->q);
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
	return rc == KL_OK ? kl_sql_commit(&s->q, err) : rc;
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
	bool dirty = true, failed = false;
	enum kl_rc rc;

	*same = false;
	if (s->empty)
		return KL_OK;
	if (++s->asked > LOAD_AFTER && s->asked > s->load_at &&
	    s->load_at != UINT64_MAX && (rc = load_prints(s, err)) != KL_OK)
		return rc;
	if (s->fp != NULL) {
		*same = kl_prints_has(s->fp, key, value, &failed);
		if (!failed)
			return KL_OK;
		drop_prints(s);
	}
	/* One transaction for many: a lone SELECT looks for changes first. */
	if ((rc = kl_sql_begin(&s->q, err)) != KL_OK)
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
	bool dirty = true, failed = false;
	enum kl_rc rc;

	if (s->empty)
		return KL_OK;
	rc = look_up(s, key, known, &dirty, err);
	if (rc != KL_OK || dirty)
		return rc == KL_EOF ? KL_OK : rc;
	if (s->fp != NULL)
		kl_prints_drop(s->fp, key, known, &failed);
	if (failed)
		drop_prints(s);
	kl_sql_bind(s->mark, 1, key);
	return kl_sql_run(&s->q, s->mark, err);
}

static enum kl_rc
log_row(struct kl_store *s, const unsigned char *key,
    const unsigned char *record, const unsigned char *value, struct kl_err *err)
{
	enum kl_rc rc;

	if ((rc = kl_sql_begin(&s->q, err)) != KL_OK ||
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
		kl_sql_rollback(&s->q);
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
	if (!s->q.open_tx)
		return KL_OK;
	if (s->begun) {
		(void)sqlite3_bind_int64(s->generation, 1, s->next);
		rc = kl_sql_run(&s->q, s->generation, err);
	}
	if (rc == KL_OK)
		rc = kl_sql_commit(&s->q, err);
	if (rc != KL_OK) {
		kl_sql_rollback(&s->q);
		s->broken = true;
	}
	return rc;
}
