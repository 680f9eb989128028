/* SPDX-License-Identifier: MIT */
#ifndef PHONE_PLUGIN_H
#define PHONE_PLUGIN_H

/*
 * phone-plugin.h - what phone.c and the plug-in say to each other.
 *
 * Plain C, no types of either side.  The number in the symbol's name changes
 * whenever the struct does, so a plug-in of another version is not found
 * rather than misread.
 */

#define PHONE_PLUGIN_SYMBOL "kl_phone_plugin_1"

enum phone_verdict {
	PHONE_OK,
	PHONE_NOT_A_NUMBER,
	PHONE_REGION, /* no region, and no country code in the number */
	PHONE_SHORT,
	PHONE_LONG,
	PHONE_INVALID, /* the plan of its country does not hold it */
	PHONE_MEMORY,
};

struct phone_plugin {
	/* Load the numbering plans; 0 if that failed. */
	int (*start)(void);
	/* 1 if there is a plan for the region. */
	int (*has_region)(const char *region);
	/* Write "+", at most 15 digits and a NUL to out. */
	enum phone_verdict (*format)(const char *s, unsigned long n,
	    const char *region, char *out);
	/* The same by the library alone: what the tests hold format() to. */
	enum phone_verdict (*format_slowly)(const char *s, unsigned long n,
	    const char *region, char *out);
	/* How many numbers of this thread did not need the library. */
	unsigned long (*short_ways)(void);
};

#endif /* PHONE_PLUGIN_H */
