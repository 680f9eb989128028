/* SPDX-License-Identifier: MIT */
#ifndef CMD_FILTER_H
#define CMD_FILTER_H

#include "common.h"
#include "kl/json.h"
#include "kl/lines.h"
#include "kl/out.h"
#include "kl/progress.h"
#include "kl/reject.h"
#include "kl/tally.h"
#include "kl/time.h"

/*
 * cmd/filter.h - the loop of a program that reads records.
 *
 * Records are read from stdin in place, reject lines unwrapped, malformed
 * lines set aside, every record counted; at the end the counts are checked,
 * said in the last line on stderr, and make the exit status.  A program whose
 * input is no NDJSON (kl-from-csv) or that sends (kl-push) uses the parts.
 */

/* Option rows: --rejects, --max-rejects, --max-reject-ratio, --summary,
 * --progress, --unbuffered; and --no-unwrap, for those who read records. */
extern const struct kl_opt cmd_stream_opts[];
extern const struct kl_opt cmd_record_opts[];

#define CMD_CODES 48 /* kinds of reject that are counted apart */

/* A kind of reject. */
struct cmd_code {
	char code[32];
	uint64_t n;
	uint64_t line; /* that it was first met on */
};

struct cmd_filter {
	struct kl_lines *in;
	struct kl_out *out; /* stdout */
	struct kl_rejects *rejects;
	struct kl_progress *bar; /* may be NULL */
	struct kl_tally tally;
	struct kl_json doc; /* the record that was last scanned */
	struct kl_buf raw;  /* a record decoded out of a reject line */
	char run[KL_RUN_ID];
	int fd;		      /* that in reads */
	uint64_t pause_at;    /* end as if at the end of the input, once so many
			       * bytes of it are read; 0: do not */
	bool paused;	      /* that came about */
	struct kl_buf *aside; /* not NULL: this is a thread's; lines of its
			       * rejects go here, for another to count */
	bool strict;	      /* of a thread's: no reject is tolerated */
	bool unbuffered;      /* -u: f->out does so already */
	bool known;	      /* an earlier run has set aside what is wrong with
			       * the lines now scanned */
	const char *advice;   /* said after what ended the run; NULL: nothing */
	uint64_t started;     /* kl_now_mono() */
	uint64_t stopped_at;  /* line of the reject that ended the run, or 0 */
	uint64_t excused;     /* failed or unknown records that what ended the
			       * run accounts for: they make no status 69 */
	struct cmd_code codes[CMD_CODES];
};

/* A record: its bytes, scanned into f->doc, and the line it came on. */
struct cmd_record {
	struct kl_span s;    /* the JSON object; without white space around */
	struct kl_line line; /* as read */
	struct kl_span tool; /* who set it aside, in quotes, if it stood in a
			      * reject line; else empty */
};

/* Open stdin (or fd), stdout and the rejects.  Ends the process if it
 * cannot. */
void cmd_filter_open(struct cmd_filter *f, const char *program, int fd);

/*
 * The next record.  Blank lines are skipped; a line that is no JSON object is
 * set aside.  KL_OK, KL_EOF, or a failure that ends the run (KL_EDATA: a
 * reject over the tolerance).
 */
enum kl_rc cmd_filter_next(struct cmd_filter *f, struct cmd_record *rec,
    struct kl_err *err);

/* A record out of a line, taken out of a reject line if it stands in one;
 * nothing is counted.  KL_OK; KL_AGAIN if the line is blank; KL_EDATA,
 * KL_ETOOBIG, KL_ENOMEM with *why. */
enum kl_rc cmd_filter_parse(struct cmd_filter *f, const struct kl_line *line,
    struct cmd_record *rec, struct kl_err *why);

/* As cmd_filter_next() from one line already read; KL_AGAIN if it is blank or
 * was set aside. */
enum kl_rc cmd_filter_scan(struct cmd_filter *f, const struct kl_line *line,
    struct cmd_record *rec, struct kl_err *err);

/* Set a record aside and count it.  KL_OK, or the failure that ends the
 * run. */
enum kl_rc cmd_filter_reject(struct cmd_filter *f,
    const struct kl_rejected *what, const struct kl_err *reason,
    const struct kl_why *why, struct kl_err *err);

/*
 * What a program does with one record: it writes to f->out and returns KL_OK
 * (accepted), KL_AGAIN (filtered), KL_EDATA or KL_ETOOBIG with *why (a
 * reject), or another failure, which ends the run.
 */
typedef enum kl_rc cmd_each(void *ctx, struct cmd_filter *f,
    const struct cmd_record *rec, struct kl_err *why);

/* Every record through each().  KL_OK at the end of the input, or what ended
 * the run. */
enum kl_rc cmd_filter_run(struct cmd_filter *f, cmd_each *each, void *ctx,
    struct kl_err *err);

/* Count the record in hand, which came to nothing since the run ended. */
void cmd_filter_broke_off(struct cmd_filter *f);

/*
 * Flush, check and say the counts, write the summary, free; rc and err are
 * what ended the run (KL_OK: its input).  Returns the exit status.
 */
int cmd_filter_finish(struct cmd_filter *f, enum kl_rc rc,
    const struct kl_err *err);

/* Whether there is a file for rejects; whether reject lines are unwrapped. */
bool cmd_filter_keeps(void);
bool cmd_filter_unwraps(void);

/* Add the counts of a thread's filter; make them nothing. */
void cmd_filter_count(struct cmd_filter *f, const struct cmd_filter *more);
void cmd_filter_uncount(struct cmd_filter *f);

/* True if the reading is to pause here; see pause_at. */
static inline bool
cmd_filter_pauses(struct cmd_filter *f)
{
	if (f->pause_at == 0 || kl_lines_done(f->in) < f->pause_at)
		return false;
	return f->paused = true;
}

/* Add members to the summary before it is written: "nulls_ignored":3. */
void cmd_filter_extra(void (*extra)(void *ctx, struct kl_buf *b), void *ctx);

#endif /* CMD_FILTER_H */
