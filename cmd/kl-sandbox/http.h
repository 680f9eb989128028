/* SPDX-License-Identifier: MIT */
#ifndef SANDBOX_HTTP_H
#define SANDBOX_HTTP_H

#include <netinet/in.h>

#include <microhttpd.h>

#include "server.h"

/*
 * http.h - what the two files about libmicrohttpd share: server.c has the
 * connections and the loop, http.c the requests and the answers.
 */

struct connection {
	int fd;
	uint64_t close_at;	 /* 0: not */
	struct connection *next; /* among those to be closed */
};

struct server {
	struct box *box;
	struct faults *faults;
	struct server_settings set;
	struct MHD_Daemon *daemon;
	int listen_fd; /* -1 while refusing */
	int epoll_fd;
	struct sockaddr_in at;
	uint64_t reopen; /* when refusing ends */
	struct req *pool;
	struct req *waiting;
	struct connection *closing;
	bool stopping;
};

/* server.c: suspend a request's connection, or close one, after ms. */
void server_wait(struct server *s, struct req *q, uint64_t ms);
void server_close_later(struct server *s, struct connection *c, uint64_t ms);

/* http.c: callbacks of the daemon; cls is the server. */
void *http_target(void *cls, const char *uri, struct MHD_Connection *mhd);
enum MHD_Result http_request(void *cls, struct MHD_Connection *mhd,
    const char *url, const char *method, const char *version, const char *data,
    size_t *n, void **ctx);
void http_done(void *cls, struct MHD_Connection *mhd, void **ctx,
    enum MHD_RequestTerminationCode why);

#endif /* SANDBOX_HTTP_H */
