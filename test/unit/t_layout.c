/* SPDX-License-Identifier: MIT */
/* t_layout.c - texts that look alike: what is learnt changes no answer. */

#include <stdlib.h>

#include "../../lib/json/layout.h"
#include "ok.h"

/* One way of scanning texts of a stream. */
struct way {
	const char *name;
	json_scanner *scan;
	const struct json_follower *follow;
};

/* Text with just the room behind it that is promised; what is there goes on
 * like the text, so that it is noticed who takes it for more of it. */
struct padded {
	char *s;
	size_t n;
};

static struct padded
pad(const char *s, size_t n)
{
	struct padded p = { malloc(n + KL_JSON_SPARE), n };

	if (p.s == NULL)
		abort();
	memcpy(p.s, s, n);
	for (size_t i = 0; i < KL_JSON_SPARE; i++)
		p.s[n + i] = (char)(n > 0 ? s[i % n] : '}');
	return p;
}

static struct kl_json plain, learner;

/* The same answer as from the scanner that learns nothing. */
static bool
agrees(const struct way *w, const char *s, size_t n)
{
	struct kl_err a = { 0 }, b = { 0 };
	enum kl_rc ra, rb;

	ra = kl_json_scan_with(kl_json_scan_plain, &plain, s, n, &a);
	rb = kl_json_next_with(w->scan, w->follow, &learner, s, n,
	    KL_JSON_SPARE, &b);
	return ra == rb && strcmp(a.msg, b.msg) == 0 &&
	    plain.nodes == learner.nodes &&
	    (ra == KL_OK || learner.shape == 0) &&
	    (plain.nodes == 0 ||
		memcmp(plain.node, learner.node,
		    plain.nodes * sizeof(*plain.node)) == 0);
}

static bool
agrees_on(const struct way *w, const char *text)
{
	struct padded p = pad(text, strlen(text));
	bool good = agrees(w, p.s, p.n);

	free(p.s);
	return good;
}

/* Learn a text afresh. */
static void
learn(const struct way *w, const char *text)
{
	kl_json_free(&learner);
	if (!agrees_on(w, text))
		abort();
}

/* --- shapes ----------------------------------------------------------------
 */

/* After the first text, has the second the shape that the first has when it
 * comes again? */
static const struct {
	const char *first, *second;
	bool alike;
} pairs[] = {
	{ "{\"a\":1,\"b\":\"x\"}", "{\"a\":true,\"b\":null}", true },
	{ "{\"a\":1,\"b\":\"x\"}", "{\"a\":-1.5e7,\"b\":\"\\u00e9\"}", true },
	{ "{\"a\":1,\"b\":2}", "{\"a\":{},\"b\":[]}", true },
	{ "{\"a\":1,\"b\":2}", "{\"b\":1,\"a\":2}", false },
	{ "{\"a\":1,\"b\":2}", "{\"a\":1}", false },
	{ "{\"a\":1,\"b\":2}", "{\"b\":1}", false },
	{ "{\"a\":1,\"b\":2}", "{\"a\": 1,\"b\":2}", false },
	{ "{\"a\":1,\"b\":2}", "{\"a\":1,\"b\":{\"c\":1}}", false },
	{ "{\"a\":1}", "{\"a\":1,\"b\":2}", false },
	{ "{\"a\": 1, \"b\": 2}", "{\"a\": 3, \"b\": 4}", true },
	{ "{\"a\":{\"b\":1,\"c\":2}}", "{\"a\":{\"b\":3,\"c\":4}}", true },
	{ "{\"a\":{\"b\":1,\"c\":2}}", "{\"a\":{\"b\":3}}", false },
	{ "{\"a\":{\"b\":1},\"c\":2}", "{\"a\":{},\"c\":2}", false },
	{ "{\"a\":{\"b\":1},\"c\":2}", "{\"a\":null,\"c\":2}", false },
	{ "{\"a\":{\"b\":1}}", "{\"a\":[{\"b\":1}]}", false },
	{ "{\"a\":[{\"b\":1}]}", "{\"a\":{\"b\":1}}", false },
	{ "{\"a\":[1,2]}", "{\"a\":[3,\"x\"]}", true },
	{ "{\"a\":[1,2]}", "{\"a\":[3]}", false },
	{ "{\"a\":[1,2]}", "{\"a\":[3,[4]]}", false },
	{ "{\"a\":[1,2]}", "{\"a\":[]}", false },
	{ "{\"a\":[1,2],\"b\":[1]}", "{\"a\":[1],\"b\":[1,2]}", false },
	{ "{\"a\":{\"b\":1},\"c\":{\"d\":1}}",
	    "{\"a\":{},\"c\":{\"d\":{\"e\":1}}}", false },
};

static uint64_t
shape_of(const struct way *w, const char *text)
{
	return agrees_on(w, text) ? learner.shape : 0;
}

static void
shapes(const struct way *w)
{
	size_t i, wrong = 0;
	uint64_t shape;

	for (i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
		learn(w, pairs[i].first);
		shape = shape_of(w, pairs[i].first);
		if ((shape != 0 && shape_of(w, pairs[i].second) == shape) !=
		    pairs[i].alike) {
			printf("# %s\n# %s\n", pairs[i].first, pairs[i].second);
			wrong++;
		}
	}
	ok(wrong == 0, "texts have one shape only if their nodes are alike");
	learn(w, "{\"a\":1}");
	shape = shape_of(w, "{\"a\":1}");
	learn(w, "{\"a\":1}");
	ok(shape_of(w, "{\"a\":1}") != shape,
	    "a scanner that was freed gives out other numbers");
}

/* Kinds of record that come in turn are all remembered. */
static void
kinds(const struct way *w)
{
	static const char *const kind[] = { "{\"a\":1}", "{\"b\":1,\"c\":[2]}",
		"{\"d\":{\"e\":1}}", "{\"f\":\"g\",\"h\":{}}" };
	size_t i, known = 0;

	kl_json_free(&learner);
	for (i = 0; i < 40; i++)
		known += shape_of(w, kind[i % 4]) != 0;
	ok(known == 36, "four kinds of text in turn are all remembered");
}

/* Nothing in common: no answer changes, and soon nothing is tried. */
static void
nothing_in_common(const struct way *w)
{
	char text[64];
	bool good = true;
	int i;

	kl_json_free(&learner);
	for (i = 0; i < 2000; i++) {
		(void)snprintf(text, sizeof(text), "{\"a%d\":1,\"b\":%d}", i,
		    i);
		good &= agrees_on(w, text);
	}
	ok(good && learner.layouts->rest > 0,
	    "where texts have nothing in common, layouts rest");
	for (i = 0; i < 2000; i++)
		good &= agrees_on(w, "{\"a\":1,\"b\":2}");
	ok(good && learner.shape != 0, "and are taken up again");
}

/* --- members ---------------------------------------------------------------
 */

/* The text of the value that is said to be that of a member; "" if none is. */
static const char *
said_of(const char *parent, const char *name)
{
	static char text[32];
	uint32_t i = 0;
	struct kl_span raw;

	if (learner.layout == 0)
		return "unknown";
	if (parent != NULL)
		i = kl_json_member(&learner, 0, KL_SPAN(parent));
	if (parent != NULL && i == 0)
		return "no parent";
	i = learner.place[kl_json_member(&learner, i, KL_SPAN(name))];
	raw = i == 0 ? KL_SPAN("") : kl_json_raw(&learner, i);
	(void)snprintf(text, sizeof(text), "%.*s", (int)raw.n, raw.s);
	return text;
}

/* Each text is followed by what those before it told. */
static const struct {
	const char *text, *parent, *name, *is;
} placed[] = {
	{ "{\"a\": 1, \"o\": {\"x\": 2, \"y\": 3}, \"\\u00e9\": 4}", NULL, NULL,
	    NULL },
	{ "{\"a\": 5, \"o\": {\"x\": 6, \"y\": 7}, \"\\u00e9\": 8}", "o", "y",
	    "7" },
	{ "{\"o\": {\"y\": 7}, \"\\u00e9\": 8}", "o", "y", "7" },
	{ "{\"o\": {\"y\": 7}, \"\\u00e9\": 8}", "o", "x", "" },
	{ "{\"o\": {\"y\": 7}, \"\\u00e9\": 8}", NULL, "\xc3\xa9", "8" },
	{ "{\"\\u00e9\": 1, \"o\": {\"y\": 2, \"x\": 3}}", "o", "x", "3" },
	{ "{\"\\u00e9\": 1,\"a\": 9}", NULL, "a", "9" },
	{ "{\"a\": 5, \"n\": 1, \"\\u00e9\": 8}", NULL, NULL, NULL },
	{ "{\"o\": {\"x\": 6}, \"n\": 2, \"a\": 7}", NULL, "n", "2" },
	{ "{\"o\": {\"x\": 6}, \"n\": 2, \"a\": 7}", NULL, "a", "7" },
	{ "{\"o\": [{\"x\": 6}, {\"x\": 7}], \"a\": 7}", NULL, "a", "7" },
	{ "{\"a\": 5, \"a\": 6}", NULL, "a", "unknown" },
};

static void
places(const struct way *w)
{
	size_t i, wrong = 0;
	struct padded p;
	bool many = false;
	const char *is;

	kl_json_free(&learner);
	for (i = 0; i < sizeof(placed) / sizeof(*placed); i++) {
		p = pad(placed[i].text, strlen(placed[i].text));
		wrong += !agrees(w, p.s, p.n);
		is = placed[i].name != NULL
		    ? said_of(placed[i].parent, placed[i].name)
		    : "";
		if (i == 10) /* a, o, n and what is an e; x and y */
			many = kl_json_members(&learner, 0) == 4 &&
			    kl_json_members(&learner,
				kl_json_member(&learner, 0, KL_SPAN("o"))) == 2;
		free(p.s);
		if (placed[i].name == NULL || strcmp(is, placed[i].is) == 0)
			continue;
		printf("# %s\n# %s: %s\n", placed[i].text, placed[i].name, is);
		wrong++;
	}
	ok(wrong == 0, "members are found where they are, missing or not");
	ok(many && kl_json_members(&learner, 0) == 0,
	    "and how many there may be is known");
}

/* --- answers ---------------------------------------------------------------
 */

static const char rich[] = "{\"id\":17, \"n\":-0.25,\"e\":1.5E+10,\"t\":true,"
			   "\"f\":false,\"z\":null,\"s\":\"a\\\"\\u00e9\","
			   "\"\\u0062\":\"\xc3\xa9\xe2\x82\xac\",\"o\":{\"x\":"
			   "\"\",\"y\":[1,\"two\",{\"k\":[]}]},\"a\":[{\"p\":1,"
			   "\"q\":2},{\"q\":3}],\"nothing\":{}}";

/* Every text that is one byte away from the one that was learnt, and every
 * beginning of it. */
static void
mutants(const struct way *w)
{
	struct padded p = pad(rich, sizeof(rich) - 1);
	bool good = true;
	size_t i;

	learn(w, rich);
	for (i = 0; i < p.n; i++) {
		good &= agrees(w, p.s, i);
		for (unsigned c = 0; c < 256; c++) {
			p.s[i] = (char)c;
			good &= agrees(w, p.s, p.n);
		}
		p.s[i] = rich[i];
		learn(w, rich);
	}
	ok(good, "one byte changed, or the end cut off: the same answer");
	free(p.s);
}

/* Every text that has one byte less, or one twice. */
static void
shorter(const struct way *w)
{
	size_t n = sizeof(rich) - 1, i;
	char text[sizeof(rich) + 1];
	struct padded p;
	bool good = true;

	for (i = 0; i < n; i++) {
		learn(w, rich);
		memcpy(text, rich, i);
		memcpy(text + i, rich + i + 1, n - i);
		good &= agrees_on(w, text);
		learn(w, rich);
		memcpy(text + i, rich + i, n - i);
		memcpy(text + i + 1, rich + i, n - i);
		p = pad(text, n + 1);
		good &= agrees(w, p.s, p.n);
		free(p.s);
	}
	ok(good, "one byte left out, or there twice: the same answer");
}

/* Values that are, one after the other, what was expected and what was not. */
static void
values(const struct way *w)
{
	static const char *const value[] = { "\"x\"", "\"\"", "\"a\\\"b\"",
		"\"a string that does not end where the first look at it does, "
		"nor where the second\"",
		"0", "-1.25", "12345678901234567890123456789012",
		"1234567890123456789012345678901234", "1e5", "true", "null",
		"[]", "{}", "", "\"", "-", "01", "1.", ".5", "tru", "\"\t\"",
		"1 ", " 1", "1.5.5", "12345678901234567890123456789012.5" };
	static const char *const glue[] = { "{\"a\":", ",\"b\": {\"c\" : ",
		"}, \"d\":\t", ",\"e\":[", ",", "],\"f\":", "}" };
	struct kl_buf b = { 0 };
	unsigned k = 12345;
	bool good = true;
	size_t i, j;

	learn(w,
	    "{\"a\":1,\"b\": {\"c\" : 2}, \"d\":\t3,\"e\":[4,5],"
	    "\"f\":6}");
	for (i = 0; i < 40000; i++) {
		kl_buf_reset(&b);
		for (j = 0; j < sizeof(glue) / sizeof(*glue); j++) {
			kl_buf_puts(&b, glue[j]);
			k = k * 1103515245 + 12345;
			/* Mostly what it was for a while. */
			if (j + 1 < sizeof(glue) / sizeof(*glue))
				kl_buf_puts(&b,
				    value[(k >> 16) % 16 == 0
					    ? (k >> 20) % 25
					    : (i / 256 + j) % 13]);
		}
		good &= agrees_on(w, kl_buf_str(&b));
	}
	learn(w, "{}");
	good &= agrees_on(w, "{}") && agrees_on(w, "[]") && agrees_on(w, "{");
	ok(good, "values of any kind, one after the other: the same answer");
	kl_buf_free(&b);
}

/* Without a part from one comma to another. */
static void
lacking(const struct way *w)
{
	char text[sizeof(rich)];
	bool good = true;
	size_t i, k;

	for (i = 0; i < sizeof(rich); i++)
		for (k = i + 1; rich[i] == ',' && k < sizeof(rich); k++) {
			if (rich[k] != ',' && rich[k] != '}')
				continue;
			learn(w, rich);
			memcpy(text, rich, i);
			memcpy(text + i, rich + k, sizeof(rich) - k);
			good &= agrees_on(w, text);
		}
	ok(good, "members left out: the same answer");
}

/* The bytes at place i of a string, in an otherwise plain text. */
static bool
agrees_utf8(const struct way *w, struct padded *p, size_t i, const char *bytes,
    size_t n)
{
	bool good;

	memcpy(p->s + i, bytes, n);
	good = agrees(w, p->s, p->n);
	memset(p->s + i, 'x', n);
	return good;
}

static const char mostly_x[] =
    "{\"a\":\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"}";

/* Learn it, and that another member may be there, or not. */
static void
learn_mostly_x(const struct way *w, bool lacks)
{
	learn(w, mostly_x);
	if (lacks && !agrees_on(w, "{\"a\":\"y\",\"b\":1}"))
		abort();
}

/* Around the place where one block ends and the next begins. */
static void
utf8(const struct way *w, bool lacks)
{
	static const char third[] = "\x22\x7f\x80\x8f\x90\x9f\xa0\xbf\xc0\xf0";
	struct padded p = pad(mostly_x, sizeof(mostly_x) - 1);
	bool good = true;
	char b[4];

	learn_mostly_x(w, lacks);
	for (unsigned i = 0x8000; i < 0x10000; i++) {
		b[0] = (char)(i >> 8);
		b[1] = (char)i;
		good &= agrees_utf8(w, &p, 29 + i % 3, b, 2);
		for (size_t k = 0; k < sizeof(third) - 1; k++) {
			b[2] = third[k];
			b[3] = third[(i + k) % (sizeof(third) - 1)];
			good &= agrees_utf8(w, &p, 28 + (i + k) % 5, b, 3);
			if (i >= 0xe000)
				good &= agrees_utf8(w, &p, 28 + k % 5, b, 4);
		}
	}
	ok(good, "UTF-8: the same answer for every pair and what may follow");
	free(p.s);
}

/* The bytes at which something changes, one behind the other, at every place of
 * a block, and at the end of the text. */
static void
utf8_places(const struct way *w, bool lacks)
{
	static const unsigned char edge[] = { 'x', 0x7f, 0x80, 0x8f, 0x90, 0x9f,
		0xa0, 0xbf, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xed, 0xef, 0xf0,
		0xf3, 0xf4, 0xf5, 0xff };
	struct padded p = pad(mostly_x, sizeof(mostly_x) - 1);
	size_t i, n = sizeof(edge), end = p.n - 2;
	bool good = true;
	char b[4];

	learn_mostly_x(w, lacks);
	for (i = 0; i < n * n * n * n; i++) {
		b[0] = (char)edge[i % n];
		b[1] = (char)edge[i / n % n];
		b[2] = (char)edge[i / n / n % n];
		b[3] = (char)edge[i / n / n / n];
		good &= agrees_utf8(w, &p, 60 + i % 7, b, 4);
		good &= agrees_utf8(w, &p, 7 + i % (end - 11), b, 4);
		if (i < n * n * n)
			good &= agrees_utf8(w, &p, end - 3, b, 3);
	}
	ok(good, "UTF-8: the same answer wherever it is");
	free(p.s);
}

/* A member, not the last and the last, whose value is of one kind and then of
 * another, where others are missing. */
static void
turns(const struct way *w)
{
	static const char *const of[] = { "\"s\"", "\"\"", "\"\\u00e9\\n\"",
		"12", "-0.5", "1.5e+3", "01", "1.", "-", "true", "false",
		"null", "nul", "{}", "[]", "{\"k\":1}", "[1,\"x\"]", "[{}]",
		"\"s", "" };
	const size_t n = sizeof(of) / sizeof(*of);
	char text[128];
	bool good = true;
	size_t i;

	learn(w, "{\"first\":1,\"b\":1,\"c\":\"x\",\"d\":{\"e\":1,\"f\":2}}");
	good &= agrees_on(w, "{\"first\":1,\"c\":\"x\"}");
	for (i = 0; i < n * n * 2; i++) {
		(void)snprintf(text, sizeof(text),
		    "{\"b\":%s,\"d\":{\"f\":%s}}", of[i % n], of[i / n % n]);
		good &= agrees_on(w, text);
		(void)snprintf(text, sizeof(text), "{\"b\":%s}", of[i / n % n]);
		good &= agrees_on(w, text);
	}
	ok(good, "values of all kinds where members are missing: the same");
}

/* Names longer than what is compared at once; many members; room. */
static void
sizes(const struct way *w)
{
	struct kl_buf b = { 0 };
	bool good = true;
	int i, members;

	for (members = 1; members < 3000; members = members * 3 + 1) {
		kl_json_free(&learner);
		kl_buf_reset(&b);
		for (i = 0; i < members; i++)
			kl_buf_printf(&b, "%s\"%*d\":[%d]", i == 0 ? "{" : ",",
			    members + 20, i, i);
		kl_buf_putc(&b, '}');
		for (i = 0; i < 3; i++)
			good &= agrees_on(w, kl_buf_str(&b));
	}
	ok(good, "many members with long names: the same answer");
	kl_buf_free(&b);
}

static void
limits(const struct way *w)
{
	static const char deep[] = "{\"a\":{\"b\":{\"c\":1},\"d\":1}}";
	static const char empty[] = "{\"a\":{\"b\":{}}}";
	struct padded p = pad(deep, sizeof(deep) - 1);
	struct kl_json doc = { .max_depth = 3 };

	ok(kl_json_next_with(w->scan, w->follow, &doc, p.s, p.n, KL_JSON_SPARE,
	       NULL) == KL_OK,
	    "as deep as is allowed");
	doc.max_depth = 2;
	ok(kl_json_next_with(w->scan, w->follow, &doc, p.s, p.n, KL_JSON_SPARE,
	       NULL) == KL_ETOOBIG,
	    "and no deeper, though it was learnt");
	free(p.s);
	p = pad(empty, sizeof(empty) - 1);
	ok(kl_json_next_with(w->scan, w->follow, &doc, p.s, p.n, KL_JSON_SPARE,
	       NULL) == KL_ETOOBIG,
	    "nor if what is there is empty");
	ok(kl_json_next_with(w->scan, w->follow, &doc, "{}", 2, 0, NULL) ==
		KL_OK,
	    "a text with nothing behind it is scanned all the same");
	kl_json_free(&doc);
	free(p.s);
}

static void
all(const struct way *w)
{
	printf("# %s\n", w->name);
	shapes(w);
	kinds(w);
	places(w);
	nothing_in_common(w);
	mutants(w);
	shorter(w);
	values(w);
	lacking(w);
	turns(w);
	utf8(w, false);
	utf8_places(w, false);
	utf8(w, true);
	utf8_places(w, true);
	sizes(w);
	limits(w);
}

int
main(void)
{
#if JSON_SSE2
	all(&(struct way){ "SSE2", kl_json_scan_sse2, &kl_json_follow_sse2 });
#endif
#if JSON_AVX2
	if (kl_cpu_wide())
		all(&(struct way){ "AVX2", kl_json_scan_avx2,
		    &kl_json_follow_avx2 });
#endif
	kl_json_free(&plain);
	kl_json_free(&learner);
	ok(true, "done");
	return done();
}
