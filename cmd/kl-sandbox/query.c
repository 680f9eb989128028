/* SPDX-License-Identifier: MIT */
/* query.c - the query string, held to what the operation allows. */

#include <stdio.h>

#include "box.h"

static int
hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Append the decoded bytes; a percent sign without digits stays. */
static struct kl_span
decode(struct kl_buf *b, struct kl_span s)
{
	size_t i, from = b->n;

	for (i = 0; i < s.n; i++) {
		if (s.s[i] == '%' && i + 2 < s.n && hex(s.s[i + 1]) >= 0 &&
		    hex(s.s[i + 2]) >= 0) {
			kl_buf_putc(b,
			    (char)(hex(s.s[i + 1]) << 4 | hex(s.s[i + 2])));
			i += 2;
		} else
			kl_buf_putc(b, (char)(s.s[i] == '+' ? ' ' : s.s[i]));
	}
	return (struct kl_span){ b->s + from, b->n - from };
}

/* Cut the query string into parameters. */
static bool
split(struct req *q, struct problem *p)
{
	struct query *u = &q->query;
	const char *s = q->search.s, *end = s + q->search.n, *amp, *eq;
	struct param *one;

	/* Decoding never lengthens: the spans stay where they are. */
	if (q->search.n > 0 && !kl_buf_room(&u->text, q->search.n))
		return problem_set(p, BROKEN, "/data", "out of memory");
	for (; s < end; s = amp + 1) {
		amp = memchr(s, '&', (size_t)(end - s));
		if (amp == NULL)
			amp = end;
		if (amp == s)
			continue;
		if (u->n == PARAMS)
			return problem_parameter(p, "",
			    "Too many query parameters.");
		eq = memchr(s, '=', (size_t)(amp - s));
		if (eq == NULL)
			eq = amp;
		one = &u->p[u->n++];
		one->name =
		    decode(&u->text, (struct kl_span){ s, (size_t)(eq - s) });
		one->value = (struct kl_span){ "", 0 };
		if (eq < amp)
			one->value = decode(&u->text,
			    (struct kl_span){ eq + 1, (size_t)(amp - eq - 1) });
		if (!kl_utf8_valid(one->name.s, one->name.n) ||
		    !kl_utf8_valid(one->value.s, one->value.n))
			return problem_parameter(p, "",
			    "The query string is not UTF-8.");
	}
	return true;
}

/* What the answer is about, as errors call it. */
static const char *
subject(const struct op *op)
{
	if (op->fields[0] != NULL)
		return op->fields[0]->type;
	return strstr(op->path, "/profiles") != NULL ? "profile" : "list";
}

/* Cut a comma list. */
static bool
pick(struct picks *to, struct kl_span v)
{
	const char *s = v.s, *end = v.s + v.n, *comma;

	to->given = true;
	to->n = 0;
	for (; s < end; s = comma + 1) {
		comma = memchr(s, ',', (size_t)(end - s));
		if (comma == NULL)
			comma = end;
		if (to->n == PICKS)
			return false;
		to->name[to->n++] = (struct kl_span){ s, (size_t)(comma - s) };
	}
	return true;
}

/* Let the problem name the parameter. */
static bool
at(struct problem *p, const struct param *one)
{
	(void)snprintf(p->where, sizeof(p->where), "%.*s",
	    one->name.n > 100 ? 100 : (int)one->name.n, one->name.s);
	return false;
}

/* A span for "%.*s", not too long. */
#define SOME(w) ((w).n > 100 ? 100 : (int)(w).n), (w).s

static bool
too_many(struct problem *p, const struct param *one)
{
	(void)problem_parameter(p, "", "Too many values.");
	return at(p, one);
}

static bool
bad_field(struct problem *p, const struct param *one, struct kl_span name,
    const struct resource *r)
{
	(void)problem_parameter(p, "",
	    "'%.*s' is not a valid field for the resource '%s'.", SOME(name),
	    r->type);
	return at(p, one);
}

/* The service calls page[size] page_size when it does not know it. */
static bool
unknown(const struct op *op, const struct param *one, struct problem *p)
{
	char name[80];
	size_t n;

	(void)snprintf(name, sizeof(name), "%.*s",
	    one->name.n > 60 ? 60 : (int)one->name.n, one->name.s);
	n = strlen(name);
	if (strncmp(name, "page[", 5) == 0 && name[n - 1] == ']') {
		name[4] = '_';
		name[n - 1] = '\0';
	}
	(void)problem_parameter(p, "",
	    "'%s' is not a valid field for the resource '%s'.", name,
	    subject(op));
	return at(p, one);
}

static bool
read_fields(struct picks *to, const struct resource *r, const struct param *one,
    struct problem *p)
{
	size_t i;

	if (!pick(to, one->value))
		return too_many(p, one);
	for (i = 0; i < to->n; i++)
		if (!field_known(r->fields, r->groups, to->name[i]))
			return bad_field(p, one, to->name[i], r);
	return true;
}

static bool
read_more(struct picks *to, const struct resource *r, const struct param *one,
    struct problem *p)
{
	const struct field *f;
	size_t i, n;

	if (!pick(to, one->value))
		return too_many(p, one);
	for (i = 0; i < to->n; i++) {
		n = to->name[i].n;
		for (f = r->fields; f->path != NULL; f++)
			if ((f->group & ON_REQUEST) && n > 0 &&
			    (f->group & ~r->groups) == 0 &&
			    strncmp(f->path, to->name[i].s, n) == 0 &&
			    (f->path[n] == '\0' || f->path[n] == '.') &&
			    memchr(to->name[i].s, '.', n) == NULL)
				break;
		if (f->path == NULL)
			return bad_field(p, one, to->name[i], r);
	}
	return true;
}

int
word_index(const char *words, struct kl_span w)
{
	const char *end;
	int i;

	for (i = 0; words != NULL && *words != '\0'; i++) {
		end = strchr(words, ' ');
		if (end == NULL)
			end = words + strlen(words);
		if ((size_t)(end - words) == w.n &&
		    memcmp(words, w.s, w.n) == 0)
			return i;
		words = *end == '\0' ? end : end + 1;
	}
	return -1;
}

static bool
read_include(struct req *q, const struct param *one, struct problem *p)
{
	struct picks words;
	size_t i;
	int bit;

	if (!pick(&words, one->value))
		return too_many(p, one);
	for (i = 0; i < words.n; i++) {
		bit = word_index(q->op->include, words.name[i]);
		if (bit < 0)
			return problem_parameter(p, "include",
			    "'%.*s' is not an allowed include parameter for "
			    "this resource.",
			    SOME(words.name[i]));
		q->query.include |= 1U << bit;
	}
	return true;
}

static bool
read_sort(struct req *q, const struct param *one, struct problem *p)
{
	struct query *u = &q->query;
	struct kl_span w = one->value;

	if (w.n > 0 && w.s[0] == '-') {
		u->down = true;
		w.s++;
		w.n--;
	}
	u->sort = word_index(q->op->sorts, w);
	if (u->sort < 0)
		return problem_parameter(p, "sort",
		    "'%.*s' is not a valid sort field for the resource '%s'.",
		    SOME(one->value), subject(q->op));
	u->bind = cursor_bind(u->bind, one->value);
	return true;
}

static bool
read_size(struct req *q, const struct param *one, struct problem *p)
{
	uint64_t n;

	if (!kl_parse_u64(one->value.s, one->value.n, &n) || n == 0 ||
	    n > q->op->size_max)
		return problem_parameter(p, "page[size]",
		    "Page size must be an integer between 1 and %u.",
		    q->op->size_max);
	q->query.size = (unsigned)n;
	return true;
}

/* fields[TYPE] and additional-fields[TYPE]: the type, or NULL. */
static bool
bracketed(struct kl_span name, const char *what, struct kl_span *type)
{
	size_t n = strlen(what);

	if (name.n < n + 3 || memcmp(name.s, what, n) != 0 ||
	    name.s[n] != '[' || name.s[name.n - 1] != ']')
		return false;
	*type = (struct kl_span){ name.s + n + 1, name.n - n - 2 };
	return true;
}

static bool
read_param(struct req *q, const struct param *one, struct problem *p)
{
	const struct op *op = q->op;
	struct query *u = &q->query;
	struct kl_span type;
	size_t i;

	if (bracketed(one->name, "fields", &type))
		for (i = 0; i < 5 && op->fields[i] != NULL; i++)
			if (kl_span_is(type, op->fields[i]->type))
				return read_fields(&u->fields[i], op->fields[i],
				    one, p);
	if (op->more != NULL &&
	    bracketed(one->name, "additional-fields", &type) &&
	    kl_span_is(type, op->more->type))
		return read_more(&u->more, op->more, one, p);
	if (op->include != NULL && kl_span_is(one->name, "include"))
		return read_include(q, one, p);
	if (op->filters != NULL && kl_span_is(one->name, "filter")) {
		u->bind = cursor_bind(u->bind, one->value);
		u->filter.any_max = q->box->readings.any_max;
		return filter_parse(&u->filter, op->filters, one->value, p);
	}
	if (op->sorts != NULL && kl_span_is(one->name, "sort"))
		return read_sort(q, one, p);
	if (op->size_max != 0 && kl_span_is(one->name, "page[size]"))
		return read_size(q, one, p);
	if (op->size != 0 && kl_span_is(one->name, "page[cursor]"))
		return true; /* last: it depends on the others */
	return unknown(op, one, p);
}

bool
query_read(struct req *q, struct problem *p)
{
	struct query *u = &q->query;
	size_t i, k;

	u->sort = -1;
	u->size = q->op->size;
	u->bind = cursor_bind(0, KL_SPAN(q->op->path));
	if (q->id[0].n > 0)
		u->bind = cursor_bind(u->bind, q->id[0]);
	if (!split(q, p))
		return false;
	for (i = 0; i < u->n; i++) {
		for (k = 0; k < i; k++)
			if (kl_span_eq(u->p[i].name, u->p[k].name)) {
				(void)problem_parameter(p, "",
				    "A parameter may be given only once.");
				return at(p, &u->p[i]);
			}
		if (!read_param(q, &u->p[i], p))
			return false;
	}
	for (i = 0; i < u->n; i++)
		if (kl_span_is(u->p[i].name, "page[cursor]") &&
		    !cursor_get(&u->cursor, u->bind, u->p[i].value))
			return problem_parameter(p, "page[cursor]",
			    "Invalid cursor provided.");
	return true;
}

void
query_free(struct query *u)
{
	kl_buf_free(&u->text);
	filter_free(&u->filter);
}
