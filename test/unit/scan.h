/* SPDX-License-Identifier: MIT */
#ifndef SCAN_H
#define SCAN_H

/* scan.h - JSON scanned with every scanner there is, for unit programs. */

#include <stdlib.h>

#include "../../lib/json/scan.h"
#include "ok.h"

/* True if the scanner gives the answer that is in doc, rc and err. */
static inline bool
agrees(json_scanner *scanner, const struct kl_json *doc, enum kl_rc rc,
    const struct kl_err *err)
{
	static struct kl_json other;
	static struct kl_err oerr;

	memset(&oerr, 0, sizeof(oerr));
	other.max_nodes = doc->max_nodes;
	other.max_depth = doc->max_depth;
	if (kl_json_scan_with(scanner, &other, doc->s, doc->n, &oerr) != rc ||
	    other.nodes != doc->nodes)
		return false;
	if (rc != KL_OK)
		return strcmp(err->msg, oerr.msg) == 0 &&
		    strcmp(err->hint, oerr.hint) == 0;
	return memcmp(doc->node, other.node, doc->nodes * sizeof(*doc->node)) ==
	    0;
}

/* Scan with every scanner there is: they must agree on everything. */
static inline enum kl_rc
scan(struct kl_json *doc, const char *s, size_t n, struct kl_err *err)
{
	enum kl_rc rc = kl_json_scan_with(kl_json_scan_plain, doc, s, n, err);
	bool same = agrees(kl_json_scan_plain, doc, rc, err);

#if JSON_SSE2
	same = agrees(kl_json_scan_sse2, doc, rc, err) && same;
#endif
#if JSON_AVX2
	if (kl_cpu_wide())
		same = agrees(kl_json_scan_avx2, doc, rc, err) && same;
#endif
	if (!same) {
		(void)ok(0, "every scanner gives the same answer");
		printf("# %.*s\n", (int)n, s);
	}
	return rc;
}

/* The same from memory of its own, so that a byte read too many shows. */
static inline enum kl_rc
scan_exactly(struct kl_json *doc, const char *s, size_t n, struct kl_err *err)
{
	char *copy = malloc(n > 0 ? n : 1);
	enum kl_rc rc;

	if (copy == NULL)
		return KL_ENOMEM;
	memcpy(copy, s, n);
	rc = scan(doc, copy, n, err);
	free(copy);
	return rc;
}

#endif /* SCAN_H */
