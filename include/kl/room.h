/* SPDX-License-Identifier: MIT */
#ifndef KL_ROOM_H
#define KL_ROOM_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * kl/room.h - room for one more element of an array, which doubles as it
 * fills.
 *
 *	struct { struct point *v; size_t n, cap; } l = { 0 };
 *
 *	if (!KL_ROOM(l.v, l.n, l.cap, 16))
 *		return kl_err_nomem(err);
 *	l.v[l.n++] = point;
 *
 * The array is owned, NULL as long as cap is 0, and free() frees it.  first is
 * the least room that it gets; cap is a size_t or an uint32_t.  What is new is
 * not set.  False, everything being as it was, if memory runs out, if cap
 * cannot count so many, or at PTRDIFF_MAX bytes.
 */
#define KL_ROOM(array, n, cap, first)                                          \
	((n) < (cap) ||                                                        \
	    kl_room_grow(&(array), sizeof(*(array)), &(cap), sizeof(cap),      \
		first))

/* The same where there is none: array and cap are the addresses of a pointer
 * and of a number of cap_size bytes. */
bool kl_room_grow(void *array, size_t size, void *cap, size_t cap_size,
    size_t first);

#ifdef __cplusplus
}
#endif

#endif /* KL_ROOM_H */
