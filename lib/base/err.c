/* SPDX-License-Identifier: MIT */
/* err.c - failures as values, and their exit statuses. */

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "kl/err.h"

static const struct {
	enum kl_rc rc;
	int status;
} exits[] = {
	{ KL_EUSAGE, 64 },
	{ KL_EDATA, 65 },
	{ KL_ETOOBIG, 65 },
	{ KL_ENOINPUT, 66 },
	{ KL_EREFUSED, 69 },
	{ KL_EBUG, 70 },
	{ KL_ENOMEM, 71 },
	{ KL_ECREATE, 73 },
	{ KL_EIO, 74 },
	{ KL_ERETRY, 75 },
	{ KL_EPROTO, 76 },
	{ KL_EACCESS, 77 },
	{ KL_ECONFIG, 78 },
};

/* From the most important to the least. */
static const int order[] = { 70, 71, 77, 78, 76, 74, 73, 66, 69, 75, 65, 64, 1,
	0 };

/* Cut an overlong text where a character ends. */
static void
cut(char *s, size_t size)
{
	size_t n = size - 1, i = n, bytes;
	unsigned char c;

	if (strlen(s) < n)
		return;
	while (i > 0 && ((unsigned char)s[i - 1] & 0xC0) == 0x80)
		i--;
	if (i == 0)
		return;
	c = (unsigned char)s[i - 1];
	bytes = c < 0xC0 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
	if (n - (i - 1) < bytes)
		s[i - 1] = '\0';
}

/* Text being put together, of which what is too much is left out. */
struct text {
	char *s;
	size_t n, room; /* a NUL not counted */
	bool over;
};

static void
add(struct text *t, const char *s, size_t n)
{
	if (n > t->room - t->n) {
		n = t->room - t->n;
		t->over = true;
	}
	memcpy(t->s + t->n, s, n);
	t->n += n;
}

static void
add_number(struct text *t, uint64_t v)
{
	char digit[20];
	size_t i = sizeof(digit);

	do
		digit[--i] = (char)('0' + v % 10);
	while ((v /= 10) != 0);
	add(t, digit + i, sizeof(digit) - i);
}

/* What most messages are made of: %s, %zu and %d from 0 on.  False for
 * another, which is printf's to do. */
static bool
add_plain(struct text *t, const char *fmt, va_list ap)
{
	const char *s;
	int d;

	for (;; fmt += 2) {
		s = strchrnul(fmt, '%');
		add(t, fmt, (size_t)(s - fmt));
		fmt = s;
		if (*fmt == '\0')
			return true;
		if (fmt[1] == 's') {
			if ((s = va_arg(ap, const char *)) == NULL)
				return false;
			add(t, s, strlen(s));
		} else if (fmt[1] == 'd') {
			if ((d = va_arg(ap, int)) < 0)
				return false;
			add_number(t, (unsigned)d);
		} else if (fmt[1] == 'z' && fmt[2] == 'u') {
			add_number(t, va_arg(ap, size_t));
			fmt++;
		} else
			return false;
	}
}

/* vsnprintf() that cuts where a character ends.  A stream may have a message
 * for every tenth record, and printf costs more than to read one. */
static void __attribute__((format(printf, 3, 0)))
format(char *to, size_t size, const char *fmt, va_list ap)
{
	struct text t = { to, 0, size - 1, false };
	va_list again;

	va_copy(again, ap);
	if (add_plain(&t, fmt, ap))
		to[t.n] = '\0';
	else
		t.over = vsnprintf(to, size, fmt, again) >= (int)size;
	va_end(again);
	if (t.over)
		cut(to, size);
}

enum kl_rc
kl_err_vset(struct kl_err *err, enum kl_rc rc, const char *fmt, va_list ap)
{
	if (err == NULL)
		return rc;
	err->rc = rc;
	err->code[0] = err->field[0] = err->hint[0] = '\0';
	format(err->msg, sizeof(err->msg), fmt, ap);
	return rc;
}

enum kl_rc
kl_err_set(struct kl_err *err, enum kl_rc rc, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)kl_err_vset(err, rc, fmt, ap);
	va_end(ap);
	return rc;
}

enum kl_rc
kl_err_sys(struct kl_err *err, enum kl_rc rc, const char *fmt, ...)
{
	int no = errno;
	size_t n;
	va_list ap;

	va_start(ap, fmt);
	(void)kl_err_vset(err, rc, fmt, ap);
	va_end(ap);
	if (err == NULL)
		return rc;
	n = strlen(err->msg);
	(void)snprintf(err->msg + n, sizeof(err->msg) - n, ": %s",
	    strerrordesc_np(no) != NULL ? strerrordesc_np(no) : "unknown");
	return rc;
}

enum kl_rc
kl_err_nomem(struct kl_err *err)
{
	return kl_err_set(err, KL_ENOMEM, "out of memory");
}

void
kl_err_code(struct kl_err *err, const char *code)
{
	size_t n = strlen(code);

	if (err == NULL)
		return;
	if (n >= sizeof(err->code))
		n = sizeof(err->code) - 1;
	memcpy(err->code, code, n);
	err->code[n] = '\0';
}

void
kl_err_field(struct kl_err *err, const char *field, size_t n)
{
	if (err == NULL)
		return;
	if (n >= sizeof(err->field))
		n = sizeof(err->field) - 1;
	if (n > 0)
		memcpy(err->field, field, n);
	err->field[n] = '\0';
	if (n == sizeof(err->field) - 1)
		cut(err->field, sizeof(err->field));
}

void
kl_err_hint(struct kl_err *err, const char *fmt, ...)
{
	va_list ap;

	if (err == NULL)
		return;
	va_start(ap, fmt);
	format(err->hint, sizeof(err->hint), fmt, ap);
	va_end(ap);
}

int
kl_err_exit(enum kl_rc rc)
{
	size_t i;

	if (rc >= 0)
		return 0;
	for (i = 0; i < sizeof(exits) / sizeof(*exits); i++)
		if (exits[i].rc == rc)
			return exits[i].status;
	return 70;
}

/* The rank of a status; unknown ones (signals) come before all. */
static size_t
importance(int status)
{
	size_t i;

	for (i = 0; i < sizeof(order) / sizeof(*order); i++)
		if (order[i] == status)
			return i + 1;
	return 0;
}

int
kl_err_worse(int a, int b)
{
	return importance(a) <= importance(b) ? a : b;
}
