/* SPDX-License-Identifier: MIT */
/* validator.c - what kl-validate does with records, and counts. */

#include <stdlib.h>

#include "kl/count.h"
#include "validator.h"

/* What is passed on and yet worth a word: the first few with their lines,
 * all of them in the counts. */
#define SPOKEN 3 /* lines named of each kind */

static const struct {
	const char *code, *all;
} doubts[] = {
	[KL_DOUBT_TYPO] = { "domain_typo",
	    "addresses are one letter away from a large provider" },
	[KL_DOUBT_TEST] = { "domain_test",
	    "addresses are of domains for tests; the service drops their "
	    "events" },
};

/* --- a record ------------------------------------------------------------- */

/* Say what is doubtful about the address, without naming it. */
void
validator_doubt(struct validator *v, enum kl_doubt which, uint64_t line,
    const char *meant)
{
	if (v->doubts[which]++ >= SPOKEN)
		return;
	if (which == KL_DOUBT_TYPO)
		cmd_note("warning: line %llu: the domain of the address is one "
			 "letter away from %s",
		    (unsigned long long)line, meant);
	else
		cmd_note("warning: line %llu: the domain of the address is one "
			 "for tests",
		    (unsigned long long)line);
}

/* Look at the domain of an address that was found good.  What nothing is said
 * about is one question: where every other domain is for tests and may be, two
 * would be a branch that nobody can foretell. */
static inline enum kl_doubt
look(const struct validator *v, const char **meant)
{
	const struct kl_profile *p = &v->event.profile;
	unsigned silent =
	    1U << KL_DOUBT_NONE | (unsigned)v->test_domains << KL_DOUBT_TEST;

	if (p->email == 0 || (silent >> p->domain->doubt & 1) != 0)
		return KL_DOUBT_NONE;
	*meant = p->domain->meant;
	return p->domain->doubt;
}

/* All that is asked of a record by itself. */
static inline enum kl_rc
check(struct validator *v, const struct kl_json *doc, struct kl_err *why)
{
	enum kl_rc rc;

	rc = v->events ? kl_event_check(&v->event, doc, why)
		       : kl_profile_check(&v->event.profile, doc, why);
	if (rc == KL_OK && v->need_consent)
		rc = kl_consent_check(doc, v->event.now, &v->event.profile.text,
		    why);
	return rc;
}

/* Put right what can be; *doc and *s are then the better record. */
static enum kl_rc
put_right(struct validator *v, const struct kl_json **doc, struct kl_span *s,
    unsigned *done, struct kl_err *why)
{
	enum kl_rc rc;

	kl_buf_reset(&v->fixed);
	rc = kl_fix_record(&v->fixer, *doc, v->events, &v->fixed, done, why);
	if (rc != KL_OK || *done == 0)
		return rc;
	*s = (struct kl_span){ v->fixed.s, v->fixed.n };
	*doc = &v->doc;
	return kl_json_scan(&v->doc, s->s, s->n, why);
}

static void
count_fixes(struct validator *v, unsigned done)
{
	unsigned i;

	v->records_fixed += done != 0;
	for (i = 0; i < KL_FIXES; i++)
		v->fixes[i] += done >> i & 1;
}

/* Room for a note. */
static bool
grow(struct validator *v)
{
	size_t more = v->notes_cap != 0 ? 2 * v->notes_cap : 256;
	void *p;

	if (v->notes < v->notes_cap)
		return true;
	if ((p = realloc(v->note, more * sizeof(*v->note))) == NULL)
		return false;
	v->note = p;
	v->notes_cap = more;
	return true;
}

/* A thread's: note what others are to look at. */
static enum kl_rc
take_note(struct validator *v, const struct cmd_filter *f,
    const struct cmd_record *rec, const struct kl_json *doc, unsigned done,
    struct kl_err *why)
{
	struct validator_note *note;
	enum kl_rc rc = KL_AGAIN;

	if (!grow(v))
		return kl_err_nomem(why);
	note = &v->note[v->notes];
	note->meant = NULL;
	note->doubt = (uint8_t)look(v, &note->meant);
	if (v->unique != NULL)
		rc = kl_unique_key(v->unique, doc, &note->key, why);
	if (rc != KL_OK && rc != KL_AGAIN)
		return rc;
	note->keyed = rc == KL_OK;
	note->line = rec->line.no;
	note->s = rec->s;
	note->from = kl_out_gathered(f->out).n + (size_t)(v->run_end - v->run);
	note->aside = f->aside->n;
	note->done = done;
	v->notes += note->keyed || note->doubt != KL_DOUBT_NONE;
	return KL_OK;
}

/* What other records have to do with it, and what is to be said of it. */
static inline enum kl_rc
look_around(struct validator *v, const struct cmd_record *rec,
    const struct kl_json *doc, struct kl_err *why)
{
	const char *meant = NULL;
	enum kl_doubt which;
	enum kl_rc rc = KL_OK;

	if (v->unique != NULL)
		rc = kl_unique_see(v->unique, doc, rec->line.no, why);
	if (rc == KL_OK && (which = look(v, &meant)) != KL_DOUBT_NONE)
		validator_doubt(v, which, rec->line.no, meant);
	return rc;
}

/* Records that passed are put out from where they lie, as many at once as stand
 * there one behind the other, and several such runs in one call.  A system
 * call for fewer bytes would cost more than to copy them, and so would many
 * short pieces. */
#define WORTH_A_CALL (KL_BLOCK / 16)
#define WORTH_A_PIECE (KL_BLOCK / 128)

static enum kl_rc
put_pieces(struct validator *v, struct kl_err *err)
{
	size_t i, n = v->pieces, bytes = 0;
	enum kl_rc rc = KL_OK;

	v->pieces = 0;
	for (i = 0; i < n; i++)
		bytes += v->piece[i].n;
	if (!v->copy && bytes >= WORTH_A_CALL && bytes >= n * WORTH_A_PIECE)
		return kl_out_pieces(v->out, v->piece, n, err);
	for (i = 0; i < n && rc == KL_OK; i++)
		rc = kl_out_put(v->out, v->piece[i].s, v->piece[i].n, err);
	return rc;
}

/* The run has ended: it is a piece.  A thread's is put where it gathers. */
static enum kl_rc
end_run(struct validator *v, struct kl_err *err)
{
	if (v->run != v->run_end)
		v->piece[v->pieces++] =
		    (struct kl_span){ v->run, (size_t)(v->run_end - v->run) };
	v->run = v->run_end = NULL;
	return v->copy || v->pieces == KL_OUT_PIECES ? put_pieces(v, err)
						     : KL_OK;
}

static enum kl_rc
put_run(void *ctx, struct kl_err *err)
{
	struct validator *v = ctx;
	enum kl_rc rc = end_run(v, err);

	return rc == KL_OK ? put_pieces(v, err) : rc;
}

/* A record that does not go on what passed: it may begin another run, unless
 * something else than its newline stands behind it. */
static __attribute__((noinline)) enum kl_rc
begin_run(struct validator *v, const struct cmd_filter *f,
    const struct cmd_record *rec, struct kl_span s, struct kl_err *err)
{
	const struct kl_line *line = &rec->line;
	bool stays =
	    !f->unbuffered && line->eol && s.s + s.n == line->s + line->n;
	enum kl_rc rc = stays ? end_run(v, err) : put_run(v, err);

	if (rc != KL_OK)
		return rc;
	if (!stays)
		return kl_out_line(f->out, s.s, s.n, err);
	v->run = s.s;
	v->run_end = s.s + s.n + 1;
	return KL_OK;
}

static inline enum kl_rc
put(struct validator *v, const struct cmd_filter *f,
    const struct cmd_record *rec, struct kl_span s, struct kl_err *err)
{
	if (s.s != v->run_end || s.s[s.n] != '\n')
		return begin_run(v, f, rec, s, err);
	v->run_end += s.n + 1;
	return KL_OK;
}

/* Check a record, which is rec or what was made of it, and pass it on.  Every
 * record comes here, mostly without being put right. */
static inline __attribute__((always_inline)) enum kl_rc
pass_on(struct validator *v, struct cmd_filter *f, const struct cmd_record *rec,
    const struct kl_json *doc, struct kl_span s, unsigned done,
    struct kl_err *why)
{
	enum kl_rc rc = check(v, doc, why);

	if (rc == KL_OK)
		rc = v->copy ? take_note(v, f, rec, doc, done, why)
			     : look_around(v, rec, doc, why);
	if (rc == KL_OK)
		rc = put(v, f, rec, s, why);
	f->tally.written += rc == KL_OK;
	return rc;
}

/* The same with what can be put right. */
static enum kl_rc
fix_and_pass_on(struct validator *v, struct cmd_filter *f,
    const struct cmd_record *rec, struct kl_err *why)
{
	const struct kl_json *doc = &f->doc;
	struct kl_span s = rec->s;
	unsigned done = 0;
	enum kl_rc rc;

	if ((rc = put_right(v, &doc, &s, &done, why)) != KL_OK ||
	    (rc = pass_on(v, f, rec, doc, s, done, why)) != KL_OK)
		return rc;
	if (done != 0)
		count_fixes(v, done);
	return KL_OK;
}

static enum kl_rc
validate(void *ctx, struct cmd_filter *f, const struct cmd_record *rec,
    struct kl_err *why)
{
	struct validator *v = ctx;

	return v->fix ? fix_and_pass_on(v, f, rec, why)
		      : pass_on(v, f, rec, &f->doc, rec->s, 0, why);
}

enum kl_rc
validator_run(void *ctx, struct cmd_filter *f, struct kl_err *err)
{
	struct validator *v = ctx;
	struct kl_err why;
	enum kl_rc rc, rc2;

	v->out = f->out;
	kl_lines_moving(f->in, put_run, v);
	rc = cmd_filter_run(f, validate, v, err);
	rc2 = put_run(v, &why);
	if (rc == KL_OK && (rc = rc2) != KL_OK)
		*err = why;
	kl_lines_moving(f->in, NULL, NULL);
	return rc;
}

/* --- what is said --------------------------------------------------------- */

/* "fixed 3 records: 2 trimmed, 1 with the domain in lower case". */
static void
say_fixes(const struct validator *v)
{
	struct kl_buf b = { 0 };
	unsigned i;

	if (!v->fix)
		return;
	for (i = 0; i < KL_FIXES; i++)
		if (v->fixes[i] > 0)
			kl_buf_printf(&b, "%s %llu %s", b.n > 0 ? "," : ":",
			    (unsigned long long)v->fixes[i],
			    kl_fix_words((enum kl_fix)i));
	cmd_note("fixed %s%s", KL_COUNT(v->records_fixed, "record", "records"),
	    b.n > 0 ? kl_buf_str(&b) : "");
	kl_buf_free(&b);
}

static void
say_unique(const struct validator *v)
{
	if (v->unique != NULL && cmd_common.verbose > 0)
		cmd_note("remembered %s in %.1f MiB",
		    KL_COUNT(kl_unique_keys(v->unique), "key", "keys"),
		    (double)kl_unique_bytes(v->unique) / (1 << 20));
}

/* Say how many more there were than lines were named. */
static void
say_doubts(const struct validator *v)
{
	size_t i;

	for (i = KL_DOUBT_TYPO; i <= KL_DOUBT_TEST; i++)
		if (v->doubts[i] > SPOKEN)
			cmd_note("warning: %llu %s",
			    (unsigned long long)v->doubts[i], doubts[i].all);
}

void
validator_say(const struct validator *v)
{
	say_doubts(v);
	say_fixes(v);
	say_unique(v);
}

void
validator_summary(void *ctx, struct kl_buf *b)
{
	const struct validator *v = ctx;
	size_t i;

	kl_json_put_name(b, "warnings");
	kl_buf_putc(b, '{');
	for (i = KL_DOUBT_TYPO; i <= KL_DOUBT_TEST; i++)
		if (v->doubts[i] > 0)
			kl_json_put_int(b, doubts[i].code,
			    (int64_t)v->doubts[i]);
	kl_buf_putc(b, '}');
	if (v->fix) {
		kl_json_put_int(b, "fixed", (int64_t)v->records_fixed);
		kl_json_put_name(b, "fixes");
		kl_buf_putc(b, '{');
		for (i = 0; i < KL_FIXES; i++)
			if (v->fixes[i] > 0)
				kl_json_put_int(b, kl_fix_name((enum kl_fix)i),
				    (int64_t)v->fixes[i]);
		kl_buf_putc(b, '}');
	}
	if (v->unique != NULL) {
		kl_json_put_int(b, "unique_keys",
		    (int64_t)kl_unique_keys(v->unique));
		kl_json_put_int(b, "unique_bytes",
		    (int64_t)kl_unique_bytes(v->unique));
	}
}

void
validator_free(struct validator *v)
{
	kl_unique_free(v->unique);
	kl_fixer_free(&v->fixer);
	kl_buf_free(&v->fixed);
	kl_json_free(&v->doc);
	kl_event_free(&v->event);
	kl_buf_free(&v->aside);
	free(v->note);
}
