/* SPDX-License-Identifier: MIT */
/* gone.c - kl-diff --gone: who is known and was not in the input. */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "files.h"
#include "gone.h"
#include "guards.h"
#include "kl/count.h"
#include "kl/file.h"

static struct {
	const char *gone;
	struct kl_strs previous;
	struct cmd_guards g;
} opt = { .g = { .max = "10%", .expect = CMD_ANY_NUMBER } };

const struct kl_opt cmd_gone_opts[] = {
	{ 0, "gone", "FILE", "list who is known and not in the input",
	    KL_OPT_STR, KL_ENV_NONE, &opt.gone, 0, 0, NULL },
	{ 0, "previous", "FILE", "... by their records in an earlier input",
	    KL_OPT_LIST, KL_ENV_NONE, &opt.previous, 0, 0, NULL },
	{ 0, "expect", "N", "... if the input has exactly N records",
	    KL_OPT_UINT, KL_ENV_NONE, &opt.g.expect, 0, UINT64_MAX - 1, NULL },
	{ 0, "max-gone", "N|P%", "... if no more than that are gone (10%)",
	    KL_OPT_STR, KL_ENV_NONE, &opt.g.max, 0, 0, NULL },
	{ 0, "allow-empty", NULL, "... even if the input is empty", KL_OPT_FLAG,
	    KL_ENV_NONE, &opt.g.allow_empty, 0, 0, NULL },
	{ 0, "protect", "FILE", "... but never who is in this file",
	    KL_OPT_LIST, KL_ENV_NONE, &opt.g.protect, 0, 0, NULL },
	{ 0 },
};

static bool
same_file(const char *a, const char *b)
{
	struct stat x, y;

	return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev &&
	    x.st_ino == y.st_ino;
}

bool
cmd_gone_wanted(int fd)
{
	uint64_t max;
	size_t i;

	if (opt.gone == NULL) {
		if (opt.previous.n + opt.g.protect.n > 0 ||
		    opt.g.expect != CMD_ANY_NUMBER || opt.g.allow_empty ||
		    strcmp(opt.g.max, "10%") != 0)
			cmd_usage("--previous, --expect, --max-gone, "
				  "--allow-empty and --protect go with --gone");
		return false;
	}
	if (opt.previous.n == 0)
		cmd_usage("--gone needs --previous FILE, the input of an "
			  "earlier run: the state holds digests only");
	if (!cmd_guards_max(&opt.g, 0, &max))
		cmd_usage("--max-gone: give a number, or a whole percentage "
			  "from 0%% to 100%%");
	for (i = 0; i < opt.previous.n; i++)
		if (same_file(opt.gone, opt.previous.s[i]))
			cmd_usage("--gone and --previous are the same file");
	if (!cmd_guards_complete(&opt.g, fd))
		cmd_usage("--gone needs to know that the input is complete: "
			  "read it from a file, or give --expect N");
	return true;
}

/* --- records of other files ------------------------------------------------
 */

/* Whoever has any of the identifiers of this record is not listed. */
static enum kl_rc
protect(void *ctx, const struct kl_json *doc, struct kl_span s,
    struct kl_err *err)
{
	struct cmd_gone *g = ctx;
	unsigned char key[KL_ROW_DIGEST];
	bool was, any = false;
	enum kl_rc rc;
	size_t i;

	(void)s;
	for (i = 0; i < g->rows->keys; i++) {
		if ((rc = kl_row_key(g->rows, doc, i, key, err)) == KL_EOF)
			continue;
		if (rc != KL_OK ||
		    (rc = kl_gone_drop(g->keys, key, &was, err)) != KL_OK)
			return rc;
		any = true;
		g->protected += was;
	}
	if (any)
		return KL_OK;
	(void)kl_err_set(err, KL_EDATA,
	    "the record has none of the key fields: nobody can tell whom it "
	    "protects");
	kl_err_hint(err, "map it first, or take it out of the file");
	return KL_EDATA;
}

/* Whether another identifier of the record was seen. */
static enum kl_rc
seen_otherwise(struct cmd_gone *g, const struct kl_json *doc, size_t first,
    bool *yes, struct kl_err *err)
{
	unsigned char key[KL_ROW_DIGEST];
	enum kl_rc rc = KL_OK;
	size_t i;

	*yes = false;
	for (i = first + 1; !*yes && i < g->rows->keys; i++) {
		rc = kl_row_key(g->rows, doc, i, key, err);
		if (rc == KL_OK)
			rc = kl_gone_was_seen(g->keys, key, yes, err);
		if (rc != KL_OK && rc != KL_EOF)
			return rc;
	}
	return KL_OK;
}

/* A record of an earlier input: list it if its key is gone. */
static enum kl_rc
list(void *ctx, const struct kl_json *doc, struct kl_span s, struct kl_err *err)
{
	struct cmd_gone *g = ctx;
	unsigned char key[KL_ROW_DIGEST], record[KL_ROW_DIGEST];
	enum kl_rc rc = KL_EOF;
	bool gone, seen;
	size_t i;

	for (i = 0; rc == KL_EOF && i < g->rows->keys; i++)
		rc = kl_row_key(g->rows, doc, i, key, err);
	if (rc != KL_OK)
		return rc == KL_EOF ? KL_OK : rc;
	if ((rc = kl_gone_drop(g->keys, key, &gone, err)) != KL_OK || !gone ||
	    (rc = seen_otherwise(g, doc, i - 1, &seen, err)) != KL_OK)
		return rc;
	if (seen) {
		g->kept++;
		return KL_OK;
	}
	kl_row_record(g->rows, s, record);
	if ((rc = kl_store_pass(g->store, key, record, NULL, err)) == KL_OK &&
	    (rc = kl_out_line(g->out, s.s, s.n, err)) == KL_OK)
		g->listed++;
	return rc;
}

/* --- guards ----------------------------------------------------------------
 */

/* Is the input what it was said to be, and are not too many gone? */
static enum kl_rc
check_input(const struct cmd_gone *g, const struct kl_tally *t, const char *so,
    struct kl_err *err)
{
	uint64_t aside = t->count[KL_REJECTED] - g->forgotten;

	if (aside == 0)
		return cmd_guards_input(&opt.g, t->read, so, err);
	(void)kl_err_set(err, KL_EDATA, "%s that seem gone: %s",
	    KL_COUNT(aside, "record was set aside and may be one of those",
		"records were set aside and may be those"),
	    so);
	kl_err_hint(err, "mend them and read everything again");
	return KL_EDATA;
}

static enum kl_rc
check_number(const struct cmd_gone *g, const char *so, struct kl_err *err)
{
	return cmd_guards_number(&opt.g, g->missing - g->protected, g->known,
	    "known are gone", "--max-gone", so, err);
}

/* --- the list --------------------------------------------------------------
 */

/* All of it into the file that takes the place of --gone. */
static enum kl_rc
write_list(struct cmd_gone *g, struct kl_replace *file, struct kl_err *err)
{
	enum kl_rc rc;

	if ((g->out = kl_out_new(kl_replace_fd(file), opt.gone)) == NULL)
		return kl_err_nomem(err);
	if ((rc = kl_store_generation(g->store, err)) == KL_OK &&
	    (rc = cmd_files_each(&opt.previous, list, g, err)) == KL_OK &&
	    (rc = kl_out_sync(g->out, err)) == KL_OK)
		rc = kl_store_sync(g->store, err);
	kl_out_free(g->out);
	g->out = NULL;
	return rc;
}

enum kl_rc
cmd_gone_list(struct cmd_gone *g, const struct kl_tally *tally,
    struct kl_err *err)
{
	struct kl_replace *file;
	char so[200];
	enum kl_rc rc;

	(void)snprintf(so, sizeof(so), "nobody is listed in %s", opt.gone);
	if ((rc = check_input(g, tally, so, err)) != KL_OK ||
	    (rc = kl_replace_new(&file, opt.gone, err)) != KL_OK)
		return rc;
	if ((rc = kl_gone_find(g->keys, g->store, &g->known, &g->missing,
		 err)) == KL_OK &&
	    (rc = cmd_files_each(&opt.g.protect, protect, g, err)) == KL_OK &&
	    (rc = check_number(g, so, err)) == KL_OK &&
	    (rc = write_list(g, file, err)) == KL_OK) {
		rc = kl_replace_commit(file, err);
		file = NULL;
	}
	kl_replace_drop(file);
	g->unnamed = g->missing - g->protected - g->kept - g->listed;
	return rc;
}

void
cmd_gone_say(const struct cmd_gone *g)
{
	cmd_note("%" PRIu64 " of %" PRIu64 " known %s gone; %s listed in %s",
	    g->missing, g->known, g->missing == 1 ? "is" : "are",
	    KL_COUNT(g->listed, "is", "are"), opt.gone);
	if (g->protected > 0)
		cmd_note("%s protected", KL_COUNT(g->protected, "is", "are"));
	if (g->kept > 0)
		cmd_note("%s in the input by another identifier",
		    KL_COUNT(g->kept, "is", "are"));
	if (g->unnamed > 0)
		cmd_note("%s not in --previous, so nobody can say who that "
			 "is; give the input with them, too",
		    KL_COUNT(g->unnamed, "is", "are"));
}

void
cmd_gone_json(const struct cmd_gone *g, struct kl_buf *b)
{
	kl_json_put_int(b, "known", (int64_t)g->known);
	kl_json_put_int(b, "missing", (int64_t)g->missing);
	kl_json_put_int(b, "listed", (int64_t)g->listed);
	kl_json_put_int(b, "protected", (int64_t)g->protected);
	kl_json_put_int(b, "kept", (int64_t)g->kept);
	kl_json_put_int(b, "unnamed", (int64_t)g->unnamed);
}
