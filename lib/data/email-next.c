/* SPDX-License-Identifier: MIT */
/* email-next.c - the addresses of a stream, most of which have a domain that
 * others had before. */

#include "email-known.h"

const struct kl_domain *
kl_email_known(const struct kl_domains *domains, struct kl_span text)
{
	return email_known(domains, text);
}

enum kl_rc
kl_email_check_next(struct kl_domains *domains, struct kl_span text, bool utf8,
    const char *field, const struct kl_domain **domain, struct kl_err *err)
{
	enum kl_rc rc = kl_email_check(text, utf8, field, err);
	struct kl_span its;

	*domain = NULL;
	if (rc != KL_OK)
		return rc;
	its = kl_email_domain(text);
	if ((*domain = domain_seen(domains, its)) == NULL)
		*domain = kl_domain_see(domains, its);
	return KL_OK;
}
