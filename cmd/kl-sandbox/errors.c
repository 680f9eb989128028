/* SPDX-License-Identifier: MIT */
/* errors.c - the service's error documents. */

#include <stdarg.h>
#include <stdio.h>

#include "errors.h"
#include "kl/json.h"

uint64_t error_ids = 1;

static const struct {
	int status;
	const char *code, *title;
} troubles[] = {
	[BAD_INPUT] = { 400, "invalid", "Invalid input." },
	[BAD_JSON] = { 400, "parse_error", "Malformed request." },
	[NOT_AUTHENTICATED] = { 401, "not_authenticated",
	    "Authentication credentials were not provided." },
	[BAD_KEY] = { 401, "authentication_failed",
	    "Incorrect authentication credentials." },
	[NO_PERMISSION] = { 403, "permission_denied",
	    "You do not have permission to perform this action." },
	[NOT_FOUND] = { 404, "not_found", "Not found." },
	[BAD_METHOD] = { 405, "method_not_allowed", "Method not allowed." },
	[DUPLICATE] = { 409, "duplicate_profile", "Conflict." },
	[RETIRED] = { 410, "gone", "Gone." },
	[TOO_LARGE] = { 413, "payload_too_large", "Payload too large." },
	[BAD_TYPE] = { 415, "unsupported_media_type",
	    "Unsupported media type." },
	[THROTTLED] = { 429, "throttled", "Request was throttled." },
	[BROKEN] = { 500, "error", "A server error occurred." },
};

int
problem_status(enum trouble kind)
{
	return troubles[kind].status;
}

const char *
problem_code(enum trouble kind)
{
	return troubles[kind].code;
}

const char *
problem_title(enum trouble kind)
{
	return troubles[kind].title;
}

/* Format into a field; cut where a character begins. */
static void
put(char *to, size_t size, const char *fmt, va_list ap)
{
	int n = vsnprintf(to, size, fmt, ap);

	if (n < 0)
		to[0] = '\0';
	else if ((size_t)n >= size) {
		n = (int)size - 1;
		while (n > 0 && ((unsigned char)to[n] & 0xC0) == 0x80)
			n--;
		to[n] = '\0';
		while (n > 0 && !kl_utf8_valid(to, (size_t)n))
			to[--n] = '\0';
	}
}

bool
problem_set(struct problem *p, enum trouble kind, const char *where,
    const char *fmt, ...)
{
	va_list ap;

	*p = (struct problem){ .kind = kind };
	va_start(ap, fmt);
	put(p->detail, sizeof(p->detail), fmt, ap);
	va_end(ap);
	(void)snprintf(p->where, sizeof(p->where), "%s", where);
	return false;
}

bool
problem_parameter(struct problem *p, const char *name, const char *fmt, ...)
{
	va_list ap;

	*p = (struct problem){ .kind = BAD_INPUT, .parameter = true };
	va_start(ap, fmt);
	put(p->detail, sizeof(p->detail), fmt, ap);
	va_end(ap);
	(void)snprintf(p->where, sizeof(p->where), "%s", name);
	return false;
}

bool
problem_field(struct problem *p, const char *where, struct kl_span field,
    const char *resource)
{
	int n = field.n > 100 ? 100 : (int)field.n;

	while (n > 0 && !kl_utf8_valid(field.s, (size_t)n))
		n--;
	(void)problem_set(p, BAD_INPUT, "",
	    "'%.*s' is not a valid field for the resource '%s'.", n, field.s,
	    resource);
	(void)snprintf(p->where, sizeof(p->where), "%s/%.*s", where, n,
	    field.s);
	return false;
}

/* A pointer or parameter may hold what a request held: cut it to UTF-8. */
static void
put_where(struct kl_buf *b, const struct problem *p, const char *prefix)
{
	struct kl_buf text = { 0 };
	size_t n;

	kl_buf_puts(b, ",\"source\":{");
	kl_buf_printf(&text, "%s%s", p->parameter ? "" : prefix, p->where);
	for (n = text.n; n > 0 && !kl_utf8_valid(text.s, n);)
		n--;
	kl_json_put_span(b, p->parameter ? "parameter" : "pointer",
	    (struct kl_span){ text.s, n });
	kl_buf_putc(b, '}');
	kl_buf_free(&text);
}

void
problem_put(struct kl_buf *b, const struct problem *p, const char *prefix,
    int status)
{
	/* Recorded 401, 403 and 404 answers have neither links nor meta. */
	bool bare = p->kind == BAD_KEY || p->kind == NOT_AUTHENTICATED ||
	    p->kind == NO_PERMISSION || p->kind == NOT_FOUND;
	char id[UUID_TEXT];

	uuid_text(&error_ids, id);
	kl_json_put_comma(b);
	kl_buf_putc(b, '{');
	kl_json_put_str(b, "id", id);
	kl_json_put_int(b, "status", status ? status : problem_status(p->kind));
	kl_json_put_str(b, "code", problem_code(p->kind));
	kl_json_put_str(b, "title", problem_title(p->kind));
	kl_json_put_str(b, "detail", p->detail);
	put_where(b, p, prefix);
	if (p->kind == THROTTLED)
		kl_buf_puts(b,
		    ",\"links\":{\"type\":\"https://developers.klaviyo.com"
		    "/en/docs/rate_limits_and_error_handling\"},\"meta\":{}");
	else if (p->owner[0] != '\0')
		kl_buf_printf(b,
		    ",\"links\":{},\"meta\":{\"duplicate_profile_id\":"
		    "\"%s\"}",
		    p->owner);
	else if (!bare)
		kl_buf_puts(b, ",\"links\":{},\"meta\":{}");
	kl_buf_putc(b, '}');
}

uint64_t
random_next(uint64_t *state)
{
	uint64_t z = *state += 0x9E3779B97F4A7C15u;

	z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
	z = (z ^ z >> 27) * 0x94D049BB133111EBu;
	return z ^ z >> 31;
}

void
uuid_text(uint64_t *state, char out[UUID_TEXT])
{
	uint64_t a = random_next(state), b = random_next(state);

	(void)snprintf(out, UUID_TEXT, "%08x-%04x-4%03x-%04x-%012llx",
	    (unsigned)(a >> 32), (unsigned)(a >> 16 & 0xFFFF),
	    (unsigned)(a & 0xFFF), (unsigned)((b >> 48 & 0x3FFF) | 0x8000),
	    (unsigned long long)(b & 0xFFFFFFFFFFFFu));
}
