/* SPDX-License-Identifier: MIT */
/* opt-value.c - the values of options: numbers, sizes, durations, words. */

#include <stdlib.h>
#include <string.h>

#include "opt-value.h"

bool
kl_strs_add(struct kl_strs *l, const char *s)
{
	const char **p;

	if ((p = realloc(l->s, (l->n + 1) * sizeof(*p))) == NULL)
		return false;
	l->s = p;
	l->s[l->n++] = s;
	return true;
}

void
kl_strs_free(struct kl_strs *l)
{
	free(l->s);
	l->s = NULL;
	l->n = 0;
}

bool
kl_parse_u64(const char *s, size_t n, uint64_t *v)
{
	uint64_t x = 0;
	size_t i;

	if (n == 0)
		return false;
	for (i = 0; i < n; i++) {
		unsigned d = (unsigned)(unsigned char)s[i] - '0';

		if (d > 9 || x > (UINT64_MAX - d) / 10)
			return false;
		x = x * 10 + d;
	}
	*v = x;
	return true;
}

/* A number with one of a few suffixes, each a factor. */
struct unit {
	const char *suffix;
	uint64_t factor;
};

static const struct unit sizes[] = {
	{ "", 1 },
	{ "k", 1000 },
	{ "M", 1000000 },
	{ "G", 1000000000 },
	{ "Ki", 1ULL << 10 },
	{ "Mi", 1ULL << 20 },
	{ "Gi", 1ULL << 30 },
	{ NULL, 0 },
};

static const struct unit durations[] = {
	{ "", 1 },
	{ "ms", 1 },
	{ "s", 1000 },
	{ "m", 60000 },
	{ "h", 3600000 },
	{ "d", 86400000 },
	{ NULL, 0 },
};

static bool
parse_unit(const char *s, const struct unit *units, uint64_t *v)
{
	size_t n = strspn(s, "0123456789");
	uint64_t x;

	if (!kl_parse_u64(s, n, &x))
		return false;
	for (; units->suffix != NULL; units++)
		if (strcmp(s + n, units->suffix) == 0) {
			if (x > UINT64_MAX / units->factor)
				return false;
			*v = x * units->factor;
			return true;
		}
	return false;
}

/* 0.25 or 25%: plain decimals only. */
static bool
parse_ratio(const char *s, double *v)
{
	size_t n = strspn(s, "0123456789.");
	char *end;
	double x;

	if (n == 0 || n > 20)
		return false;
	x = strtod(s, &end);
	if (end != s + n)
		return false;
	if (strcmp(end, "%") == 0)
		x /= 100;
	else if (*end != '\0')
		return false;
	*v = x;
	return x <= 1;
}

/* True if word is one of the blank-separated choices. */
static bool
is_choice(const char *choices, const char *word)
{
	size_t n = strlen(word), len;

	while (*choices != '\0') {
		len = strcspn(choices, " ");
		if (n == len && memcmp(choices, word, n) == 0)
			return true;
		choices += len + (choices[len] == ' ');
	}
	return false;
}

bool
opt_flag(const char *s, bool *v)
{
	if (is_choice("1 true yes on", s))
		*v = true;
	else if (*s == '\0' || is_choice("0 false no off", s))
		*v = false;
	else
		return false;
	return true;
}

enum kl_rc
opt_bad(const struct kl_opt *r, const char *what, struct kl_err *err)
{
	enum kl_rc rc = kl_err_set(err, KL_EUSAGE, "--%s: %s", r->name, what);

	kl_err_field(err, r->name, strlen(r->name));
	if (r->choices != NULL)
		kl_err_hint(err, "one of: %s", r->choices);
	else if (r->max != 0)
		kl_err_hint(err, "from %llu to %llu",
		    (unsigned long long)r->min, (unsigned long long)r->max);
	return rc;
}

static enum kl_rc
set_number(const struct kl_opt *r, const char *s, struct kl_err *err)
{
	uint64_t v;
	bool good;

	if (r->type == KL_OPT_UINT)
		good = kl_parse_u64(s, strlen(s), &v);
	else
		good = parse_unit(s, r->type == KL_OPT_SIZE ? sizes : durations,
		    &v);
	if (!good)
		return opt_bad(r,
		    r->type == KL_OPT_UINT ? "not a number"
			: r->type == KL_OPT_SIZE
			? "not a size (500k, 5M, 4Mi)"
			: "not a duration (500ms, 30s)",
		    err);
	if (v < r->min || (r->max != 0 && v > r->max))
		return opt_bad(r, "out of range", err);
	*(uint64_t *)r->to = v;
	return KL_OK;
}

enum kl_rc
opt_set(const struct kl_opt *r, const char *s, struct kl_err *err)
{
	switch (r->type) {
	case KL_OPT_FLAG:
	case KL_OPT_HELP:
		*(bool *)r->to = true;
		return KL_OK;
	case KL_OPT_COUNT:
		++*(int *)r->to;
		return KL_OK;
	case KL_OPT_STR:
		*(const char **)r->to = s;
		return KL_OK;
	case KL_OPT_LIST:
		if (!kl_strs_add(r->to, s))
			return kl_err_nomem(err);
		return KL_OK;
	case KL_OPT_ENUM:
		if (!is_choice(r->choices, s))
			return opt_bad(r, "not one of its words", err);
		*(const char **)r->to = s;
		return KL_OK;
	case KL_OPT_RATIO:
		if (!parse_ratio(s, r->to))
			return opt_bad(r, "not a ratio (0.01 or 1%)", err);
		return KL_OK;
	case KL_OPT_UINT:
	case KL_OPT_SIZE:
	case KL_OPT_MS:
		break;
	}
	return set_number(r, s, err);
}
