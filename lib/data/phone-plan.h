/* SPDX-License-Identifier: MIT */
#ifndef PHONE_PLAN_H
#define PHONE_PLAN_H

/*
 * phone-plan.h - a short way to what libphonenumber would say.
 *
 * The library matches a dozen regular expressions for each number, at some
 * 40 microseconds.  Its numbering plans are taken out of it and its patterns
 * made into automata, which tell in well below one that a number as most
 * people write it is valid.  Whatever is not said to be valid here is asked of
 * the library: the short way never refuses.
 */

#include <cstddef>
#include <string>

/*
 * Take the plans out of the library, which each thread does for itself before
 * its first number.  If it does not give them, plan_format() knows nothing.
 */
void plan_start();

/*
 * True if s, as written in the region ("ZZ" for none), is sure to be a valid
 * number; *e164 is then what the library would make of it.  False: ask it.
 */
bool plan_format(const char *s, size_t n, const char *region,
    std::string *e164);

#endif /* PHONE_PLAN_H */
