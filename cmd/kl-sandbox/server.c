/* SPDX-License-Identifier: MIT */
/* server.c - HTTP by libmicrohttpd, on one thread. */

#include <sys/socket.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <errno.h>
#include <fcntl.h>
#include <microhttpd.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../common.h"
#include "kl/time.h"
#include "server.h"

#define CONNECTION_MEMORY ((size_t)256 << 10) /* headers, read buffer */
#define SWALLOW_MAX ((size_t)64 << 20)	      /* of a body that is too long */
#define KEEP_BODY ((size_t)1 << 20) /* a buffer larger than this is freed */

enum {
	PHASE_NEW,
	PHASE_BODY,
	PHASE_WAITING
};

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

/* --- waiting -------------------------------------------------------------- */

static void
wait_for(struct server *s, struct req *q, uint64_t ms)
{
	q->due = kl_now_mono() + ms;
	q->next = s->waiting;
	s->waiting = q;
	MHD_suspend_connection(q->mhd);
}

/* Go on with those whose time has come; with all of them, at the end. */
static void
wake(struct server *s, uint64_t now)
{
	struct req **at = &s->waiting, *q;

	while ((q = *at) != NULL) {
		if (q->due > now) {
			at = &q->next;
			continue;
		}
		*at = q->next;
		q->next = NULL;
		MHD_resume_connection(q->mhd);
	}
}

static void
close_idle(struct server *s, uint64_t now)
{
	struct connection **at = &s->closing, *c;

	while ((c = *at) != NULL) {
		if (c->close_at > now) {
			at = &c->next;
			continue;
		}
		*at = c->next;
		c->close_at = 0;
		(void)shutdown(c->fd, SHUT_RDWR);
	}
}

static void
sooner(uint64_t *next, uint64_t due)
{
	if (due < *next)
		*next = due;
}

/* Milliseconds until something is due that no descriptor tells. */
static int
patience(struct server *s, int jobs)
{
	uint64_t next = UINT64_MAX, now = kl_now_mono();
	MHD_UNSIGNED_LONG_LONG http;
	const struct connection *c;
	const struct req *q;

	if (jobs >= 0)
		next = now + (uint64_t)jobs;
	for (q = s->waiting; q != NULL; q = q->next)
		sooner(&next, q->due);
	for (c = s->closing; c != NULL; c = c->next)
		sooner(&next, c->close_at);
	if (s->listen_fd < 0)
		sooner(&next, s->reopen);
	if (MHD_get_timeout(s->daemon, &http) == MHD_YES)
		sooner(&next, now + http);
	if (next == UINT64_MAX)
		return -1;
	return next <= now ? 0 : next - now > 60000 ? 60000 : (int)(next - now);
}

/* --- answers ---------------------------------------------------------------
 */

/* The body with a pause amid it, or a byte at a time. */
static ssize_t
dribble(void *cls, uint64_t pos, char *buf, size_t max)
{
	struct req *q = cls;
	size_t left = q->out.n - (size_t)pos, half = q->out.n / 2;
	bool slow = q->fault->kind == FAULT_SLOW;

	if (q->server->stopping)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	if (!q->paused && (slow || pos == half)) {
		q->paused = true;
		wait_for(q->server, q, q->fault->ms);
		return 0;
	}
	if (slow) {
		q->paused = false;
		left = 1;
	} else if (pos < half)
		left = half - (size_t)pos;
	if (left > max)
		left = max;
	memcpy(buf, q->out.s + pos, left);
	return (ssize_t)left;
}

static void
add_headers(struct MHD_Response *r, const struct req *q)
{
	char allow[32] = "";
	size_t n = 0;
	int v;

	if (q->out.n > 0 && q->status != 429)
		(void)MHD_add_response_header(r, "Content-Type",
		    q->html ? "text/html; charset=UTF-8"
			    : "application/vnd.api+json");
	if (q->retry_after[0] != '\0')
		(void)MHD_add_response_header(r, "Retry-After", q->retry_after);
	else if (q->rate_limit[0] != '\0') {
		(void)MHD_add_response_header(r, "RateLimit-Limit",
		    q->rate_limit);
		(void)MHD_add_response_header(r, "RateLimit-Remaining",
		    q->rate_remaining);
		(void)MHD_add_response_header(r, "RateLimit-Reset",
		    q->rate_reset);
	}
	if (q->location[0] != '\0')
		(void)MHD_add_response_header(r, "Location", q->location);
	if (q->status != 405)
		return;
	for (v = 0; v < VERBS; v++)
		if (q->verbs & 1U << v)
			n += (size_t)snprintf(allow + n, sizeof(allow) - n,
			    "%s%s", n > 0 ? ", " : "", verb_name((enum verb)v));
	(void)MHD_add_response_header(r, "Allow", allow);
}

/* Hand the answer over; MHD_NO drops the connection. */
static enum MHD_Result
deliver(struct server *s, struct req *q)
{
	struct MHD_Response *r;
	enum MHD_Result rc;
	bool tease = q->fault != NULL && q->out.n > 0 &&
	    (q->fault->kind == FAULT_STALL || q->fault->kind == FAULT_SLOW);

	if (s->set.verbose)
		cmd_say("%s %.*s %d", q->verb_sent, (int)q->path.n, q->path.s,
		    q->status);
	if (q->fault != NULL && faults_raw(q, q->conn->fd))
		return MHD_NO;
	q->server = s;
	r = tease ? MHD_create_response_from_callback(q->out.n, 32768, dribble,
			q, NULL)
		  : MHD_create_response_from_buffer(q->out.n,
			q->out.n > 0 ? (void *)q->out.s : (void *)"",
			MHD_RESPMEM_PERSISTENT);
	if (r == NULL)
		return MHD_NO;
	add_headers(r, q);
	rc = MHD_queue_response(q->mhd, (unsigned)q->status, r);
	MHD_destroy_response(r);
	return rc;
}

/* --- requests ---------------------------------------------------------------
 */

static void *
on_target(void *cls, const char *uri, struct MHD_Connection *mhd)
{
	struct server *s = cls;
	struct req *q = s->pool;
	size_t n = strlen(uri);

	if (q != NULL)
		s->pool = q->next;
	else if ((q = calloc(1, sizeof(*q))) == NULL)
		return NULL;
	q->next = NULL;
	q->box = s->box;
	q->mhd = mhd;
	q->body.max = MAX_BODY + 1;
	if ((q->target = malloc(n + 1)) != NULL)
		memcpy(q->target, uri, n + 1);
	return q;
}

static const char *
header(const struct req *q, const char *name)
{
	return MHD_lookup_connection_value(q->mhd, MHD_HEADER_KIND, name);
}

/* Everything but the body is known: find out what is asked for. */
static enum MHD_Result
begin(struct server *s, struct req *q, const char *method)
{
	const union MHD_ConnectionInfo *info;
	const char *mark, *length;
	uint64_t n;

	info =
	    MHD_get_connection_info(q->mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	if (q->target == NULL || info == NULL || info->socket_context == NULL)
		return MHD_NO;
	q->conn = info->socket_context;
	q->number = ++s->box->requests;
	q->verb_sent = method;
	q->verb = verb_of(method);
	mark = strchr(q->target, '?');
	q->path = KL_SPAN(q->target);
	q->search = (struct kl_span){ "", 0 };
	if (mark != NULL) {
		q->path.n = (size_t)(mark - q->target);
		q->search = KL_SPAN(mark + 1);
	}
	q->op = op_find(q->verb, q->path, q->id, &q->verbs);
	q->authorization = header(q, "Authorization");
	q->revision = header(q, "revision");
	q->opt_out = header(q, "X-Klaviyo-Revision-Fall-Forward-Opt-Out");
	q->content_type = header(q, "Content-Type");
	q->content_encoding = header(q, "Content-Encoding");
	q->host = header(q, "Host");
	q->origin = header(q, "Origin");
	q->fault = faults_pick(s->faults, q->op, false, &s->box->random);
	if (q->fault != NULL && q->fault->kind == FAULT_RESET_BEFORE) {
		faults_reset(q->conn->fd);
		return MHD_NO;
	}
	length = header(q, "Content-Length");
	if (length != NULL && kl_parse_u64(length, strlen(length), &n) &&
	    n <= MAX_BODY)
		(void)kl_buf_room(&q->body, (size_t)n);
	q->phase = PHASE_BODY;
	return MHD_YES;
}

/* The request is here: answer it, now or after the latency. */
static enum MHD_Result
finish(struct server *s, struct req *q)
{
	uint64_t pause = s->set.latency;

	if (request_gate(q) && (q->fault == NULL || !faults_answer(q)))
		request_run(q);
	if (q->fault != NULL && q->fault->kind == FAULT_STALL && q->out.n == 0)
		pause += q->fault->ms;
	q->phase = PHASE_WAITING;
	if (pause == 0)
		return deliver(s, q);
	wait_for(s, q, pause);
	return MHD_YES;
}

static enum MHD_Result
on_request(void *cls, struct MHD_Connection *mhd, const char *url,
    const char *method, const char *version, const char *data, size_t *n,
    void **ctx)
{
	struct server *s = cls;
	struct req *q = *ctx;

	(void)mhd;
	(void)url;
	(void)version;
	if (q == NULL)
		return MHD_NO;
	if (q->phase == PHASE_NEW)
		return begin(s, q, method);
	if (q->phase == PHASE_WAITING)
		return deliver(s, q);
	if (*n == 0)
		return finish(s, q);
	q->body_seen += *n;
	if (q->body_seen <= MAX_BODY)
		kl_buf_put(&q->body, data, *n);
	*n = 0;
	return q->body_seen > SWALLOW_MAX ? MHD_NO : MHD_YES;
}

/* Closed once the time has come; see close_idle(). */
static void
close_later(struct server *s, struct connection *c, uint64_t ms)
{
	if (c->close_at != 0)
		return;
	c->close_at = kl_now_mono() + ms;
	c->next = s->closing;
	s->closing = c;
}

static void
on_done(void *cls, struct MHD_Connection *mhd, void **ctx,
    enum MHD_RequestTerminationCode why)
{
	struct server *s = cls;
	struct req *q = *ctx, kept = { 0 };

	(void)mhd;
	if (q == NULL)
		return;
	if (q->fault != NULL && q->fault->kind == FAULT_CLOSE_IDLE &&
	    why == MHD_REQUEST_TERMINATED_COMPLETED_OK)
		close_later(s, q->conn, q->fault->ms);
	free(q->target);
	query_free(&q->query);
	if (q->body.cap > KEEP_BODY)
		kl_buf_free(&q->body);
	kl_buf_reset(&q->body);
	kl_buf_reset(&q->out);
	kept.body = q->body;
	kept.out = q->out;
	kept.next = s->pool;
	*q = kept;
	s->pool = q;
	*ctx = NULL;
}

/* --- connections
 * --------------------------------------------------------------- */

static void
forget(struct server *s, struct connection *c)
{
	struct connection **at = &s->closing;

	while (*at != NULL && *at != c)
		at = &(*at)->next;
	if (*at != NULL)
		*at = c->next;
	free(c);
}

static void
on_connection(void *cls, struct MHD_Connection *mhd, void **ctx,
    enum MHD_ConnectionNotificationCode code)
{
	struct server *s = cls;
	const union MHD_ConnectionInfo *info;
	struct connection *c;

	if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
		if (*ctx != NULL)
			forget(s, *ctx);
		*ctx = NULL;
		return;
	}
	info = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD);
	if ((c = calloc(1, sizeof(*c))) != NULL && info != NULL)
		c->fd = info->connect_fd;
	*ctx = c;
}

static enum kl_rc
listen_on(struct server *s, struct kl_err *err)
{
	int one = 1, fd = socket(AF_INET, SOCK_STREAM, 0);
	socklen_t n = sizeof(s->at);

	if (fd < 0)
		return kl_err_sys(err, KL_EIO, "cannot make a socket");
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&s->at, n) != 0 ||
	    listen(fd, 128) != 0 ||
	    getsockname(fd, (struct sockaddr *)&s->at, &n) != 0) {
		(void)kl_err_sys(err, KL_EIO, "cannot listen on 127.0.0.1:%u",
		    (unsigned)ntohs(s->at.sin_port));
		kl_err_hint(err, "--port 0 takes one that is free");
		(void)close(fd);
		return KL_EIO;
	}
	(void)fcntl(fd, F_SETFL, O_NONBLOCK);
	(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
	s->listen_fd = fd;
	return KL_OK;
}

/* Close the port for a while; who is connected stays so. */
static void
refuse(struct server *s, int fd, const struct rule *r)
{
	faults_reset(fd);
	(void)close(fd);
	(void)close(s->listen_fd);
	s->listen_fd = -1;
	s->reopen = kl_now_mono() + r->ms;
}

static void
take_connections(struct server *s)
{
	struct sockaddr_in from;
	const struct rule *r;
	socklen_t n;
	int fd;

	while (s->listen_fd >= 0) {
		n = sizeof(from);
		fd = accept(s->listen_fd, (struct sockaddr *)&from, &n);
		if (fd < 0)
			return;
		r = faults_pick(s->faults, NULL, true, &s->box->random);
		if (r != NULL) {
			refuse(s, fd, r);
			return;
		}
		(void)fcntl(fd, F_SETFL, O_NONBLOCK);
		(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
		(void)MHD_add_connection(s->daemon, fd,
		    (struct sockaddr *)&from, n);
	}
}

/* --- the loop ---------------------------------------------------------------
 */

static int stop_pipe[2] = { -1, -1 };

static void
on_signal(int sig)
{
	int saved = errno;

	(void)sig;
	(void)!write(stop_pipe[1], "", 1);
	errno = saved;
}

static enum kl_rc
catch_signals(struct kl_err *err)
{
	struct sigaction stop = { .sa_handler = on_signal };
	struct sigaction ignore = { .sa_handler = SIG_IGN };

	if (pipe(stop_pipe) != 0)
		return kl_err_sys(err, KL_EIO, "cannot make a pipe");
	(void)fcntl(stop_pipe[1], F_SETFL, O_NONBLOCK);
	if (sigaction(SIGTERM, &stop, NULL) != 0 ||
	    sigaction(SIGINT, &stop, NULL) != 0 ||
	    sigaction(SIGPIPE, &ignore, NULL) != 0)
		return kl_err_sys(err, KL_EIO, "cannot catch signals");
	return KL_OK;
}

enum kl_rc
server_open(struct server **out, struct box *box, struct faults *faults,
    const struct server_settings *set, struct kl_err *err)
{
	struct server *s = calloc(1, sizeof(*s));
	const union MHD_DaemonInfo *info;
	enum kl_rc rc;

	if ((*out = s) == NULL)
		return kl_err_nomem(err);
	s->box = box;
	s->faults = faults;
	s->set = *set;
	s->listen_fd = -1;
	s->at.sin_family = AF_INET;
	s->at.sin_port = htons((uint16_t)set->port);
	s->at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if ((rc = catch_signals(err)) != KL_OK ||
	    (rc = listen_on(s, err)) != KL_OK)
		return rc;
	(void)snprintf(box->base, sizeof(box->base), "http://127.0.0.1:%u",
	    (unsigned)ntohs(s->at.sin_port));
	s->daemon = MHD_start_daemon(MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET |
		MHD_ALLOW_SUSPEND_RESUME,
	    0, NULL, NULL, on_request, s, MHD_OPTION_URI_LOG_CALLBACK,
	    on_target, s, MHD_OPTION_NOTIFY_COMPLETED, on_done, s,
	    MHD_OPTION_NOTIFY_CONNECTION, on_connection, s,
	    MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_MEMORY,
	    MHD_OPTION_END);
	if (s->daemon == NULL)
		return kl_err_set(err, KL_EIO, "cannot start the HTTP server");
	info = MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	s->epoll_fd = info->epoll_fd;
	return KL_OK;
}

enum kl_rc
server_run(struct server *s, struct kl_err *err)
{
	struct pollfd fd[3];
	uint64_t now;
	int jobs;

	for (;;) {
		jobs = jobs_run(s->box);
		if (s->box->failed.rc != KL_OK) {
			*err = s->box->failed;
			return err->rc;
		}
		fd[0] = (struct pollfd){ s->epoll_fd, POLLIN, 0 };
		fd[1] = (struct pollfd){ s->listen_fd, POLLIN, 0 };
		fd[2] = (struct pollfd){ stop_pipe[0], POLLIN, 0 };
		if (poll(fd, 3, patience(s, jobs)) < 0 && errno != EINTR)
			return kl_err_sys(err, KL_EIO, "cannot wait");
		if (fd[2].revents != 0)
			return KL_OK;
		/* What came due meanwhile comes before what is asked now. */
		(void)jobs_run(s->box);
		now = kl_now_mono();
		wake(s, now);
		close_idle(s, now);
		if (s->listen_fd < 0 && now >= s->reopen)
			(void)listen_on(s, NULL);
		if (fd[1].revents != 0)
			take_connections(s);
		if (MHD_run(s->daemon) != MHD_YES)
			return kl_err_set(err, KL_EIO,
			    "the HTTP server failed");
	}
}

void
server_close(struct server *s)
{
	struct req *q;

	if (s == NULL)
		return;
	s->stopping = true;
	wake(s, UINT64_MAX);
	if (s->daemon != NULL) {
		MHD_run(s->daemon);
		MHD_stop_daemon(s->daemon);
	}
	if (s->listen_fd >= 0)
		(void)close(s->listen_fd);
	while ((q = s->pool) != NULL) {
		s->pool = q->next;
		kl_buf_free(&q->body);
		kl_buf_free(&q->out);
		free(q);
	}
	(void)close(stop_pipe[0]);
	(void)close(stop_pipe[1]);
	free(s);
}
