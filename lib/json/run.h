/* SPDX-License-Identifier: MIT */
#ifndef JSON_RUN_H
#define JSON_RUN_H

/*
 * run.h - the part of follow.h that most of a text goes through: members of
 * objects one behind the other, as the layout links them, a few of which may be
 * missing.  What it does not know it leaves to the rest, with all as it was
 * before the member at hand, or behind its value.
 *
 * How many steps it is from one value to the next is what counts here, so all
 * that changes is in variables, and what is not often needed is elsewhere.
 */

enum run_end {
	RUN_MEMBER, /* at one that was not expected, or that is no scalar */
	RUN_VALUE,  /* behind a value, where something else is than a comma */
	RUN_NO,	    /* the text is another */
};

/* How many members may be missing in one place without a search. */
#define MISSING 3

/* The first of the members behind m whose glue begins the text; NULL if it is
 * none of the next. */
static NOINLINE struct json_member *
later_member(struct json_member *first, const struct json_member *m, WIDE text)
{
	struct json_member *later;
	unsigned i;

	for (i = 0; i < MISSING && m->next != 0; i++) {
		later = first + m->next;
		if ((wide_unlike(text, later->glue) & later->mask) == 0)
			return later;
		m = later;
	}
	return NULL;
}

/* The number or word at p, or the container that is empty. */
static NOINLINE struct token
plain_scalar(const char *s, size_t n, size_t p)
{
	struct token t;

	if (UNLIKELY((s[p] | 0x20) == '{')) {
		t.end = s[p + 1] == s[p] + 2 ? p + 2 : 0;
		t.kind = kind_word(s[p] == '{' ? KL_JSON_OBJECT : KL_JSON_ARRAY,
		    false);
		return t;
	}
	if (is_digit(s[p]) || s[p] == '-') {
		if (UNLIKELY(!number_token(s, n, p, &t)))
			t.end = 0;
	} else if (UNLIKELY(!word_token(s, p, &t))) {
		t.end = 0;
	}
	return t;
}

/* True if a comma is at s, and a blank behind it if members are two bytes
 * apart. */
INLINE bool
is_comma(const char *s, const size_t step)
{
	return step == 1 ? *s == ',' : memcmp(s, ", ", 2) == 0;
}

/* Into the object at p, which is the value of m; false if that is not simple.
 */
INLINE bool
run_open(struct follow *c, size_t p)
{
	const struct json_member *m = c->m;
	struct kl_json_node *to = &c->node[c->k];

	if (m->child == 0 || c->depth == c->doc->max_depth)
		return false;
	c->node[c->in].count = (c->count + 1) & 0x7ffffff;
	c->place[m->number] = c->k + 1;
	put_name(to, m, c->p, c->k + 1);
	put_half(&to[1].at, pair((uint32_t)p, m->number));
	put_half(&to[1].next, pair(c->in, kind_word(KL_JSON_OBJECT, false)));
	c->in = c->k + 1;
	c->k += 2;
	c->count = 0;
	c->depth++;
	c->containers++;
	c->regular &= !m->array;
	if (UNLIKELY(c->arrays > 0))
		forget_places(c->l, m->child, c->place);
	c->m = c->l->member + m->child;
	c->p = p + 1;
	return true;
}

/* Past the array at p, which is the value of m; false if it holds others, or
 * is not simple. */
static NOINLINE bool
run_array(struct follow *c, size_t p)
{
	struct kl_json_node *name = &c->node[c->k];
	uint32_t k = c->k, count = 0;
	size_t at = p;
	struct token t;

	if (c->depth == c->doc->max_depth)
		return false;
	c->k += 2;
	do {
		at += c->s[at + 1] == ' ' && at > p ? 2 : 1;
		t.end = 0;
		if (at < c->n && follow_room(c))
			t = c->s[at] == '"'
			    ? odd_string(c->s, c->n, at, c->bits)
			    : plain_scalar(c->s, c->n, at);
		if (t.end == 0 || (c->s[at] | 0x20) == '{') {
			c->k = k;
			return false;
		}
		follow_node(c, at, t.end - at, t.kind);
		count++;
		at = t.end;
	} while (c->s[at] == ',');
	if (c->s[at] != ']' || at >= c->n) {
		c->k = k;
		return false;
	}
	c->place[c->m->number] = k + 1;
	put_name(&name[0], c->m, c->p, k + 1);
	name[1] = (struct kl_json_node){ .at = (uint32_t)p,
		.n = (uint32_t)(at + 1 - p),
		.next = c->k,
		.type = KL_JSON_ARRAY,
		.count = count & 0x7ffffff };
	c->regular &= c->m->array && count == c->m->elements;
	c->containers++;
	c->count++;
	c->p = at + 1;
	return true;
}

/* Out of objects, up to a comma; false if there is more to it. */
INLINE bool
run_close(struct follow *c, const size_t step)
{
	struct kl_json_node *node, *around;

	while (c->s[c->p] == '}') {
		node = &c->node[c->in];
		around = &c->node[node->next];
		if (c->in == 0 || around->type == KL_JSON_ARRAY || c->p >= c->n)
			return false;
		c->regular &= c->m->next == 0;
		c->m = c->l->member + node->n;
		c->in = node->next;
		node->n = (uint32_t)(++c->p - node->at);
		node->next = c->k;
		node->count = c->count & 0x7ffffff;
		c->count = around->count;
		c->depth--;
	}
	return is_comma(c->s + c->p, step);
}

/* What a run has to itself is handed over.  Nodes from counted on are those of
 * members of the open object. */
INLINE void
run_give(struct follow *c, size_t p, struct json_member *m, uint64_t next,
    uint64_t counted)
{
	c->p = p;
	c->m = m;
	c->k = (uint32_t)next - 1;
	c->count += (uint32_t)(next - counted) / 2;
}

/*
 * The number or word at p, whichever is expected, which seems to end there.
 * That is taken for granted while it is looked at.  False if it is another
 * value, or none, or not plain.
 */
INLINE bool
run_plain(const char *s, enum json_how how, size_t p, size_t seems,
    struct token *t)
{
	const struct digits k = digits_ready();
	size_t end;

	if (how == HOW_NUMBER) {
		t->kind = kind_word(KL_JSON_NUMBER, false);
		t->end = plain_number(s + p, &k);
		if (UNLIKELY(t->end == 0))
			return false;
		t->end += p;
	} else if (UNLIKELY(!word_token(s, p, t))) {
		return false;
	}
	end = t->end;
	t->end = seems;
	if (LIKELY(end == seems))
		return true;
	__asm__("" : "+r"(end)); /* else the compiler always takes it */
	t->end = end;
	return s[end] == '}';
}

/* Any scalar, or empty container, at p, the value of m, which ends at 0 if it
 * is none.  From now on one like it is expected. */
static NOINLINE struct token
run_other(const struct follow *c, struct json_member *m, size_t p)
{
	char ch = c->s[p];

	if (ch == '"') {
		m->how = HOW_STRING;
		return odd_string(c->s, c->n, p, c->bits);
	}
	if ((ch | 0x20) == '{') {
		m->how = HOW_OTHER;
		if (c->depth == c->doc->max_depth)
			return (struct token){ 0, 0 };
	} else {
		m->how = is_digit(ch) || ch == '-' ? HOW_NUMBER : HOW_WORD;
	}
	return plain_scalar(c->s, c->n, p);
}

/* True if a container is at p that is not empty, or that is too deep. */
INLINE bool
is_open(const struct follow *c, size_t p)
{
	return (c->s[p] | 0x20) == '{' &&
	    (c->s[p + 1] != c->s[p] + 2 || c->depth == c->doc->max_depth);
}

/* The member of which the text begins with the glue, m not being the one; NULL
 * if it is none of those to be expected. */
INLINE struct json_member *
run_later(struct follow *c, struct json_member *m, WIDE text)
{
	char *first = (char *)c->l->member;
	struct json_member *then = (void *)(first + m->link);

	c->regular = false;
	if ((wide_unlike(text, then->glue) & then->mask) == 0)
		return then;
	return later_member((void *)first, then, text);
}

/*
 * Members with scalars, as far as they come one behind the other, in objects.
 * Links lead on, so none is met twice unless one was looked for.
 *
 * Where a string ends tells where the next value is, if the next member is the
 * one to be expected; of anything else, the next name tells where it ends. That
 * saves waiting: what is known of the members is put together besides.
 */
INLINE enum run_end
run_members(struct follow *c, const size_t step)
{
	const char *const s = c->s;
	const struct stop_bits *const bits = c->bits;
	char *const first = (char *)c->l->member;
	struct json_member *m = c->m, *then;
	struct kl_json_node *to = c->node + c->k;
	uint64_t next = c->k + 1, counted = next;
	size_t p = c->p + m->n, at, behind, stop;
	struct token t;
	WIDE text;

	for (;;) {
		at = p - m->n;
		if (UNLIKELY(at >= c->n))
			return RUN_NO;
		text = wide(s + at);
		if (UNLIKELY((wide_unlike(text, m->glue) & m->mask) != 0)) {
			if ((then = run_later(c, m, text)) == NULL) {
				run_give(c, at, m, next, counted);
				return RUN_MEMBER;
			}
			m = then;
			p = at + m->n;
		}
		then = (void *)(first + m->link);
		stop = stop_behind(bits, p);
		behind = p + then->n + 2 + step;
		if (LIKELY(m->how == HOW_STRING && s[p] == '"')) {
			behind += stop;
			t.end = p + stop + 2;
			t.kind = kind_word(KL_JSON_STRING, false);
			if (UNLIKELY(s[p + stop + 1] != '"')) {
				t = run_other(c, m, p);
				behind = t.end + step + then->n;
			}
		} else {
			if (UNLIKELY(m->how >= HOW_OTHER ||
				!run_plain(s, (enum json_how)m->how, p,
				    p + 1 + stop - step, &t)))
				t = run_other(c, m, p);
			behind = t.end + step + then->n;
		}
		if (UNLIKELY(t.end == 0)) {
			if (!is_open(c, p))
				return RUN_NO;
			run_give(c, at, m, next, counted);
			if (s[p] == '{' ? !run_open(c, p) : !run_array(c, p))
				return RUN_MEMBER;
			next = counted = c->k + 1;
			to = c->node + c->k;
			if (s[p] == '{') {
				m = c->m;
				p = c->p + m->n;
				continue;
			}
			t.end = c->p;
			behind = t.end + step + then->n;
		} else {
			c->place[m->number] = (uint32_t)next;
			put_name(&to[0], m, at, next);
			put_half(&to[1].at, (uint64_t)(t.end - p) << 32 | p);
			put_half(&to[1].next,
			    ((uint64_t)t.kind << 32) + (next + 1));
			to += 2;
			next += 2;
		}
		if (UNLIKELY(!is_comma(s + t.end, step))) {
			run_give(c, t.end, m, next, counted);
			if (!run_close(c, step))
				return RUN_VALUE;
			m = c->m;
			then = (void *)(first + m->link);
			behind = c->p + step + then->n;
			counted = next;
		}
		m = then;
		p = behind;
	}
}

static NOINLINE enum run_end
run_tight(struct follow *c)
{
	return run_members(c, 1);
}

static NOINLINE enum run_end
run_wide(struct follow *c)
{
	return run_members(c, 2);
}

INLINE enum run_end
follow_run(struct follow *c)
{
	return c->step == 1 ? run_tight(c) : run_wide(c);
}

#endif /* JSON_RUN_H */
