/* SPDX-License-Identifier: MIT */
/* slip.c - names that are one slip away from those that records have. */

#include <stdlib.h>
#include <string.h>

#include "kl/near.h"
#include "slip.h"

#define LOOK 1000   /* records; what none of them has is not worth a search */
#define MOST 256    /* candidates */
#define LONGEST 100 /* bytes of one */

static void
keep(struct cmd_names *l, const char *s, size_t n)
{
	char **p;

	if (n == 0 || n > LONGEST || memchr(s, '\0', n) != NULL ||
	    (p = realloc(l->s, (l->n + 1) * sizeof(*p))) == NULL)
		return;
	l->s = p;
	if ((l->s[l->n] = strndup(s, n)) != NULL)
		l->n++;
}

static void
drop(struct cmd_names *l, size_t i)
{
	free(l->s[i]);
	l->s[i] = l->s[--l->n];
}

void
cmd_slips_expect(struct cmd_slips *s, struct kl_span name)
{
	keep(&s->wanted, name.s, name.n);
}

/* The members of an object, with what stands before their names in b. */
static void
gather(struct cmd_slips *s, const struct kl_json *doc, uint32_t obj,
    struct kl_buf *b, struct kl_buf *tmp)
{
	size_t start = b->n;

	kl_json_each_member (m, doc, obj) {
		if (s->there.n >= MOST)
			break;
		kl_buf_span(b, kl_json_text(doc, m, tmp));
		if (b->rc == KL_OK)
			keep(&s->there, b->s, b->n);
		if (start == 0 && kl_json_type(doc, m + 1) == KL_JSON_OBJECT) {
			kl_buf_putc(b, '.');
			gather(s, doc, m + 1, b, tmp);
		}
		b->n = start;
	}
}

/* A name that is there, and so is meant by no other. */
static void
found(struct cmd_slips *s, size_t i)
{
	size_t j;

	for (j = s->there.n; j-- > 0;)
		if (strcmp(s->there.s[j], s->wanted.s[i]) == 0)
			drop(&s->there, j);
	drop(&s->wanted, i);
}

void
cmd_slips_look(struct cmd_slips *s, const struct kl_json *doc)
{
	struct kl_buf b = { 0 }, tmp = { 0 };
	size_t i;

	if (s->wanted.n == 0 || s->looked >= LOOK)
		return;
	if (s->looked++ == 0)
		gather(s, doc, 0, &b, &tmp);
	for (i = s->wanted.n; i-- > 0;)
		if (kl_json_path(doc, 0, KL_SPAN(s->wanted.s[i])) != 0)
			found(s, i);
	kl_buf_free(&b);
	kl_buf_free(&tmp);
}

void
cmd_slips_say(const struct cmd_slips *s)
{
	const char *names[MOST + 1], *near;
	size_t i;

	for (i = 0; i < s->there.n; i++)
		names[i] = s->there.s[i];
	names[i] = NULL;
	for (i = 0; i < s->wanted.n; i++)
		if ((near = kl_near(names, s->wanted.s[i],
			 strlen(s->wanted.s[i]))) != NULL)
			cmd_note(s->looked < LOOK
				? "no record has \"%s\"; did you mean \"%s\"?"
				: "none of the first 1000 records has "
				  "\"%s\"; did you mean \"%s\"?",
			    s->wanted.s[i], near);
}

void
cmd_slips_free(struct cmd_slips *s)
{
	while (s->wanted.n > 0)
		drop(&s->wanted, s->wanted.n - 1);
	while (s->there.n > 0)
		drop(&s->there, s->there.n - 1);
	free(s->wanted.s);
	free(s->there.s);
	memset(s, 0, sizeof(*s));
}
