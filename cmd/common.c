/* SPDX-License-Identifier: MIT */
/* common.c - what every program does the same way: start, speak, finish. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common.h"
#include "kl/file.h"
#include "kl/version.h"

struct cmd_common cmd_common;

static const struct cmd_about *self;
static void (*clear_line)(void *);
static void *clear_ctx;

/* The first row is the one that cmd_about can leave out. */
static const struct kl_opt common_opts[] = {
	{ 'c', "config", "FILE", "configuration, JSON; see kl(7)", KL_OPT_STR,
	    KL_ENV_COMMON, &cmd_common.config, 0, 0, NULL },
	{ 'q', "quiet", NULL, "say errors only", KL_OPT_FLAG, KL_ENV_COMMON,
	    &cmd_common.quiet, 0, 0, NULL },
	{ 'v', "verbose", NULL, "say more", KL_OPT_COUNT, KL_ENV_COMMON,
	    &cmd_common.verbose, 0, 0, NULL },
	{ 'h', "help", NULL, "show this help", KL_OPT_HELP, KL_ENV_NONE,
	    &cmd_common.help, 0, 0, NULL },
	{ 'V', "version", NULL, "show the version", KL_OPT_HELP, KL_ENV_NONE,
	    &cmd_common.version, 0, 0, NULL },
	{ 0 },
};

/* Copy text for people; what could steer a terminal becomes a question
 * mark: C0, DEL, and the C1 and bidirectional controls of Unicode. */
static void
put_harmless(struct kl_buf *b, const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];
		unsigned char d = i + 1 < n ? (unsigned char)s[i + 1] : 0;
		unsigned char e = i + 2 < n ? (unsigned char)s[i + 2] : 0;

		if ((c < 0x20 && c != '\n') || c == 0x7F)
			kl_buf_putc(b, '?');
		else if (c == 0xC2 && d >= 0x80 && d < 0xA0) {
			kl_buf_putc(b, '?');
			i += 1;
		} else if (c == 0xE2 &&
		    ((d == 0x80 && e >= 0xAA && e <= 0xAE) ||
			(d == 0x81 && e >= 0xA6 && e <= 0xA9))) {
			kl_buf_putc(b, '?');
			i += 2;
		} else
			kl_buf_putc(b, (char)c);
	}
}

static void
speak(const char *fmt, va_list ap)
{
	struct kl_buf line = { 0 };
	char text[1200];
	int n = vsnprintf(text, sizeof(text), fmt, ap);

	if (n < 0)
		return;
	if ((size_t)n >= sizeof(text))
		n = sizeof(text) - 1;
	if (isatty(STDERR_FILENO)) /* over another program's progress */
		kl_buf_puts(&line, "\r\033[K");
	kl_buf_printf(&line, "%s: ", self != NULL ? self->name : "kl");
	put_harmless(&line, text, (size_t)n);
	kl_buf_putc(&line, '\n');
	if (clear_line != NULL)
		clear_line(clear_ctx);
	(void)kl_write_all(STDERR_FILENO, line.s, line.n);
	kl_buf_free(&line);
}

void
cmd_before_speaking(void (*clear)(void *), void *ctx)
{
	clear_line = clear;
	clear_ctx = ctx;
}

bool
cmd_wants_progress(const char *when)
{
	struct stat st;

	if (strcmp(when, "auto") != 0)
		return *when == 'a';
	return !cmd_common.quiet && isatty(STDERR_FILENO) &&
	    !isatty(STDOUT_FILENO) && fstat(STDOUT_FILENO, &st) == 0 &&
	    !S_ISFIFO(st.st_mode);
}

void
cmd_say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	speak(fmt, ap);
	va_end(ap);
}

void
cmd_note(const char *fmt, ...)
{
	va_list ap;

	if (cmd_common.quiet)
		return;
	va_start(ap, fmt);
	speak(fmt, ap);
	va_end(ap);
}

static bool
is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '_' || (unsigned char)c >= 0x80;
}

/* True if the message has the field as a word of its own. */
static bool
names(const char *msg, const char *field)
{
	size_t n = strlen(field);
	const char *p = msg;

	for (; (p = strstr(p, field)) != NULL; p++)
		if ((p == msg || !is_word(p[-1])) && !is_word(p[n]))
			return true;
	return false;
}

int
cmd_fail(uint64_t line, const struct kl_err *err)
{
	char at[40] = "";
	bool named = err->field[0] != '\0' && !names(err->msg, err->field);

	if (line != 0)
		(void)snprintf(at, sizeof(at),
		    "line %llu: ", (unsigned long long)line);
	cmd_say("%s%s%s%s%s%s", at, named ? err->field : "", named ? ": " : "",
	    err->msg, err->hint[0] != '\0' ? "; " : "", err->hint);
	return kl_err_exit(err->rc);
}

void
cmd_die(const struct kl_err *err)
{
	exit(cmd_fail(0, err));
}

void
cmd_usage(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	speak(fmt, ap);
	va_end(ap);
	if (self != NULL) {
		struct kl_buf b = { 0 };

		kl_buf_printf(&b, "usage: %s %s\n", self->name, self->synopsis);
		(void)kl_write_all(STDERR_FILENO, b.s, b.n);
		kl_buf_free(&b);
	}
	exit(64);
}

/* The names of the environment, wrapped. */
static void
put_environment(struct kl_buf *b, const struct kl_opt *const *tables)
{
	struct kl_buf name = { 0 };
	size_t t, width = 80;
	const struct kl_opt *r;

	kl_buf_puts(b, "\nenvironment, for options not given:");
	for (t = 0; tables[t] != NULL; t++)
		for (r = tables[t]; r->name != NULL; r++) {
			if (r->env == KL_ENV_NONE)
				continue;
			kl_buf_reset(&name);
			kl_opt_env_name(&name, self->name, r);
			if (width + 1 + name.n > 78) {
				kl_buf_puts(b, "\n ");
				width = 1;
			}
			kl_buf_printf(b, " %s", kl_buf_str(&name));
			width += 1 + name.n;
		}
	kl_buf_putc(b, '\n');
	kl_buf_free(&name);
}

static void
help(const struct kl_opt *const *tables)
{
	struct kl_buf b = { 0 };

	kl_buf_printf(&b, "usage: %s %s\n\n%s\n", self->name, self->synopsis,
	    self->purpose);
	if (self->examples != NULL)
		kl_buf_printf(&b, "\nexamples:\n%s", self->examples);
	kl_buf_puts(&b, "\noptions:\n");
	kl_opt_help(&b, tables);
	put_environment(&b, tables);
	kl_buf_printf(&b, "\nExit statuses and the whole story: %s(1), kl(7)\n",
	    self->name);
	(void)kl_write_all(STDOUT_FILENO, b.s, b.n);
	kl_buf_free(&b);
	exit(0);
}

static void
version(void)
{
	struct kl_buf b = { 0 };

	kl_buf_printf(&b, "%s %s (Klaviyo revision %s)\n", self->name,
	    KL_VERSION, KL_REVISION);
	(void)kl_write_all(STDOUT_FILENO, b.s, b.n);
	kl_buf_free(&b);
	exit(0);
}

#define KEY "KLAVIYO_API_KEY" /* see kl/key.h */

/* All tables of a program: its own, further ones, the common one, NULL. */
#define TABLES 20

static void
gather_tables(const struct cmd_about *about,
    const struct kl_opt *tables[TABLES])
{
	size_t n = 1, i;

	tables[0] = about->own;
	for (i = 0; about->groups != NULL && about->groups[i] != NULL; i++)
		tables[n++] = about->groups[i];
	tables[n] = common_opts + (about->no_config ? 1 : 0);
}

const char *
cmd_given(const struct cmd_about *about, const struct kl_opt *rows, int argc,
    char *argv[])
{
	const struct kl_opt *tables[TABLES] = { NULL }, *r;

	gather_tables(about, tables);
	r = kl_opt_given(tables, rows, argc, argv);
	return r == NULL ? NULL : r->name;
}

void
cmd_alternatives(const struct cmd_about *about, const struct kl_opt *rows,
    int argc, char *argv[])
{
	struct kl_buf name = { 0 };

	if (cmd_given(about, rows, argc, argv) == NULL)
		return;
	for (; rows->name != NULL; rows++) {
		kl_buf_reset(&name);
		kl_opt_env_name(&name, about->name, rows);
		(void)unsetenv(kl_buf_str(&name));
	}
	kl_buf_free(&name);
}

/* Whether the program opens connections. */
static bool
takes_key(const struct kl_opt *const *tables)
{
	const struct kl_opt *r;

	for (; *tables != NULL; tables++)
		for (r = *tables; r->name != NULL; r++)
			if (strcmp(r->name, "key-file") == 0)
				return true;
	return false;
}

void
cmd_drop_key(void)
{
	char *key = getenv(KEY);

	if (key == NULL)
		return;
	kl_wipe(key, strlen(key));
	(void)unsetenv(KEY);
}

int
cmd_start(const struct cmd_about *about, int argc, char *argv[])
{
	const struct kl_opt *tables[TABLES] = { NULL };
	struct kl_err err = { 0 };
	int operands;
	enum kl_rc rc;

	self = about;
	gather_tables(about, tables);
	rc = kl_opt_parse(about->name, tables, argc, argv, &operands, &err);
	if (cmd_common.help)
		help(tables);
	if (cmd_common.version)
		version();
	if (rc != KL_OK && err.hint[0] != '\0')
		cmd_usage("%s; %s", err.msg, err.hint);
	if (rc != KL_OK)
		cmd_usage("%s", err.msg);
	if (!takes_key(tables))
		cmd_drop_key();
	return operands;
}

void
cmd_config(struct kl_config *c)
{
	struct kl_err err = { 0 };

	cmd_drop_key();
	if (cmd_common.config == NULL)
		return;
	if (kl_config_load(c, cmd_common.config, false, &err) != KL_OK)
		cmd_die(&err);
	if (c->key_exposed)
		cmd_note("warning: %s holds a key and others can read it "
			 "(mode %04o); chmod 600 %s",
		    c->path, c->mode, c->path);
}

enum kl_rc
cmd_write_file(const char *path, const void *s, size_t n, struct kl_err *err)
{
	struct kl_replace *r;
	enum kl_rc rc;

	if ((rc = kl_replace_new(&r, path, err)) != KL_OK)
		return rc;
	if (kl_write_all(kl_replace_fd(r), s, n))
		return kl_replace_commit(r, err);
	rc = kl_err_sys(err, KL_EIO, "cannot write %s", path);
	kl_replace_drop(r);
	return rc;
}
