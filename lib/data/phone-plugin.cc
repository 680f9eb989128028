/* SPDX-License-Identifier: MIT */
/*
 * phone-plugin.cc - libphonenumber behind a C interface.
 *
 * The only C++ of the suite.  No exception leaves it: the callers are C.
 */

#include <cstring>
#include <new>
#include <string>

#include <phonenumbers/phonenumberutil.h>

#include "phone-plan.h"

extern "C" {
#include "phone-plugin.h"
}

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;

namespace
{

constexpr size_t text_max = 16; /* "+" and 15 digits */

thread_local unsigned long taken; /* short ways */

int
start()
{
	try {
		if (PhoneNumberUtil::GetInstance() == nullptr)
			return 0;
		plan_start();
		return 1;
	} catch (...) {
		return 0;
	}
}

int
has_region(const char *region)
{
	try {
		return PhoneNumberUtil::GetInstance()->GetCountryCodeForRegion(
			   region) != 0;
	} catch (...) {
		return 0;
	}
}

phone_verdict
from_error(PhoneNumberUtil::ErrorType e)
{
	switch (e) {
	case PhoneNumberUtil::NO_PARSING_ERROR:
		return PHONE_OK;
	case PhoneNumberUtil::INVALID_COUNTRY_CODE_ERROR:
		return PHONE_REGION;
	case PhoneNumberUtil::TOO_SHORT_AFTER_IDD:
	case PhoneNumberUtil::TOO_SHORT_NSN:
		return PHONE_SHORT;
	case PhoneNumberUtil::TOO_LONG_NSN:
		return PHONE_LONG;
	default:
		return PHONE_NOT_A_NUMBER;
	}
}

/* Why a number that could be parsed is not in its country's plan. */
phone_verdict
why_invalid(const PhoneNumberUtil &util, const PhoneNumber &number)
{
	switch (util.IsPossibleNumberWithReason(number)) {
	case PhoneNumberUtil::TOO_SHORT:
	case PhoneNumberUtil::IS_POSSIBLE_LOCAL_ONLY:
		return PHONE_SHORT;
	case PhoneNumberUtil::TOO_LONG:
		return PHONE_LONG;
	default:
		return PHONE_INVALID;
	}
}

/* What the library says. */
phone_verdict
ask(const std::string &s, const char *region, std::string *e164)
{
	const PhoneNumberUtil &util = *PhoneNumberUtil::GetInstance();
	PhoneNumber number;
	const phone_verdict v = from_error(util.Parse(s, region, &number));

	if (v != PHONE_OK)
		return v;
	if (!util.IsValidNumber(number))
		return why_invalid(util, number);
	util.Format(number, PhoneNumberUtil::E164, e164);
	return PHONE_OK;
}

phone_verdict
format_by(bool short_way, const char *s, unsigned long n, const char *region,
    char *out)
{
	try {
		std::string e164;

		if (short_way && plan_format(s, n, region, &e164)) {
			taken++;
		} else {
			const phone_verdict v =
			    ask(std::string(s, n), region, &e164);

			if (v != PHONE_OK)
				return v;
		}
		if (e164.size() > text_max)
			return PHONE_LONG;
		std::memcpy(out, e164.c_str(), e164.size() + 1);
		return PHONE_OK;
	} catch (const std::bad_alloc &) {
		return PHONE_MEMORY;
	} catch (...) {
		return PHONE_NOT_A_NUMBER;
	}
}

phone_verdict
format(const char *s, unsigned long n, const char *region, char *out)
{
	return format_by(true, s, n, region, out);
}

phone_verdict
format_slowly(const char *s, unsigned long n, const char *region, char *out)
{
	return format_by(false, s, n, region, out);
}

unsigned long
short_ways()
{
	return taken;
}

} /* namespace */

extern "C" {
extern const struct phone_plugin kl_phone_plugin_1
    __attribute__((visibility("default")));
const struct phone_plugin kl_phone_plugin_1 = { start, has_region, format,
	format_slowly, short_ways };
}
