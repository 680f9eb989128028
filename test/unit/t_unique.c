/* SPDX-License-Identifier: MIT */

#include <stdio.h>
#include <stdlib.h>

#include "kl/siphash.h"
#include "kl/unique.h"

#include "ok.h"

static struct kl_json doc;
static struct kl_err err;

/* Show a record to u; its code, "" if it is new. */
static const char *
see(struct kl_unique *u, uint64_t line, const char *text)
{
	err = (struct kl_err){ 0 };
	if (kl_json_scan(&doc, text, strlen(text), &err) == KL_OK)
		(void)kl_unique_see(u, &doc, line, &err);
	return err.code;
}

static void
addresses(void)
{
	struct kl_unique *u = kl_unique_new("email");

	is(see(u, 1, "{\"email\":\"a@b.co\"}"), "", "the first");
	is(see(u, 2, "{\"email\":\"b@b.co\"}"), "", "another");
	is(see(u, 9, "{\"email\":\"a@b.co\"}"), "duplicate", "the first again");
	is(err.msg, "email is that of line 1", "names its line");
	is(err.field, "email", "and the member");
	is(see(u, 10, "{\"email\":\"B@b.Co\"}"), "duplicate", "in other case");
	is(err.msg, "email is that of line 2", "names its line");
	is(see(u, 11, "{\"email\":\"\\u0061\\u0040b.co\"}"), "duplicate",
	    "with escapes");
	is(see(u, 12, "{\"x\":{\"email\":\"a@b.co\"}}"), "", "without a key");
	is(see(u, 13, "{\"x\":1}"), "", "without one again");
	is(see(u, 14, "{\"email\":null}"), "", "null is none");
	is(see(u, 15, "{\"email\":null}"), "", "however often");
	is(see(u, 16, "{\"email\":\"\"}"), "", "nor is an empty one");
	is(see(u, 17, "{\"email\":\"\"}"), "", "however often");
	ok(kl_unique_keys(u) == 2, "two keys in all");
	kl_unique_free(u);
}

static void
several(void)
{
	struct kl_unique *u = kl_unique_new("profile.email,metric,n");

	is(see(u, 1,
	       "{\"profile\":{\"email\":\"a\"},\"metric\":\"bc\",\"n\":1}"),
	    "", "a key of three members");
	is(see(u, 2,
	       "{\"profile\":{\"email\":\"ab\"},\"metric\":\"c\",\"n\":1}"),
	    "", "is no concatenation");
	is(see(u, 3,
	       "{\"profile\":{\"email\":\"a\"},\"metric\":\"bc\",\"n\":\"1\"}"),
	    "", "a number is no string");
	is(see(u, 4,
	       "{\"profile\":{\"email\":\"a\"},\"metric\":\"BC\",\"n\":1}"),
	    "", "only addresses are folded");
	is(see(u, 5,
	       "{\"n\":1,\"metric\":\"bc\",\"profile\":{\"email\":\"A\"}}"),
	    "duplicate", "the same in another order");
	is(err.msg, "profile.email,metric,n is that of line 1", "is named");
	is(see(u, 6, "{\"profile\":{\"email\":\"a\"},\"metric\":\"bc\"}"), "",
	    "a part that is missing");
	is(see(u, 7, "{\"profile\":{\"email\":\"a\"},\"metric\":\"bc\"}"), "",
	    "makes no key");
	kl_unique_free(u);
	u = kl_unique_new("a_email");
	is(see(u, 1, "{\"a_email\":\"A\"}"), "", "another member");
	is(see(u, 2, "{\"a_email\":\"a\"}"), "", "that is no address");
	kl_unique_free(u);
}

#define MANY 200000U

static void
many(void)
{
	struct kl_unique *u = kl_unique_new("k");
	unsigned i, wrong = 0;
	uint64_t first;
	char s[64], want[64];

	for (i = 1; i <= MANY; i++) {
		(void)snprintf(s, sizeof(s), "{\"k\":%u}", i);
		wrong += see(u, i, s)[0] != '\0';
		if (i % 5000 == 0 && i >= 100000)
			wrong += kl_unique_bytes(u) > 24ULL * i + (1U << 19);
	}
	ok(wrong == 0, "200,000 keys are new, in 24 bytes each");
	first = kl_unique_bytes(u);
	for (i = 1; i <= MANY; i++) {
		(void)snprintf(s, sizeof(s), "{\"k\":%u}", i);
		wrong += strcmp(see(u, i + MANY, s), "duplicate") != 0;
		(void)snprintf(want, sizeof(want), "k is that of line %u", i);
		wrong += strcmp(err.msg, want) != 0;
	}
	ok(wrong == 0 && kl_unique_keys(u) == MANY &&
		kl_unique_bytes(u) == first,
	    "and none of them again");
	kl_unique_free(u);
	u = kl_unique_new("k");
	is(see(u, ((uint64_t)1 << 40) - 1, "{\"k\":1}"), "", "the last line");
	is(see(u, 1, "{\"k\":1}"), "duplicate", "is known again");
	is(err.msg, "k is that of line 1099511627775", "by its number");
	kl_unique_free(u);
}

/* The reference's vectors are of the little-endian SipHash-1-3 under the key
 * 00 01 .. 0f. */
static void
hashes(void)
{
	static const unsigned char key[16] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
		11, 12, 13, 14, 15 };
	unsigned char text[64];
	uint64_t secret[2], a[2], b[2], sum = 0;
	unsigned i, same = 0;

	memcpy(secret, key, sizeof(secret));
	for (i = 0; i < sizeof(text); i++)
		text[i] = (unsigned char)i;
	if (*(const unsigned char *)&(const uint16_t){ 1 } == 1) {
		ok(kl_siphash(secret, text, 0) == 0xabac0158050fc4dcU,
		    "the hash of nothing");
		ok(kl_siphash(secret, text, 15) == 0xd320d86d2a519956U,
		    "the hash of 15 bytes");
		for (i = 0; i < 16; i++)
			sum = sum * 31 + kl_siphash(secret, text, i);
		ok(sum == 0x6cc0d6319f8d56adU,
		    "the hashes of less, taken together");
		kl_siphash_128(secret, text, 15, a);
		ok(a[0] == 0x6c52bdb205557ec1U && a[1] == 0x09017e1eeccd2129U,
		    "their hash of 128 bits");
	}
	for (i = 0; i < sizeof(text); i++) {
		kl_siphash_128(secret, text, i, a);
		kl_siphash_128(secret, text, i + 1, b);
		same += a[0] == b[0] || a[1] == b[1] || a[0] == a[1];
		same += kl_siphash(secret, text, i) == a[0];
	}
	ok(same == 0, "128 bits differ from each other and from 64");
}

/* Keys made elsewhere. */
static void
elsewhere(void)
{
	struct kl_unique *u = kl_unique_new("email"), *copy;
	struct kl_unique_key key;

	is(see(u, 1, "{\"email\":\"a@b.co\"}"), "", "a record is seen");
	copy = kl_unique_copy(u);
	is(see(u, 2, "{\"email\":\"b@b.co\"}"), "", "and another");
	(void)kl_json_scan(&doc, "{\"email\":\"A@b.co\"}", 18, &err);
	ok(kl_unique_key(copy, &doc, &key, &err) == KL_OK,
	    "a copy makes the same keys");
	ok(kl_unique_put(u, &key, 7, &err) == KL_EDATA, "which came before");
	is(err.msg, "email is that of line 1", "on that line");
	ok(kl_unique_put(u, &key, 1, &err) == KL_OK,
	    "a line that was put may be put again");
	ok(kl_unique_put(copy, &key, 7, &err) == KL_OK,
	    "a copy remembers nothing of the other");
	(void)kl_json_scan(&doc, "{\"x\":1}", 7, &err);
	ok(kl_unique_key(copy, &doc, &key, &err) == KL_AGAIN,
	    "a record without a key has none");
	ok(kl_unique_keys(u) == 2, "two keys in all");
	kl_unique_free(u);
	kl_unique_free(copy);
}

int
main(void)
{
	addresses();
	elsewhere();
	several();
	many();
	hashes();
	kl_json_free(&doc);
	return done();
}
