/* SPDX-License-Identifier: MIT */
/* t_receipt.c - what is said of a batch that is settled. */

#include "../../lib/klaviyo/receipt.h"
#include "ok.h"

static struct kl_profile profile;
static struct kl_maker maker = { .max_records = 100,
	.max_body = 5000000,
	.max_item = 100000,
	.profile = &profile,
	.seed.k = { 1, 2 } };
static struct kl_receipt r = { .run = "RUN",
	.action = "add",
	.complete = true };
static struct kl_err err;

static struct kl_batch *
make(struct kl_batch *b)
{
	static const char *const in[] = { "{\"email\":\"a@x.org\"}",
		"{\"email\":\"b@x.org\"}", "{\"email\":\"A@x.org\"}" };
	struct kl_json doc = { 0 };
	size_t i;

	if (b == NULL)
		b = kl_batch_new(&maker);
	else
		kl_batch_reset(b);
	b->seq = 7;
	(void)kl_batch_note(b, 4, "0123456789012345678901", &err);
	for (i = 0; i < 3; i++) {
		(void)kl_json_scan(&doc, in[i], strlen(in[i]), &err);
		(void)kl_batch_add(b, &maker, 5 + i, KL_SPAN(in[i]), &doc,
		    &err);
	}
	(void)kl_batch_seal(b, &maker, &err);
	kl_json_free(&doc);
	return b;
}

static const char *
text(const struct kl_batch *b)
{
	static struct kl_buf out;

	kl_buf_free(&out);
	if (b == NULL)
		return NULL;
	kl_receipt_put(&out, &r, b);
	return kl_buf_str(&out);
}

#define START "{\"receipt\":1,\"run\":\"RUN\",\"seq\":7,\"action\":\"add\","
#define WHERE "\"from\":4,\"to\":7,"

int
main(void)
{
	struct kl_hash_key key = { .set = true };
	char digest[KL_RECORD_DIGEST], want[1000];
	struct kl_batch *b;

	maker.verb = kl_verb_find("add");
	b = make(NULL);
	kl_batch_settle_all(b, KL_FAILED);
	is(text(b),
	    START "\"account\":null,\"list\":null," WHERE
		  "\"counts\":{\"accepted\":0,\"unchanged\":0,\"rejected\":1,"
		  "\"failed\":3,\"unknown\":0},\"status\":\"rejected\","
		  "\"http\":null,\"job\":null,\"attempts\":0,"
		  "\"started\":null,\"ms\":0,\"body_sha256\":null,"
		  "\"resumed\":false}",
	    "a batch that was not sent");

	b = make(b);
	r.account = "AbC123";
	r.list = "KKbLLU";
	b->http = 202;
	b->attempts = 2;
	b->ms = 20;
	b->started = 1700000000123;
	kl_buf_put(&b->jobs, "job.1", 6);
	(void)memcpy(b->sha256, "abc", 4);
	kl_batch_settle(b, 0, KL_ACCEPTED);
	kl_batch_settle(b, 1, KL_REJECTED);
	is(text(b),
	    START "\"account\":\"AbC123\",\"list\":\"KKbLLU\"," WHERE
		  "\"counts\":{\"accepted\":2,\"unchanged\":0,\"rejected\":2,"
		  "\"failed\":0,\"unknown\":0},\"status\":\"complete\","
		  "\"http\":202,\"job\":\"job.1\",\"attempts\":2,"
		  "\"started\":\"2023-11-14T22:13:20.123+00:00\",\"ms\":20,"
		  "\"body_sha256\":\"abc\",\"resumed\":false}",
	    "a batch that was");
	r.complete = false;
	ok(strstr(text(b), "\"status\":\"accepted\"") != NULL,
	    "without a job, success is accepted");
	r.complete = true;
	kl_buf_put(&b->jobs, "job.2", 6);
	ok(strstr(text(b),
	       "\"job\":\"job.2\",\"jobs\":[\"job.1\",\"job.2\"],") != NULL,
	    "several jobs are all named");

	r.hash = &key;
	kl_record_digest(&key, "{\"email\":\"a@x.org\"}", 19, digest);
	(void)snprintf(want, sizeof(want),
	    "\"records\":[[4,\"0123456789012345678901\",\"rejected\"],"
	    "[5,\"%s\",\"accepted\"],[6,",
	    digest);
	ok(strstr(text(b), want) != NULL,
	    "records are listed in the order of the input");
	b->rec[0].line = 0;
	ok(strstr(text(b), "[[null,\"0123") != NULL,
	    "a line that is not known is null");
	r.hash = NULL;

	b = make(b);
	kl_batch_settle(b, 0, KL_ACCEPTED);
	kl_batch_settle(b, 1, KL_UNKNOWN);
	ok(strstr(text(b), "\"status\":\"unknown\"") != NULL,
	    "a batch with anyone unknown is unknown");

	(void)text(NULL);
	kl_batch_free(b);
	kl_profile_ids_free(&maker.ids);
	kl_merge_free(&maker.merge);
	kl_buf_free(&maker.key);
	kl_profile_free(&profile);
	return done();
}
