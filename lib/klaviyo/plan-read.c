/* SPDX-License-Identifier: MIT */
/*
 * plan-read.c - read what is to be done to the members of a list.
 *
 * One pass: what stands in the lines is told as they come, and whether any of
 * it may be believed is known from the last.
 */

#include <stdio.h>
#include <string.h>

#include "kl/base64.h"
#include "kl/cipher.h"
#include "kl/json.h"
#include "kl/lines.h"
#include "kl/plan.h"
#include "plan-file.h"

struct reader {
	struct kl_plan *plan;
	const char *path;
	const struct kl_hash_key *hash;
	const struct kl_plan_sink *sink;
	struct kl_hmac seal;
	struct kl_hmac_run run;
	struct kl_cipher *cipher;
	struct kl_json doc;
	struct kl_buf text, record;
	uint64_t lines, removes, adds, sends;
	bool ended;
};

static enum kl_rc
wrong(const struct reader *r, const char *code, struct kl_err *err)
{
	if (strcmp(code, "plan_unknown") == 0)
		(void)kl_err_set(err, KL_EDATA, "%s: not a plan", r->path);
	else if (strcmp(code, "plan_short") == 0)
		(void)kl_err_set(err, KL_EDATA,
		    "%s: the plan is not whole: it has no seal", r->path);
	else
		(void)kl_err_set(err, KL_EDATA,
		    "%s: the plan was altered, or made with another secret",
		    r->path);
	kl_err_code(err, code);
	kl_err_hint(err,
	    "it is applied as it was made, by whoever made it; make a new one");
	return KL_EDATA;
}

/* The text of a member, at most size - 1 bytes of it and a NUL. */
static bool
get_text(struct reader *r, uint32_t obj, const char *name, char *to,
    size_t size)
{
	uint32_t at = kl_json_get(&r->doc, obj, name);
	struct kl_span s;

	if (at == 0 || kl_json_type(&r->doc, at) != KL_JSON_STRING)
		return false;
	s = kl_json_text(&r->doc, at, &r->text);
	if (s.n >= size || memchr(s.s, '\0', s.n) != NULL)
		return false;
	if (s.n > 0)
		memcpy(to, s.s, s.n);
	to[s.n] = '\0';
	return true;
}

static bool
get_count(struct reader *r, uint32_t obj, const char *name, uint64_t *to)
{
	uint32_t at = kl_json_get(&r->doc, obj, name);
	int64_t v;

	if (at == 0 || !kl_json_int(&r->doc, at, &v) || v < 0)
		return false;
	*to = (uint64_t)v;
	return true;
}

/* --- lines ------------------------------------------------------------------
 */

static enum kl_rc
read_nonce(struct reader *r, struct kl_err *err)
{
	char text[40];

	kl_buf_reset(&r->record);
	if (!get_text(r, 0, "nonce", text, sizeof(text)) ||
	    !kl_base64_decode(&r->record, text, strlen(text)) ||
	    r->record.n != KL_CIPHER_NONCE)
		return wrong(r, "plan_altered", err);
	return kl_cipher_new(&r->cipher, r->hash, PLAN_CIPHER,
	    (const unsigned char *)r->record.s, err);
}

static enum kl_rc
read_first(struct reader *r, struct kl_err *err)
{
	struct kl_plan *p = r->plan;
	uint32_t v = kl_json_get(&r->doc, 0, "kl_plan");
	char kind[8];
	int64_t version;

	if (v == 0 || !kl_json_int(&r->doc, v, &version) || version != 1)
		return wrong(r, "plan_unknown", err);
	if (!get_text(r, 0, "kind", kind, sizeof(kind)) ||
	    !get_text(r, 0, "account", p->account, sizeof(p->account)) ||
	    !get_text(r, 0, "list", p->list, sizeof(p->list)) ||
	    !kl_list_id_valid(p->list) || !get_count(r, 0, "ms", &p->made))
		return wrong(r, "plan_altered", err);
	p->match_id = kl_json_get(&r->doc, 0, "match_id") != 0;
	p->drop_unknown = kl_json_get(&r->doc, 0, "drop_unknown") != 0;
	(void)get_text(r, 0, "of", p->of, sizeof(p->of));
	p->kind = strcmp(kind, "undo") == 0 ? KL_PLAN_UNDO : KL_PLAN_MIRROR;
	return read_nonce(r, err);
}

static enum kl_rc
read_person(struct reader *r, bool remove, struct kl_err *err)
{
	struct kl_plan_person p = { 0 };
	char was[17];

	if (!get_text(r, 0, remove ? "remove" : "add", p.id, sizeof(p.id)) ||
	    !kl_list_id_valid(p.id))
		return wrong(r, "plan_altered", err);
	if (!remove) {
		r->adds++;
		return r->sink->add(r->sink->ctx, &p, err);
	}
	if (!get_text(r, 0, "joined", p.joined, sizeof(p.joined)) ||
	    !get_text(r, 0, "was", was, sizeof(was)) || strlen(was) != 16 ||
	    strspn(was, "0123456789abcdef") != 16)
		return wrong(r, "plan_altered", err);
	for (const char *s = was; *s != '\0'; s++)
		p.was = p.was << 4 |
		    (uint64_t)(*s <= '9' ? *s - '0' : *s - 'a' + 10);
	r->removes++;
	return r->sink->remove(r->sink->ctx, &p, err);
}

static enum kl_rc
read_send(struct reader *r, uint32_t at, struct kl_err *err)
{
	struct kl_span s = kl_json_raw(&r->doc, at);
	uint32_t fresh = kl_json_get(&r->doc, 0, "new");
	uint64_t line;

	kl_buf_reset(&r->record);
	if (s.n < 2 || fresh == 0 || !get_count(r, 0, "line", &line) ||
	    !kl_base64_decode(&r->record, s.s + 1, s.n - 2))
		return wrong(r, "plan_altered", err);
	if (!kl_cipher(r->cipher, r->record.s, r->record.n))
		return kl_err_set(err, KL_EBUG, "libcrypto failed");
	r->sends++;
	return r->sink->send(r->sink->ctx, line,
	    kl_json_type(&r->doc, fresh) == KL_JSON_TRUE,
	    (struct kl_span){ r->record.s, r->record.n }, err);
}

/* The last line: is all that was read what was written? */
static enum kl_rc
read_last(struct reader *r, const struct kl_line *line, uint32_t end,
    struct kl_err *err)
{
	struct kl_plan *p = r->plan;
	unsigned char sum[KL_SHA256], differ = 0;
	char seal[KL_RECORD_DIGEST];
	size_t n = line->n, i;

	if (n <= PLAN_SEAL_TAIL ||
	    memcmp(line->s + n - PLAN_SEAL_TAIL, PLAN_SEAL_NAME,
		sizeof(PLAN_SEAL_NAME) - 1) != 0 ||
	    !get_text(r, 0, "seal", p->seal, sizeof(p->seal)) || !line->eol)
		return wrong(r, "plan_altered", err);
	kl_hmac_add(&r->run, line->s, n - PLAN_SEAL_TAIL);
	kl_hmac_end(&r->seal, &r->run, sum);
	kl_digest_text(sum, seal);
	for (i = 0; i < sizeof(seal); i++)
		differ |= (unsigned char)(seal[i] ^ p->seal[i]);
	if (differ != 0 || !get_count(r, end, "records", &p->records) ||
	    !get_count(r, end, "members", &p->members) ||
	    !get_count(r, end, "add", &p->add) ||
	    !get_count(r, end, "change", &p->change) ||
	    !get_count(r, end, "remove", &p->remove) ||
	    !get_count(r, end, "protect", &p->protect) ||
	    !get_text(r, end, "identifiers", p->identifiers,
		sizeof(p->identifiers)) ||
	    !get_text(r, end, "newest", p->newest, sizeof(p->newest)) ||
	    r->removes != p->remove || r->adds + r->sends != p->add + p->change)
		return wrong(r, "plan_altered", err);
	r->ended = true;
	return KL_OK;
}

static enum kl_rc
read_line(struct reader *r, const struct kl_line *line, struct kl_err *err)
{
	struct kl_err why = { 0 };
	uint32_t at;

	if (r->ended)
		return wrong(r, "plan_altered", err);
	if (kl_json_scan(&r->doc, line->s, line->n, &why) != KL_OK) {
		if (why.rc == KL_ENOMEM)
			return kl_err_nomem(err);
		return wrong(r, r->lines == 0 ? "plan_unknown" : "plan_altered",
		    err);
	}
	if ((at = kl_json_get(&r->doc, 0, "end")) != 0 && r->lines > 0)
		return read_last(r, line, at, err);
	kl_hmac_add(&r->run, line->s, line->n);
	kl_hmac_add(&r->run, "\n", 1);
	if (r->lines++ == 0)
		return read_first(r, err);
	if (kl_json_get(&r->doc, 0, "remove") != 0)
		return read_person(r, true, err);
	if (kl_json_get(&r->doc, 0, "add") != 0)
		return read_person(r, false, err);
	if ((at = kl_json_get(&r->doc, 0, "send")) != 0)
		return read_send(r, at, err);
	return wrong(r, "plan_altered", err);
}

static enum kl_rc
read_all(struct reader *r, struct kl_lines *in, struct kl_err *err)
{
	struct kl_line line;
	enum kl_rc rc;

	while ((rc = kl_lines_next(in, &line, err)) == KL_OK)
		if ((rc = read_line(r, &line, err)) != KL_OK)
			return rc;
	if (rc == KL_ETOOBIG)
		return wrong(r, r->lines == 0 ? "plan_unknown" : "plan_altered",
		    err);
	if (rc != KL_EOF)
		return rc;
	if (r->lines == 0)
		return wrong(r, "plan_unknown", err);
	return r->ended ? KL_OK : wrong(r, "plan_short", err);
}

enum kl_rc
kl_plan_read(struct kl_plan *plan, int fd, const char *path,
    const struct kl_hash_key *hash, const struct kl_plan_sink *sink,
    struct kl_err *err)
{
	struct reader r = { .plan = plan,
		.path = path,
		.hash = hash,
		.sink = sink };
	struct kl_lines *in = kl_lines_new(fd, KL_PLAN_LINE);
	unsigned char key[KL_SHA256];
	enum kl_rc rc;

	*plan = (struct kl_plan){ 0 };
	if (in == NULL)
		return kl_err_nomem(err);
	kl_hash_key_for(hash, PLAN_SEAL, key);
	kl_hmac_set(&r.seal, key, sizeof(key));
	kl_wipe(key, sizeof(key));
	kl_hmac_begin(&r.seal, &r.run);
	rc = read_all(&r, in, err);
	kl_lines_free(in);
	kl_cipher_free(r.cipher);
	kl_json_free(&r.doc);
	kl_buf_free(&r.text);
	kl_buf_free(&r.record);
	return rc;
}
