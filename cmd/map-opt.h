/* SPDX-License-Identifier: MIT */
#ifndef CMD_MAP_OPT_H
#define CMD_MAP_OPT_H

#include "kl/mapping.h"

/* cmd/map-opt.h - a field to map, as the option --map gives it. */

/* Add "ORIGIN=DESTINATION:FUNCTIONS" to a mapping.  KL_EUSAGE if it is not of
 * that form; as kl_mapping_add(). */
enum kl_rc cmd_map_option(struct kl_mapping *m, const char *text,
    struct kl_err *err);

#endif /* CMD_MAP_OPT_H */
