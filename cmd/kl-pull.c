/* SPDX-License-Identifier: MIT */

/*
 * kl-pull - read members, lists and the account out of Klaviyo.
 *
 * A page at a time, written before the next is asked for: memory does not
 * grow with the list, and status 0 means that all of it was written.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "connect.h"
#include "kl/account.h"
#include "kl/flat.h"
#include "kl/lists.h"
#include "kl/members.h"
#include "kl/out.h"
#include "kl/page.h"
#include "kl/progress.h"
#include "kl/time.h"
#include "kl/url.h"
#include "kl/version.h"

static struct {
	const char *list, *list_name, *fields, *with, *output, *summary;
	const char *progress;
	bool check;
} opt = { .progress = "auto" };

static const struct kl_opt own[] = {
	{ 0, "list", "ID", "the list (klaviyo.list_id)", KL_OPT_STR, KL_ENV_OWN,
	    &opt.list, 0, 0, NULL },
	{ 0, "list-name", "NAME", "... by its name, which must be the only one",
	    KL_OPT_STR, KL_ENV_OWN, &opt.list_name, 0, 0, NULL },
	{ 0, "fields", "LIST", "members: only these, as email,location.city",
	    KL_OPT_STR, KL_ENV_OWN, &opt.fields, 0, 0, NULL },
	{ 0, "with", "LIST",
	    "members: also subscriptions, "
	    "predictive_analytics",
	    KL_OPT_STR, KL_ENV_OWN, &opt.with, 0, 0, NULL },
	{ 0, "check", NULL, "account: try the key, its scopes and the list",
	    KL_OPT_FLAG, KL_ENV_NONE, &opt.check, 0, 0, NULL },
	{ 'o', "output", "FILE", "write FILE, which appears when it is whole",
	    KL_OPT_STR, KL_ENV_OWN, &opt.output, 0, 0, NULL },
	{ 0, "summary", "FILE", "write the counts as JSON", KL_OPT_STR,
	    KL_ENV_COMMON, &opt.summary, 0, 0, NULL },
	{ 0, "progress", "WHEN", "auto, always or never", KL_OPT_ENUM,
	    KL_ENV_COMMON, &opt.progress, 0, 0, "auto always never" },
	{ 0 },
};

static const struct kl_opt *const groups[] = { cmd_client_opts, NULL };

static const struct cmd_about about = {
	.name = "kl-pull",
	.synopsis = "members | lists | account [options] > records",
	.purpose = "Read the members of a list, the lists, or the account, "
		   "as records: one JSON\nobject a line.  Status 0 means that "
		   "all of it was written.",
	.examples = "  kl-pull members --list KKbLLU > members.ndjson\n"
		    "  kl-pull members --list-name Newsletter "
		    "--fields email,first_name\n"
		    "  kl-pull lists\n"
		    "  kl-pull account --check --list KKbLLU\n",
	.own = own,
	.groups = groups,
};

/* A run: what is read and where it goes. */
struct pull {
	struct kl_client *client;
	struct kl_out *out;
	struct kl_progress *bar;
	int fd;		   /* of out */
	struct kl_buf tmp; /* the file under its first name; empty: stdout */
	uint64_t rows, pages, started;
	int checks; /* status the checks call for */
};

/* --- where it goes -------------------------------------------------------- */

static enum kl_rc
open_output(struct pull *p, struct kl_err *err)
{
	enum kl_rc rc;

	p->fd = STDOUT_FILENO;
	if (opt.output != NULL) {
		kl_buf_printf(&p->tmp, "%s.%ld.tmp", opt.output,
		    (long)getpid());
		if ((rc = kl_buf_check(&p->tmp, err)) != KL_OK)
			return rc;
		p->fd = open(kl_buf_str(&p->tmp),
		    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (p->fd < 0) {
			kl_buf_free(&p->tmp);
			return kl_err_sys(err, KL_ECREATE, "cannot create %s",
			    opt.output);
		}
	}
	p->out = kl_out_new(p->fd,
	    opt.output != NULL ? opt.output : "standard output");
	return p->out != NULL ? KL_OK : kl_err_nomem(err);
}

/* The file gets its name only if all of it is there. */
static enum kl_rc
close_output(struct pull *p, bool whole, struct kl_err *err)
{
	enum kl_rc rc = KL_OK;
	const char *tmp;

	if (p->out != NULL && whole)
		rc = kl_out_sync(p->out, err);
	else if (p->out != NULL && opt.output == NULL)
		(void)kl_out_flush(p->out, NULL); /* whole records */
	kl_out_free(p->out);
	if (opt.output == NULL || p->tmp.n == 0)
		return rc;
	tmp = kl_buf_str(&p->tmp);
	if (close(p->fd) != 0 && whole && rc == KL_OK)
		rc = kl_err_sys(err, KL_EIO, "cannot write %s", opt.output);
	if (whole && rc == KL_OK && rename(tmp, opt.output) != 0)
		rc =
		    kl_err_sys(err, KL_ECREATE, "cannot create %s", opt.output);
	if (!whole || rc != KL_OK)
		(void)unlink(tmp);
	kl_buf_free(&p->tmp);
	return rc;
}

/* --- what is read --------------------------------------------------------- */

/* Every resource of one page, then out with them. */
static enum kl_rc
write_page(struct pull *p, const struct kl_json *doc, uint32_t data,
    struct kl_err *err)
{
	enum kl_rc rc;

	kl_json_each (e, doc, data) {
		rc = kl_flat_put(kl_out_begin(p->out), doc, e, err);
		if (rc != KL_OK) {
			kl_out_abandon(p->out);
			return rc;
		}
		if ((rc = kl_out_commit(p->out, err)) != KL_OK)
			return rc;
		p->rows++;
		kl_progress_tick(p->bar, p->rows, p->rows);
	}
	return kl_out_flush(p->out, err);
}

static enum kl_rc
write_pages(struct pull *p, struct kl_pages *walk, struct kl_err *err)
{
	uint32_t data;
	enum kl_rc rc;

	while ((rc = kl_pages_next(walk, &data, err)) == KL_OK) {
		p->pages = walk->count;
		if ((rc = write_page(p, walk->answer.doc, data, err)) != KL_OK)
			break;
	}
	return rc == KL_EOF ? KL_OK : rc;
}

static void
clear_bar(void *ctx)
{
	kl_progress_clear(ctx);
}

/* Progress needs the total, which costs a request: only where it is seen. */
static void
open_bar(struct pull *p, const char *id)
{
	uint64_t total = 0;

	if (!cmd_wants_progress(opt.progress))
		return;
	(void)kl_list_count(p->client, id, &total, NULL);
	p->bar = kl_progress_new(STDERR_FILENO, "kl-pull", total);
	cmd_before_speaking(clear_bar, p->bar);
	cmd_connect_bar(p->bar);
}

static enum kl_rc
pull_members(struct pull *p, struct kl_err *err)
{
	struct kl_pages walk = { .client = p->client };
	struct kl_list list;
	enum kl_rc rc;

	if ((rc = kl_members_walk(&walk, opt.fields, opt.with, err)) != KL_OK)
		goto out;
	walk.id = opt.list;
	if (opt.list_name != NULL) {
		rc = kl_list_find(p->client, NULL, opt.list_name, &list, err);
		if (rc != KL_OK)
			goto out;
		walk.id = list.id;
	}
	open_bar(p, walk.id);
	rc = write_pages(p, &walk, err);
	/* Finding it again says which lists there are. */
	if (rc == KL_EREFUSED && strcmp(err->code, "list_unknown") == 0)
		(void)kl_list_find(p->client, walk.id, NULL, &list, err);
out:
	kl_pages_free(&walk);
	return rc;
}

static enum kl_rc
pull_lists(struct pull *p, struct kl_err *err)
{
	struct kl_pages walk = { .client = p->client,
		.ep = kl_endpoint(KL_EP_LISTS) };
	enum kl_rc rc;

	kl_url_param(&walk.query, "page[size]", "10", 2);
	kl_url_param(&walk.query, "fields[list]",
	    "name,created,updated,opt_in_process", 35);
	if ((rc = kl_buf_check(&walk.query, err)) == KL_OK)
		rc = write_pages(p, &walk, err);
	kl_pages_free(&walk);
	return rc;
}

/* One finding: a record, and a line for people. */
static void
put_check(void *ctx, const struct kl_check *k)
{
	static const char *const words[] = { "ok", "FAILED", "not tried" };
	struct pull *p = ctx;
	struct kl_buf *b = kl_out_begin(p->out);

	kl_buf_putc(b, '{');
	kl_json_put_str(b, "check", k->name);
	if (k->result == KL_CHECK_UNTRIED)
		kl_json_put_null(b, "ok");
	else
		kl_json_put_bool(b, "ok", k->result == KL_CHECK_GOOD);
	kl_json_put_str(b, "text", k->text);
	if (k->result == KL_CHECK_BAD) {
		kl_json_put_str(b, "code", k->err.code);
		kl_json_put_str(b, "hint", k->err.hint);
		p->checks = kl_err_worse(p->checks, kl_err_exit(k->err.rc));
	}
	kl_buf_putc(b, '}');
	if (kl_out_commit(p->out, NULL) == KL_OK)
		p->rows++;
	cmd_note("%-14s %-9s  %s%s%s", k->name, words[k->result], k->text,
	    k->err.hint[0] != '\0' ? "; " : "", k->err.hint);
}

static enum kl_rc
pull_account(struct pull *p, struct kl_err *err)
{
	struct kl_buf *b;
	enum kl_rc rc;

	if (opt.check) {
		rc = kl_account_check(p->client, opt.list, opt.list_name,
		    put_check, p, err);
		return rc == KL_OK ? kl_out_flush(p->out, err) : rc;
	}
	b = kl_out_begin(p->out);
	if ((rc = kl_account_get(p->client, b, err)) != KL_OK) {
		kl_out_abandon(p->out);
		return rc;
	}
	if ((rc = kl_out_commit(p->out, err)) == KL_OK)
		p->rows++;
	p->pages = 1;
	return rc;
}

/* --- the run -------------------------------------------------------------- */

struct verb {
	const char *name;
	enum kl_rc (*pull)(struct pull *p, struct kl_err *err);
	bool list, fields, check; /* takes --list, --fields, --check */
};

static const struct verb verbs[] = {
	{ "members", pull_members, true, true, false },
	{ "lists", pull_lists, false, false, false },
	{ "account", pull_account, true, false, true },
};

static const struct verb *
verb_of(int operands, char *argv[])
{
	size_t i;

	if (operands == 0)
		cmd_usage("say what to read: members, lists or account");
	if (operands > 1)
		cmd_usage("only one thing at a time: %s or %s", argv[1],
		    argv[2]);
	for (i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (strcmp(verbs[i].name, argv[1]) == 0)
			return &verbs[i];
	cmd_usage("cannot read %s: members, lists or account", argv[1]);
}

/* Options that the verb has no use for are mistakes, not noise. */
static void
check_options(const struct verb *v, const struct kl_config *c)
{
	if (opt.check && !v->check)
		cmd_usage("--check is for account");
	if ((opt.fields != NULL || opt.with != NULL) && !v->fields)
		cmd_usage("--fields and --with are for members");
	if ((opt.list != NULL || opt.list_name != NULL) && !v->list)
		cmd_usage("%s takes no list", v->name);
	if (opt.list != NULL && opt.list_name != NULL)
		cmd_usage("--list and --list-name name the same thing: one");
	if (opt.list == NULL && opt.list_name == NULL)
		opt.list = c->list_id;
	if (v->fields && opt.list == NULL && opt.list_name == NULL)
		cmd_usage("which list? --list ID or --list-name NAME; "
			  "kl-pull lists shows them");
	if (!opt.check && v->check && c->list_id == NULL && opt.list != NULL)
		cmd_usage("--list is for account --check");
}

static enum kl_rc
write_summary(const struct pull *p, int status, struct kl_err *err)
{
	struct kl_client_count n = kl_client_counts(p->client);
	struct kl_buf b = { 0 };
	enum kl_rc rc;

	kl_buf_putc(&b, '{');
	kl_json_put_str(&b, "tool", "kl-pull");
	kl_json_put_str(&b, "version", KL_VERSION);
	kl_json_put_int(&b, "written", (int64_t)p->rows);
	kl_json_put_int(&b, "pages", (int64_t)p->pages);
	kl_json_put_int(&b, "requests", (int64_t)n.requests);
	kl_json_put_int(&b, "retries", (int64_t)n.retries);
	kl_json_put_int(&b, "limited", (int64_t)n.limited);
	kl_json_put_int(&b, "ms", (int64_t)(kl_now_mono() - p->started));
	kl_json_put_int(&b, "exit", status);
	kl_buf_puts(&b, "}\n");
	if ((rc = kl_buf_check(&b, err)) == KL_OK)
		rc = cmd_write_file(opt.summary, b.s, b.n, err);
	kl_buf_free(&b);
	return rc;
}

/* The last line: what was written, and whether that is all. */
static void
say_counts(const struct pull *p, bool all)
{
	char pages[40] = "";

	if (p->pages > 0)
		(void)snprintf(pages, sizeof(pages), " from %llu page%s",
		    (unsigned long long)p->pages, p->pages == 1 ? "" : "s");
	cmd_note("wrote %llu%s%s%s", (unsigned long long)p->rows, pages,
	    all ? "" : ", which is not all",
	    !all && opt.output != NULL ? "; no file was made" : "");
}

/* End the run: say what failed and what was written, free everything. */
static int
finish(struct pull *p, enum kl_rc rc, struct kl_err *err)
{
	int status = 0;

	if (rc != KL_OK)
		status = cmd_fail(0, err);
	if (close_output(p, rc == KL_OK, err) != KL_OK)
		status = kl_err_worse(status, cmd_fail(0, err));
	status = kl_err_worse(status, p->checks);
	if (cmd_stop_status() != 0)
		status = cmd_stop_status();
	if (opt.summary != NULL && write_summary(p, status, err) != KL_OK)
		status = kl_err_worse(status, cmd_fail(0, err));
	if (rc != KL_EUSAGE)
		say_counts(p, rc == KL_OK);
	cmd_connect_bar(NULL);
	cmd_before_speaking(NULL, NULL);
	kl_progress_free(p->bar);
	kl_client_free(p->client);
	return status;
}

int
main(int argc, char *argv[])
{
	struct pull p = { .started = kl_now_mono() };
	struct kl_config config = { 0 };
	struct kl_err err = { 0 };
	const struct verb *v;
	enum kl_rc rc;
	int status;

	v = verb_of(cmd_start(&about, argc, argv), argv);
	cmd_config_with_key(&config);
	check_options(v, &config);
	cmd_catch_signals();
	p.client = cmd_connect(&config, 1);
	if (!v->check) /* which asks by itself */
		cmd_learn_account(p.client);
	if ((rc = open_output(&p, &err)) == KL_OK)
		rc = v->pull(&p, &err);
	status = finish(&p, rc, &err);
	kl_config_free(&config);
	return status;
}
