/* SPDX-License-Identifier: MIT */
/* f_link.c - a next link of any bytes never leads elsewhere. */

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "kl/page.h"
#include "kl/url.h"

#define BASE "https://a.klaviyo.com"
#define PATH "/api/lists/L1/profiles"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* What is taken apart comes from within the text and is plain. */
static void
split(const char *s, size_t n)
{
	struct kl_url u;

	if (!kl_url_split(&u, s, n))
		return;
	assert(u.host.s > s && u.host.s + u.host.n <= s + n && u.host.n > 0);
	assert(memchr(s, '@', (size_t)(u.path.s - s)) == NULL);
	assert(memchr(s, '\\', n) == NULL && memchr(s, '#', n) == NULL);
	assert(u.port >= 1 && u.port <= 65535);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct kl_cursor cur = { 0 };
	struct kl_json doc = { 0 };
	struct kl_buf b = { 0 }, back = { 0 };
	const char *s = (const char *)data;

	split(s, n);
	kl_buf_puts(&b, "{\"data\":[],\"links\":{\"next\":\"");
	kl_buf_put(&b, s, n);
	kl_buf_puts(&b, "\"}}");
	if (kl_json_scan(&doc, b.s, b.n, NULL) == KL_OK &&
	    kl_cursor_next(&cur, &doc, BASE, KL_SPAN(PATH), NULL) == KL_OK) {
		assert(cur.value.n > 0);
		/* Encoded by us it decodes to itself. */
		kl_buf_reset(&b);
		kl_url_param(&b, "page[cursor]", cur.value.s, cur.value.n);
		assert(kl_url_query(&back, (struct kl_span){ b.s, b.n },
		    "page[cursor]"));
		assert(back.n == cur.value.n &&
		    memcmp(back.s, cur.value.s, back.n) == 0);
	}
	kl_cursor_free(&cur);
	kl_json_free(&doc);
	kl_buf_free(&b);
	kl_buf_free(&back);
	return 0;
}
