/* SPDX-License-Identifier: MIT */
#ifndef KL_COUNTRY_H
#define KL_COUNTRY_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * kl/country.h - the ISO 3166 code of a country as people write it.
 */

/*
 * The two-letter code for s: a two-letter code (any case, UK for GB), a
 * three-letter code, or a common English name ("Czech Republic", "usa",
 * "Côte d'Ivoire", "Korea, Republic of"), and the country's own name where it
 * is widely used ("Deutschland").  Blanks around it, case, dots and a leading
 * "the" do not matter.  NULL if it is none of these.
 */
const char *kl_country_code(const char *s, size_t n);

#ifdef __cplusplus
}
#endif

#endif /* KL_COUNTRY_H */
