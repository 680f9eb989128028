/* SPDX-License-Identifier: MIT */
/*
 * csv-record.c - rows into records.
 *
 * All that stands between two values is made once.  Most values can stand in
 * JSON as they are and are short; both are copied in fixed steps.
 */

#include <stdlib.h>

#include "csv-priv.h"
#include "kl/count.h"
#include "kl/json.h"
#include "kl/table.h"

#define PIECE ((size_t)32)   /* copied at once of what stands before a value */
#define STEP ((size_t)32)    /* copied at once of a value */
#define SLACK (PIECE + STEP) /* that may be written past a copy */
#define LITTLE ((size_t)256) /* bytes of a value that is spelt out */

_Static_assert(STEP <= KL_CSV_AHEAD, "values are read so far ahead");

enum type {
	TEXT,
	AUTO,
	NUMBER,
	BOOL,
};

struct column {
	/* {"a":" for the first, ","b":" (closing the value before it) for the
	 * others; PIECE bytes can be read. */
	const char *before;
	size_t n;
	struct kl_span name; /* without escapes */
	enum type type;
};

/* A byte as JSON writes it. */
struct spelling {
	char s[7];
	unsigned char n;
};

struct kl_table {
	struct column *col;
	size_t n;
	struct kl_buf pieces, names, null;
	bool nulls; /* null says which */
	bool typed; /* any column is not text */
	struct spelling spelling[256];
};

void
kl_table_free(struct kl_table *t)
{
	if (t == NULL)
		return;
	kl_buf_free(&t->pieces);
	kl_buf_free(&t->names);
	kl_buf_free(&t->null);
	free(t->col);
	free(t);
}

size_t
kl_table_columns(const struct kl_table *t)
{
	return t->n;
}

struct kl_span
kl_table_name(const struct kl_table *t, size_t i)
{
	return t->col[i].name;
}

bool
kl_table_is_plain(const struct kl_table *t)
{
	return !t->typed && !t->nulls;
}

/* --- types ---------------------------------------------------------------- */

/* A word of --types; false if it is none. */
static bool
type_of(struct kl_span word, enum type *type)
{
	static const struct {
		const char *word;
		enum type type;
	} known[] = { { "text", TEXT }, { "number", NUMBER },
		{ "bool", BOOL } };

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (kl_span_is(word, known[i].word)) {
			*type = known[i].type;
			return true;
		}
	return false;
}

/* One item of --types: NAME:TYPE. */
static enum kl_rc
set_type(struct kl_table *t, struct kl_span item, size_t number,
    struct kl_err *err)
{
	struct kl_span name = item;
	enum type type = TEXT;

	while (name.n > 0 && name.s[name.n - 1] != ':')
		name.n--;
	if (name.n == 0 ||
	    !type_of((struct kl_span){ name.s + name.n, item.n - name.n },
		&type)) {
		(void)kl_err_set(err, KL_EUSAGE, "--types: item %zu is no type",
		    number);
		kl_err_hint(err, "auto, NAME:text, NAME:number or NAME:bool");
		return KL_EUSAGE;
	}
	name.n--;
	for (size_t i = 0; i < t->n; i++)
		if (kl_span_eq(t->col[i].name, name)) {
			t->col[i].type = type;
			return KL_OK;
		}
	(void)kl_err_set(err, KL_EUSAGE,
	    "--types: item %zu is for a column that the table does not have",
	    number);
	return KL_EUSAGE;
}

/* The items; "auto" is for all that have no other. */
static enum kl_rc
set_all_types(struct kl_table *t, const struct kl_csv_row *row,
    struct kl_err *err)
{
	enum kl_rc rc = KL_OK;

	for (size_t i = 0; i < row->n; i++)
		for (size_t k = 0; k < t->n; k++)
			if (kl_span_is(row->field[i], "auto"))
				t->col[k].type = AUTO;
	for (size_t i = 0; i < row->n && rc == KL_OK; i++)
		if (!kl_span_is(row->field[i], "auto"))
			rc = set_type(t, row->field[i], i + 1, err);
	for (size_t k = 0; k < t->n; k++)
		t->typed |= t->col[k].type != TEXT;
	return rc;
}

static enum kl_rc
set_types(struct kl_table *t, const char *types, struct kl_err *err)
{
	struct kl_csv *csv = kl_csv_new(NULL, &(struct kl_csv_form){ 0 });
	struct kl_csv_row row;
	enum kl_rc rc;

	if (csv == NULL)
		return kl_err_nomem(err);
	rc = kl_csv_row(csv, types, strlen(types), &row, err);
	if (rc == KL_EOF)
		rc = kl_err_set(err, KL_EUSAGE, "no type is named");
	else if (rc == KL_EDATA || rc == KL_ETOOBIG)
		rc = kl_err_set(err, KL_EUSAGE, "the types are no row of CSV");
	else if (rc == KL_OK)
		rc = set_all_types(t, &row, err);
	kl_csv_free(csv);
	return rc;
}

/* --- columns -------------------------------------------------------------- */

/* Make the pieces, then point at them: they move while they are made. */
static enum kl_rc
set_columns(struct kl_table *t, const struct kl_span *name, struct kl_err *err)
{
	const char *piece, *text;
	size_t at;

	for (size_t i = 0; i < t->n; i++) {
		at = t->pieces.n;
		kl_buf_puts(&t->pieces, i == 0 ? "{" : "\",");
		kl_json_put_text(&t->pieces, name[i].s, name[i].n);
		kl_buf_puts(&t->pieces, ":\"");
		kl_buf_span(&t->names, name[i]);
		t->col[i].n = t->pieces.n - at;
	}
	if (kl_buf_room(&t->pieces, PIECE))
		memset(t->pieces.s + t->pieces.n, 0, PIECE);
	if (kl_buf_check(&t->pieces, err) != KL_OK ||
	    kl_buf_check(&t->names, err) != KL_OK)
		return err->rc;
	piece = t->pieces.s;
	text = t->names.s;
	for (size_t i = 0; i < t->n; i++) {
		t->col[i].before = piece;
		t->col[i].name = (struct kl_span){ text, name[i].n };
		piece += t->col[i].n;
		text += name[i].n;
	}
	return KL_OK;
}

/* How JSON writes each byte. */
static enum kl_rc
set_spelling(struct kl_table *t, struct kl_err *err)
{
	struct kl_buf b = { 0 };
	enum kl_rc rc = KL_OK;
	char c;

	for (unsigned i = 0; i < 256 && rc == KL_OK; i++) {
		c = (char)i;
		kl_buf_reset(&b);
		kl_json_put_text(&b, &c, 1);
		if ((rc = kl_buf_check(&b, err)) != KL_OK)
			break;
		/* Without the quotes. */
		t->spelling[i].n = (unsigned char)(b.n - 2);
		memcpy(t->spelling[i].s, b.s + 1, b.n - 2);
	}
	kl_buf_free(&b);
	return rc;
}

enum kl_rc
kl_table_new(struct kl_table **to, const struct kl_span *name, size_t n,
    const struct kl_table_form *form, struct kl_err *err)
{
	struct kl_table *t;
	enum kl_rc rc;

	if ((rc = kl_csv_names(name, n, err)) != KL_OK)
		return rc;
	if ((t = calloc(1, sizeof(*t))) == NULL ||
	    (t->col = calloc(n, sizeof(*t->col))) == NULL) {
		free(t);
		return kl_err_nomem(err);
	}
	t->n = n;
	rc = set_columns(t, name, err);
	if (rc == KL_OK)
		rc = set_spelling(t, err);
	if (form->null != NULL) {
		t->nulls = true;
		kl_buf_puts(&t->null, form->null);
		if (rc == KL_OK)
			rc = kl_buf_check(&t->null, err);
	}
	if (rc == KL_OK && form->types != NULL)
		rc = set_types(t, form->types, err);
	if (rc == KL_OK)
		*to = t;
	else
		kl_table_free(t);
	return rc;
}

void
kl_table_blame(const struct kl_table *t, const struct kl_csv_row *row,
    struct kl_err *err)
{
	if (row->bad > 0 && row->bad <= t->n && err->field[0] == '\0')
		kl_err_field(err, t->col[row->bad - 1].name.s,
		    t->col[row->bad - 1].name.n);
}

/* --- rows ----------------------------------------------------------------- */

/* Copy what stands before a value. */
static inline char *
put_before(char *p, const struct column *c)
{
	memcpy(p, c->before, PIECE);
	if (c->n > PIECE)
		memcpy(p + PIECE, c->before + PIECE, c->n - PIECE);
	return p + c->n;
}

/* A value of which STEP bytes can be read. */
static inline char *
put_text(char *p, struct kl_span f)
{
	memcpy(p, f.s, STEP);
	if (f.n > STEP)
		memcpy(p + STEP, f.s + STEP, f.n - STEP);
	return p + f.n;
}

/* The values from i up to the end, which can stand in JSON as they are; safe
 * is the first that is not read further than it goes. */
static inline char *
put_texts(const struct kl_table *t, char *p, const struct kl_span *f, size_t i,
    size_t end, size_t safe)
{
	size_t most = end < safe ? end : safe;

	for (; i < most; i++)
		p = put_text(put_before(p, &t->col[i]), f[i]);
	for (; i < end; i++) {
		p = put_before(p, &t->col[i]);
		memcpy(p, f[i].s, f[i].n);
		p += f[i].n;
	}
	return p;
}

/* Up to here STEP bytes of a value may be read: of one that lies
 * elsewhere, always. */
static inline size_t
safe_values(const struct kl_csv_row *row)
{
	const char *end = row->raw.s + row->raw.n;
	size_t n = row->n;

	if (row->spare < STEP)
		while (n > 0 && (size_t)(end - row->field[n - 1].s) < STEP)
			n--;
	return n;
}

/* Room for all values but the rough ones, and for a little one of those. */
static inline bool
room(const struct kl_table *t, struct kl_buf *b, const struct kl_csv_row *row)
{
	size_t n = t->pieces.n + row->raw.n + 2 + SLACK;

	if (row->roughs > 0)
		n += LITTLE * sizeof(t->spelling->s);
	return b->cap - b->n >= n || kl_buf_room(b, n);
}

/* A value that may need escapes, and for which there is room: the same for
 * every byte takes less time than to ask which it is. */
static inline char *
spell(const struct kl_table *t, char *p, struct kl_span f)
{
	const struct spelling *c;

	for (size_t i = 0; i < f.n; i++) {
		c = &t->spelling[(unsigned char)f.s[i]];
		memcpy(p, c, sizeof(*c));
		p += c->n;
	}
	return p;
}

/* A row of texts. */
static void
put_row(const struct kl_table *t, struct kl_buf *b,
    const struct kl_csv_row *row)
{
	const struct kl_span *f = row->field;
	size_t i = 0, rough, safe = safe_values(row);
	char *p;

	if (!room(t, b, row))
		return;
	p = b->s + b->n;
	for (size_t r = 0; r < row->roughs; r++, i = rough + 1) {
		rough = row->rough[r];
		p = put_texts(t, p, f, i, rough, safe);
		p = put_before(p, &t->col[rough]);
		if (f[rough].n <= LITTLE) {
			p = spell(t, p, f[rough]);
			b->n = (size_t)(p - b->s);
		} else {
			/* Without the quotes, which this writes. */
			b->n = (size_t)(p - b->s) - 1;
			kl_json_put_text(b, f[rough].s, f[rough].n);
			b->n--;
		}
		if (!room(t, b, row))
			return;
		p = b->s + b->n;
	}
	p = put_texts(t, p, f, i, t->n, safe);
	memcpy(p, "\"}", 2);
	b->n = (size_t)(p + 2 - b->s);
}

/* A row of texts of which nothing is known. */
static void
put_escaped(const struct kl_table *t, struct kl_buf *b,
    const struct kl_csv_row *row)
{
	for (size_t i = 0; i < t->n; i++) {
		/* Without the quotes, which put_text writes. */
		kl_buf_put(b, t->col[i].before + (i > 0),
		    t->col[i].n - 1 - (i > 0));
		kl_json_put_text(b, row->field[i].s, row->field[i].n);
	}
	kl_buf_putc(b, '}');
}

/* The digits from i on, at least one; 0 if there is none. */
static size_t
digits(struct kl_span s, size_t i)
{
	size_t from = i;

	while (i < s.n && s.s[i] >= '0' && s.s[i] <= '9')
		i++;
	return i > from ? i : 0;
}

/* True if JSON would write the number like that. */
static bool
is_number(struct kl_span s)
{
	size_t i = s.n > 0 && s.s[0] == '-';

	if (i < s.n && s.s[i] == '0')
		i++;
	else if ((i = digits(s, i)) == 0)
		return false;
	if (i < s.n && s.s[i] == '.' && (i = digits(s, i + 1)) == 0)
		return false;
	if (i < s.n && (s.s[i] | 32) == 'e') {
		i++;
		if (i < s.n && (s.s[i] == '+' || s.s[i] == '-'))
			i++;
		if ((i = digits(s, i)) == 0)
			return false;
	}
	return i == s.n;
}

static bool
is_bool(struct kl_span s)
{
	return kl_span_is(s, "true") || kl_span_is(s, "false");
}

/* The value is none of its column. */
static enum kl_rc
not_of_type(const struct column *c, struct kl_err *err)
{
	if (c->type == NUMBER) {
		(void)kl_err_set(err, KL_EDATA, "not a number");
		kl_err_code(err, "not_number");
		kl_err_hint(err,
		    "as JSON writes numbers: no leading zero or plus, a point "
		    "before decimals, nothing between the digits");
	} else {
		(void)kl_err_set(err, KL_EDATA, "neither true nor false");
		kl_err_code(err, "not_bool");
	}
	kl_err_field(err, c->name.s, c->name.n);
	return KL_EDATA;
}

/* A value by its type. */
static enum kl_rc
put_typed(const struct column *c, struct kl_buf *b, struct kl_span s,
    struct kl_err *err)
{
	bool number = c->type == AUTO || c->type == NUMBER;
	bool boolean = c->type == AUTO || c->type == BOOL;

	if ((number && is_number(s)) || (boolean && is_bool(s)))
		kl_buf_span(b, s);
	else if (c->type == TEXT || c->type == AUTO || s.n == 0)
		kl_json_put_text(b, s.s, s.n);
	else
		return not_of_type(c, err);
	return KL_OK;
}

static enum kl_rc
put_values(const struct kl_table *t, struct kl_buf *b,
    const struct kl_csv_row *row, struct kl_err *err)
{
	struct kl_span null = { t->null.s, t->null.n };
	const struct column *c;
	enum kl_rc rc = KL_OK;

	for (size_t i = 0; i < t->n && rc == KL_OK; i++) {
		c = &t->col[i];
		kl_buf_put(b, c->before + (i > 0), c->n - 1 - (i > 0));
		if (t->nulls && kl_span_eq(row->field[i], null) &&
		    !kl_csv_quoted(row, i))
			kl_buf_put(b, "null", 4);
		else
			rc = put_typed(c, b, row->field[i], err);
	}
	kl_buf_putc(b, '}');
	return rc;
}

bool
kl_table_fits(const struct kl_table *t, const struct kl_csv_row *row,
    size_t max)
{
	/* A byte makes six at most: \u0001.  The row is that of a reader, far
	 * from SIZE_MAX. */
	return row->n == t->n && kl_table_is_plain(t) &&
	    t->pieces.n + 6 * row->raw.n + 2 <= max;
}

/* A row with another number of values than there are columns. */
static enum kl_rc
ragged(const struct kl_table *t, const struct kl_csv_row *row,
    struct kl_err *err)
{
	(void)kl_err_set(err, KL_EDATA, "%s for %s",
	    KL_COUNT(row->n, "value", "values"),
	    KL_COUNT(t->n, "column", "columns"));
	kl_err_code(err, row->n < t->n ? "row_short" : "row_long");
	if (row->n > t->n)
		kl_err_hint(err, "is a delimiter in a value without quotes?");
	else if (!row->eol)
		kl_err_hint(err,
		    "the last line has no newline: the input may "
		    "have been cut short");
	else
		kl_err_hint(err, "is a newline in a value without quotes?");
	return KL_EDATA;
}

enum kl_rc
kl_table_put(const struct kl_table *t, struct kl_buf *b,
    const struct kl_csv_row *row, struct kl_err *err)
{
	enum kl_rc rc = KL_OK;

	if (row->n != t->n)
		return ragged(t, row, err);
	if (t->typed || t->nulls)
		rc = put_values(t, b, row, err);
	else if (row->plain || row->rough != NULL)
		put_row(t, b, row);
	else
		put_escaped(t, b, row);
	return rc == KL_OK ? kl_buf_check(b, err) : rc;
}
