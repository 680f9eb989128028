/* SPDX-License-Identifier: MIT */
#ifndef SANDBOX_SERVER_H
#define SANDBOX_SERVER_H

#include "box.h"
#include "faults.h"

/*
 * server.h - HTTP: connections, requests in, answers out, waiting.
 *
 * The only files that know libmicrohttpd are server.c and http.c.
 */

struct server_settings {
	uint64_t port;	  /* 0: any that is free */
	uint64_t latency; /* milliseconds before each answer */
	bool verbose;	  /* say each request on stderr */
};

struct server; /* opaque */

/* Listen on 127.0.0.1 and set box->base.  KL_EIO if the port is taken. */
enum kl_rc server_open(struct server **out, struct box *box,
    struct faults *faults, const struct server_settings *set,
    struct kl_err *err);

/* Serve until SIGTERM or SIGINT. */
enum kl_rc server_run(struct server *s, struct kl_err *err);

void server_close(struct server *s);

#endif /* SANDBOX_SERVER_H */
