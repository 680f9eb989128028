/* SPDX-License-Identifier: MIT */
/* push-survey.c - all of the input is looked at before it is read, if it is a
 * file: what takes long is then said before it begins. */

#include <sys/stat.h>
#include <unistd.h>

#include "push.h"

/* A record, or the records of a chunk. */
static enum kl_rc
look_at(const struct push_survey *v, const struct cmd_record *rec,
    const struct kl_json *doc, struct kl_json *element, struct kl_err *err)
{
	struct kl_send_chunk c;
	uint32_t records = 0;
	struct kl_span s;

	if (!kl_chunk_is(rec->s.s, rec->s.n)) {
		v->each(v->ctx, doc);
		return KL_OK;
	}
	if (kl_chunk_read(doc, &c, &records, err) != KL_OK)
		return KL_OK; /* it is told when it is read to be sent */
	kl_json_each (e, doc, records) {
		s = kl_json_raw(doc, e);
		if (kl_json_scan(element, s.s, s.n, err) != KL_OK)
			return KL_ENOMEM;
		v->each(v->ctx, element);
	}
	return KL_OK;
}

static enum kl_rc
look_through(const struct push_survey *v, struct kl_lines *in,
    struct kl_err *err)
{
	struct cmd_filter f = { 0 };
	struct kl_json element = { 0 };
	struct kl_err why = { 0 };
	struct cmd_record rec;
	struct kl_line line;
	enum kl_rc rc = KL_OK;

	while (rc == KL_OK && cmd_stop == 0) {
		rc = kl_lines_next(in, &line, err);
		if (rc == KL_OK &&
		    cmd_filter_parse(&f, &line, &rec, &why) == KL_OK)
			rc = look_at(v, &rec, &f.doc, &element, err);
		if (rc == KL_ETOOBIG)
			rc = KL_OK;
	}
	kl_json_free(&f.doc);
	kl_json_free(&element);
	kl_buf_free(&f.raw);
	return rc == KL_EOF ? KL_OK : rc;
}

enum kl_rc
push_survey(const struct push_survey *v, struct kl_err *err)
{
	struct kl_lines *in;
	struct stat st;
	enum kl_rc rc;
	off_t start;

	if (fstat(STDIN_FILENO, &st) != 0 || !S_ISREG(st.st_mode) ||
	    (start = lseek(STDIN_FILENO, 0, SEEK_CUR)) < 0)
		return KL_EOF;
	if ((in = kl_lines_new(STDIN_FILENO, 0)) == NULL)
		return kl_err_nomem(err);
	rc = look_through(v, in, err);
	kl_lines_free(in);
	if (rc == KL_OK && lseek(STDIN_FILENO, start, SEEK_SET) < 0)
		rc = kl_err_sys(err, KL_EIO, "cannot read the input again");
	return rc;
}
