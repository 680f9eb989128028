/* SPDX-License-Identifier: MIT */

/*
 * pull-state.c - what kl-pull has pulled before, and where a run stands.
 *
 * A checkpoint says that the output, as far as it then was, holds the rows of
 * all pages before a place.  A run that goes on cuts the output back to there:
 * so no row is lost, and none is in it twice.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kl/account.h"
#include "kl/count.h"
#include "kl/json.h"
#include "kl/time.h"
#include "kl/timestamp.h"
#include "pull.h"

/* Between two checkpoints, in ms: so much is asked for again after a crash. */
#define STEP_MS 250

#define SECOND INT64_C(1000000)

/* Events show minutes after they happened. */
#define LATE_EVENTS (3600 * SECOND)

/* --- the question ---------------------------------------------------------
 */

const struct kl_range_by *
pull_state_by(const struct pull_verb *v)
{
	return &kl_resource(v->res)->changed;
}

/* The id of the key's account; its address if the key may not ask. */
static void
put_account(struct pull *p, struct kl_buf *b)
{
	struct kl_buf tmp = { 0 }, text = { 0 };
	struct kl_json doc = { 0 };
	uint32_t id;

	if (kl_account_get(p->client, &tmp, NULL) == KL_OK &&
	    kl_json_scan(&doc, tmp.s, tmp.n, NULL) == KL_OK &&
	    (id = kl_json_get(&doc, 0, "id")) != 0) {
		kl_buf_puts(b, " of account ");
		kl_buf_span(b, kl_json_text(&doc, id, &text));
	} else
		kl_buf_printf(b, " at %s", kl_client_base(p->client));
	kl_json_free(&doc);
	kl_buf_free(&text);
	kl_buf_free(&tmp);
}

/* What is asked for, in words that hold no address: of filters a digest. */
static enum kl_rc
put_question(struct pull *p, const struct pull_verb *v,
    const struct kl_hash_key *hash, struct kl_buf *b, struct kl_err *err)
{
	char digest[KL_RECORD_DIGEST];

	kl_buf_puts(b, v->name);
	if (pull_opt.kind != NULL)
		kl_buf_printf(b, " of kind %s", pull_opt.kind);
	if (p->query.id.n > 0)
		kl_buf_printf(b, " of %s %s",
		    pull_opt.segment != NULL ? "segment" : "list",
		    kl_buf_str(&p->query.id));
	put_account(p, b);
	if (pull_opt.fields != NULL)
		kl_buf_printf(b, ", fields %s", pull_opt.fields);
	if (pull_opt.with != NULL)
		kl_buf_printf(b, ", with %s", pull_opt.with);
	if (p->query.filter.n > 0) {
		kl_record_digest(hash, p->query.filter.s, p->query.filter.n,
		    digest);
		kl_buf_printf(b, ", where %.8s", digest);
	}
	return kl_buf_check(b, err);
}

/* Only what is from the boundary on, and a little before. */
static enum kl_rc
ask_since(struct pull *p, int64_t early, struct kl_err *err)
{
	const struct kl_range_by *by = &p->query.r->changed;
	int64_t since = kl_pulled_since(p->state);
	char text[KL_TIME_TEXT];
	struct kl_buf f = { 0 };
	enum kl_rc rc;

	if (since == KL_PULLED_NEVER)
		return KL_OK;
	since -= early;
	since = since / SECOND - (since % SECOND < 0);
	kl_filter_put(&f,
	    by->strict ? KL_OP_GREATER_THAN : KL_OP_GREATER_OR_EQUAL, by->field,
	    KL_SPAN(kl_time_text(since, text)));
	if ((rc = kl_buf_check(&f, err)) == KL_OK) {
		kl_query_where(&p->query, (struct kl_span){ f.s, f.n });
		rc = kl_buf_check(&p->query.filter, err);
	}
	kl_buf_free(&f);
	return rc;
}

/* How much before the boundary is asked for. */
static int64_t
early_of(const struct pull_verb *v)
{
	if (pull_opt.look_back > 0)
		return (int64_t)pull_opt.look_back * 1000;
	return v->res == KL_RES_EVENTS ? LATE_EVENTS : SECOND;
}

enum kl_rc
pull_state_open(struct pull *p, const struct pull_verb *v, struct kl_err *err)
{
	struct kl_hash_key hash;
	struct kl_buf q = { 0 };
	enum kl_rc rc;

	if ((rc = kl_hash_key_load(&hash, pull_opt.hash_key, err)) != KL_OK)
		return rc;
	if ((rc = put_question(p, v, &hash, &q, err)) == KL_OK)
		rc = kl_pulled_open(&p->state, pull_opt.state, true,
		    kl_buf_str(&q), &hash, err);
	kl_wipe(&hash, sizeof(hash));
	kl_buf_free(&q);
	if (rc != KL_OK)
		return rc;
	p->run = kl_pulled_run(p->state);
	p->plan =
	    p->query.r->changed.field != NULL ? KL_PULLED_SINCE : KL_PULLED_ALL;
	p->early = early_of(v);
	return p->plan == KL_PULLED_SINCE ? ask_since(p, p->early, err) : KL_OK;
}

/* --- where it goes --------------------------------------------------------
 */

static bool
same_file(const struct pull *p, const struct stat *st)
{
	return p->run.file && S_ISREG(st->st_mode) &&
	    p->run.dev == (uint64_t)st->st_dev &&
	    p->run.ino == (uint64_t)st->st_ino;
}

static bool
go_on(const struct pull *p, const struct stat *st)
{
	return p->run.how == KL_PULLED_BEGUN && same_file(p, st) &&
	    (uint64_t)st->st_size >= p->run.size;
}

/* Cut the output and write on from there. */
static enum kl_rc
cut(struct pull *p, uint64_t size, struct kl_err *err)
{
	if (ftruncate(p->fd, (off_t)size) == 0 &&
	    lseek(p->fd, (off_t)size, SEEK_SET) >= 0)
		return KL_OK;
	return kl_err_sys(err, KL_EIO, "cannot cut back what was written");
}

/* Where the next byte goes: at the end, unless the file was opened to be
 * written over. */
static uint64_t
end_of(int fd, const struct stat *st)
{
	int flags = fcntl(fd, F_GETFL);
	off_t at;

	if (flags >= 0 && (flags & O_APPEND))
		return (uint64_t)st->st_size;
	at = lseek(fd, 0, SEEK_CUR);
	return at >= 0 ? (uint64_t)at : (uint64_t)st->st_size;
}

/* Go on with the run. */
static enum kl_rc
take_up(struct pull *p, struct kl_err *err)
{
	cmd_note("going on after %s", KL_COUNT(p->run.pages, "page", "pages"));
	p->read = p->run.read;
	p->rows = p->run.rows;
	p->pages = p->run.pages;
	return cut(p, p->run.size, err);
}

/* What becomes of a run that cannot go on. */
static void
say_again(const struct pull *p, const char *name)
{
	if (p->run.how != KL_PULLED_BEGUN)
		return;
	if (p->run.file)
		cmd_note("%s is not the file that the run before wrote, as far "
			 "as it came: beginning again",
		    name);
	else if (p->run.pages > 0)
		cmd_note("the run before was cut short: the %s again",
		    KL_COUNT(p->run.pages, "page it wrote comes",
			"pages it wrote come"));
}

/* Take up the run, or begin one. */
static enum kl_rc
begin(struct pull *p, bool on, struct kl_err *err)
{
	const char *name =
	    pull_opt.output != NULL ? pull_opt.output : "standard output";
	struct stat st;
	enum kl_rc rc;

	if (fstat(p->fd, &st) != 0)
		return kl_err_sys(err, KL_EIO, "%s", name);
	if (on && (rc = take_up(p, err)) != KL_OK)
		return rc;
	if (!on) {
		say_again(p, name);
		p->run = (struct kl_pulled_run){ .how = KL_PULLED_BEGUN,
			.file = S_ISREG(st.st_mode),
			.dev = (uint64_t)st.st_dev,
			.ino = (uint64_t)st.st_ino,
			.base = end_of(p->fd, &st),
			.started = (int64_t)kl_now_wall() * 1000 };
		p->run.size = p->run.base;
	}
	rc = kl_pulled_begin(p->state, p->plan, p->early, on, err);
	/* Before anything is written: it could not be told from what was there
	 * before. */
	if (rc == KL_OK && !on)
		rc = kl_pulled_checkpoint(p->state, &p->run,
		    (struct kl_span){ "", 0 }, err);
	if (rc == KL_OK && (p->out = kl_out_new(p->fd, name)) == NULL)
		rc = kl_err_nomem(err);
	return rc;
}

/* Standard output: a file goes on where it was, or, if the run came to its end
 * and nobody committed it, is cut back to where that run began. */
static enum kl_rc
open_stdout(struct pull *p, struct kl_err *err)
{
	struct stat st;
	enum kl_rc rc;

	p->fd = STDOUT_FILENO;
	if (fstat(p->fd, &st) != 0)
		return kl_err_sys(err, KL_EIO, "standard output");
	if (p->run.how == KL_PULLED_WHOLE && same_file(p, &st) &&
	    (uint64_t)st.st_size == p->run.size &&
	    (rc = cut(p, p->run.base, err)) != KL_OK)
		return rc;
	return begin(p, go_on(p, &st), err);
}

/* The whole file has its name, or gets it now. */
static enum kl_rc
name_output(struct pull *p, bool *done, struct kl_err *err)
{
	const char *part = kl_buf_str(&p->part);
	struct stat st;
	enum kl_rc rc;
	bool had;

	*done = false;
	if ((rc = kl_may_replace(pull_opt.output, err)) != KL_OK)
		return rc;
	if (lstat(part, &st) == 0 && same_file(p, &st)) {
		if (rename(part, pull_opt.output) != 0)
			return kl_err_sys(err, KL_ECREATE, "cannot create %s",
			    pull_opt.output);
	} else if (lstat(pull_opt.output, &st) != 0 || !same_file(p, &st) ||
	    (uint64_t)st.st_size != p->run.size)
		return KL_OK;
	kl_sync_name(pull_opt.output);
	rc = kl_pulled_commit(p->state, &had, err);
	*done = rc == KL_OK;
	return rc;
}

static enum kl_rc
open_part(struct pull *p, struct kl_err *err)
{
	const char *part = kl_buf_str(&p->part);
	struct stat st;
	enum kl_rc rc;
	bool on;

	if ((rc = kl_may_replace(pull_opt.output, err)) != KL_OK)
		return rc;
	on = lstat(part, &st) == 0 && go_on(p, &st);
	if (!on && unlink(part) != 0 && errno != ENOENT)
		return kl_err_sys(err, KL_ECREATE, "cannot create %s", part);
	p->fd = open(part,
	    O_WRONLY | O_NOFOLLOW | O_CLOEXEC | (on ? 0 : O_CREAT | O_EXCL),
	    0600);
	if (p->fd < 0)
		return kl_err_sys(err, KL_ECREATE, "cannot create %s", part);
	return begin(p, on, err);
}

enum kl_rc
pull_state_output(struct pull *p, bool *done, struct kl_err *err)
{
	enum kl_rc rc;

	*done = false;
	if (pull_opt.output == NULL)
		return open_stdout(p, err);
	kl_buf_printf(&p->part, "%s.kl-part", pull_opt.output);
	if ((rc = kl_buf_check(&p->part, err)) != KL_OK)
		return rc;
	if (p->run.how == KL_PULLED_WHOLE && p->run.file) {
		if ((rc = name_output(p, done, err)) != KL_OK)
			return rc;
		if (*done) {
			cmd_note("%s was whole already", pull_opt.output);
			p->read = p->run.read;
			p->rows = p->run.rows;
			p->pages = p->run.pages;
			kl_buf_free(&p->part);
			return KL_OK;
		}
	}
	return open_part(p, err);
}

enum kl_rc
pull_state_restart(struct pull *p, struct kl_err *err)
{
	enum kl_rc rc;

	cmd_note("klaviyo does not know the place any more: beginning again");
	p->read = p->rows = p->pages = 0;
	p->run.how = KL_PULLED_BEGUN;
	p->run.read = p->run.rows = p->run.pages = 0;
	p->run.size = p->run.base;
	p->run.started = (int64_t)kl_now_wall() * 1000;
	rc = kl_pulled_begin(p->state, p->plan, p->early, false, err);
	return rc == KL_OK ? cut(p, p->run.base, err) : rc;
}

/* --- rows and steps ------------------------------------------------------- */

/* When a resource changed, in microseconds. */
static int64_t
time_of(struct pull *p, uint32_t node)
{
	const struct kl_json *doc = p->shaper.doc;
	struct kl_stamp t;
	struct kl_span s;
	uint32_t at;

	at = kl_json_get(doc, node, "attributes");
	if (at != 0)
		at = kl_json_get(doc, at, p->query.r->changed.name);
	if (at == 0 || kl_json_type(doc, at) != KL_JSON_STRING)
		return KL_PULLED_NEVER;
	s = kl_json_text(doc, at, &p->shaper.tmp);
	if (kl_stamp_parse(s.s, s.n, &t, NULL) != KL_OK)
		return KL_PULLED_NEVER;
	return t.sec * SECOND + t.ns / 1000;
}

enum kl_rc
pull_state_row(struct pull *p, uint32_t node, const struct kl_buf *b, size_t at,
    bool *fresh, struct kl_err *err)
{
	struct kl_span key = { b->s + at, p->shaper.key };
	struct kl_span row = { b->s + at, b->n - at };

	return kl_pulled_row(p->state, key, row,
	    p->plan == KL_PULLED_SINCE ? time_of(p, node) : KL_PULLED_NEVER,
	    fresh, err);
}

/* All that was put is in the output: note the place. */
static enum kl_rc
note_place(struct pull *p, struct kl_span place, struct kl_err *err)
{
	struct stat st;
	enum kl_rc rc;

	rc = p->run.file ? kl_out_sync(p->out, err) : kl_out_flush(p->out, err);
	if (rc != KL_OK)
		return rc;
	if (p->run.file && fstat(p->fd, &st) != 0)
		return kl_err_sys(err, KL_EIO, "what was written");
	if (p->run.file)
		p->run.size = end_of(p->fd, &st);
	p->run.read = p->read;
	p->run.rows = p->rows;
	p->run.pages = p->pages;
	return kl_pulled_checkpoint(p->state, &p->run, place, err);
}

enum kl_rc
pull_state_step(struct pull *p, const struct kl_source *source, bool at_once,
    struct kl_err *err)
{
	struct kl_buf place = { 0 };
	enum kl_rc rc;

	if (!at_once && kl_now_mono() - p->checked < STEP_MS)
		return KL_OK;
	source->place(source->ctx, &place);
	if ((rc = kl_buf_check(&place, err)) == KL_OK)
		rc = note_place(p, (struct kl_span){ place.s, place.n }, err);
	kl_buf_free(&place);
	p->checked = kl_now_mono();
	return rc;
}

enum kl_rc
pull_state_left(struct pull *p, struct kl_err *err)
{
	struct kl_span key;
	struct kl_buf *b;
	enum kl_rc rc;

	while ((rc = kl_pulled_left(p->state, &key, err)) == KL_OK) {
		b = kl_out_begin(p->out);
		kl_buf_span(b, key);
		kl_buf_puts(b, ",\"_kl_left\":true}");
		if ((rc = kl_out_commit(p->out, err)) != KL_OK)
			return rc;
		p->rows++;
	}
	return rc == KL_EOF ? KL_OK : rc;
}

enum kl_rc
pull_state_whole(struct pull *p, struct kl_err *err)
{
	bool done;
	enum kl_rc rc;

	if (p->out == NULL) /* it was whole before */
		return KL_OK;
	p->run.how = KL_PULLED_WHOLE;
	if ((rc = note_place(p, (struct kl_span){ "", 0 }, err)) != KL_OK)
		return rc;
	return pull_opt.output != NULL ? name_output(p, &done, err) : KL_OK;
}

int
pull_state_commit(void)
{
	struct kl_pulled *s = NULL;
	struct kl_err err = { 0 };
	struct kl_hash_key hash;
	bool had = false;
	uint64_t rows = 0;
	enum kl_rc rc;

	if (pull_opt.state == NULL)
		cmd_usage("--commit goes with --state");
	if ((rc = kl_hash_key_load(&hash, pull_opt.hash_key, &err)) == KL_OK &&
	    (rc = kl_pulled_open(&s, pull_opt.state, false, NULL, &hash,
		 &err)) == KL_OK) {
		rows = kl_pulled_run(s).rows;
		rc = kl_pulled_commit(s, &had, &err);
	}
	kl_wipe(&hash, sizeof(hash));
	kl_pulled_close(s);
	if (rc != KL_OK)
		return cmd_fail(0, &err);
	if (had)
		cmd_note("committed %llu", (unsigned long long)rows);
	else
		cmd_note("nothing was pending");
	return 0;
}
