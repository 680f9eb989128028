/* SPDX-License-Identifier: MIT */
/* sql-open.c - open a file of this layer, lock it, see whether it is ours. */

#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sql.h"

/* It is ours, and not of a later version. */
static enum kl_rc
check_version(struct kl_sql *q, bool *fresh, struct kl_err *err)
{
	int64_t application, version, objects;
	enum kl_rc rc;

	rc = kl_sql_int(q, "PRAGMA application_id", &application, err);
	if (rc == KL_OK)
		rc = kl_sql_int(q, "PRAGMA user_version", &version, err);
	if (rc == KL_OK)
		rc = kl_sql_int(q, "SELECT count(*) FROM sqlite_schema",
		    &objects, err);
	if (rc != KL_OK)
		return rc;
	*fresh = application == 0 && version == 0 && objects == 0;
	if (*fresh)
		return KL_OK;
	if (application != q->kind->application || version < 1)
		return kl_sql_damaged(q, err);
	if (version <= q->kind->schema)
		return KL_OK;
	(void)kl_err_set(err, KL_ECONFIG,
	    "%s was made by a newer version of %s", q->name, q->kind->user);
	kl_err_hint(err, "%s", q->kind->anew);
	return KL_ECONFIG;
}

static enum kl_rc
set_up(struct kl_sql *q, const char *settings, struct kl_err *err)
{
	char sql[100];
	bool fresh = false;
	enum kl_rc rc;

	rc = kl_sql_exec(q,
	    "PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON;"
	    "PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL;"
	    "PRAGMA synchronous=FULL",
	    err);
	if (rc != KL_OK || (rc = kl_sql_exec(q, settings, err)) != KL_OK ||
	    (rc = kl_sql_exec(q, "BEGIN IMMEDIATE", err)) != KL_OK ||
	    (rc = check_version(q, &fresh, err)) != KL_OK || !fresh)
		return rc;
	(void)snprintf(sql, sizeof(sql),
	    "PRAGMA application_id=%d; PRAGMA user_version=%d",
	    q->kind->application, q->kind->schema);
	if ((rc = kl_sql_exec(q, sql, err)) == KL_OK)
		rc = kl_sql_exec(q, q->kind->tables, err);
	return rc;
}

/* Make the file before SQLite does: it is nobody else's to read. */
static enum kl_rc
make_file(const char *path, bool create, struct kl_err *err)
{
	struct stat st;
	int fd;

	if (create) {
		fd =
		    open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0600);
		if (fd < 0)
			return kl_err_sys(err, KL_ECREATE, "%s", path);
		(void)close(fd);
	}
	if (stat(path, &st) != 0)
		return kl_err_sys(err, KL_ENOINPUT, "%s", path);
	if (!S_ISREG(st.st_mode))
		return kl_err_set(err, KL_ECREATE, "%s: is not a regular file",
		    path);
	return KL_OK;
}

enum kl_rc
kl_sql_open(struct kl_sql *q, const struct kl_sql_kind *kind, const char *path,
    bool create, const char *settings, struct kl_err *err)
{
	enum kl_rc rc;
	int code;

	*q = (struct kl_sql){ .kind = kind };
	(void)snprintf(q->name, sizeof(q->name), "%s", path);
	if ((rc = make_file(path, create, err)) != KL_OK)
		return rc;
	code = sqlite3_open_v2(path, &q->db,
	    SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
	if (code != SQLITE_OK)
		return kl_sql_fail(q, code, err);
	rc = set_up(q, settings, err);
	q->open_tx = rc == KL_OK;
	return rc;
}
