/* SPDX-License-Identifier: MIT */
/* config.c - the configuration file, read strictly. */

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kl/config.h"
#include "kl/near.h"

/* Where a key stands, and what it sets. */
enum place {
	TOP,
	KLAVIYO,
	FIELD
};

enum what {
	TEXT,
	COUNT,
	OBJECT,
	FIELDS,
	BOOL,
	KEY,
	WORDS /* text, or null for none: users have both */
};

struct key {
	enum place place;
	const char *name;
	enum what what;
	size_t at; /* offset of the member of struct kl_config */
	uint64_t min, max;
};

#define AT(member) offsetof(struct kl_config, member)

static const struct key keys[] = {
	{ TOP, "klaviyo", OBJECT, 0, 0, 0 },
	{ TOP, "mapped_fields", FIELDS, 0, 0, 0 },
	/* 10,000: profiles in one bulk import (OpenAPI 2026-07-15). */
	{ TOP, "chunk_size", COUNT, AT(chunk_size), 1, 10000 },
	{ TOP, "chunk_waiting_time", COUNT, AT(chunk_waiting_time), 0,
	    3600000 },
	{ TOP, "metric", TEXT, AT(metric), 0, 0 },
	{ TOP, "time_field", TEXT, AT(time_field), 0, 0 },
	{ TOP, "id_field", TEXT, AT(id_field), 0, 0 },
	{ TOP, "value_field", TEXT, AT(value_field), 0, 0 },
	{ KLAVIYO, "api_key", KEY, AT(api_key), 0, 0 },
	{ KLAVIYO, "list_id", TEXT, AT(list_id), 0, 0 },
	{ KLAVIYO, "account", TEXT, AT(account), 0, 0 },
	{ KLAVIYO, "base_url", TEXT, AT(base_url), 0, 0 },
	{ FIELD, "origin_field", TEXT, 0, 0, 0 },
	{ FIELD, "destination_field", TEXT, 0, 0, 0 },
	{ FIELD, "convert_function", WORDS, 0, 0, 0 },
	{ FIELD, "required", BOOL, 0, 0, 0 },
};

#define NKEYS (sizeof(keys) / sizeof(*keys))

static enum kl_rc
bad(const char *name, struct kl_err *err, const char *what)
{
	enum kl_rc rc = kl_err_set(err, KL_ECONFIG, "%s: %s", name, what);

	kl_err_field(err, name, strlen(name));
	return rc;
}

static const struct key *
find(enum place place, struct kl_span name)
{
	size_t i;

	for (i = 0; i < NKEYS; i++)
		if (keys[i].place == place && kl_span_is(name, keys[i].name))
			return &keys[i];
	return NULL;
}

static enum kl_rc
unknown(enum place place, struct kl_span name, struct kl_err *err)
{
	const char *names[NKEYS + 1], *near;
	size_t i, n = 0;
	enum kl_rc rc;

	for (i = 0; i < NKEYS; i++)
		if (keys[i].place == place)
			names[n++] = keys[i].name;
	names[n] = NULL;
	rc = kl_err_set(err, KL_ECONFIG, "unknown key \"%.*s\"",
	    (int)(name.n < 64 ? name.n : 64), name.s);
	kl_err_field(err, name.s, name.n);
	if ((near = kl_near(names, name.s, name.n)) != NULL)
		kl_err_hint(err, "did you mean \"%s\"?", near);
	return rc;
}

/* A string member as owned text; without NUL bytes, as the scanner saw to
 * unless they were written as an escape. */
static enum kl_rc
set_text(struct kl_config *c, const struct key *k, uint32_t v,
    struct kl_err *err)
{
	char **to = (char **)(void *)((char *)c + k->at);
	struct kl_buf tmp = { 0 };
	struct kl_span s;
	enum kl_rc rc = KL_OK;

	if (kl_json_type(&c->doc, v) != KL_JSON_STRING)
		return bad(k->name, err, "must be a string");
	s = kl_json_text(&c->doc, v, &tmp);
	if (memchr(s.s, '\0', s.n) != NULL)
		rc = bad(k->name, err, "holds a NUL character");
	else if ((*to = strndup(s.s, s.n)) == NULL)
		rc = kl_err_nomem(err);
	if (tmp.n > 0)
		kl_wipe(tmp.s, tmp.n);
	kl_buf_free(&tmp);
	return rc;
}

static enum kl_rc
set_count(struct kl_config *c, const struct key *k, uint32_t v,
    struct kl_err *err)
{
	int64_t n;
	enum kl_rc rc;

	if (!kl_json_int(&c->doc, v, &n) || n < (int64_t)k->min ||
	    n > (int64_t)k->max) {
		rc = bad(k->name, err, "must be a whole number in range");
		kl_err_hint(err, "from %llu to %llu",
		    (unsigned long long)k->min, (unsigned long long)k->max);
		return rc;
	}
	*(uint64_t *)(void *)((char *)c + k->at) = (uint64_t)n;
	if (k->at == AT(chunk_waiting_time))
		c->has_waiting_time = true;
	return KL_OK;
}

static enum kl_rc read_object(struct kl_config *c, enum place place,
    uint32_t obj, bool want_key, struct kl_err *err);

static enum kl_rc
read_fields(struct kl_config *c, uint32_t array, struct kl_err *err)
{
	enum kl_rc rc;

	if (kl_json_type(&c->doc, array) != KL_JSON_ARRAY)
		return bad("mapped_fields", err, "must be an array");
	c->mapped_fields = array;
	kl_json_each (e, &c->doc, array) {
		if (kl_json_type(&c->doc, e) != KL_JSON_OBJECT)
			return bad("mapped_fields", err,
			    "must hold objects only");
		if ((rc = read_object(c, FIELD, e, false, err)) != KL_OK)
			return rc;
	}
	return KL_OK;
}

/* Rows of mapped_fields are only checked here: the mapping reads them. */
static enum kl_rc
check_field(const struct kl_config *c, const struct key *k, uint32_t v,
    struct kl_err *err)
{
	enum kl_json_type t = kl_json_type(&c->doc, v);

	if (k->what == BOOL && t != KL_JSON_TRUE && t != KL_JSON_FALSE)
		return bad(k->name, err, "must be true or false");
	if (k->what == WORDS && t == KL_JSON_NULL)
		return KL_OK;
	if (k->what != BOOL && t != KL_JSON_STRING)
		return bad(k->name, err, "must be a string");
	return KL_OK;
}

static enum kl_rc
set_key(struct kl_config *c, const struct key *k, uint32_t v, bool want_key,
    struct kl_err *err)
{
	const struct kl_json_node *node = &c->doc.node[v];
	enum kl_rc rc = KL_OK;

	if (node->type != KL_JSON_STRING)
		return bad(k->name, err, "must be a string");
	c->has_key = node->n > 2;
	if (want_key && c->has_key)
		rc = set_text(c, k, v, err);
	kl_wipe(c->text.s + node->at + 1, node->n - 2);
	c->doc.node[v].esc = 0;
	return rc;
}

static enum kl_rc
read_member(struct kl_config *c, const struct key *k, uint32_t v, bool want_key,
    struct kl_err *err)
{
	if (k->place == FIELD)
		return check_field(c, k, v, err);
	switch (k->what) {
	case TEXT:
		return set_text(c, k, v, err);
	case COUNT:
		return set_count(c, k, v, err);
	case FIELDS:
		return read_fields(c, v, err);
	case KEY:
		return set_key(c, k, v, want_key, err);
	case OBJECT:
		if (kl_json_type(&c->doc, v) != KL_JSON_OBJECT)
			return bad(k->name, err, "must be an object");
		return read_object(c, KLAVIYO, v, want_key, err);
	case BOOL:
	case WORDS:
		break;
	}
	return kl_err_set(err, KL_EBUG, "%s has no reader", k->name);
}

static enum kl_rc
read_object(struct kl_config *c, enum place place, uint32_t obj, bool want_key,
    struct kl_err *err)
{
	struct kl_buf tmp = { 0 };
	const struct key *k;
	struct kl_span name;
	enum kl_rc rc = KL_OK;

	kl_json_each_member (m, &c->doc, obj) {
		name = kl_json_text(&c->doc, m, &tmp);
		if ((k = find(place, name)) == NULL)
			rc = unknown(place, name, err);
		else
			rc = read_member(c, k, m + 1, want_key, err);
		if (rc != KL_OK)
			break;
	}
	kl_buf_free(&tmp);
	return rc;
}

/* The whole file into c->text. */
static enum kl_rc
read_all(struct kl_config *c, int fd, struct kl_err *err)
{
	char block[4096];
	ssize_t n;

	while ((n = read(fd, block, sizeof(block))) != 0) {
		if (n > 0)
			kl_buf_put(&c->text, block, (size_t)n);
		else if (errno != EINTR)
			return kl_err_sys(err, KL_ENOINPUT, "cannot read %s",
			    c->path);
		kl_wipe(block, sizeof(block));
		if (c->text.rc != KL_OK)
			return kl_buf_check(&c->text, err);
	}
	return KL_OK;
}

/* Open and read it, and remember what its mode says. */
static enum kl_rc
read_file(struct kl_config *c, struct kl_err *err)
{
	struct stat st = { 0 };
	enum kl_rc rc;
	int fd;

	c->text.max = KL_CONFIG_MAX;
	if ((fd = open(c->path, O_RDONLY | O_CLOEXEC)) < 0)
		return kl_err_sys(err, KL_ENOINPUT, "cannot read %s", c->path);
	if (fstat(fd, &st) == 0) {
		c->mode = st.st_mode & 0777;
		c->key_exposed = st.st_uid == geteuid() &&
		    S_ISREG(st.st_mode) && (c->mode & 077) != 0;
	}
	rc = read_all(c, fd, err);
	(void)close(fd);
	return rc;
}

/* Put the path before a message about what is in the file. */
static enum kl_rc
in_file(const char *path, struct kl_err *err, enum kl_rc rc)
{
	struct kl_err why;

	if (err == NULL || rc == KL_ENOMEM)
		return rc;
	why = *err;
	(void)kl_err_set(err, KL_ECONFIG, "%s: %s", path, why.msg);
	kl_err_field(err, why.field, strlen(why.field));
	kl_err_hint(err, "%s", why.hint);
	return KL_ECONFIG;
}

enum kl_rc
kl_config_load(struct kl_config *c, const char *path, bool want_key,
    struct kl_err *err)
{
	enum kl_rc rc;

	if ((c->path = strdup(path)) == NULL)
		return kl_err_nomem(err);
	if ((rc = read_file(c, err)) != KL_OK)
		return rc == KL_ETOOBIG ? in_file(path, err, rc) : rc;
	if ((rc = kl_json_scan(&c->doc, c->text.s != NULL ? c->text.s : "",
		 c->text.n, err)) == KL_OK) {
		if (kl_json_type(&c->doc, 0) != KL_JSON_OBJECT)
			rc = kl_err_set(err, KL_ECONFIG,
			    "must be one JSON object");
		else
			rc = read_object(c, TOP, 0, want_key, err);
	}
	c->key_exposed = c->key_exposed && c->has_key;
	return rc == KL_OK ? KL_OK : in_file(path, err, rc);
}

void
kl_config_free(struct kl_config *c)
{
	char **text[] = { &c->path, &c->list_id, &c->account, &c->base_url,
		&c->metric, &c->time_field, &c->id_field, &c->value_field };
	size_t i;

	if (c->api_key != NULL)
		kl_wipe(c->api_key, strlen(c->api_key));
	free(c->api_key);
	for (i = 0; i < sizeof(text) / sizeof(*text); i++)
		free(*text[i]);
	if (c->text.n > 0)
		kl_wipe(c->text.s, c->text.n);
	kl_buf_free(&c->text);
	kl_json_free(&c->doc);
	memset(c, 0, sizeof(*c));
}
