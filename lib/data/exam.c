/* SPDX-License-Identifier: MIT */

/*
 * exam.c - what the checks of profiles and of events share.
 *
 * Messages name members and limits, never values.
 */

#include <string.h>

#include "exam.h"

enum kl_rc
exam_fail(const struct exam *x, uint32_t m, struct kl_err *err,
    const char *code, const char *hint, const char *fmt, ...)
{
	struct kl_err where = { 0 }, text = { 0 };
	va_list ap;

	if (err == NULL)
		return KL_EDATA;
	kl_member_path(&where, x->doc, m, x->in);
	va_start(ap, fmt);
	(void)kl_err_vset(&text, KL_EDATA, fmt, ap);
	va_end(ap);
	(void)kl_err_set(err, KL_EDATA, "%s %s", where.field, text.msg);
	kl_err_code(err, code);
	kl_err_field(err, where.field, strlen(where.field));
	kl_err_hint(err, "%s", hint);
	return KL_EDATA;
}

enum kl_rc
exam_wrong_type(const struct exam *x, uint32_t m, unsigned set,
    const char *takes, struct kl_err *err)
{
	static const char *const word[] = { [KL_JSON_NULL] = "null",
		[KL_JSON_FALSE] = "false",
		[KL_JSON_TRUE] = "true",
		[KL_JSON_NUMBER] = "a number",
		[KL_JSON_STRING] = "a string",
		[KL_JSON_ARRAY] = "an array",
		[KL_JSON_OBJECT] = "an object" };
	enum kl_json_type type = kl_json_type(x->doc, m + 1);

	return exam_fail(x, m, err, "type_wrong",
	    type == KL_JSON_NUMBER && (set & T(STRING)) != 0
		? "put it in quotes"
		: "change the value, or leave the member out",
	    "is %s; it takes %s or null", word[type], takes);
}

uint32_t
exam_largest(const struct kl_json *doc, uint32_t obj)
{
	uint32_t most = 0;

	if (kl_json_type(doc, obj) != KL_JSON_OBJECT)
		return 0;
	kl_json_each_member (m, doc, obj)
		if (most == 0 || doc->node[m + 1].n > doc->node[most + 1].n)
			most = m;
	return most;
}

size_t
exam_characters(struct kl_span t)
{
	size_t i, n = 0;

	for (i = 0; i < t.n; i++)
		n += ((unsigned char)t.s[i] & 0xC0) != 0x80;
	return n;
}
