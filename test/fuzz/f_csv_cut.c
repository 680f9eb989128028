/* SPDX-License-Identifier: MIT */
/*
 * f_csv_cut.c - a table cut into blocks against the whole of it.
 *
 * As long as each block comes to its end between two rows, the rows of the
 * blocks are those of the whole: values, verdicts and places.
 */

#include <assert.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kl/csv.h"

static int
descriptor(const uint8_t *s, size_t n)
{
	int fd = memfd_create("f_csv_cut", 0);

	assert(fd >= 0 && write(fd, s, n) == (ssize_t)n);
	assert(lseek(fd, 0, SEEK_SET) == 0);
	return fd;
}

/* Write down all there is to know of a row. */
static void
write_down(struct kl_buf *b, const struct kl_csv_row *row, enum kl_rc rc,
    const struct kl_err *err)
{
	kl_buf_printf(b,
	    "%llu %llu %d %d %zu %s:", (unsigned long long)row->line,
	    (unsigned long long)row->offset, row->eol, row->plain, row->raw.n,
	    rc == KL_OK ? "" : err->code);
	for (size_t i = 0; rc == KL_OK && i < row->n; i++) {
		kl_buf_span(b, row->field[i]);
		kl_buf_putc(b, '\xFF');
	}
	kl_buf_putc(b, '\n');
}

/* Rows up to the end, or to one after which nothing can be told; false
 * then. */
static bool
rows_of(struct kl_csv *csv, struct kl_buf *b, uint64_t lines)
{
	struct kl_csv_row row;
	struct kl_err err;
	enum kl_rc rc;

	while ((rc = kl_csv_next(csv, &row, &err)) != KL_EOF) {
		if (row.last)
			return false;
		row.line += lines;
		write_down(b, &row, rc, &err);
	}
	return true;
}

static bool
in_blocks(int fd, struct kl_csv_form *form, struct kl_buf *b)
{
	struct kl_lines *in = kl_lines_new(fd, 0);
	struct kl_lines *part = kl_lines_new_block(0);
	struct kl_block block = { 0 };
	struct kl_csv *csv;
	struct kl_err err;
	uint64_t lines = 0;
	size_t cut;
	bool good = true;

	while (
	    good && kl_lines_block(in, &block, -1, NULL, NULL, &err) == KL_OK) {
		/* All of it is there: small pieces, by the same rule. */
		while (good && block.n > 0) {
			struct kl_block piece = block;

			cut = kl_csv_cut(form, block.s,
			    block.n < 40 ? block.n : 40, true);
			piece.n = cut > 0 ? cut : block.n;
			kl_lines_of_block(part, &piece);
			csv = kl_csv_new(part, form);
			assert(csv != NULL);
			if (block.offset > 0)
				kl_csv_begun(csv);
			good = rows_of(csv, b, lines);
			kl_csv_free(csv);
			lines += kl_lines_counted(part);
			block.s += piece.n;
			block.n -= piece.n;
			block.offset += piece.n;
		}
	}
	kl_block_free(&block);
	kl_lines_free(part);
	kl_lines_free(in);
	return good;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char quotes[] = "\"'|";
	struct kl_csv_form form = { 0 };
	struct kl_buf whole = { 0 }, parts = { 0 };
	struct kl_lines *in;
	struct kl_csv *csv;
	bool all;
	int fd;

	if (size < 1)
		return 0;
	form.no_quotes = (data[0] & 7) == 0;
	form.delimiter = ',';
	form.quote = quotes[(data[0] >> 3) % 3];
	fd = descriptor(data + 1, size - 1);
	in = kl_lines_new(fd, 0);
	csv = kl_csv_new(in, &form);
	all = rows_of(csv, &whole, 0);
	kl_csv_free(csv);
	kl_lines_free(in);

	assert(lseek(fd, 0, SEEK_SET) == 0);
	if (in_blocks(fd, &form, &parts)) {
		assert(all);
		assert(whole.n == parts.n);
		assert(whole.n == 0 || memcmp(whole.s, parts.s, whole.n) == 0);
	} else {
		/* Up to there it is the same. */
		assert(parts.n <= whole.n);
		assert(parts.n == 0 || memcmp(whole.s, parts.s, parts.n) == 0);
	}
	(void)close(fd);
	kl_buf_free(&whole);
	kl_buf_free(&parts);
	return 0;
}
