/* SPDX-License-Identifier: MIT */
/* reject-line.c - a record set aside and the reason, as a line, and taken out
 * of it. */

#include <string.h>

#include "kl/base64.h"
#include "reject-line.h"

/* Members are put by their names as they stand in the line: that is quicker
 * than to ask each time whether a comma is due, and some streams set much
 * aside. */
static inline void
put_text(struct kl_buf *b, const char *name, const char *text)
{
	kl_buf_put(b, name, strlen(name));
	kl_json_put_text(b, text, strlen(text));
}

static inline void
put_optional(struct kl_buf *b, const char *name, const char *text)
{
	if (*text != '\0')
		put_text(b, name, text);
}

void
reject_put_original(struct kl_buf *b, const struct kl_rejected *what)
{
	struct kl_span s = { what->s, what->n };

	if (what->s == NULL) {
		kl_json_put_int(b, "offset", (int64_t)what->offset);
		kl_json_put_int(b, "bytes", (int64_t)what->n);
	} else if (what->record) {
		kl_buf_puts(b, ",\"record\":");
		kl_buf_span(b, s);
	} else if (kl_utf8_valid(s.s, s.n))
		kl_json_put_span(b, "raw", s);
	else {
		kl_json_put_name(b, "raw_base64");
		kl_buf_putc(b, '"');
		kl_base64(b, s.s, s.n);
		kl_buf_putc(b, '"');
	}
}

void
reject_put_head(struct kl_buf *b, const char *tool, const char *run)
{
	kl_buf_puts(b, KL_REJECT_MARK "\"v\":1");
	kl_json_put_str(b, "tool", tool);
	kl_json_put_str(b, "run", run);
	kl_json_put_name(b, "line");
}

void
reject_put_number(struct kl_buf *b, uint64_t v)
{
	char digit[20];
	size_t n = sizeof(digit);

	do
		digit[--n] = (char)('0' + v % 10);
	while ((v /= 10) != 0);
	kl_buf_put(b, digit + n, sizeof(digit) - n);
}

void
reject_put_reason(struct kl_buf *b, const struct kl_rejected *what,
    const struct kl_err *reason, const struct kl_why *why)
{
	static const struct kl_why plain;

	if (why == NULL)
		why = &plain;
	reject_put_number(b, what->line);
	put_optional(b, ",\"field\":", reason->field);
	put_optional(b, ",\"code\":", reason->code);
	put_text(b, ",\"message\":", reason->msg);
	put_optional(b, ",\"hint\":", reason->hint);
	kl_buf_puts(b, ",\"class\":");
	kl_buf_puts(b, why->retry ? "\"retry\"" : "\"permanent\"");
	if (why->http != 0)
		kl_json_put_int(b, "http", why->http);
	if (why->pointer != NULL)
		put_optional(b, ",\"pointer\":", why->pointer);
	kl_buf_putc(b, '}');
}

void
kl_reject_format(struct kl_buf *b, const char *tool, const char *run,
    const struct kl_rejected *what, const struct kl_err *reason,
    const struct kl_why *why)
{
	reject_put_head(b, tool, run);
	reject_put_reason(b, what, reason, why);
	reject_put_original(b, what);
	kl_buf_putc(b, '}');
}

enum kl_rc
kl_reject_unwrap(const struct kl_json *doc, struct kl_buf *tmp,
    struct kl_span *record, struct kl_err *err)
{
	uint32_t v;
	struct kl_span text;

	if ((v = kl_json_get(doc, 0, "record")) != 0) {
		*record = kl_json_raw(doc, v);
		return KL_OK;
	}
	if ((v = kl_json_get(doc, 0, "raw")) != 0 &&
	    kl_json_type(doc, v) == KL_JSON_STRING) {
		*record = kl_json_text(doc, v, tmp);
		return KL_OK;
	}
	if ((v = kl_json_get(doc, 0, "raw_base64")) != 0 &&
	    kl_json_type(doc, v) == KL_JSON_STRING) {
		text = kl_json_raw(doc, v);
		kl_buf_reset(tmp);
		if (kl_base64_decode(tmp, text.s + 1, text.n - 2)) {
			*record = (struct kl_span){ tmp->s, tmp->n };
			return kl_buf_check(tmp, err);
		}
	}
	(void)kl_err_set(err, KL_EDATA, "reject line without its record");
	kl_err_code(err, "reject_empty");
	kl_err_hint(err,
	    "the original was over the line limit: take it from "
	    "the source");
	return KL_EDATA;
}
