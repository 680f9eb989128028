/* SPDX-License-Identifier: MIT */
#ifndef KL_VERSION_H
#define KL_VERSION_H

/*
 * kl/version.h - the one place where versions are written.
 *
 * KL_REVISION is the API revision of Klaviyo that every request names and
 * that the sandbox serves (klaviyo/openapi, stable, 2026-07-15).
 */

#define KL_VERSION "0.1.0"
#define KL_REVISION "2026-07-15"

#endif /* KL_VERSION_H */
