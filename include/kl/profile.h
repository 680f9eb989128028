/* SPDX-License-Identifier: MIT */
#ifndef KL_PROFILE_H
#define KL_PROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kl/buf.h"
#include "kl/domain.h"
#include "kl/err.h"
#include "kl/json.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * kl/profile.h - the profile record: what it may hold, and the object the
 * service is sent for it.
 *
 * A profile record is the attributes of a Klaviyo profile under their own
 * names, plus id, meta and consent.  What kl-pull writes is one too, so it
 * may hold members that the service only ever gives (created, subscriptions,
 * ...): those are checked and not sent.
 *
 * Nothing is re-encoded: the object that is sent is made of the bytes of the
 * record.
 */

/* Where a member of the record goes. */
enum kl_member_role {
	KL_MEMBER_SENT,	   /* into attributes */
	KL_MEMBER_ID,	   /* the profile's id: sent only if matched by it */
	KL_MEMBER_META,	   /* beside attributes */
	KL_MEMBER_CONSENT, /* never in a profile: consent is asked elsewhere */
	KL_MEMBER_READ,	   /* the service's own; left out */
};

/* What its value must look like; null is always allowed. */
enum kl_member_form {
	KL_FORM_TEXT,	  /* a string */
	KL_FORM_NAME,	  /* a string that is not empty */
	KL_FORM_EMAIL,	  /* kl_email_check() */
	KL_FORM_PHONE,	  /* kl_phone_is_e164() */
	KL_FORM_LOCALE,	  /* a BCP 47 tag by its shape */
	KL_FORM_LATITUDE, /* a number or a string of one, within the range */
	KL_FORM_LONGITUDE,
	KL_FORM_OBJECT,	  /* an object with any members */
	KL_FORM_LOCATION, /* the members of kl_location_member() */
	KL_FORM_META,	  /* patch_properties, patch_identifiers */
	KL_FORM_CONSENT,  /* source, and a channel each */
};

struct kl_member {
	const char *name;
	uint8_t n; /* its length */
	uint8_t role;
	uint8_t form;
	bool identifies; /* it alone is enough to know the person */
};

/* The member of a profile record, or of its location, with that name; NULL
 * if there is none. */
const struct kl_member *kl_profile_member(struct kl_span name);
const struct kl_member *kl_location_member(struct kl_span name);

/* The names of what can be set, for kl_near(): NULL-terminated, the members
 * of location as "location.city". */
const char *const *kl_profile_names(void);

/* What to do about a member that no profile has. */
enum kl_unknown {
	KL_UNKNOWN_REFUSE, /* the record is wrong: code member_unknown */
	KL_UNKNOWN_DROP,   /* leave the member out, and count it */
	KL_UNKNOWN_KEEP,   /* treat it as one that is sent */
};

/* What to do about a member that is null: of the record, of its location, or
 * of the first level of its properties. */
enum kl_nulls {
	KL_NULLS_IGNORE, /* leave it out, and count it */
	KL_NULLS_CLEAR,	 /* clear what the profile has */
	KL_NULLS_REFUSE, /* the record is wrong: code null_refused */
};

#define KL_CLEARS 100 /* fields for kl_profile_clear() */

/* A field that is cleared where a record has no value for it. */
struct kl_clear {
	const struct kl_member *row; /* NULL: a property */
	bool place;		     /* it is one of the location's */
	char *name;		     /* a JSON string; owned */
	size_t n;
};

#define KL_PROFILE_GUESSES 16
#define KL_PROFILE_STEPS 64

#define KL_PROFILE_MEMBERS 33 /* those of a location included */
#define KL_PROFILE_TEXTS 36   /* as many, a multiple of 4 */
#define KL_PROFILE_LAYOUTS 4

/* Where the members of a profile are, by how they are checked: the numbers that
 * texts of a layout have for them (kl_json_member()), or the nodes of their
 * values.  0: it has none. */
struct kl_profile_places {
	uint32_t email, phone, locale, id;
	uint32_t location; /* it is among the objects, too */
	uint32_t texts, names, objects, others;
	uint32_t top_texts, top_others;	 /* the rest is in the location */
	uint32_t text[KL_PROFILE_TEXTS]; /* any string or null, or with more to
					  * it; up to the next multiple of 4
					  * something that is harmless */
	uint32_t name[4]; /* of these: not empty, and tell who it is; and id */
	uint32_t object[4]; /* any object */
	struct {
		const struct kl_member *row;
		uint32_t place;
	} other[4];
};

/* What was found out of records of one layout, or shape. */
struct kl_profile_plan {
	uint64_t layout; /* 0: none, or without numbers */
	uint32_t parent; /* the number of the profile; 0: the record is it */
	bool foreign;	 /* the layout has members that no profile has */
	bool strange;	 /* records of the shape have some */
	uint32_t obj;	 /* the profile in records of the shape */
	uint64_t shape;	 /* the last of that layout (kl_json_scan_next()); 0:
			  * none */
	struct kl_profile_places number, node;
};

/* The values in records of one shape that are sent as they stand, unless one is
 * null or there is white space. */
struct kl_profile_whole {
	uint64_t shape; /* 0: none is known */
	uint64_t seen;	/* the shape of a record before */
	uint32_t n;	/* 0: such a record cannot be sent as it stands */
	uint32_t glue;	/* bytes beside these values */
	uint32_t leaf[KL_PROFILE_STEPS]; /* those that hold no others */
};

/* How records are taken.  All zero is the default; free with
 * kl_profile_free(). */
struct kl_profile {
	enum kl_unknown unknown;
	const char *unknown_option; /* the option that admits unknown members,
				     * named in the hint; NULL: none */
	bool match_id;		    /* profiles are matched by id: it counts as
				     * an identifier and is sent */
	bool utf8_email;	    /* see kl_email_check() */
	enum kl_nulls nulls;
	struct kl_clear *clear; /* by kl_profile_clear() */
	uint32_t clears;
	/* Set by kl_profile_check() and kl_event_check(). */
	uint32_t email; /* the node of the address that was found good; 0:
			 * there is none */
	const struct kl_domain *domain; /* what is known of its domain, if there
					 * is one: until the next check */
	/* Set by kl_profile_body(), for the record in hand. */
	bool sends_null; /* a member is sent as null, which clears it by a
			  * single profile-import, and does nothing in a bulk */
	bool unsets;	 /* meta was made, or grew, to clear a property */
	bool appends;	 /* meta appends to a property: sent twice, the value
			  * would be there twice */
	bool as_read;	 /* the attributes are the record's own bytes */
	/* Counted by kl_profile_body(). */
	uint64_t nulls_ignored; /* members left out because they were null */
	uint64_t dropped;	/* unknown members left out */
	uint64_t cleared;	/* fields and properties that are cleared */
	/* Scratch; and the rows of the first members of the last record, and
	 * of its location, which are most likely those of the next. */
	const struct kl_member *last[KL_PROFILE_GUESSES];
	const struct kl_member *last_place[KL_PROFILE_GUESSES];
	struct kl_profile_plan plan[KL_PROFILE_LAYOUTS];
	uint32_t planned; /* the plan that was made use of last */
	uint32_t turn;	  /* the one to be given up next */
	uint64_t seen;	  /* the shape of the last record without a plan */
	struct kl_profile_whole whole;
	struct kl_domains domains;
	struct kl_buf name;
	struct kl_buf text;
	struct kl_buf body;
	struct kl_buf unset; /* names of properties, as JSON strings */
};

/*
 * Clear a field in every record that has no value for it: an attribute
 * ("title"), "location.city", or a property ("properties.Plan").  KL_OK;
 * KL_EUSAGE if it is none of them; KL_ENOMEM.
 */
enum kl_rc kl_profile_clear(struct kl_profile *p, const char *field,
    struct kl_err *err);

/*
 * Check a scanned record against everything the service documents, before
 * it is asked: types, forms, at least one identifier, KL_PROFILE_MAX.
 *
 * KL_OK; KL_EDATA (KL_ETOOBIG: code profile_too_big) for the first problem in
 * the order of the record, err naming the member by its path; KL_ENOMEM.
 * Codes: those of kl_email_check(), not_object, type_wrong,
 * member_unknown, identifier_missing, identifier_empty, phone_invalid,
 * locale_invalid, coordinate_invalid.
 */
enum kl_rc kl_profile_check(struct kl_profile *p, const struct kl_json *doc,
    struct kl_err *err);

/*
 * Append the profile object of a bulk import, or of the data of a single
 * profile-import, to b:
 *	{"type":"profile","attributes":{...}}
 * with "id" after the type if match_id, and "meta" at the end if the record
 * has one.  Members that are null, also within location and (its first
 * level) within properties, are left out and counted, and so is a location
 * or properties that is left with nothing; unless p says that they clear.
 * Then an attribute is there as null, and a property is named by
 * meta.patch_properties.unset.  Values are not judged: that is
 * kl_profile_check().
 *
 * KL_OK; KL_EDATA with code not_object, member_unknown, null_refused or
 * null_properties (all of them cannot be cleared at once), b then as it was;
 * KL_ENOMEM or KL_ETOOBIG of b.
 */
enum kl_rc kl_profile_body(struct kl_profile *p, struct kl_buf *b,
    const struct kl_json *doc, struct kl_err *err);

void kl_profile_free(struct kl_profile *p);

/*
 * The identifiers of a person, without quotes and escapes; an absent, null
 * or empty one is the empty span.  Two records that share one are one
 * person.  Borrowed from the scanned text, or from mem: valid until the next
 * scan, or the next call with the same struct.
 */
struct kl_profile_ids {
	struct kl_span email; /* folded: kl_email_fold() */
	struct kl_span phone;
	struct kl_span external_id;
	struct kl_span id;
	struct kl_span kx;
	struct kl_buf mem[6]; /* owned */
	/* Where they are in records of one shape; 0: nowhere. */
	uint64_t shape;
	uint32_t at[5];
	uint32_t meta;	/* likewise */
	uint32_t other; /* the first value of another member that is sent */
};

/*
 * Read them from object obj of doc: 0 for a record, or the attributes of an
 * answer.  KL_OK or KL_ENOMEM; not an object, or values that are no strings:
 * empty spans.
 */
enum kl_rc kl_profile_ids(struct kl_profile_ids *ids, const struct kl_json *doc,
    uint32_t obj, struct kl_err *err);
void kl_profile_ids_free(struct kl_profile_ids *ids);

/*
 * The body of a bulk import: open, the profile objects with a comma between
 * each two, close.  list is the id of the list they join, or NULL for none.
 */
void kl_import_open(struct kl_buf *b);
void kl_import_close(struct kl_buf *b, const char *list);

/* The bytes of the two together, for a list id of list_n characters (0: no
 * list).  Whoever sizes a body and whoever sends it ask here. */
size_t kl_import_envelope(size_t list_n);

#ifdef __cplusplus
}
#endif

#endif /* KL_PROFILE_H */
