/* SPDX-License-Identifier: MIT */
/* t_json_verdicts.c - what is JSON, what is not, and what is said of it. */

#include "scan.h"

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

int
main(void)
{
	struct kl_json doc = { 0 };

	test_verdicts(&doc);
	test_codes(&doc);
	kl_json_free(&doc);
	return done();
}
