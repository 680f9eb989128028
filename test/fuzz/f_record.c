/* SPDX-License-Identifier: MIT */

/*
 * f_record.c - any names and values as a record.  What comes of them is JSON,
 * unless a name was given twice or the whole is too deep; what was refused
 * has a name for it.
 */

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "kl/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is left of the input. */
struct rest {
	const uint8_t *s;
	size_t n;
};

static uint8_t
byte(struct rest *r)
{
	if (r->n == 0)
		return 0;
	r->n--;
	return *r->s++;
}

/* The next text, up to 63 bytes of it; a NUL ends it. */
static const char *
text(struct rest *r, char to[64])
{
	size_t n = byte(r) % 64, i;

	for (i = 0; i < n; i++)
		to[i] = (char)byte(r);
	to[n] = '\0';
	return to;
}

static double
number(struct rest *r)
{
	uint8_t s[sizeof(double)];
	double v;
	size_t i;

	for (i = 0; i < sizeof(s); i++)
		s[i] = byte(r);
	memcpy(&v, s, sizeof(v));
	return v;
}

static void
add(struct kl_record *to, struct rest *r)
{
	static const char *const within[] = { "", "location.", "properties.",
		"profile.", "profile.location.", "profile.properties." };
	uint8_t what = byte(r);
	struct kl_buf name = { 0 };
	char a[64], b[64];

	kl_buf_printf(&name, "%s%s", within[what / 8 % 6], text(r, a));
	switch (what % 8) {
	case 0:
	case 1:
		kl_record_text(to, kl_buf_str(&name), text(r, b));
		break;
	case 2:
		kl_record_int(to, kl_buf_str(&name), (int64_t)byte(r) << 55);
		break;
	case 3:
		kl_record_number(to, kl_buf_str(&name), number(r));
		break;
	case 4:
		kl_record_bool(to, kl_buf_str(&name), byte(r) & 1);
		break;
	case 5:
		kl_record_time(to, kl_buf_str(&name), byte(r) * 100000000LL);
		break;
	default:
		kl_record_json(to, kl_buf_str(&name), text(r, b));
		break;
	}
	kl_buf_free(&name);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rest rest = { data, size };
	struct kl_record r = { 0 };
	struct kl_json doc = { 0 };
	struct kl_err err = { 0 };
	struct kl_span line;

	while (rest.n > 0)
		add(&r, &rest);
	if (kl_record_line(&r, &line, &err) != KL_OK)
		assert(err.rc == KL_EDATA && err.code[0] != '\0');
	else if (kl_json_scan(&doc, line.s, line.n, &err) == KL_OK) {
		assert(kl_json_type(&doc, 0) == KL_JSON_OBJECT);
		assert(line.s[line.n] == '\0');
	} else
		assert(strcmp(err.code, "json_duplicate") == 0 ||
		    strcmp(err.code, "json_depth") == 0);
	kl_json_free(&doc);
	kl_record_free(&r);
	return 0;
}
