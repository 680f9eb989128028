/* SPDX-License-Identifier: MIT */
/* server.c - connections, waiting and the loop, on one thread. */

#include <sys/socket.h>

#include <arpa/inet.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "http.h"
#include "kl/time.h"

#define CONNECTION_MEMORY ((size_t)256 << 10) /* headers, read buffer */

/* --- waiting -------------------------------------------------------------- */

void
server_wait(struct server *s, struct req *q, uint64_t ms)
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

/* Closed once the time has come; see close_idle(). */
void
server_close_later(struct server *s, struct connection *c, uint64_t ms)
{
	if (c->close_at != 0)
		return;
	c->close_at = kl_now_mono() + ms;
	c->next = s->closing;
	s->closing = c;
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

	*out = s;
	if (s == NULL)
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
	    0, NULL, NULL, http_request, s, MHD_OPTION_URI_LOG_CALLBACK,
	    http_target, s, MHD_OPTION_NOTIFY_COMPLETED, http_done, s,
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
