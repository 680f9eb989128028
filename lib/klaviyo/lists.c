/* SPDX-License-Identifier: MIT */
/* lists.c - find a list, by its id or its name. */

#include <stdio.h>
#include <string.h>

#include "kl/lists.h"
#include "kl/page.h"
#include "kl/url.h"

/* Lists named in a hint, and characters of their names. */
#define HINT_LISTS 10
#define HINT_NAME 32

bool
kl_list_id_valid(const char *s)
{
	size_t n = strlen(s);

	return n > 0 && n < KL_LIST_ID &&
	    strspn(s,
		"abcdefghijklmnopqrstuvwxyz"
		"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") == n;
}

/* Copy text, cut where a character ends, control characters left out. */
static void
copy_text(char *to, size_t size, struct kl_span s)
{
	size_t i, n = 0;

	for (i = 0; i < s.n && n + 1 < size; i++)
		if ((unsigned char)s.s[i] >= ' ' && s.s[i] != 0x7F)
			to[n++] = s.s[i];
	/* Not in the middle of a character. */
	if (i < s.n)
		while (n > 0 && ((unsigned char)s.s[i] & 0xC0) == 0x80)
			i--, n--;
	to[n] = '\0';
}

static enum kl_opt_in
opt_in_of(const struct kl_json *doc, uint32_t attributes)
{
	uint32_t at = kl_json_get(doc, attributes, "opt_in_process");

	if (at != 0 && kl_json_is(doc, at, "single_opt_in"))
		return KL_OPT_IN_SINGLE;
	if (at != 0 && kl_json_is(doc, at, "double_opt_in"))
		return KL_OPT_IN_DOUBLE;
	return KL_OPT_IN_UNSAID;
}

/* Take the list resource at node. */
static bool
read_list(struct kl_list *l, const struct kl_json *doc, uint32_t node)
{
	struct kl_buf tmp = { 0 };
	uint32_t id, attributes, name;

	*l = (struct kl_list){ 0 };
	if (kl_json_type(doc, node) != KL_JSON_OBJECT ||
	    (id = kl_json_get(doc, node, "id")) == 0)
		return false;
	copy_text(l->id, sizeof(l->id), kl_json_text(doc, id, &tmp));
	if ((attributes = kl_json_get(doc, node, "attributes")) != 0) {
		l->opt_in = opt_in_of(doc, attributes);
		if ((name = kl_json_get(doc, attributes, "name")) != 0)
			copy_text(l->name, sizeof(l->name),
			    kl_json_text(doc, name, &tmp));
	}
	kl_buf_free(&tmp);
	return l->id[0] != '\0';
}

static void
walk_lists(struct kl_pages *p, struct kl_client *c)
{
	static const char fields[] = "name,opt_in_process";

	*p = (struct kl_pages){ .client = c, .ep = kl_endpoint(KL_EP_LISTS) };
	kl_url_param(&p->query, "page[size]", "10", 2);
	kl_url_param(&p->query, "fields[list]", fields, sizeof(fields) - 1);
}

/* What is done with each list of a walk; false ends it. */
typedef bool each_list(void *ctx, const struct kl_list *l);

/* Every list of the walk, up to max, to each(); *more says if some are left.
 * The walk is freed. */
static enum kl_rc
for_each(struct kl_pages *p, unsigned max, each_list *each, void *ctx,
    bool *more, struct kl_err *err)
{
	struct kl_list l;
	unsigned n = 0;
	uint32_t data;
	enum kl_rc rc;

	*more = false;
	while (!*more && (rc = kl_pages_next(p, &data, err)) == KL_OK) {
		kl_json_each (e, p->answer.doc, data) {
			if (n == max) {
				*more = true;
				break;
			}
			if (read_list(&l, p->answer.doc, e)) {
				n++;
				if (!each(ctx, &l))
					*more = true;
			}
		}
		if (n == max && !p->end)
			*more = true;
	}
	if (*more)
		rc = KL_OK;
	kl_pages_free(p);
	return rc == KL_EOF ? KL_OK : rc;
}

static bool
add_to_hint(void *ctx, const struct kl_list *l)
{
	struct kl_buf *b = ctx;
	char name[HINT_NAME];

	copy_text(name, sizeof(name), KL_SPAN(l->name));
	if (b->n + strlen(l->id) + strlen(name) + 30 > b->max)
		return false;
	kl_buf_printf(b, "%s%s (%s)", b->n > 0 ? ", " : "", l->id, name);
	return true;
}

/* The list does not exist: say which do. */
static enum kl_rc
no_such_list(struct kl_client *c, const char *what, struct kl_err *err)
{
	struct kl_buf b = { .max = sizeof(err->hint) - 1 };
	struct kl_err why = { 0 };
	struct kl_pages p;
	bool more;

	(void)kl_err_set(err, KL_EREFUSED,
	    "the account of the key has no list with this %s", what);
	kl_err_code(err, "list_unknown");
	walk_lists(&p, c);
	if (for_each(&p, HINT_LISTS, add_to_hint, &b, &more, &why) != KL_OK)
		kl_err_hint(err, "and its lists cannot be seen: %s", why.msg);
	else if (b.n == 0)
		kl_err_hint(err, "it has no lists at all");
	else
		kl_err_hint(err, "it has %s%s", kl_buf_str(&b),
		    more ? ", ..." : "");
	kl_buf_free(&b);
	return KL_EREFUSED;
}

static enum kl_rc
find_by_id(struct kl_client *c, const char *id, struct kl_list *l,
    struct kl_err *err)
{
	struct kl_call call = { .ep = kl_endpoint(KL_EP_LIST), .id = id };
	struct kl_answer a;
	uint32_t data;
	enum kl_rc rc;

	if (!kl_list_id_valid(id)) {
		(void)kl_err_set(err, KL_EUSAGE,
		    "this cannot be the id of a "
		    "list");
		kl_err_hint(err,
		    "an id has letters and digits, as in the "
		    "list's address; for a name use --list-name");
		return KL_EUSAGE;
	}
	call.query = KL_SPAN("fields%5Blist%5D=name%2Copt_in_process");
	if ((rc = kl_client_call(c, &call, &a, err)) != KL_OK) {
		if (strcmp(a.err.code, "list_unknown") == 0)
			return no_such_list(c, "id", err);
		return rc;
	}
	if ((data = kl_json_get(a.doc, 0, "data")) == 0 ||
	    !read_list(l, a.doc, data)) {
		(void)kl_err_set(err, KL_EPROTO, "klaviyo sent no list");
		kl_err_code(err, "no_resource");
		return KL_EPROTO;
	}
	return KL_OK;
}

/* Lists of one name; those after the first are for the message. */
struct matches {
	const char *name;
	unsigned n;
	struct kl_list first;
	struct kl_buf ids;
};

static bool
match(void *ctx, const struct kl_list *l)
{
	struct matches *m = ctx;

	/* The filter is the service's; equality is ours to check. */
	if (strcmp(l->name, m->name) != 0)
		return true;
	if (m->n++ == 0)
		m->first = *l;
	kl_buf_printf(&m->ids, "%s%s", m->ids.n > 0 ? ", " : "", l->id);
	return true;
}

/* equals(name,"..."), quotes and backslashes escaped. */
static void
put_name_filter(struct kl_buf *query, const char *name)
{
	struct kl_buf f = { 0 };
	const char *s;

	kl_buf_puts(&f, "equals(name,\"");
	for (s = name; *s != '\0'; s++) {
		if (*s == '"' || *s == '\\')
			kl_buf_putc(&f, '\\');
		kl_buf_putc(&f, *s);
	}
	kl_buf_puts(&f, "\")");
	kl_url_param(query, "filter", f.s, f.n);
	kl_buf_free(&f);
}

static enum kl_rc
find_by_name(struct kl_client *c, const char *name, struct kl_list *l,
    struct kl_err *err)
{
	struct matches m = { .name = name };
	struct kl_pages p;
	enum kl_rc rc;
	bool more;

	walk_lists(&p, c);
	put_name_filter(&p.query, name);
	rc = for_each(&p, UINT32_MAX, match, &m, &more, err);
	if (rc == KL_OK && m.n == 0)
		rc = no_such_list(c, "name", err);
	else if (rc == KL_OK && m.n > 1) {
		rc = kl_err_set(err, KL_EUSAGE, "%u lists have this name", m.n);
		kl_err_code(err, "list_ambiguous");
		kl_err_hint(err, "use --list with one of %s",
		    kl_buf_str(&m.ids));
	} else if (rc == KL_OK)
		*l = m.first;
	kl_buf_free(&m.ids);
	return rc;
}

enum kl_rc
kl_list_find(struct kl_client *c, const char *id, const char *name,
    struct kl_list *list, struct kl_err *err)
{
	if ((id == NULL) == (name == NULL))
		return kl_err_set(err, KL_EUSAGE,
		    "a list is named by its id or by its name");
	return id != NULL ? find_by_id(c, id, list, err)
			  : find_by_name(c, name, list, err);
}

static bool
add_line(void *ctx, const struct kl_list *l)
{
	kl_buf_printf(ctx, "%s  %s\n", l->id, l->name);
	return true;
}

enum kl_rc
kl_lists_text(struct kl_client *c, struct kl_buf *b, unsigned max,
    struct kl_err *err)
{
	struct kl_pages p;
	enum kl_rc rc;
	bool more;

	walk_lists(&p, c);
	rc = for_each(&p, max, add_line, b, &more, err);
	if (rc == KL_OK && more)
		kl_buf_puts(b, "...\n");
	return rc == KL_OK ? kl_buf_check(b, err) : rc;
}

enum kl_rc
kl_members_count(struct kl_client *c, bool segment, const char *id, bool once,
    uint64_t *count, struct kl_err *err)
{
	struct kl_call call = { .id = id, .once = once };
	struct kl_answer a;
	uint32_t i;
	enum kl_rc rc;
	int64_t v;

	call.ep = kl_endpoint(segment ? KL_EP_SEGMENT_COUNT : KL_EP_LIST_COUNT);
	call.query = segment
	    ? KL_SPAN("additional-fields%5Bsegment%5D=profile_count")
	    : KL_SPAN("additional-fields%5Blist%5D=profile_count");
	if ((rc = kl_client_call(c, &call, &a, err)) != KL_OK)
		return rc;
	if ((i = kl_json_get(a.doc, 0, "data")) == 0 ||
	    (i = kl_json_get(a.doc, i, "attributes")) == 0 ||
	    (i = kl_json_get(a.doc, i, "profile_count")) == 0 ||
	    !kl_json_int(a.doc, i, &v) || v < 0) {
		(void)kl_err_set(err, KL_EPROTO,
		    "klaviyo sent no profile_count");
		kl_err_code(err, "no_count");
		return KL_EPROTO;
	}
	*count = (uint64_t)v;
	return KL_OK;
}

enum kl_rc
kl_list_count(struct kl_client *c, const char *id, uint64_t *count,
    struct kl_err *err)
{
	return kl_members_count(c, false, id, false, count, err);
}
