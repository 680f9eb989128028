/* SPDX-License-Identifier: MIT */

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

#include "../../lib/data/phone-plugin.h"
#include "kl/phone.h"

#include "ok.h"

/* A number as written, and its E.164 form; NULL: refused. */
struct number {
	const char *text, *region, *want;
};

static const struct number international[] = {
	{ "+16502530000", NULL, "+16502530000" },
	{ "+1 (650) 253-0000", NULL, "+16502530000" },
	{ " +55 (11) 3033-5446 ", NULL, "+551130335446" },
	{ "+49.711.284.2222", NULL, "+497112842222" },
	{ "+49/711/2842222", NULL, "+497112842222" },
	{ "+44 (0)20 7946 0958", NULL, "+442079460958" },
	{ "+44(0)2079460958", NULL, "+442079460958" },
	{ "+39 (0)6 39733434", NULL, "+390639733434" },
	{ "+39 06 39733434", NULL, "+390639733434" },
	{ "+420\xC2\xA0"
	  "2\xC2\xA0"
	  "4172\xC2\xA0"
	  "5555",
	    NULL, "+420241725555" },
	{ "\xE2\x80\xAA+1\xE2\x80\x91"
	  "650\xE2\x80\x93"
	  "2530000\xE2\x80\xAC",
	    NULL, "+16502530000" },
	{ "+1 650 253 \xE2\x88\x92 0000", NULL, "+16502530000" },
	{ "+1234567", NULL, "+1234567" },
	{ "+123456789012345", NULL, "+123456789012345" },
	{ "+123456", NULL, NULL },
	{ "+1234567890123456", NULL, NULL },
	{ "+12345678901234567890123456789012345678901234567890", NULL, NULL },
	{ "+44 020 7707 0707", NULL, NULL }, /* a trunk 0 left in */
	{ "+49 0711 2842222", NULL, NULL },
	{ "+0123456789", NULL, NULL },
	{ "+(0)123456789", NULL, NULL },
	{ "(650) 253-0000", NULL, NULL },
	{ "0049 711 2842222", NULL, NULL },
	{ "", NULL, NULL },
	{ "+", NULL, NULL },
	{ "++16502530000", NULL, NULL },
	{ "+1650253000O", NULL, NULL },
	{ "+1 650 253 0000 ext. 5", NULL, NULL },
	{ "+1 650 253 0000, +1 650 253 0001", NULL, NULL },
	{ "+1650253000\xD9\xA1", NULL, NULL },
	{ "+1650253000\xC2", NULL, NULL },
};

/* The numbers are those reserved for drama, or of public companies. */
static const struct number national[] = {
	{ "(650) 253-0000", "US", "+16502530000" },
	{ "650.253.0000", "US", "+16502530000" },
	{ "1-650-253-0000", "US", "+16502530000" },
	{ "1-800-FLOWERS", "US", "+18003569377" },
	{ "020 7946 0958", "GB", "+442079460958" },
	{ "0711 2842222", "DE", "+497112842222" },
	{ "0049 711 2842222", "DE", "+497112842222" },
	{ "06 39733434", "IT", "+390639733434" },
	{ "01 49 70 65 65", "FR", "+33149706565" },
	{ "+44 020 7946 0958", "US", "+442079460958" },
	{ "+44 (0)20 7946 0958", NULL, "+442079460958" },
	{ "+1 650 253 0000 ext. 5", NULL, "+16502530000" },
	{ "555-0143", "US", NULL }, /* no area code */
	{ "650 253 00000", "US", NULL },
	{ "(123) 253-0000", "US", NULL },
	{ "(650) 253-0000", NULL, NULL },
	{ "+999 123 456 789", NULL, NULL },
	{ "n/a", "US", NULL },
	{ "", "US", NULL },
};

static void
one(const struct kl_phone *phone, const struct number *x)
{
	char out[KL_PHONE_TEXT] = "untouched", name[200];
	struct kl_err err = { 0 };
	enum kl_rc rc;

	rc = phone == NULL ? kl_phone_e164(x->text, strlen(x->text), out, &err)
			   : kl_phone_format(phone, x->text, strlen(x->text),
				 x->region, out, &err);
	(void)snprintf(name, sizeof(name), "\"%s\"%s%s", x->text,
	    x->region != NULL ? " in " : "",
	    x->region != NULL ? x->region : "");
	if (x->want != NULL) {
		is(rc == KL_OK ? out : err.msg, x->want, name);
		return;
	}
	ok(rc == KL_EDATA && err.code[0] != '\0' && err.hint[0] != '\0' &&
		strstr(err.msg, "253") == NULL,
	    name);
}

static void
with_plugin(const char *path)
{
	struct kl_phone *phone = NULL;
	struct kl_err err = { 0 };
	static char nines[KL_PHONE_INPUT + 2] = "+";
	char out[KL_PHONE_TEXT];
	size_t i;

	if (!ok(kl_phone_open(&phone, path, &err) == KL_OK,
		"the plug-in opens"))
		return;
	for (i = 0; i < sizeof(national) / sizeof(*national); i++)
		one(phone, &national[i]);
	ok(kl_phone_has_region(phone, "US"), "US is a region");
	ok(kl_phone_has_region(phone, "GB"), "GB is a region");
	ok(!kl_phone_has_region(phone, "XX"), "XX is none");
	ok(!kl_phone_has_region(phone, "UK"), "UK is none");
	memset(nines + 1, '9', sizeof(nines) - 2);
	ok(kl_phone_format(phone, nines, KL_PHONE_INPUT + 1, "US", out, &err) ==
		KL_EDATA,
	    "251 bytes are refused");
	kl_phone_close(phone);
}

/* Starts of national numbers, to which random digits are added. */
static const struct {
	const char *region, *start;
	int more;
} starts[] = { { "US", "650253", 4 }, { "US", "1212", 7 }, { "US", "8", 9 },
	{ "CA", "416", 7 }, { "CA", "310", 4 }, { "AG", "268", 7 },
	{ "DE", "0711", 7 }, { "DE", "01", 9 }, { "GB", "020", 8 },
	{ "GB", "07", 9 }, { "FR", "01", 8 }, { "IT", "06", 8 },
	{ "IT", "3", 9 }, { "ES", "9", 8 }, { "CH", "044", 7 },
	{ "BR", "11", 8 }, { "MX", "55", 8 }, { "AU", "02", 8 },
	{ "IN", "080", 8 }, { "RU", "8495", 7 }, { "ZZ", "+1650", 7 },
	{ "ZZ", "+44 (0)20", 8 }, { "ZZ", "+39 06", 8 }, { "ZZ", "+358 09", 7 },
	{ "ZZ", "+1 1", 10 }, { "US", "011 44", 9 }, { "DE", "00 1", 10 },
	{ "ZZ", "+7", 10 }, { "ZZ", "+800", 8 } };

/* The short way, which most numbers take, and the library say the same. */
static void
same_answers(const char *path)
{
	void *so = dlopen(path, RTLD_NOW);
	const struct phone_plugin *p =
	    so == NULL ? NULL : dlsym(so, PHONE_PLUGIN_SYMBOL);
	char text[40], fast[KL_PHONE_TEXT], slow[KL_PHONE_TEXT];
	unsigned state = 1, differ = 0, n = 0, valid = 0;
	size_t i, k;
	int round, j;

	if (!ok(p != NULL && p->start(), "the plug-in by hand"))
		return;
	for (round = 0; round < 60; round++)
		for (i = 0; i < sizeof(starts) / sizeof(*starts); i++, n++) {
			k = strlen(starts[i].start);
			memcpy(text, starts[i].start, k);
			for (j = 0; j < starts[i].more; j++) {
				state = state * 1103515245 + 12345;
				text[k++] = (char)('0' + (state >> 16) % 10);
			}
			fast[0] = slow[0] = '\0';
			if (p->format(text, k, starts[i].region, fast) !=
				p->format_slowly(text, k, starts[i].region,
				    slow) ||
			    strcmp(fast, slow) != 0) {
				printf("# %.*s in %s: %s, %s\n", (int)k, text,
				    starts[i].region, fast, slow);
				differ++;
			}
			valid += slow[0] != '\0';
		}
	ok(differ == 0, "1,740 numbers, the same answers");
	ok(n == 1740 && valid > 600, "of which many are valid");
	ok(p->short_ways() > valid / 2, "and most take the short way");
}

int
main(void)
{
	const char *build = getenv("KL_BUILD");
	struct kl_phone *phone = NULL;
	struct kl_err err = { 0 };
	char path[4096];
	size_t i;

	for (i = 0; i < sizeof(international) / sizeof(*international); i++)
		one(NULL, &international[i]);
	ok(kl_phone_open(&phone, "/nowhere/kl-phone.so", &err) == KL_ECONFIG,
	    "a plug-in that is not there");
	is(err.msg, "/nowhere/kl-phone.so: no such file", "is named");
	ok(kl_phone_open(&phone, "/proc/self/exe", &err) == KL_ECONFIG,
	    "what is no plug-in is refused");
	(void)snprintf(path, sizeof(path), "%s/lib/kl/kl-phone.so",
	    build != NULL ? build : "build");
	with_plugin(path);
	same_answers(path);
	kl_phone_close(NULL);
	return done();
}
