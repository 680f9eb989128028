/* SPDX-License-Identifier: MIT */
/*
 * audit-line.c - an entry of an audit trail, and the head of one.
 *
 * An entry ends in members of fixed length, so that who reads it needs to
 * scan nothing: a mac that is right says that we wrote the line.
 */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "audit.h"

#define START "{\"audit\":"
#define PREV ",\"prev\":\""
#define MAC "\",\"mac\":\""
#define END "\"}"
#define BEGIN ",\"event\":\"begin\",\"key\":\""
#define HEAD "{\"audit_head\":"
#define HEAD_BYTES 160 /* of a head, padded: it is always overwritten whole */

const char audit_nothing[KL_AUDIT_DIGEST] = "AAAAAAAAAAAAAAAAAAAAAA";

void
audit_key_set(struct audit_key *k, const struct kl_hash_key *hash)
{
	static const char purpose[] = "audit trails of kl";
	static const char name[] = "the key of audit trails of kl";
	unsigned char md[KL_SHA256];

	kl_hmac_sha256(hash->byte, sizeof(hash->byte), name, sizeof(name), md);
	kl_digest_text(md, k->mark);
	kl_hmac_sha256(hash->byte, sizeof(hash->byte), purpose, sizeof(purpose),
	    md);
	kl_hmac_set(&k->hmac, md, sizeof(md));
	kl_wipe(md, sizeof(md));
}

void
audit_mac(const struct audit_key *k, const void *s, size_t n,
    char out[KL_AUDIT_DIGEST])
{
	unsigned char md[KL_SHA256];

	kl_hmac(&k->hmac, s, n, md);
	kl_digest_text(md, out);
}

void
audit_put(struct kl_buf *to, const struct audit_key *k,
    struct kl_audit_end *end, struct kl_span members)
{
	size_t at = to->n;

	kl_buf_printf(to, START "%" PRIu64 ",", end->n + 1);
	kl_buf_span(to, members);
	kl_buf_puts(to, PREV);
	kl_buf_put(to, end->digest, AUDIT_MAC);
	if (to->rc != KL_OK)
		return;
	/* The quote that ends prev is the first character of MAC. */
	kl_buf_putc(to, '"');
	if (to->rc != KL_OK)
		return;
	audit_mac(k, to->s + at, to->n - at, end->digest);
	kl_buf_puts(to, &MAC[1]);
	kl_buf_put(to, end->digest, AUDIT_MAC);
	kl_buf_puts(to, END "\n");
	end->n++;
	end->bytes += to->n - at;
}

/* Digits, and what they stand for; their end, or NULL if there are none or
 * they are no number of ours. */
static const char *
read_number(const char *s, const char *limit, uint64_t *v)
{
	const char *from = s;

	for (*v = 0; s < limit && *s >= '0' && *s <= '9' && s - from < 19; s++)
		*v = *v * 10 + (uint64_t)(*s - '0');
	return s == from || *from == '0' ? NULL : s;
}

/* Whether the text stands at s, before limit. */
static bool
stands(const char *s, const char *limit, const char *text)
{
	size_t n = strlen(text);

	return (size_t)(limit - s) >= n && memcmp(s, text, n) == 0;
}

bool
audit_read(struct audit_line *l, const struct audit_key *k, struct kl_span line)
{
	const size_t tail =
	    AUDIT_MAC + sizeof(MAC) - 1 + AUDIT_MAC + sizeof(END) - 1;
	const char *limit = line.s + line.n, *s;
	char mac[KL_AUDIT_DIGEST];

	if (line.n < sizeof(START) + sizeof(PREV) + tail ||
	    !stands(line.s, limit, START) ||
	    (s = read_number(line.s + sizeof(START) - 1, limit, &l->n)) ==
		NULL ||
	    *s != ',')
		return false;
	l->prev = limit - tail;
	l->mac = l->prev + AUDIT_MAC + sizeof(MAC) - 1;
	if (l->prev - (sizeof(PREV) - 1) <= s ||
	    !stands(l->prev - (sizeof(PREV) - 1), limit, PREV) ||
	    !stands(l->prev + AUDIT_MAC, limit, MAC) ||
	    !stands(l->mac + AUDIT_MAC, limit, END))
		return false;
	l->members.s = s + 1;
	l->members.n = (size_t)(l->prev - (sizeof(PREV) - 1) - l->members.s);
	audit_mac(k, line.s, (size_t)(l->prev + AUDIT_MAC + 1 - line.s), mac);
	l->good = memcmp(mac, l->mac, AUDIT_MAC) == 0;
	return true;
}

bool
audit_follows(const struct audit_line *l, struct kl_audit_end *end,
    size_t bytes)
{
	if (!l->good || l->n != end->n + 1 ||
	    memcmp(l->prev, end->digest, AUDIT_MAC) != 0)
		return false;
	end->n++;
	end->bytes += bytes;
	memcpy(end->digest, l->mac, AUDIT_MAC);
	return true;
}

const char *
audit_begins(struct kl_span line)
{
	const char *limit = line.s + line.n, *s;
	uint64_t n;

	if (!stands(line.s, limit, START) ||
	    (s = read_number(line.s + sizeof(START) - 1, limit, &n)) == NULL ||
	    !stands(s, limit, BEGIN) ||
	    (size_t)(limit - s) < sizeof(BEGIN) - 1 + AUDIT_MAC)
		return NULL;
	return s + sizeof(BEGIN) - 1;
}

enum kl_rc
audit_other_key(const char *path, struct kl_err *err)
{
	(void)kl_err_set(err, KL_ECONFIG, "%s was made with another hash key",
	    path);
	kl_err_hint(err, "give the key of that time with --hash-key");
	return KL_ECONFIG;
}

/* --- the head ------------------------------------------------------------- */

static enum kl_rc
head_name(struct kl_buf *b, const char *path, struct kl_err *err)
{
	kl_buf_puts(b, path);
	kl_buf_puts(b, ".head");
	(void)kl_buf_str(b);
	return kl_buf_check(b, err);
}

/* What is keyed of it. */
static void
put_head(struct kl_buf *b, const struct kl_audit_end *end)
{
	kl_buf_printf(b,
	    HEAD "%" PRIu64 ",\"bytes\":%" PRIu64 ",\"last\":\"%s\"", end->n,
	    end->bytes, end->digest);
}

/* Take a head apart; what it says is only true if it can be written so. */
static bool
read_head(struct kl_span text, const struct audit_key *k,
    struct kl_audit_end *end)
{
	static const char bytes[] = ",\"bytes\":", last[] = ",\"last\":\"";
	const char *limit = text.s + text.n, *s = text.s + sizeof(HEAD) - 1;
	char mac[KL_AUDIT_DIGEST];

	if (!stands(text.s, limit, HEAD) ||
	    (s = read_number(s, limit, &end->n)) == NULL ||
	    !stands(s, limit, bytes) ||
	    (s = read_number(s + sizeof(bytes) - 1, limit, &end->bytes)) ==
		NULL ||
	    !stands(s, limit, last))
		return false;
	s += sizeof(last) - 1;
	if ((size_t)(limit - s) < AUDIT_MAC + sizeof(MAC) - 1 + AUDIT_MAC ||
	    !stands(s + AUDIT_MAC, limit, MAC))
		return false;
	memcpy(end->digest, s, AUDIT_MAC);
	end->digest[AUDIT_MAC] = '\0';
	s += AUDIT_MAC + 1;
	audit_mac(k, text.s, (size_t)(s - text.s), mac);
	return memcmp(mac, s + sizeof(MAC) - 2, AUDIT_MAC) == 0;
}

enum kl_rc
audit_head_read(const char *path, const struct audit_key *k,
    struct kl_audit_end *end, bool *there, struct kl_err *err)
{
	struct kl_buf name = { 0 };
	char text[HEAD_BYTES];
	ssize_t n = -1;
	int fd;
	enum kl_rc rc;

	*end = (struct kl_audit_end){ 0 };
	memcpy(end->digest, audit_nothing, sizeof(audit_nothing));
	*there = false;
	if ((rc = head_name(&name, path, err)) != KL_OK)
		return rc;
	if ((fd = open(name.s, O_RDONLY | O_CLOEXEC)) >= 0) {
		n = read(fd, text, sizeof(text));
		(void)close(fd);
	} else if (errno == ENOENT) {
		kl_buf_free(&name);
		return KL_OK;
	}
	*there = true;
	if (n < 0)
		rc = kl_err_sys(err, KL_EIO, "%s", name.s);
	else if (n > 0 &&
	    !read_head((struct kl_span){ text, (size_t)n }, k, end)) {
		rc = kl_err_set(err, KL_EDATA,
		    "%s was changed, or made with another hash key", name.s);
		kl_err_code(err, "audit_changed");
	}
	*there = n != 0;
	kl_buf_free(&name);
	return rc;
}

int
audit_head_open(const char *path)
{
	struct kl_buf name = { 0 };
	int fd = -1;

	if (head_name(&name, path, NULL) == KL_OK)
		fd = open(name.s, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	kl_buf_free(&name);
	return fd;
}

bool
audit_head_write(int fd, const struct audit_key *k,
    const struct kl_audit_end *end)
{
	char mac[KL_AUDIT_DIGEST];
	struct kl_buf b = { 0 };
	bool done = false;

	put_head(&b, end);
	if (b.rc == KL_OK) {
		audit_mac(k, b.s, b.n, mac);
		kl_buf_printf(&b, "%s%s%s", &MAC[1], mac, END);
	}
	while (b.rc == KL_OK && b.n < HEAD_BYTES - 1)
		kl_buf_putc(&b, ' ');
	kl_buf_putc(&b, '\n');
	if (b.rc == KL_OK)
		done = pwrite(fd, b.s, b.n, 0) == (ssize_t)b.n &&
		    fdatasync(fd) == 0;
	kl_buf_free(&b);
	return done;
}
