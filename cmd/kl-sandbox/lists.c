/* SPDX-License-Identifier: MIT */
/* lists.c - lists as things; who is on them is in members.c. */

#include <stdio.h>
#include <stdlib.h>

#include "box.h"

enum {
	NAME,
	CREATED,
	UPDATED,
	OPT_IN,
	COUNT
};

const struct field list_fields[] = {
	{ "name", NAME, NULL, ALWAYS },
	{ "created", CREATED, NULL, ALWAYS },
	{ "updated", UPDATED, NULL, ALWAYS },
	{ "opt_in_process", OPT_IN, NULL, ALWAYS },
	{ "profile_count", COUNT, NULL, ON_REQUEST | MEMBERS },
	{ 0 },
};

enum {
	BY_NAME,
	BY_ID,
	BY_CREATED,
	BY_UPDATED
};

const struct filter_rule list_filters[] = {
	{ "name", OP(ANY) | OP(EQUALS), IS_TEXT, BY_NAME, NULL },
	{ "id", OP(ANY) | OP(EQUALS), IS_TEXT, BY_ID, NULL },
	{ "created", OP(GREATER_THAN), IS_TIME, BY_CREATED, NULL },
	{ "updated", OP(GREATER_THAN), IS_TIME, BY_UPDATED, NULL },
	{ 0 },
};

static const char *const processes[] = { "double_opt_in", "single_opt_in" };

/* One value of a list. */
static void
value(struct kl_buf *b, int source, void *ctx)
{
	const struct list *l = ctx;

	switch (source) {
	case NAME:
		kl_buf_puts(b, l->name);
		break;
	case CREATED:
		put_time(b, l->created, false);
		break;
	case UPDATED:
		put_time(b, l->updated, true);
		break;
	case OPT_IN:
		kl_buf_printf(b, "\"%s\"", processes[l->opt_in]);
		break;
	case COUNT:
		kl_buf_printf(b, "%zu", l->members.live);
		break;
	default:
		kl_buf_puts(b, "null");
	}
}

/* A relation that nothing here has members of: links, and [] if included. */
static void
put_empty(struct req *q, const struct list *l, const char *name, unsigned bit)
{
	reply_relation(&q->out, q, "lists", l->id, name);
	if (q->op->include != NULL && q->query.include & bit) {
		q->out.n--; /* the closing brace */
		kl_buf_puts(&q->out, ",\"data\":[]}");
	}
}

void
put_list(struct req *q, const struct shape *s, const struct list *l)
{
	struct kl_buf *b = &q->out;
	bool own = q->op->fields[0]->fields == list_fields;

	kl_json_put_comma(b);
	kl_buf_printf(b,
	    "{\"type\":\"list\",\"id\":\"%s\",\"attributes\":", l->id);
	shape_put(s, b, value, (void *)(uintptr_t)l);
	kl_buf_puts(b, ",\"relationships\":{");
	reply_relation(b, q, "lists", l->id, "profiles");
	put_empty(q, l, "tags", own ? 2 : 0);
	put_empty(q, l, "flow-triggers", own ? 1 : 0);
	kl_buf_putc(b, '}');
	reply_links(b, q, "lists", l->id);
	kl_buf_putc(b, '}');
}

bool
list_missing(struct problem *p, struct kl_span id)
{
	return problem_set(p, NOT_FOUND, "/data/",
	    "A list with id `%.*s` does not exist.", id.n > 60 ? 60 : (int)id.n,
	    id.s);
}

struct list *
list_of(struct req *q, struct kl_span id)
{
	struct list *l = store_list(&q->box->store, id);
	struct problem p;

	if (l == NULL) {
		(void)list_missing(&p, id);
		reply_problem(q, &p, "");
	}
	return l;
}

static bool
list_shape(struct req *q)
{
	const struct resource *r = q->op->fields[0];

	if (shape_make(&q->box->shape, list_fields, &q->query.fields[0],
		&q->query.more, r->members))
		return true;
	reply_bad(q, BROKEN, "/data", "out of memory");
	return false;
}

/* --- the collection --------------------------------------------------- */

/* A list and the text by which it is sorted. */
struct row {
	uint32_t at;
	size_t n;
	char key[120];
};

static int
compare(const void *a, const void *b)
{
	const struct row *x = a, *y = b;
	size_t n = x->n < y->n ? x->n : y->n;
	int c = memcmp(x->key, y->key, n);

	return c != 0 ? c : (x->n > y->n) - (x->n < y->n);
}

static bool
match(const struct filter *f, const struct list *l)
{
	char id[24];
	size_t i;
	bool in;

	(void)snprintf(id, sizeof(id), "\"%s\"", l->id);
	for (i = 0; i < f->n; i++) {
		const struct condition *c = &f->c[i];

		switch (c->rule->what) {
		case BY_NAME:
			in = condition_has(f, c, KL_SPAN(l->name));
			break;
		case BY_ID:
			in = condition_has(f, c, KL_SPAN(id));
			break;
		default:
			in = condition_time(c,
			    c->rule->what == BY_CREATED ? l->created
							: l->updated);
		}
		if (!in)
			return false;
	}
	return true;
}

/* The key: what is sorted by, then the id, which is unique. */
static void
make_key(struct row *r, const struct list *l, int sort)
{
	int n;

	if (sort == 2) /* name */
		n = snprintf(r->key, sizeof(r->key), "%.90s %s", l->name,
		    l->id);
	else if (sort == 1)
		n = snprintf(r->key, sizeof(r->key), "%s", l->id);
	else
		n = snprintf(r->key, sizeof(r->key), "%020llu %s",
		    (unsigned long long)(sort == 3 ? l->updated : l->created),
		    l->id);
	r->n = n < 0 ? 0 : (size_t)n;
	if (r->n >= sizeof(r->key))
		r->n = sizeof(r->key) - 1;
}

/* The lists that match, in order.  NULL: memory. */
static struct row *
sorted(struct req *q, size_t *n)
{
	struct store *st = &q->box->store;
	struct row *row = malloc((st->lists + 1) * sizeof(*row)), swap;
	uint32_t i;

	*n = 0;
	if (row == NULL)
		return NULL;
	for (i = 0; i < st->lists; i++)
		if (!st->list[i].gone &&
		    match(&q->query.filter, &st->list[i])) {
			row[*n].at = i;
			make_key(&row[(*n)++], &st->list[i], q->query.sort);
		}
	qsort(row, *n, sizeof(*row), compare);
	for (i = 0; q->query.down && i < *n / 2; i++) {
		swap = row[i];
		row[i] = row[*n - 1 - i];
		row[*n - 1 - i] = swap;
	}
	return row;
}

void
get_lists(struct req *q)
{
	const struct cursor *c = &q->query.cursor;
	struct kl_buf *next = &q->box->page;
	struct row *row, from = { 0, c->n, "" };
	size_t n, i = 0, end;

	if (!list_shape(q))
		return;
	if ((row = sorted(q, &n)) == NULL) {
		reply_bad(q, BROKEN, "/data", "out of memory");
		return;
	}
	if (c->given && c->n < sizeof(from.key)) {
		memcpy(from.key, c->text, c->n);
		while (i < n &&
		    (q->query.down ? compare(&row[i], &from) >= 0
				   : compare(&row[i], &from) <= 0))
			i++;
	}
	end = i + q->query.size < n ? i + q->query.size : n;
	kl_buf_reset(next);
	if (end < n)
		cursor_put(next, q->query.bind, 0,
		    (struct kl_span){ row[end - 1].key, row[end - 1].n });
	reply_begin(q, 200);
	kl_buf_putc(&q->out, '[');
	for (; i < end; i++)
		put_list(q, &q->box->shape, &q->box->store.list[row[i].at]);
	kl_buf_puts(&q->out, q->query.include ? "],\"included\":[]" : "]");
	reply_end_page(q, (struct kl_span){ next->s, next->n });
	free(row);
}

/* --- one list ------------------------------------------------------------ */

static void
answer_list(struct req *q, int status, const struct list *l)
{
	if (!list_shape(q))
		return;
	reply_begin(q, status);
	put_list(q, &q->box->shape, l);
	if (q->query.include)
		kl_buf_puts(&q->out, ",\"included\":[]");
	reply_end(q);
}

void
get_list(struct req *q)
{
	struct list *l = list_of(q, q->id[0]);

	if (l != NULL)
		answer_list(q, 200, l);
}

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
			if (kl_json_is(doc, m + 1, processes[i])) {
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
		} while (store_list(&q->box->store, KL_SPAN(id)) != NULL);
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
