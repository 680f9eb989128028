/* SPDX-License-Identifier: MIT */
/*
 * push-forget.c - who was forgotten, and who is.
 *
 * A tombstone is on disk before the request leaves: whatever is killed when,
 * nobody who may be forgotten is without one.
 */

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kl/count.h"
#include "kl/file.h"
#include "kl/spool.h"
#include "push.h"

static bool yes;

const struct kl_opt push_forget_opts[] = {
	{ 0, "yes", NULL, "forget: do not ask", KL_OPT_FLAG, KL_ENV_NONE, &yes,
	    0, 0, NULL },
	{ 0 },
};

/* --- who was forgotten ---------------------------------------------------- */

static bool
forgets(const struct push *p)
{
	return p->verb == &push_forget;
}

bool
push_forgotten_wanted(const struct push *p)
{
	bool wanted = cmd_forgotten_wanted();

	if (wanted && !forgets(p) && !p->send.verb->makes)
		cmd_usage("--tombstones: %s makes nobody", p->send.verb->name);
	if (forgets(p) && cmd_forgotten_allowed())
		cmd_usage("--allow-forgotten: forget makes nobody");
	return wanted;
}

static enum kl_rc
on_check(void *push, const struct kl_json *doc, struct kl_err *why)
{
	return cmd_forgotten_check(&((struct push *)push)->forgotten, doc, why);
}

static enum kl_rc
on_leave(void *push, struct kl_span record, struct kl_err *err)
{
	struct push *p = push;

	return cmd_forgotten_add(&p->forgotten, record, &p->journal.hash, err);
}

enum kl_rc
push_forgotten_open(struct push *p, struct kl_err *err)
{
	enum kl_rc rc;

	if (!push_forgotten_wanted(p))
		return KL_OK;
	if ((rc = cmd_journal_hash(&p->journal, err)) != KL_OK)
		return rc;
	p->in.ctx = p;
	if (forgets(p))
		p->in.leave = on_leave;
	else
		p->in.check = on_check;
	return forgets(p)
	    ? cmd_forgotten_open_to_add(&p->forgotten, &p->journal.hash, err)
	    : cmd_forgotten_open(&p->forgotten, &p->journal.hash, err);
}

/* --- who is --------------------------------------------------------------- */

static void
check(struct push *p)
{
	if (!push_forgotten_wanted(p))
		cmd_note("without --tombstones nothing keeps those who are "
			 "forgotten from being made again");
}

static void
look(void *ctx, const void *s, size_t n)
{
	(void)ctx;
	(void)s;
	(void)n;
}

static void
count(void *ctx, const struct kl_json *doc)
{
	(void)doc;
	++*(uint64_t *)ctx;
}

/* Records of the input, which can be read afterwards. */
static enum kl_rc
count_input(uint64_t *n, struct kl_err *err)
{
	const struct push_survey v = { count, n };
	const char *dir = getenv("TMPDIR");
	struct kl_buf near = { 0 };
	enum kl_rc rc;

	*n = 0;
	kl_buf_printf(&near, "%s/kl-push",
	    dir != NULL && *dir != '\0' ? dir : "/tmp");
	rc = kl_spool(STDIN_FILENO, kl_buf_str(&near), &cmd_stop, look, NULL,
	    err);
	kl_buf_free(&near);
	if (rc == KL_EOF)
		return kl_err_set(err, KL_ERETRY,
		    "stopped before all of the input was there");
	return rc == KL_OK ? push_survey(&v, err) : rc;
}

/* The least time that so many requests take. */
static const char *
how_long(const struct push *p, uint64_t n, char *to, size_t size)
{
	const struct kl_endpoint *ep = kl_endpoint(p->send.verb->road.ep);
	struct kl_rate rate = kl_rate_part(&ep->rate, p->send.max_percent);

	return cmd_duration(kl_rate_ms(&rate, n), to, size);
}

/* Read a line from the terminal: is it that number? */
static bool
confirm(int tty, uint64_t n)
{
	char want[24], got[64];
	size_t k = 0;

	(void)snprintf(want, sizeof(want), "%" PRIu64, n);
	while (k < sizeof(got) - 1 && cmd_stop == 0 &&
	    read(tty, got + k, 1) == 1 && got[k] != '\n')
		k++;
	while (k > 0 && (got[k - 1] == '\r' || got[k - 1] == ' '))
		k--;
	return k == strlen(want) && memcmp(got, want, k) == 0;
}

static enum kl_rc
unconfirmed(struct kl_err *err)
{
	return kl_err_set(err, KL_EUSAGE,
	    "that is not the number: nobody was forgotten");
}

/* Say what will be done, and have it confirmed. */
static enum kl_rc
ask(struct push *p, struct kl_err *err)
{
	char text[200], time[60];
	uint64_t n;
	int tty, k;
	bool same;
	enum kl_rc rc;

	if ((rc = count_input(&n, err)) != KL_OK || n == 0)
		return rc;
	cmd_note("%s: people to be deleted for good, with all that is known "
		 "of them, one by one: that takes %s",
	    KL_COUNT(n, "record", "records"),
	    how_long(p, n, time, sizeof(time)));
	if (yes)
		return KL_OK;
	if ((tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)) < 0) {
		(void)kl_err_set(err, KL_EUSAGE,
		    "forget deletes for good, and there is no terminal to ask "
		    "at");
		kl_err_hint(err, "give --yes");
		return KL_EUSAGE;
	}
	k = snprintf(text, sizeof(text),
	    "Type how many records there are to go on: ");
	same = kl_write_all(tty, text, (size_t)k) && confirm(tty, n);
	(void)close(tty);
	return same ? KL_OK : unconfirmed(err);
}

static void
notes(const struct push *p, const struct kl_send_stats *st)
{
	(void)p;
	if (st->lacking > 0)
		cmd_note("%s not known to the service: there was nothing to "
			 "forget",
		    KL_COUNT(st->lacking, "person is", "people are"));
}

const struct push_verb push_forget = {
	.name = "forget",
	.opts = push_forget_opts,
	.check = check,
	.ask = ask,
	.notes = notes,
};

/* --- who gets no e-mail --------------------------------------------------- */

static void
notes_skipped(const struct push *p, const struct kl_send_stats *st)
{
	if (st->skipped > 0)
		cmd_note("%s skipped by the service: %s",
		    KL_COUNT(st->skipped, "person was", "people were"),
		    p->verb == &push_suppress
			? "suppressed already"
			: "it has no suppression to take back");
}

const struct push_verb push_suppress = {
	.name = "suppress",
	.notes = notes_skipped,
};

const struct push_verb push_unsuppress = {
	.name = "unsuppress",
	.notes = notes_skipped,
};
