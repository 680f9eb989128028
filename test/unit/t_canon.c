/* SPDX-License-Identifier: MIT */
/* t_canon.c - one spelling for JSON that says the same; keys of records. */

#include "kl/canon.h"
#include "kl/rowkey.h"
#include "ok.h"

static void
canon(const char *json, const char *want, const char *what)
{
	struct kl_json doc = { 0 };
	struct kl_canon c = { 0 };
	struct kl_buf b = { 0 };

	if (kl_json_scan(&doc, json, strlen(json), NULL) == KL_OK)
		kl_canon_put(&c, &b, &doc, 0);
	is(kl_buf_str(&b), want, what);
	kl_buf_free(&b);
	kl_canon_free(&c);
	kl_json_free(&doc);
}

/* Many members take the other sort; every name has an escape. */
static void
many(void)
{
	struct kl_buf in = { 0 }, want = { 0 };

	kl_buf_putc(&in, '{');
	kl_buf_putc(&want, '{');
	for (int i = 0; i < 90; i++) {
		kl_buf_printf(&in, "%s \"\\u0061%02d\" : {\"b\":1,\"a\":%d}",
		    i > 0 ? "," : "", (i * 37) % 90, (i * 37) % 90);
		kl_buf_printf(&want, "%s\"a%02d\":{\"a\":%d,\"b\":1}",
		    i > 0 ? "," : "", i, i);
	}
	kl_buf_putc(&in, '}');
	kl_buf_putc(&want, '}');
	canon(kl_buf_str(&in), kl_buf_str(&want), "ninety members are sorted");
	kl_buf_free(&in);
	kl_buf_free(&want);
}

static enum kl_rc
key_of(const char *path, const char *json, unsigned char key[KL_ROW_DIGEST])
{
	struct kl_rows r = { .key = &path, .keys = 1 };
	struct kl_json doc = { 0 };
	enum kl_rc rc = KL_EDATA;

	kl_hmac_set(&r.hash, "k", 1);
	if (kl_json_scan(&doc, json, strlen(json), NULL) == KL_OK)
		rc = kl_row_key(&r, &doc, 0, key, NULL);
	kl_rows_free(&r);
	kl_json_free(&doc);
	return rc;
}

static bool
same_key(const char *path, const char *a, const char *b)
{
	unsigned char x[KL_ROW_DIGEST], y[KL_ROW_DIGEST];

	return key_of(path, a, x) == KL_OK && key_of(path, b, y) == KL_OK &&
	    memcmp(x, y, sizeof(x)) == 0;
}

static void
keys(void)
{
	unsigned char x[KL_ROW_DIGEST], y[KL_ROW_DIGEST];

	ok(same_key("email", "{\"email\":\"A@b.Co\"}",
	       "{\"email\":\"a@B.co\"}"),
	    "an address is folded");
	ok(same_key("p.email", "{\"p\":{\"email\":\"A@b.co\"}}",
	       "{\"p.email\":\"a@b.co\"}"),
	    "wherever it stands");
	ok(!same_key("myemail", "{\"myemail\":\"A\"}", "{\"myemail\":\"a\"}"),
	    "other text is not");
	ok(same_key("id", "{\"id\":7}", "{\"id\":\"7\"}"),
	    "a number is its text");
	ok(same_key("id", "{\"id\":\"\\u0037\"}", "{\"id\":\"7\"}"),
	    "escapes make no difference");
	ok(key_of("id", "{\"id\":\"\"}", x) == KL_EOF &&
		key_of("id", "{\"id\":null}", x) == KL_EOF &&
		key_of("id", "{\"id\":true}", x) == KL_EOF &&
		key_of("id", "{\"id\":[1]}", x) == KL_EOF &&
		key_of("id", "{}", x) == KL_EOF,
	    "nothing else is a key");
	ok(key_of("a", "{\"a\":\"x\"}", x) == KL_OK &&
		key_of("b", "{\"b\":\"x\"}", y) == KL_OK &&
		memcmp(x, y, sizeof(x)) != 0,
	    "the name of the field is part of the key");
}

/* A receipt's digest is that of the record's bytes, read back. */
static void
records(void)
{
	struct kl_hash_key key = { .byte = { 1, 2, 3 }, .set = true };
	unsigned char a[KL_ROW_DIGEST], b[KL_ROW_DIGEST];
	struct kl_rows r = { 0 };
	char text[KL_RECORD_DIGEST];

	kl_hmac_set(&r.hash, key.byte, sizeof(key.byte));
	for (int i = 0; i < 50; i++) {
		char rec[8] = { (char)('a' + i % 26), (char)i };

		kl_record_digest(&key, rec, sizeof(rec), text);
		kl_row_record(&r, (struct kl_span){ rec, sizeof(rec) }, a);
		if (kl_row_from_text(KL_SPAN(text), b) != 0 ||
		    memcmp(a, b, sizeof(a)) != 0) {
			ok(false, "the digest of a receipt is read back");
			return;
		}
	}
	ok(true, "the digest of a receipt is read back");
	ok(kl_row_from_text(KL_SPAN("AAAAAAAAAAAAAAAAAAAAA"), a) != 0 &&
		kl_row_from_text(KL_SPAN("AAAAAAAAAAAAAAAAAAAAA="), a) != 0 &&
		kl_row_from_text(KL_SPAN("AAAAAAAAAAAAAAAAAAAAAA"), a) == 0,
	    "anything else is none");
}

int
main(void)
{
	canon(" { \"bb\" : 1 , \"a\":[ 2 , {\"d\":1,\"c\":{}} ],\"c\":\"x\" } ",
	    "{\"a\":[2,{\"c\":{},\"d\":1}],\"c\":\"x\",\"bb\":1}",
	    "members are sorted by length and bytes, at every level");
	canon("[1.0,1,-0,1e3]", "[1.0,1,-0,1e3]", "numbers stay as written");
	canon("\"\\u0061\\/\\n\\u0001\\\"\"", "\"a/\\n\\u0001\\\"\"",
	    "strings have the escapes they need");
	canon("{\"\\u0062\":1,\"a\":2}", "{\"a\":2,\"b\":1}",
	    "names are sorted without escapes");
	many();
	keys();
	records();
	return done();
}
