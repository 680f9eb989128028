/* SPDX-License-Identifier: MIT */
/*
 * slots.c - find the members that a mapping asks for.
 *
 * An object that holds nothing but scalars is flat: its names are then every
 * second node, and whether a node is a name of it is seen by its number.
 */

#include <stdlib.h>
#include <string.h>

#include "kl/room.h"
#include "slots.h"
#include "words.h"

#define FIRST 32 /* slots */

static bool
grow(struct slots *s)
{
	uint32_t cap = s->cap, same = cap, too = cap;

	if (!KL_ROOM(s->slot, s->n, cap, FIRST) ||
	    !KL_ROOM(s->now, s->n, same, FIRST) ||
	    !KL_ROOM(s->node, s->n, too, FIRST))
		return false;
	s->cap = cap;
	return true;
}

static inline struct kl_span
slot_name(const struct slot *slot)
{
	return (struct kl_span){ slot->name.s, slot->name.n };
}

/* The slot that is there already. */
static uint32_t
find_slot(const struct slots *s, uint32_t parent, struct kl_span name)
{
	uint32_t i;

	for (i = 0; i < s->n; i++)
		if (s->slot[i].parent == parent &&
		    kl_span_eq(slot_name(&s->slot[i]), name))
			return i;
	return NO_SLOT;
}

/* Fill in what every record needs of slot i, which can be found by its hash if
 * it is of a member of the record. */
static void
set_up(struct slots *s, uint32_t i, bool found)
{
	struct slot_now *now = &s->now[i];
	uint32_t *bucket;

	now->raw = s->slot[i].raw.s;
	now->raw_n = s->slot[i].raw.n;
	now->hash = kl_json_hash_name(slot_name(&s->slot[i]));
	if (!found)
		return;
	bucket = &s->bucket[now->hash % BUCKETS];
	now->other = *bucket;
	*bucket = i + 1;
}

uint32_t
slots_add(struct slots *s, uint32_t parent, struct kl_span name)
{
	struct slot *slot;
	uint32_t i = find_slot(s, parent, name);

	if (i != NO_SLOT)
		return i;
	if (!grow(s))
		return NO_SLOT;
	slot = &s->slot[s->n];
	memset(slot, 0, sizeof(*slot));
	memset(&s->now[s->n], 0, sizeof(*s->now));
	s->node[s->n] = 0;
	slot->parent = parent;
	s->nested |= parent != NO_SLOT;
	slot->dotted = parent == NO_SLOT && memchr(name.s, '.', name.n) != NULL;
	s->paths |= s->nested || slot->dotted;
	kl_buf_span(&slot->name, name);
	kl_json_put_text(&slot->raw, name.s, name.n);
	if (slot->name.rc != KL_OK || slot->raw.rc != KL_OK) {
		kl_buf_free(&slot->name);
		kl_buf_free(&slot->raw);
		return NO_SLOT;
	}
	set_up(s, s->n, parent == NO_SLOT);
	return s->n++;
}

void
slots_free(struct slots *s)
{
	uint32_t i;

	for (i = 0; i < s->n; i++) {
		kl_buf_free(&s->slot[i].name);
		kl_buf_free(&s->slot[i].raw);
	}
	for (i = 0; i <= NO_LAYOUT; i++)
		free(s->known[i].number);
	free(s->slot);
	free(s->now);
	free(s->node);
	kl_buf_free(&s->heard);
	kl_buf_free(&s->tmp);
	memset(s, 0, sizeof(*s));
}

static inline bool
is_flat(const struct kl_json *doc, uint32_t obj)
{
	return doc->node[obj].next == obj + 1 + 2 * doc->node[obj].count;
}

/* Names are short: two overlapping loads are most of them. */
static inline bool
same_bytes(const struct kl_json *doc, uint32_t i, const char *s, size_t n)
{
	const struct kl_json_node *node = &doc->node[i];
	const char *t = doc->s + node->at;

	if (node->n != n)
		return false;
	if (n < 8 || n > 16)
		return memcmp(t, s, n) == 0;
	return ((load8(t) ^ load8(s)) |
		   (load8(t + n - 8) ^ load8(s + n - 8))) == 0;
}

/* True if the flat object has the slot where its last one had it. */
static inline bool
still_there(const struct slot_now *now, const struct kl_json *doc, uint32_t obj,
    uint32_t end)
{
	uint32_t m = obj + now->at;

	return (now->at & 1) != 0 && m < end &&
	    same_bytes(doc, m, now->raw, now->raw_n);
}

/* The members of a flat record, all where they were.  False if one is not. */
static bool
as_before(struct slots *s, const struct kl_json *doc)
{
	struct slot_now *now = s->now, *stop = now + s->n;
	uint32_t end = doc->node[0].next;

	for (; now < stop; now++) {
		if (!still_there(now, doc, 0, end))
			return false;
		s->node[now - s->now] = now->at + 1;
	}
	return true;
}

/* True if the name that is node m is that of the slot. */
static inline bool
is_named(struct slots *s, const struct kl_json *doc, uint32_t m, uint32_t slot)
{
	if (doc->node[m].esc)
		return kl_span_eq(kl_json_text(doc, m, &s->tmp),
		    slot_name(&s->slot[slot]));
	return same_bytes(doc, m, s->now[slot].raw, s->now[slot].raw_n);
}

/* The slot of the name that is node m; NO_SLOT if it has none. */
static inline uint32_t
look_up(struct slots *s, const struct kl_json *doc, uint32_t m)
{
	uint32_t hash = doc->node[m].count, next = s->bucket[hash % BUCKETS];

	for (; next != 0; next = s->now[next - 1].other)
		if (s->now[next - 1].hash == hash &&
		    is_named(s, doc, m, next - 1))
			return next - 1;
	return NO_SLOT;
}

void
slots_hear(struct slots *s, struct kl_span name)
{
	kl_buf_span(&s->heard, name);
	kl_buf_putc(&s->heard, '\0');
}

/* Remember the names of a record. */
static void
listen(struct slots *s, const struct kl_json *doc)
{
	uint32_t n = 0;

	s->listened = true;
	kl_json_each_member (m, doc, 0)
		if (n++ < HEARD)
			slots_hear(s, kl_json_text(doc, m, &s->tmp));
}

static bool
walk(struct slots *s, const struct kl_json *doc)
{
	uint32_t i, slot;

	for (i = 0; i < s->n; i++)
		s->node[i] = 0;
	kl_json_each_member (m, doc, 0) {
		if ((slot = look_up(s, doc, m)) == NO_SLOT)
			continue;
		s->node[slot] = m + 1;
		s->now[slot].at = m;
		s->slot[slot].seen = true;
	}
	return s->tmp.rc == KL_OK;
}

/* A member of the object that is another slot's value. */
static void
find_within(struct slots *s, uint32_t i, const struct kl_json *doc)
{
	struct slot_now *now = &s->now[i];
	uint32_t obj = s->node[s->slot[i].parent];

	s->node[i] = 0;
	if (obj == 0 || kl_json_type(doc, obj) != KL_JSON_OBJECT)
		return;
	if (is_flat(doc, obj) &&
	    still_there(now, doc, obj, doc->node[obj].next)) {
		s->node[i] = obj + now->at + 1;
		return;
	}
	s->node[i] = kl_json_getn(doc, obj, slot_name(&s->slot[i]));
	now->at = s->node[i] == 0 ? 0 : s->node[i] - 1 - obj;
}

/* The slots that are not just members of the record, which is flat or not. */
static void
find_paths(struct slots *s, const struct kl_json *doc, bool flat)
{
	struct slot *slot;
	uint32_t i;

	for (i = 0; i < s->n; i++) {
		slot = &s->slot[i];
		if (slot->parent != NO_SLOT) /* parents come first */
			find_within(s, i, doc);
		else if (s->node[i] == 0 && slot->dotted && !flat)
			s->node[i] = kl_json_path(doc, 0, slot_name(slot));
		slot->seen |= s->node[i] != 0;
	}
}

/* Find them by looking at names. */
static bool
find_names(struct slots *s, const struct kl_json *doc)
{
	bool flat = is_flat(doc, 0);

	if (flat && !s->nested && as_before(s, doc))
		return true;
	if (!walk(s, doc))
		return false;
	if (s->paths)
		find_paths(s, doc, flat);
	return true;
}

/* --- by number -------------------------------------------------------------
 */

/* What is within member p is asked for by number. */
static void
guard(struct slots_layout *k, uint32_t p)
{
	uint32_t i = 0;

	while (i < k->guards && k->guard[i] != p)
		i++;
	if (i < k->guards)
		return;
	if (i == GUARDS)
		k->by_name = true;
	else
		k->guard[k->guards++] = p;
}

/* The number of what kl_json_path() finds.  If that may be one member in one
 * text and another in the next, it takes names. */
static uint32_t
number_path(struct slots_layout *k, const struct kl_json *doc,
    struct kl_span path)
{
	struct kl_json_reading r = { .path = path };
	uint32_t number = 0;

	while (kl_json_next_reading(doc, &r)) {
		if (r.within != 0)
			guard(k, r.within);
		k->by_name |= number != 0 && r.number != 0;
		if (number == 0)
			number = r.number;
	}
	return number;
}

/* Number the slots; parents come first. */
static void
number(struct slots *s, const struct kl_json *doc, struct slots_layout *k)
{
	const struct slot *slot;
	uint32_t i, parent;

	k->guards = 0;
	k->by_name = k->seen = false;
	for (i = 0; i < s->n; i++) {
		slot = &s->slot[i];
		parent = slot->parent == NO_SLOT ? 0 : k->number[slot->parent];
		if (slot->dotted) {
			k->number[i] = number_path(k, doc, slot_name(slot));
		} else if (slot->parent == NO_SLOT) {
			k->number[i] = kl_json_member(doc, 0, slot_name(slot));
		} else {
			k->number[i] = parent == 0
			    ? 0
			    : kl_json_member(doc, parent, slot_name(slot));
			if (parent != 0)
				guard(k, parent);
		}
	}
}

/* Those that are in the layout are in some record. */
static void
see(struct slots *s, struct slots_layout *k)
{
	uint32_t i;

	k->seen = true;
	for (i = 0; i < s->n; i++)
		s->slot[i].seen |= k->number[i] != 0;
}

/* Room for numbers, if there was none yet. */
static bool
make_numbers(const struct slots *s, struct slots_layout *k)
{
	if (k->number == NULL)
		k->number = calloc(s->n + 1U, sizeof(*k->number));
	return k->number != NULL;
}

/* Which of those known has the numbers in texts of the layout of doc; NO_LAYOUT
 * when out of memory. */
static unsigned
layout_of(struct slots *s, const struct kl_json *doc)
{
	struct slots_layout *k;
	unsigned i;

	for (i = 0; i < LAYOUTS; i++)
		if (s->known[i].layout == doc->layout)
			return i;
	i = s->turn++ % LAYOUTS;
	k = &s->known[i];
	if (!make_numbers(s, k))
		return NO_LAYOUT;
	k->layout = doc->layout;
	number(s, doc, k);
	return i;
}

/* The members of the record itself by their numbers, what is within them by
 * its name. */
static void
find_numbered(struct slots *s, const struct kl_json *doc,
    const struct slots_layout *k)
{
	const struct slot *slot;
	uint32_t i;

	for (i = 0; i < s->n; i++) {
		slot = &s->slot[i];
		s->node[i] = slot->dotted || slot->parent != NO_SLOT
		    ? 0
		    : doc->place[k->number[i]];
	}
	find_paths(s, doc, false);
}

/* The numbers of what is in node. */
static bool
number_nodes(struct slots *s)
{
	struct slots_layout *k = &s->known[NO_LAYOUT];
	uint32_t i;

	if (k->number != NULL)
		return true;
	if (!make_numbers(s, k))
		return false;
	for (i = 0; i < s->n; i++)
		k->number[i] = i;
	return true;
}

/* Keep what was found by name. */
static bool
found(struct slots *s, const struct kl_json *doc)
{
	s->at = NO_LAYOUT;
	s->place = s->node;
	s->shape = doc->shape;
	return s->tmp.rc == KL_OK;
}

bool
slots_find(struct slots *s, const struct kl_json *doc)
{
	unsigned at;

	s->shape = 0;
	if (!s->listened)
		listen(s, doc);
	if (!number_nodes(s))
		return false;
	if (doc->layout == 0)
		return find_names(s, doc) && found(s, doc);
	if ((at = layout_of(s, doc)) == NO_LAYOUT)
		return false;
	if (s->known[at].by_name || !slots_guarded(&s->known[at], doc)) {
		find_numbered(s, doc, &s->known[at]);
		return found(s, doc);
	}
	if (!s->known[at].seen)
		see(s, &s->known[at]);
	s->at = at;
	s->place = doc->place;
	return s->tmp.rc == KL_OK;
}
