/* SPDX-License-Identifier: MIT */
#ifndef KL_ERRORS_H
#define KL_ERRORS_H

#include <stdbool.h>
#include <stdint.h>

#include "kl/buf.h"
#include "kl/endpoints.h"
#include "kl/err.h"
#include "kl/json.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * kl/errors.h - Klaviyo's error objects, and what they mean to a person.
 *
 * Their "detail" may quote an address, and its wording may change at any
 * time: it is recognised, where a clear text of ours exists for it, and never
 * passed on.
 */

/* One error object, of an "errors" array or of an import error.  Spans are
 * borrowed: until the next kl_fault_ call with the same kl_faults. */
struct kl_fault {
	struct kl_span code;	  /* "invalid", "duplicate_profile", ... */
	struct kl_span detail;	  /* may hold people's data: not for print */
	struct kl_span pointer;	  /* source.pointer; may be empty */
	struct kl_span parameter; /* source.parameter; may be empty */
	struct kl_span profile;	  /* the id of one that is not there, which
				   * code and detail tell; or empty */
	bool has_row;		  /* the pointer names one item of a batch */
	uint32_t row;		  /* its index, from 0; of events, the index
				   * of those of one profile */
	bool has_sub;		  /* ... and one of them */
	uint32_t sub;
	struct kl_span field; /* what follows in the pointer, dotted
			       * ("email", "location.city"), or empty */
};

/* A walk over the errors of one answer.  Set doc, the rest zero. */
struct kl_faults {
	const struct kl_json *doc;
	uint32_t at;
	struct kl_buf text[5];
};

/* The next error of the document's "errors".  False at the end. */
bool kl_fault_next(struct kl_faults *w, struct kl_fault *f);

/* Read one object with code, detail and source: node of w->doc.  False if it
 * is no object. */
bool kl_fault_read(struct kl_faults *w, uint32_t node, struct kl_fault *f);

void kl_faults_free(struct kl_faults *w);

/*
 * What one error says about its record, in words of ours: err->field is the
 * member, err->code a stable name (email_invalid, phone_invalid,
 * phone_region, field_unknown, field_missing, duplicate_profile,
 * profile_unknown, or
 * "klaviyo_" and their code).  Returns KL_EREFUSED.
 */
enum kl_rc kl_fault_err(const struct kl_fault *f, struct kl_err *err);

/*
 * The failure an answer with that status means for a call of the endpoint;
 * doc is its body (nodes 0: no JSON).  Names missing scopes, an unknown list,
 * status, code and pointer.
 */
enum kl_rc kl_errors_err(const struct kl_endpoint *ep, int status,
    const struct kl_json *doc, struct kl_err *err);

#ifdef __cplusplus
}
#endif

#endif /* KL_ERRORS_H */
