/* SPDX-License-Identifier: MIT */
/*
 * convert.c - the table of convert functions, and conversions made of them.
 */

#include <stdlib.h>
#include <string.h>

#include "kl/near.h"
#include "kl/phone.h"
#include "step.h"

#define MAX_STEPS 16 /* functions of one conversion */

static const struct function table[] = {
	{ { "trim", NULL, false, NULL, KL_INVERSE_COPY,
	      "white space at both ends taken away" },
	    0, false, false, NULL, step_trim, NULL },
	{ { "lower", NULL, false, NULL, KL_INVERSE_COPY, "small letters" }, 0,
	    false, false, NULL, step_lower, NULL },
	{ { "upper", NULL, false, NULL, KL_INVERSE_COPY, "capital letters" }, 0,
	    false, false, NULL, step_upper, NULL },
	{ { "title", NULL, false, NULL, KL_INVERSE_COPY,
	      "each word with a capital, the rest small" },
	    0, false, false, NULL, step_title, NULL },
	{ { "phone", "REGION|@FIELD", false, "phone_invalid", KL_INVERSE_COPY,
	      "E.164; national numbers of a region, or of a field's country" },
	    1, false, false, step_phone_setup, step_phone, NULL },
	{ { "date", "FORMAT[@ZONE]", false, "date_invalid", KL_INVERSE_BACK,
	      "RFC 3339, of %d.%m.%Y and the like, epoch or epoch_ms" },
	    1, false, false, step_date_setup, step_date, step_date_back },
	{ { "number", "POINT[GROUP]", false, "number_invalid", KL_INVERSE_BACK,
	      "a number; number:,. reads 1.234,50" },
	    1, false, false, step_number_setup, step_number, step_number_back },
	{ { "integer", NULL, false, "integer_invalid", KL_INVERSE_BACK,
	      "a whole number" },
	    0, false, false, NULL, step_integer, step_number_back },
	{ { "bool", NULL, false, "bool_invalid", KL_INVERSE_COPY,
	      "true or false, of yes no y n on off 1 0 t f true false" },
	    0, false, false, NULL, step_bool, NULL },
	{ { "text", NULL, false, NULL, KL_INVERSE_COPY,
	      "a number, true or false as text" },
	    0, false, false, NULL, step_as_text, NULL },
	{ { "json", NULL, false, "json_invalid", KL_INVERSE_BACK,
	      "text that is JSON, as the value it is" },
	    0, false, false, NULL, step_json, step_json_back },
	{ { "split", "SEPARATOR", true, NULL, KL_INVERSE_BACK,
	      "an array of the parts" },
	    1, false, false, step_need_text, step_split, step_join },
	{ { "join", "SEPARATOR", true, "join_invalid", KL_INVERSE_BACK,
	      "the elements of an array as one text" },
	    1, false, false, step_need_text, step_join, step_split },
	{ { "replace", "OLD:NEW", true, NULL, KL_INVERSE_NONE,
	      "every OLD by NEW" },
	    2, false, false, step_need_text, step_replace, NULL },
	{ { "default", "TEXT", true, NULL, KL_INVERSE_COPY,
	      "TEXT where the value is missing" },
	    1, true, false, NULL, step_default, NULL },
	{ { "const", "TEXT", true, NULL, KL_INVERSE_NONE, "always TEXT" }, 1,
	    true, false, NULL, step_const, NULL },
	{ { "null_if", "TEXT", true, NULL, KL_INVERSE_NONE,
	      "missing if it is TEXT" },
	    1, false, false, NULL, step_null_if, NULL },
	{ { "jq", "EXPRESSION", true, "jq_failed", KL_INVERSE_NONE,
	      "what a jq expression makes of it; takes all that follows" },
	    1, false, true, step_jq_setup, step_jq, NULL },
};

#define FUNCTIONS (sizeof(table) / sizeof(*table))

struct kl_convert {
	size_t n;
	struct step step[MAX_STEPS];
	char *args; /* the text of all arguments */
	size_t used;
};

const struct kl_function *
kl_function_at(size_t i)
{
	return i < FUNCTIONS ? &table[i].is : NULL;
}

/* --- making ----------------------------------------------------------------
 */

/* The end of the part that s begins with: an unescaped c, or the end. */
static size_t
part_end(struct kl_span s, char c)
{
	size_t i;

	for (i = 0; i < s.n && s.s[i] != c; i++)
		if (s.s[i] == '\\' && i + 1 < s.n)
			i++;
	return i < s.n ? i : s.n;
}

/* Cut the first part off *s; false if nothing is left. */
static bool
next_part(struct kl_span *s, char c, struct kl_span *part)
{
	size_t end;

	if (s->s == NULL)
		return false;
	end = part_end(*s, c);
	*part = (struct kl_span){ s->s, end };
	if (end == s->n)
		*s = (struct kl_span){ NULL, 0 };
	else
		*s = (struct kl_span){ s->s + end + 1, s->n - end - 1 };
	return true;
}

static enum kl_rc
unknown(struct kl_span name, struct kl_err *err)
{
	const char *names[FUNCTIONS + 1], *near;
	char all[240];
	size_t i, n = 0, k;

	for (i = 0; i < FUNCTIONS; i++)
		names[i] = table[i].is.name;
	names[i] = NULL;
	(void)kl_err_set(err, KL_ECONFIG, "unknown convert function \"%.*s\"",
	    (int)(name.n < 64 ? name.n : 64), name.s);
	kl_err_code(err, "function_unknown");
	if ((near = kl_near(names, name.s, name.n)) != NULL) {
		kl_err_hint(err, "did you mean \"%s\"?", near);
		return KL_ECONFIG;
	}
	for (i = 0; i < FUNCTIONS; i++) {
		k = strlen(names[i]);
		if (n + k + 2 > sizeof(all))
			break;
		memcpy(all + n, names[i], k);
		n += k;
		all[n++] = ' ';
	}
	all[n - 1] = '\0';
	kl_err_hint(err, "there are: %s", all);
	return KL_ECONFIG;
}

static enum kl_rc
bad_use(const struct function *f, const char *what, struct kl_err *err)
{
	(void)kl_err_set(err, KL_ECONFIG, "convert function %s: %s", f->is.name,
	    what);
	kl_err_code(err, "function_misused");
	if (f->is.arg != NULL)
		kl_err_hint(err, "it is written %s:%s", f->is.name, f->is.arg);
	return KL_ECONFIG;
}

/* Keep an argument as it is written. */
static void
add_text(struct kl_convert *v, struct step *s, struct kl_span text)
{
	char *p = v->args + v->used;

	memcpy(p, text.s, text.n);
	s->arg[s->args++] = (struct kl_span){ p, text.n };
	v->used += text.n;
}

/* Keep an argument, its escapes undone. */
static enum kl_rc
add_arg(struct kl_convert *v, struct step *s, struct kl_span text,
    struct kl_err *err)
{
	static const char from[] = "|:\\tn", to[] = "|:\\\t\n";
	char *p = v->args + v->used;
	const char *esc;
	size_t i, n = 0;

	for (i = 0; i < text.n; i++) {
		if (text.s[i] != '\\') {
			p[n++] = text.s[i];
			continue;
		}
		if (++i == text.n || text.s[i] == '\0' ||
		    (esc = strchr(from, text.s[i])) == NULL)
			return bad_use(s->f,
			    "only \\| \\: \\\\ \\t \\n are escapes", err);
		p[n++] = to[esc - from];
	}
	s->arg[s->args++] = (struct kl_span){ p, n };
	v->used += n;
	return KL_OK;
}

static const struct function *
function_of(struct kl_span name)
{
	size_t i;

	for (i = 0; i < FUNCTIONS; i++)
		if (kl_span_is(name, table[i].is.name))
			return &table[i];
	return NULL;
}

static struct kl_span
without_blanks(struct kl_span s)
{
	while (s.n > 0 && *s.s == ' ') {
		s.s++;
		s.n--;
	}
	while (s.n > 0 && s.s[s.n - 1] == ' ')
		s.n--;
	return s;
}

/* "name:argument" as a step. */
static enum kl_rc
add_step(struct kl_convert *v, struct kl_converter *c, struct kl_span text,
    struct kl_err *err)
{
	struct step *s = &v->step[v->n];
	struct kl_span name, arg;
	enum kl_rc rc;

	if (!next_part(&text, ':', &name))
		return KL_EBUG;
	name = without_blanks(name);
	if ((s->f = function_of(name)) == NULL)
		return unknown(name, err);
	if (text.s != NULL && s->f->is.arg == NULL)
		return bad_use(s->f, "takes no argument", err);
	if (text.s == NULL && s->f->is.arg_needed)
		return bad_use(s->f, "needs an argument", err);
	if (s->f->last && text.s != NULL) {
		add_text(v, s, text);
		text.s = NULL;
	}
	while (text.s != NULL && s->args < s->f->args) {
		if (s->args + 1U == s->f->args) {
			arg = text; /* the last takes the rest, colons too */
			text.s = NULL;
		} else {
			(void)next_part(&text, ':', &arg);
		}
		if ((rc = add_arg(v, s, arg, err)) != KL_OK)
			return rc;
	}
	if (s->args > 0 && s->args < s->f->args)
		return bad_use(s->f, "needs another argument", err);
	v->n++; /* from here on its parts are freed with it */
	return s->f->setup == NULL ? KL_OK : s->f->setup(s, c, err);
}

/* Cut off the next function, all of the rest if it takes that. */
static bool
next_function(struct kl_span *s, struct kl_span *part)
{
	struct kl_span all = *s, rest, name;

	if (!next_part(s, '|', part))
		return false;
	rest = *part;
	if (next_part(&rest, ':', &name) && rest.s != NULL) {
		const struct function *f = function_of(without_blanks(name));

		if (f != NULL && f->last) {
			*part = all;
			*s = (struct kl_span){ NULL, 0 };
		}
	}
	return true;
}

enum kl_rc
kl_convert_new(struct kl_convert **made, struct kl_converter *c,
    struct kl_span text, struct kl_err *err)
{
	struct kl_convert *v;
	struct kl_span part;
	enum kl_rc rc = KL_OK;

	*made = NULL;
	if (without_blanks(text).n == 0)
		return KL_OK;
	v = calloc(1, sizeof(*v));
	if (v == NULL || (v->args = malloc(text.n)) == NULL) {
		free(v);
		return kl_err_nomem(err);
	}
	while (rc == KL_OK && next_function(&text, &part)) {
		if (v->n == MAX_STEPS)
			rc = kl_err_set(err, KL_ECONFIG,
			    "over %d convert functions in one conversion",
			    MAX_STEPS);
		else
			rc = add_step(v, c, part, err);
	}
	if (rc != KL_OK) {
		kl_convert_free(v);
		return rc;
	}
	*made = v;
	return KL_OK;
}

void
kl_convert_free(struct kl_convert *v)
{
	size_t i;

	if (v == NULL)
		return;
	for (i = 0; i < v->n; i++) {
		free(v->step[i].format);
		kl_zone_free(v->step[i].zone);
		kl_jq_free(v->step[i].jq);
	}
	free(v->args);
	free(v);
}

void
kl_converter_free(struct kl_converter *c)
{
	size_t i;

	kl_phone_close(c->phone);
	c->phone = NULL;
	for (i = 0; i < sizeof(c->tmp) / sizeof(*c->tmp); i++)
		kl_buf_free(&c->tmp[i]);
	kl_json_free(&c->doc);
}

const char *
kl_convert_invert(struct kl_convert *v)
{
	struct step was[MAX_STEPS];
	size_t i, n = v->n;

	for (i = 0; i < n; i++)
		if (v->step[i].f->is.inverse == KL_INVERSE_NONE)
			return v->step[i].f->is.name;
	memcpy(was, v->step, sizeof(was));
	v->n = 0;
	for (i = n; i-- > 0;)
		if (was[i].f->is.inverse == KL_INVERSE_BACK) {
			v->step[v->n] = was[i];
			v->step[v->n++].back = true;
		}
	return NULL;
}

bool
kl_convert_lowers(const struct kl_convert *v, bool *trims)
{
	bool lowers = false;
	size_t i;

	*trims = false;
	for (i = 0; v != NULL && i < v->n; i++) {
		if (v->step[i].back ||
		    (v->step[i].f->run != step_lower &&
			v->step[i].f->run != step_trim))
			return false;
		lowers |= v->step[i].f->run == step_lower;
		*trims |= v->step[i].f->run == step_trim;
	}
	return lowers;
}

bool
kl_convert_assumes_utc(const struct kl_convert *v)
{
	size_t i;

	for (i = 0; v != NULL && i < v->n; i++)
		if (v->step[i].utc)
			return true;
	return false;
}

/* --- running ---------------------------------------------------------------
 */

void
kl_value_put(struct kl_buf *b, const struct kl_value *v)
{
	char *p;

	if (v->form == KL_RAW) {
		kl_buf_span(b, v->s);
	} else if (v->form == KL_TEXT) {
		kl_json_put_text(b, v->s.s, v->s.n);
	} else if (b->cap - b->n >= v->s.n + 2 || kl_buf_room(b, v->s.n + 2)) {
		p = b->s + b->n;
		*p++ = '"';
		if (v->s.n > 0)
			memcpy(p, v->s.s, v->s.n);
		p[v->s.n] = '"';
		b->n += v->s.n + 2;
	}
}

enum kl_rc
kl_convert_run(const struct kl_convert *conv, struct kl_converter *c,
    struct kl_value *v, struct kl_err *err)
{
	const struct step *s;
	enum kl_rc rc = KL_OK;
	size_t i;

	for (i = 0; conv != NULL && i < conv->n && rc == KL_OK; i++) {
		s = &conv->step[i];
		if (s->f->fills || !kl_value_missing(v))
			rc = (s->back ? s->f->back : s->f->run)(s, c, v, err);
	}
	return rc;
}

enum kl_rc
step_refuse(const struct step *s, struct kl_err *err, const char *what,
    const char *hint)
{
	(void)kl_err_set(err, KL_EDATA, "%s", what);
	kl_err_code(err, s->f->is.code != NULL ? s->f->is.code : "type_wrong");
	kl_err_hint(err, "%s", hint);
	return KL_EDATA;
}

enum kl_rc
step_text_of(const struct step *s, struct kl_converter *c, struct kl_value *v,
    struct kl_err *err)
{
	struct kl_json_node node = { .type = KL_JSON_STRING, .esc = 1 };
	struct kl_json doc = { .node = &node, .nodes = 1 };
	struct kl_buf *b;

	if (v->type == KL_JSON_ARRAY || v->type == KL_JSON_OBJECT) {
		(void)kl_err_set(err, KL_EDATA,
		    "convert function %s: %s is no text", s->f->is.name,
		    v->type == KL_JSON_ARRAY ? "an array" : "an object");
		kl_err_code(err, "type_wrong");
		kl_err_hint(err,
		    "name a member of it, as in address.city, or "
		    "convert with join first");
		return KL_EDATA;
	}
	if (v->type != KL_JSON_STRING)
		return KL_OK;
	b = step_buf(c);
	doc.s = v->s.s;
	doc.n = v->s.n;
	node.n = (uint32_t)v->s.n;
	(void)kl_json_text(&doc, 0, b);
	return step_took(v, b, KL_TEXT, err);
}

struct kl_buf *
step_buf(struct kl_converter *c)
{
	struct kl_buf *b = &c->tmp[c->turn ^= 1];

	kl_buf_reset(b);
	return b;
}

enum kl_rc
step_took(struct kl_value *v, const struct kl_buf *b, enum kl_form form,
    struct kl_err *err)
{
	v->s = (struct kl_span){ b->s, b->n };
	v->type = KL_JSON_STRING;
	v->form = (uint8_t)form;
	v->esc = false;
	return kl_buf_check(b, err);
}
