/* SPDX-License-Identifier: MIT */
/*
 * tzif.c - read a compiled time zone (TZif, RFC 8536).
 *
 * A file holds everything twice: with times of 32 bits, which are stepped over,
 * and with times of 64 bits, then a rule for what comes later.  Nothing is
 * taken on trust: a count that does not fit what is there, a time out of order
 * or a byte too many, and the file is refused.
 */

#include <stdlib.h>
#include <string.h>

#include "zone.h"

#define HEADER 44
#define TIMES 8192		/* transitions; a fat file of today has 250 */
#define OFFSET_MIN (-25 * 3600) /* RFC 8536, 3.2 */
#define OFFSET_MAX (26 * 3600)

struct reading {
	const unsigned char *s, *end;
};

/* The counts of a header, in its order. */
struct counts {
	uint32_t ut, standard, leap, time, type, character;
};

static enum kl_rc
damaged(struct kl_err *err, const char *what)
{
	(void)kl_err_set(err, KL_ECONFIG, "no file of a time zone: %s", what);
	kl_err_hint(err, "install the package tzdata anew");
	return KL_ECONFIG;
}

/* The next n bytes; NULL if there are fewer. */
static const unsigned char *
take(struct reading *r, size_t n)
{
	const unsigned char *s = r->s;

	if ((size_t)(r->end - r->s) < n)
		return NULL;
	r->s += n;
	return s;
}

static uint32_t
number32(const unsigned char *s)
{
	return (uint32_t)s[0] << 24 | (uint32_t)s[1] << 16 |
	    (uint32_t)s[2] << 8 | s[3];
}

static int64_t
number64(const unsigned char *s)
{
	return (int64_t)((uint64_t)number32(s) << 32 | number32(s + 4));
}

/* NULL, or what is wrong. */
static const char *
read_header(struct reading *r, struct counts *c)
{
	const unsigned char *s = take(r, HEADER);

	if (s == NULL || memcmp(s, "TZif", 4) != 0)
		return "it does not begin with TZif";
	if (s[4] < '2')
		return "its version is older than 2";
	*c = (struct counts){ number32(s + 20), number32(s + 24),
		number32(s + 28), number32(s + 32), number32(s + 36),
		number32(s + 40) };
	if (c->leap != 0)
		return "it counts leap seconds";
	if (c->time > TIMES || c->type == 0 || c->type > ZONE_TYPES ||
	    c->character == 0 || c->character > ZONE_TYPES ||
	    (c->ut != 0 && c->ut != c->type) ||
	    (c->standard != 0 && c->standard != c->type))
		return "its counts are out of range";
	return NULL;
}

/* What follows a header, the times having width bytes. */
static size_t
body_size(const struct counts *c, size_t width)
{
	return c->time * (width + 1) + c->type * (size_t)6 + c->character +
	    c->standard + c->ut;
}

static const char *
read_times(struct kl_zone *z, const unsigned char *at,
    const unsigned char *type)
{
	uint32_t i;

	for (i = 0; i < z->times; i++) {
		z->at[i] = number64(at + i * (size_t)8);
		z->type[i] = type[i];
		if (i > 0 && z->at[i] <= z->at[i - 1])
			return "its times are out of order";
		if (type[i] >= z->types)
			return "a time has no type";
	}
	return NULL;
}

static const char *
read_types(struct kl_zone *z, const unsigned char *s, uint32_t characters)
{
	uint32_t i;

	for (i = 0; i < z->types; i++, s += 6) {
		z->offset[i] = (int32_t)number32(s);
		if (z->offset[i] < OFFSET_MIN || z->offset[i] > OFFSET_MAX ||
		    s[4] > 1 || s[5] >= characters)
			return "a type is out of range";
	}
	return NULL;
}

/* The rule between the newlines at the end; it may be empty. */
static const char *
read_rule(struct kl_zone *z, struct reading *r)
{
	const char *s = (const char *)r->s;
	size_t n = (size_t)(r->end - r->s);

	if (n < 2 || s[0] != '\n' || s[n - 1] != '\n' ||
	    memchr(s + 1, '\n', n - 2) != NULL)
		return "no rule ends it";
	z->has_rule = n > 2;
	if (z->has_rule && !tz_rule_read(&z->rule, s + 1, n - 2))
		return "the rule that ends it is wrong";
	return NULL;
}

/* Each offset once, for those who look for one that fits. */
static void
gather(struct kl_zone *z)
{
	int32_t all[ZONE_TYPES + 2];
	uint32_t n = z->types, i, k;

	memcpy(all, z->offset, n * sizeof(*all));
	if (z->has_rule)
		all[n++] = z->rule.standard;
	if (z->has_rule && z->rule.has_summer)
		all[n++] = z->rule.summer;
	for (i = 0; i < n; i++) {
		for (k = 0; k < z->distincts && z->distinct[k] != all[i]; k++)
			;
		if (k == z->distincts)
			z->distinct[z->distincts++] = all[i];
	}
}

/* The second half of the file.  NULL, or what is wrong; *memory is false if
 * there was none. */
static const char *
read_body(struct kl_zone *z, struct reading *r, const struct counts *c,
    bool *memory)
{
	const unsigned char *s = take(r, body_size(c, 8));
	const char *what;

	if (s == NULL)
		return "it is cut short";
	z->times = c->time;
	z->types = c->type;
	z->at = calloc(c->time + 1U, sizeof(*z->at));
	z->type = calloc(c->time + 1U, sizeof(*z->type));
	if (z->at == NULL || z->type == NULL) {
		*memory = false;
		return "";
	}
	if ((what = read_times(z, s, s + c->time * (size_t)8)) != NULL ||
	    (what = read_types(z, s + c->time * (size_t)9, c->character)) !=
		NULL ||
	    (what = read_rule(z, r)) != NULL)
		return what;
	gather(z);
	return NULL;
}

enum kl_rc
kl_zone_read(struct kl_zone **to, const void *s, size_t n, struct kl_err *err)
{
	struct reading r = { s, (const unsigned char *)s + n };
	struct counts c;
	struct kl_zone *z;
	const char *what;
	bool memory = true;

	if (n > KL_ZONE_BYTES)
		return damaged(err, "it is too large");
	if ((what = read_header(&r, &c)) != NULL)
		return damaged(err, what);
	if (take(&r, body_size(&c, 4)) == NULL)
		return damaged(err, "it is cut short");
	if ((what = read_header(&r, &c)) != NULL)
		return damaged(err, what);
	if ((z = calloc(1, sizeof(*z))) == NULL)
		return kl_err_nomem(err);
	if ((what = read_body(z, &r, &c, &memory)) == NULL) {
		*to = z;
		return KL_OK;
	}
	kl_zone_free(z);
	return memory ? damaged(err, what) : kl_err_nomem(err);
}

void
kl_zone_free(struct kl_zone *z)
{
	if (z == NULL)
		return;
	free(z->at);
	free(z->type);
	free(z);
}
