/* SPDX-License-Identifier: MIT */
/* t_digest.c - FIPS 180-4 and RFC 4231 vectors, and the secret's file. */

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "files.h"
#include "kl/digest.h"
#include "ok.h"

static void
sha(void)
{
	static char a[1000000];
	char hex[KL_SHA256_HEX];

	kl_sha256_hex("abc", 3, hex);
	is(hex,
	    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
	    "SHA-256 of abc");
	kl_sha256_hex("", 0, hex);
	is(hex,
	    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
	    "SHA-256 of nothing");
	memset(a, 'a', sizeof(a));
	kl_sha256_hex(a, sizeof(a), hex);
	is(hex,
	    "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0",
	    "SHA-256 of a million a");
}

/* Two at once give what each gives alone, whatever their lengths. */
static void
two(void)
{
	static const size_t length[] = { 0, 1, 55, 56, 63, 64, 65, 127, 128,
		4095, 4096, 4097, 4151, 4152, 4159, 4160, 5000, 8192, 100000,
		400001 };
	const size_t n = sizeof(length) / sizeof(*length);
	static unsigned char a[400002], b[400002];
	char x[KL_SHA256_HEX], y[KL_SHA256_HEX];
	char of_a[KL_SHA256_HEX], of_b[KL_SHA256_HEX];
	size_t i, k, wrong = 0;
	uint32_t seed = 1;

	for (i = 0; i < sizeof(a); i++) {
		seed = seed * 1664525 + 1013904223;
		a[i] = (unsigned char)(seed >> 24);
		b[i] = (unsigned char)(seed >> 16);
	}
	for (i = 0; i < n * n; i++) {
		/* Not aligned, some of them. */
		const unsigned char *s = a + (i & 1), *t = b + (i >> 1 & 1);

		k = length[i % n];
		kl_sha256_hex(s, length[i / n], of_a);
		kl_sha256_hex(t, k, of_b);
		kl_sha256_hex_two(s, length[i / n], x, t, k, y);
		wrong += strcmp(x, of_a) != 0 || strcmp(y, of_b) != 0;
	}
	ok(wrong == 0, "two texts at once have the digests each has alone");
	kl_sha256_hex_two(a, 5000, x, a, 5000, y);
	is(x, y, "a text beside itself");
}

static void
hmac_is(const void *key, size_t kn, const void *s, size_t n, const char *want,
    const char *what)
{
	unsigned char md[KL_SHA256];
	char hex[KL_SHA256_HEX];
	unsigned char again[KL_SHA256];
	struct kl_hmac h;
	size_t i;

	kl_hmac_sha256(key, kn, s, n, md);
	kl_hmac_set(&h, key, kn);
	kl_hmac(&h, s, n, again);
	ok(memcmp(md, again, sizeof(md)) == 0, "the same with the key set");
	for (i = 0; i < sizeof(md); i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", md[i]);
	is(hex, want, what);
}

static void
hmac(void)
{
	unsigned char aa[131], bb[50];

	memset(aa, 0x0b, sizeof(aa));
	hmac_is(aa, 20, "Hi There", 8,
	    "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
	    "RFC 4231 case 1");
	hmac_is("Jefe", 4, "what do ya want for nothing?", 28,
	    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
	    "RFC 4231 case 2");
	memset(aa, 0xaa, sizeof(aa));
	memset(bb, 0xdd, sizeof(bb));
	hmac_is(aa, 20, bb, 50,
	    "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
	    "RFC 4231 case 3");
	hmac_is(aa, 131,
	    "Test Using Larger Than Block-Size Key - Hash Key First", 54,
	    "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
	    "RFC 4231 case 6");
}

static void
record(void)
{
	struct kl_hash_key key = { .set = true };
	char d[KL_RECORD_DIGEST];

	/* printf '{"a":1}' | openssl dgst -sha256 -mac HMAC \
	 *   -macopt hexkey:00...00 -binary | head -c 16 | base64 */
	kl_record_digest(&key, "{\"a\":1}", 7, d);
	is(d, "4LqtJ65TNak-KXnmaT52MA",
	    "a record's digest is base64url of 16 bytes");
}

static char dir[] = "/tmp/t_digest.XXXXXX";

static const char *
in_dir(const char *name)
{
	static char path[256];

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static void
put_file(const char *name, size_t n, mode_t mode)
{
	char s[64] = { 0 };
	int fd = open(in_dir(name), O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd < 0 || write(fd, s, n) != (ssize_t)n || fchmod(fd, mode) != 0)
		abort();
	(void)close(fd);
}

static void
refusals(void)
{
	struct kl_hash_key key;
	struct kl_err err = { 0 };

	ok(kl_hash_key_load(&key, in_dir("none"), &err) == KL_ENOINPUT,
	    "a named key must exist");
	ok(strstr(err.msg, "No such file") != NULL && err.hint[0] != '\0',
	    "the reason is told, and how to make one");
	put_file("k", 31, 0600);
	ok(kl_hash_key_load(&key, in_dir("k"), &err) == KL_ECONFIG,
	    "31 bytes are refused");
	put_file("k", 33, 0600);
	ok(kl_hash_key_load(&key, in_dir("k"), &err) == KL_ECONFIG,
	    "33 bytes are refused");
	put_file("k", 32, 0640);
	ok(kl_hash_key_load(&key, in_dir("k"), &err) == KL_ECONFIG,
	    "a key its group can read is refused");
	put_file("k", 32, 0602);
	ok(kl_hash_key_load(&key, in_dir("k"), &err) == KL_ECONFIG,
	    "one that others can write too");
	ok(kl_hash_key_load(&key, dir, &err) == KL_ECONFIG,
	    "a directory is refused");
	ok(mkfifo(in_dir("fifo"), 0600) == 0 &&
		kl_hash_key_load(&key, in_dir("fifo"), &err) == KL_ECONFIG,
	    "a FIFO is refused, not waited for");
	ok(!key.set, "a key that was refused is not set");
	put_file("k", 32, 0600);
	ok(kl_hash_key_load(&key, in_dir("k"), &err) == KL_OK && key.set,
	    "32 bytes, 0600, are the key");
}

static void
first_use(void)
{
	struct kl_hash_key a, b;
	struct kl_err err = { 0 };
	struct stat st;

	(void)umask(0);
	(void)setenv("XDG_STATE_HOME", in_dir("state/deep"), 1);
	ok(kl_hash_key_load(&a, NULL, &err) == KL_OK && a.set,
	    "the default key is made");
	ok(stat(in_dir("state/deep/kl/hash.key"), &st) == 0 &&
		(st.st_mode & 07777) == 0600 && st.st_size == 32,
	    "0600, 32 bytes");
	ok(stat(in_dir("state/deep/kl"), &st) == 0 &&
		(st.st_mode & 07777) == 0700,
	    "in a directory 0700");
	ok(kl_hash_key_load(&b, NULL, &err) == KL_OK &&
		memcmp(a.byte, b.byte, sizeof(a.byte)) == 0,
	    "and is the same the next time");
	(void)setenv("XDG_STATE_HOME", "relative", 1);
	(void)setenv("HOME", in_dir("home"), 1);
	ok(kl_hash_key_load(&b, NULL, &err) == KL_OK &&
		stat(in_dir("home/.local/state/kl/hash.key"), &st) == 0 &&
		memcmp(a.byte, b.byte, sizeof(a.byte)) != 0,
	    "a relative XDG_STATE_HOME is ignored; another home, another key");
	(void)unsetenv("HOME");
	ok(kl_hash_key_load(&b, NULL, &err) == KL_ECONFIG,
	    "without a home there is no place for it");
	put_file("file", 1, 0600);
	(void)setenv("XDG_STATE_HOME", in_dir("file"), 1);
	ok(kl_hash_key_load(&b, NULL, &err) != KL_OK && !b.set,
	    "a file where a directory should be is refused");
}

static void
clean_up(void)
{
	if (fork() == 0) {
		(void)execlp("rm", "rm", "-rf", dir, (char *)NULL);
		_exit(1);
	}
	(void)wait(NULL);
}

#define RACERS 8

/* Several processes make the key at once; each tells which it got. */
static void
race(void)
{
	struct kl_hash_key key, first = { 0 };
	int go[2], answer[2], i, good = 1;
	char c;

	(void)setenv("XDG_STATE_HOME", in_dir("race"), 1);
	if (pipe(go) != 0 || pipe(answer) != 0)
		abort();
	for (i = 0; i < RACERS; i++) {
		if (fork() != 0)
			continue;
		(void)close(go[1]);
		(void)!read(go[0], &c, 1); /* until all are there */
		(void)kl_hash_key_load(&key, NULL, NULL);
		(void)!write(answer[1], &key, sizeof(key));
		_exit(0);
	}
	(void)close(go[0]);
	(void)close(go[1]);
	for (i = 0; i < RACERS; i++) {
		if (read(answer[0], &key, sizeof(key)) != sizeof(key))
			abort();
		if (i == 0)
			first = key;
		good &= key.set &&
		    memcmp(key.byte, first.byte, sizeof(key.byte)) == 0;
	}
	while (wait(NULL) > 0)
		;
	ok(good, "processes that make the key at once agree on it");
	ok(files_in(in_dir("race/kl")) == 1, "and leave nothing else behind");
}

/* A text in pieces of any size has the digest of the whole, at each place. */
static void
pieces(void)
{
	unsigned char md[KL_SHA256], want[KL_SHA256];
	char text[300];
	struct kl_hmac_run run;
	struct kl_hmac h;
	size_t at, i;
	bool good = true;

	for (i = 0; i < sizeof(text); i++)
		text[i] = (char)(i * 7);
	kl_hmac_set(&h, "key", 3);
	kl_hmac_begin(&h, &run);
	for (at = 0, i = 0; at + i <= sizeof(text); at += i, i++) {
		kl_hmac_add(&run, text + at, i);
		kl_hmac_end(&h, &run, md);
		kl_hmac(&h, text, at + i, want);
		good = good && memcmp(md, want, sizeof(md)) == 0;
	}
	ok(good && at > 250, "an HMAC of pieces is that of the whole");
}

int
main(void)
{
	sha();
	two();
	hmac();
	pieces();
	record();
	if (mkdtemp(dir) == NULL)
		abort();
	refusals();
	first_use();
	race();
	clean_up();
	return done();
}
