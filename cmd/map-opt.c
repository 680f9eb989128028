/* SPDX-License-Identifier: MIT */
/* map-opt.c - a field to map, as the option --map gives it. */

#include <string.h>

#include "map-opt.h"

enum kl_rc
cmd_map_option(struct kl_mapping *m, const char *text, struct kl_err *err)
{
	struct kl_span origin, to, convert = { "", 0 };
	const char *eq = strchr(text, '='), *colon;
	enum kl_rc rc;

	if (eq == NULL)
		return kl_err_set(err, KL_EUSAGE,
		    "--map is ORIGIN=DESTINATION or "
		    "ORIGIN=DESTINATION:FUNCTIONS");
	origin = (struct kl_span){ text, (size_t)(eq - text) };
	to = KL_SPAN(eq + 1);
	if ((colon = memchr(to.s, ':', to.n)) != NULL) {
		convert = KL_SPAN(colon + 1);
		to.n = (size_t)(colon - to.s);
	}
	rc = kl_mapping_add(m, origin, to, convert, false, err);
	if (rc == KL_ECONFIG)
		kl_err_field(err, "--map", 5);
	return rc;
}
