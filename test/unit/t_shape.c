/* SPDX-License-Identifier: MIT */
/* t_shape.c - records made of pages: joins, suppressions, what tells rows
 * apart. */

#include <stdlib.h>

#include "kl/shape.h"
#include "ok.h"

static struct kl_err err;

/* All rows of a page, a line each; or the message of the failure. */
static void
rows(enum kl_shape shape, const char *list, const char *text, const char *want,
    const char *what)
{
	struct kl_shaper s = { .shape = shape, .list = list };
	struct kl_json doc = { 0 };
	struct kl_buf b = { 0 };
	struct kl_page page;
	enum kl_rc rc;
	uint32_t i;

	if (kl_json_scan(&doc, text, strlen(text), &err) != KL_OK)
		printf("# test is wrong: %s\n", err.msg);
	page = (struct kl_page){ .doc = &doc,
		.data = kl_json_get(&doc, 0, "data") };
	rc = kl_shape_page(&s, &page, &err);
	kl_json_each (e, &doc, page.data)
		for (i = 0; rc == KL_OK; i++) {
			rc = kl_shape_put(&s, &b, e, i, &err);
			if (rc == KL_EOF) {
				rc = KL_OK;
				break;
			}
			kl_buf_putc(&b, '\n');
		}
	if (rc == KL_OK)
		is(kl_buf_str(&b), want, what);
	else
		is(err.msg, want, what);
	kl_shape_free(&s);
	kl_json_free(&doc);
	kl_buf_free(&b);
}

#define EVENT(id, profile)                                                     \
	"{\"type\":\"event\",\"id\":\"" id "\",\"attributes\":{\"n\":1.10},"   \
	"\"relationships\":{\"profile\":{\"data\":" profile "},"               \
	"\"metric\":{\"data\":{\"type\":\"metric\",\"id\":\"M\"}}}}"
#define METRIC                                                                 \
	"{\"type\":\"metric\",\"id\":\"M\",\"attributes\":{\"name\":\"Buy\"}}"

static void
test_events(void)
{
	rows(KL_SHAPE_EVENT, NULL,
	    "{\"data\":[" EVENT("1",
		"{\"type\":\"profile\",\"id\":\"P\"}") "," EVENT("2",
		"{\"type\":\"profile\",\"id\":\"Q\"}") "," EVENT("3",
		"null") "],\"included\":[" METRIC
			",{\"type\":\"profile\",\"id\":\"P\","
			"\"attributes\":{\"a\":1e2,\"new\":[]}}]}",
	    "{\"id\":\"1\",\"n\":1.10,\"profile\":{\"id\":\"P\",\"a\":1e2,"
	    "\"new\":[]},\"metric\":{\"id\":\"M\",\"name\":\"Buy\"}}\n"
	    "{\"id\":\"2\",\"n\":1.10,\"profile\":{\"id\":\"Q\"},"
	    "\"metric\":{\"id\":\"M\",\"name\":\"Buy\"}}\n"
	    "{\"id\":\"3\",\"n\":1.10,\"profile\":null,"
	    "\"metric\":{\"id\":\"M\",\"name\":\"Buy\"}}\n",
	    "events have their profile and metric");
	/* The same id in another type is something else. */
	rows(KL_SHAPE_EVENT, NULL,
	    "{\"data\":[" EVENT("1",
		"{\"type\":\"profile\",\"id\":\"M\"}") "],\"included\":[" METRIC
						       "]}",
	    "{\"id\":\"1\",\"n\":1.10,\"profile\":{\"id\":\"M\"},"
	    "\"metric\":{\"id\":\"M\",\"name\":\"Buy\"}}\n",
	    "a profile is no metric");
	rows(KL_SHAPE_EVENT, NULL,
	    "{\"data\":[{\"type\":\"event\",\"id\":\"1\"}]}",
	    "{\"id\":\"1\"}\n", "an event that says nothing");
	rows(KL_SHAPE_EVENT, NULL,
	    "{\"data\":[{\"type\":\"event\",\"id\":\"1\",\"attributes\":"
	    "{\"profile\":7},\"relationships\":{\"profile\":{\"data\":null}}}]"
	    "}",
	    "{\"id\":\"1\",\"profile\":7}\n", "no member comes twice");
	rows(KL_SHAPE_EVENT, NULL, "{\"data\":[],\"included\":{}}",
	    "klaviyo sent no array of what is included", "odd included");
	rows(KL_SHAPE_EVENT, NULL,
	    "{\"data\":[],\"included\":[{\"id\":\"1\"}]}",
	    "klaviyo sent something without type and id", "odd in included");
	rows(KL_SHAPE_EVENT, NULL, "{\"data\":[" EVENT("1", "[]") "]}",
	    "klaviyo sent a relationship without type and id", "odd relation");
}

#define WHO(lists)                                                             \
	"{\"data\":[{\"type\":\"profile\",\"id\":\"P\",\"attributes\":{"       \
	"\"email\":\"a@b.example\",\"subscriptions\":{\"email\":{"             \
	"\"marketing\":{\"suppression\":[{\"reason\":\"A\",\"timestamp\":1},"  \
	"{\"reason\":\"B\",\"timestamp\":2,\"x\":[1, 2]}],"                    \
	"\"list_suppressions\":" lists "}}},\"z\":0.10}}]}"

static void
test_suppressions(void)
{
	rows(KL_SHAPE_SUPPRESSED, NULL, WHO("[]"),
	    "{\"id\":\"P\",\"reason\":\"A\",\"timestamp\":1,"
	    "\"email\":\"a@b.example\",\"z\":0.10}\n"
	    "{\"id\":\"P\",\"reason\":\"B\",\"timestamp\":2,\"x\":[1, 2],"
	    "\"email\":\"a@b.example\",\"z\":0.10}\n",
	    "a row for each suppression");
	rows(KL_SHAPE_SUPPRESSED_LIST, "L",
	    WHO("[{\"list_id\":\"K\",\"reason\":\"C\"},"
		"{\"list_id\":\"L\",\"reason\":\"D\"}]"),
	    "{\"id\":\"P\",\"list_id\":\"L\",\"reason\":\"D\","
	    "\"email\":\"a@b.example\",\"z\":0.10}\n",
	    "of one list");
	rows(KL_SHAPE_SUPPRESSED_LIST, "L", WHO("null"), "", "of none");
	rows(KL_SHAPE_SUPPRESSED, NULL,
	    "{\"data\":[{\"id\":\"P\",\"attributes\":{}}]}", "",
	    "who is not suppressed after all");
	rows(KL_SHAPE_SUPPRESSED, NULL, "{\"data\":[{\"id\":\"P\"}]}",
	    "klaviyo sent an object without id or attributes", "no resource");
}

static void
key(enum kl_shape shape, const char *text, const char *want, const char *what)
{
	struct kl_shaper s = { .shape = shape };
	struct kl_json doc = { 0 };
	struct kl_buf b = { 0 };
	struct kl_page page;

	(void)kl_json_scan(&doc, text, strlen(text), &err);
	page = (struct kl_page){ .doc = &doc,
		.data = kl_json_get(&doc, 0, "data") };
	kl_buf_puts(&b, "before");
	ok(kl_shape_page(&s, &page, &err) == KL_OK &&
		kl_shape_put(&s, &b, page.data + 1, 0, &err) == KL_OK,
	    "a row");
	isn(b.s + 6, s.key, want, what);
	kl_shape_free(&s);
	kl_json_free(&doc);
	kl_buf_free(&b);
}

int
main(void)
{
	test_events();
	test_suppressions();
	rows(KL_SHAPE_FLAT, NULL,
	    "{\"data\":[{\"id\":\"1\",\"attributes\":{\"a\":1}},{\"id\":\"2\"}]"
	    "}",
	    "{\"id\":\"1\",\"a\":1}\n{\"id\":\"2\"}\n", "plain ones");
	rows(KL_SHAPE_FLAT, NULL, "{\"data\":[7]}",
	    "klaviyo sent an object without id or attributes", "a number");
	key(KL_SHAPE_FLAT,
	    "{\"data\":[{\"id\":\"12\",\"attributes\":{\"a\":1}}]}",
	    "{\"id\":\"12\"", "its id tells it apart");
	key(KL_SHAPE_EVENT, "{\"data\":[" EVENT("12", "null") "]}",
	    "{\"id\":\"12\"", "an event's as well");
	key(KL_SHAPE_SUPPRESSED, WHO("[]"),
	    "{\"id\":\"P\",\"reason\":\"A\",\"timestamp\":1",
	    "a suppression's is all of it");
	return done();
}
