/* SPDX-License-Identifier: MIT */
#ifndef STATE_AUDIT_H
#define STATE_AUDIT_H

#include "kl/audit.h"

/*
 * audit.h - what those who write a trail and those who verify it share.
 */

#define AUDIT_MAC (KL_AUDIT_DIGEST - 1)

/* Both keys that are made of the hash key. */
struct audit_key {
	struct kl_hmac hmac;	    /* of entries and heads */
	char mark[KL_AUDIT_DIGEST]; /* names it */
};
void audit_key_set(struct audit_key *k, const struct kl_hash_key *hash);

/* What the first entry of all follows. */
extern const char audit_nothing[KL_AUDIT_DIGEST];

/* The mac of a text. */
void audit_mac(const struct audit_key *k, const void *s, size_t n,
    char out[KL_AUDIT_DIGEST]);

/* Append MEMBERS as an entry that follows end, newline included; end is then
 * its own.  A buffer that fails keeps its failure. */
void audit_put(struct kl_buf *to, const struct audit_key *k,
    struct kl_audit_end *end, struct kl_span members);

/* An entry, taken apart: its number, prev and mac are as they stand. */
struct audit_line {
	uint64_t n;
	const char *prev, *mac; /* AUDIT_MAC characters each */
	struct kl_span members; /* what stands between */
	bool good;		/* mac is that of what stands before it */
};
/* False if it is not even of the form. */
bool audit_read(struct audit_line *l, const struct audit_key *k,
    struct kl_span line);

/* True if the good entry goes on from end; end is then its own. */
bool audit_follows(const struct audit_line *l, struct kl_audit_end *end,
    size_t bytes);

/* The hash key that a first entry names; NULL: it is no first entry. */
const char *audit_begins(struct kl_span line);

/* The failure for one of another key. */
enum kl_rc audit_other_key(const char *path, struct kl_err *err);

/* PATH.head.  KL_OK, end->n being 0 if there is none; KL_EDATA if it is
 * damaged or of another key; KL_EIO; KL_ENOMEM. */
enum kl_rc audit_head_read(const char *path, const struct audit_key *k,
    struct kl_audit_end *end, bool *there, struct kl_err *err);
/* Its descriptor, made if need be; then what it says, on disk. */
int audit_head_open(const char *path);
bool audit_head_write(int fd, const struct audit_key *k,
    const struct kl_audit_end *end);

struct kl_audit {
	struct audit_key key;
	struct kl_audit_opts o;
	int fd, head_fd;
	struct kl_audit_end end;
	bool known;    /* end is that of the file when we last held the lock */
	bool failed;   /* for good */
	uint64_t torn; /* bytes that were taken away, not yet told of */
	bool headless; /* the head was made anew, likewise */
	struct kl_buf draft;   /* members of the entry in hand */
	struct kl_buf pending; /* of those that wait, a newline after each */
	struct kl_buf out;
};

/* Take, share or give back the lock; false, and errno, if that cannot be. */
bool audit_lock(const struct kl_audit *a, short type);

/* Under the lock: learn where the trail ends, and write what waits. */
enum kl_rc audit_append(struct kl_audit *a, struct kl_err *err);

#endif /* STATE_AUDIT_H */
