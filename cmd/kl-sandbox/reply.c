/* SPDX-License-Identifier: MIT */
/* reply.c - what all answers have in common. */

#include <stdarg.h>
#include <stdio.h>

#include "box.h"
#include "kl/time.h"

static void
errors_open(struct req *q, int status)
{
	kl_buf_reset(&q->out);
	kl_buf_puts(&q->out, "{\"errors\":[");
	q->status = status;
}

void
reply_problem(struct req *q, const struct problem *p, const char *prefix)
{
	if (q->errors++ == 0)
		errors_open(q, problem_status(p->kind));
	problem_put(&q->out, p, prefix, 0);
}

void
reply_bad(struct req *q, enum trouble kind, const char *where, const char *fmt,
    ...)
{
	struct problem p;
	char text[sizeof(p.detail)];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	(void)problem_set(&p, kind, where, "%s", text);
	reply_problem(q, &p, "");
}

void
reply_status(struct req *q, int status)
{
	struct problem p;

	(void)problem_set(&p, status == 429 ? THROTTLED : BROKEN, "/data",
	    "The sandbox was told to answer this request with %d.", status);
	q->errors++;
	errors_open(q, status);
	problem_put(&q->out, &p, "", status);
}

bool
reply_failed(struct req *q)
{
	if (q->errors == 0)
		return false;
	kl_buf_puts(&q->out, "]}");
	return true;
}

void
reply_empty(struct req *q, int status)
{
	kl_buf_reset(&q->out);
	q->status = status;
}

void
reply_begin(struct req *q, int status)
{
	kl_buf_reset(&q->out);
	kl_buf_puts(&q->out, "{\"data\":");
	q->status = status;
}

/* The characters that need no percent sign. */
static bool
unreserved(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' ||
	    c == '~';
}

static void
put_encoded(struct kl_buf *b, struct kl_span s)
{
	size_t i;

	for (i = 0; i < s.n; i++)
		if (unreserved((unsigned char)s.s[i]))
			kl_buf_putc(b, s.s[i]);
		else
			kl_buf_printf(b, "%%%02X", (unsigned char)s.s[i]);
}

/* The URL of the request as a JSON string: every parameter repeated, with
 * page[cursor] set to next if that is not empty. */
static void
put_self(struct kl_buf *b, const struct req *q, struct kl_span next)
{
	struct kl_span path = q->path;
	char mark = '?';
	size_t i;

	if (path.n > 1 && path.s[path.n - 1] == '/')
		path.n--;
	kl_buf_putc(b, '"');
	kl_buf_puts(b, q->box->base);
	kl_buf_span(b, path);
	for (i = 0; i < q->query.n; i++) {
		const struct param *p = &q->query.p[i];

		if (next.n > 0 && kl_span_is(p->name, "page[cursor]"))
			continue;
		kl_buf_putc(b, mark);
		mark = '&';
		put_encoded(b, p->name);
		kl_buf_putc(b, '=');
		put_encoded(b, p->value);
	}
	if (next.n > 0)
		kl_buf_printf(b, "%cpage%%5Bcursor%%5D=%.*s", mark, (int)next.n,
		    next.s);
	kl_buf_putc(b, '"');
}

void
reply_end(struct req *q)
{
	kl_buf_puts(&q->out, ",\"links\":{\"self\":");
	put_self(&q->out, q, (struct kl_span){ NULL, 0 });
	kl_buf_puts(&q->out, "}}");
}

static void
put_neighbour(struct req *q, const char *name, const struct kl_buf *token)
{
	kl_json_put_name(&q->out, name);
	if (token->n > 0)
		put_self(&q->out, q, (struct kl_span){ token->s, token->n });
	else
		kl_buf_puts(&q->out, "null");
}

void
reply_end_page(struct req *q)
{
	struct kl_buf *b = &q->out;

	kl_buf_puts(b, ",\"links\":{\"self\":");
	put_self(b, q, (struct kl_span){ NULL, 0 });
	put_neighbour(q, "next", &q->box->page);
	put_neighbour(q, "prev", &q->box->back);
	kl_buf_puts(b, "}}");
}

void
reply_end_whole(struct req *q)
{
	kl_buf_reset(&q->box->page);
	kl_buf_reset(&q->box->back);
	reply_end_page(q);
}

void
reply_links(struct kl_buf *b, const struct req *q, const char *type,
    const char *id)
{
	kl_buf_puts(b, ",\"links\":{\"self\":\"");
	kl_buf_puts(b, q->box->base);
	kl_buf_puts(b, "/api/");
	kl_buf_puts(b, type);
	kl_buf_putc(b, '/');
	kl_buf_puts(b, id);
	kl_buf_puts(b, "/\"}");
}

void
reply_relation(struct kl_buf *b, const struct req *q, const char *type,
    const char *id, const char *name)
{
	static const char *const way[] = { "self\":\"", "\",\"related\":\"" };
	static const char *const by[] = { "/relationships/", "/" };
	int i;

	kl_json_put_name(b, name);
	kl_buf_puts(b, "{\"links\":{\"");
	for (i = 0; i < 2; i++) {
		kl_buf_puts(b, way[i]);
		kl_buf_puts(b, q->box->base);
		kl_buf_puts(b, "/api/");
		kl_buf_puts(b, type);
		kl_buf_putc(b, '/');
		kl_buf_puts(b, id);
		kl_buf_puts(b, by[i]);
		kl_buf_puts(b, name);
		kl_buf_putc(b, '/');
	}
	kl_buf_puts(b, "\"}}");
}

bool
reply_body(struct req *q, uint32_t *data)
{
	struct kl_json *doc = &q->box->doc;
	struct kl_err err = { 0 };
	struct problem p;
	struct kl_buf tmp = { 0 };

	if (kl_json_scan(doc, q->body.s != NULL ? q->body.s : "", q->body.n,
		&err) != KL_OK) {
		reply_bad(q, BAD_JSON, "/data", "JSON parse error: %s.",
		    err.msg);
		return false;
	}
	if (kl_json_type(doc, 0) != KL_JSON_OBJECT) {
		reply_bad(q, BAD_INPUT, "/data",
		    "Invalid input: expected an object.");
		return false;
	}
	kl_json_each_member (m, doc, 0)
		if (!kl_json_is(doc, m, "data")) {
			(void)problem_field(&p, "", kl_json_text(doc, m, &tmp),
			    "request");
			reply_problem(q, &p, "");
			kl_buf_free(&tmp);
			return false;
		}
	if ((*data = kl_json_get(doc, 0, "data")) == 0) {
		reply_bad(q, BAD_INPUT, "/data", "'data' is a required field.");
		return false;
	}
	return true;
}

void
put_time(struct kl_buf *b, uint64_t us, bool micro)
{
	static const char zone[] = "+00:00\"";
	uint64_t s = us / 1000000, day = s / 86400, in = s % 86400;
	unsigned m, d, frac = (unsigned)(us % 1000000), k;
	char t[40] = "\"0000-00-00T00:00:00.000000";
	int64_t y;

	kl_civil_from_days((int64_t)day, &y, &m, &d);
	for (k = 4; k > 0; k--, y /= 10)
		t[k] = (char)('0' + y % 10);
	t[6] = (char)('0' + m / 10);
	t[7] = (char)('0' + m % 10);
	t[9] = (char)('0' + d / 10);
	t[10] = (char)('0' + d % 10);
	t[12] = (char)('0' + in / 36000);
	t[13] = (char)('0' + in / 3600 % 10);
	t[15] = (char)('0' + in % 3600 / 600);
	t[16] = (char)('0' + in / 60 % 10);
	t[18] = (char)('0' + in % 60 / 10);
	t[19] = (char)('0' + in % 10);
	for (k = 26; k > 20; k--, frac /= 10)
		t[k] = (char)('0' + frac % 10);
	kl_buf_put(b, t, micro ? 27 : 20);
	kl_buf_put(b, zone, sizeof(zone) - 1);
}

void
put_identifier(struct kl_buf *b, const char *type, const char *id)
{
	kl_json_put_comma(b);
	kl_buf_puts(b, "{\"type\":\"");
	kl_buf_puts(b, type);
	kl_buf_puts(b, "\",\"id\":\"");
	kl_buf_puts(b, id);
	kl_buf_puts(b, "\"}");
}

bool
plain_shape(struct req *q, struct shape *s, const struct field *fields,
    unsigned i)
{
	struct picks none = { 0 };

	if (shape_make(s, fields, &q->query.fields[i], &none, ALWAYS))
		return true;
	reply_bad(q, BROKEN, "/data", "out of memory");
	return false;
}
