/* SPDX-License-Identifier: MIT */
#ifndef KL_PROGRESS_H
#define KL_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * kl/progress.h - one line on a terminal that says how far we are.
 *
 * Redrawn at most five times a second.  kl_progress_tick() is cheap enough
 * to be called per record.
 */

struct kl_progress; /* opaque */

/* Draw on fd (a terminal), named name.  total is in the unit of done, or 0
 * when not known.  NULL only when out of memory; the others take NULL. */
struct kl_progress *kl_progress_new(int fd, const char *name, uint64_t total);
void kl_progress_free(struct kl_progress *p);

/* rows so far; done of total (bytes, usually). */
void kl_progress_tick(struct kl_progress *p, uint64_t rows, uint64_t done);

/* Say what is being waited for ("rate limit, 37 s"), or NULL: nothing. */
void kl_progress_note(struct kl_progress *p, const char *note);

/* Clear the line before something else is printed. */
void kl_progress_clear(struct kl_progress *p);

#ifdef __cplusplus
}
#endif

#endif /* KL_PROGRESS_H */
