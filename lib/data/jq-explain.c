/* SPDX-License-Identifier: MIT */
/*
 * jq-explain.c - what can be said of an expression that failed.
 *
 * jq puts values into its messages: string ("ann@s...) and number (7) cannot be
 * added.  They are people's data.  A message is therefore not cleaned but made
 * anew, of words in the tables here: what is not in them is not said.
 */

#include <string.h>

#include "jq-priv.h"

static const char *const kinds[] = { "null", "boolean", "number", "string",
	"array", "object" };

/* Messages that hold no value. */
static const char *const plain[] = {
	"Object keys must be strings",
	"Out of bounds negative array index",
	"Path must be specified as an array",
	"Paths must be specified as an array",
	"Range bounds must be numeric",
	"Start and end indices of an array slice must be numbers",
	"A slice of an array can only be assigned another array",
	"endswith() requires string inputs",
	"explode input must be a string",
	"flatten depth must not be negative",
	"implode input must be an array",
	"ltrimstr() requires string inputs",
	"mktime requires array inputs",
	"mktime requires parsed datetime inputs",
	"rtrimstr() requires string inputs",
	"split input and separator must be strings",
	"startswith() requires string inputs",
	"strftime/1 requires a string format",
	"strftime/1 requires parsed datetime inputs",
	"strptime/1 requires string inputs and arguments",
};

/* KIND (VALUE) and KIND (VALUE) and one of these, or without the second. */
static const char *const ends[] = {
	"can not be escaped for shell",
	"cannot be added",
	"cannot be csv-formatted, only array",
	"cannot be divided",
	"cannot be divided (remainder)",
	"cannot be divided (remainder) because the divisor is zero",
	"cannot be divided because the divisor is zero",
	"cannot be iterated over",
	"cannot be matched, as it is not a string",
	"cannot be multiplied",
	"cannot be negated",
	"cannot be parsed as a number",
	"cannot be searched, as it is not a string",
	"cannot be sorted, as it is not an array",
	"cannot be sorted, as they are not both arrays",
	"cannot be subtracted",
	"cannot be tsv-formatted, only array",
	"cannot have their containment checked",
	"has no keys",
	"has no length",
	"have wrong length",
	"is not a string",
	"is not a valid format",
	"is not valid base64 data",
	"is not valid in a csv row",
	"number required",
	"only strings can be parsed",
	"only strings have UTF-8 byte length",
};

/* Beginnings that a KIND follows, and what ends the sentence. */
static const struct {
	const char *begin, *end;
} begins[] = {
	{ "Cannot iterate over ", "" },
	{ "Cannot index ", "" },
	{ "Cannot use ", " as object key" },
	{ "Cannot delete fields from ", "" },
	{ "Path must be specified as array, not ", "" },
};

/* Beginnings, and what there is to say. */
static const struct {
	const char *begin, *say;
} others[] = {
	{ "date \"", "a date does not match its format" },
	{ "Regex failure: ", "a regular expression is wrong" },
	{ "Invalid path expression", "what is assigned to is no path" },
	{ "Cannot check whether ",
	    "has() is asked for a key of the wrong type" },
};

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

static bool
begins_with(struct kl_span s, const char *begin)
{
	size_t n = strlen(begin);

	return s.n >= n && memcmp(s.s, begin, n) == 0;
}

static bool
ends_with(struct kl_span s, const char *end)
{
	size_t n = strlen(end);

	return s.n > n && s.s[s.n - n - 1] == ' ' &&
	    memcmp(s.s + s.n - n, end, n) == 0;
}

/* The type that s begins with; NULL: none. */
static const char *
kind_at(struct kl_span s)
{
	size_t i;

	for (i = 0; i < COUNT(kinds); i++)
		if (begins_with(s, kinds[i]))
			return kinds[i];
	return NULL;
}

/* The last type that stands before a value in brackets, behind another. */
static const char *
second_kind(struct kl_span s)
{
	static const char before[] = ") and ";
	const char *kind = NULL, *k;

	for (; s.n > 0; s.s++, s.n--) {
		if (!begins_with(s, before))
			continue;
		k = kind_at((struct kl_span){ s.s + strlen(before),
		    s.n - strlen(before) });
		if (k != NULL)
			kind = k;
	}
	return kind;
}

/* "string and number cannot be added". */
static bool
put_ended(struct kl_buf *b, struct kl_span s)
{
	const char *kind = kind_at(s), *other = second_kind(s);
	size_t i;

	for (i = 0; kind != NULL && i < COUNT(ends); i++) {
		if (!ends_with(s, ends[i]))
			continue;
		kl_buf_puts(b, kind);
		if (other != NULL)
			kl_buf_printf(b, " and %s", other);
		kl_buf_printf(b, " %s", ends[i]);
		return true;
	}
	return false;
}

/* True if the expression has a string that is the message: error("no plan"). */
static bool
is_own(struct kl_span message, struct kl_span expr)
{
	size_t i;

	for (i = 1; message.n > 0 && i + message.n < expr.n; i++)
		if (expr.s[i - 1] == '"' && expr.s[i + message.n] == '"' &&
		    memcmp(expr.s + i, message.s, message.n) == 0)
			return true;
	return false;
}

/* True if it is about a text that should be JSON. */
static bool
is_parsing(struct kl_span s)
{
	static const char words[] = " (while parsing '";

	for (; s.n > 0; s.s++, s.n--)
		if (begins_with(s, words))
			return true;
	return false;
}

/* As jq begins it, but small: it stands behind a colon. */
static void
put_small(struct kl_buf *b, const char *text)
{
	if (text[0] >= 'A' && text[0] <= 'Z' && text[1] != ' ')
		kl_buf_putc(b, (char)(*text++ | 0x20));
	kl_buf_puts(b, text);
}

static bool
put_begun(struct kl_buf *b, struct kl_span s)
{
	const char *kind;
	size_t i, n;

	for (i = 0; i < COUNT(begins); i++) {
		n = strlen(begins[i].begin);
		if (!begins_with(s, begins[i].begin) ||
		    (kind = kind_at((struct kl_span){ s.s + n, s.n - n })) ==
			NULL)
			continue;
		put_small(b, begins[i].begin);
		kl_buf_printf(b, "%s%s", kind, begins[i].end);
		return true;
	}
	for (i = 0; i < COUNT(others); i++)
		if (begins_with(s, others[i].begin)) {
			kl_buf_puts(b, others[i].say);
			return true;
		}
	return false;
}

bool
jq_explain(struct kl_buf *b, struct kl_span message, struct kl_span expr)
{
	size_t i;

	for (i = 0; i < COUNT(plain); i++)
		if (kl_span_is(message, plain[i])) {
			put_small(b, plain[i]);
			return true;
		}
	if (is_own(message, expr)) {
		kl_buf_span(b, message);
		return true;
	}
	if (is_parsing(message))
		kl_buf_puts(b, "a text is no number, or not JSON");
	else if (!put_begun(b, message) && !put_ended(b, message))
		kl_buf_puts(b, "the expression fails");
	return false;
}
