/* SPDX-License-Identifier: MIT */
/* t_opt.c - command lines and environment by a table of rows. */

#include <stdint.h>
#include <stdlib.h>

#include "kl/opt.h"
#include "ok.h"

static bool flag;
static int count;
static const char *text, *word;
static struct kl_strs list;
static uint64_t number, size, ms;
static double ratio;

static const struct kl_opt rows[] = {
	{ 'f', "flag", NULL, "a flag", KL_OPT_FLAG, KL_ENV_COMMON, &flag, 0, 0,
	    NULL },
	{ 'v', "verbose", NULL, "more", KL_OPT_COUNT, KL_ENV_NONE, &count, 0, 0,
	    NULL },
	{ 't', "text", "TEXT", "a text", KL_OPT_STR, KL_ENV_OWN, &text, 0, 0,
	    NULL },
	{ 'n', "number", "N", "a number", KL_OPT_UINT, KL_ENV_OWN, &number, 1,
	    10, NULL },
	{ 0, "list-item", "X", "some", KL_OPT_LIST, KL_ENV_OWN, &list, 0, 0,
	    NULL },
	{ 0 },
};

static const struct kl_opt more[] = {
	{ 0, "list-file", "FILE", "a file", KL_OPT_STR, KL_ENV_OWN, &text, 0, 0,
	    NULL },
	{ 0, "size", "SIZE", "bytes", KL_OPT_SIZE, KL_ENV_NONE, &size, 0, 0,
	    NULL },
	{ 0, "wait", "MS", "time", KL_OPT_MS, KL_ENV_NONE, &ms, 0, 0, NULL },
	{ 0, "ratio", "P", "part", KL_OPT_RATIO, KL_ENV_NONE, &ratio, 0, 0,
	    NULL },
	{ 0, "word", "W", "one of", KL_OPT_ENUM, KL_ENV_NONE, &word, 0, 0,
	    "red green" },
	{ 0 },
};

static const struct kl_opt *const tables[] = { rows, more, NULL };

/* Parse up to seven words; the operands are left in argv. */
static char *argv[9];
static int operands;
static struct kl_err err;

static enum kl_rc
parse(const char *a, const char *b, const char *c, const char *d)
{
	const char *w[] = { "kl-test", a, b, c, d, NULL };
	int argc;

	for (argc = 0; w[argc] != NULL; argc++)
		argv[argc] = (char *)(uintptr_t)w[argc];
	argv[argc] = NULL;
	memset(&err, 0, sizeof(err));
	flag = false;
	count = 0;
	text = word = NULL;
	number = size = ms = 0;
	ratio = 0;
	kl_strs_free(&list);
	return kl_opt_parse("kl-test", tables, argc, argv, &operands, &err);
}

static void
forms(void)
{
	ok(parse("-f", "--text", "x", "op") == KL_OK && flag &&
		strcmp(text, "x") == 0 && operands == 1,
	    "short and long forms");
	is(argv[1], "op", "operands are gathered");
	ok(parse("add", "--text=a=b", "-vvn5", NULL) == KL_OK && count == 2 &&
		number == 5 && strcmp(text, "a=b") == 0 && operands == 1,
	    "options follow the verb; clusters; the first = ends the name");
	ok(parse("--", "--flag", "-", NULL) == KL_OK && !flag && operands == 2,
	    "-- ends the options");
	ok(parse("--list-item", "a", "--list-item=b", NULL) == KL_OK &&
		list.n == 2 && strcmp(list.s[1], "b") == 0,
	    "lists repeat");
	ok(parse("--size=5M", "--wait=2m", "--ratio=1%", "--word=red") ==
		    KL_OK &&
		size == 5000000 && ms == 120000 && ratio == 0.01 &&
		strcmp(word, "red") == 0,
	    "sizes, durations, ratios, words");
	ok(parse("--size=4Ki", "--wait=7", "--ratio=0.5", NULL) == KL_OK &&
		size == 4096 && ms == 7 && ratio == 0.5,
	    "binary sizes, bare milliseconds, plain ratios");
}

static void
mistakes(void)
{
	static const struct {
		const char *a, *b, *msg, *hint;
	} t[] = {
		{ "--txet", NULL, "unknown option --txet",
		    "did you mean --text?" },
		{ "--zzzzzz", NULL, "unknown option --zzzzzz",
		    "--help lists the options" },
		{ "--tex", "x", "unknown option --tex",
		    "did you mean --text?" },
		{ "--verb", NULL, "unknown option --verb",
		    "did you mean --verbose?" },
		{ "--list", "x", "unknown option --list",
		    "did you mean --list-item or --list-file?" },
		{ "--l", "x", "unknown option --l",
		    "--help lists the options" },
		{ "-x", NULL, "unknown option -x", "--help lists the options" },
		{ "--text", NULL, "--text needs a value: TEXT", "" },
		{ "-t", NULL, "--text needs a value: TEXT", "" },
		{ "--flag=1", NULL, "--flag takes no value", "" },
		{ "--number", "0", "--number: out of range", "from 1 to 10" },
		{ "--number", "11", "--number: out of range", "from 1 to 10" },
		{ "--number", "-1", "--number: not a number", "from 1 to 10" },
		{ "--number", "99999999999999999999", "--number: not a number",
		    "from 1 to 10" },
		{ "--size", "5X", "--size: not a size (500k, 5M, 4Mi)", "" },
		{ "--size", "99999999999G",
		    "--size: not a size (500k, 5M, 4Mi)", "" },
		{ "--wait", "1y", "--wait: not a duration (500ms, 30s)", "" },
		{ "--ratio", "101%", "--ratio: not a ratio (0.01 or 1%)", "" },
		{ "--ratio", "nan", "--ratio: not a ratio (0.01 or 1%)", "" },
		{ "--word", "re", "--word: not one of its words",
		    "one of: red green" },
	};
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(*t); i++) {
		ok(parse(t[i].a, t[i].b, NULL, NULL) == KL_EUSAGE, t[i].a);
		is(err.msg, t[i].msg, "its message");
		is(err.hint, t[i].hint, "its hint");
	}
	ok(parse("--number", "1", NULL, NULL) == KL_OK && number == 1 &&
		parse("--number", "10", NULL, NULL) == KL_OK && number == 10,
	    "the limits themselves pass");
}

static void
environment(void)
{
	struct kl_buf b = { 0 };

	kl_opt_env_name(&b, "kl-test", &rows[4]);
	is(kl_buf_str(&b), "KL_TEST_LIST_ITEM", "a program's own name");
	kl_buf_reset(&b);
	kl_opt_env_name(&b, "kl-test", &rows[0]);
	is(kl_buf_str(&b), "KL_FLAG", "a common name");
	kl_buf_reset(&b);
	kl_opt_env_name(&b, "kl-test", &rows[1]);
	is(kl_buf_str(&b), "", "no name where there is none");
	kl_buf_free(&b);

	setenv("KL_FLAG", "1", 1);
	setenv("KL_TEST_TEXT", "env", 1);
	setenv("KL_VERBOSE", "1", 1);
	ok(parse(NULL, NULL, NULL, NULL) == KL_OK && flag && count == 0 &&
		strcmp(text, "env") == 0,
	    "the environment stands in, where it may");
	ok(parse("--text", "line", NULL, NULL) == KL_OK &&
		strcmp(text, "line") == 0,
	    "the command line wins");
	setenv("KL_FLAG", "0", 1);
	ok(parse(NULL, NULL, NULL, NULL) == KL_OK && !flag, "0 is off");
	setenv("KL_FLAG", "maybe", 1);
	ok(parse(NULL, NULL, NULL, NULL) == KL_EUSAGE, "nonsense is refused");
	is(err.hint, "it comes from the environment: KL_FLAG", "and traced");
	setenv("KL_TEST_LIST_FILE", "of another table", 1);
	ok(parse(NULL, NULL, NULL, NULL) == KL_EUSAGE,
	    "whatever good there is behind it");
	unsetenv("KL_TEST_LIST_FILE");
	unsetenv("KL_FLAG");
	unsetenv("KL_TEST_TEXT");
}

/* The name of what is given of more, in so many words. */
static const char *
given(const char *a, const char *b, const char *c, const char *d)
{
	const char *w[] = { "kl-test", a, b, c, d, NULL };
	const struct kl_opt *r;
	int argc;

	for (argc = 0; w[argc] != NULL; argc++)
		argv[argc] = (char *)(uintptr_t)w[argc];
	r = kl_opt_given(tables, more, argc, argv);
	return r == NULL ? "none" : r->name;
}

static void
typed(void)
{
	is(given("-v", "x", "--size", "5"), "size", "an option that is typed");
	is(given("--word=red", "--size", "5", NULL), "word", "the first one");
	is(given("--text", "--size", "-t", "--word"), "none",
	    "what is the value of another is none");
	is(given("-vt", "--size", "-tx", "--word"), "word",
	    "values behind letters are stepped over");
	is(given("--", "--size", "5", NULL), "none", "nor is an operand");
	is(given("-", "--sizes", "--size=", NULL), "size",
	    "what is unknown is for others to say");
	is(given(NULL, NULL, NULL, NULL), "none", "nothing is nothing");
}

int
main(void)
{
	struct kl_buf b = { 0 };

	forms();
	mistakes();
	environment();
	typed();
	kl_opt_help(&b, (const struct kl_opt *const[]){ rows, NULL });
	is(kl_buf_str(&b),
	    "  -f, --flag         a flag\n"
	    "  -v, --verbose      more\n"
	    "  -t, --text TEXT    a text\n"
	    "  -n, --number N     a number\n"
	    "      --list-item X  some\n",
	    "help is a line a row");
	kl_buf_free(&b);
	kl_strs_free(&list);
	return done();
}
