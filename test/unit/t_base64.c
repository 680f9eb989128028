/* SPDX-License-Identifier: MIT */
/* t_base64.c - RFC 4648. */

#include "kl/base64.h"
#include "ok.h"

static const struct {
	const char *plain, *std, *url;
} vectors[] = {
	{ "", "", "" },
	{ "f", "Zg==", "Zg" },
	{ "fo", "Zm8=", "Zm8" },
	{ "foo", "Zm9v", "Zm9v" },
	{ "foob", "Zm9vYg==", "Zm9vYg" },
	{ "fooba", "Zm9vYmE=", "Zm9vYmE" },
	{ "foobar", "Zm9vYmFy", "Zm9vYmFy" },
	{ "\373\377\276", "+/++", "-_--" },
};

static const char *const bad[] = { "Z", "Zg", "Zg=", "Zg===", "=",
	"====", "Zg==Zg==", "Zh==", "Zm9=", "Zm8 ", "Zm8\n", "Zm-_",
	"Z=8=", "=Zm8", "Zm9vZ", "Zm9\xff" };

static void
round_trips(void)
{
	struct kl_buf text = { 0 }, back = { 0 };
	unsigned char s[256];
	size_t i, n;
	int good = 1;

	for (i = 0; i < sizeof(s); i++)
		s[i] = (unsigned char)(i * 167 + 13);
	for (n = 0; n <= sizeof(s); n++) {
		kl_buf_reset(&text);
		kl_buf_reset(&back);
		kl_base64(&text, s, n);
		good &= text.n == (n + 2) / 3 * 4;
		good &= kl_base64_decode(&back, text.s, text.n);
		good &= back.n == n && memcmp(kl_buf_str(&back), s, n) == 0;
	}
	ok(good, "what was encoded decodes to itself, at any length");
	kl_buf_free(&text);
	kl_buf_free(&back);
}

static void
limits(void)
{
	struct kl_buf b = { .max = 4 };

	kl_buf_puts(&b, "ab");
	ok(!kl_base64_decode(&b, "Zm9v", 4) && b.rc == KL_ETOOBIG,
	    "decoding over the buffer's limit fails");
	kl_buf_free(&b);
}

int
main(void)
{
	struct kl_buf b = { 0 };
	size_t i;

	for (i = 0; i < sizeof(vectors) / sizeof(*vectors); i++) {
		kl_buf_reset(&b);
		kl_base64(&b, vectors[i].plain, strlen(vectors[i].plain));
		is(kl_buf_str(&b), vectors[i].std, "standard");
		kl_buf_reset(&b);
		kl_base64url(&b, vectors[i].plain, strlen(vectors[i].plain));
		is(kl_buf_str(&b), vectors[i].url, "for URLs");
		kl_buf_reset(&b);
		ok(kl_base64_decode(&b, vectors[i].std, strlen(vectors[i].std)),
		    "decodes");
		is(kl_buf_str(&b), vectors[i].plain, "to what it was");
	}
	kl_buf_reset(&b);
	kl_buf_puts(&b, "kept");
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		ok(!kl_base64_decode(&b, bad[i], strlen(bad[i])), bad[i]);
		is(kl_buf_str(&b), "kept", "and nothing is appended");
	}
	kl_buf_free(&b);
	round_trips();
	limits();
	return done();
}
