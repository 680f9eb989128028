/* SPDX-License-Identifier: MIT */
/* fault.c - why a text is refused, in words that hold none of it. */

#include "scan.h"

/* What should have been there, for the faults that say what was found. */
struct row {
	enum kl_rc rc;
	const char *code;
	const char *msg; /* NULL: what was found "where" wanted "should be" */
	const char *wanted;
	const char *hint;
};

static const struct row rows[] = {
	[FAULT_NONE] = { KL_EBUG, "", "no fault", NULL, NULL },
	[FAULT_VALUE] = { KL_EDATA, "json_syntax", NULL, "a value", NULL },
	[FAULT_NAME] = { KL_EDATA, "json_syntax", NULL, "a member name",
	    "names stand in double quotes" },
	[FAULT_COLON] = { KL_EDATA, "json_syntax", NULL, "a colon",
	    "a colon goes between a member's name and its value" },
	[FAULT_OBJECT] = { KL_EDATA, "json_syntax", NULL,
	    "a comma or closing brace", NULL },
	[FAULT_ARRAY] = { KL_EDATA, "json_syntax", NULL,
	    "a comma or closing bracket", NULL },
	[FAULT_AFTER] = { KL_EDATA, "json_syntax", NULL, "the end",
	    "a line holds one value and nothing after it" },
	[FAULT_DIGIT] = { KL_EDATA, "json_syntax", NULL, "a digit",
	    "a number has digits before and after its point, and after its "
	    "exponent sign" },
	[FAULT_ZERO] = { KL_EDATA, "json_syntax", "number with a leading zero",
	    NULL, "write it without the zero, or as text in quotes" },
	[FAULT_WORD] = { KL_EDATA, "json_syntax",
	    "a word that is not true, false or null", NULL,
	    "text stands in double quotes; NaN and undefined are not JSON" },
	[FAULT_CONTROL] = { KL_EDATA, "json_syntax",
	    "control character in a string", NULL,
	    "write a line break as \\n, a tab as \\t, others as \\u00XX" },
	[FAULT_ESCAPE] = { KL_EDATA, "json_syntax",
	    "backslash before a character that cannot be escaped", NULL,
	    "a backslash itself is written twice" },
	[FAULT_HEX] = { KL_EDATA, "json_syntax",
	    "\\u without four hexadecimal digits", NULL, NULL },
	[FAULT_SURROGATE] = { KL_EDATA, "json_syntax", "half a surrogate pair",
	    NULL, "the program that wrote this cut a character in two" },
	[FAULT_OPEN] = { KL_EDATA, "json_syntax", "string without its end",
	    NULL, "the text was cut short, or a quote is missing" },
	[FAULT_UTF8] = { KL_EDATA, "json_utf8", "not UTF-8", NULL,
	    "convert the file first, for example: iconv -f WINDOWS-1252 -t "
	    "UTF-8" },
	[FAULT_TWICE] = { KL_EDATA, "json_duplicate", "member named twice",
	    NULL, "programs disagree on which of the two counts; keep one" },
	[FAULT_DEPTH] = { KL_ETOOBIG, "json_depth", NULL, NULL, NULL },
	[FAULT_NODES] = { KL_ETOOBIG, "json_nodes", NULL, NULL, NULL },
	[FAULT_BYTES] = { KL_ETOOBIG, "json_bytes", NULL, NULL, NULL },
	[FAULT_MEMORY] = { KL_ENOMEM, "", NULL, NULL, NULL },
};

/* True if only white space is left at offset at. */
static bool
at_end(const struct kl_json *doc, size_t at)
{
	while (at < doc->n && strchr(" \t\r\n", doc->s[at]) != NULL &&
	    doc->s[at] != '\0')
		at++;
	return at >= doc->n;
}

/* The kind of thing at s[at]; a character of its own only if it is
 * punctuation of JSON. */
static const char *
found(const struct kl_json *doc, size_t at)
{
	static const struct {
		char c;
		const char *what;
	} marks[] = {
		{ ',', "a comma" },
		{ ':', "a colon" },
		{ '{', "an opening brace" },
		{ '}', "a closing brace" },
		{ '[', "an opening bracket" },
		{ ']', "a closing bracket" },
		{ '"', "a string" },
		{ '\'', "a single quote" },
		{ '\0', "a NUL byte" },
		{ '\n', "a line break" },
		{ '\r', "a line break" },
		{ ' ', "a space" },
	};
	unsigned char c;

	if (at_end(doc, at))
		return "the end";
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (doc->s[at] == marks[i].c)
			return marks[i].what;
	c = (unsigned char)doc->s[at];
	if (c >= '0' && c <= '9')
		return "a digit";
	if ((c | 32) >= 'a' && (c | 32) <= 'z')
		return "a letter";
	if (c < ' ' || c == 0x7f)
		return "a control character";
	return c < 0x80 ? "a sign" : "a character that is not ASCII";
}

/* Advice that depends on what was found. */
static const char *
advice(const struct kl_json *doc, const struct json_fault *f)
{
	char c = f->at < doc->n ? doc->s[f->at] : '\0';

	if (at_end(doc, f->at))
		return "the text was cut short";
	if (f->at == 0 && doc->n >= 3 && memcmp(doc->s, "\xef\xbb\xbf", 3) == 0)
		return "remove the byte order mark it begins with";
	if (c == '\'')
		return "text stands in double quotes";
	if ((f->kind == FAULT_NAME && c == '}') ||
	    (f->kind == FAULT_VALUE && c == ']'))
		return "no comma goes after the last one";
	if (f->kind == FAULT_VALUE && ((c | 32) >= 'a' && (c | 32) <= 'z'))
		return rows[FAULT_WORD].hint;
	if (f->kind == FAULT_VALUE && (c == '+' || c == '.'))
		return "a number begins with a digit or a minus";
	return rows[f->kind].hint;
}

static enum kl_rc
explain_limit(const struct kl_json *doc, const struct json_fault *f,
    struct kl_err *err)
{
	enum kl_rc rc = rows[f->kind].rc;

	if (f->kind == FAULT_DEPTH)
		rc = kl_err_set(err, rc,
		    "byte %zu: arrays and objects nested deeper than %u",
		    f->at + 1, (unsigned)doc->max_depth);
	else if (f->kind == FAULT_NODES)
		rc = kl_err_set(err, rc,
		    "byte %zu: more than %u values and names", f->at + 1,
		    (unsigned)doc->max_nodes);
	else
		rc = kl_err_set(err, rc, "more than %u bytes of JSON",
		    KL_JSON_BYTES);
	kl_err_code(err, rows[f->kind].code);
	return rc;
}

enum kl_rc
kl_json_explain(const struct kl_json *doc, const struct json_fault *f,
    struct kl_err *err)
{
	const struct row *row = &rows[f->kind];
	const char *hint = row->hint;
	enum kl_rc rc;

	if (row->rc == KL_ENOMEM)
		return kl_err_nomem(err);
	if (row->rc == KL_ETOOBIG)
		return explain_limit(doc, f, err);
	if (row->msg != NULL) {
		rc = kl_err_set(err, row->rc, "byte %zu: %s", f->at + 1,
		    row->msg);
	} else {
		rc = kl_err_set(err, row->rc, "byte %zu: %s where %s should be",
		    f->at + 1, found(doc, f->at), row->wanted);
		hint = advice(doc, f);
	}
	kl_err_code(err, row->code);
	if (hint != NULL)
		kl_err_hint(err, "%s", hint);
	return rc;
}
