/* SPDX-License-Identifier: MIT */
/* t_jq.c - expressions: numbers that are kept, messages without values, and
 * the limits. */

#include <stdlib.h>

#include "../../lib/data/jq-priv.h"
#include "ok.h"

static void
numbers(void)
{
	static const char *const kept[] = { "0", "-0", "0.000", "0e999", "1",
		"-1.50", "123456789012345", "0.000123456789012345",
		"9007199254740992", "9007199254740991", "-9007199254740991",
		"0.30000000000000004", "12345678901234568", "1e22", "1E+300",
		"1e-300", "100000000000000000000000", "1.0000000000000000000",
		"0.1" };
	static const char *const changed[] = { "9007199254740993",
		"12345678901234567", "12345678901234567890",
		"3.14159265358979323846", "0.12345678901234567890", "1e400",
		"-1e400", "1e-400", "5e-324", "1e301", "18446744073709551616" };
	char big[200];
	size_t i;

	for (i = 0; i < sizeof(kept) / sizeof(*kept); i++)
		ok(jq_keeps(KL_SPAN(kept[i])), kept[i]);
	for (i = 0; i < sizeof(changed) / sizeof(*changed); i++)
		ok(!jq_keeps(KL_SPAN(changed[i])), changed[i]);
	memset(big, '0', sizeof(big));
	big[0] = '1';
	ok(!jq_keeps((struct kl_span){ big, sizeof(big) }),
	    "what is too long to look at is not kept");
}

static void
messages(void)
{
	static const struct {
		const char *message, *said;
		bool whole;
	} t[] = {
		{ "string (\"ann@x...) and number (7) cannot be added",
		    "string and number cannot be added", false },
		{ "string (\") and array (\") and number (1) cannot be added",
		    "string and number cannot be added", false },
		{ "object ({\"a\":1}) has no keys", "object has no keys",
		    false },
		{ "number (5) and number (0) cannot be divided because the "
		  "divisor is zero",
		    "number and number cannot be divided because the divisor "
		    "is zero",
		    false },
		{ "Cannot iterate over null (null)", "cannot iterate over null",
		    false },
		{ "Cannot iterate over null", "cannot iterate over null",
		    false },
		{ "Cannot index string with string \"ann\"",
		    "cannot index string", false },
		{ "Cannot index ann with number", "the expression fails",
		    false },
		{ "Cannot use number (7) as object key",
		    "cannot use number as object key", false },
		{ "Object keys must be strings", "object keys must be strings",
		    true },
		{ "A slice of an array can only be assigned another array",
		    "A slice of an array can only be assigned another array",
		    true },
		{ "date \"ann\" does not match format \"%Y\"",
		    "a date does not match its format", false },
		{ "Invalid numeric literal at EOF at line 1, column 3 (while "
		  "parsing 'ann')",
		    "a text is no number, or not JSON", false },
		{ "ann (not at home)", "the expression fails", false },
		{ "string (\"a\") and so on", "the expression fails", false },
		{ "no plan", "no plan", true },
		{ "plan", "the expression fails", false },
		{ "", "the expression fails", false },
	};
	struct kl_buf b = { 0 };
	bool whole;
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(*t); i++) {
		kl_buf_reset(&b);
		whole = jq_explain(&b, KL_SPAN(t[i].message),
		    KL_SPAN("error(\"no plan\") | .ann"));
		is(kl_buf_str(&b), t[i].said, t[i].message);
		ok(whole == t[i].whole, "and whether that is all");
	}
	kl_buf_free(&b);
}

static enum kl_rc
next(struct kl_jq *q, struct kl_buf *b, struct kl_err *err)
{
	kl_buf_reset(b);
	memset(err, 0, sizeof(*err));
	return kl_jq_next(q, b, err);
}

static void
results(const char *plugin)
{
	struct kl_jq *q = NULL;
	struct kl_buf b = { 0 };
	struct kl_err err = { 0 };

	ok(kl_jq_new(&q, plugin,
	       KL_SPAN(".[] | if . == 3 then error else . "
		       "end # end"),
	       &err) == KL_OK,
	    "an expression that ends in a comment");
	ok(next(q, &b, &err) == KL_EOF, "has no result before it is started");
	ok(kl_jq_start(q, KL_SPAN(" [1, {\"a\": \"\\u00e9\"}] "), &err) ==
		KL_OK,
	    "is started");
	ok(next(q, &b, &err) == KL_OK, "the first result");
	is(kl_buf_str(&b), "1", "is one");
	ok(next(q, &b, &err) == KL_OK, "the second");
	is(kl_buf_str(&b), "{\"a\":\"é\"}", "is on one line");
	ok(next(q, &b, &err) == KL_EOF && next(q, &b, &err) == KL_EOF,
	    "and no more, however often one asks");
	ok(kl_jq_start(q, KL_SPAN("[3, 4]"), &err) == KL_OK &&
		next(q, &b, &err) == KL_EDATA,
	    "a failure");
	is(err.code, "jq_failed", "has its code");
	ok(next(q, &b, &err) == KL_EOF, "ends it");
	ok(kl_jq_start(q, KL_SPAN("[5]"), &err) == KL_OK &&
		kl_jq_start(q, KL_SPAN("[6]"), &err) == KL_OK &&
		next(q, &b, &err) == KL_OK,
	    "started again, it has forgotten what was before");
	is(kl_buf_str(&b), "6", "all of it");
	ok(kl_jq_start(q, KL_SPAN("[1,]"), &err) == KL_EDATA &&
		next(q, &b, &err) == KL_EOF,
	    "what the scanner refuses does not get in");
	ok(kl_jq_start(q, KL_SPAN("{\"a\":{\"b\":[12345678901234567890]}}"),
	       &err) == KL_EDATA,
	    "nor does a number it would change");
	is(err.code, "jq_number", "which has its code");
	is(err.field, "a", "and names the member");
	kl_jq_free(q);
	kl_buf_free(&b);
}

static void
refused(const char *plugin)
{
	static const struct {
		const char *expr, *code;
	} t[] = {
		{ "env", "jq_forbidden" },
		{ ".a | $ENV", "jq_forbidden" },
		{ "input", "jq_forbidden" },
		{ "foo", "jq_syntax" },
		{ "", "jq_syntax" },
		{ ".", "" },
		{ "{env, input: 1} | .input", "" },
	};
	struct kl_jq *q;
	struct kl_err err;
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(*t); i++) {
		q = NULL;
		memset(&err, 0, sizeof(err));
		ok((kl_jq_new(&q, plugin, KL_SPAN(t[i].expr), &err) == KL_OK) ==
			(t[i].code[0] == '\0'),
		    t[i].expr);
		is(err.code, t[i].code, "has its code");
		kl_jq_free(q);
	}
	ok(kl_jq_new(&q, plugin, (struct kl_span){ ".\0", 2 }, &err) ==
		KL_ECONFIG,
	    "a NUL byte in it");
	ok(kl_jq_new(&q, "/nowhere/kl-jq.so", KL_SPAN("."), &err) == KL_ECONFIG,
	    "a plug-in that is not there");
	is(err.msg, "/nowhere/kl-jq.so: no such file", "is named");
	kl_jq_free(NULL);
}

int
main(void)
{
	const char *build = getenv("KL_BUILD"), *home;
	char path[4096];

	(void)snprintf(path, sizeof(path), "%s/lib/kl/kl-jq.so",
	    build != NULL ? build : "build");
	(void)setenv("HOME", "/home/ann", 1);
	numbers();
	messages();
	results(path);
	refused(path);
	home = getenv("HOME");
	is(home != NULL ? home : "", "/home/ann", "HOME is as it was");
	return done();
}
