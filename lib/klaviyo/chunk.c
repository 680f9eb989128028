/* SPDX-License-Identifier: MIT */
/* chunk.c - take a chunk of kl-chunk apart. */

#include <string.h>

#include "kl/send.h"

static const char *const names[] = { "chunk", "from", "to", "wait_ms",
	"records" };
#define MEMBERS (sizeof(names) / sizeof(*names))

static enum kl_rc
malformed(struct kl_err *err, const char *what)
{
	(void)kl_err_set(err, KL_EDATA, "the chunk is malformed: %s", what);
	kl_err_code(err, "chunk_malformed");
	kl_err_hint(err,
	    "a chunk is {\"chunk\":N,\"from\":N,\"to\":N,"
	    "\"wait_ms\":N,\"records\":[...]}, as kl-chunk "
	    "writes it");
	return KL_EDATA;
}

bool
kl_chunk_is(const char *s, size_t n)
{
	static const char begin[] = "{\"chunk\":";

	return n >= sizeof(begin) - 1 &&
	    memcmp(s, begin, sizeof(begin) - 1) == 0;
}

enum kl_rc
kl_chunk_read(const struct kl_json *doc, struct kl_send_chunk *c,
    uint32_t *records, struct kl_err *err)
{
	int64_t v[MEMBERS - 1];
	size_t i = 0;
	uint32_t last = 0;

	if (doc->nodes == 0 || kl_json_type(doc, 0) != KL_JSON_OBJECT ||
	    doc->node[0].count != MEMBERS)
		return malformed(err, "it has other members");
	kl_json_each_member (m, doc, 0) {
		if (!kl_json_is(doc, m, names[i]))
			return malformed(err, "it has other members");
		if (i < MEMBERS - 1 &&
		    (!kl_json_int(doc, m + 1, &v[i]) || v[i] < 0))
			return malformed(err, "a count is no number");
		last = m + 1;
		i++;
	}
	if (kl_json_type(doc, last) != KL_JSON_ARRAY)
		return malformed(err, "its records are no array");
	c->from = (uint64_t)v[1];
	c->to = (uint64_t)v[2];
	c->n = doc->node[last].count;
	c->wait_ms = (uint64_t)v[3];
	if (c->from == 0 || c->to < c->from || c->n > c->to - c->from + 1)
		return malformed(err, "its lines cannot hold its records");
	if (c->wait_ms > KL_CHUNK_WAIT_MAX)
		return malformed(err, "it waits for more than an hour");
	*records = last;
	return KL_OK;
}
