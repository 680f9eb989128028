/* SPDX-License-Identifier: MIT */
/*
 * csv-split.c - the values of rows in place.
 *
 * 64 bytes at a time are reduced to the bits of the bytes that matter, those
 * within quotes told from those without; the values then lie between the
 * bits.  Whatever is not plainly right is left to libcsv.
 */

#include <string.h>

#include "csv-split.h"

#define block_bits csv_bits
#define toggled csv_toggled

static inline bool
doubtful(const struct csv_split *p, size_t base)
{
	(void)p, (void)base;
	return true;
}

#include "csv-block.h"

const struct csv_splitter kl_csv_splitter_plain = { begin, next };

/* What this processor can do best. */
static inline const struct csv_splitter *
best(void)
{
#if KL_CPU_WIDE
	if (kl_cpu_wide())
		return &kl_csv_splitter_avx2;
#endif
	return &kl_csv_splitter_plain;
}

void
kl_csv_split_begin(struct csv_split *p, const struct csv_form *form,
    const char *s, size_t n, bool whole)
{
	kl_csv_split_with(best(), p, form, s, n, whole);
}

void
kl_csv_split_with(const struct csv_splitter *with, struct csv_split *p,
    const struct csv_form *form, const char *s, size_t n, bool whole)
{
	*p = (struct csv_split){ .with = with,
		.form = *form,
		.s = s,
		.n = n,
		.whole = whole,
		.quotes = form->quote != '\0' ? ~(uint64_t)0 : 0,
		.starts = 1 };
	with->begin(p);
}

enum csv_split_rc
kl_csv_split(struct csv_split *p, struct csv_row *r)
{
	return p->with->next(p, r);
}
