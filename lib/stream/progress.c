/* SPDX-License-Identifier: MIT */
/* progress.c - one line on a terminal that says how far we are. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kl/buf.h"
#include "kl/progress.h"
#include "kl/time.h"

#define DRAW_EVERY 200	/* ms: five times a second */
#define LOOK_EVERY 1024 /* ticks between looks at the clock */

struct kl_progress {
	int fd;
	bool drawn;
	uint64_t total, rows, done;
	uint64_t started, last;
	unsigned ticks;
	char name[32];
	char note[64];
};

struct kl_progress *
kl_progress_new(int fd, const char *name, uint64_t total)
{
	struct kl_progress *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return NULL;
	p->fd = fd;
	p->total = total;
	p->started = p->last = kl_now_mono();
	(void)snprintf(p->name, sizeof(p->name), "%s", name);
	return p;
}

void
kl_progress_free(struct kl_progress *p)
{
	kl_progress_clear(p);
	free(p);
}

/* 950, 12.3k, 4.56M. */
static void
put_count(struct kl_buf *b, double v)
{
	if (v < 10000)
		kl_buf_printf(b, "%.0f", v);
	else if (v < 1e6)
		kl_buf_printf(b, "%.1fk", v / 1e3);
	else
		kl_buf_printf(b, "%.2fM", v / 1e6);
}

static void
put_time(struct kl_buf *b, double s)
{
	unsigned long n = (unsigned long)s;

	if (n < 60)
		kl_buf_printf(b, "%lus", n);
	else if (n < 3600)
		kl_buf_printf(b, "%lum%02lus", n / 60, n % 60);
	else
		kl_buf_printf(b, "%luh%02lum", n / 3600, n / 60 % 60);
}

static void
draw(struct kl_progress *p, uint64_t now)
{
	double t = (double)(now - p->started) / 1000, part;
	struct kl_buf b = { .max = 512 };

	kl_buf_printf(&b, "\r\033[K%s: ", p->name);
	put_count(&b, (double)p->rows);
	kl_buf_puts(&b, " rows, ");
	put_count(&b, t > 0 ? (double)p->rows / t : 0);
	kl_buf_puts(&b, "/s");
	if (p->total > 0 && p->done > 0) {
		part = (double)p->done / (double)p->total;
		part = part > 1 ? 1 : part;
		kl_buf_printf(&b, ", %.0f%%, ", part * 100);
		put_time(&b, t / part - t);
		kl_buf_puts(&b, " left");
	}
	if (p->note[0] != '\0')
		kl_buf_printf(&b, " (%s)", p->note);
	(void)!write(p->fd, b.s, b.n);
	kl_buf_free(&b);
	p->drawn = true;
	p->last = now;
}

void
kl_progress_tick(struct kl_progress *p, uint64_t rows, uint64_t done)
{
	uint64_t now;

	if (p == NULL)
		return;
	p->rows = rows;
	p->done = done;
	if (++p->ticks % LOOK_EVERY != 0 && p->note[0] == '\0')
		return;
	now = kl_now_mono();
	if (now - p->last >= DRAW_EVERY)
		draw(p, now);
}

void
kl_progress_note(struct kl_progress *p, const char *note)
{
	if (p == NULL)
		return;
	(void)snprintf(p->note, sizeof(p->note), "%s",
	    note != NULL ? note : "");
	draw(p, kl_now_mono());
}

void
kl_progress_clear(struct kl_progress *p)
{
	if (p == NULL || !p->drawn)
		return;
	(void)!write(p->fd, "\r\033[K", 4);
	p->drawn = false;
}
