/* SPDX-License-Identifier: MIT */
/* t_buf.c - kl/buf.h: limits that hold and errors that stick. */

#include "kl/buf.h"
#include "ok.h"

static void
appending(void)
{
	struct kl_buf b = { 0 };
	int i;

	is(kl_buf_str(&b), "", "an empty buffer is an empty string");
	kl_buf_puts(&b, "ab");
	kl_buf_putc(&b, 'c');
	kl_buf_put(&b, "d\0e", 3);
	kl_buf_span(&b, KL_SPAN("f"));
	kl_buf_span(&b, (struct kl_span){ 0 });
	kl_buf_printf(&b, "%d%s", 12, "!");
	isn(b.s, 4, "abcd", "puts append");
	ok(b.n == 10 && memcmp(b.s, "abcd\0ef12!", 10) == 0,
	    "bytes, NUL included");
	kl_buf_reset(&b);
	for (i = 0; i < 100000; i++)
		kl_buf_putc(&b, (char)('a' + i % 26));
	ok(b.n == 100000 && b.s[99999] == 'a' + 99999 % 26 &&
		kl_buf_check(&b, NULL) == KL_OK,
	    "it grows");
	kl_buf_free(&b);
	ok(b.s == NULL && b.n == 0 && b.cap == 0, "a freed one is empty");
}

static void
limits(void)
{
	struct kl_buf b = { .max = 5 };
	struct kl_err err = { 0 };

	kl_buf_puts(&b, "12345");
	ok(kl_buf_check(&b, &err) == KL_OK, "the limit itself fits");
	is(kl_buf_str(&b), "", "but then no NUL after it");
	ok(b.rc == KL_ETOOBIG, "which sticks");
	kl_buf_reset(&b);
	kl_buf_puts(&b, "1234");
	is(kl_buf_str(&b), "1234", "reset forgets the failure");
	kl_buf_puts(&b, "56");
	kl_buf_puts(&b, "7");
	ok(b.n == 4, "after a put that did not fit, none is taken");
	ok(kl_buf_check(&b, &err) == KL_ETOOBIG, "and check says so");
	is(err.msg, "more than 5 bytes", "naming the limit");
	kl_buf_reset(&b);
	ok(!kl_buf_room(&b, (size_t)-1), "a size that overflows has no room");
	kl_buf_free(&b);
	ok(b.rc == KL_OK, "free forgets it too");
}

static void
reserving(void)
{
	struct kl_buf b = { .max = 1000 };
	char *s;

	kl_buf_reserve(&b, 500);
	ok(b.cap >= 500 && b.cap < 600 && b.n == 0,
	    "there is room for about so much");
	s = b.s;
	while (b.n < 500)
		kl_buf_putc(&b, 'a');
	ok(b.s == s, "and it serves");
	kl_buf_reserve(&b, 10);
	ok(b.s == s && b.n == 500, "never less than there is");
	kl_buf_reserve(&b, 990);
	ok(b.cap == 1000 && b.n == 500 && b.s[499] == 'a',
	    "the limit holds, and what is there stays");
	kl_buf_reserve(&b, 1001);
	kl_buf_putc(&b, 'b');
	ok(b.cap == 1000 && kl_buf_check(&b, NULL) == KL_OK,
	    "too much is no failure");
	kl_buf_free(&b);
}

static void
spans(void)
{
	struct kl_span empty = { 0 };

	ok(kl_span_is(KL_SPAN("ab"), "ab") && !kl_span_is(KL_SPAN("ab"), "a") &&
		!kl_span_is(KL_SPAN("ab"), "ac"),
	    "a span is its bytes");
	ok(kl_span_eq(empty, KL_SPAN("")), "empty spans are equal");
	ok(!kl_span_eq(KL_SPAN("a"), KL_SPAN("b")), "others are not");
}

int
main(void)
{
	appending();
	limits();
	reserving();
	spans();
	return done();
}
