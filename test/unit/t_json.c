/* SPDX-License-Identifier: MIT */
/* t_json.c - the JSON scanner and its accessors. */

#include <stdlib.h>

#include "../../lib/json/scan.h"
#include "ok.h"

/* --- verdicts --------------------------------------------------------------
 */

static const char *const accepted[] = {
	"0",
	"-0",
	"1",
	"-1",
	"10",
	"123456789012345678901234567890",
	"0.0",
	"-0.5",
	"1.25",
	"1e1",
	"1E1",
	"1e+1",
	"1e-1",
	"0e0",
	"1.5e300",
	"1e99999",
	"true",
	"false",
	"null",
	"\"\"",
	"\"a\"",
	" 1",
	"1 ",
	"\t\r\n 1 \n\r\t",
	"[]",
	"[ ]",
	"[\n]",
	"{}",
	"{ }",
	"{\t}",
	"[1]",
	"[1,2]",
	"[ 1 , 2 ]",
	"[[]]",
	"[[],[]]",
	"[{}]",
	"{\"a\":1}",
	"{\"a\" : 1 , \"b\" : 2}",
	"{ \"a\":{ \"b\":[ { } ] } }",
	"{\"\":0}",
	"{\"a\":1,\"A\":2}",
	"[{\"a\":1},{\"a\":2}]",
	"{\"a\":{\"a\":1}}",
	"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
	"\"\\u0000\"",
	"\"\\u001f\"",
	"\"\\uABCD\\uabcd\"",
	"\"\\uD7FF\\uE000\"",
	"\"\\uD834\\uDd1e\"",
	"\"\\ud800\\udc00\\udbff\\udfff\"",
	"\"\x7f\"",
	"\"'\"",
	"\"/\"",
	"\"\xc2\x80\xdf\xbf\"",
	"\"\xe0\xa0\x80\xed\x9f\xbf\"",
	"\"\xee\x80\x80\xef\xbf\xbf\"",
	"\"\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\"",
	"\"\xe2\x80\xa8\xe2\x80\xa9\"",
	"[\"[{:,\",\"}]\"]",
	"{\"a\":\"}\",\"b\":\"]\"}",
	"[null,true,false,1e2,\"x\",[],{}]",
	"[1\n,2\r\n]",
	"[-1.0E-10]",
};

/* What is refused, and what is said. */
static const struct refusal {
	const char *text, *msg;
} refused[] = {
	{ "", "byte 1: the end where a value should be" },
	{ " \n", "byte 1: the end where a value should be" },
	{ "[", "byte 2: the end where a value should be" },
	{ "{", "byte 2: the end where a member name should be" },
	{ "[1", "byte 3: the end where a comma or closing bracket should be" },
	{ "[1,", "byte 4: the end where a value should be" },
	{ "[1, ", "byte 4: the end where a value should be" },
	{ "[[]", "byte 4: the end where a comma or closing bracket should be" },
	{ "{\"a\"", "byte 5: the end where a colon should be" },
	{ "{\"a\":", "byte 6: the end where a value should be" },
	{ "{\"a\":1",
	    "byte 7: the end where a comma or closing brace should "
	    "be" },
	{ "{\"a\":{}",
	    "byte 8: the end where a comma or closing brace should be" },
	{ "{\"a\":1,", "byte 8: the end where a member name should be" },
	{ "]", "byte 1: a closing bracket where a value should be" },
	{ "}", "byte 1: a closing brace where a value should be" },
	{ "[}", "byte 2: a closing brace where a value should be" },
	{ "{]", "byte 2: a closing bracket where a member name should be" },
	{ "[1}",
	    "byte 3: a closing brace where a comma or closing bracket should "
	    "be" },
	{ "{\"a\":1]",
	    "byte 7: a closing bracket where a comma or closing brace should "
	    "be" },
	{ "[,]", "byte 2: a comma where a value should be" },
	{ "[1,]", "byte 4: a closing bracket where a value should be" },
	{ "[1,,2]", "byte 4: a comma where a value should be" },
	{ "[1 2]",
	    "byte 4: a digit where a comma or closing bracket should "
	    "be" },
	{ "[\"a\":1]",
	    "byte 5: a colon where a comma or closing bracket should be" },
	{ "{\"a\":1,}",
	    "byte 8: a closing brace where a member name should "
	    "be" },
	{ "{,}", "byte 2: a comma where a member name should be" },
	{ "{\"a\",\"b\"}", "byte 5: a comma where a colon should be" },
	{ "{\"a\" 1}", "byte 6: a digit where a colon should be" },
	{ "{\"a\"::1}", "byte 6: a colon where a value should be" },
	{ "{\"a\":}", "byte 6: a closing brace where a value should be" },
	{ "{a:1}", "byte 2: a letter where a member name should be" },
	{ "{'a':1}", "byte 2: a single quote where a member name should be" },
	{ "{1:1}", "byte 2: a digit where a member name should be" },
	{ "{\"a\":1 \"b\":2}",
	    "byte 8: a string where a comma or closing brace should be" },
	{ "{}{}", "byte 3: an opening brace where the end should be" },
	{ "[] []", "byte 4: an opening bracket where the end should be" },
	{ "1 2", "byte 3: a digit where the end should be" },
	{ "1,", "byte 2: a comma where the end should be" },
	{ "1]", "byte 2: a closing bracket where the end should be" },
	{ "\"a\",]", "byte 4: a comma where the end should be" },
	{ "{}x", "byte 3: a letter where the end should be" },
	{ "{}}", "byte 3: a closing brace where the end should be" },
	{ "[]\v", "byte 3: a control character where the end should be" },
	{ "[\f]", "byte 2: a control character where a value should be" },
	{ "[\xc2\xa0]",
	    "byte 2: a character that is not ASCII where a value should be" },
	{ "\xef\xbb\xbf{}",
	    "byte 1: a character that is not ASCII where a value should be" },
	{ "01", "byte 1: number with a leading zero" },
	{ "[-01]", "byte 3: number with a leading zero" },
	{ "[00]", "byte 2: number with a leading zero" },
	{ "-", "byte 2: the end where a digit should be" },
	{ "[-]", "byte 3: a closing bracket where a digit should be" },
	{ "-a", "byte 2: a letter where a digit should be" },
	{ "--1", "byte 2: a sign where a digit should be" },
	{ "+1", "byte 1: a sign where a value should be" },
	{ ".5", "byte 1: a sign where a value should be" },
	{ "1.", "byte 3: the end where a digit should be" },
	{ "[1.]", "byte 4: a closing bracket where a digit should be" },
	{ "1.e1", "byte 3: a letter where a digit should be" },
	{ "1e", "byte 3: the end where a digit should be" },
	{ "[1e]", "byte 4: a closing bracket where a digit should be" },
	{ "1e+", "byte 4: the end where a digit should be" },
	{ "[1e+-1]", "byte 5: a sign where a digit should be" },
	{ "1.5.5", "byte 4: a sign where the end should be" },
	{ "0x10", "byte 2: a letter where the end should be" },
	{ "1_000", "byte 2: a sign where the end should be" },
	{ "nul", "byte 1: a word that is not true, false or null" },
	{ "[nul]", "byte 2: a word that is not true, false or null" },
	{ "nan", "byte 1: a word that is not true, false or null" },
	{ "tru", "byte 1: a word that is not true, false or null" },
	{ "[fals]", "byte 2: a word that is not true, false or null" },
	{ "truee", "byte 5: a letter where the end should be" },
	{ "True", "byte 1: a letter where a value should be" },
	{ "[NaN]", "byte 2: a letter where a value should be" },
	{ "[Infinity]", "byte 2: a letter where a value should be" },
	{ "[-Infinity]", "byte 3: a letter where a digit should be" },
	{ "\"", "byte 2: string without its end" },
	{ "\"a", "byte 3: string without its end" },
	{ "[\"a]", "byte 5: string without its end" },
	{ "{\"a}", "byte 5: string without its end" },
	{ "\"\\", "byte 3: string without its end" },
	{ "\"\\\"", "byte 4: string without its end" },
	{ "\"\xc3\xa9", "byte 4: string without its end" },
	{ "[\"\\u00e9", "byte 9: string without its end" },
	{ "\"\n\"", "byte 2: control character in a string" },
	{ "\"a\tb\"", "byte 3: control character in a string" },
	{ "\"\x1f\"", "byte 2: control character in a string" },
	{ "{\"\n\":1}", "byte 3: control character in a string" },
	{ "\"\\x\"",
	    "byte 2: backslash before a character that cannot be escaped" },
	{ "\"\\'\"",
	    "byte 2: backslash before a character that cannot be escaped" },
	{ "\"\\U0041\"",
	    "byte 2: backslash before a character that cannot be escaped" },
	{ "\"\\\n\"",
	    "byte 2: backslash before a character that cannot be escaped" },
	{ "\"\\u\"", "byte 2: \\u without four hexadecimal digits" },
	{ "\"\\u00e\"", "byte 2: \\u without four hexadecimal digits" },
	{ "\"\\u00g0\"", "byte 2: \\u without four hexadecimal digits" },
	{ "\"\\u 041\"", "byte 2: \\u without four hexadecimal digits" },
	{ "\"\\u004", "byte 2: \\u without four hexadecimal digits" },
	{ "\"\\ud800\"", "byte 2: half a surrogate pair" },
	{ "\"\\udc00\"", "byte 2: half a surrogate pair" },
	{ "\"\\udfffx\"", "byte 2: half a surrogate pair" },
	{ "\"\\ud800\\n\"", "byte 2: half a surrogate pair" },
	{ "\"\\ud800\\u0041\"", "byte 2: half a surrogate pair" },
	{ "\"\\ud800\\ud800\"", "byte 2: half a surrogate pair" },
	{ "\"\\ud800\\udc0\"", "byte 2: half a surrogate pair" },
	{ "\"\\ud800\\", "byte 2: half a surrogate pair" },
	{ "\"\x80\"", "byte 2: not UTF-8" },
	{ "\"\xbf\"", "byte 2: not UTF-8" },
	{ "\"a\xff\"", "byte 3: not UTF-8" },
	{ "\"\xc3\"", "byte 2: not UTF-8" },
	{ "\"\xc3", "byte 2: not UTF-8" },
	{ "\"\xc0\x80\"", "byte 2: not UTF-8" },
	{ "\"\xc1\xbf\"", "byte 2: not UTF-8" },
	{ "\"\xe0\x9f\xbf\"", "byte 2: not UTF-8" },
	{ "\"\xe2\x82\"", "byte 2: not UTF-8" },
	{ "\"\xed\xa0\x80\"", "byte 2: not UTF-8" },
	{ "\"\xed\xbf\xbf\"", "byte 2: not UTF-8" },
	{ "\"\xf0\x8f\xbf\xbf\"", "byte 2: not UTF-8" },
	{ "\"\xf0\x9f\x98\"", "byte 2: not UTF-8" },
	{ "\"\xf4\x90\x80\x80\"", "byte 2: not UTF-8" },
	{ "\"\xf5\x80\x80\x80\"", "byte 2: not UTF-8" },
	{ "{\"\xe9\":1}", "byte 3: not UTF-8" },
	{ "{\"a\":1,\"a\":2}", "byte 8: member named twice" },
	{ "{\"\":1,\"\":2}", "byte 7: member named twice" },
	{ "{\"a\":1,\"\\u0061\":2}", "byte 8: member named twice" },
	{ "{\"\\u0061\":1,\"b\":0,\"a\":2}", "byte 19: member named twice" },
	{ "{\"\\/\":1,\"/\":2}", "byte 9: member named twice" },
	{ "{\"\\ud83d\\ude00\":1,\"\xf0\x9f\x98\x80\":2}",
	    "byte 19: member named twice" },
	{ "[{\"a\":{\"b\":1,\"c\":[],\"b\":1}}]",
	    "byte 21: member named twice" },
};

/* True if the scanner gives the answer that is in doc, rc and err. */
static bool
agrees(json_scanner *scanner, const struct kl_json *doc, enum kl_rc rc,
    const struct kl_err *err)
{
	static struct kl_json other;
	static struct kl_err oerr;

	memset(&oerr, 0, sizeof(oerr));
	other.max_nodes = doc->max_nodes;
	other.max_depth = doc->max_depth;
	if (kl_json_scan_with(scanner, &other, doc->s, doc->n, &oerr) != rc ||
	    other.nodes != doc->nodes)
		return false;
	if (rc != KL_OK)
		return strcmp(err->msg, oerr.msg) == 0 &&
		    strcmp(err->hint, oerr.hint) == 0;
	return memcmp(doc->node, other.node, doc->nodes * sizeof(*doc->node)) ==
	    0;
}

/* Scan with every scanner there is: they must agree on everything. */
static enum kl_rc
scan(struct kl_json *doc, const char *s, size_t n, struct kl_err *err)
{
	enum kl_rc rc = kl_json_scan_with(kl_json_scan_plain, doc, s, n, err);
	bool same = agrees(kl_json_scan_plain, doc, rc, err);

#if JSON_SSE2
	same = agrees(kl_json_scan_sse2, doc, rc, err) && same;
#endif
#if JSON_AVX2
	if (json_has_avx2())
		same = agrees(kl_json_scan_avx2, doc, rc, err) && same;
#endif
	if (!same) {
		(void)ok(0, "every scanner gives the same answer");
		printf("# %.*s\n", (int)n, s);
	}
	return rc;
}

/* The same from memory of its own, so that a byte read too many shows. */
static enum kl_rc
scan_exactly(struct kl_json *doc, const char *s, size_t n, struct kl_err *err)
{
	char *copy = malloc(n > 0 ? n : 1);
	enum kl_rc rc;

	if (copy == NULL)
		return KL_ENOMEM;
	memcpy(copy, s, n);
	rc = scan(doc, copy, n, err);
	free(copy);
	return rc;
}

static void
test_verdicts(struct kl_json *doc)
{
	struct kl_err err = { 0 };
	char what[200];

	for (size_t i = 0; i < sizeof(accepted) / sizeof(*accepted); i++) {
		(void)snprintf(what, sizeof(what), "accepts case %zu", i);
		if (!ok(scan_exactly(doc, accepted[i], strlen(accepted[i]),
			    &err) == KL_OK,
			what))
			printf("# %s\n", accepted[i]);
	}
	for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++) {
		const struct refusal *r = &refused[i];

		(void)snprintf(what, sizeof(what), "refuses case %zu", i);
		(void)scan_exactly(doc, r->text, strlen(r->text), &err);
		is(err.msg, r->msg, what);
		if (doc->nodes != 0)
			(void)ok(0, "a refused text leaves no nodes");
	}
}

static void
test_codes(struct kl_json *doc)
{
	struct kl_err err = { 0 };

	ok(scan(doc, "[1,]", 4, &err) == KL_EDATA, "syntax is KL_EDATA");
	is(err.code, "json_syntax", "with the code json_syntax");
	is(err.hint, "no comma goes after the last one", "and advice");
	ok(scan(doc, "\"\xff\"", 3, &err) == KL_EDATA, "UTF-8 is KL_EDATA");
	is(err.code, "json_utf8", "with the code json_utf8");
	(void)scan(doc, "{\"a\":1,\"a\":2}", 13, &err);
	is(err.code, "json_duplicate", "a name twice: json_duplicate");
	(void)scan(doc, "[1\0]", 4, &err);
	is(err.msg,
	    "byte 3: a NUL byte where a comma or closing bracket should be",
	    "a NUL byte is named");
	(void)scan(doc, "\"\0\"", 3, &err);
	is(err.msg, "byte 2: control character in a string",
	    "and refused in a string");
	(void)scan(doc, "{'secret':1}", 12, &err);
	ok(strstr(err.msg, "secret") == NULL &&
		strstr(err.hint, "secret") == NULL,
	    "no message holds a part of the text");
	(void)scan(doc, "\xef\xbb\xbf{}", 5, &err);
	is(err.hint, "remove the byte order mark it begins with",
	    "a byte order mark is recognised");
	ok(kl_json_scan(doc, "[1,]", 4, NULL) == KL_EDATA, "err may be NULL");
}

/* --- limits ----------------------------------------------------------------
 */

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

/* --- every position of a block ---------------------------------------------
 */

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

/* --- UTF-8 -----------------------------------------------------------------
 */

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

/* --- nodes ------------------------------------------------------------------
 */

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

/* --- names ------------------------------------------------------------------
 */

/* An object of names made by printf from 0 to n - 1; then one more if last is
 * not NULL. */
static char *
object_of(const char *fmt, unsigned n, const char *last)
{
	struct kl_buf b = { .max = (size_t)1 << 28 };

	kl_buf_putc(&b, '{');
	for (unsigned i = 0; i < n; i++) {
		char name[64];

		/* The formats are those below. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		(void)snprintf(name, sizeof(name), fmt, i);
#pragma GCC diagnostic pop
		kl_json_put_int(&b, name, i);
	}
	if (last != NULL)
		kl_json_put_int(&b, last, 0);
	kl_buf_putc(&b, '}');
	(void)kl_buf_str(&b);
	return b.s;
}

static bool
names_differ(struct kl_json *doc, const char *fmt, unsigned n, const char *last)
{
	char *s = object_of(fmt, n, last);
	struct kl_err err = { 0 };
	enum kl_rc rc = scan(doc, s, strlen(s), &err);

	free(s);
	return rc == KL_OK;
}

static void
test_names(struct kl_json *doc)
{
	static const unsigned sizes[] = { 1, 2, 20, 63, 64, 65, 66, 200, 5000 };
	bool differ = true, twice = true, escaped = true, alike = true;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		unsigned n = sizes[i];

		differ = names_differ(doc, "n%u", n, NULL) && differ;
		twice = !names_differ(doc, "n%u", n, "n0") && twice;
		escaped = !names_differ(doc, "n%u", n, "\\u006e0") && escaped;
		/* One length, beginning and end: the hash is the same. */
		alike = names_differ(doc, "abc%05uxyz", n, NULL) &&
		    !names_differ(doc, "abc%05uxyz", n, "abc00000xyz") && alike;
	}
	ok(differ, "names that differ, in objects small and large");
	ok(twice, "one of them twice");
	ok(escaped, "and twice in another spelling");
	ok(alike, "names that look alike");
	ok(names_differ(doc, "%u", 300000, NULL), "300,000 names");
	ok(!names_differ(doc, "%u", 300000, "299999"), "one of them twice");
}

/* Names chosen to collide in the table of an object of n members. */
static void
test_collisions(struct kl_json *doc)
{
	enum {
		N = 400,
		SLOTS = 1024
	};
	struct kl_buf b = { 0 };
	struct kl_err err = { 0 };
	unsigned found = 0;
	char name[16], low[16], what[80];
	size_t keep;

	kl_buf_putc(&b, '{');
	for (unsigned i = 0; found < N; i++) {
		int n = snprintf(name, sizeof(name), "%u", i);

		if (kl_json_hash_all(name, name + n, false) % SLOTS != 0)
			continue;
		kl_json_put_null(&b, name);
		if (found++ == 0)
			memcpy(low, name, sizeof(low));
	}
	keep = b.n;
	kl_buf_putc(&b, '}');
	ok(scan(doc, b.s, b.n, &err) == KL_OK, "names made to collide");
	b.n = keep;
	kl_json_put_null(&b, name);
	kl_buf_putc(&b, '}');
	ok(scan(doc, b.s, b.n, &err) == KL_EDATA, "and one of them twice");
	(void)snprintf(what, sizeof(what), "byte %zu: member named twice",
	    keep + 2);
	is(err.msg, what, "which is the second of them");
	b.n = keep;
	kl_json_put_null(&b, name);
	kl_json_put_null(&b, low);
	kl_buf_putc(&b, '}');
	(void)scan(doc, b.s, b.n, &err);
	is(err.msg, what, "or the first of those that come again");
	b.n = keep;
	(void)snprintf(name, sizeof(name), "\\u003%c", '9');
	kl_json_put_null(&b, name);
	kl_json_put_null(&b, "\\u0039\\u0039");
	kl_json_put_null(&b, "99");
	kl_buf_putc(&b, '}');
	ok(scan(doc, b.s, b.n, &err) == KL_EDATA, "escapes are undone there");
	kl_buf_free(&b);
}

/* The table of marks has room for as many objects as it has numbers. */
static void
test_many_objects(struct kl_json *doc)
{
	struct kl_buf b = { 0 };
	struct kl_err err = { 0 };

	kl_buf_putc(&b, '[');
	for (unsigned i = 0; i < 1000; i++)
		kl_buf_puts(&b,
		    i == 0 ? "{\"a\":1,\"b\":2}" : ",{\"b\":1,\"a\":2}");
	kl_buf_putc(&b, ']');
	ok(scan(doc, b.s, b.n, &err) == KL_OK,
	    "objects in a row do not see each other's names");
	if (doc->names != NULL)
		doc->names[0] = UINT32_MAX - 2;
	ok(kl_json_scan_with(kl_json_scan_plain, doc, b.s, b.n, &err) == KL_OK,
	    "not even when the count of objects begins anew");
	ok(scan(doc, "{\"a\":1,\"b\":2,\"a\":3}", 19, &err) == KL_EDATA,
	    "nor is a name twice missed then");
	kl_buf_free(&b);
}

/* --- accessors -------------------------------------------------------------
 */

static struct kl_span
at_path(const struct kl_json *doc, const char *path)
{
	uint32_t i = kl_json_path(doc, 0, KL_SPAN(path));

	return i != 0 ? kl_json_raw(doc, i) : KL_SPAN("(none)");
}

static void
test_find(struct kl_json *doc)
{
	static const char text[] =
	    "{\"a\":1,\"ab\":2,\"\":3,\"b.c\":4,\"b\":{\"c\":5,\"d.e\":6,"
	    "\"f\":[7,{\"g\":8}]},\"\\u0068\":9,\"i\":{\"\":10}}";
	static const struct {
		const char *path, *want;
	} paths[] = {
		{ "a", "1" },
		{ "ab", "2" },
		{ "", "3" },
		{ "b.c", "4" },
		{ "b.d.e", "6" },
		{ "b.f.0", "7" },
		{ "b.f.1.g", "8" },
		{ "h", "9" },
		{ "i.", "10" },
		{ "abc", "(none)" },
		{ "b.x", "(none)" },
		{ "b.f.2", "(none)" },
		{ "b.f.00", "(none)" },
		{ "b.f.-1", "(none)" },
		{ "b.f.", "(none)" },
		{ "b.f.4294967296", "(none)" },
		{ "a.b", "(none)" },
		{ "b.c.d", "(none)" },
		{ ".", "(none)" },
		{ "b.f", "[7,{\"g\":8}]" },
	};
	struct kl_err err = { 0 };
	struct kl_span got;

	ok(scan_exactly(doc, text, sizeof(text) - 1, &err) == KL_OK, "scans");
	doc->s = text;
	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		got = at_path(doc, paths[i].path);
		isn(got.s, got.n, paths[i].want, "a path leads there");
	}
	ok(kl_json_get(doc, 0, "h") != 0, "a name is found in any spelling");
	ok(kl_json_get(doc, 1, "a") == 0, "nothing is in what is no object");
	(void)scan(doc, "{\"x\":[1],\"a\":2}", 15, &err);
	ok(kl_json_get(doc, 0, "a") == 5, "a name behind an array is found");
	(void)scan(doc, "{\"x\":[\"a\"],\"b\":\"a\"}", 19, &err);
	ok(kl_json_get(doc, 0, "a") == 0, "a value is no name");
	(void)scan_exactly(doc, text, sizeof(text) - 1, &err);
	doc->s = text;
	ok(kl_json_getn(doc, 0, (struct kl_span){ NULL, 0 }) ==
		kl_json_get(doc, 0, ""),
	    "an empty span is the empty name");
	ok(kl_json_get(doc, 0, "\\") == 0 &&
		kl_json_get(doc, 0, "\\u0061") == 0,
	    "a name is asked for as its text, not as it is written");
	ok(kl_json_getn(doc, 0, (struct kl_span){ "abX", 2 }) ==
		kl_json_get(doc, 0, "ab"),
	    "a span need not end in NUL");
}

static void
test_text(struct kl_json *doc)
{
	static const char text[] =
	    "[\"plain\",\"\\\"\\\\\\/\\b\\f\\n\\r\\t\","
	    "\"a\\u00e9\\u20AC\\ud83d\\uDE00z\",\"\",7,\"\\u0000\","
	    "\"x\\ny\\\\n\"]";
	struct kl_buf tmp = { 0 };
	struct kl_err err = { 0 };
	struct kl_span got;

	ok(scan(doc, text, sizeof(text) - 1, &err) == KL_OK, "scans");
	got = kl_json_text(doc, 1, &tmp);
	ok(got.s == text + 2 && got.n == 5, "plain text is borrowed");
	got = kl_json_text(doc, 2, &tmp);
	isn(got.s, got.n, "\"\\/\b\f\n\r\t", "short escapes are undone");
	got = kl_json_text(doc, 3, &tmp);
	isn(got.s, got.n, "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80z",
	    "and long ones, to UTF-8");
	got = kl_json_text(doc, 4, &tmp);
	ok(got.n == 0, "the empty string is empty");
	got = kl_json_text(doc, 5, &tmp);
	ok(got.n == 0, "and so is what is no string");
	got = kl_json_text(doc, 6, &tmp);
	ok(got.n == 1 && got.s[0] == '\0', "\\u0000 is a byte");
	got = kl_json_text(doc, 7, &tmp);
	isn(got.s, got.n, "x\ny\\n", "escapes do not run into each other");
	ok(kl_json_is(doc, 1, "plain") && !kl_json_is(doc, 1, "plai") &&
		!kl_json_is(doc, 1, "plainx") && !kl_json_is(doc, 5, "7"),
	    "a string is its text and no other");
	ok(kl_json_is(doc, 3, "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80z") &&
		!kl_json_is(doc, 3, "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80") &&
		kl_json_is(doc, 4, ""),
	    "escaped or empty");
	kl_buf_free(&tmp);
	tmp.max = 4;
	got = kl_json_text(doc, 3, &tmp);
	ok(got.n == 0 && tmp.rc == KL_ETOOBIG, "a full buffer is no text");
	kl_buf_free(&tmp);
}

static void
test_int(struct kl_json *doc)
{
	static const struct {
		const char *text;
		bool good;
		int64_t want;
	} rows[] = {
		{ "0", true, 0 },
		{ "-0", true, 0 },
		{ "-1", true, -1 },
		{ "9223372036854775807", true, INT64_MAX },
		{ "9223372036854775808", false, 0 },
		{ "-9223372036854775808", true, INT64_MIN },
		{ "-9223372036854775809", false, 0 },
		{ "18446744073709551616", false, 0 },
		{ "99999999999999999999999", false, 0 },
		{ "1.0", false, 0 },
		{ "1e3", false, 0 },
		{ "\"1\"", false, 0 },
		{ "null", false, 0 },
		{ "[]", false, 0 },
	};
	struct kl_err err = { 0 };
	int64_t v;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		v = 0;
		(void)scan(doc, rows[i].text, strlen(rows[i].text), &err);
		ok(kl_json_int(doc, 0, &v) == rows[i].good && v == rows[i].want,
		    rows[i].text);
	}
}

int
main(void)
{
	struct kl_json doc = { 0 };

	test_verdicts(&doc);
	test_codes(&doc);
	test_depth();
	test_nodes();
	test_bytes();
	test_positions(&doc);
	test_cuts(&doc);
	test_utf8(&doc);
	test_layout(&doc);
	test_space(&doc);
	test_names(&doc);
	test_collisions(&doc);
	test_many_objects(&doc);
	test_find(&doc);
	test_text(&doc);
	test_int(&doc);
	kl_json_free(&doc);
	return done();
}
