/* SPDX-License-Identifier: MIT */
/* audit.c - the audit trail of a program that sends. */

#include <unistd.h>

#include "audit.h"
#include "kl/count.h"
#include "kl/time.h"
#include "kl/version.h"

static struct {
	const char *file, *after;
	bool pii;
} opt;

const struct kl_opt cmd_audit_opts[] = {
	{ 0, "audit", "FILE", "add to it who was changed how", KL_OPT_STR,
	    KL_ENV_NONE, &opt.file, 0, 0, NULL },
	{ 0, "audit-after", "FILE", "... which goes on from this, if new",
	    KL_OPT_STR, KL_ENV_NONE, &opt.after, 0, 0, NULL },
	{ 0, "audit-pii", NULL, "... with identifiers as they are", KL_OPT_FLAG,
	    KL_ENV_NONE, &opt.pii, 0, 0, NULL },
	{ 0 },
};

bool
cmd_audit_wanted(void)
{
	if (opt.file == NULL && (opt.after != NULL || opt.pii))
		cmd_usage("--audit-%s goes with --audit",
		    opt.pii ? "pii" : "after");
	return opt.file != NULL;
}

static void
on_note(void *ctx, const char *text)
{
	(void)ctx;
	cmd_say("%s", text);
}

/* Who runs what: on disk with the first that is done by it. */
static void
put_run(struct kl_audit *a, const char *tool, const struct kl_send_opts *o,
    const char *what)
{
	struct kl_buf *b = kl_audit_entry(a);
	char text[KL_TIME_TEXT];

	kl_json_put_str(b, "event", "run");
	kl_json_put_str(b, "at", kl_time_text_ms(kl_now_wall(), text));
	kl_json_put_str(b, "run", o->run);
	kl_json_put_str(b, "tool", tool);
	kl_json_put_str(b, "version", KL_VERSION);
	kl_json_put_str(b, "command", what);
	kl_json_put_int(b, "uid", (int64_t)getuid());
	kl_audit_add(a);
}

enum kl_rc
cmd_audit_open(struct cmd_audit *c, struct kl_send_opts *o, const char *what,
    const struct kl_hash_key *hash, struct kl_err *err)
{
	const struct kl_audit_opts how = { .path = opt.file,
		.after = opt.after,
		.hash = hash,
		.note = on_note };
	enum kl_rc rc;

	if (opt.file == NULL)
		return KL_OK;
	if ((rc = kl_audit_open(&c->a, &how, err)) != KL_OK)
		return rc;
	o->audit = c->a;
	o->audit_hash = hash;
	o->audit_pii = opt.pii;
	put_run(c->a, c->tool, o, what);
	return KL_OK;
}

void
cmd_audit_say(const struct cmd_audit *c)
{
	struct kl_audit_end end;

	if (c->a == NULL)
		return;
	end = kl_audit_end(c->a);
	cmd_note("%s: %s, the last is %s", opt.file,
	    KL_COUNT(end.n, "entry", "entries"), end.digest);
}

void
cmd_audit_extra(const struct cmd_audit *c, struct kl_buf *b)
{
	struct kl_audit_end end;

	if (c->a == NULL)
		return;
	end = kl_audit_end(c->a);
	kl_json_put_int(b, "audit_entries", (int64_t)end.n);
	kl_json_put_str(b, "audit_last", end.digest);
}

void
cmd_audit_close(struct cmd_audit *c)
{
	kl_audit_close(c->a);
}
