/* SPDX-License-Identifier: MIT */

/*
 * fix.c - put right in a record what can be put right without guessing.
 */

#include <string.h>

#include "kl/domain.h"
#include "kl/event.h"
#include "kl/fix.h"
#include "kl/idn.h"
#include "kl/limits.h"
#include "kl/profile.h"

#include "letters.h"
#include "member.h"

static const struct {
	const char *name, *words;
} fixes[] = {
	[KL_FIX_TRIM] = { "trim", "trimmed" },
	[KL_FIX_CASE] = { "domain_case", "with the domain in lower case" },
	[KL_FIX_XN] = { "domain_xn", "with the domain in its xn-- form" },
	[KL_FIX_LOCALE] = { "locale", "with a hyphen in the locale" },
	[KL_FIX_CURRENCY] = { "currency", "with the currency in capitals" },
};

const char *
kl_fix_words(enum kl_fix fix)
{
	return fixes[fix].words;
}

const char *
kl_fix_name(enum kl_fix fix)
{
	return fixes[fix].name;
}

/* A record that is being put right. */
struct work {
	struct kl_fixer *f;
	const struct kl_json *doc;
	struct kl_buf *b;
	size_t copied; /* of the record, to b */
	unsigned done;
};

/* Put f->made in the place of the string that is node i. */
static void
replace(struct work *w, uint32_t i)
{
	const struct kl_json_node *node = &w->doc->node[i];

	kl_buf_put(w->b, w->doc->s + w->copied, node->at - w->copied);
	kl_json_put_text(w->b, w->f->made.s, w->f->made.n);
	w->copied = node->at + node->n;
}

static bool
is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

/* Start made with the text t, trimmed.  What was done. */
static unsigned
trim(struct work *w, struct kl_span t)
{
	struct kl_span core = letters_trim(t);

	kl_buf_reset(&w->f->made);
	kl_buf_span(&w->f->made, core);
	return core.n != t.n ? 1U << KL_FIX_TRIM : 0;
}

/* The address in made: fold its domain, and write it in ASCII. */
static unsigned
fix_email(struct kl_buf *made)
{
	struct kl_span t = { made->s, made->n }, domain = kl_email_domain(t);
	char ascii[KL_DOMAIN_MAX + 1];
	size_t n, i, local = t.n - domain.n;
	unsigned done = 0;

	for (i = 0; i < domain.n && (unsigned char)domain.s[i] < 0x80; i++)
		;
	if (i < domain.n) {
		if (kl_idn_ascii(domain, ascii, &n, NULL) != KL_OK ||
		    local + n > KL_EMAIL_MAX)
			return 0;
		made->n = local;
		kl_buf_put(made, ascii, n);
		return 1U << KL_FIX_XN;
	}
	for (i = local; i < made->n; i++)
		if (domain.n > 0 && is_upper(made->s[i])) {
			made->s[i] = (char)(made->s[i] | 0x20);
			done = 1U << KL_FIX_CASE;
		}
	return done;
}

static unsigned
fix_locale(struct kl_buf *made)
{
	unsigned done = 0;
	size_t i;

	for (i = 0; i < made->n; i++)
		if (made->s[i] == '_') {
			made->s[i] = '-';
			done = 1U << KL_FIX_LOCALE;
		}
	return done;
}

static unsigned
fix_currency(struct kl_buf *made)
{
	unsigned done = 0;
	char code[3];
	size_t i;

	if (made->n != sizeof(code))
		return 0;
	for (i = 0; i < sizeof(code); i++) {
		code[i] = made->s[i];
		if (code[i] >= 'a' && code[i] <= 'z') {
			code[i] = (char)(code[i] & ~0x20);
			done = 1U << KL_FIX_CURRENCY;
		}
	}
	if (!kl_currency_is((struct kl_span){ code, sizeof(code) }))
		return 0;
	memcpy(made->s, code, sizeof(code));
	return done;
}

/* Put right the value of member m, if it is text; further may be NULL. */
static void
fix(struct work *w, uint32_t m, unsigned (*further)(struct kl_buf *))
{
	struct kl_span t;
	unsigned done;

	if (kl_json_type(w->doc, m + 1) != KL_JSON_STRING)
		return;
	t = kl_member_text(w->doc, m + 1, &w->f->text);
	done = trim(w, t);
	if (further != NULL && w->f->made.n > 0)
		done |= further(&w->f->made);
	if (done != 0 && w->f->made.n > 0) {
		replace(w, m + 1);
		w->done |= done;
	}
}

static void
fix_profile(struct work *w, uint32_t obj)
{
	const struct kl_member *row;

	kl_json_each_member (m, w->doc, obj) {
		row = kl_profile_member(kl_member_text(w->doc, m, &w->f->text));
		if (row == NULL)
			continue;
		if (row->form == KL_FORM_EMAIL)
			fix(w, m, fix_email);
		else if (row->form == KL_FORM_PHONE)
			fix(w, m, NULL);
		else if (row->form == KL_FORM_LOCALE)
			fix(w, m, fix_locale);
	}
}

static void
fix_event(struct work *w)
{
	const struct kl_event_member *row;

	kl_json_each_member (m, w->doc, 0) {
		row = kl_event_member(kl_member_text(w->doc, m, &w->f->text));
		if (row == NULL)
			continue;
		if (row->form == KL_EVENT_PROFILE &&
		    kl_json_type(w->doc, m + 1) == KL_JSON_OBJECT)
			fix_profile(w, m + 1);
		else if (row->form == KL_EVENT_TIME)
			fix(w, m, NULL);
		else if (row->form == KL_EVENT_CURRENCY)
			fix(w, m, fix_currency);
	}
}

enum kl_rc
kl_fix_record(struct kl_fixer *f, const struct kl_json *doc, bool event,
    struct kl_buf *b, unsigned *done, struct kl_err *err)
{
	struct work w = { .f = f, .doc = doc, .b = b };
	enum kl_rc rc;

	*done = 0;
	if (kl_member_object(doc, NULL) != KL_OK)
		return KL_OK;
	if (event)
		fix_event(&w);
	else
		fix_profile(&w, 0);
	if (w.done != 0)
		kl_buf_put(b, doc->s + w.copied, doc->n - w.copied);
	*done = w.done;
	if ((rc = kl_buf_check(&f->text, err)) == KL_OK &&
	    (rc = kl_buf_check(&f->made, err)) == KL_OK)
		rc = kl_buf_check(b, err);
	return rc;
}

void
kl_fixer_free(struct kl_fixer *f)
{
	kl_buf_free(&f->text);
	kl_buf_free(&f->made);
}
