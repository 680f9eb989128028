/* SPDX-License-Identifier: MIT */
/* plan.c - write what is to be done to the members of a list, and judge it. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kl/base64.h"
#include "kl/cipher.h"
#include "kl/file.h"
#include "kl/json.h"
#include "kl/out.h"
#include "kl/plan.h"
#include "kl/random.h"
#include "kl/time.h"
#include "plan-file.h"

#define HOUR_MS ((uint64_t)3600 * 1000)

struct kl_plan_writer {
	struct kl_replace *file;
	struct kl_out *out;
	struct kl_hmac seal;
	struct kl_hmac_run run;
	struct kl_cipher *cipher;
	struct kl_buf text; /* a record being enciphered */
};

static const char *const kinds[] = { "mirror", "undo" };

/* --- writing ---------------------------------------------------------------
 */

/* The line in the writer's buffer, from at on, is whole. */
static enum kl_rc
commit(struct kl_plan_writer *w, const struct kl_buf *b, size_t at,
    struct kl_err *err)
{
	enum kl_rc rc;

	if ((rc = kl_buf_check(b, err)) != KL_OK)
		return rc;
	kl_hmac_add(&w->run, b->s + at, b->n - at);
	kl_hmac_add(&w->run, "\n", 1);
	return kl_out_commit(w->out, err);
}

static enum kl_rc
put_first(struct kl_plan_writer *w, const struct kl_plan *plan,
    const unsigned char nonce[KL_CIPHER_NONCE], struct kl_err *err)
{
	struct kl_buf *b = kl_out_begin(w->out);
	struct kl_buf text = { 0 };
	char when[KL_TIME_TEXT];
	size_t at = b->n;

	kl_buf_puts(b, "{\"kl_plan\":1");
	kl_json_put_str(b, "kind", kinds[plan->kind]);
	kl_json_put_str(b, "account", plan->account);
	kl_json_put_str(b, "list", plan->list);
	kl_json_put_str(b, "made", kl_time_text_ms(plan->made, when));
	kl_json_put_int(b, "ms", (int64_t)plan->made);
	if (plan->match_id)
		kl_json_put_bool(b, "match_id", true);
	if (plan->drop_unknown)
		kl_json_put_bool(b, "drop_unknown", true);
	if (plan->of[0] != '\0')
		kl_json_put_str(b, "of", plan->of);
	kl_base64(&text, nonce, KL_CIPHER_NONCE);
	kl_json_put_str(b, "nonce", kl_buf_str(&text));
	kl_buf_putc(b, '}');
	kl_buf_free(&text);
	return commit(w, b, at, err);
}

enum kl_rc
kl_plan_new(struct kl_plan_writer **to, const char *path,
    const struct kl_hash_key *hash, const struct kl_plan *plan,
    struct kl_err *err)
{
	struct kl_plan_writer *w = calloc(1, sizeof(*w));
	unsigned char nonce[KL_CIPHER_NONCE], key[KL_SHA256];
	enum kl_rc rc;

	*to = NULL;
	if (w == NULL)
		return kl_err_nomem(err);
	if (!kl_random(nonce, sizeof(nonce)))
		rc = kl_err_sys(err, KL_EIO, "no random bytes");
	else
		rc = kl_cipher_new(&w->cipher, hash, PLAN_CIPHER, nonce, err);
	if (rc == KL_OK)
		rc = kl_replace_new(&w->file, path, err);
	if (rc == KL_OK &&
	    (w->out = kl_out_new(kl_replace_fd(w->file), path)) == NULL)
		rc = kl_err_nomem(err);
	if (rc != KL_OK) {
		kl_plan_free(w);
		return rc;
	}
	kl_hash_key_for(hash, PLAN_SEAL, key);
	kl_hmac_set(&w->seal, key, sizeof(key));
	kl_wipe(key, sizeof(key));
	kl_hmac_begin(&w->seal, &w->run);
	if ((rc = put_first(w, plan, nonce, err)) != KL_OK)
		kl_plan_free(w);
	else
		*to = w;
	return rc;
}

enum kl_rc
kl_plan_remove(struct kl_plan_writer *w, const struct kl_plan_person *p,
    struct kl_err *err)
{
	struct kl_buf *b = kl_out_begin(w->out);
	size_t at = b->n;

	kl_buf_putc(b, '{');
	kl_json_put_str(b, "remove", p->id);
	kl_json_put_str(b, "joined", p->joined);
	kl_buf_printf(b, ",\"was\":\"%016llx\"}", (unsigned long long)p->was);
	return commit(w, b, at, err);
}

enum kl_rc
kl_plan_add(struct kl_plan_writer *w, const struct kl_plan_person *p,
    struct kl_err *err)
{
	struct kl_buf *b = kl_out_begin(w->out);
	size_t at = b->n;

	kl_buf_putc(b, '{');
	kl_json_put_str(b, "add", p->id);
	kl_buf_putc(b, '}');
	return commit(w, b, at, err);
}

enum kl_rc
kl_plan_send(struct kl_plan_writer *w, uint64_t line, bool fresh,
    struct kl_span record, struct kl_err *err)
{
	struct kl_buf *b = kl_out_begin(w->out);
	size_t at = b->n;
	enum kl_rc rc;

	kl_buf_reset(&w->text);
	kl_buf_span(&w->text, record);
	if ((rc = kl_buf_check(&w->text, err)) != KL_OK)
		return rc;
	if (!kl_cipher(w->cipher, w->text.s, w->text.n))
		return kl_err_set(err, KL_EBUG, "libcrypto failed");
	kl_buf_puts(b, "{\"send\":\"");
	kl_base64(b, w->text.s, w->text.n);
	kl_buf_printf(b, "\",\"line\":%llu,\"new\":%s}",
	    (unsigned long long)line, fresh ? "true" : "false");
	return commit(w, b, at, err);
}

void
kl_plan_counts(const struct kl_plan *plan, struct kl_buf *b)
{
	kl_json_put_int(b, "records", (int64_t)plan->records);
	kl_json_put_int(b, "members", (int64_t)plan->members);
	kl_json_put_int(b, "add", (int64_t)plan->add);
	kl_json_put_int(b, "change", (int64_t)plan->change);
	kl_json_put_int(b, "remove", (int64_t)plan->remove);
	kl_json_put_int(b, "protect", (int64_t)plan->protect);
}

/* The last line, and the seal in it. */
static enum kl_rc
put_last(struct kl_plan_writer *w, struct kl_plan *plan, struct kl_err *err)
{
	struct kl_buf *b = kl_out_begin(w->out);
	unsigned char sum[KL_SHA256];
	size_t at = b->n;
	enum kl_rc rc;

	kl_buf_puts(b, "{\"end\":{");
	kl_plan_counts(plan, b);
	kl_json_put_str(b, "identifiers", plan->identifiers);
	kl_json_put_str(b, "newest", plan->newest);
	kl_buf_putc(b, '}');
	if ((rc = kl_buf_check(b, err)) != KL_OK)
		return rc;
	kl_hmac_add(&w->run, b->s + at, b->n - at);
	kl_hmac_end(&w->seal, &w->run, sum);
	kl_digest_text(sum, plan->seal);
	kl_json_put_str(b, "seal", plan->seal);
	kl_buf_putc(b, '}');
	if ((rc = kl_buf_check(b, err)) != KL_OK)
		return rc;
	return kl_out_commit(w->out, err);
}

enum kl_rc
kl_plan_end(struct kl_plan_writer *w, struct kl_plan *plan, struct kl_err *err)
{
	enum kl_rc rc;

	if ((rc = put_last(w, plan, err)) != KL_OK ||
	    (rc = kl_out_flush(w->out, err)) != KL_OK)
		return rc;
	rc = kl_replace_commit(w->file, err);
	w->file = NULL;
	return rc;
}

void
kl_plan_free(struct kl_plan_writer *w)
{
	if (w == NULL)
		return;
	kl_replace_drop(w->file);
	kl_out_free(w->out);
	kl_cipher_free(w->cipher);
	kl_buf_free(&w->text);
	free(w);
}

/* --- may it be applied ------------------------------------------------------
 */

static enum kl_rc
refuse(struct kl_err *err, const char *code, const char *hint)
{
	kl_err_code(err, code);
	kl_err_hint(err, "%s", hint);
	return KL_EDATA;
}

/* A clock that was set back makes a plan seem to be of the future: that it is
 * young cannot be known then. */
static enum kl_rc
check_age(const struct kl_plan *plan, uint64_t now, struct kl_err *err)
{
	bool undo = plan->kind == KL_PLAN_UNDO;
	uint64_t hours = undo ? KL_PLAN_UNDO_HOURS : KL_PLAN_HOURS;
	char when[KL_TIME_TEXT];

	if (plan->made <= now + HOUR_MS / 60 &&
	    (now <= plan->made || now - plan->made <= hours * HOUR_MS))
		return KL_OK;
	(void)kl_err_set(err, KL_EDATA,
	    "the %s was made at %s, and is good for %llu hours",
	    undo ? "undo" : "plan", kl_time_text_ms(plan->made, when),
	    (unsigned long long)hours);
	return refuse(err, "plan_old",
	    undo ? "add and remove with kl-push by hand, if it has to be"
		 : "make a new one: the list has moved on");
}

enum kl_rc
kl_plan_check(const struct kl_plan *plan, const char *account, const char *list,
    uint64_t now, struct kl_err *err)
{
	if (strcmp(plan->account, account) != 0) {
		(void)kl_err_set(err, KL_EDATA,
		    "the plan is for account %s, the key is one of account %s",
		    plan->account, account);
		return refuse(err, "plan_account", "use the key it is for");
	}
	if (list != NULL && strcmp(plan->list, list) != 0) {
		(void)kl_err_set(err, KL_EDATA,
		    "the plan is for list %s, not %s", plan->list, list);
		return refuse(err, "plan_list",
		    "leave the list out: the plan names it");
	}
	return check_age(plan, now, err);
}
