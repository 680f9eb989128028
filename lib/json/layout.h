/* SPDX-License-Identifier: MIT */
#ifndef JSON_LAYOUT_H
#define JSON_LAYOUT_H

/*
 * layout.h - what one record tells about the next; not part of the library's
 * face.
 *
 * The records of a stream mostly have the same members in the same order, with
 * the same white space.  So a text that the grammar has accepted is taken
 * apart, and the next is compared with the parts, 32 bytes at a time.  Only its
 * values are scanned.  It is taken apart in two ways:
 *
 *	{"id": 7, "address": {"city": "Rome", "zip": "00184"}, "vip": true}
 *	^^^^^^^ ^^^^^^^^^^^^^^^^^^^^^^      ^^^^^^^^^       ^^^^^^^^^^    ^
 *	 ^^^^^^  ^^^^^^^^^^^^ ^^^^^^^^       ^^^^^^^         ^^^^^^^
 *
 * Pieces (upper line) are all that stands between two values that hold no
 * others.  A text that has just these pieces has just these nodes, so all that
 * has to be found out is where each value begins and ends, and of what type it
 * is; the rest of the nodes is there from the text before (repeat.h).
 *
 * Members (lower line) begin with their name and end before the value.  What
 * is known of them is gathered from many texts: any of them may be missing or
 * stand elsewhere, and arrays may be longer or shorter (follow.h).
 *
 * Either way what is known of a name need not be found out again: where it
 * ends, its hash, and that no other member of the object has it.
 *
 * What must hold:
 *
 *  - A layout is taken only from texts that the grammar accepted, and only
 *    structure stands between values.  So bytes that are equal are right,
 *    whatever the values, as long as each is one.
 *  - No two members of an object in a layout have the same name, and none is
 *    found twice in an object of a text.  So no name comes twice.
 *  - Either way gives the very nodes that the grammar gives, or gives up.  Then
 *    the grammar has the text as if nothing had been tried; it alone finds
 *    faults and says what they are.
 *
 * Trying costs something where records have nothing in common, so a miss is
 * remembered, and after too many the layouts rest for a while.
 */

#include "scan.h"

#define GLUE 32		/* bytes that are compared at once */
#define MOST_GLUE 1024U /* and of one piece or member */

/* What value is expected; told by the text before, mostly. */
enum json_how {
	HOW_STRING,
	HOW_NUMBER,
	HOW_WORD,
	HOW_OTHER, /* a container; of a piece, an empty one */
};

/*
 * A member: the glue before its value, its name first.  Members are numbered;
 * 0 is the text as a whole, the value of no name.  Of those of an object each
 * is linked to the one that is to be expected behind it.
 *
 * What is looked at for each value comes first and is ready to be used.
 */
struct json_member {
	char glue[GLUE];   /* zeros behind it; see NO_GLUE */
	uint32_t mask;	   /* a bit for each byte of it, from the lowest */
	uint32_t link;	   /* to the next: bytes from the first member */
	uint64_t node[2];  /* its name's, but for where it is in the text */
	uint16_t n;	   /* bytes of glue */
	uint16_t number;   /* its own */
	uint16_t next;	   /* in the object; 0: it was the last */
	uint16_t child;	   /* the first one in the object that is its value, or
			    * in its array; 0: none */
	uint32_t hash;	   /* of its name as it is written */
	uint32_t at;	   /* where all of the glue is in the layout's text */
	uint16_t len;	   /* of its name, quotes included */
	uint16_t parent;   /* whose value, or array, the object is (in) */
	uint16_t elements; /* of an array of scalars */
	bool array;	   /* the value is one, not empty */
	uint8_t how;	   /* enum json_how: the value, the last time */
};

/* Glue of more than GLUE bytes is compared elsewhere, and that of the text as a
 * whole nowhere: this stands for it, which is no byte of UTF-8. */
#define NO_GLUE '\xff'

/*
 * A piece: the glue before a value that holds no others.  Where a string is
 * expected its quotes are compared with the glue on either side of it, and
 * need not be looked at by themselves.
 *
 * The next value is found by the first quote behind the first byte of this one:
 * that ends it, or begins the name behind it.
 */
struct json_piece {
	char glue[GLUE]; /* with those quotes; zeros behind it */
	uint32_t mask;	 /* a bit for each byte of it, from the lowest */
	uint32_t value;	 /* offset of its node in the nodes, in bytes; */
	uint32_t name;	 /* that of its name's node, or of its own again */
	uint32_t text;	 /* where the glue is in that of the layout */
	uint16_t bare;	 /* its bytes without quotes */
	uint16_t n;	 /* those up to the value: with the quote before */
	uint16_t back;	 /* from the value back to its name */
	uint16_t ahead;	 /* from what is between the value's first byte and the
			  * quote, to the next value, */
	uint16_t gap;	 /* and back to the end of one that is no string */
	uint16_t mark;	 /* the first of other nodes in the glue, which end
			  * where those of the next piece begin */
	uint8_t how;	 /* enum json_how: the value */
	uint8_t missed;	 /* how often that was wrong */
	uint8_t way;	 /* how, or HOW_OTHER where there is more to it: it is
			  * long, has other nodes, no name, or no value, or
			  * the value is no string and no name behind it */
	bool quote;	 /* the value before is expected to be a string */
};

/* True if it is more than is compared at once. */
static inline bool
json_is_long(const struct json_piece *p)
{
	return p->n + (p->how == HOW_STRING) > GLUE;
}

/* A node begins, or ends, at that place of a piece.  What is written is where
 * it is, less where it began if it ends: no branch is needed to tell. */
struct json_mark {
	uint32_t node;	/* its offset in the nodes, in bytes; */
	uint32_t field; /* that of what is written */
	uint32_t began; /* all bits set if it ends */
	uint32_t at;
};

struct json_layout {
	struct json_member *member; /* owned */
	uint32_t members, room;	    /* how many, 0 included; none: 0 */
	char *text;		    /* owned: all glue */
	size_t text_n;
	uint16_t *table;     /* owned: numbers by hash, open addressing */
	uint32_t slots;	     /* of that: a power of two */
	uint32_t containers; /* of a text that has all: not empty */
	char between;	     /* what stands before a member but the first, most
			      * often: a comma, or a blank behind one; NUL: not
			      * known yet */
	uint64_t id;	     /* of these members: see kl_json.layout */
	uint64_t shape;	     /* of texts with all members in their order */

	struct json_piece *piece;  /* owned; the last has no value */
	struct json_mark *mark;	   /* owned */
	char *glue;		   /* owned: of all pieces, in quotes */
	struct kl_json_node *node; /* owned: those of the text */
	uint32_t *place;	   /* owned: its members' values */
	uint32_t pieces;	   /* 0: there are none */
	uint32_t nodes;
	uint32_t depth;	  /* of what stands deepest */
	uint32_t doubt;	  /* whether the next text has the pieces */
	bool cut;	  /* pieces were made, or could not be */
	uint64_t repeats; /* the shape of texts with these pieces */

	uint64_t used; /* when, for the choice which to give up */
};

#define LAYOUTS 4

struct kl_json_layouts {
	struct json_layout layout[LAYOUTS];
	unsigned last; /* the one that was right */
	const struct json_follower *by;
	const struct json_layout *tried; /* in vain, by the pieces or, in doubt,
					  * by the members */
	uint32_t *place; /* owned: kl_json.place of the text at hand */
	uint32_t places; /* the room for them */
	uint64_t now;	 /* counts texts */
	uint64_t given;	 /* the last number of a shape */
	uint32_t debt;	 /* more misses than hits can make up for */
	uint32_t rest;	 /* texts until layouts are tried again */
};

/* Scan by the layout; false, and nothing said, if the text is not that. */
typedef bool json_follow(struct kl_json *doc, const struct json_layout *l,
    const char *s, size_t n);
struct json_follower {
	json_follow *repeat; /* by its pieces */
	json_follow *follow; /* by its members */
};
#if JSON_SSE2
extern const struct json_follower kl_json_follow_sse2;
#endif
#if JSON_AVX2
extern const struct json_follower kl_json_follow_avx2;
#endif

/* Scan by one of the layouts of doc; false if none fits. */
bool kl_json_follow(struct kl_json *doc, const struct json_follower *follow,
    const char *s, size_t n);

/*
 * Whether the pieces of a layout are tried is a matter of doubt: a text that
 * has the members alone adds some, one that has the pieces takes half of it
 * away. In doubt they are tried on one text in so many.
 */
#define DOUBT 2U
#define DOUBTS 4U
#define DOUBTS_MAX 64U
#define DOUBTFUL 16U

static inline bool
json_in_doubt(const struct kl_json_layouts *all, const struct json_layout *l)
{
	return l->doubt >= DOUBTS && all->now % DOUBTFUL != 0;
}

/* True if the text is like the last layout, as most are: has all of its pieces
 * or, where that is in doubt, members of it. */
static inline bool
kl_json_follow_last(struct kl_json *doc, const char *s, size_t n)
{
	struct kl_json_layouts *all = doc->layouts;
	struct json_layout *l = &all->layout[all->last];
	bool doubt = json_in_doubt(all, l);

	if (all->by == NULL || all->rest > 0 ||
	    (doubt ? l->members : l->pieces) == 0)
		return false;
	if (!(doubt ? all->by->follow : all->by->repeat)(doc, l, s, n)) {
		all->tried = l;
		return false;
	}
	if (!doubt)
		l->doubt /= 2;
	all->now++;
	all->debt -= all->debt > 0;
	return true;
}

/* Learn the layout of the text that is in doc, if it is time to. */
void kl_json_learn(struct kl_json *doc);

/* kl_json_scan_next() with a scanner and a follower (NULL: none) of the
 * caller's choice. */
enum kl_rc kl_json_next_with(json_scanner *scan,
    const struct json_follower *follow, struct kl_json *doc, const char *s,
    size_t n, size_t spare, struct kl_err *err);

/* The hash of a name as it is written, quotes included: of what can be told
 * without a look at all of it. */
static inline uint32_t
json_hash_raw(const char *s, size_t n)
{
	return n >= 4 ? json_hash(s, s + n - 4, n)
		      : 1U + (unsigned char)s[n - 2];
}

/* Where to look for a member by the hash of its name. */
static inline uint32_t
json_slot(const struct json_layout *l, uint32_t parent, uint32_t hash)
{
	return (hash ^ parent * 0x9e3779b1U) & (l->slots - 1);
}

#define JSON_PROBES 8U /* slots to be looked at, at the most */

/*
 * Make the members of l those of the text in doc, too.  False, with l as it
 * was, if the text has no others, is written another way, has little in common
 * with it, is too big, or if memory is short.
 */
bool kl_json_merge_members(struct json_layout *l, const struct kl_json *doc);

/* Where the members of a text that has no others are: place[number] is the
 * node of the value, or 0. */
void kl_json_find_members(const struct json_layout *l,
    const struct kl_json *doc, uint32_t *place);

/* Make the pieces of the text in doc, which are of no shape yet.  Without them,
 * if it is too big for that or memory is short, nothing can be scanned by
 * them. */
void kl_json_make_pieces(struct json_layout *l, const struct kl_json *doc);

/* From now on expect that as the value of piece i. */
void kl_json_expect(const struct json_layout *l, uint32_t i, enum json_how how);

static inline enum json_how
json_how_of(enum kl_json_type type)
{
	if (type == KL_JSON_STRING)
		return HOW_STRING;
	if (type == KL_JSON_NUMBER)
		return HOW_NUMBER;
	return type < KL_JSON_NUMBER ? HOW_WORD : HOW_OTHER;
}

void kl_json_drop_members(struct json_layout *l);
void kl_json_drop_pieces(struct json_layout *l);

/* Free the layouts. */
void kl_json_forget(struct kl_json *doc);

#endif /* JSON_LAYOUT_H */
