/* SPDX-License-Identifier: MIT */
/* pulled-sql.c - the statements on the file of what was pulled. */

#include <sqlite3.h>
#include <string.h>

#include "pulled.h"

void
kl_pulled_digest(const struct kl_pulled *s, struct kl_span bytes,
    unsigned char digest[KL_STORE_DIGEST])
{
	unsigned char whole[KL_SHA256];

	kl_hmac(&s->hmac, bytes.s, bytes.n, whole);
	memcpy(digest, whole, KL_STORE_DIGEST);
}

enum kl_rc
kl_pulled_exec(struct kl_pulled *s, const char *sql, struct kl_err *err)
{
	const char *p;
	enum kl_rc rc;

	kl_buf_reset(&s->tmp);
	for (p = sql; *p != '\0'; p++)
		if (*p == '$' && (p[1] == 'K' || p[1] == 'P'))
			kl_buf_putc(&s->tmp,
			    (char)('0' + (*++p == 'K' ? s->known : !s->known)));
		else
			kl_buf_putc(&s->tmp, *p);
	if ((rc = kl_buf_check(&s->tmp, err)) != KL_OK)
		return rc;
	return kl_sql_exec(&s->q, kl_buf_str(&s->tmp), err);
}

void
kl_pulled_finalize(struct kl_pulled *s)
{
	struct sqlite3_stmt **all[] = { &s->seen, &s->see, &s->get, &s->put,
		&s->left, &s->save };
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(*all); i++) {
		(void)sqlite3_finalize(*all[i]);
		*all[i] = NULL;
	}
}

enum kl_rc
kl_pulled_prepare(struct kl_pulled *s, struct kl_err *err)
{
	/* Written out: a name of a table cannot be bound. */
	static const char *const get[2] = {
		"SELECT digest FROM all1 WHERE key=?1 UNION ALL"
		" SELECT digest FROM all0 WHERE key=?1",
		"SELECT digest FROM all0 WHERE key=?1 UNION ALL"
		" SELECT digest FROM all1 WHERE key=?1"
	};
	static const char *const put[2] = { "REPLACE INTO all1 VALUES(?,?)",
		"REPLACE INTO all0 VALUES(?,?)" };
	static const char *const left[2] = {
		"SELECT key FROM all0 WHERE key NOT IN (SELECT key FROM all1)",
		"SELECT key FROM all1 WHERE key NOT IN (SELECT key FROM all0)"
	};
	enum kl_rc rc;

	kl_pulled_finalize(s);
	rc = kl_sql_prepare(&s->q, "SELECT 1 FROM seen WHERE digest=?",
	    &s->seen, err);
	if (rc == KL_OK)
		rc = kl_sql_prepare(&s->q, "REPLACE INTO fresh VALUES(?,?)",
		    &s->see, err);
	if (rc == KL_OK)
		rc = kl_sql_prepare(&s->q, get[s->known], &s->get, err);
	if (rc == KL_OK)
		rc = kl_sql_prepare(&s->q, put[s->known], &s->put, err);
	if (rc == KL_OK)
		rc = kl_sql_prepare(&s->q, left[s->known], &s->left, err);
	if (rc == KL_OK)
		rc = kl_sql_prepare(&s->q,
		    "REPLACE INTO run VALUES(1,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
		    &s->save, err);
	return rc;
}
