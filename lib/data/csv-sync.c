/* SPDX-License-Identifier: MIT */
/*
 * csv-sync.c - where a row ends, also one that breaks the rules.
 *
 * Three small automata, one a reading (kl/csv.h).  On a row that keeps the
 * rules they agree.  A CR outside quotes is, as to libcsv, the end of a row,
 * after which a quote can open a value.
 */

#include "csv-priv.h"
#include "words.h"

enum state {
	START,
	PLAIN,
	QUOTED,
	QUOTE,
	STATES
};
enum kind {
	OTHER,
	DELIM,
	MARK,
	CR,
	KINDS
};

/* Where a newline ends the row: everywhere but within quotes. */
#define OPEN(state) ((state) == QUOTED)

static const unsigned char table[CSV_READINGS][STATES][KINDS] = {
	{
	    /* A stray quote is an ordinary character. */
	    [START] = { PLAIN, START, QUOTED, START },
	    [PLAIN] = { PLAIN, START, PLAIN, START },
	    [QUOTED] = { QUOTED, QUOTED, QUOTE, QUOTED },
	    [QUOTE] = { QUOTED, START, QUOTED, START },
	},
	{
	    /* A quote closes; what follows it is junk. */
	    [START] = { PLAIN, START, QUOTED, START },
	    [PLAIN] = { PLAIN, START, PLAIN, START },
	    [QUOTED] = { QUOTED, QUOTED, QUOTE, QUOTED },
	    [QUOTE] = { PLAIN, START, QUOTED, START },
	},
	{
	    /* Every quote opens or closes. */
	    [START] = { START, START, QUOTED, START },
	    [PLAIN] = { PLAIN, PLAIN, QUOTED, PLAIN },
	    [QUOTED] = { QUOTED, QUOTED, START, QUOTED },
	    [QUOTE] = { START, START, QUOTED, START },
	},
};

#define EACH(byte) (0x0101010101010101U * (uint64_t)(unsigned char)(byte))

/* True if one of the eight bytes is c. */
static inline bool
has(uint64_t w, char c)
{
	uint64_t x = w ^ EACH(c);

	return ((x - EACH(1)) & ~x & EACH(0x80)) != 0;
}

static inline enum kind
kind_of(const struct csv_form *form, char c)
{
	return c == form->delimiter ? DELIM
	    : c == form->quote	    ? MARK
	    : c == '\r'		    ? CR
				    : OTHER;
}

/* The first from i on that is not ordinary. */
static inline size_t
skip_ordinary(const struct csv_form *form, const char *s, size_t n, size_t i)
{
	uint64_t w;

	for (; n - i >= sizeof(w); i += sizeof(w)) {
		w = load8(s + i);
		if (has(w, form->delimiter) || has(w, form->quote) ||
		    has(w, '\r'))
			break;
	}
	while (i < n && kind_of(form, s[i]) == OTHER)
		i++;
	return i;
}

/* After one ordinary character others change no state. */
void
kl_csv_sync_feed(struct csv_sync *y, const struct csv_form *form, const char *s,
    size_t n)
{
	unsigned char a = y->state[0], b = y->state[1], c = y->state[2];
	enum kind k;
	size_t i;

	for (i = 0; i < n; i++) {
		k = kind_of(form, s[i]);
		y->opened |= k == MARK && a == START;
		a = table[0][a][k];
		b = table[1][b][k];
		c = table[2][c][k];
		if (k == OTHER)
			i = skip_ordinary(form, s, n, i + 1) - 1;
	}
	y->state[0] = a;
	y->state[1] = b;
	y->state[2] = c;
}

void
kl_csv_sync_newline(struct csv_sync *y)
{
	int i;

	for (i = 0; i < CSV_READINGS; i++)
		if (!OPEN(y->state[i]))
			y->state[i] = START;
}

bool
kl_csv_sync_ended(const struct csv_sync *y)
{
	int i, ended = 0;

	for (i = 0; i < CSV_READINGS; i++)
		ended += !OPEN(y->state[i]);
	return ended > CSV_READINGS / 2;
}
