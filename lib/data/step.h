/* SPDX-License-Identifier: MIT */
#ifndef STEP_H
#define STEP_H

/*
 * step.h - one function of a conversion, for those who define the functions
 * (convert-text.c and others, below) and those who put them together
 * (convert-priv.h).
 */

#include "kl/convert.h"
#include "kl/jq.h"
#include "kl/timestamp.h"
#include "kl/zone.h"

#define STEP_ARGS 2

/* One function of a conversion, made ready. */
struct step {
	const struct function *f;
	bool back; /* run against the stream */
	bool utc;  /* takes times as UTC because no zone was named */
	struct kl_span arg[STEP_ARGS]; /* escapes undone */
	size_t args;
	char region[3];	 /* phone: fixed, or empty: from slot */
	bool from_field; /* phone: the region is that of a field */
	uint32_t slot;
	int32_t offset;			/* date; or */
	struct kl_zone *zone;		/* date: by place; owned */
	bool day;			/* date: without a time of day */
	struct kl_stamp_format *format; /* date; owned */
	struct kl_jq *jq;		/* jq; owned */
};

/* Make a step ready once its arguments are there. */
typedef enum kl_rc step_setup(struct step *s, struct kl_converter *c,
    struct kl_err *err);
/* Apply it to a value that is not missing (or to any, if it fills). */
typedef enum kl_rc step_run(const struct step *s, struct kl_converter *c,
    struct kl_value *v, struct kl_err *err);

/* A row of the table: what people see, and what it does. */
struct function {
	struct kl_function is;
	unsigned char args; /* parts its argument is split in at : */
	bool fills;	    /* runs on missing values too */
	bool last;	    /* takes all that follows, as it is written */
	step_setup *setup;  /* may be NULL */
	step_run *run;
	step_run *back; /* if its inverse is KL_INVERSE_BACK */
};

/* Text: convert-text.c */
step_run step_trim, step_lower, step_upper, step_title, step_replace,
    step_null_if, step_default, step_const, step_split, step_join;
step_setup step_need_text;

/* Other kinds of value: convert-value.c, convert-date.c */
step_run step_number, step_number_back, step_integer, step_bool, step_as_text,
    step_json, step_json_back, step_date, step_date_back;
step_setup step_number_setup, step_date_setup;

/* Telephone numbers: convert-phone.c */
step_run step_phone;
step_setup step_phone_setup;

/* Expressions: convert-jq.c */
step_run step_jq;
step_setup step_jq_setup;

/* What all of them need: step.c */

/* Refuse the value: the code is the function's. */
enum kl_rc step_refuse(const struct step *s, struct kl_err *err,
    const char *what, const char *hint);

/*
 * Turn a string into its text (KL_CLEAN or KL_TEXT); a number, true or false
 * stays as it is, and its bytes are its text.  Refused: arrays, objects.
 */
enum kl_rc step_text_of(const struct step *s, struct kl_converter *c,
    struct kl_value *v, struct kl_err *err);

static inline enum kl_rc
step_text(const struct step *s, struct kl_converter *c, struct kl_value *v,
    struct kl_err *err)
{
	if (v->type != KL_JSON_STRING || (v->form == KL_RAW && v->esc))
		return step_text_of(s, c, v, err);
	if (v->form == KL_RAW) {
		v->s = (struct kl_span){ v->s.s + 1, v->s.n - 2 };
		v->form = KL_CLEAN;
	}
	return KL_OK;
}

/* A scratch buffer other than the last one given out, emptied. */
struct kl_buf *step_buf(struct kl_converter *c);

/* Make *v a string of what the buffer holds. */
enum kl_rc step_took(struct kl_value *v, const struct kl_buf *b,
    enum kl_form form, struct kl_err *err);

#endif /* STEP_H */
