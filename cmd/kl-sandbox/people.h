/* SPDX-License-Identifier: MIT */
#ifndef SANDBOX_PEOPLE_H
#define SANDBOX_PEOPLE_H

#include "box.h"

/*
 * people.h - values of a profile that are no stored attributes; the numbers
 * follow those of enum key.
 */
enum {
	SOURCE_CREATED = KEY_PROPERTY,
	SOURCE_UPDATED,
	SOURCE_PROPERTIES,
	SOURCE_JOINED
};

#endif /* SANDBOX_PEOPLE_H */
