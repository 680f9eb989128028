/* SPDX-License-Identifier: MIT */
/* seed.c - lists and profiles from options and from a file. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "body.h"
#include "kl/lines.h"
#include "seed.h"
#include "state.h"

/* Ids of lists, as the service makes them. */
static bool
list_id(struct kl_span s)
{
	size_t i;

	for (i = 0; i < s.n; i++)
		if (!((s.s[i] >= '0' && s.s[i] <= '9') ||
			(s.s[i] >= 'a' && s.s[i] <= 'z') ||
			(s.s[i] >= 'A' && s.s[i] <= 'Z')))
			return false;
	return s.n > 0 && s.n <= 12;
}

uint32_t
seed_person(const struct box *box, const char *member)
{
	struct kl_buf json = { 0 };
	uint32_t i = kl_json_get(&box->doc, 0, member), at = NONE;
	struct kl_span id;

	if (i == 0 || kl_json_type(&box->doc, i) != KL_JSON_STRING)
		return NONE;
	id = kl_json_raw(&box->doc, i);
	if (memchr(id.s, '@', id.n) == NULL) {
		id.s++;
		id.n -= 2;
		return store_by_id(&box->store, id);
	}
	if (body_room(&box->doc, &json))
		at = store_find(&box->store, KEY_EMAIL,
		    body_json(&box->doc, i, &json));
	kl_buf_free(&json);
	return at;
}

/* Add a list; NULL, and why. */
static struct list *
add_list(struct box *box, struct kl_span id, struct kl_span name,
    struct kl_err *err)
{
	struct kl_buf json = { 0 };
	struct list *l = NULL;
	char text[16];

	if (!list_id(id)) {
		(void)kl_err_set(err, KL_EUSAGE,
		    "the id of a list is 1 to 12 letters and digits");
	} else if (name.n == 0 || !kl_utf8_valid(name.s, name.n)) {
		(void)kl_err_set(err, KL_EUSAGE,
		    "the name of a list is UTF-8 and not empty");
	} else if (store_group(&box->store, id) != NULL) {
		(void)kl_err_set(err, KL_EUSAGE, "two lists have the id '%.*s'",
		    (int)id.n, id.s);
	} else {
		memcpy(text, id.s, id.n);
		text[id.n] = '\0';
		kl_json_put_text(&json, name.s, name.n);
		l = store_list_add(&box->store, text,
		    (struct kl_span){ json.s, json.n }, box_now(box));
		kl_buf_free(&json);
		if (l == NULL)
			(void)kl_err_nomem(err);
		else
			l->opt_in = box->opt_in;
	}
	return l;
}

enum kl_rc
seed_list(struct box *box, const char *spec, struct kl_err *err)
{
	const char *eq = strchr(spec, '=');

	if (eq == NULL)
		return kl_err_set(err, KL_EUSAGE, "--list takes ID=NAME");
	return add_list(box, (struct kl_span){ spec, (size_t)(eq - spec) },
		   KL_SPAN(eq + 1), err) != NULL
	    ? KL_OK
	    : err->rc;
}

/* --- a file -------------------------------------------------------------- */

/* What a list, or a segment, has beside its name. */
static enum kl_rc
list_rest(struct box *box, struct list *l, struct kl_err *err)
{
	const struct kl_json *doc = &box->doc;
	uint32_t a = kl_json_get(doc, 0, "attributes");
	uint32_t opt_in = kl_json_get(doc, a, "opt_in_process");
	uint32_t def =
	    kl_json_path(doc, a, KL_SPAN("definition.condition_groups"));
	uint32_t v;
	struct kl_span s;

	if (opt_in != 0 && kl_json_is(doc, opt_in, opt_in_names[0]))
		l->opt_in = 0;
	else if (opt_in != 0 && kl_json_is(doc, opt_in, opt_in_names[1]))
		l->opt_in = 1;
	else if (opt_in != 0)
		return kl_err_set(err, KL_EDATA,
		    "opt_in_process is double_opt_in or single_opt_in");
	v = kl_json_get(doc, a, "is_active");
	l->inactive = v != 0 && kl_json_type(doc, v) == KL_JSON_FALSE;
	v = kl_json_get(doc, a, "is_starred");
	l->starred = v != 0 && kl_json_type(doc, v) == KL_JSON_TRUE;
	if (def == 0)
		return KL_OK;
	s = kl_json_raw(doc, def);
	if ((l->definition = malloc(s.n + 1)) == NULL)
		return kl_err_nomem(err);
	memcpy(l->definition, s.s, s.n);
	l->definition[s.n] = '\0';
	return KL_OK;
}

static enum kl_rc
file_list(struct box *box, struct kl_err *err)
{
	const struct kl_json *doc = &box->doc;
	uint32_t id = kl_json_get(doc, 0, "id");
	uint32_t name = kl_json_path(doc, 0, KL_SPAN("attributes.name"));
	struct kl_buf a = { 0 }, b = { 0 };
	struct list *l;

	if (id == 0 || name == 0)
		return kl_err_set(err, KL_EDATA,
		    "a list has an id and a name in its attributes");
	l = add_list(box, kl_json_text(doc, id, &a),
	    kl_json_text(doc, name, &b), err);
	kl_buf_free(&a);
	kl_buf_free(&b);
	if (l == NULL)
		return err->rc;
	l->segment = kl_json_is(doc, kl_json_get(doc, 0, "type"), "segment");
	return list_rest(box, l, err);
}

/* The lists, or the segments, that the line of a profile names. */
static enum kl_rc
join_lists(struct box *box, const char *member, uint32_t at, struct kl_err *err)
{
	const struct kl_json *doc = &box->doc;
	uint32_t lists = kl_json_get(doc, 0, member);
	struct list *l;

	if (lists == 0)
		return KL_OK;
	kl_json_each (e, doc, lists) {
		l = store_group(&box->store, body_id(doc, e));
		if (l == NULL || l->segment != (member[0] == 's'))
			return kl_err_set(err, KL_EDATA,
			    "names a %s that is not there",
			    member[0] == 's' ? "segment" : "list");
		if (!order_has(&l->members, at) &&
		    !order_add(&l->members, at, box_now(box) / 1000000))
			return kl_err_nomem(err);
	}
	return KL_OK;
}

static enum kl_rc
not_a_profile(const struct problem *p, struct kl_err *err)
{
	(void)kl_err_set(err, KL_EDATA, "%s", p->detail);
	kl_err_field(err, p->where, strlen(p->where));
	return KL_EDATA;
}

static bool
profile_id(struct kl_span s)
{
	size_t i;

	for (i = 0; i < s.n; i++)
		if (!((s.s[i] >= '0' && s.s[i] <= '9') ||
			(s.s[i] >= 'A' && s.s[i] <= 'Z')))
			return false;
	return s.n == ID_LEN;
}

/*
 * A profile is read as a bulk import's row, so it has to be a sound one; its
 * id and its lists are the seed's own.
 */
static enum kl_rc
file_profile(struct box *box, struct kl_err *err)
{
	struct store *st = &box->store;
	struct draft *d = &box->draft;
	struct kl_span id;
	struct problem p;
	uint32_t at;
	bool changed;

	if (!profile_read(st, &box->doc, 0, ROAD_SEED, d, &p))
		return not_a_profile(&p, err);
	id = d->id;
	d->id = (struct kl_span){ NULL, 0 };
	(void)profile_match(st, d, &at, &p);
	if (id.s != NULL && (!profile_id(id) || store_by_id(st, id) != NONE))
		return kl_err_set(err, KL_EDATA,
		    "the id of a profile is %d digits and capital letters, "
		    "and its own",
		    ID_LEN);
	/* Who has its identifiers is looked up; the id is new. */
	d->id = (struct kl_span){ NULL, 0 };
	if (!profile_match(st, d, &at, &p) ||
	    !profile_claim(st, d, NONE, CONFLICT_REFUSE, box_now(box), &p))
		return not_a_profile(&p, err);
	at = store_add(st, box_now(box), id);
	if (at == NONE || !profile_apply(st, d, at, box_now(box), &changed))
		return kl_err_nomem(err);
	if (join_lists(box, "lists", at, err) != KL_OK)
		return err->rc;
	return join_lists(box, "segments", at, err);
}

/* What a line can be; a state has more of them than a seed. */
static const struct {
	const char *type;
	enum kl_rc (*read)(struct box *box, struct kl_err *err);
} kinds[] = {
	{ "list", file_list },
	{ "segment", file_list },
	{ "profile", file_profile },
	{ "consent", seed_consent },
	{ "metric", seed_metric },
	{ "event", seed_event },
	{ "list-times", state_list_times },
	{ "times", state_times },
	{ "member", state_member },
};

static enum kl_rc
file_line(struct box *box, const struct kl_line *line, struct kl_err *err)
{
	struct kl_json *doc = &box->doc;
	enum kl_rc rc = kl_json_scan(doc, line->s, line->n, err);
	uint32_t type;
	size_t i;

	if (rc != KL_OK)
		return rc;
	type = kl_json_get(doc, 0, "type");
	for (i = 0; type != 0 && i < sizeof(kinds) / sizeof(*kinds); i++)
		if (kl_json_is(doc, type, kinds[i].type))
			return kinds[i].read(box, err);
	return kl_err_set(err, KL_EDATA,
	    "a line is an object with a type, such as list or profile");
}

static enum kl_rc
lines(struct box *box, struct kl_lines *in, const char *path,
    struct kl_err *err)
{
	struct kl_line line;
	struct kl_err why = { 0 };
	enum kl_rc rc;

	while ((rc = kl_lines_next(in, &line, err)) == KL_OK) {
		if (line.n == 0)
			continue;
		if (file_line(box, &line, &why) == KL_OK)
			continue;
		(void)kl_err_set(err, why.rc == KL_EUSAGE ? KL_EDATA : why.rc,
		    "%s: line %llu: %s%s%s", path, (unsigned long long)line.no,
		    why.field, why.field[0] != '\0' ? ": " : "", why.msg);
		return err->rc;
	}
	return rc == KL_EOF ? state_settle(box, err) : rc;
}

enum kl_rc
seed_file(struct box *box, const char *path, struct kl_err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct kl_lines *in;
	enum kl_rc rc;

	if (fd < 0)
		return kl_err_sys(err, KL_ENOINPUT, "cannot read %s", path);
	if ((in = kl_lines_new(fd, 0)) == NULL)
		rc = kl_err_nomem(err);
	else
		rc = lines(box, in, path, err);
	kl_lines_free(in);
	(void)close(fd);
	return rc;
}
