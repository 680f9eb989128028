/* SPDX-License-Identifier: MIT */
/*
 * phone.c - E.164 by hand, and the plug-in for everything else.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "kl/phone.h"
#include "phone-plugin.h"
#include "plugin.h"

struct kl_phone {
	const struct phone_plugin *plugin;
};

/*
 * Country codes of one and two digits (ITU-T E.164 list of assigned codes);
 * all others have three.
 */
static const unsigned char short_code[100] = { [20] = 1,
	[27] = 1,
	[30] = 1,
	[31] = 1,
	[32] = 1,
	[33] = 1,
	[34] = 1,
	[36] = 1,
	[39] = 1,
	[40] = 1,
	[41] = 1,
	[43] = 1,
	[44] = 1,
	[45] = 1,
	[46] = 1,
	[47] = 1,
	[48] = 1,
	[49] = 1,
	[51] = 1,
	[52] = 1,
	[53] = 1,
	[54] = 1,
	[55] = 1,
	[56] = 1,
	[57] = 1,
	[58] = 1,
	[60] = 1,
	[61] = 1,
	[62] = 1,
	[63] = 1,
	[64] = 1,
	[65] = 1,
	[66] = 1,
	[81] = 1,
	[82] = 1,
	[84] = 1,
	[86] = 1,
	[90] = 1,
	[91] = 1,
	[92] = 1,
	[93] = 1,
	[94] = 1,
	[95] = 1,
	[98] = 1 };

/* Country codes after which a subscriber's number may begin with 0. */
static const unsigned short zero_code[] = { 39, 225, 226, 227, 229, 241, 242,
	247, 250, 378, 881, 888 };

/* Is it a bracketed trunk prefix? */
static const char trunk[] = "(0)";

/* How many of the digits are the country code. */
static size_t
code_digits(const char *d, size_t n)
{
	if (n == 0 || d[0] == '1' || d[0] == '7')
		return n < 1 ? n : 1;
	if (n >= 2 && short_code[(d[0] - '0') * 10 + (d[1] - '0')])
		return 2;
	return n < 3 ? n : 3;
}

static bool
zero_allowed(const char *d, size_t code)
{
	unsigned v = 0;
	size_t i;

	for (i = 0; i < code; i++)
		v = v * 10 + (unsigned)(d[i] - '0');
	for (i = 0; i < sizeof(zero_code) / sizeof(*zero_code); i++)
		if (zero_code[i] == v)
			return true;
	return false;
}

/*
 * The length of the separator at s: ASCII ones, and those that word
 * processors and address books put there (no-break and thin blanks, Unicode
 * dashes, direction marks).  0 if s is none.
 */
static size_t
separator(const char *s, size_t n)
{
	const unsigned char *u = (const unsigned char *)s;

	if (u[0] < 0x80)
		return u[0] != '\0' && strchr(" \t-./()[]", u[0]) != NULL;
	if (n >= 2 && u[0] == 0xC2 && (u[1] == 0xA0 || u[1] == 0xAD))
		return 2;
	if (n < 3 || u[0] != 0xE2)
		return 0;
	if (u[1] == 0x80 && (u[2] <= 0x95 || (u[2] >= 0xAA && u[2] <= 0xAF)))
		return 3;
	if (u[1] == 0x81 && (u[2] == 0xA0 || (u[2] >= 0xA6 && u[2] <= 0xA9)))
		return 3;
	return u[1] == 0x88 && u[2] == 0x92 ? 3 : 0; /* the minus sign */
}

static enum kl_rc
invalid(struct kl_err *err, const char *what, const char *hint)
{
	(void)kl_err_set(err, KL_EDATA, "%s", what);
	kl_err_code(err, "phone_invalid");
	kl_err_hint(err, "%s", hint);
	return KL_EDATA;
}

static enum kl_rc
not_international(struct kl_err *err)
{
	return invalid(err, "telephone number without country code",
	    "write it as +12345678901, or convert with phone:US or "
	    "phone:@Country");
}

/*
 * Gather the digits of s in d, which has room for one more than are allowed.
 * Returns how many, or SIZE_MAX if s holds something else.  *trunk_at is the
 * number of digits before a "(0)", which is kept.
 */
static size_t
gather(const char *s, size_t n, char d[KL_PHONE_TEXT], size_t *trunk_at)
{
	size_t i = 0, k = 0, sep;

	*trunk_at = SIZE_MAX;
	while (i < n) {
		if (s[i] >= '0' && s[i] <= '9') {
			if (k > KL_E164_MAX)
				return k;
			d[k++] = s[i++];
		} else if (n - i >= 3 && memcmp(s + i, trunk, 3) == 0 &&
		    *trunk_at == SIZE_MAX && k <= KL_E164_MAX) {
			*trunk_at = k;
			d[k++] = '0';
			i += 3;
		} else if ((sep = separator(s + i, n - i)) > 0) {
			i += sep;
		} else {
			return SIZE_MAX;
		}
	}
	return k;
}

enum kl_rc
kl_phone_e164(const char *s, size_t n, char out[KL_PHONE_TEXT],
    struct kl_err *err)
{
	char d[KL_PHONE_TEXT];
	size_t at, code, k, sep;

	while (n > 0 && (sep = separator(s, n)) > 0) {
		s += sep;
		n -= sep;
	}
	if (n == 0 || s[0] != '+')
		return not_international(err);
	if ((k = gather(s + 1, n - 1, d, &at)) == SIZE_MAX)
		return invalid(err,
		    "telephone number holds more than digits and separators",
		    "one number a field, without letters");
	code = code_digits(d, k);
	if (at == code && !zero_allowed(d, code)) {
		k--;
		memmove(d + at, d + at + 1, k - at);
	}
	if (k < KL_E164_MIN || k > KL_E164_MAX)
		return invalid(err, "telephone number has not 7 to 15 digits",
		    "it must be complete, with its country code");
	if (d[0] == '0')
		return invalid(err, "telephone number begins with +0",
		    "no country code begins with 0");
	if (d[code] == '0' && !zero_allowed(d, code))
		return invalid(err,
		    "telephone number has a 0 after its country code",
		    "leave the 0 out, or convert with phone:@Country");
	out[0] = '+';
	memcpy(out + 1, d, k);
	out[k + 1] = '\0';
	return KL_OK;
}

static enum kl_rc
no_plugin(struct kl_err *err)
{
	kl_err_code(err, "phone_plugin");
	kl_err_hint(err,
	    "numbers in national form need the plug-in "
	    "kl-phone.so; those that begin with + do not: "
	    "convert with phone alone");
	return KL_ECONFIG;
}

enum kl_rc
kl_phone_open(struct kl_phone **phone, const char *path, struct kl_err *err)
{
	const void *table;
	struct kl_phone *p;

	if (plugin_open(&table, "kl-phone.so", path, PHONE_PLUGIN_SYMBOL,
		err) != KL_OK)
		return no_plugin(err);
	if ((p = calloc(1, sizeof(*p))) == NULL)
		return kl_err_nomem(err);
	p->plugin = table;
	if (!p->plugin->start()) {
		kl_phone_close(p);
		(void)kl_err_set(err, KL_ECONFIG,
		    "kl-phone.so: its numbering plans cannot be loaded");
		return no_plugin(err);
	}
	*phone = p;
	return KL_OK;
}

void
kl_phone_close(struct kl_phone *phone)
{
	free(phone);
}

bool
kl_phone_has_region(const struct kl_phone *phone, const char region[3])
{
	return phone->plugin->has_region(region) != 0;
}

/* What the verdicts mean to a person. */
static const struct {
	const char *what, *hint;
} verdicts[] = {
	[PHONE_NOT_A_NUMBER] = { "not a telephone number",
	    "one number a field" },
	[PHONE_SHORT] = { "telephone number is too short for its country",
	    "it must be complete, with its area code" },
	[PHONE_LONG] = { "telephone number is too long for its country",
	    "one number a field; check the country" },
	[PHONE_INVALID] = { "no such telephone number in its country",
	    "check the number and the country" },
};

enum kl_rc
kl_phone_format(const struct kl_phone *phone, const char *s, size_t n,
    const char *region, char out[KL_PHONE_TEXT], struct kl_err *err)
{
	enum phone_verdict v;

	if (n > KL_PHONE_INPUT)
		return invalid(err, "telephone number of over 250 bytes",
		    "one number a field");
	v = phone->plugin->format(s, n, region == NULL ? "ZZ" : region, out);
	if (v == PHONE_OK)
		return KL_OK;
	if (v == PHONE_MEMORY)
		return kl_err_nomem(err);
	if (v == PHONE_REGION) {
		(void)kl_err_set(err, KL_EDATA,
		    region == NULL
			? "telephone number of an unknown country"
			: "telephone number with an unknown country code");
		kl_err_code(err, "region_unknown");
		kl_err_hint(err,
		    "the country must be an ISO 3166 code or an "
		    "English name, or the number begin with +");
		return KL_EDATA;
	}
	return invalid(err, verdicts[v].what, verdicts[v].hint);
}
