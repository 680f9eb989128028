/* SPDX-License-Identifier: MIT */
/* convert-table.c - the table of convert functions. */

#include <string.h>

#include "convert-priv.h"
#include "kl/near.h"

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

const struct kl_function *
kl_function_at(size_t i)
{
	return i < FUNCTIONS ? &table[i].is : NULL;
}

const struct function *
convert_function(struct kl_span name)
{
	size_t i;

	for (i = 0; i < FUNCTIONS; i++)
		if (kl_span_is(name, table[i].is.name))
			return &table[i];
	return NULL;
}

enum kl_rc
convert_unknown(struct kl_span name, struct kl_err *err)
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
