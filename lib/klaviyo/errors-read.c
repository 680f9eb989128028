/* SPDX-License-Identifier: MIT */
/* errors-read.c - Klaviyo's error objects are read. */

#include <ctype.h>
#include <string.h>

#include "kl/errors.h"

enum {
	CODE,
	DETAIL,
	POINTER,
	PARAMETER,
	FIELD
};

static struct kl_span
text(struct kl_faults *w, uint32_t obj, const char *name, int which)
{
	uint32_t i = kl_json_get(w->doc, obj, name);

	if (i == 0)
		return (struct kl_span){ "", 0 };
	return kl_json_text(w->doc, i, &w->text[which]);
}

/* True if the pointer goes on with the text; it is then moved past it. */
static bool
skip(struct kl_span *p, const char *s)
{
	size_t n = strlen(s);

	if (p->n < n || memcmp(p->s, s, n) != 0)
		return false;
	p->s += n;
	p->n -= n;
	return true;
}

/* An index at the pointer's beginning, up to a slash or the end. */
static bool
row(struct kl_span *p, uint32_t *v)
{
	size_t i;

	*v = 0;
	for (i = 0; i < p->n && i < 9 && p->s[i] >= '0' && p->s[i] <= '9'; i++)
		*v = *v * 10 + (uint32_t)(p->s[i] - '0');
	if (i == 0 || (i < p->n && p->s[i] != '/'))
		return false;
	p->s += i;
	p->n -= i;
	return true;
}

/* The members that hold the items of a batch, and what stands before the
 * fields of one item. */
static const char *const batches[] = {
	"/data/attributes/profiles/data/",
	"/data/attributes/events-bulk-create/data/",
	"/data/",
};

/* Find row and field in "/data/attributes/profiles/data/2/attributes/email",
 * "/data/0/id" or "/data/attributes/email". */
static void
read_pointer(struct kl_faults *w, struct kl_fault *f)
{
	struct kl_buf *b = &w->text[FIELD];
	const char *profile = "";
	struct kl_span p;
	size_t i;

	for (i = 0; i < sizeof(batches) / sizeof(batches[0]); i++) {
		p = f->pointer;
		if (skip(&p, batches[i]) && row(&p, &f->row)) {
			f->has_row = true;
			break;
		}
	}
	if (!f->has_row) {
		p = f->pointer;
		(void)skip(&p, "/data");
	}
	(void)skip(&p, "/attributes");
	if (f->has_row && skip(&p, "/events/data/") && row(&p, &f->sub)) {
		f->has_sub = true;
		(void)skip(&p, "/attributes");
	}
	/* The profile of an event is an attribute of it. */
	if (skip(&p, "/profile/data")) {
		(void)skip(&p, "/attributes");
		profile = "profile.";
	}
	if (p.n < 2 || p.s[0] != '/')
		return;
	kl_buf_reset(b);
	kl_buf_puts(b, profile);
	kl_buf_put(b, p.s + 1, p.n - 1);
	for (i = 0; i < b->n; i++)
		if (b->s[i] == '/')
			b->s[i] = '.';
	f->field = (struct kl_span){ b->s, b->n };
}

/* "A profile with id 01... does not exist.": the id. */
static struct kl_span
read_profile(const struct kl_fault *f)
{
	static const char before[] = "profile with id ";
	const size_t n = sizeof(before) - 1;
	struct kl_span id = { 0 };
	size_t i;

	if (!kl_span_is(f->code, "not_found"))
		return id;
	for (i = 0; i + n < f->detail.n; i++)
		if (memcmp(f->detail.s + i, before, n) == 0)
			break;
	if (i + n >= f->detail.n)
		return id;
	id.s = f->detail.s + i + n;
	while (i + n + id.n < f->detail.n && isalnum((unsigned char)id.s[id.n]))
		id.n++;
	return id;
}

bool
kl_fault_read(struct kl_faults *w, uint32_t node, struct kl_fault *f)
{
	uint32_t source;

	*f = (struct kl_fault){ 0 };
	if (kl_json_type(w->doc, node) != KL_JSON_OBJECT)
		return false;
	f->code = text(w, node, "code", CODE);
	f->detail = text(w, node, "detail", DETAIL);
	f->profile = read_profile(f);
	if ((source = kl_json_get(w->doc, node, "source")) != 0) {
		f->pointer = text(w, source, "pointer", POINTER);
		f->parameter = text(w, source, "parameter", PARAMETER);
	}
	read_pointer(w, f);
	return true;
}

bool
kl_fault_next(struct kl_faults *w, struct kl_fault *f)
{
	const struct kl_json *doc = w->doc;
	uint32_t errors;

	if (doc == NULL || doc->nodes == 0 ||
	    (errors = kl_json_get(doc, 0, "errors")) == 0 ||
	    kl_json_type(doc, errors) != KL_JSON_ARRAY)
		return false;
	if (w->at == 0)
		w->at = errors + 1;
	while (w->at < doc->node[errors].next) {
		uint32_t node = w->at;

		w->at = doc->node[node].next;
		if (kl_fault_read(w, node, f))
			return true;
	}
	return false;
}

void
kl_faults_free(struct kl_faults *w)
{
	size_t i;

	for (i = 0; i < sizeof(w->text) / sizeof(w->text[0]); i++)
		kl_buf_free(&w->text[i]);
}
