/* SPDX-License-Identifier: MIT */
/* push-audit.c - the audit trail of kl-push: kept, and verified. */

#include <unistd.h>

#include "kl/count.h"
#include "kl/out.h"
#include "push.h"

static const char *expect;

const struct kl_opt push_audit_opts[] = {
	{ 0, "expect-head", "DIGEST", "audit-verify: an entry must have it",
	    KL_OPT_STR, KL_ENV_NONE, &expect, 0, 0, NULL },
	{ 0 },
};

enum kl_rc
push_audit_open(struct push *p, const char *what, struct kl_err *err)
{
	enum kl_rc rc;

	if (!cmd_audit_wanted())
		return KL_OK;
	if ((rc = cmd_journal_hash(&p->journal, err)) != KL_OK)
		return rc;
	p->audit.tool = push_about.name;
	return cmd_audit_open(&p->audit, &p->send, what, &p->journal.hash, err);
}

/* --- verifying ------------------------------------------------------------ */

/* A line about a file that is whole. */
static enum kl_rc
write_report(struct kl_out *out, const char *path,
    const struct kl_audit_report *r, struct kl_err *err)
{
	struct kl_buf b = { 0 };
	enum kl_rc rc;

	kl_buf_puts(&b, "{\"audit_verified\":1");
	kl_json_put_str(&b, "file", path);
	kl_json_put_int(&b, "from", (int64_t)r->first);
	kl_json_put_int(&b, "to", (int64_t)r->end.n);
	kl_json_put_str(&b, "last", r->end.digest);
	kl_json_put_bool(&b, "head", r->headed);
	kl_json_put_int(&b, "unsettled", (int64_t)r->unsettled);
	kl_buf_putc(&b, '}');
	if ((rc = kl_buf_check(&b, err)) == KL_OK)
		rc = kl_out_line(out, b.s, b.n, err);
	kl_buf_free(&b);
	return rc;
}

static void
say(const char *path, const struct kl_audit_report *r)
{
	if (r->behind > 0)
		cmd_note("%s: the last %s behind its head, as after a crash, "
			 "and whole",
		    path, KL_COUNT(r->behind, "entry is", "entries are"));
	if (r->unsettled > 0)
		cmd_note("%s: %s not settled: entries \"sending\" tell which",
		    path,
		    KL_COUNT(r->unsettled, "batch was about to be sent and is",
			"batches were about to be sent and are"));
}

/* Each file goes on from the one before; the last must be known to be all. */
static enum kl_rc
verify(int n, char *files[], struct kl_out *out, const struct kl_hash_key *hash,
    struct kl_err *err)
{
	struct kl_audit_report r = { 0 };
	struct kl_audit_end end = { 0 };
	struct kl_audit_check c = { .hash = hash, .expect = expect };
	bool met = false;
	enum kl_rc rc = KL_OK;
	int i;

	for (i = 0; rc == KL_OK && i < n; i++) {
		c.path = files[i];
		c.follows = i > 0 ? &end : NULL;
		if ((rc = kl_audit_verify(&c, &r, err)) != KL_OK)
			return rc;
		end = r.end;
		met = met || r.met;
		say(files[i], &r);
		rc = write_report(out, files[i], &r, err);
	}
	if (rc != KL_OK)
		return rc;
	if (expect != NULL && !met)
		return kl_err_set(err, KL_EDATA,
		    "%s: no entry is %s: its end is missing, or it is another",
		    c.path, expect);
	if (met || r.headed)
		return KL_OK;
	(void)kl_err_set(err, KL_EDATA,
	    "%s.head is not there: entries may be missing at the end", c.path);
	kl_err_hint(err,
	    "give the last digest that a run has told with --expect-head, or "
	    "the file that goes on from this one");
	return KL_EDATA;
}

static int
run(struct push *p, int operands, char *argv[])
{
	struct kl_out *out = kl_out_new(STDOUT_FILENO, "stdout");
	struct kl_err err = { 0 };
	enum kl_rc rc;

	if (operands < 2)
		cmd_usage("audit-verify needs the file of an audit trail");
	if (expect != NULL && strlen(expect) != KL_AUDIT_DIGEST - 1)
		cmd_usage("--expect-head: a digest has %d characters",
		    KL_AUDIT_DIGEST - 1);
	if (out == NULL)
		rc = kl_err_nomem(&err);
	else if ((rc = cmd_journal_hash(&p->journal, &err)) == KL_OK)
		rc =
		    verify(operands - 1, argv + 2, out, &p->journal.hash, &err);
	if (out != NULL && rc == KL_OK)
		rc = kl_out_flush(out, &err);
	else if (out != NULL)
		(void)kl_out_flush(out, NULL);
	kl_out_free(out);
	cmd_journal_close(&p->journal);
	return rc == KL_OK ? 0 : cmd_fail(0, &err);
}

const struct push_verb push_audit_verify = {
	.name = "audit-verify",
	.opts = push_audit_opts,
	.offline = true,
	.run = run,
};
