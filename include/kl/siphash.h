/* SPDX-License-Identifier: MIT */
#ifndef KL_SIPHASH_H
#define KL_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * kl/siphash.h - SipHash-1-3 (Aumasson and Bernstein), for tables of
 * untrusted keys: who does not know the secret cannot make keys collide.
 *
 * Words are read in the machine's byte order: a hash means nothing elsewhere.
 */

uint64_t kl_siphash(const uint64_t secret[2], const void *s, size_t n);

/* The form with 128 bits. */
void kl_siphash_128(const uint64_t secret[2], const void *s, size_t n,
    uint64_t out[2]);

#ifdef __cplusplus
}
#endif

#endif /* KL_SIPHASH_H */
