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

extern "C" {
#include "phone-plugin.h"
}

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;

namespace
{

constexpr size_t text_max = 16; /* "+" and 15 digits */

int
start()
{
	try {
		return PhoneNumberUtil::GetInstance() != nullptr;
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

phone_verdict
format(const char *s, unsigned long n, const char *region, char *out)
{
	try {
		const PhoneNumberUtil &util = *PhoneNumberUtil::GetInstance();
		PhoneNumber number;
		std::string text;
		const phone_verdict v = from_error(
		    util.Parse(std::string(s, n), region, &number));

		if (v != PHONE_OK)
			return v;
		if (!util.IsValidNumber(number))
			return why_invalid(util, number);
		util.Format(number, PhoneNumberUtil::E164, &text);
		if (text.size() > text_max)
			return PHONE_LONG;
		std::memcpy(out, text.c_str(), text.size() + 1);
		return PHONE_OK;
	} catch (const std::bad_alloc &) {
		return PHONE_MEMORY;
	} catch (...) {
		return PHONE_NOT_A_NUMBER;
	}
}

} /* namespace */

extern "C" {
extern const struct phone_plugin kl_phone_plugin_1;
const struct phone_plugin kl_phone_plugin_1 = { start, has_region, format };
}
