/* SPDX-License-Identifier: MIT */
#ifndef KL_CONVERT_H
#define KL_CONVERT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kl/buf.h"
#include "kl/err.h"
#include "kl/json.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * kl/convert.h - the functions that change a value on its way.
 *
 *	trim|lower		phone:@Country		date:%d.%m.%Y@+01:00
 *
 * Functions are joined by | and applied from left to right.  The first :
 * starts the argument.  In an argument \| \: and \\ stand for | : and \, and
 * \t and \n for tab and newline.  jq takes all that follows as its argument, as
 * it is written: | and : are its own.
 *
 * A value that is absent, null or "" is missing.  Only default and const
 * give something in its place; every other function leaves it missing.
 */

/* A function.  There is one table of them; help, messages, manual page and
 * inversion read it. */
enum kl_inverse {
	KL_INVERSE_COPY, /* undone by leaving the value as it is */
	KL_INVERSE_BACK, /* has a way back */
	KL_INVERSE_NONE, /* cannot be undone */
};

struct kl_function {
	const char *name;
	const char *arg; /* what its argument is called; NULL: none */
	bool arg_needed;
	const char *code; /* of its rejects; NULL: it refuses no text */
	enum kl_inverse inverse;
	const char *help; /* one line */
};

/* Row i of the table; NULL after the last. */
const struct kl_function *kl_function_at(size_t i);

/* How the bytes of a value are to be understood. */
enum kl_form {
	KL_RAW,	  /* JSON as it was written */
	KL_TEXT,  /* the text of a string, to be escaped when written */
	KL_CLEAN, /* the text of a string that needs no escapes */
};

/* A value on its way.  All zero is an absent one. */
struct kl_value {
	struct kl_span s;
	uint8_t type; /* enum kl_json_type; 0: absent */
	uint8_t form; /* enum kl_form */
	bool esc;     /* a raw string with a backslash in it */
};

/* The value of node i of doc; absent if i is 0. */
static inline struct kl_value
kl_value_of(const struct kl_json *doc, uint32_t i)
{
	struct kl_value v = { { NULL, 0 }, 0, 0, false };

	if (i != 0) {
		v.s = kl_json_raw(doc, i);
		v.type = (uint8_t)kl_json_type(doc, i);
		v.esc = doc->node[i].esc;
	}
	return v;
}

/* True if it is absent, null or "". */
static inline bool
kl_value_missing(const struct kl_value *v)
{
	return v->type <= KL_JSON_NULL ||
	    (v->type == KL_JSON_STRING &&
		v->s.n == (v->form == KL_RAW ? 2 : 0));
}

/* Append it as JSON.  Not for an absent one. */
void kl_value_put(struct kl_buf *b, const struct kl_value *v);

/*
 * What conversions share: the numbering plans, opened when the first
 * conversion asks for a region, scratch memory, and the way to another member
 * of the record.  All zero but for the callbacks is ready for use.
 */
#define KL_COUNTRIES 64 /* a power of two */

struct kl_phone;
struct kl_converter {
	const char *phone_plugin; /* see kl_phone_open() */
	const char *jq_plugin;	  /* see kl_jq_new() */
	struct kl_phone *phone;	  /* owned */
	/* While a conversion is made: the number by which field() will find
	 * the member called name; UINT32_MAX when out of memory.  NULL:
	 * phone:@FIELD is refused. */
	uint32_t (*slot)(void *ctx, struct kl_span name);
	/* While it runs: that member of the record at hand. */
	struct kl_value (*field)(void *ctx, uint32_t slot);
	void *ctx;
	struct kl_buf tmp[3]; /* owned, like what follows: scratch */
	unsigned turn;
	struct kl_json doc;
	/* Countries by the text they stood for lately. */
	struct {
		const char *code;
		unsigned char n;
		char text[23];
	} country[KL_COUNTRIES];
};
void kl_converter_free(struct kl_converter *c);

struct kl_convert; /* opaque: functions, one after the other */

/*
 * Make a conversion of text ("trim|lower"); *made is NULL for the empty one,
 * which copies.  KL_OK; KL_ECONFIG naming what is unknown or lacking, with the
 * nearest name; KL_ENOMEM.
 */
enum kl_rc kl_convert_new(struct kl_convert **made, struct kl_converter *c,
    struct kl_span text, struct kl_err *err);
void kl_convert_free(struct kl_convert *v);

/*
 * Turn a conversion round, to be run against the stream.  Returns NULL, or
 * the name of a function that cannot be undone; it must not be run then.
 */
const char *kl_convert_invert(struct kl_convert *v);

/* True if all it does to text in ASCII is to make its letters small and, which
 * *trims tells, to take white space around it away. */
bool kl_convert_lowers(const struct kl_convert *v, bool *trims);

/* True if it reads or writes times without an offset, taken as UTC because
 * none was named. */
bool kl_convert_assumes_utc(const struct kl_convert *v);

/*
 * Apply it to *v.  What v refers to afterwards is borrowed from where it was,
 * from the conversion, or from c until the next call with c.
 *
 * KL_OK; KL_EDATA with a code and a hint, the value being one that a function
 * cannot take; KL_ENOMEM, KL_ETOOBIG.
 */
enum kl_rc kl_convert_run(const struct kl_convert *conv, struct kl_converter *c,
    struct kl_value *v, struct kl_err *err);

#ifdef __cplusplus
}
#endif

#endif /* KL_CONVERT_H */
