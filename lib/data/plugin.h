/* SPDX-License-Identifier: MIT */
#ifndef PLUGIN_H
#define PLUGIN_H

#include "kl/err.h"

/*
 * plugin.h - what is loaded only when it is asked for, because it brings
 * libraries along that most runs have no use for.
 *
 * Plug-ins stand in ../lib/kl, seen from the directory of the program.
 */

/*
 * The table that the plug-in called file ("kl-phone.so") exports as symbol;
 * path, if not NULL, is where the plug-in is instead.  It stays loaded as long
 * as the process runs.  KL_OK; KL_ECONFIG naming the path and why not, without
 * a hint.
 */
enum kl_rc plugin_open(const void **table, const char *file, const char *path,
    const char *symbol, struct kl_err *err);

#endif /* PLUGIN_H */
