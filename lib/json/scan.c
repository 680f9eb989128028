/* SPDX-License-Identifier: MIT */
/* scan.c - kl_json_scan(): limits, memory, and the choice of a scanner. */

#include <stdlib.h>

#include "layout.h"
#include "scan.h"

#define FIRST_NODES 64U
#define MOST_NODES ((1U << 27) - 1) /* what count can hold */

bool
kl_json_grow(struct kl_json *doc, uint32_t used, uint32_t n,
    struct json_fault *f)
{
	uint32_t cap = doc->cap > FIRST_NODES / 2 ? doc->cap : FIRST_NODES / 2;
	struct kl_json_node *p;

	f->kind = FAULT_NODES;
	if (n > doc->max_nodes || used > doc->max_nodes - n)
		return false;
	cap = cap <= doc->max_nodes / 2 ? 2 * cap : doc->max_nodes;
	f->kind = FAULT_MEMORY;
	if ((p = realloc(doc->node, cap * sizeof(*p))) == NULL)
		return false;
	doc->node = p;
	doc->cap = cap;
	return true;
}

static bool
is_space(char c)
{
	return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

enum kl_rc
kl_json_scan_with(json_scanner *scan, struct kl_json *doc, const char *s,
    size_t n, struct kl_err *err)
{
	struct json_fault f = { FAULT_BYTES, 0 };

	doc->s = s;
	doc->n = n;
	doc->spare = 0;
	doc->nodes = 0;
	doc->shape = doc->laid_out = doc->layout = 0;
	if (doc->max_nodes == 0)
		doc->max_nodes = KL_JSON_NODES;
	if (doc->max_nodes > MOST_NODES)
		doc->max_nodes = MOST_NODES;
	if (doc->max_depth == 0)
		doc->max_depth = KL_JSON_DEPTH;
	if (n > KL_JSON_BYTES)
		return kl_json_explain(doc, &f, err);
	while (n > 0 && is_space(s[n - 1]))
		n--;
	if (doc->cap == 0 && !kl_json_grow(doc, 0, 1, &f))
		return kl_json_explain(doc, &f, err);
	if (!scan(doc, s, n, &f))
		return kl_json_explain(doc, &f, err);
	return KL_OK;
}

/* What this processor can do best. */
static json_scanner *
best_scanner(const struct json_follower **follow)
{
#if JSON_AVX2
	if (kl_cpu_wide()) {
		*follow = &kl_json_follow_avx2;
		return kl_json_scan_avx2;
	}
#endif
#if JSON_SSE2
	*follow = &kl_json_follow_sse2;
	return kl_json_scan_sse2;
#else
	*follow = NULL;
	return kl_json_scan_plain;
#endif
}

enum kl_rc
kl_json_scan(struct kl_json *doc, const char *s, size_t n, struct kl_err *err)
{
	const struct json_follower *follow;

	return kl_json_scan_with(best_scanner(&follow), doc, s, n, err);
}

/* Scan a text that is not like the one before. */
static enum kl_rc
scan_other(json_scanner *scan, const struct json_follower *follow,
    struct kl_json *doc, struct kl_err *err)
{
	const char *s = doc->s;
	size_t n = doc->n, spare = doc->spare;
	bool learns = follow != NULL && spare >= KL_JSON_SPARE;
	enum kl_rc rc;

	if (learns && n <= KL_JSON_BYTES && kl_json_follow(doc, follow, s, n))
		return KL_OK;
	rc = kl_json_scan_with(scan, doc, s, n, err);
	doc->spare = spare;
	if (rc == KL_OK && learns)
		kl_json_learn(doc);
	return rc;
}

static inline void
take_text(struct kl_json *doc, const char *s, size_t n, size_t spare)
{
	doc->s = s;
	doc->n = n;
	doc->spare = spare;
}

enum kl_rc
kl_json_next_with(json_scanner *scan, const struct json_follower *follow,
    struct kl_json *doc, const char *s, size_t n, size_t spare,
    struct kl_err *err)
{
	take_text(doc, s, n, spare);
	return scan_other(scan, follow, doc, err);
}

enum kl_rc
kl_json_scan_next(struct kl_json *doc, const char *s, size_t n, size_t spare,
    struct kl_err *err)
{
	const struct json_follower *follow;
	json_scanner *scan;

	take_text(doc, s, n, spare);
	if (doc->layouts != NULL && spare >= KL_JSON_SPARE &&
	    kl_json_follow_last(doc, s, n))
		return KL_OK;
	scan = best_scanner(&follow);
	return scan_other(scan, follow, doc, err);
}

void
kl_json_free(struct kl_json *doc)
{
	free(doc->node);
	free(doc->names);
	kl_json_forget(doc);
	*doc = (struct kl_json){
		.max_nodes = doc->max_nodes,
		.max_depth = doc->max_depth,
	};
}
