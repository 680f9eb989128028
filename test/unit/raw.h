/* SPDX-License-Identifier: MIT */
#ifndef RAW_H
#define RAW_H

#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */

/*
 * raw.h - a server that answers whatever it is told to, for tests.
 *
 * It plays a script: the n-th request gets the n-th step, on whichever
 * connection it comes; the last step is repeated.  Each connection is a
 * process, so answers may wait for each other's.  Request lines and bodies
 * are kept where the test can read them.
 */

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* What happens after the bytes of a step are out. */
enum raw_end {
	RAW_KEEP,  /* the next request may come on this connection */
	RAW_CLOSE, /* FIN */
	RAW_RESET, /* RST */
	RAW_STALL, /* nothing more, and no end */
};

struct raw_step {
	int status;	     /* a whole answer is made of this ... */
	const char *headers; /* further lines, each with \r\n; may be NULL */
	const char *body;    /* and this, with its length */
	size_t n;	     /* of body; 0: strlen() */
	size_t cut;	     /* bytes of body that do go out; 0: all */
	unsigned repeat;     /* times the body is sent in all (length too) */
	const char *raw;     /* instead of all that: these bytes */
	enum raw_end end;
	unsigned delay_ms; /* before answering */
	bool deaf;	   /* do not read the request first */
};

#define RAW_LOG 64

struct raw_shared {
	atomic_uint requests;
	atomic_uint connections;
	char head[RAW_LOG][1024]; /* the request's head */
	char body[RAW_LOG][1024];
	uint64_t ms[RAW_LOG]; /* when it came */
};

struct raw {
	struct raw_shared *seen;
	char url[64];
	pid_t pid;
};

static inline uint64_t
raw_now(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

static inline void
raw_sleep(unsigned ms)
{
	struct timespec ts = { ms / 1000, (long)(ms % 1000) * 1000000 };

	(void)nanosleep(&ts, NULL);
}

static inline bool
raw_put(int fd, const char *s, size_t n)
{
	ssize_t k;

	while (n > 0) {
		if ((k = write(fd, s, n)) <= 0)
			return false;
		s += k;
		n -= (size_t)k;
	}
	return true;
}

/* Read one request whole.  False at the end of the connection. */
static inline bool
raw_read(int fd, struct raw_shared *sh, unsigned *no)
{
	static char buf[1 << 20];
	size_t n = 0, want = 0, i;
	const char *end = NULL, *p;
	ssize_t k;

	while (end == NULL || n < want) {
		if (n + 1 >= sizeof(buf))
			return false;
		if ((k = read(fd, buf + n, sizeof(buf) - 1 - n)) <= 0)
			return false;
		n += (size_t)k;
		buf[n] = '\0';
		if (end == NULL && (end = strstr(buf, "\r\n\r\n")) != NULL) {
			want = (size_t)(end - buf) + 4;
			for (p = buf; p < end; p++)
				if (strncasecmp(p, "\ncontent-length:", 16) ==
				    0)
					want += strtoul(p + 16, NULL, 10);
		}
	}
	i = *no = atomic_fetch_add(&sh->requests, 1);
	if (i < RAW_LOG) {
		(void)snprintf(sh->head[i], sizeof(sh->head[i]), "%.*s",
		    (int)(end - buf), buf);
		(void)snprintf(sh->body[i], sizeof(sh->body[i]), "%.*s",
		    (int)(want - (size_t)(end + 4 - buf)), end + 4);
		sh->ms[i] = raw_now();
	}
	return true;
}

static inline void
raw_answer(int fd, const struct raw_step *s)
{
	size_t n = s->body == NULL ? 0 : s->n != 0 ? s->n : strlen(s->body);
	unsigned times = s->repeat == 0 ? 1 : s->repeat, i;
	char head[512];
	int k;

	raw_sleep(s->delay_ms);
	if (s->raw != NULL) {
		(void)raw_put(fd, s->raw, strlen(s->raw));
		for (i = 1; i < times; i++)
			if (!raw_put(fd, s->body, n))
				break;
		return;
	}
	if (s->status == 0)
		return;
	k = snprintf(head, sizeof(head),
	    "HTTP/1.1 %d x\r\nContent-Length: %zu\r\n%s%s\r\n", s->status,
	    n * times,
	    s->headers != NULL && strstr(s->headers, "Content-Type")
		? ""
		: "Content-Type: application/vnd.api+json\r\n",
	    s->headers != NULL ? s->headers : "");
	if (!raw_put(fd, head, (size_t)k))
		return;
	if (s->cut != 0)
		n = s->cut;
	for (i = 0; i < times; i++)
		if (!raw_put(fd, s->body, n))
			break;
}

static inline void
raw_serve(int fd, struct raw_shared *sh, const struct raw_step *script,
    unsigned steps)
{
	struct linger now = { 1, 0 };
	const struct raw_step *s;
	unsigned no = 0;

	for (;;) {
		s = &script[steps - 1];
		if (!s->deaf && !raw_read(fd, sh, &no))
			return;
		if (no < steps)
			s = &script[no];
		raw_answer(fd, s);
		if (s->end == RAW_STALL)
			raw_sleep(60000);
		if (s->end == RAW_RESET)
			(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &now,
			    sizeof(now));
		if (s->end != RAW_KEEP)
			return;
	}
}

static inline void
raw_main(int listener, struct raw_shared *sh, const struct raw_step *script,
    unsigned steps)
{
	int fd;

	(void)signal(SIGCHLD, SIG_IGN);
	(void)signal(SIGPIPE, SIG_IGN);
	while ((fd = accept(listener, NULL, NULL)) >= 0) {
		(void)atomic_fetch_add(&sh->connections, 1);
		if (fork() == 0) {
			(void)close(listener);
			raw_serve(fd, sh, script, steps);
			(void)close(fd);
			_exit(0);
		}
		(void)close(fd);
	}
	_exit(0);
}

static inline struct raw
raw_start(const struct raw_step *script, unsigned steps)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	socklen_t len = sizeof(a);
	struct raw r;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	r.seen = mmap(NULL, sizeof(*r.seen), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (fd < 0 || r.seen == MAP_FAILED ||
	    bind(fd, (struct sockaddr *)&a, sizeof(a)) != 0 ||
	    listen(fd, 64) != 0 ||
	    getsockname(fd, (struct sockaddr *)&a, &len) != 0) {
		perror("raw_start");
		exit(1);
	}
	(void)snprintf(r.url, sizeof(r.url), "http://127.0.0.1:%u",
	    (unsigned)ntohs(a.sin_port));
	(void)fflush(stdout);
	if ((r.pid = fork()) == 0) {
		(void)setpgid(0, 0);
		raw_main(fd, r.seen, script, steps);
	}
	(void)setpgid(r.pid, r.pid);
	(void)close(fd);
	return r;
}

/* The URL of a port where nobody listens, and nobody else can. */
static inline void
raw_nobody(char *url, size_t size, const char *scheme, const char *host)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	a.sin_addr.s_addr = htonl(INADDR_ANY);
	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof(a)) != 0 ||
	    getsockname(fd, (struct sockaddr *)&a, &len) != 0)
		exit(1);
	/* Bound for as long as the test lives, never listening. */
	(void)snprintf(url, size, "%s://%s:%u", scheme, host,
	    (unsigned)ntohs(a.sin_port));
}

/* End it and every connection. */
static inline void
raw_stop(struct raw *r)
{
	(void)kill(-r->pid, SIGKILL);
	(void)waitpid(r->pid, NULL, 0);
	(void)munmap(r->seen, sizeof(*r->seen));
}

#endif /* RAW_H */
