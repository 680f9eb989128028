/* SPDX-License-Identifier: MIT */
/* forgotten.c - who was forgotten is not made again. */

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "forgotten.h"
#include "kl/count.h"

static struct {
	const char *file;
	bool allow;
} opt;

const struct kl_opt cmd_forgotten_opts[] = {
	{ 0, "tombstones", "FILE", "set aside who was forgotten, by this file",
	    KL_OPT_STR, KL_ENV_NONE, &opt.file, 0, 0, NULL },
	{ 0, "allow-forgotten", NULL, "... or only count them", KL_OPT_FLAG,
	    KL_ENV_NONE, &opt.allow, 0, 0, NULL },
	{ 0 },
};

static const char *const identifiers[] = { "email", "phone_number",
	"external_id", "id" };

bool
cmd_forgotten_wanted(void)
{
	if (opt.allow && opt.file == NULL)
		cmd_usage("--allow-forgotten goes with --tombstones");
	return opt.file != NULL;
}

bool
cmd_forgotten_allowed(void)
{
	return opt.allow;
}

static enum kl_rc
read_file(struct cmd_forgotten *f, const struct kl_hash_key *hash, bool needed,
    struct kl_err *err)
{
	enum kl_rc rc;
	int fd;

	if (opt.file == NULL)
		return KL_OK;
	kl_hmac_set(&f->rows.hash, hash->byte, sizeof(hash->byte));
	f->rows.key = identifiers;
	f->rows.keys = sizeof(identifiers) / sizeof(*identifiers);
	if ((fd = open(opt.file, O_RDONLY | O_CLOEXEC)) < 0) {
		if (!needed && errno == ENOENT)
			return KL_OK;
		(void)kl_err_sys(err, KL_ENOINPUT, "%s", opt.file);
		kl_err_hint(err,
		    "an empty file will do if nobody is "
		    "forgotten yet");
		return KL_ENOINPUT;
	}
	rc = kl_tombstones_read(&f->stones, fd, opt.file, hash, err);
	(void)close(fd);
	return rc;
}

enum kl_rc
cmd_forgotten_open(struct cmd_forgotten *f, const struct kl_hash_key *hash,
    struct kl_err *err)
{
	return read_file(f, hash, true, err);
}

enum kl_rc
cmd_forgotten_open_to_add(struct cmd_forgotten *f,
    const struct kl_hash_key *hash, struct kl_err *err)
{
	return read_file(f, hash, false, err);
}

enum kl_rc
cmd_forgotten_add(struct cmd_forgotten *f, struct kl_span record,
    const struct kl_hash_key *hash, struct kl_err *err)
{
	unsigned char digest[sizeof(identifiers) / sizeof(*identifiers)]
			    [KL_ROW_DIGEST];
	size_t i, n = 0;
	enum kl_rc rc = kl_json_scan(&f->doc, record.s, record.n, err);

	for (i = 0; i < f->rows.keys && (rc == KL_OK || rc == KL_EOF); i++) {
		rc = kl_row_key(&f->rows, &f->doc, i, digest[n], err);
		if (rc == KL_OK &&
		    (f->stones == NULL ||
			!kl_tombstones_has(f->stones, digest[n])))
			n++;
	}
	if ((rc != KL_OK && rc != KL_EOF) || n == 0)
		return rc == KL_EOF ? KL_OK : rc;
	return kl_tombstones_append(opt.file, hash, digest[0], n, err);
}

void
cmd_forgotten_free(struct cmd_forgotten *f)
{
	kl_tombstones_free(f->stones);
	kl_rows_free(&f->rows);
	kl_json_free(&f->doc);
}

/* Whether it is the nth identifier by which somebody was forgotten. */
static enum kl_rc
is_forgotten(struct cmd_forgotten *f, const struct kl_json *doc, size_t nth,
    bool *yes, struct kl_err *err)
{
	unsigned char digest[KL_ROW_DIGEST];
	enum kl_rc rc = kl_row_key(&f->rows, doc, nth, digest, err);

	*yes = rc == KL_OK && kl_tombstones_has(f->stones, digest);
	return rc == KL_EOF ? KL_OK : rc;
}

enum kl_rc
cmd_forgotten_check(struct cmd_forgotten *f, const struct kl_json *doc,
    struct kl_err *why)
{
	bool yes = false;
	enum kl_rc rc = KL_OK;
	size_t i;

	_Static_assert(KL_TOMBSTONE == KL_ROW_DIGEST,
	    "a tombstone is the digest of a key");
	if (f->stones == NULL)
		return KL_OK;
	for (i = 0; rc == KL_OK && !yes && i < f->rows.keys; i++)
		rc = is_forgotten(f, doc, i, &yes, why);
	if (rc != KL_OK || !yes)
		return rc;
	f->met++;
	if (opt.allow)
		return KL_OK;
	f->aside++;
	(void)kl_err_set(why, KL_EDATA, "this person was forgotten");
	kl_err_code(why, "forgotten");
	kl_err_field(why, identifiers[i - 1], strlen(identifiers[i - 1]));
	kl_err_hint(why, "--allow-forgotten if they have come back");
	return KL_EDATA;
}

void
cmd_forgotten_say(const struct cmd_forgotten *f)
{
	if (opt.allow && f->met > 0)
		cmd_note("%s forgotten, and went on all the same",
		    KL_COUNT(f->met, "record is of somebody who was",
			"records are of people who were"));
}
