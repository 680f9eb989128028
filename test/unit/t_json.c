/* SPDX-License-Identifier: MIT */
/* t_json.c - the JSON scanner: limits, places, characters and nodes. */

#include <stdlib.h>

#include "scan.h"

static char *
nested(size_t depth, char open, char close, const char *inner)
{
	size_t n = strlen(inner);
	char *s = malloc(2 * depth + n + 1);

	if (s == NULL)
		exit(1);
	memset(s, open, depth);
	memcpy(s + depth, inner, n);
	memset(s + depth + n, close, depth);
	s[2 * depth + n] = '\0';
	return s;
}

static void
test_depth(void)
{
	struct kl_json doc = { 0 };
	struct kl_err err = { 0 };
	char *s;

	for (size_t d = KL_JSON_DEPTH - 1; d <= KL_JSON_DEPTH + 1; d++) {
		s = nested(d, '[', ']', "1");
		ok(scan(&doc, s, strlen(s), &err) ==
			(d <= KL_JSON_DEPTH ? KL_OK : KL_ETOOBIG),
		    "depth at the default limit, and one to either side");
		free(s);
	}
	is(err.msg, "byte 129: arrays and objects nested deeper than 128",
	    "the limit is named");
	is(err.code, "json_depth", "and has its code");
	doc.max_depth = 2;
	ok(scan(&doc, "[{\"a\":0}]", 9, &err) == KL_OK, "depth 2 of 2");
	ok(scan(&doc, "[{\"a\":[]}]", 10, &err) == KL_ETOOBIG, "3 of 2");
	ok(scan(&doc, "[[],[],{}]", 10, &err) == KL_OK,
	    "neighbours are not depth");
	doc.max_depth = 0;
	s = nested(1000000, '[', ']', "");
	ok(scan(&doc, s, 2000000, &err) == KL_ETOOBIG,
	    "a million brackets are refused");
	ok(scan(&doc, s, 1000000, &err) == KL_ETOOBIG, "closed or not");
	doc.max_depth = 1000000;
	ok(scan(&doc, s, 2000000, &err) == KL_OK && doc.nodes == 1000000,
	    "and taken, if the limit says so, without recursion");
	free(s);
	kl_json_free(&doc);
	ok(doc.max_depth == 1000000 && doc.node == NULL && doc.names == NULL,
	    "freeing keeps the limits");
}

static void
test_nodes(void)
{
	static const char object[] = "{\"a\":1,\"b\":[2,{}]}";
	struct kl_json doc = { 0 };
	struct kl_err err = { 0 };

	for (uint32_t max = 6; max <= 8; max++) {
		doc.max_nodes = max;
		ok(scan(&doc, object, sizeof(object) - 1, &err) ==
			(max >= 7 ? KL_OK : KL_ETOOBIG),
		    "seven nodes in an object, with a limit around");
	}
	kl_json_free(&doc);
	doc.max_nodes = 3;
	ok(scan(&doc, "[1,2]", 5, &err) == KL_OK, "three of three nodes");
	ok(scan(&doc, "[1,2,3]", 7, &err) == KL_ETOOBIG, "four of three");
	is(err.msg, "byte 6: more than 3 values and names",
	    "the limit is named");
	is(err.code, "json_nodes", "and has its code");
	ok(scan(&doc, "{\"a\":1}", 7, &err) == KL_OK, "a member is two nodes");
	ok(scan(&doc, "[{\"a\":1}]", 9, &err) == KL_ETOOBIG, "and no less");
	doc.max_nodes = 1;
	ok(scan(&doc, "1", 1, &err) == KL_OK, "one node is enough for one");
	kl_json_free(&doc);
	/* More than the first allocation, and no power of two. */
	doc.max_nodes = 100;
	for (size_t n = 98; n <= 100; n++) {
		char text[256] = "[";

		for (size_t i = 0; i < n; i++)
			memcpy(text + 1 + 2 * i, "1,", 2);
		text[2 * n] = ']';
		ok(scan(&doc, text, 2 * n + 1, &err) ==
			(n + 1 <= 100 ? KL_OK : KL_ETOOBIG),
		    "a hundred nodes, and one to either side");
		kl_json_free(&doc);
	}
}

static void
test_bytes(void)
{
	struct kl_json doc = { 0 };
	struct kl_err err = { 0 };

	ok(kl_json_scan(&doc, "1", (size_t)KL_JSON_BYTES + 1, &err) ==
		KL_ETOOBIG,
	    "more bytes than the limit are not looked at");
	is(err.msg, "more than 1073741824 bytes of JSON", "it is named");
	is(err.code, "json_bytes", "and has its code");
	kl_json_free(&doc);
}

static const struct piece {
	const char *s;
	size_t n;
	bool good;
} pieces[] = {
	{ "x", 1, true },
	{ " ", 1, true },
	{ "!", 1, true },
	{ "#", 1, true },
	{ "\x7f", 1, true },
	{ "\\\"", 2, true },
	{ "\\\\", 2, true },
	{ "\\u0041", 6, true },
	{ "\\ud83d\\ude00", 12, true },
	{ "\xc3\xa9", 2, true },
	{ "\xe2\x82\xac", 3, true },
	{ "\xf0\x9f\x98\x80", 4, true },
	{ "\"", 1, false },
	{ "\\", 1, false },
	{ "\n", 1, false },
	{ "\x1f", 1, false },
	{ "\0", 1, false },
	{ "\x80", 1, false },
	{ "\xff", 1, false },
	{ "\xc3", 1, false },
	{ "\xe2\x82", 2, false },
	{ "\xf0\x9f\x98", 3, false },
	{ "\xc0\x80", 2, false },
	{ "\xed\xa0\x80", 3, false },
	{ "\\u004g", 6, false },
	{ "\\ud83d", 6, false },
	{ "\\x", 2, false },
};

/* One piece at place pos of a string of len bytes of filling, in each
 * surrounding.  True if all verdicts are right. */
static bool
try_piece(struct kl_json *doc, const struct piece *p, size_t len, size_t pos)
{
	static const char *const around[][2] = {
		{ "\"", "\"" },
		{ "[\"", "\"]" },
		{ "{\"", "\":1}" },
		{ "{\"a\":\"b\", \"c\" : \"", "\" }" },
		{ "[\"\xc3\xa9\",\"", "\",\"\\n\"]\n" },
	};
	struct kl_err err = { 0 };
	char text[256];
	size_t n, k;

	for (size_t i = 0; i < sizeof(around) / sizeof(*around); i++) {
		k = strlen(around[i][0]);
		memcpy(text, around[i][0], k);
		memset(text + k, 'a', len);
		memcpy(text + k + pos, p->s, p->n);
		memset(text + k + pos + p->n, 'a', len - pos);
		n = k + len + p->n;
		k = strlen(around[i][1]);
		memcpy(text + n, around[i][1], k);
		if ((scan_exactly(doc, text, n + k, &err) == KL_OK) != p->good)
			return false;
	}
	return true;
}

static void
test_positions(struct kl_json *doc)
{
	char what[80];

	for (size_t i = 0; i < sizeof(pieces) / sizeof(*pieces); i++) {
		bool pass = true;

		for (size_t len = 0; len <= 70; len++)
			for (size_t pos = 0; pos <= len; pos++)
				/* "\\" before the end escapes the quote, and
				 * before an "a" is wrong as well. */
				pass = try_piece(doc, &pieces[i], len, pos) &&
				    pass;
		(void)snprintf(what, sizeof(what),
		    "piece %zu at every place of strings of 0 to 70 bytes", i);
		ok(pass, what);
	}
}

/* All cuts of a text are refused, and read nothing behind the cut. */
static void
test_cuts(struct kl_json *doc)
{
	static const char text[] =
	    "{\"a\":[1,-2.5e+10,true,false,null,\"x\\u0041\\ud83d\\ude00\"],"
	    "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\":{\"b\":\"a long string "
	    "that goes over the end of a block of sixty-four\"} , \"c\":{}}";
	struct kl_err err = { 0 };
	bool pass = true;

	for (size_t n = 0; n < sizeof(text) - 1; n++)
		pass = scan_exactly(doc, text, n, &err) != KL_OK && pass;
	ok(pass, "no part of a text is a text");
	ok(scan_exactly(doc, text, sizeof(text) - 1, &err) == KL_OK,
	    "but the whole is");
}

/* By decoding: slow, and of another make than what it checks. */
static bool
utf8_by_decoding(const unsigned char *s, size_t n)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };

	for (size_t i = 0; i < n;) {
		size_t len = s[i] < 0x80    ? 1
		    : (s[i] & 0xe0) == 0xc0 ? 2
		    : (s[i] & 0xf0) == 0xe0 ? 3
		    : (s[i] & 0xf8) == 0xf0 ? 4
					    : 0;
		uint32_t u = len == 1 ? s[i] : s[i] & (0x7fU >> len);

		if (len == 0 || n - i < len)
			return false;
		for (size_t j = 1; j < len; j++) {
			if ((s[i + j] & 0xc0) != 0x80)
				return false;
			u = u << 6 | (s[i + j] & 0x3f);
		}
		if (u < least[len] || u > 0x10ffff ||
		    (u >= 0xd800 && u < 0xe000))
			return false;
		i += len;
	}
	return true;
}

static void
test_utf8(struct kl_json *doc)
{
	static const unsigned char third[] = { 'a', 0x7f, 0x80, 0xbf, 0xc0 };
	unsigned char s[8] = { '"' };
	struct kl_err err = { 0 };
	bool valid = true, scanned = true, good;

	for (unsigned b = 0x80; b < 0x10000; b++) {
		s[1] = (unsigned char)(b >> 8);
		s[2] = (unsigned char)b;
		if (s[1] < 0x80 || s[2] == '"' || s[2] == '\\' || s[2] < ' ')
			continue;
		for (size_t i = 0; i < 25; i++) {
			s[3] = third[i / 5];
			s[4] = third[i % 5];
			s[5] = '"';
			good = utf8_by_decoding(s + 1, 4);
			valid =
			    kl_utf8_valid((char *)s + 1, 4) == good && valid;
			scanned =
			    (scan(doc, (char *)s, 6, &err) == KL_OK) == good &&
			    scanned;
		}
	}
	ok(valid, "kl_utf8_valid() knows all sequences of two bytes and more");
	ok(scanned, "and so does the scanner");
	ok(kl_utf8_valid("", 0) && kl_utf8_valid("a\0b", 3),
	    "nothing is valid, and so are NUL bytes");
	valid = true;
	for (size_t len = 1; len < 70; len++)
		for (size_t pos = 0; pos < len; pos++) {
			char text[70];

			memset(text, 'a', sizeof(text));
			text[pos] = '\xc3';
			valid = !kl_utf8_valid(text, len) && valid;
			text[pos + 1] = '\xa9';
			valid = kl_utf8_valid(text, len) == (pos + 1 < len) &&
			    valid;
		}
	ok(valid, "a cut character is found at every place");
}

static void
test_layout(struct kl_json *doc)
{
	static const char text[] =
	    " {\"a\" : [1,{}, \"x\\n\"], \"b\":{\"c\":null},\"d\":true} ";
	static const struct kl_json_node want[] = {
		{ 1, 46, 12, KL_JSON_OBJECT, 0, 3 },
		{ 2, 3, 2, KL_JSON_STRING, 0, 0 },
		{ 8, 13, 6, KL_JSON_ARRAY, 0, 3 },
		{ 9, 1, 4, KL_JSON_NUMBER, 0, 0 },
		{ 11, 2, 5, KL_JSON_OBJECT, 0, 0 },
		{ 15, 5, 6, KL_JSON_STRING, 1, 0 },
		{ 0 },
	};
	struct kl_err err = { 0 };
	bool pass = true;

	ok(scan_exactly(doc, text, sizeof(text) - 1, &err) == KL_OK,
	    "a text of all kinds");
	ok(doc->nodes == 12, "has a node for each value and name");
	for (uint32_t i = 0; want[i].type != 0; i++) {
		const struct kl_json_node *g = &doc->node[i], *w = &want[i];

		pass = g->at == w->at && g->n == w->n && g->next == w->next &&
		    g->type == w->type && g->esc == w->esc &&
		    (g->type == KL_JSON_STRING || g->count == w->count) && pass;
	}
	ok(pass, "with place, size, next, type and count");
	ok(doc->node[0].next == doc->nodes && doc->node[0].count == 3,
	    "the outermost ends where all do");
}

/* White space of all kinds, much or little, changes no node but its place. */
static void
test_space(struct kl_json *doc)
{
	static const char *const token[] = { "{", "\"a\"", ":", "\"b\"", ",",
		"\"\\n\"", ":", "[", "1", ",", "\"c\"", ",", "{", "}", "]", ",",
		"\"d\"", ":", "{", "\"e\"", ":", "\"\xc3\xa9\"", "}", "}" };
	static const char *const space[] = { "", " ", "\n", "\t", "\r\n", "  ",
		"\n  ", " \n", "\n\t\t\t\t\t\t\t\t",
		"                                                            "
		"            \n" };
	struct kl_json compact = { 0 };
	struct kl_err err = { 0 };
	bool pass = true;

	for (size_t i = 0; i < sizeof(space) / sizeof(*space); i++) {
		struct kl_json *d = i == 0 ? &compact : doc;
		struct kl_buf b = { 0 };

		for (size_t t = 0; t < sizeof(token) / sizeof(*token); t++) {
			kl_buf_puts(&b, space[i]);
			kl_buf_puts(&b, token[t]);
		}
		kl_buf_puts(&b, space[i]);
		pass = scan_exactly(d, b.s, b.n, &err) == KL_OK &&
		    d->nodes == 12 && pass;
		for (uint32_t k = 0; pass && k < d->nodes; k++) {
			const struct kl_json_node *g = &d->node[k];
			const struct kl_json_node *w = &compact.node[k];

			pass = g->type == w->type && g->next == w->next &&
			    g->count == w->count && g->esc == w->esc &&
			    (g->type > KL_JSON_STRING || g->n == w->n);
		}
		kl_buf_free(&b);
	}
	ok(pass, "white space between tokens changes nothing");
	kl_json_free(&compact);
}

int
main(void)
{
	struct kl_json doc = { 0 };

	test_depth();
	test_nodes();
	test_bytes();
	test_positions(&doc);
	test_cuts(&doc);
	test_utf8(&doc);
	test_layout(&doc);
	test_space(&doc);
	kl_json_free(&doc);
	return done();
}
