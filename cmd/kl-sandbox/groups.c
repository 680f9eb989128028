/* SPDX-License-Identifier: MIT */
/* groups.c - lists and segments as things: how they are shown, and all of
 * them in an order.  Who is in them is in members.c. */

#include <stdio.h>
#include <stdlib.h>

#include "rows.h"
#include "tags.h"

enum {
	NAME,
	CREATED,
	UPDATED,
	OPT_IN,
	DEFINITION,
	IS_ACTIVE,
	IS_STARRED,
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

const struct field segment_fields[] = {
	{ "name", NAME, NULL, ALWAYS },
	/* The published schema wants one, whatever is in it. */
	{ "definition.condition_groups", DEFINITION, NULL, ALWAYS },
	{ "created", CREATED, NULL, ALWAYS },
	{ "updated", UPDATED, NULL, ALWAYS },
	{ "is_active", IS_ACTIVE, NULL, ALWAYS },
	{ "is_processing", FIXED, "false", ALWAYS },
	{ "is_starred", IS_STARRED, NULL, ALWAYS },
	{ "profile_count", COUNT, NULL, ON_REQUEST | MEMBERS },
	{ 0 },
};

enum {
	BY_NAME,
	BY_ID,
	BY_CREATED,
	BY_UPDATED,
	BY_ACTIVE,
	BY_STARRED
};

const struct filter_rule list_filters[] = {
	{ "name", OP(ANY) | OP(EQUALS), IS_TEXT, BY_NAME, NULL },
	{ "id", OP(ANY) | OP(EQUALS), IS_TEXT, BY_ID, NULL },
	{ "created", OP(GREATER_THAN), IS_TIME, BY_CREATED, NULL },
	{ "updated", OP(GREATER_THAN), IS_TIME, BY_UPDATED, NULL },
	{ 0 },
};

const struct filter_rule segment_filters[] = {
	{ "name", OP(ANY) | OP(EQUALS), IS_TEXT, BY_NAME, NULL },
	{ "id", OP(ANY) | OP(EQUALS), IS_TEXT, BY_ID, NULL },
	{ "created", OP(GREATER_THAN), IS_TIME, BY_CREATED, NULL },
	{ "updated", OP(GREATER_THAN), IS_TIME, BY_UPDATED, NULL },
	{ "is_active", OP(ANY) | OP(EQUALS), IS_TEXT, BY_ACTIVE, "true false" },
	{ "is_starred", OP(EQUALS), IS_TEXT, BY_STARRED, "true false" },
	{ 0 },
};

const char *const opt_in_names[2] = { "double_opt_in", "single_opt_in" };

/* A list or segment to show. */
struct view {
	const struct list *list;
	size_t count;
};

static void
value(struct kl_buf *b, int source, void *ctx)
{
	const struct view *v = ctx;
	const struct list *l = v->list;

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
		kl_buf_printf(b, "\"%s\"", opt_in_names[l->opt_in]);
		break;
	case DEFINITION:
		kl_buf_puts(b, l->definition != NULL ? l->definition : "[]");
		break;
	case IS_ACTIVE:
		kl_buf_puts(b, l->inactive ? "false" : "true");
		break;
	case IS_STARRED:
		kl_buf_puts(b, l->starred ? "true" : "false");
		break;
	case COUNT:
		kl_buf_printf(b, "%zu", v->count);
		break;
	default:
		kl_buf_puts(b, "null");
	}
}

/* With the reading that it lags, the count is that of before the changes of
 * the last --visibility-delay. */
static size_t
count(const struct req *q, const struct list *l)
{
	uint64_t lag = job_scaled(q->box, (double)q->box->visibility_delay);

	if (q->box->readings.count_lags && q->now < l->stirred + lag)
		return l->settled;
	return l->members.live;
}

void
list_stir(struct box *box, struct list *l, uint64_t now)
{
	uint64_t lag = job_scaled(box, (double)box->visibility_delay);

	if (now >= l->stirred + lag) {
		l->settled = l->members.live;
		l->stirred = now;
	}
}

/* Tags, or flows, of which there are none; data only if it is included. */
static void
put_related(struct req *q, const struct list *l, const char *name, bool data)
{
	reply_relation(&q->out, q, l->segment ? "segments" : "lists", l->id,
	    name);
	if (!data)
		return;
	q->out.n--; /* the closing brace */
	kl_buf_puts(&q->out, ",\"data\":[");
	if (name[0] == 't' && !l->segment)
		put_tag_ids(q, l);
	kl_buf_puts(&q->out, "]}");
}

void
put_list(struct req *q, const struct shape *s, const struct list *l)
{
	struct view v = { l, count(q, l) };
	const char *path = l->segment ? "segments" : "lists";
	struct kl_buf *b = &q->out;
	/* The bits of include, where the operation is about lists at all. */
	unsigned own = q->op->fields[0]->fields == list_fields ||
		q->op->fields[0]->fields == segment_fields
	    ? q->query.include
	    : 0;

	kl_json_put_comma(b);
	kl_buf_printf(b, "{\"type\":\"%s\",\"id\":\"%s\",\"attributes\":",
	    l->segment ? "segment" : "list", l->id);
	shape_put(s, b, value, &v);
	kl_buf_puts(b, ",\"relationships\":{");
	reply_relation(b, q, path, l->id, "profiles");
	put_related(q, l, "tags", (own & 2) != 0);
	put_related(q, l, "flow-triggers", (own & 1) != 0);
	kl_buf_putc(b, '}');
	reply_links(b, q, path, l->id);
	kl_buf_putc(b, '}');
}

static bool
list_shape(struct req *q)
{
	const struct resource *r = q->op->fields[0];

	if (shape_make(&q->box->shape, r->fields, &q->query.fields[0],
		&q->query.more, r->groups))
		return true;
	reply_bad(q, BROKEN, "/data", "out of memory");
	return false;
}

/* --- the collection --------------------------------------------------- */

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
		case BY_ACTIVE:
			in = condition_has(f, c,
			    KL_SPAN(l->inactive ? "\"false\"" : "\"true\""));
			break;
		case BY_STARRED: /* accepted, and recorded to do nothing */
			in = true;
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
	if (sort == 2) /* name */
		row_key(r, "%.90s %s", l->name, l->id);
	else if (sort == 1)
		row_key(r, "%s", l->id);
	else
		row_key(r, "%020llu %s",
		    (unsigned long long)(sort == 3 ? l->updated : l->created),
		    l->id);
}

/* The lists that match.  NULL: memory. */
static struct row *
matching(struct req *q, size_t *n)
{
	struct store *st = &q->box->store;
	struct row *row = malloc((st->lists + 1) * sizeof(*row));
	uint32_t i;

	*n = 0;
	for (i = 0; row != NULL && i < st->lists; i++)
		if (!st->list[i].gone &&
		    st->list[i].segment == q->op->segments &&
		    match(&q->query.filter, &st->list[i])) {
			row[*n].at = i;
			make_key(&row[(*n)++], &st->list[i], q->query.sort);
		}
	return row;
}

/* What lists are tagged with, once each. */
static void
put_included(struct req *q)
{
	if (q->query.include == 0)
		return;
	kl_buf_puts(&q->out, ",\"included\":[");
	if ((q->query.include & 2) && !q->op->segments)
		put_included_tags(q);
	kl_buf_putc(&q->out, ']');
}

static void
put(struct req *q, uint32_t at)
{
	put_list(q, &q->box->shape, &q->box->store.list[at]);
}

void
get_lists(struct req *q)
{
	struct row *row;
	size_t n;

	if (!list_shape(q))
		return;
	if ((row = matching(q, &n)) == NULL) {
		reply_bad(q, BROKEN, "/data", "out of memory");
		return;
	}
	tags_unseen(q->box);
	reply_begin(q, 200);
	rows_put(q, row, n, put);
	put_included(q);
	reply_end_page(q);
	free(row);
}

void
answer_list(struct req *q, int status, const struct list *l)
{
	if (!list_shape(q))
		return;
	tags_unseen(q->box);
	reply_begin(q, status);
	put_list(q, &q->box->shape, l);
	put_included(q);
	reply_end(q);
}

void
get_list(struct req *q)
{
	struct list *l = list_of(q, q->id[0]);

	if (l != NULL)
		answer_list(q, 200, l);
}
