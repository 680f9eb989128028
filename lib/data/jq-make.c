/* SPDX-License-Identifier: MIT */
/*
 * jq-make.c - make an expression: load libjq, and fence in what it can reach.
 *
 * The expression stands in the scope of definitions that take the place of
 * those it must not use.  They refer to functions that do not exist, so that
 * jq itself tells whether one is used, which no search of the text could: .env
 * and {"input": 1} are names of members.  Behind them there is no import and no
 * include.
 */

#include <stdlib.h>
#include <string.h>

#include "jq-priv.h"
#include "plugin.h"

#define EXPR_MAX ((size_t)1 << 20)
#define NOT_THERE "kl__"

/* Functions that are not for expressions, and what they take. */
static const struct {
	const char *name, *args;
} forbidden[] = {
	{ "env", "" },
	{ "halt", "" },
	{ "halt_error", "" },
	{ "halt_error", "(f)" },
	{ "input", "" },
	{ "inputs", "" },
	{ "_input", "" },
	{ "debug", "" },
	{ "debug", "(f)" },
	{ "stderr", "" },
	{ "input_filename", "" },
	{ "input_line_number", "" },
	{ "modulemeta", "" },
	{ "get_search_list", "" },
	{ "get_prog_origin", "" },
	{ "get_jq_origin", "" },
};

static enum kl_rc
forbid(struct kl_err *err, const char *name, size_t n)
{
	(void)kl_err_set(err, KL_ECONFIG,
	    "jq: %.*s is not there for expressions", (int)n, name);
	kl_err_code(err, "jq_forbidden");
	kl_err_hint(err,
	    "an expression sees its record, no environment, no file, no other "
	    "record");
	return KL_ECONFIG;
}

/* The expression with its fence, all on its first line, so that jq's numbers
 * of lines hold. */
static void
put_program(struct kl_buf *b, struct kl_span expr)
{
	size_t i;

	for (i = 0; i < sizeof(forbidden) / sizeof(*forbidden); i++)
		kl_buf_printf(b, "def %s%s: " NOT_THERE "%s; ",
		    forbidden[i].name, forbidden[i].args, forbidden[i].name);
	kl_buf_puts(b, "{} as $ENV | ");
	kl_buf_span(b, expr);
}

static void
hear(void *ctx, const char *s, size_t n)
{
	struct kl_buf *b = ctx;

	if (b->n == 0) /* the first message; what follows counts them */
		kl_buf_put(b, s, n);
}

/* What jq says of a program that it cannot compile: its first line, without
 * the part about shells. */
static enum kl_rc
bad_syntax(struct kl_buf *said, struct kl_err *err)
{
	static const char jq[] = "jq: ", error[] = "error: ";
	char *s = (char *)(size_t)kl_buf_str(said), *end;

	if ((end = strstr(s, " (Unix shell")) != NULL ||
	    (end = strstr(s, ":\n")) != NULL || (end = strchr(s, '\n')) != NULL)
		*end = '\0';
	if (strncmp(s, jq, strlen(jq)) == 0)
		s += strlen(jq);
	if (strncmp(s, error, strlen(error)) == 0)
		s += strlen(error);
	if (strncmp(s, NOT_THERE, strlen(NOT_THERE)) == 0) {
		s += strlen(NOT_THERE);
		return forbid(err, s, strcspn(s, "/"));
	}
	(void)kl_err_set(err, KL_ECONFIG, "jq: %s",
	    *s != '\0' ? s : "the expression cannot be compiled");
	kl_err_code(err, "jq_syntax");
	return KL_ECONFIG;
}

/* Newer versions read definitions out of ~/.jq, whatever they are asked. */
static enum kl_rc
compile(struct kl_jq *q, const char *program, struct kl_err *err)
{
	struct jq_text text = { hear, &q->said };
	const char *home = getenv("HOME");
	char *kept = home == NULL ? NULL : strdup(home);

	if ((home != NULL && kept == NULL) ||
	    setenv("HOME", "/dev/null", 1) != 0) {
		free(kept);
		return kl_err_nomem(err);
	}
	q->program = q->jq->compile(program, &text);
	if (kept != NULL)
		(void)setenv("HOME", kept, 1);
	else
		(void)unsetenv("HOME");
	free(kept);
	if (q->program == NULL)
		return q->said.rc != KL_OK ? kl_buf_check(&q->said, err)
					   : bad_syntax(&q->said, err);
	kl_buf_reset(&q->said);
	return KL_OK;
}

static enum kl_rc
open_plugin(struct kl_jq *q, const char *path, struct kl_err *err)
{
	const void *table;
	enum kl_rc rc;

	rc = plugin_open(&table, "kl-jq.so", path, JQ_PLUGIN_SYMBOL, err);
	if (rc == KL_OK) {
		q->jq = table;
		return KL_OK;
	}
	kl_err_code(err, "jq_plugin");
	kl_err_hint(err,
	    "jq expressions need the plug-in kl-jq.so; the other convert "
	    "functions do not");
	return rc;
}

static enum kl_rc
make(struct kl_jq *q, const char *plugin, struct kl_span expr,
    struct kl_err *err)
{
	struct kl_buf program = { 0 };
	enum kl_rc rc;

	if ((rc = open_plugin(q, plugin, err)) != KL_OK)
		return rc;
	kl_buf_span(&q->expr, expr);
	put_program(&program, expr);
	if ((rc = kl_buf_check(&q->expr, err)) == KL_OK &&
	    (rc = kl_buf_check(&program, err)) == KL_OK)
		rc = compile(q, kl_buf_str(&program), err);
	kl_buf_free(&program);
	return rc;
}

/* What $ENV there is holds nothing; better to say so. */
static bool
names_env(struct kl_span s)
{
	static const char name[] = "$ENV";
	size_t n = strlen(name);

	for (; s.n >= n; s.s++, s.n--)
		if (memcmp(s.s, name, n) == 0)
			return true;
	return false;
}

enum kl_rc
kl_jq_new(struct kl_jq **to, const char *plugin, struct kl_span expr,
    struct kl_err *err)
{
	struct kl_jq *q;
	enum kl_rc rc;

	if (expr.n > EXPR_MAX)
		return kl_err_set(err, KL_ECONFIG,
		    "a jq expression of over %zu bytes", EXPR_MAX);
	if (memchr(expr.s, '\0', expr.n) != NULL)
		return kl_err_set(err, KL_ECONFIG,
		    "a jq expression with a NUL character");
	if (names_env(expr))
		return forbid(err, "$ENV", 4);
	if ((q = calloc(1, sizeof(*q))) == NULL)
		return kl_err_nomem(err);
	q->rc = KL_EOF;
	if ((rc = make(q, plugin, expr, err)) == KL_OK)
		*to = q;
	else
		kl_jq_free(q);
	return rc;
}

void
kl_jq_free(struct kl_jq *q)
{
	if (q == NULL)
		return;
	if (q->program != NULL)
		q->jq->free(q->program);
	kl_buf_free(&q->expr);
	kl_buf_free(&q->said);
	kl_json_free(&q->doc);
	free(q);
}
