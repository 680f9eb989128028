/* SPDX-License-Identifier: MIT */
/* tags.c - labels on lists. */

#include <stdio.h>
#include <stdlib.h>

#include "body.h"
#include "kl/room.h"
#include "rows.h"
#include "tags.h"

struct tag {
	char id[UUID_TEXT];
	char *name;	/* JSON; owned */
	uint32_t *list; /* numbers in the store; owned */
	size_t n, cap;
	bool seen;
};

struct tags {
	struct tag tag[MAX_TAGS];
	uint32_t n;
};

/* The one group that there is. */
#define GROUP "00000000-0000-4000-8000-000000000001"

enum {
	NAME
};
const struct field tag_fields[] = { { "name", NAME, NULL, ALWAYS }, { 0 } };

const struct field tag_group_fields[] = {
	{ "name", FIXED, "\"default\"", ALWAYS },
	{ "exclusive", FIXED, "false", ALWAYS },
	{ "default", FIXED, "true", ALWAYS },
	{ 0 },
};

const struct filter_rule tag_filters[] = {
	{ "name", OP(EQUALS) | OP(CONTAINS) | OP(STARTS_WITH) | OP(ENDS_WITH),
	    IS_TEXT, NAME, NULL },
	{ 0 },
};

/* --- what there is ---------------------------------------------------------
 */

static struct tag *
tag_find(const struct box *box, struct kl_span id)
{
	uint32_t i;

	for (i = 0; box->tags != NULL && i < box->tags->n; i++)
		if (kl_span_is(id, box->tags->tag[i].id))
			return &box->tags->tag[i];
	return NULL;
}

static struct tag *
tag_of(struct req *q)
{
	struct tag *t = tag_find(q->box, q->id[0]);

	if (t == NULL)
		reply_bad(q, NOT_FOUND, "/data/",
		    "A tag with id %.*s does not exist.",
		    q->id[0].n > 60 ? 60 : (int)q->id[0].n, q->id[0].s);
	return t;
}

static bool
tagged(const struct tag *t, uint32_t list)
{
	size_t i = 0;

	while (i < t->n && t->list[i] != list)
		i++;
	return i < t->n;
}

void
tags_free(struct box *box)
{
	uint32_t i;

	for (i = 0; box->tags != NULL && i < box->tags->n; i++) {
		free(box->tags->tag[i].name);
		free(box->tags->tag[i].list);
	}
	free(box->tags);
	box->tags = NULL;
}

/* --- how it is shown -------------------------------------------------------
 */

static void
value(struct kl_buf *b, int source, void *ctx)
{
	const struct tag *t = ctx;

	(void)source;
	kl_buf_puts(b, t->name);
}

static void
put_tag(struct req *q, const struct shape *s, struct tag *t)
{
	static const char *const others[] = { "lists", "segments", "campaigns",
		"flows" };
	struct kl_buf *b = &q->out;
	size_t i;

	kl_json_put_comma(b);
	kl_buf_printf(b,
	    "{\"type\":\"tag\",\"id\":\"%s\",\"attributes\":", t->id);
	shape_put(s, b, value, t);
	kl_buf_puts(b, ",\"relationships\":{");
	reply_relation(b, q, "tags", t->id, "tag-group");
	b->n--; /* the closing brace */
	kl_buf_puts(b,
	    ",\"data\":{\"type\":\"tag-group\",\"id\":\"" GROUP "\"}}");
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		reply_relation(b, q, "tags", t->id, others[i]);
	kl_buf_putc(b, '}');
	reply_links(b, q, "tags", t->id);
	kl_buf_putc(b, '}');
}

static void
put_group(struct req *q)
{
	struct shape *s = &q->box->shape2;

	if (!(q->query.include & 1) || !plain_shape(q, s, tag_group_fields, 1))
		return;
	kl_buf_puts(&q->out,
	    ",\"included\":[{\"type\":\"tag-group\",\"id\":\"" GROUP
	    "\",\"attributes\":");
	shape_put(s, &q->out, value, NULL);
	kl_buf_puts(&q->out, ",\"relationships\":{");
	reply_relation(&q->out, q, "tag-groups", GROUP, "tags");
	kl_buf_putc(&q->out, '}');
	reply_links(&q->out, q, "tag-groups", GROUP);
	kl_buf_puts(&q->out, "}]");
}

void
put_tag_ids(struct req *q, const struct list *l)
{
	struct tags *all = q->box->tags;
	uint32_t list = (uint32_t)(l - q->box->store.list), i;

	for (i = 0; all != NULL && i < all->n; i++)
		if (tagged(&all->tag[i], list)) {
			put_identifier(&q->out, "tag", all->tag[i].id);
			all->tag[i].seen = true;
		}
}

void
tags_unseen(struct box *box)
{
	uint32_t i;

	for (i = 0; box->tags != NULL && i < box->tags->n; i++)
		box->tags->tag[i].seen = false;
}

/* fields[tag] is the second of the types of lists. */
void
put_included_tags(struct req *q)
{
	struct tags *all = q->box->tags;
	uint32_t i;

	if (all == NULL || !plain_shape(q, &q->box->shape2, tag_fields, 1))
		return;
	for (i = 0; i < all->n; i++)
		if (all->tag[i].seen)
			put_tag(q, &q->box->shape2, &all->tag[i]);
}

static void
put(struct req *q, uint32_t at)
{
	put_tag(q, &q->box->shape, &q->box->tags->tag[at]);
}

void
get_tags(struct req *q)
{
	uint32_t i, max = q->box->tags != NULL ? q->box->tags->n : 0;
	struct row *row = malloc((max + 1) * sizeof(*row));
	size_t n = 0;

	if (row == NULL) {
		reply_bad(q, BROKEN, "/data", "out of memory");
		return;
	}
	for (i = 0; i < max; i++) {
		const struct tag *t = &q->box->tags->tag[i];

		if (!filter_texts(&q->query.filter, KL_SPAN(t->name)))
			continue;
		row[n].at = i;
		if (q->query.sort == 1)
			row_key(&row[n++], "%.70s %s", t->name, t->id);
		else
			row_key(&row[n++], "%s", t->id);
	}
	if (plain_shape(q, &q->box->shape, tag_fields, 0)) {
		reply_begin(q, 200);
		rows_put(q, row, n, put);
		put_group(q);
		reply_end_page(q);
	}
	free(row);
}

static void
answer_tag(struct req *q, int status, struct tag *t)
{
	if (!plain_shape(q, &q->box->shape, tag_fields, 0))
		return;
	reply_begin(q, status);
	put_tag(q, &q->box->shape, t);
	put_group(q);
	reply_end(q);
}

void
get_tag(struct req *q)
{
	struct tag *t = tag_of(q);

	if (t != NULL)
		answer_tag(q, 200, t);
}

/* --- of a list, and of a tag -----------------------------------------------
 */

void
get_list_tags(struct req *q)
{
	struct list *l = list_of(q, q->id[0]);
	struct tags *all = q->box->tags;
	uint32_t i;

	if (l == NULL || !plain_shape(q, &q->box->shape, tag_fields, 0))
		return;
	reply_begin(q, 200);
	kl_buf_putc(&q->out, '[');
	for (i = 0; all != NULL && i < all->n; i++)
		if (tagged(&all->tag[i], (uint32_t)(l - q->box->store.list)))
			put_tag(q, &q->box->shape, &all->tag[i]);
	kl_buf_putc(&q->out, ']');
	reply_end_whole(q);
}

void
get_list_tag_ids(struct req *q)
{
	struct list *l = list_of(q, q->id[0]);

	if (l == NULL)
		return;
	reply_begin(q, 200);
	kl_buf_putc(&q->out, '[');
	put_tag_ids(q, l);
	kl_buf_putc(&q->out, ']');
	reply_end_whole(q);
}

void
get_tag_lists(struct req *q)
{
	struct tag *t = tag_of(q);
	size_t i;

	if (t == NULL)
		return;
	reply_begin(q, 200);
	kl_buf_putc(&q->out, '[');
	for (i = 0; i < t->n; i++)
		if (!q->box->store.list[t->list[i]].gone)
			put_identifier(&q->out, "list",
			    q->box->store.list[t->list[i]].id);
	kl_buf_putc(&q->out, ']');
	reply_end_whole(q);
}

/* --- making and putting on -------------------------------------------------
 */

enum {
	TAG_NAME,
	TAG_GROUP,
	TAG_NODES
};
static const struct member group_id[] = {
	{ "type", IS(STRING), true, NULL, -1, "tag-group" },
	{ "id", IS(STRING), true, NULL, TAG_GROUP, NULL },
	{ 0 },
};
static const struct member group_data[] = {
	{ "data", IS(OBJECT), false, group_id, -1, NULL },
	{ 0 },
};
static const struct member tag_relations[] = {
	{ "tag-group", IS(OBJECT), false, group_data, -1, NULL },
	{ 0 },
};
static const struct member tag_attributes[] = {
	{ "name", IS(STRING), true, NULL, TAG_NAME, NULL },
	{ 0 },
};
static const struct member tag_data[] = {
	{ "type", IS(STRING), true, NULL, -1, "tag" },
	{ "attributes", IS(OBJECT), true, tag_attributes, -1, NULL },
	{ "relationships", IS(OBJECT), false, tag_relations, -1, NULL },
	{ 0 },
};

/* Make it, unless there are too many.  NULL: answered. */
static struct tag *
tag_make(struct req *q, uint32_t name)
{
	struct box *box = q->box;
	struct kl_buf json = { 0 }, tmp = { 0 };
	struct kl_span text = kl_json_text(&box->doc, name, &tmp);
	struct tag *t = NULL;

	if (box->tags == NULL)
		box->tags = calloc(1, sizeof(*box->tags));
	kl_json_put_text(&json, text.s, text.n);
	(void)kl_buf_str(&json);
	kl_buf_free(&tmp);
	if (box->tags == NULL || json.rc != KL_OK) {
		reply_bad(q, BROKEN, "/data", "out of memory");
		kl_buf_free(&json);
	} else if (box->tags->n == MAX_TAGS) {
		reply_bad(q, BAD_INPUT, "/data",
		    "The account has its maximum of %u tags.", MAX_TAGS);
		kl_buf_free(&json);
	} else {
		t = &box->tags->tag[box->tags->n++];
		uuid_text(&box->random, t->id);
		t->name = json.s;
	}
	return t;
}

void
create_tag(struct req *q)
{
	uint32_t found[TAG_NODES] = { 0 }, data;
	struct problem p;
	struct tag *t;

	if (!reply_body(q, &data))
		return;
	if (!body_read(&q->box->doc, data, tag_data, "tag", "/data", found, &p))
		reply_problem(q, &p, "");
	else if (q->box->doc.node[found[TAG_NAME]].n == 2)
		reply_bad(q, BAD_INPUT, "/data/attributes/name",
		    "This field may not be blank.");
	else if (found[TAG_GROUP] != 0 &&
	    !kl_json_is(&q->box->doc, found[TAG_GROUP], GROUP))
		reply_bad(q, NOT_FOUND, "/data/",
		    "A tag group with this id does not exist.");
	else if ((t = tag_make(q, found[TAG_NAME])) != NULL)
		answer_tag(q, 201, t);
}

static const struct member list_of_tag[] = {
	{ "type", IS(STRING), true, NULL, -1, "list" },
	{ "id", IS(STRING), true, NULL, 0, NULL },
	{ 0 },
};

static size_t
tags_on(const struct box *box, uint32_t list)
{
	size_t n = 0;
	uint32_t i;

	for (i = 0; i < box->tags->n; i++)
		n += tagged(&box->tags->tag[i], list);
	return n;
}

static bool
put_on(struct tag *t, uint32_t list)
{
	if (tagged(t, list))
		return true;
	if (!KL_ROOM(t->list, t->n, t->cap, 4))
		return false;
	t->list[t->n++] = list;
	return true;
}

static void
take_off(struct tag *t, uint32_t list)
{
	size_t i, n = 0;

	for (i = 0; i < t->n; i++)
		if (t->list[i] != list)
			t->list[n++] = t->list[i];
	t->n = n;
}

/* Check one element of the body, and with doing set carry it out. */
static bool
one_list(struct req *q, struct tag *t, uint32_t e, bool doing,
    struct problem *p)
{
	uint32_t id = 0, list;
	const struct list *l;

	if (!body_read(&q->box->doc, e, list_of_tag, "list", "", &id, p))
		return false;
	l = store_list(&q->box->store, body_id(&q->box->doc, id));
	if (l == NULL) {
		(void)list_missing(p, false, body_id(&q->box->doc, id));
		p->where[0] = '\0'; /* the element itself */
		return false;
	}
	list = (uint32_t)(l - q->box->store.list);
	if (q->op->verb == DELETE) {
		if (doing)
			take_off(t, list);
		return true;
	}
	if (!tagged(t, list) && tags_on(q->box, list) >= MAX_LIST_TAGS)
		return problem_set(p, BAD_INPUT, "",
		    "A list can have at most %u tags.", MAX_LIST_TAGS);
	if (doing && !put_on(t, list))
		return problem_set(p, BROKEN, "/data", "out of memory");
	return true;
}

void
tag_lists(struct req *q)
{
	struct tag *t = tag_of(q);
	struct problem p;
	uint32_t data, i;
	char prefix[24];
	int doing;

	if (t == NULL || !reply_body(q, &data))
		return;
	if (kl_json_type(&q->box->doc, data) != KL_JSON_ARRAY) {
		reply_bad(q, BAD_INPUT, "/data",
		    "Invalid input for 'data': expected a list of resource "
		    "identifiers.");
		return;
	}
	for (doing = 0; doing < 2 && q->errors == 0; doing++) {
		i = 0;
		kl_json_each (e, &q->box->doc, data) {
			(void)snprintf(prefix, sizeof(prefix), "/data/%u", i++);
			if (!one_list(q, t, e, doing != 0, &p))
				reply_problem(q, &p, prefix);
		}
	}
	if (q->errors == 0)
		reply_empty(q, 204);
}
