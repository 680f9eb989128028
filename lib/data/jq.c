/* SPDX-License-Identifier: MIT */
/*
 * jq.c - libjq as a plug-in, and nothing else.
 *
 * This file alone is kl-jq.so: what an expression may do, and what is said of
 * its failures, is for those who load it.  libjq ends the process when memory
 * runs out.
 */

#include <jq.h>
#include <limits.h>

#include "jq-plugin.h"

extern const struct jq_plugin kl_jq_plugin_1;

static void
put_string(const struct jq_text *out, jv text)
{
	out->put(out->ctx, jv_string_value(text),
	    (size_t)jv_string_length_bytes(jv_copy(text)));
	jv_free(text);
}

/* What jq says while it compiles. */
static void
heard(void *ctx, jv message)
{
	put_string(ctx, jq_format_error(message));
}

/* Called for what is in no program that is compiled here. */
static void
unheard(void *ctx, jv message)
{
	(void)ctx;
	jv_free(message);
}

static void *
compile(const char *program, struct jq_text *out)
{
	jq_state *jq = jq_init();

	if (jq == NULL)
		return NULL;
	jq_set_error_cb(jq, heard, out);
	jq_set_debug_cb(jq, unheard, NULL);
	if (!jq_compile(jq, program)) {
		jq_teardown(&jq);
		return NULL;
	}
	jq_set_error_cb(jq, unheard, NULL);
	return jq;
}

static void
destroy(void *program)
{
	jq_state *jq = program;

	jq_teardown(&jq);
}

static int
start(void *program, const char *json, size_t n)
{
	jv v;

	if (n > INT_MAX)
		return 0;
	v = jv_parse_sized(json, (int)n);
	if (!jv_is_valid(v)) {
		jv_free(v);
		return 0;
	}
	jq_start(program, v, 0);
	return 1;
}

/* A message that is no string is as good as none. */
static void
put_message(const struct jq_text *out, jv invalid)
{
	jv message = jv_invalid_get_msg(invalid);

	if (jv_get_kind(message) == JV_KIND_STRING)
		put_string(out, message);
	else
		jv_free(message);
}

static enum jq_verdict
next(void *program, const struct jq_text *out)
{
	jv v = jq_next(program);

	if (jv_is_valid(v)) {
		put_string(out, jv_dump_string(v, 0));
		return JQ_RESULT;
	}
	if (jv_invalid_has_msg(jv_copy(v))) {
		put_message(out, v);
		return JQ_FAILED;
	}
	jv_free(v);
	return jq_halted(program) ? JQ_FAILED : JQ_END;
}

const struct jq_plugin kl_jq_plugin_1 = { compile, destroy, start, next };
