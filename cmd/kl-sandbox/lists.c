/* SPDX-License-Identifier: MIT */
/* lists.c - lists made, changed and dropped. */

#include <stdlib.h>

#include "box.h"

/* What a body says about a list. */
struct wish {
	uint32_t name; /* node; 0: nothing */
	bool opt_set;
	int opt_in;
};

static bool
wish_member(struct req *q, struct wish *w, uint32_t m, struct problem *p)
{
	const struct kl_json *doc = &q->box->doc;
	struct kl_buf tmp = { 0 };
	int i;

	if (kl_json_is(doc, m, "name")) {
		if (kl_json_type(doc, m + 1) != KL_JSON_STRING ||
		    doc->node[m + 1].n == 2)
			return problem_set(p, BAD_INPUT,
			    "/data/attributes/name",
			    "Invalid input for 'name': expected a string that "
			    "is not blank.");
		w->name = m + 1;
		return true;
	}
	if (kl_json_is(doc, m, "opt_in_process")) {
		w->opt_set = kl_json_type(doc, m + 1) != KL_JSON_NULL;
		for (i = 0; w->opt_set && i < 2; i++)
			if (kl_json_is(doc, m + 1, opt_in_names[i])) {
				w->opt_in = i;
				return true;
			}
		return !w->opt_set ||
		    problem_set(p, BAD_INPUT, "/data/attributes/opt_in_process",
			"Invalid input for 'opt_in_process': expected "
			"double_opt_in or single_opt_in.");
	}
	(void)problem_field(p, "/data/attributes", kl_json_text(doc, m, &tmp),
	    "list");
	kl_buf_free(&tmp);
	return false;
}

/* The resource object around the attributes. */
static bool
wish_read(struct req *q, uint32_t data, struct wish *w, struct problem *p)
{
	const struct kl_json *doc = &q->box->doc;
	struct kl_buf tmp = { 0 };
	uint32_t attrs = kl_json_get(doc, data, "attributes");
	uint32_t id = kl_json_get(doc, data, "id");
	bool patch = q->op->run == update_list;

	*w = (struct wish){ 0 };
	if (!kl_json_is(doc, kl_json_get(doc, data, "type"), "list") ||
	    kl_json_get(doc, data, "type") == 0)
		return problem_set(p, BAD_INPUT, "/data/type",
		    "Invalid input for 'type': expected 'list'.");
	kl_json_each_member (m, doc, data)
		if (!kl_json_is(doc, m, "type") &&
		    !kl_json_is(doc, m, "attributes") &&
		    !(patch && kl_json_is(doc, m, "id"))) {
			(void)problem_field(p, "/data",
			    kl_json_text(doc, m, &tmp), "list");
			kl_buf_free(&tmp);
			return false;
		}
	if (patch &&
	    (id == 0 || kl_json_type(doc, id) != KL_JSON_STRING ||
		doc->node[id].n != q->id[0].n + 2 ||
		memcmp(doc->s + doc->node[id].at + 1, q->id[0].s, q->id[0].n) !=
		    0))
		return problem_set(p, BAD_INPUT, "/data/id",
		    "'id' is required and must be the id of the URL.");
	if (attrs == 0 || kl_json_type(doc, attrs) != KL_JSON_OBJECT)
		return problem_set(p, BAD_INPUT, "/data/attributes",
		    "'attributes' is a required field.");
	kl_json_each_member (m, doc, attrs)
		if (!wish_member(q, w, m, p))
			return false;
	if (!patch && w->name == 0)
		return problem_set(p, BAD_INPUT, "/data/attributes/name",
		    "'name' is a required field.");
	return true;
}

/* Read the body; the name in one spelling is in *name. */
static bool
wish_of(struct req *q, struct wish *w, struct kl_buf *name)
{
	const struct kl_json *doc = &q->box->doc;
	struct kl_buf tmp = { 0 };
	struct kl_span text;
	struct problem p;
	uint32_t data;

	if (!reply_body(q, &data))
		return false;
	if (!wish_read(q, data, w, &p)) {
		reply_problem(q, &p, "");
		return false;
	}
	if (w->name != 0) {
		text = kl_json_text(doc, w->name, &tmp);
		kl_json_put_text(name, text.s, text.n);
	}
	kl_buf_free(&tmp);
	return true;
}

void
create_list(struct req *q)
{
	struct kl_buf name = { 0 };
	struct list *l;
	struct wish w;
	char id[7];

	if (wish_of(q, &w, &name)) {
		do {
			random_id(q->box, id, 6);
		} while (store_group(&q->box->store, KL_SPAN(id)) != NULL);
		l = store_list_add(&q->box->store, id,
		    (struct kl_span){ name.s, name.n }, q->now);
		if (l == NULL)
			reply_bad(q, BROKEN, "/data", "out of memory");
		else {
			l->opt_in = w.opt_set ? w.opt_in : q->box->opt_in;
			answer_list(q, 201, l);
		}
	}
	kl_buf_free(&name);
}

void
update_list(struct req *q)
{
	struct kl_buf name = { 0 };
	struct list *l = list_of(q, q->id[0]);
	struct wish w;
	char *copy;

	if (l != NULL && wish_of(q, &w, &name)) {
		if (w.name != 0 && (copy = malloc(name.n + 1)) != NULL) {
			memcpy(copy, name.s, name.n);
			copy[name.n] = '\0';
			free(l->name);
			l->name = copy;
		}
		if (w.opt_set)
			l->opt_in = w.opt_in;
		l->updated = q->now;
		answer_list(q, 200, l);
	}
	kl_buf_free(&name);
}

void
delete_list(struct req *q)
{
	struct list *l = list_of(q, q->id[0]);

	if (l == NULL)
		return;
	l->gone = true;
	order_free(&l->members);
	reply_empty(q, 204);
}
