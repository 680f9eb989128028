/* SPDX-License-Identifier: MIT */
/* guards.c - what has to hold before anybody counts as gone. */

#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "guards.h"
#include "kl/count.h"

bool
cmd_guards_max(const struct cmd_guards *g, uint64_t of, uint64_t *max)
{
	size_t n = strlen(g->max);
	uint64_t v;

	if (n == 0 || g->max[n - 1] != '%')
		return kl_parse_u64(g->max, n, max);
	if (!kl_parse_u64(g->max, n - 1, &v) || v > 100)
		return false;
	*max = of / 100 * v + of % 100 * v / 100;
	return true;
}

bool
cmd_guards_complete(const struct cmd_guards *g, int fd)
{
	struct stat st;

	return g->expect != CMD_ANY_NUMBER ||
	    (fstat(fd, &st) == 0 && S_ISREG(st.st_mode));
}

enum kl_rc
cmd_guards_input(const struct cmd_guards *g, uint64_t read, const char *so,
    struct kl_err *err)
{
	if (g->expect != CMD_ANY_NUMBER && read != g->expect) {
		(void)kl_err_set(err, KL_EDATA,
		    "%s read, --expect says %" PRIu64 ": %s",
		    KL_COUNT(read, "record was", "records were"), g->expect,
		    so);
		kl_err_hint(err, "see whether the input is complete");
		return KL_EDATA;
	}
	if (read == 0 && !g->allow_empty) {
		(void)kl_err_set(err, KL_EDATA, "the input was empty: %s", so);
		kl_err_hint(err, "--allow-empty if that is as it should be");
		return KL_EDATA;
	}
	return KL_OK;
}

enum kl_rc
cmd_guards_number(const struct cmd_guards *g, uint64_t n, uint64_t of,
    const char *what, const char *option, const char *so, struct kl_err *err)
{
	uint64_t max = 0;

	(void)cmd_guards_max(g, of, &max);
	if (n <= max)
		return KL_OK;
	(void)kl_err_set(err, KL_EDATA,
	    "%" PRIu64 " of %" PRIu64 " %s, %s %s allows %" PRIu64 ": %s", n,
	    of, what, option, g->max, max, so);
	kl_err_hint(err,
	    "see whether the input is complete; %s %" PRIu64 " if it is",
	    option, n);
	return KL_EDATA;
}
