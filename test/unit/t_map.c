/* SPDX-License-Identifier: MIT */
/* t_map.c - kl/map.h against a plain array. */

#include <stdlib.h>

#include "kl/map.h"
#include "ok.h"

#define KEYS 2000

/* Every key maps to what the array says: 0 stands for absent. */
static int
agrees(const struct kl_map *m, const uint64_t want[KEYS])
{
	char key[32];
	uint64_t *v;
	size_t i, n = 0;

	for (i = 0; i < KEYS; i++) {
		(void)snprintf(key, sizeof(key), "key %zu", i);
		v = kl_map_get(m, key, strlen(key));
		if ((v == NULL) != (want[i] == 0) ||
		    (v != NULL && *v != want[i]))
			return 0;
		n += v != NULL;
	}
	return n == m->n;
}

static uint32_t
next(uint32_t *state)
{
	*state = *state * 1664525 + 1013904223;
	return *state >> 8;
}

/* Puts, changes and deletions in random order. */
static void
random_walk(void)
{
	static uint64_t want[KEYS];
	struct kl_map m = { 0 };
	uint32_t state = 7, i, k;
	int agree = 1, fresh_right = 1;
	char key[32];
	uint64_t *v;
	bool fresh;

	for (i = 1; i <= 60000; i++) {
		k = next(&state) % KEYS;
		(void)snprintf(key, sizeof(key), "key %u", k);
		if (next(&state) % 5 < 2) {
			kl_map_del(&m, key, strlen(key));
			want[k] = 0;
		} else {
			v = kl_map_put(&m, key, strlen(key), &fresh);
			if (v == NULL)
				abort();
			fresh_right &= fresh == (want[k] == 0);
			fresh_right &= *v == want[k];
			*v = want[k] = i;
		}
		if (i % 5000 == 0)
			agree &= agrees(&m, want);
	}
	ok(agree, "a map holds what was put and not what was deleted");
	ok(fresh_right, "put says whether the key is new, and new is 0");
	kl_map_reset(&m);
	memset(want, 0, sizeof(want));
	ok(agrees(&m, want), "reset forgets all keys");
	*kl_map_put(&m, "key 3", 5, NULL) = want[3] = 9;
	ok(agrees(&m, want), "a map is usable after reset");
	kl_map_free(&m);
	ok(m.slot == NULL && m.n == 0 && m.block == NULL,
	    "a freed map is all zero");
}

static void
odd_keys(void)
{
	static char big[3 << 20];
	struct kl_map m = { 0 };

	ok(kl_map_get(&m, "", 0) == NULL, "an empty map has no key");
	kl_map_del(&m, "x", 1);
	*kl_map_put(&m, "", 0, NULL) = 1;
	*kl_map_put(&m, "a\0b", 3, NULL) = 2;
	*kl_map_put(&m, "a\0c", 3, NULL) = 3;
	*kl_map_put(&m, big, sizeof(big), NULL) = 4;
	*kl_map_put(&m, big, sizeof(big) - 1, NULL) = 5;
	ok(*kl_map_get(&m, "", 0) == 1, "the empty key is a key");
	ok(*kl_map_get(&m, "a\0b", 3) == 2 && *kl_map_get(&m, "a\0c", 3) == 3,
	    "bytes after a NUL count");
	ok(*kl_map_get(&m, big, sizeof(big)) == 4 &&
		*kl_map_get(&m, big, sizeof(big) - 1) == 5,
	    "keys larger than a block are kept, and differ by length");
	ok(kl_map_get(&m, "a", 1) == NULL, "a prefix of a key is no key");
	kl_map_free(&m);
}

static void
seeds(void)
{
	struct kl_map a = { 0 }, b = { 0 };

	(void)kl_map_put(&a, "x", 1, NULL);
	(void)kl_map_put(&b, "x", 1, NULL);
	ok(a.seed[0] != b.seed[0] && a.seed[1] != b.seed[1],
	    "each map has a secret of its own");
	kl_map_free(&a);
	kl_map_free(&b);
}

static void
copies(void)
{
	struct kl_map a = { 0 }, b = { 0 }, none = { 0 };
	char key[16];
	bool same = true;

	for (int i = 0; i < 1000; i++)
		*kl_map_put(&a, key,
		    (size_t)snprintf(key, sizeof(key), "k%d", i), NULL) =
		    (uint64_t)i;
	ok(kl_map_copy(&b, &a) && b.n == a.n, "a copy has as many keys");
	kl_map_free(&a);
	for (int i = 0; i < 1000; i++)
		same &= *kl_map_get(&b, key,
			    (size_t)snprintf(key, sizeof(key), "k%d", i)) ==
		    (uint64_t)i;
	ok(same, "the same values, and owes nothing to the other");
	ok(kl_map_copy(&a, &none) && a.n == 0, "nothing is copied too");
	kl_map_free(&b);
}

int
main(void)
{
	random_walk();
	odd_keys();
	copies();
	seeds();
	return done();
}
