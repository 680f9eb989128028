/* SPDX-License-Identifier: MIT */
/* csv-put.c - values as CSV. */

#include <string.h>

#include "kl/csv.h"

#define MARK                                                                   \
	"\xEF\xBB\xBF" /* a byte-order mark; first in a file it is lost        \
			*/

bool
kl_csv_delimiter(const char *text, char *delimiter)
{
	char c = *text;

	if (strcmp(text, "tab") == 0 || strcmp(text, "\\t") == 0)
		c = '\t';
	else if (c <= 0 || c >= 0x7F || strchr("\"\r\n", c) != NULL ||
	    text[1] != '\0')
		return false;
	*delimiter = c;
	return true;
}

/* What no value without quotes can hold, the delimiter apart. */
static const bool special[256] = {
	['"'] = true,
	['\r'] = true,
	['\n'] = true,
};

/* True if the value cannot stand without quotes. */
static bool
must_quote(const char *s, size_t n, char delimiter)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (special[(unsigned char)s[i]] || s[i] == delimiter)
			return true;
	return n >= 3 && memcmp(s, MARK, 3) == 0;
}

void
kl_csv_put(struct kl_buf *b, const char *s, size_t n, char delimiter)
{
	const char *quote;
	size_t run;

	if (!must_quote(s, n, delimiter)) {
		kl_buf_put(b, s, n);
		return;
	}
	kl_buf_putc(b, '"');
	while ((quote = memchr(s, '"', n)) != NULL) {
		run = (size_t)(quote - s) + 1;
		kl_buf_put(b, s, run);
		kl_buf_putc(b, '"');
		s += run;
		n -= run;
	}
	kl_buf_put(b, s, n);
	kl_buf_putc(b, '"');
}
