/* SPDX-License-Identifier: MIT */
/* convert-parse.c - text into a conversion: "trim|date:%d.%m.%Y". */

#include <stdlib.h>
#include <string.h>

#include "convert-priv.h"

/* --- parts ---------------------------------------------------------------- */

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

/* --- arguments ------------------------------------------------------------ */

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

/* --- functions ------------------------------------------------------------ */

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
	if ((s->f = convert_function(name)) == NULL)
		return convert_unknown(name, err);
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
		const struct function *f =
		    convert_function(without_blanks(name));

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
		if (v->n == CONVERT_STEPS)
			rc = kl_err_set(err, KL_ECONFIG,
			    "over %d convert functions in one conversion",
			    CONVERT_STEPS);
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
