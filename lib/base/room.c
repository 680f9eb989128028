/* SPDX-License-Identifier: MIT */
/* room.c - arrays that double. */

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "kl/room.h"

/* A number of either size.  Whatever its type, its bytes may be copied; and so
 * may be those of a pointer. */
static size_t
load(const void *cap, size_t size)
{
	uint32_t n32;
	size_t n;

	if (size == sizeof(n)) {
		memcpy(&n, cap, sizeof(n));
		return n;
	}
	memcpy(&n32, cap, sizeof(n32));
	return n32;
}

static void
store(void *cap, size_t size, size_t n)
{
	uint32_t n32 = (uint32_t)n;

	if (size == sizeof(n))
		memcpy(cap, &n, sizeof(n));
	else
		memcpy(cap, &n32, sizeof(n32));
}

bool
kl_room_grow(void *array, size_t size, void *cap, size_t cap_size, size_t first)
{
	size_t most = (size_t)PTRDIFF_MAX / size, n = load(cap, cap_size);
	void *p, *grown;

	assert(cap_size == sizeof(uint32_t) || cap_size == sizeof(size_t));
	if (cap_size != sizeof(n) && most > UINT32_MAX)
		most = UINT32_MAX;
	if (n > most / 2 || first > most)
		return false;
	n = 2 * n > first ? 2 * n : first;
	memcpy(&p, array, sizeof(p));
	if ((grown = realloc(p, n * size)) == NULL)
		return false;
	memcpy(array, &grown, sizeof(grown));
	store(cap, cap_size, n);
	return true;
}
