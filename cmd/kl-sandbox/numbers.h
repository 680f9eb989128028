/* SPDX-License-Identifier: MIT */
#ifndef SANDBOX_NUMBERS_H
#define SANDBOX_NUMBERS_H

#include <stdint.h>

/*
 * numbers.h - by what numbers people and their attributes are known.
 */

/* Nobody, nothing. */
#define NONE UINT32_MAX

/* How many times people can be made up; events; and consent. */
#define CROWDS 15

/* Numbers for the names of attributes.  The identifiers come first; custom
 * properties follow KEY_PROPERTY in the order in which they were first seen. */
enum key {
	KEY_EMAIL,
	KEY_PHONE,
	KEY_EXTERNAL,
	KEY_KX,
	KEY_ANONYMOUS, /* of events only */
	KEY_IDENTIFIERS,
	KEY_FIRST_NAME = KEY_IDENTIFIERS,
	KEY_LAST_NAME,
	KEY_ORGANIZATION,
	KEY_LOCALE,
	KEY_TITLE,
	KEY_IMAGE,
	KEY_ADDRESS1,
	KEY_ADDRESS2,
	KEY_CITY,
	KEY_COUNTRY,
	KEY_LATITUDE,
	KEY_LONGITUDE,
	KEY_REGION,
	KEY_ZIP,
	KEY_TIMEZONE,
	KEY_IP,
	KEY_PROPERTY
};

#endif /* SANDBOX_NUMBERS_H */
