/* SPDX-License-Identifier: MIT */
/* resume.c - a new run, one that goes on, or one that is done already. */

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "connect.h"
#include "kl/count.h"
#include "kl/spool.h"
#include "resume.h"

static struct {
	const char *journal, *hash_key;
	bool fresh;
} opt;

static struct kl_buf command;

const struct kl_opt cmd_journal_opts[] = {
	{ 0, "journal", "FILE", "remember what was sent, to go on after a stop",
	    KL_OPT_STR, KL_ENV_NONE, &opt.journal, 0, 0, NULL },
	{ 0, "fresh", NULL, "begin anew, whatever is in the journal",
	    KL_OPT_FLAG, KL_ENV_NONE, &opt.fresh, 0, 0, NULL },
	{ 0, "hash-key", "FILE", "the secret of the digests", KL_OPT_STR,
	    KL_ENV_COMMON, &opt.hash_key, 0, 0, NULL },
	{ 0 },
};

/* --- the command as it was given ------------------------------------------ */

/* As a shell has to be told it. */
static void
put_word(struct kl_buf *b, const char *s)
{
	static const char plain[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	    "-_./:=,+@%";

	if (*s != '\0' && s[strspn(s, plain)] == '\0') {
		kl_buf_puts(b, s);
		return;
	}
	kl_buf_putc(b, '\'');
	for (; *s != '\0'; s++)
		if (*s == '\'')
			kl_buf_puts(b, "'\\''");
		else
			kl_buf_putc(b, *s);
	kl_buf_putc(b, '\'');
}

void
cmd_journal_command(int argc, char *argv[])
{
	int i;

	kl_buf_puts(&command, "to go on:");
	for (i = 0; i < argc; i++) {
		/* What was to be begun anew, or sent again, has been. */
		if (strcmp(argv[i], "--fresh") == 0 ||
		    strcmp(argv[i], "--resend-unknown") == 0)
			continue;
		kl_buf_putc(&command, ' ');
		put_word(&command, argv[i]);
	}
}

/* The file on standard input, if it is one. */
static void
put_input(struct kl_buf *b)
{
	char path[4096];
	struct stat st;
	ssize_t n = -1;

	if (fstat(STDIN_FILENO, &st) == 0 && S_ISREG(st.st_mode) &&
	    st.st_nlink > 0)
		n = readlink("/proc/self/fd/0", path, sizeof(path) - 1);
	if (n <= 0) {
		kl_buf_puts(b, ", with the same input");
		return;
	}
	path[n] = '\0';
	kl_buf_puts(b, " < ");
	put_word(b, path);
}

/* --- before --------------------------------------------------------------- */

bool
cmd_journal_wanted(void)
{
	return opt.journal != NULL;
}

enum kl_rc
cmd_journal_hash(struct cmd_journal *c, struct kl_err *err)
{
	return c->hash.set ? KL_OK
			   : kl_hash_key_load(&c->hash, opt.hash_key, err);
}

enum kl_rc
cmd_journal_open(struct cmd_journal *c, bool need_key, struct kl_err *err)
{
	enum kl_rc rc;

	if (opt.fresh && opt.journal == NULL)
		cmd_usage("--fresh is about the run in a --journal");
	if (opt.journal == NULL && !need_key)
		return KL_OK;
	rc = kl_hash_key_load(&c->hash, opt.hash_key, err);
	if (rc != KL_OK || opt.journal == NULL)
		return rc;
	rc = kl_journal_open(&c->j, opt.journal, &c->hash, err);
	if (rc != KL_OK || c->keep_ms == 0)
		return rc;
	return kl_journal_recall(c->j, kl_now_wall() - c->keep_ms, err);
}

/* --- the run that is in it ------------------------------------------------ */

static enum kl_rc
begin(struct cmd_journal *c, const char *what, const struct cmd_filter *f,
    struct kl_err *err)
{
	return kl_journal_begin(c->j, f->run, what, kl_now_wall(), err);
}

/* The run in the journal is this one. */
static void
take_name(const struct cmd_journal *c, struct cmd_filter *f)
{
	memcpy(f->run, kl_journal_run(c->j)->run, sizeof(f->run));
}

static void
look(void *ctx, const void *s, size_t n)
{
	kl_hmac_add(ctx, s, n);
}

/* Whether the input is that of the run that is done; it can be read
 * afterwards. */
static enum kl_rc
same_input(struct cmd_journal *c, bool *same, struct kl_err *err)
{
	const struct kl_hmac *key = kl_journal_hmac(c->j);
	struct kl_hmac_run seen;
	unsigned char md[KL_SHA256];
	enum kl_rc rc;

	kl_hmac_begin(key, &seen);
	rc = kl_spool(STDIN_FILENO, opt.journal, &cmd_stop, look, &seen, err);
	if (rc == KL_EOF)
		return kl_err_set(err, KL_ERETRY,
		    "stopped before all of the input was there");
	kl_hmac_end(key, &seen, md);
	*same = memcmp(md, kl_journal_run(c->j)->input, KL_JOURNAL_DIGEST) == 0;
	return rc;
}

/* The line that the last batch ends on of those that are settled without a
 * gap. */
static uint64_t
settled_line(struct cmd_journal *c)
{
	struct kl_journal_batch b;
	uint64_t line = 0, seq;

	for (seq = 1; kl_journal_get(c->j, seq, &b, NULL) == KL_OK && b.settled;
	     seq++)
		line = b.line;
	return line;
}

/* Say what there is of the run; what it has set aside is there. */
static enum kl_rc
go_on_knowing(struct cmd_journal *c, struct cmd_filter *f, struct kl_err *err)
{
	struct kl_journal_events e = kl_journal_events(c->j);
	char date[KL_TIME_TEXT];

	(void)kl_time_text_ms(kl_journal_run(c->j)->started, date);
	if (e.doubt == 0)
		cmd_note("going on with the run that began %s: %s sent", date,
		    KL_COUNT(e.ours, "of its events is", "of its events are"));
	else
		cmd_note("going on with the run that began %s: %s sent, and "
			 "up to %s again",
		    date,
		    KL_COUNT(e.ours, "of its events is", "of its events are"),
		    KL_COUNT(e.doubt, "more, which is sent again if it comes",
			"more, which are sent again if they come"));
	if (e.forgotten > 0)
		cmd_note("%s by it, which the journal has forgotten: of all "
			 "it keeps the newest %d; if %s again, the service "
			 "counts that once",
		    KL_COUNT(e.forgotten, "more event was sent",
			"more events were sent"),
		    KL_JOURNAL_EVENTS,
		    e.forgotten == 1 ? "it is sent" : "they are sent");
	return kl_rejects_again(f->rejects, KL_REJECTS_ANYWHERE, err);
}

static enum kl_rc
go_on(struct cmd_journal *c, const char *what, struct cmd_filter *f,
    struct kl_err *err)
{
	const struct kl_journal_run *r = kl_journal_run(c->j);
	char date[KL_TIME_TEXT];

	if (!r->same_key || strcmp(r->what, what) != 0) {
		(void)kl_err_set(err, KL_ECONFIG,
		    "%s holds a run that has not ended: %s%s", opt.journal,
		    r->what, r->same_key ? "" : ", with another hash key");
		kl_err_hint(err,
		    "go on with that, name another file, or give it up with "
		    "--fresh");
		return KL_ECONFIG;
	}
	take_name(c, f);
	if (c->keep_ms > 0)
		return go_on_knowing(c, f, err);
	cmd_note("going on with the run that began %s: of %s %s settled",
	    kl_time_text_ms(r->started, date),
	    KL_COUNT(r->batches, "batch", "batches"),
	    KL_COUNT(r->settled, "is", "are"));
	return kl_rejects_again(f->rejects, settled_line(c), err);
}

enum kl_rc
cmd_journal_start(struct cmd_journal *c, const char *what, struct cmd_filter *f,
    struct kl_err *err)
{
	const struct kl_journal_run *r;
	char date[KL_TIME_TEXT];
	bool same = false;
	enum kl_rc rc;

	if (c->j == NULL)
		return KL_OK;
	r = kl_journal_run(c->j);
	if (!opt.fresh && c->keep_ms == 0 && kl_journal_has_events(c->j)) {
		(void)kl_err_set(err, KL_ECONFIG,
		    "%s holds the events that were sent by kl-track",
		    opt.journal);
		kl_err_hint(err, "name another file");
		return KL_ECONFIG;
	}
	if (opt.fresh || r->run[0] == '\0')
		return begin(c, what, f, err);
	if (r->finished == 0)
		return go_on(c, what, f, err);
	c->finished = r->finished;
	if (c->keep_ms > 0 && r->same_key)
		return kl_journal_next(c->j, f->run, what, kl_now_wall(), err);
	if (r->same_key && strcmp(r->what, what) == 0 &&
	    (rc = same_input(c, &same, err)) != KL_OK)
		return rc;
	if (!same)
		return begin(c, what, f, err);
	take_name(c, f);
	cmd_note("already done on %s; --fresh sends again",
	    kl_time_text_ms(r->finished, date));
	return kl_rejects_again(f->rejects, settled_line(c), err);
}

/* --- after ---------------------------------------------------------------- */

void
cmd_journal_end(struct cmd_journal *c, struct cmd_filter *f, enum kl_rc rc,
    const struct kl_err *err)
{
	if (c->j == NULL || (rc == KL_OK && cmd_stop == 0) ||
	    (rc == KL_EDATA && strcmp(err->code, "input_differs") == 0))
		return;
	if (kl_journal_run(c->j)->run[0] == '\0' ||
	    strcmp(kl_journal_run(c->j)->run, f->run) != 0)
		return;
	put_input(&command);
	f->advice = kl_buf_str(&command);
}

void
cmd_journal_close(struct cmd_journal *c)
{
	kl_journal_close(c->j);
	kl_wipe(&c->hash, sizeof(c->hash));
	kl_buf_free(&command);
}
