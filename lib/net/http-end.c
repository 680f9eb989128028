/* SPDX-License-Identifier: MIT */
/* http-end.c - what an exchange came to. */

#include <stdio.h>
#include <string.h>

#include "http-priv.h"
#include "kl/json.h"
#include "kl/time.h"

static const struct {
	CURLcode code;
	enum kl_http_end end;
} ends[] = {
	{ CURLE_OK, KL_HTTP_ANSWERED },
	{ CURLE_COULDNT_RESOLVE_HOST, KL_HTTP_LOOKUP },
	{ CURLE_COULDNT_RESOLVE_PROXY, KL_HTTP_LOOKUP },
	{ CURLE_COULDNT_CONNECT, KL_HTTP_CONNECT },
	{ CURLE_SSL_CONNECT_ERROR, KL_HTTP_CONNECT },
	{ CURLE_PEER_FAILED_VERIFICATION, KL_HTTP_TLS },
	{ CURLE_SSL_CACERT_BADFILE, KL_HTTP_TLS },
	{ CURLE_SSL_ISSUER_ERROR, KL_HTTP_TLS },
	{ CURLE_SSL_CIPHER, KL_HTTP_TLS },
	{ CURLE_SSL_INVALIDCERTSTATUS, KL_HTTP_TLS },
	{ CURLE_OPERATION_TIMEDOUT, KL_HTTP_STALL },
	{ CURLE_WEIRD_SERVER_REPLY, KL_HTTP_GARBAGE },
	{ CURLE_UNSUPPORTED_PROTOCOL, KL_HTTP_GARBAGE },
	{ CURLE_BAD_CONTENT_ENCODING, KL_HTTP_GARBAGE },
};

static enum kl_http_end
end_of(const struct xfer *x, CURLcode code)
{
	size_t i;

	if (x->toobig)
		return KL_HTTP_TOOBIG;
	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (ends[i].code == code)
			break;
	if (i == sizeof(ends) / sizeof(ends[0]))
		return x->begun > 0 ? KL_HTTP_CUT : KL_HTTP_CONNECT;
	if (ends[i].end == KL_HTTP_STALL && x->begun == 0)
		return KL_HTTP_CONNECT;
	return ends[i].end;
}

/* libcurl's words, or its general ones; what is not plain ASCII is left
 * out. */
static void
explain(struct kl_http_res *res, const struct xfer *x, CURLcode code)
{
	const char *s = x->why[0] != '\0' ? x->why : curl_easy_strerror(code);
	size_t n = 0;

	if (x->begun > 1)
		s = "the connection was closed";
	if (x->toobig)
		s = "the answer is over the limit";
	for (; *s != '\0' && n + 1 < sizeof(res->why); s++)
		if (*s >= ' ' && *s <= '~')
			res->why[n++] = *s;
	res->why[n] = '\0';
}

void
xfer_finish(struct kl_http *h, struct xfer *x, CURLcode code,
    struct kl_http_res *res)
{
	curl_off_t sent = 0;
	long status = 0;

	*res = (struct kl_http_res){ .tag = x->tag };
	(void)curl_easy_getinfo(x->easy, CURLINFO_RESPONSE_CODE, &status);
	(void)curl_easy_getinfo(x->easy, CURLINFO_SIZE_UPLOAD_T, &sent);
	res->end = end_of(x, code);
	res->status = (int)status;
	res->sent = sent > 0 ? (uint64_t)sent : 0;
	kl_buf_reserve(&x->body, x->body.n + KL_JSON_SPARE);
	res->body = (struct kl_span){ x->body.s, x->body.n };
	res->spare = x->body.cap - x->body.n;
	res->head = (struct kl_span){ x->head.s, x->head.n };
	res->ms = kl_now_mono() - x->started;
	(void)snprintf(res->address, sizeof(res->address), "%s", x->address);
	if (code != CURLE_OK)
		explain(res, x, code);
	(void)curl_multi_remove_handle(h->multi, x->easy);
	x->flying = false;
	h->busy--;
	h->answered = x;
}

/* --- its header lines ----------------------------------------------------- */

bool
kl_http_header(const struct kl_http_res *res, const char *name, char *to,
    size_t size)
{
	const char *p = res->head.s, *end = p + res->head.n, *eol;
	size_t n = strlen(name), i;

	to[0] = '\0';
	for (; p < end; p = eol + 1) {
		eol = memchr(p, '\n', (size_t)(end - p));
		eol = eol != NULL ? eol : end - 1;
		if ((size_t)(eol - p) <= n || p[n] != ':')
			continue;
		for (i = 0; i < n; i++)
			if ((p[i] >= 'A' && p[i] <= 'Z' ? p[i] | 32 : p[i]) !=
			    name[i])
				break;
		if (i < n)
			continue;
		for (p += n + 1; p < eol && (*p == ' ' || *p == '\t');)
			p++;
		for (i = (size_t)(eol - p); i > 0 &&
		     (p[i - 1] == '\r' || p[i - 1] == ' ' || p[i - 1] == '\t');)
			i--;
		if (i >= size || memchr(p, '\0', i) != NULL)
			return false;
		memcpy(to, p, i);
		to[i] = '\0';
		return true;
	}
	return false;
}
