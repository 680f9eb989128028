/* SPDX-License-Identifier: MIT */
#ifndef JQ_PLUGIN_H
#define JQ_PLUGIN_H

#include <stddef.h>

/*
 * jq-plugin.h - what the library and the plug-in with libjq say to each
 * other.
 *
 * Plain C, no types of either side.  The number in the symbol's name changes
 * whenever the struct does, so a plug-in of another version is not found
 * rather than misread.
 */

#define JQ_PLUGIN_SYMBOL "kl_jq_plugin_1"

/* Takes text, more than once where there is more. */
struct jq_text {
	void (*put)(void *ctx, const char *s, size_t n);
	void *ctx;
};

enum jq_verdict {
	JQ_RESULT, /* out has it */
	JQ_END,	   /* there is none left */
	JQ_FAILED, /* out has the message */
};

struct jq_plugin {
	/* Compile a program; NULL if that failed, out having what jq said. */
	void *(*compile)(const char *program, struct jq_text *out);
	void (*free)(void *program);
	/* Begin with a JSON text; 0 if jq cannot read it. */
	int (*start)(void *program, const char *json, size_t n);
	/* The next result as JSON. */
	enum jq_verdict (*next)(void *program, const struct jq_text *out);
};

#endif /* JQ_PLUGIN_H */
