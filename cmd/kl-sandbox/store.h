/* SPDX-License-Identifier: MIT */
#ifndef SANDBOX_STORE_H
#define SANDBOX_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "crowd.h"
#include "kl/buf.h"
#include "kl/map.h"
#include "order.h"
#include "own.h"

/*
 * store.h - the people of the sandbox and the lists they are on.
 *
 * A profile is one allocation: its attributes as pairs of a number for the
 * name and the bytes of the JSON value.  A million profiles cost what their
 * values are long plus some hundred bytes each.  Profiles are known by their
 * number, from 0, which is never given to another: who is forgotten, or merged
 * into somebody else, leaves an empty place.
 *
 * People who are made up have numbers of their own and cost nothing until
 * somebody changes them: store_own() then makes a profile like any other of
 * what they were.
 *
 * Functions that return bool return false only when memory ran out.
 */

/* A value for an attribute: JSON, borrowed.  s NULL takes it away. */
struct entry {
	uint32_t key;
	struct kl_span value;
};

/* Where an identifier belongs: hash and profile, open addressing. */
struct index_slot {
	uint32_t hash, at;
};
struct index {
	struct index_slot *slot;
	size_t used, live, cap; /* used counts the graves as well */
};

#define ID_LEN 26

struct profile {
	unsigned char *blob; /* length in 4 bytes, then pairs */
	uint64_t created;    /* milliseconds since 1970 */
	uint64_t updated;    /* microseconds since 1970 */
	char *own_id;	     /* from a seed; NULL: computed from the number */
	struct consent *consent; /* NULL: never asked for any */
	uint32_t last_event;	 /* seconds since 1970; 0: none */
	uint32_t events;	 /* the newest of them plus one; 0: none */
	uint32_t into;		 /* merged into this number plus one */
	uint32_t at;		 /* its number */
	bool gone;
};

/* A list; or a segment, which is read only. */
struct list {
	char id[16];
	char *name; /* JSON */
	int opt_in; /* -1 unset, 0 double, 1 single */
	bool gone, segment;
	bool inactive, starred;	   /* of a segment */
	char *definition;	   /* of a segment: JSON, or NULL */
	size_t settled;		   /* members before the last changes */
	uint64_t stirred;	   /* when the first of these was */
	uint64_t created, updated; /* microseconds */
	struct order members;	   /* t in seconds */
};

struct name {
	char *json; /* "name" with quotes and escapes */
	uint32_t n;
	uint32_t stamp, entry; /* scratch of a change */
};

#define LATELY 512

struct rooms; /* of store-who.c */

struct store {
	uint32_t n; /* numbers given */
	/* Those who were never made up, by their numbers without the numbers
	 * of those who were. */
	struct profile *profile;
	uint32_t stored, cap;
	struct crowds made;
	struct own changed; /* of those made up: struct profile */
	struct rooms *rooms;
	struct index by[KEY_IDENTIFIERS];
	struct order by_update; /* t in microseconds */
	struct kl_map own_ids;
	bool renumbered;  /* some id is a seed's: id order is not the order */
	bool backdated;	  /* nor is the order of creation, of those stored */
	uint32_t *by_age; /* see age_rows(): the first aged of age_cap */
	uint32_t aged, age_cap;
	struct list *list;
	uint32_t lists, list_cap;
	struct name *name; /* of properties, from KEY_PROPERTY */
	uint32_t names, name_cap, stamp;
	struct kl_map by_name;
	uint32_t lately[LATELY]; /* names met lately, by a short hash */
	struct kl_buf blob;	 /* scratch of a change */
	uint64_t seed;
};

/* age.c: the rows of everybody by when they were made, in milliseconds; *n is
 * how many rows.  False: memory. */
bool age_rows(struct store *st, struct row_of r[ROWS], size_t *n);
/* Their place among these. */
struct spot age_spot(const struct store *st, uint32_t at);

bool store_open(struct store *st, uint64_t seed);
void store_close(struct store *st);

/* store-who.c.  A profile as it is, or would be: borrowed until somebody is
 * added or changed.  blob and own_id are not set of who is made up, see
 * store_walk(); nor is consent, see store_consent(). */
struct profile store_view(const struct store *st, uint32_t at);
/* The same to be changed; NULL: memory. */
struct profile *store_own(struct store *st, uint32_t at);
/* The i-th of those stored. */
uint32_t store_stored(const struct store *st, uint32_t i);
/* Parts of store_view(). */
uint64_t store_created(const struct store *st, uint32_t at);
bool store_gone(const struct store *st, uint32_t at);
/* NULL: never asked for any.  Borrowed until somebody is changed, or made-up
 * people have been looked at some times: see ROOMS. */
const struct consent *store_consent(const struct store *st, uint32_t at);
bool store_rooms(struct store *st);
void store_forget_all(struct store *st);

/* The number for a property's name (text without quotes); NONE: no memory. */
uint32_t store_key(struct store *st, struct kl_span name);
/* The name as JSON. */
struct kl_span store_name(const struct store *st, uint32_t key);

/* Add a profile without attributes; its number, or NONE. */
uint32_t store_add(struct store *st, uint64_t now_us, struct kl_span own_id);
/* Set its attributes; *changed tells if anything differs.  Identifiers must
 * be free or its own. */
bool store_change(struct store *st, uint32_t at, const struct entry *e,
    size_t n, uint64_t now_us, bool *changed);
/* Something about them changed that is no attribute: they are the last to
 * have been updated. */
bool store_touch(struct store *st, uint32_t at, uint64_t now_us);
/* Who has this identifier (JSON with quotes); NONE if nobody. */
uint32_t store_find(const struct store *st, enum key k, struct kl_span json);
/* Who has this id; NONE if nobody.  The id of somebody who was merged into
 * another leads to that one. */
uint32_t store_by_id(const struct store *st, struct kl_span id);
void store_id(const struct store *st, uint32_t at, char out[ID_LEN + 1]);

/*
 * A blob: four bytes of length, then for each attribute its key, the length of
 * its value (both as groups of seven bits) and the value.  Identifiers come
 * first, in the order of their keys.
 */
#define BLOB_HEAD 4

static inline uint32_t
blob_len(const unsigned char *blob)
{
	uint32_t n;

	memcpy(&n, blob, sizeof(n));
	return n;
}

/* Walk the attributes of a profile; they stay as long as store_consent(). */
#define ROOMS 8
struct walk {
	const unsigned char *p, *end;
};
struct walk store_walk(const struct store *st, uint32_t at);
bool walk_next(struct walk *w, struct entry *e);
/* One attribute; an empty span if it has none. */
struct kl_span store_get(const struct store *st, uint32_t at, uint32_t key);

/* Give up identifiers, lists and attributes; the place stays empty. */
bool store_leave(struct store *st, uint32_t at);
/* The same, after to has got what it had not; its id leads to to. */
bool store_merge(struct store *st, uint32_t from, uint32_t to, uint64_t now_us);
/* An identifier that sorts by its time, from the bits of hi (40) and lo. */
void ulid_make(uint64_t ms, uint64_t hi, uint64_t lo, char out[ID_LEN + 1]);

struct list *store_list(const struct store *st, struct kl_span id);
struct list *store_segment(const struct store *st, struct kl_span id);
/* A list and a segment never have the same id. */
struct list *store_group(const struct store *st,
    struct kl_span id); /* either */
struct list *store_list_add(struct store *st, const char *id,
    struct kl_span name_json, uint64_t now_us);

#endif /* SANDBOX_STORE_H */
