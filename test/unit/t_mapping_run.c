/* SPDX-License-Identifier: MIT */
/*
 * t_mapping_run.c - streams of records through a mapping: what is written of
 * each does not depend on those before it, nor on the processor.
 */

#include <stdlib.h>

#include "../../lib/data/mapping-priv.h"
#include "ok.h"

#define RECORDS 300

static const char *const names[] = { "Mail", "a", "b", "City", "Zip",
	"a name that is longer than all that a stage can hold", "o", "l", "z",
	"o.City" };
#define NAMES (sizeof(names) / sizeof(*names))

/* What is made of them, in the order in which it is written. */
static const struct {
	const char *origin, *to, *convert;
	const char *object, *name; /* in which it is found again */
} fields[] = {
	{ "Mail", "email", "trim|lower", NULL, "email" },
	{ "a", "first_name", "", NULL, "first_name" },
	{ "l", "last_name", "upper", NULL, "last_name" },
	{ "City", "location.city", "", "location", "city" },
	{ "Zip", "location.zip", "", "location", "zip" },
	{ "b", "b", "", "properties", "b" },
	{ names[5], names[5], "", "properties", names[5] },
	{ "o", "o", "", "properties", "o" },
	{ "a", "again", "", "properties", "again" },
	{ "z", "z", "lower", "properties", "z" },
	{ "never", "never", "", "properties", "never" },
	{ "o.City", "in o", "", "properties", "in o" },
	{ "o.a.1.b", "element", "", "properties", "element" },
	{ "City.a", "in City", "", "properties", "in City" },
};
#define FIELDS (sizeof(fields) / sizeof(*fields))

/* How the members of a stream are chosen. */
enum stream {
	SAME,
	MISSING,
	TWO_ORDERS,
	ANY_ORDER,
	LATE,
	STREAMS
};
static const char *const stream_name[] = { "all members", "missing members",
	"two orders in turn", "any order", "members that come late" };

static uint32_t state = 1;

static uint32_t
pick(uint32_t n)
{
	state = state * 1664525 + 1013904223;
	return (state >> 8) % n;
}

/* Letters of both cases, n of them. */
static void
put_word(struct kl_buf *b, uint32_t n)
{
	while (n-- > 0)
		kl_buf_putc(b, (char)((pick(4) == 0 ? 'A' : 'a') + pick(26)));
}

static void
put_value(struct kl_buf *b, bool deep)
{
	static const char *const odd[] = { "null", "\"\"", "-1.50e3", "true",
		"\"\\u00e9\\n\\\"\"", "[]", "{}",
		"[{\"City\":1,\"a\":3},{\"City\":2}]", "\"\xC3\x89t\xC3\xA9\"",
		"\" X@Y.org \"", "\"  \"", "\" \"", "\" B\"", "\"B \"",
		"\"D  \"", "\"  C  \"", "\"\xC2\xA0x\"", "\"A\"",
		"\"\\u0041@b.org\"" };

	switch (pick(8)) {
	case 0:
	case 1:
		kl_buf_puts(b, odd[pick(sizeof(odd) / sizeof(*odd))]);
		return;
	case 2:
		kl_buf_putc(b, '"');
		put_word(b, 20 + pick(100));
		kl_buf_putc(b, '"');
		return;
	case 3:
		if (!deep) {
			kl_buf_puts(b, "{\"City\":");
			put_value(b, true);
			kl_buf_puts(b, ",\"a\":[{\"a\":1},{\"b\":");
			put_value(b, true);
			kl_buf_puts(b, "}]}");
			return;
		}
		/* FALLTHROUGH */
	default:
		kl_buf_putc(b, '"');
		put_word(b, 1 + pick(12));
		kl_buf_putc(b, '"');
	}
}

static void
put_record(struct kl_buf *b, enum stream how, unsigned no)
{
	size_t i, k, n = how == LATE && no < RECORDS / 2 ? 7 : NAMES;
	size_t turn = how == ANY_ORDER ? pick(NAMES) : 0;
	bool flat = how == SAME;

	/* With that one, two of the names may be meant by another. */
	if (n == NAMES && how != LATE && how != ANY_ORDER)
		n--;
	if (how == TWO_ORDERS && no % 2 == 1)
		turn = 3;
	kl_buf_reset(b);
	kl_buf_putc(b, '{');
	for (i = 0; i < n; i++) {
		k = (i + turn) % n;
		if (how != SAME && pick(8) == 0)
			continue;
		kl_json_put_name(b, names[k]);
		put_value(b, flat);
	}
	kl_buf_putc(b, '}');
}

/* --- what is to be expected ------------------------------------------------
 */

/* The byte in the other case: of ASCII, and the second of an E with acute. */
static char
in_case(char c, bool upper)
{
	unsigned char from = upper ? 0xA9 : 0x89;

	if ((unsigned char)c == from || (upper && c >= 'a' && c <= 'z') ||
	    (!upper && c >= 'A' && c <= 'Z'))
		return (char)(c ^ 0x20);
	return c;
}

/* True if there is white space: blanks, and the one that does not break. */
static bool
is_blank(const char *s, size_t n, size_t *len)
{
	*len = n > 1 && memcmp(s, "\xC2\xA0", 2) == 0 ? 2 : 1;
	return n > 0 && (*len == 2 || *s == ' ');
}

/* Text in capitals; or in small letters, with trim without blanks around it. */
static void
put_case(struct kl_buf *b, struct kl_span s, const char *convert)
{
	bool upper = *convert == 'u', trims = *convert == 't';
	size_t len;

	for (; trims && is_blank(s.s, s.n, &len); s.n -= len)
		s.s += len;
	while (trims && s.n > 0 && s.s[s.n - 1] == ' ')
		s.n--;
	for (; s.n > 0; s.n--)
		kl_buf_putc(b, in_case(*s.s++, upper));
}

/* The value of field i; "" if there is nothing to write. */
static void
put_expected(struct kl_buf *b, const struct kl_json *doc, size_t i, bool keep)
{
	struct kl_buf tmp = { 0 }, text = { 0 };
	uint32_t node = kl_json_path(doc, 0, KL_SPAN(fields[i].origin));

	kl_buf_reset(b);
	if (node == 0 || (!keep && kl_json_is_empty(doc, node)))
		return;
	if (fields[i].convert[0] == '\0' ||
	    kl_json_type(doc, node) != KL_JSON_STRING) {
		kl_buf_span(b, kl_json_raw(doc, node));
		return;
	}
	put_case(&text, kl_json_text(doc, node, &tmp), fields[i].convert);
	if (keep || text.n > 0)
		kl_json_put_text(b, text.s, text.n);
	kl_buf_free(&tmp);
	kl_buf_free(&text);
}

/* The record, written one field after the other; false if it is refused:
 * what holds others has no letters. */
static bool
put_all_expected(struct kl_buf *b, const struct kl_json *doc, bool keep)
{
	const char *open = NULL;
	struct kl_buf v = { 0 };
	bool taken = true;
	uint32_t node;
	size_t i;

	kl_buf_reset(b);
	kl_buf_putc(b, '{');
	for (i = 0; i < FIELDS; i++) {
		node = kl_json_path(doc, 0, KL_SPAN(fields[i].origin));
		taken &= fields[i].convert[0] == '\0' || node == 0 ||
		    kl_json_type(doc, node) < KL_JSON_ARRAY;
		put_expected(&v, doc, i, keep);
		if (v.n == 0)
			continue;
		if (open != NULL && strcmp(open, fields[i].object) != 0) {
			kl_buf_putc(b, '}');
			open = NULL;
		}
		if (open == NULL && (open = fields[i].object) != NULL) {
			kl_json_put_name(b, open);
			kl_buf_putc(b, '{');
		}
		kl_json_put_name(b, fields[i].name);
		kl_buf_put(b, v.s, v.n);
	}
	kl_buf_puts(b, open == NULL ? "}" : "}}");
	kl_buf_free(&v);
	return taken;
}

/* --- streams ---------------------------------------------------------------
 */

/* A mapping, and what reads its records. */
struct way {
	struct kl_mapping *m;
	struct kl_json doc;
	struct kl_buf out;
	bool stream; /* the scanner learns from record to record */
};

static void
make_way(struct way *w, bool keep, mapping_put *put, bool stream, bool paths)
{
	struct kl_mapping_options opt = { .keep_empty = keep };
	struct kl_err err = { 0 };
	size_t i;

	*w = (struct way){ .m = kl_mapping_new(&opt), .stream = stream };
	w->m->put = put;
	for (i = 0; i < FIELDS; i++)
		if (kl_mapping_add(w->m, KL_SPAN(fields[i].origin),
			KL_SPAN(fields[i].to), KL_SPAN(fields[i].convert),
			false, &err) != KL_OK)
			ok(false, err.msg);
	/* A condition that all meet, but for which names are looked for. */
	if (paths && kl_mapping_where(w->m, "City.a.9!=x", &err) != KL_OK)
		ok(false, err.msg);
	if (kl_mapping_ready(w->m, &err) != KL_OK)
		ok(false, err.msg);
}

/* The record is in memory of just its size, with what may be looked at. */
static bool
goes_right(struct way *w, const struct kl_buf *rec, bool taken,
    const struct kl_buf *want)
{
	size_t spare = w->stream ? KL_JSON_SPARE : 0, start;
	char *copy = malloc(rec->n + spare);
	struct kl_err err = { 0 };
	enum kl_rc rc = KL_ENOMEM;
	bool right;

	if (copy == NULL)
		return false;
	memcpy(copy, rec->s, rec->n);
	memset(copy + rec->n, '"', spare);
	rc = w->stream ? kl_json_scan_next(&w->doc, copy, rec->n, spare, &err)
		       : kl_json_scan(&w->doc, copy, rec->n, &err);
	if (pick(40) == 0)
		kl_buf_free(&w->out); /* to be grown once more */
	start = w->out.n;
	if (rc == KL_OK)
		rc = kl_mapping_run(w->m, &w->doc, &w->out, &err);
	right = rc == (taken ? KL_OK : KL_EDATA) &&
	    (!taken ||
		(w->out.n - start == want->n &&
		    memcmp(w->out.s + start, want->s, want->n) == 0));
	if (!taken)
		w->out.n = start;
	free(copy);
	return right;
}

static mapping_put *const putters[] = { mapping_put_plain,
#if KL_CPU_WIDE
	mapping_put_avx2
#endif
};
#define PUTTERS (sizeof(putters) / sizeof(*putters))

/* A stream, by all ways; returns the first record that one gets wrong. */
static unsigned
first_wrong(enum stream how, bool keep, mapping_put *put)
{
	struct kl_buf rec = { 0 }, want = { 0 };
	struct kl_json doc = { 0 };
	struct way way[4];
	unsigned i, k, wrong = RECORDS;
	bool taken;

	for (k = 0; k < 4; k++)
		make_way(&way[k], keep, put, k % 2 == 0, k >= 2);
	for (i = 0; i < RECORDS && wrong == RECORDS; i++) {
		put_record(&rec, how, i);
		(void)kl_json_scan(&doc, rec.s, rec.n, NULL);
		taken = put_all_expected(&want, &doc, keep);
		for (k = 0; k < 4; k++)
			if (!goes_right(&way[k], &rec, taken, &want))
				wrong = i;
	}
	for (k = 0; k < 4; k++) {
		kl_mapping_free(way[k].m);
		kl_json_free(&way[k].doc);
		kl_buf_free(&way[k].out);
	}
	kl_json_free(&doc);
	kl_buf_free(&rec);
	kl_buf_free(&want);
	return wrong;
}

static bool
can(mapping_put *put)
{
#if KL_CPU_WIDE
	return put != mapping_put_avx2 || mapping_put_best() == put;
#else
	return put != NULL;
#endif
}

int
main(void)
{
	char what[100];
	unsigned how, keep;
	size_t i;

	for (i = 0; i < PUTTERS; i++)
		for (how = 0; can(putters[i]) && how < STREAMS; how++)
			for (keep = 0; keep < 2; keep++) {
				(void)snprintf(what, sizeof(what),
				    "%s, %s, way %zu", stream_name[how],
				    keep ? "all kept" : "empty ones dropped",
				    i);
				ok(first_wrong((enum stream)how, keep == 1,
				       putters[i]) == RECORDS,
				    what);
			}
	return done();
}
