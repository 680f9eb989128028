/* SPDX-License-Identifier: MIT */
/* layout-members.c - the members of texts, gathered (layout.h). */

#include <stdlib.h>

#include "layout.h"

#define MOST_MEMBERS 1024U
#define MOST_TEXT ((size_t)64 << 10)
#define MOST_DEPTH 16U

/* A text is merged with others: a copy of their layout, until all went well. */
struct merging {
	const struct kl_json *doc;
	struct json_layout *l;
};

/* The number of the member of that name; 0 if there is none. */
static uint32_t
find(const struct json_layout *l, uint32_t parent, struct kl_span name)
{
	uint32_t hash = json_hash_raw(name.s, name.n);
	uint32_t at = json_slot(l, parent, hash), i;
	const struct json_member *m;

	for (i = 0; i < JSON_PROBES && l->table[at] != 0; i++) {
		m = &l->member[l->table[at]];
		if (m->hash == hash && m->parent == parent &&
		    m->len == name.n &&
		    memcmp(l->text + m->at, name.s, name.n) == 0)
			return l->table[at];
		at = (at + 1) & (l->slots - 1);
	}
	return 0;
}

/* Put a member where it is looked for; false if too many are there. */
static bool
enter(struct json_layout *l, uint32_t number)
{
	const struct json_member *m = &l->member[number];
	uint32_t at = json_slot(l, m->parent, m->hash), i;

	for (i = 0; i < JSON_PROBES; i++) {
		if (l->table[at] == 0) {
			l->table[at] = (uint16_t)number;
			return true;
		}
		at = (at + 1) & (l->slots - 1);
	}
	return false;
}

/* Room for one more, and a table that is no more than a quarter full. */
static bool
make_room(struct json_layout *l)
{
	uint32_t room = l->room * 2, i;
	void *p;

	if (l->members < l->room)
		return true;
	if ((p = realloc(l->member, room * sizeof(*l->member))) == NULL)
		return false;
	l->member = p;
	if ((p = calloc(room * 4U, sizeof(*l->table))) == NULL)
		return false;
	free(l->table);
	l->table = p;
	l->slots = room * 4;
	l->room = room;
	for (i = 1; i < l->members; i++)
		if (!enter(l, i))
			return false;
	return true;
}

/* All of the glue; false if it is too much. */
static bool
put_text(struct json_layout *l, struct json_member *m, const char *s, size_t n)
{
	char *p;

	if (l->text_n + n > MOST_TEXT ||
	    (p = realloc(l->text, l->text_n + n)) == NULL)
		return false;
	l->text = p;
	m->at = (uint32_t)l->text_n;
	memcpy(p + l->text_n, s, n);
	l->text_n += n;
	return true;
}

/* True if the object has a member of that name, though it is written another
 * way.  Some that have not are taken for such. */
static bool
has_twin(const struct json_layout *l, uint32_t parent,
    const struct kl_json_node *name)
{
	const struct json_member *m;
	struct kl_json_node is;
	uint32_t i;

	for (i = l->member[parent].child; i != 0; i = m->next) {
		m = &l->member[i];
		memcpy(&is, m->node, sizeof(is));
		if (is.count == name->count && (is.esc || name->esc))
			return true;
	}
	return false;
}

/* What is compared at once, or else never found there. */
static void
put_glue(struct json_member *m, const char *s, size_t n)
{
	if (n > GLUE || n == 0) {
		m->glue[0] = NO_GLUE;
		m->mask = 1;
	} else {
		memcpy(m->glue, s, n);
		m->mask = UINT32_MAX >> (GLUE - n);
	}
}

/* Append the member whose name is node i to those of parent, behind another
 * one (0: the first).  Its number, 0 if it does not fit. */
static uint32_t
add(struct merging *k, uint32_t parent, uint32_t behind, uint32_t i)
{
	const struct kl_json_node *name = &k->doc->node[i];
	const char *s = k->doc->s + name->at;
	size_t n = name[1].at - name->at;
	struct json_layout *l = k->l;
	struct kl_json_node node = *name;
	struct json_member *m;
	uint16_t *link;

	if (n > MOST_GLUE || l->members == MOST_MEMBERS ||
	    has_twin(l, parent, name) || !make_room(l))
		return 0;
	m = &l->member[l->members];
	node.at = node.next = 0;
	*m = (struct json_member){ .number = (uint16_t)l->members,
		.hash = json_hash_raw(s, name->n),
		.n = (uint16_t)n,
		.len = (uint16_t)name->n,
		.parent = (uint16_t)parent };
	memcpy(m->node, &node, sizeof(m->node));
	put_glue(m, s, n);
	if (!put_text(l, m, s, n) || !enter(l, l->members))
		return 0;
	link = behind == 0 ? &l->member[parent].child : &l->member[behind].next;
	m->next = *link;
	*link = (uint16_t)l->members;
	return l->members++;
}

/* True if what stands before the value of the name that is node i is the glue
 * of the member. */
static bool
has_glue(const struct merging *k, const struct json_member *m, uint32_t i)
{
	const struct kl_json_node *name = &k->doc->node[i];
	const char *s = k->doc->s + name->at;

	return name[1].at - name->at == m->n &&
	    memcmp(s, k->l->text + m->at, m->n) == 0;
}

/* The number of the member whose name is node i, which is added if it is new.
 * 0 if it is written another way, or does not fit. */
static uint32_t
merge_name(struct merging *k, uint32_t parent, uint32_t behind, uint32_t i)
{
	uint32_t number = find(k->l, parent, kl_json_raw(k->doc, i));

	if (number == 0)
		return add(k, parent, behind, i);
	return has_glue(k, &k->l->member[number], i) ? number : 0;
}

/* True if just a comma, or a blank behind it, stands between two members. */
static bool
is_between(struct merging *k, uint32_t from, uint32_t to)
{
	const char *s = k->doc->s + from;
	char last = s[to - from - 1];

	if (*s != ',' || to - from > 2 || (to - from == 2 && last != ' '))
		return false;
	if (k->l->between == '\0')
		k->l->between = last;
	return true;
}

static bool merge_object(struct merging *k, uint32_t obj, uint32_t parent,
    unsigned depth);

/* What is inside the value that is node v, of that member. */
static bool
merge_value(struct merging *k, uint32_t v, uint32_t number, unsigned depth)
{
	const struct kl_json_node *node = k->doc->node;
	struct json_member *m = &k->l->member[number];
	bool empty = m->child == 0 && !m->array, nested = false;

	if (node[v].type < KL_JSON_ARRAY || node[v].count == 0)
		return true;
	if (depth == MOST_DEPTH)
		return false;
	k->l->containers += empty;
	if (node[v].type == KL_JSON_OBJECT)
		return merge_object(k, v, number, depth + 1);
	kl_json_each (e, k->doc, v)
		nested |= node[e].type >= KL_JSON_ARRAY;
	if (empty) {
		m->array = true;
		m->elements = nested || node[v].count > UINT16_MAX
		    ? 0
		    : (uint16_t)node[v].count;
	}
	kl_json_each (e, k->doc, v)
		if (node[e].type == KL_JSON_OBJECT &&
		    !merge_object(k, e, number, depth + 1))
			return false;
	return true;
}

/* The members of an object.  White space that followers do not know may not be
 * in it. */
static bool
merge_object(struct merging *k, uint32_t obj, uint32_t parent, unsigned depth)
{
	const struct kl_json_node *node = k->doc->node;
	uint32_t end = node[obj].at + 1, number = 0;

	kl_json_each_member (m, k->doc, obj) {
		if (number == 0 ? node[m].at != end
				: !is_between(k, end, node[m].at))
			return false;
		number = merge_name(k, parent, number, m);
		if (number == 0 || !merge_value(k, m + 1, number, depth))
			return false;
		end = node[m + 1].at + node[m + 1].n;
	}
	return end == node[obj].at + node[obj].n - 1;
}

void
kl_json_drop_members(struct json_layout *l)
{
	free(l->member);
	free(l->text);
	free(l->table);
	l->member = NULL;
	l->text = NULL;
	l->table = NULL;
	l->members = 0;
	l->id = 0;
}

/* A copy of n bytes in room for more; NULL if there is no memory. */
static void *
copy_of(const void *s, size_t n, size_t room)
{
	void *p = calloc(1, room);

	if (p != NULL && n > 0)
		memcpy(p, s, n);
	return p;
}

#define FIRST_ROOM 32U /* a power of two */

/* Make *to the members of l, or the beginning of some. */
static bool
copy_members(struct json_layout *to, const struct json_layout *l)
{
	uint32_t room = l->members == 0 ? FIRST_ROOM : l->room;
	uint32_t slots = room * 4;

	*to = (struct json_layout){ .members = l->members == 0 ? 1 : l->members,
		.room = room,
		.text_n = l->text_n,
		.slots = slots,
		.containers = l->members == 0 ? 1 : l->containers,
		.between = l->between };
	to->member = copy_of(l->member, l->members * sizeof(*l->member),
	    room * sizeof(*l->member));
	to->table = copy_of(l->table, l->members == 0 ? 0 : slots * 2U,
	    slots * sizeof(*l->table));
	to->text = copy_of(l->text, l->text_n, l->text_n + 1);
	return to->member != NULL && to->table != NULL && to->text != NULL;
}

/* True if the text has enough in common with those before it, if there were
 * any: two members of three. */
static bool
is_alike(const struct json_layout *l, const struct kl_json *doc)
{
	uint32_t known = 0;

	if (l->members == 0)
		return true;
	kl_json_each_member (m, doc, 0)
		known += find(l, 0, kl_json_raw(doc, m)) != 0;
	return known >= doc->node[0].count - known / 2;
}

bool
kl_json_merge_members(struct json_layout *l, const struct kl_json *doc)
{
	struct json_layout more;
	struct merging k = { .doc = doc, .l = &more };
	uint32_t i;

	if (!is_alike(l, doc))
		return false;
	if (!copy_members(&more, l) || !merge_object(&k, 0, 0, 0) ||
	    more.members <= (l->members > 0 ? l->members : 1)) {
		kl_json_drop_members(&more);
		return false;
	}
	kl_json_drop_members(l);
	l->member = more.member;
	l->members = more.members;
	l->room = more.room;
	l->text = more.text;
	l->text_n = more.text_n;
	l->table = more.table;
	l->slots = more.slots;
	l->containers = more.containers;
	l->between = more.between;
	put_glue(l->member, NULL, 0);
	for (i = 0; i < l->members; i++)
		l->member[i].link =
		    l->member[i].next * (uint32_t)sizeof(*l->member);
	return true;
}

/* The members of an object, whose numbers are all there. */
static void
find_all(const struct json_layout *l, const struct kl_json *doc, uint32_t obj,
    uint32_t parent, uint32_t *place)
{
	uint32_t i;

	kl_json_each_member (m, doc, obj) {
		if ((i = find(l, parent, kl_json_raw(doc, m))) == 0)
			continue;
		place[i] = m + 1;
		if (kl_json_type(doc, m + 1) == KL_JSON_OBJECT)
			find_all(l, doc, m + 1, i, place);
	}
}

void
kl_json_find_members(const struct json_layout *l, const struct kl_json *doc,
    uint32_t *place)
{
	if (l->members > 0)
		find_all(l, doc, 0, 0, place);
}

/* The layout of the text in doc. */
static const struct json_layout *
layout_of(const struct kl_json *doc)
{
	const struct json_layout *l = doc->layouts->layout;

	while (l->id != doc->layout)
		l++;
	return l;
}

/* True if that, between quotes, is what the member is called. */
static bool
is_named(const struct json_layout *l, const struct json_member *m,
    struct kl_span name)
{
	const char *s = l->text + m->at + 1;

	return kl_json_same(s, s + m->len - 2, name.s, name.n);
}

uint32_t
kl_json_member(const struct kl_json *doc, uint32_t parent, struct kl_span name)
{
	const struct json_layout *l;
	uint32_t i;

	if (doc->layout == 0)
		return 0;
	l = layout_of(doc);
	for (i = l->member[parent].child; i != 0; i = l->member[i].next)
		if (is_named(l, &l->member[i], name))
			return i;
	return 0;
}

uint32_t
kl_json_members(const struct kl_json *doc, uint32_t parent)
{
	const struct json_layout *l;
	uint32_t i, n = 0;

	if (doc->layout == 0)
		return 0;
	l = layout_of(doc);
	for (i = l->member[parent].child; i != 0; i = l->member[i].next)
		n++;
	return n;
}
