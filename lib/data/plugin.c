/* SPDX-License-Identifier: MIT */
/*
 * plugin.c - load a plug-in.
 */

#include <dlfcn.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "plugin.h"

#define PATH_LIMIT 4096

/* Put the path of the plug-in, seen from the program, in path. */
static bool
beside_program(const char *file, char path[PATH_LIMIT])
{
	ssize_t n = readlink("/proc/self/exe", path, PATH_LIMIT);
	int k;

	while (n > 0 && path[n - 1] != '/')
		n--;
	if (n <= 0)
		return false;
	k = snprintf(path + n, (size_t)(PATH_LIMIT - n), "../lib/kl/%s", file);
	return k > 0 && k < PATH_LIMIT - n;
}

enum kl_rc
plugin_open(const void **table, const char *file, const char *path,
    const char *symbol, struct kl_err *err)
{
	char beside[PATH_LIMIT];
	void *so;

	if (path == NULL && !beside_program(file, beside))
		return kl_err_sys(err, KL_ECONFIG, "/proc/self/exe");
	if (path == NULL)
		path = beside;
	if ((so = dlopen(path, RTLD_NOW | RTLD_LOCAL)) == NULL)
		return kl_err_set(err, KL_ECONFIG, "%s: %s", path,
		    access(path, R_OK) == 0 ? "cannot be loaded"
					    : "no such file");
	if ((*table = dlsym(so, symbol)) == NULL)
		return kl_err_set(err, KL_ECONFIG, "%s: not of this version",
		    path);
	return KL_OK;
}
