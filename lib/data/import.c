/* SPDX-License-Identifier: MIT */

/*
 * import.c - the envelope of a bulk import's body.
 *
 * Here and nowhere else: the program that cuts input into chunks and the one
 * that sends them must agree on it to the byte.
 */

#include <string.h>

#include "kl/json.h"
#include "kl/profile.h"

static const char head[] = "{\"data\":{\"type\":\"profile-bulk-import-job\","
			   "\"attributes\":{\"profiles\":{\"data\":[";
static const char tail[] = "]}}";
static const char list_head[] = ",\"relationships\":{\"lists\":{\"data\":["
				"{\"type\":\"list\",\"id\":";
static const char list_tail[] = "}]}}";
static const char end[] = "}}";

void
kl_import_open(struct kl_buf *b)
{
	kl_buf_put(b, head, sizeof(head) - 1);
}

void
kl_import_close(struct kl_buf *b, const char *list)
{
	kl_buf_put(b, tail, sizeof(tail) - 1);
	if (list != NULL) {
		kl_buf_put(b, list_head, sizeof(list_head) - 1);
		kl_json_put_text(b, list, strlen(list));
		kl_buf_put(b, list_tail, sizeof(list_tail) - 1);
	}
	kl_buf_put(b, end, sizeof(end) - 1);
}

size_t
kl_import_envelope(size_t list_n)
{
	size_t n = sizeof(head) - 1 + sizeof(tail) - 1 + sizeof(end) - 1;

	if (list_n > 0)
		n += sizeof(list_head) - 1 + 2 + list_n + sizeof(list_tail) - 1;
	return n;
}
