/* SPDX-License-Identifier: MIT */
/* opt.c - parse a command line and the environment by tables of rows. */

#include <stdlib.h>
#include <string.h>

#include "kl/near.h"
#include "kl/opt.h"
#include "opt-value.h"

#define TABLES 19
#define NAMES_MAX 128

/* Go through every row of up to TABLES tables, ended by NULL. */
#define EACH_ROW(r, t, tables)                                                 \
	for (size_t t = 0; t < TABLES && (tables)[t] != NULL; t++)             \
		for (const struct kl_opt *r = (tables)[t]; r->name != NULL; r++)

void
kl_opt_env_name(struct kl_buf *b, const char *program, const struct kl_opt *row)
{
	const char *p = row->env == KL_ENV_OWN ? program : "kl";

	if (row->env == KL_ENV_NONE)
		return;
	for (; *p != '\0'; p++)
		kl_buf_putc(b, *p == '-' ? '_' : (char)(*p & ~0x20));
	kl_buf_putc(b, '_');
	for (p = row->name; *p != '\0'; p++)
		kl_buf_putc(b,
		    *p >= 'a' && *p <= 'z' ? (char)(*p & ~0x20)
			: *p == '-'	   ? '_'
					   : *p);
}

/* Take the values that the environment holds. */
static enum kl_rc
from_environment(const char *program, const struct kl_opt *const *tables,
    struct kl_err *err)
{
	struct kl_buf name = { 0 };
	enum kl_rc rc = KL_OK;
	const char *v;
	bool on;

	EACH_ROW(r, t, tables)
	{
		if (r->env == KL_ENV_NONE || rc != KL_OK)
			continue;
		kl_buf_reset(&name);
		kl_opt_env_name(&name, program, r);
		if ((v = getenv(kl_buf_str(&name))) == NULL)
			continue;
		if (r->type == KL_OPT_FLAG || r->type == KL_OPT_COUNT) {
			if (!opt_flag(v, &on))
				rc = opt_bad(r, "not 1 or 0", err);
			else if (on)
				rc = opt_set(r, NULL, err);
		} else
			rc = opt_set(r, v, err);
		if (rc != KL_OK)
			kl_err_hint(err, "it comes from the environment: %s",
			    kl_buf_str(&name));
	}
	kl_buf_free(&name);
	return rc;
}

static const struct kl_opt *
find(const struct kl_opt *const *tables, char letter, struct kl_span name)
{
	EACH_ROW(r, t, tables)
	if (letter != 0 ? r->letter == letter : kl_span_is(name, r->name))
		return r;
	return NULL;
}

/* Whether name begins one or two of the names, which are found. */
static bool
begun(const char *const *names, struct kl_span name, const char *found[2])
{
	size_t n = 0;

	for (found[0] = found[1] = NULL; *names != NULL; names++)
		if (strncmp(*names, name.s, name.n) == 0 && n++ < 2)
			found[n - 1] = *names;
	return name.n > 1 && n > 0 && n <= 2;
}

static enum kl_rc
unknown(const struct kl_opt *const *tables, struct kl_span name,
    struct kl_err *err)
{
	const char *names[NAMES_MAX + 1], *near, *two[2];
	enum kl_rc rc;
	size_t n = 0;

	EACH_ROW(r, t, tables)
	if (n < NAMES_MAX)
		names[n++] = r->name;
	names[n] = NULL;
	rc = kl_err_set(err, KL_EUSAGE, "unknown option --%.*s",
	    (int)(name.n < 40 ? name.n : 40), name.s);
	if (begun(names, name, two))
		kl_err_hint(err, "did you mean --%s%s%s?", two[0],
		    two[1] == NULL ? "" : " or --",
		    two[1] == NULL ? "" : two[1]);
	else if ((near = kl_near(names, name.s, name.n)) != NULL)
		kl_err_hint(err, "did you mean --%s?", near);
	else
		kl_err_hint(err, "--help lists the options");
	return rc;
}

/* The words still to be read. */
struct words {
	int argc, i;
	char **argv;
};

static bool
takes_value(const struct kl_opt *r)
{
	return r->type != KL_OPT_FLAG && r->type != KL_OPT_COUNT &&
	    r->type != KL_OPT_HELP;
}

/* The value of r: v if there is one, else the next word. */
static enum kl_rc
take(const struct kl_opt *r, const char *v, struct words *w, struct kl_err *err)
{
	if (!takes_value(r)) {
		if (v != NULL)
			return kl_err_set(err, KL_EUSAGE, "--%s takes no value",
			    r->name);
		return opt_set(r, NULL, err);
	}
	if (v == NULL) {
		if (w->i + 1 >= w->argc)
			return kl_err_set(err, KL_EUSAGE,
			    "--%s needs a value: %s", r->name, r->arg);
		v = w->argv[++w->i];
	}
	return opt_set(r, v, err);
}

/* --name, --name=value. */
static enum kl_rc
long_option(const struct kl_opt *const *tables, struct words *w,
    struct kl_err *err)
{
	const char *arg = w->argv[w->i] + 2, *eq = strchr(arg, '=');
	struct kl_span name = { arg,
		eq != NULL ? (size_t)(eq - arg) : strlen(arg) };
	const struct kl_opt *r = find(tables, 0, name);

	if (r == NULL)
		return unknown(tables, name, err);
	return take(r, eq != NULL ? eq + 1 : NULL, w, err);
}

/* -v, -vq, -n5, -n 5. */
static enum kl_rc
short_options(const struct kl_opt *const *tables, struct words *w,
    struct kl_err *err)
{
	const char *p = w->argv[w->i] + 1;
	const struct kl_opt *r;
	enum kl_rc rc;

	for (; *p != '\0'; p++) {
		if ((r = find(tables, *p, (struct kl_span){ 0 })) == NULL) {
			rc = kl_err_set(err, KL_EUSAGE, "unknown option -%c",
			    *p > ' ' && *p < 127 ? *p : '?');
			kl_err_hint(err, "--help lists the options");
			return rc;
		}
		if (takes_value(r))
			return take(r, p[1] != '\0' ? p + 1 : NULL, w, err);
		if ((rc = take(r, NULL, w, err)) != KL_OK)
			return rc;
	}
	return KL_OK;
}

enum kl_rc
kl_opt_parse(const char *program, const struct kl_opt *const *tables, int argc,
    char **argv, int *operands, struct kl_err *err)
{
	struct words w = { argc, 1, argv };
	bool only_operands = false;
	enum kl_rc rc;
	char *arg;

	*operands = 0;
	if ((rc = from_environment(program, tables, err)) != KL_OK)
		return rc;
	for (; w.i < argc; w.i++) {
		arg = argv[w.i];
		if (only_operands || arg[0] != '-' || arg[1] == '\0')
			argv[++*operands] = arg;
		else if (strcmp(arg, "--") == 0)
			only_operands = true;
		else if (arg[1] == '-')
			rc = long_option(tables, &w, err);
		else
			rc = short_options(tables, &w, err);
		if (rc != KL_OK)
			return rc;
	}
	return KL_OK;
}

/* True if the row is one of those in rows. */
static bool
is_among(const struct kl_opt *r, const struct kl_opt *rows)
{
	while (rows->name != NULL && rows != r)
		rows++;
	return rows->name != NULL;
}

/* The option of the word w stands at that is among rows; w moves to the last
 * word it takes. */
static const struct kl_opt *
among_word(const struct kl_opt *const *tables, const struct kl_opt *rows,
    struct words *w)
{
	const char *p = w->argv[w->i] + 1, *eq = strchr(p, '=');
	const struct kl_opt *r, *found = NULL;
	bool is_long = *p == '-';

	do {
		if (is_long)
			r = find(tables, 0,
			    (struct kl_span){ p + 1,
				eq != NULL ? (size_t)(eq - p - 1)
					   : strlen(p + 1) });
		else
			r = find(tables, *p, (struct kl_span){ 0 });
		if (r != NULL && found == NULL && is_among(r, rows))
			found = r;
		if (r != NULL && takes_value(r)) {
			w->i += is_long ? eq == NULL : p[1] == '\0';
			break;
		}
	} while (!is_long && *++p != '\0');
	return found;
}

const struct kl_opt *
kl_opt_given(const struct kl_opt *const *tables, const struct kl_opt *rows,
    int argc, char **argv)
{
	struct words w = { argc, 1, argv };
	const struct kl_opt *r;
	const char *arg;

	for (; w.i < argc; w.i++) {
		arg = argv[w.i];
		if (strcmp(arg, "--") == 0)
			break;
		if (arg[0] == '-' && arg[1] != '\0' &&
		    (r = among_word(tables, rows, &w)) != NULL)
			return r;
	}
	return NULL;
}

void
kl_opt_help(struct kl_buf *b, const struct kl_opt *const *tables)
{
	size_t width = 0, n, i;

	EACH_ROW(r, t, tables)
	{
		n = strlen(r->name) + (r->arg ? strlen(r->arg) + 1 : 0);
		width = n > width ? n : width;
	}
	EACH_ROW(r, t, tables)
	{
		if (r->letter != 0)
			kl_buf_printf(b, "  -%c, --%s", r->letter, r->name);
		else
			kl_buf_printf(b, "      --%s", r->name);
		n = strlen(r->name);
		if (r->arg != NULL) {
			kl_buf_printf(b, " %s", r->arg);
			n += strlen(r->arg) + 1;
		}
		for (i = n; i < width + 2; i++)
			kl_buf_putc(b, ' ');
		kl_buf_printf(b, "%s\n", r->help);
	}
}
