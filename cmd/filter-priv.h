/* SPDX-License-Identifier: MIT */
#ifndef CMD_FILTER_PRIV_H
#define CMD_FILTER_PRIV_H

#include "filter.h"

/* cmd/filter-priv.h - what the files of filter.h share: its options. */

struct filter_opt {
	const char *rejects, *summary, *progress;
	uint64_t max_rejects;
	double max_ratio;
	bool no_unwrap, unbuffered;
	const char *program; /* the name of the one that runs */
};
extern struct filter_opt filter_opt;

#endif /* CMD_FILTER_PRIV_H */
