/* SPDX-License-Identifier: MIT */
#ifndef KL_BASE_H
#define KL_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kl/buf.h"

/*
 * kl/base.h - small things every layer uses: clocks, hash map, near names.
 */

/* Milliseconds of a clock that never steps back; of the wall clock since
 * 1970. */
uint64_t kl_now_mono(void);
uint64_t kl_now_wall(void);

/* Sleep; returns early when a signal arrived. */
void kl_sleep_ms(uint64_t ms);

/* Days since 1970-01-01 of a date of the proleptic Gregorian calendar, and
 * back. */
int64_t kl_days_from_civil(int64_t y, unsigned m, unsigned d);
void kl_civil_from_days(int64_t days, int64_t *y, unsigned *m, unsigned *d);

/* "2026-11-23T04:05:06+00:00" of seconds since 1970 (25 bytes; 26 with the
 * NUL), and the same with .123 for milliseconds (29). */
#define KL_TIME_TEXT 40
const char *kl_time_text(int64_t seconds, char out[KL_TIME_TEXT]);
const char *kl_time_text_ms(uint64_t ms, char out[KL_TIME_TEXT]);

/* Fill with random bytes from the kernel.  False if it has none to give. */
bool kl_random(void *to, size_t n);

/* An identifier of a run: 26 characters, sortable by time (ULID). */
#define KL_RUN_ID 27
void kl_run_id(char out[KL_RUN_ID]);

/*
 * A hash map from bytes to 64-bit numbers, for untrusted keys (keyed hash).
 * All zero is an empty map.  Keys are copied.
 */
struct kl_map_slot;
struct kl_map {
	struct kl_map_slot *slot;
	size_t n, cap;
	uint64_t seed[2];
	char *arena; /* blocks of key bytes, linked */
};

/* The place of the value for the key, created as 0 if it is new (*fresh,
 * which may be NULL, says so).  NULL when out of memory. */
uint64_t *kl_map_put(struct kl_map *m, const void *key, size_t n, bool *fresh);
/* The place of the value, or NULL. */
uint64_t *kl_map_get(const struct kl_map *m, const void *key, size_t n);
/* Forget a key; its bytes stay allocated until kl_map_free(). */
void kl_map_del(struct kl_map *m, const void *key, size_t n);
void kl_map_free(struct kl_map *m);

/*
 * The name in names (NULL-terminated array) nearest to s: at most two
 * insertions, deletions, changes or swaps away, and not all of it.  NULL if
 * none is near.
 */
const char *kl_near(const char *const *names, const char *s, size_t n);
/* The edit distance itself, up to max; max + 1 if more. */
unsigned kl_edits(const char *a, size_t an, const char *b, size_t bn,
    unsigned max);

/* base64: standard with padding; url: base64url without. */
void kl_base64(struct kl_buf *b, const void *s, size_t n);
void kl_base64url(struct kl_buf *b, const void *s, size_t n);
/* Standard alphabet, padding required.  False if it is not that. */
bool kl_base64_decode(struct kl_buf *b, const char *s, size_t n);

#endif /* KL_BASE_H */
