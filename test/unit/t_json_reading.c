/* SPDX-License-Identifier: MIT */
/* t_json_reading.c - what a path can mean in texts that look alike. */

#include <stdlib.h>

#include "../../lib/json/layout.h"
#include "ok.h"

/* Together they have all members that there are; every one leaves some out. */
static const char *const texts[] = {
	"{\"a\":1,\"a.b\":2,\"b\":{\"c\":3,\"c.d\":4,\"d\":{\"e\":5}}}",
	"{\"a\":{\"b\":6,\"b.c\":7},\"b\":{\"d\":{\"e\":8,\"\":9}},\"\":10}",
	"{\"a\":{\"b\":{\"c\":11}},\"b.c\":12,\"b\":{\"c\":{\"d\":13}}}",
	"{\"a.b\":14,\"a\":{\"b\":15},\"\":{\"\":16},\"b\":{\"d\":{\"\":17}}}",
	"{\"a\":[18,{\"b\":19}],\"b\":{\"c\":[{\"d\":20}]}}",
};
#define TEXTS (sizeof(texts) / sizeof(*texts))

/* The readings of a path, each with what is at them in a text. */
static const struct {
	const char *path;
	const char *said; /* of the last but one: "within:value", and so on */
} paths[] = {
	{ "a", ".:{\"b\":15}" },
	{ "a.b", ".:14 a:15" },
	{ "a.b.c", ".:- a:- b:-" },
	{ "b.c", ".:- b:-" },
	{ "b.d.e", ".:- b:- d:-" },
	{ "b.d.", ".:- b:- d:17" },
	{ "", ".:{\"\":16}" },
	{ ".", ".:- :16" },
	{ "x", ".:-" },
	{ "x.a", ".:-" },
	{ "a.x", ".:- a:-" },
	{ "b.d.x.y", ".:- b:- d:-" },
};
#define PATHS (sizeof(paths) / sizeof(*paths))

static struct kl_json doc;

/* Scan as a text of a stream. */
static bool
scan(const char *text)
{
	static char *s;
	size_t n = strlen(text);

	free(s);
	if ((s = calloc(1, n + KL_JSON_SPARE)) == NULL)
		abort();
	memcpy(s, text, n);
	return kl_json_scan_next(&doc, s, n, KL_JSON_SPARE, NULL) == KL_OK &&
	    doc.layout != 0;
}

/* Learn them all. */
static void
learn(void)
{
	bool known = true;

	for (size_t i = 0; i < 3 * TEXTS; i++)
		known = scan(texts[i % TEXTS]) && (known || i < 2 * TEXTS);
	ok(known, "all texts are of one layout");
}

/* The value of a member as written; "-" if there is none. */
static struct kl_span
value(uint32_t number)
{
	uint32_t at = doc.place[number];

	return at == 0 ? KL_SPAN("-") : kl_json_raw(&doc, at);
}

/* The name of the member, quotes left out: "." for the record. */
static struct kl_span
name_of(uint32_t number)
{
	struct kl_span raw;

	if (number == 0)
		return KL_SPAN(".");
	if (doc.place[number] == 0)
		return KL_SPAN("?");
	raw = kl_json_raw(&doc, doc.place[number] - 1);
	return (struct kl_span){ raw.s + 1, raw.n - 2 };
}

static void
order(void)
{
	struct kl_buf said = { 0 };

	(void)scan(texts[TEXTS - 2]);
	for (size_t i = 0; i < PATHS; i++) {
		struct kl_json_reading r = { .path = KL_SPAN(paths[i].path) };

		kl_buf_reset(&said);
		while (kl_json_next_reading(&doc, &r)) {
			if (said.n > 0)
				kl_buf_putc(&said, ' ');
			kl_buf_span(&said, name_of(r.within));
			kl_buf_putc(&said, ':');
			kl_buf_span(&said, value(r.number));
		}
		isn(said.s, said.n, paths[i].said, paths[i].path);
	}
	kl_buf_free(&said);
}

/* The node of the first reading that is there; 0 if none is.  *array is true
 * if one of them is within an array. */
static uint32_t
first(const char *path, bool *array)
{
	struct kl_json_reading r = { .path = KL_SPAN(path) };
	uint32_t node = 0;

	*array = false;
	while (kl_json_next_reading(&doc, &r)) {
		*array |=
		    kl_json_type(&doc, doc.place[r.within]) == KL_JSON_ARRAY;
		if (node == 0)
			node = doc.place[r.number];
	}
	return node;
}

static void
agrees(void)
{
	size_t wrong = 0, arrays = 0;
	bool array;

	for (size_t i = 0; i < TEXTS; i++) {
		(void)scan(texts[i]);
		for (size_t j = 0; j < PATHS; j++) {
			uint32_t node = first(paths[j].path, &array);

			arrays += array;
			if (!array)
				wrong += node !=
				    kl_json_path(&doc, 0,
					KL_SPAN(paths[j].path));
		}
	}
	ok(wrong == 0, "the first reading that is there is the path's");
	ok(arrays > 0, "an array on the way is seen");
}

int
main(void)
{
#if JSON_SSE2
	learn();
	order();
	agrees();
	kl_json_free(&doc);
#else
	ok(1, "# SKIP this processor's scanner learns nothing");
#endif
	return done();
}
