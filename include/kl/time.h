/* SPDX-License-Identifier: MIT */
#ifndef KL_TIME_H
#define KL_TIME_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * kl/time.h - clocks, civil dates, and times as text.
 *
 * Civil dates are of the proleptic Gregorian calendar, computed and never
 * looked up: no time zone, no locale, no leap seconds.
 */

/* Milliseconds of a clock that never steps back; of the wall clock since
 * 1970. */
uint64_t kl_now_mono(void);
uint64_t kl_now_wall(void);

/* Sleep; returns early when a signal arrived. */
void kl_sleep_ms(uint64_t ms);

/* Days since 1970-01-01 of a date (m 1..12, d 1..31), and back.  Years may be
 * negative; those within +-25 thousand million are exact. */
int64_t kl_days_from_civil(int64_t y, unsigned m, unsigned d);
void kl_civil_from_days(int64_t days, int64_t *y, unsigned *m, unsigned *d);

/* "2026-11-23T04:05:06+00:00" of seconds since 1970, and the same with .123
 * after the seconds for milliseconds.  Both return out. */
#define KL_TIME_TEXT 40 /* bytes, the NUL included; enough for any year */
const char *kl_time_text(int64_t seconds, char out[KL_TIME_TEXT]);
const char *kl_time_text_ms(uint64_t ms, char out[KL_TIME_TEXT]);

/* An identifier of a run: 26 characters, sortable by time (a ULID). */
#define KL_RUN_ID 27 /* bytes, the NUL included */
void kl_run_id(char out[KL_RUN_ID]);

#ifdef __cplusplus
}
#endif

#endif /* KL_TIME_H */
