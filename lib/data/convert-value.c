/* SPDX-License-Identifier: MIT */
/*
 * convert-value.c - the functions that make another kind of value of text:
 * numbers, truth, JSON; and text of them again.
 */

#include <stdlib.h>
#include <string.h>

#include "letters.h"
#include "number.h"
#include "step.h"

/* --- numbers -------------------------------------------------------------- */

/* The decimal point, and what may part groups of three digits. */
enum kl_rc
step_number_setup(struct step *s, struct kl_converter *c, struct kl_err *err)
{
	struct kl_span a = s->arg[0];

	(void)c;
	if (s->args == 0 ||
	    ((a.n == 1 ||
		 (a.n == 2 && a.s[0] != a.s[1] &&
		     strchr(",.' _", a.s[1]) != NULL)) &&
		(a.s[0] == ',' || a.s[0] == '.')))
		return KL_OK;
	(void)kl_err_set(err, KL_ECONFIG,
	    "convert function number: its argument is the decimal point, then "
	    "what parts thousands");
	kl_err_hint(err,
	    "number:, reads 1234,50, number:,. reads 1.234,50 and "
	    "number:., reads 1,234.50");
	return KL_ECONFIG;
}

/*
 * Write the number as JSON has it.  False if groups are not of three digits,
 * or the point stands before them; what else may be wrong is seen after.
 */
static bool
plain_number(struct kl_span s, char point, char group, struct kl_buf *b)
{
	size_t i, run = 0; /* digits since the start or the last group */
	bool grouped = false, whole = true;

	for (i = 0; i < s.n; i++) {
		if (group != '\0' && s.s[i] == group) {
			if (!whole || run == 0 || run > 3 ||
			    (grouped && run != 3))
				return false;
			grouped = true;
			run = 0;
		} else if (s.s[i] == point) {
			if (grouped && run != 3)
				return false;
			whole = false;
			kl_buf_putc(b, '.');
		} else if (s.s[i] == '.') {
			return false;
		} else {
			run += whole && s.s[i] != '-';
			kl_buf_putc(b, s.s[i]);
		}
	}
	return !grouped || !whole || run == 3;
}

enum kl_rc
step_number(const struct step *s, struct kl_converter *c, struct kl_value *v,
    struct kl_err *err)
{
	enum kl_rc rc;
	struct kl_span a = s->arg[0];
	struct kl_buf *b;

	if (v->type == KL_JSON_NUMBER)
		return KL_OK;
	if ((rc = step_text(s, c, v, err)) != KL_OK)
		return rc;
	if (s->args > 0) {
		b = step_buf(c);
		if (!plain_number(v->s, a.s[0], a.n > 1 ? a.s[1] : '\0', b))
			return step_refuse(s, err, "not a number",
			    "point and thousands are not where the convert "
			    "function has them");
		if ((rc = step_took(v, b, KL_RAW, err)) != KL_OK)
			return rc;
	}
	if (!number_is(v->s))
		return step_refuse(s, err, "not a number",
		    "digits and a decimal point only; number:, reads a "
		    "decimal comma, trim takes blanks away");
	v->type = KL_JSON_NUMBER;
	v->form = KL_RAW;
	return KL_OK;
}

/* A number as text, with the decimal point of the argument. */
enum kl_rc
step_number_back(const struct step *s, struct kl_converter *c,
    struct kl_value *v, struct kl_err *err)
{
	struct kl_buf *b;
	size_t i;

	if (v->type != KL_JSON_NUMBER)
		return KL_OK;
	v->type = KL_JSON_STRING;
	v->form = KL_CLEAN;
	if (s->args == 0 || s->arg[0].s[0] == '.')
		return KL_OK;
	b = step_buf(c);
	for (i = 0; i < v->s.n; i++)
		kl_buf_putc(b, v->s.s[i] == '.' ? s->arg[0].s[0] : v->s.s[i]);
	return step_took(v, b, KL_CLEAN, err);
}

/* 12 and "12" are whole, and so is 12.0, as many programs write it. */
enum kl_rc
step_integer(const struct step *s, struct kl_converter *c, struct kl_value *v,
    struct kl_err *err)
{
	enum kl_rc rc;
	size_t n, i;

	if ((rc = step_text(s, c, v, err)) != KL_OK)
		return rc;
	n = i = number_integer(v->s);
	if (n > 0 && i + 1 < v->s.n && v->s.s[i] == '.')
		for (i++; i < v->s.n && v->s.s[i] == '0'; i++)
			;
	if (n == 0 || i != v->s.n)
		return step_refuse(s, err, "not a whole number",
		    "digits only, without a leading 0");
	v->s.n = n;
	v->type = KL_JSON_NUMBER;
	v->form = KL_RAW;
	return KL_OK;
}

/* --- truth ---------------------------------------------------------------- */

static const struct {
	const char *word;
	bool truth;
} words[] = {
	{ "true", true },
	{ "false", false },
	{ "yes", true },
	{ "no", false },
	{ "1", true },
	{ "0", false },
	{ "y", true },
	{ "n", false },
	{ "on", true },
	{ "off", false },
	{ "t", true },
	{ "f", false },
};

static bool
is_word(struct kl_span s, const char *word)
{
	size_t i;

	if (s.n != strlen(word))
		return false;
	for (i = 0; i < s.n; i++)
		if (s.s[i] != word[i] &&
		    (word[i] < 'a' || (s.s[i] | 0x20) != word[i]))
			return false;
	return true;
}

enum kl_rc
step_bool(const struct step *s, struct kl_converter *c, struct kl_value *v,
    struct kl_err *err)
{
	enum kl_rc rc;
	size_t i;

	if (v->type == KL_JSON_TRUE || v->type == KL_JSON_FALSE)
		return KL_OK;
	if ((rc = step_text(s, c, v, err)) != KL_OK)
		return rc;
	for (i = 0; i < sizeof(words) / sizeof(*words); i++) {
		if (!is_word(v->s, words[i].word))
			continue;
		*v = words[i].truth ? (struct kl_value){ .s = KL_SPAN("true"),
			.type = KL_JSON_TRUE }
				    : (struct kl_value){ .s = KL_SPAN("false"),
					      .type = KL_JSON_FALSE };
		return KL_OK;
	}
	return step_refuse(s, err, "neither yes nor no",
	    "one of true false yes no y n on off t f 1 0; other words can be "
	    "replaced first");
}

/* What is no string becomes one, spelt as it was. */
enum kl_rc
step_as_text(const struct step *s, struct kl_converter *c, struct kl_value *v,
    struct kl_err *err)
{
	enum kl_rc rc = step_text(s, c, v, err);

	if (rc == KL_OK && v->type != KL_JSON_STRING) {
		v->type = KL_JSON_STRING;
		v->form = KL_CLEAN;
	}
	return rc;
}

/* --- JSON ----------------------------------------------------------------- */

/* A newline within JSON is white space, but would end the record. */
static void
put_on_one_line(struct kl_buf *b, struct kl_span s)
{
	size_t i;

	kl_buf_span(b, s);
	for (i = 0; b->rc == KL_OK && i < b->n; i++)
		if (b->s[i] == '\n' || b->s[i] == '\r')
			b->s[i] = ' ';
}

enum kl_rc
step_json(const struct step *s, struct kl_converter *c, struct kl_value *v,
    struct kl_err *err)
{
	struct kl_err why = { 0 };
	struct kl_buf *b;
	enum kl_json_type type;
	enum kl_rc rc;

	if (v->type != KL_JSON_STRING)
		return KL_OK;
	if ((rc = step_text(s, c, v, err)) != KL_OK)
		return rc;
	rc = kl_json_scan(&c->doc, v->s.s, v->s.n, &why);
	if (rc != KL_OK && rc != KL_EDATA && rc != KL_ETOOBIG) {
		if (err != NULL)
			*err = why;
		return rc;
	}
	if (rc != KL_OK)
		return step_refuse(s, err, "the text is not JSON",
		    "it must be a whole JSON value");
	type = kl_json_type(&c->doc, 0);
	b = step_buf(c);
	put_on_one_line(b, v->s);
	rc = step_took(v, b, KL_RAW, err);
	v->type = (uint8_t)type;
	/* Without the white space around it; the escapes stay. */
	v->s = kl_json_raw(&c->doc, 0);
	v->s.s = b->s + (v->s.s - c->doc.s);
	v->esc = c->doc.node[0].esc;
	return rc;
}

enum kl_rc
step_json_back(const struct step *s, struct kl_converter *c, struct kl_value *v,
    struct kl_err *err)
{
	struct kl_buf *b = step_buf(c);

	(void)s;
	kl_value_put(b, v);
	return step_took(v, b, KL_TEXT, err);
}
