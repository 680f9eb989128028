/* SPDX-License-Identifier: MIT */
/* t_mapping_alike.c - the short ways of a mapping give what the long one does.
 */

#include "mapping.h"

/* More fields and members than the tables of places have room for. */
static void
many(void)
{
	struct kl_mapping_options opt = { .shape = KL_MAPPING_ROWS };
	struct kl_mapping *m = kl_mapping_new(&opt);
	struct kl_buf in = { 0 }, want = { 0 };
	char name[80], to[80];
	int i, round;

	kl_buf_putc(&in, '{');
	kl_buf_putc(&want, '{');
	for (i = 0; i < 600; i++) {
		(void)snprintf(name, sizeof(name), "%s%d",
		    i % 50 == 7 ? "a name of over fifty-eight bytes, to be "
				  "looked up each time, "
				: "f",
		    i);
		(void)snprintf(to, sizeof(to), "t%d", 599 - i);
		kl_buf_printf(&in, "%s\"%s\":%d", i > 0 ? "," : "", name, i);
		(void)add(m, &(struct row){ name, to, "" }, false, NULL);
		kl_buf_printf(&want, "%s\"%s\":%d", i > 0 ? "," : "", to, i);
	}
	kl_buf_putc(&in, '}');
	kl_buf_putc(&want, '}');
	(void)kl_mapping_ready(m, NULL);
	for (round = 0; round < 2; round++)
		is(run(m, kl_buf_str(&in)), kl_buf_str(&want),
		    "600 members, each mapped");
	kl_mapping_free(m);
	kl_buf_free(&in);
	kl_buf_free(&want);
}

/* Addresses are made small on a short way of their own where they are plain;
 * the answer is that of the function alone. */
static void
small_letters(void)
{
	static const struct row fast[] = { { "E", "email", "trim|lower" },
		{ "F", "F", "" } };
	static const struct row slow[] = {
		{ "E", "email", "trim|lower|default:none" }, { "F", "F", "" }
	};
	static const char *const value[] = { "\"Ann.X@EXAMPLE.org\"",
		"\" Ann@X.org \"", "\"A\"", "\"A b\"", "\"\\u0041@B.C\"",
		"\"\xc3\x89VA@X.org\"", "\"AB\xc3\x89\"", "12", "true",
		"\"1234567890123456789012345678901234567890123456789012345678"
		"90AB\"",
		"\"1234567890123456789012345678901234567890123456789012345678"
		"90ABC\"",
		"\"ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\\\]@`{\"", "\"A\\t\"",
		"\"\x7f"
		"A\x7f\"",
		"[1]", "{\"A\":1}" };
	struct kl_mapping_options opt = { .shape = KL_MAPPING_ROWS };
	struct kl_mapping *a = MADE(&opt, fast), *b = MADE(&opt, slow);
	struct kl_err err = { 0 };
	char json[200], first[200];
	size_t i;

	ok(kl_mapping_ready(a, &err) == KL_OK &&
		kl_mapping_ready(b, &err) == KL_OK,
	    "two mappings");
	for (i = 0; i < sizeof(value) / sizeof(*value); i++) {
		(void)snprintf(json, sizeof(json), "{\"E\":%s,\"F\":1}",
		    value[i]);
		(void)snprintf(first, sizeof(first), "%s", run(a, json));
		is(run(b, json), first, value[i]);
	}
	kl_mapping_free(a);
	kl_mapping_free(b);
}

/* The result of one record by a mapping that has seen none before. */
static const char *
run_fresh(const struct kl_mapping_options *opt, const struct row *rows,
    size_t n, const char *json)
{
	struct kl_mapping *m = made(opt, rows, n);
	const char *result;

	(void)kl_mapping_ready(m, NULL);
	result = run(m, json);
	kl_mapping_free(m);
	return result;
}

/* The result of one record by a mapping that has seen others alike; out is
 * left with no more room than it takes. */
static void
run_after(struct kl_mapping *m, struct kl_json *doc, const char *json,
    struct kl_buf *out)
{
	static char text[4096];
	struct kl_err err = { 0 };

	kl_buf_free(out);
	memset(text, 0, sizeof(text));
	memcpy(text, json, strlen(json));
	if (kl_json_scan_next(doc, text, strlen(json), KL_JSON_SPARE, &err) !=
		KL_OK ||
	    kl_mapping_run(m, doc, out, &err) != KL_OK) {
		kl_buf_reset(out);
		kl_buf_printf(out, "!%s %s", err.code, err.field);
	}
}

#define LONG_NAME "a name of over thirty-two bytes, for a piece of its own"
#define LONG_TEXT                                                              \
	"a value of more bytes than are copied at once, and than fit into two"

/* What is put together for records of one shape gives what the steps give. */
static void
alike(void)
{
	static const struct row rows[] = { { "none", "none", "" },
		{ "E", "email", "trim|lower" }, { "A", "a", "" },
		{ "B", "location.city", "" }, { "none", "location.zip", "" },
		{ "A", "consent.email.source", "" }, { "C", LONG_NAME, "" },
		{ "D", "d", "upper" }, { "B", "x" LONG_NAME, "trim|lower" },
		{ "C", "z", "" } };
	static const char *const value[] = { "\"a\"", "null", "\"\"", "12",
		"\"" LONG_TEXT "\"", "\" A \"", "true", "\"\\u0041b\"", "{}",
		"\"\xc3\x89\"", "[]", "\"Bb@c.DE\"" };
	const size_t values = sizeof(value) / sizeof(*value);
	struct kl_mapping_options opt = { .omit = true };
	struct kl_buf out = { 0 };
	struct kl_json doc = { 0 };
	struct kl_mapping *m;
	char json[1000];
	size_t i;
	int keeps;

	for (keeps = 0; keeps < 2; keeps++) {
		opt.keep_empty = keeps == 1;
		m = MADE(&opt, rows);
		(void)kl_mapping_ready(m, NULL);
		for (i = 0; i < 5 * values; i++) {
			(void)snprintf(json, sizeof(json),
			    "{\"A\":%s,\"B\":%s,\"C\":%s,\"D\":%s,\"E\":%s}",
			    value[i % values], value[i / 2 % values],
			    value[i / 3 % values], value[(i + 3) % values],
			    value[(i + 5) % values]);
			run_after(m, &doc, json, &out);
			is(kl_buf_str(&out),
			    run_fresh(&opt, rows, sizeof(rows) / sizeof(*rows),
				json),
			    json);
		}
		kl_mapping_free(m);
	}
	kl_json_free(&doc);
	kl_buf_free(&out);
}

int
main(void)
{
	many();
	small_letters();
	alike();
	return done();
}
