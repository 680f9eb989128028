/* SPDX-License-Identifier: MIT */
/* key.c - where the API key comes from; it is in no message. */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kl/buf.h"
#include "kl/key.h"
#include "kl/time.h"

#define COMMAND_MS 10000
#define NAME "KLAVIYO_API_KEY"

/* Room for a key with white space around it; more is no key. */
#define RAW_MAX 1024

void
kl_key_wipe(struct kl_key *key)
{
	kl_wipe(key->text, sizeof(key->text));
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Take what was read as the key.  from says where, for messages. */
static enum kl_rc
accept_key(struct kl_key *key, const char *s, size_t n, const char *from,
    struct kl_err *err)
{
	size_t i;

	while (n > 0 && is_blank(*s))
		s++, n--;
	while (n > 0 && is_blank(s[n - 1]))
		n--;
	if (n == 0)
		return kl_err_set(err, KL_ECONFIG, "the key from %s is empty",
		    from);
	for (i = 0; i < n; i++)
		if (!(s[i] >= '0' && s[i] <= '9') &&
		    !((s[i] | 32) >= 'a' && (s[i] | 32) <= 'z') &&
		    s[i] != '_' && s[i] != '-')
			break;
	if (i < n || n > KL_KEY_MAX) {
		(void)kl_err_set(err, KL_ECONFIG, "what %s gives is no API key",
		    from);
		kl_err_code(err, "key_malformed");
		kl_err_hint(err,
		    "a key is one word of letters, digits, - and "
		    "_, beginning with pk_");
		return KL_ECONFIG;
	}
	memcpy(key->text, s, n);
	key->text[n] = '\0';
	key->from = from;
	return KL_OK;
}

static enum kl_rc
exposed(const char *path, const struct stat *st, struct kl_err *err)
{
	/* As ssh does: root may hand out a secret in other ways. */
	if (st->st_uid != getuid() || (st->st_mode & 077) == 0)
		return KL_OK;
	(void)kl_err_set(err, KL_ECONFIG,
	    "the key file %s can be read by others (mode %04o)", path,
	    (unsigned)st->st_mode & 07777);
	kl_err_code(err, "key_exposed");
	kl_err_hint(err, "chmod 600 %s", path);
	return KL_ECONFIG;
}

enum kl_rc
kl_key_file_check(const char *path, struct kl_err *err)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return kl_err_sys(err, KL_ENOINPUT,
		    "cannot read the key file "
		    "%s",
		    path);
	return exposed(path, &st, err);
}

/* Read up to size bytes; -1 with errno. */
static ssize_t
read_all(int fd, char *to, size_t size)
{
	size_t n = 0;
	ssize_t k;

	while (n < size) {
		k = read(fd, to + n, size - n);
		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return -1;
		if (k == 0)
			break;
		n += (size_t)k;
	}
	return (ssize_t)n;
}

static enum kl_rc
from_file(struct kl_key *key, const char *path, const char *from,
    struct kl_err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	char raw[RAW_MAX] = "";
	struct stat st;
	enum kl_rc rc;
	ssize_t n;

	if (fd < 0 || fstat(fd, &st) != 0) {
		rc = kl_err_sys(err, KL_ENOINPUT,
		    "cannot read the key file "
		    "%s",
		    path);
		if (fd >= 0)
			(void)close(fd);
		return rc;
	}
	rc = S_ISREG(st.st_mode) ? exposed(path, &st, err) : KL_OK;
	/* A named pipe, as of a shell's <(...), may wait for its writer. */
	(void)fcntl(fd, F_SETFL, 0);
	if (rc == KL_OK) {
		if ((n = read_all(fd, raw, sizeof(raw))) < 0)
			rc = kl_err_sys(err, KL_ENOINPUT,
			    "cannot read the key file %s", path);
		else
			rc = accept_key(key, raw, (size_t)n, from, err);
		kl_wipe(raw, sizeof(raw));
	}
	(void)close(fd);
	return rc;
}

/* In the child: its own process group, nothing of ours but stderr dropped. */
static void
run_command(const char *command, int out)
{
	char sh[] = "/bin/sh", c[] = "-c";
	char *argv[4] = { sh, c, NULL, NULL };
	int null = open("/dev/null", O_RDWR);

	if (setpgid(0, 0) != 0 || null < 0 || dup2(null, STDIN_FILENO) < 0 ||
	    dup2(out, STDOUT_FILENO) < 0 || dup2(null, STDERR_FILENO) < 0 ||
	    (argv[2] = strdup(command)) == NULL)
		_exit(127);
	(void)execv(sh, argv);
	_exit(127);
}

/* Read what the command prints until it ends it or time is over.  -1 then. */
static ssize_t
read_in_time(int fd, char *to, size_t size, uint64_t end)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	uint64_t now;
	size_t n = 0;
	ssize_t k;

	while (n < size && (now = kl_now_mono()) < end) {
		if (poll(&p, 1, (int)(end - now)) <= 0)
			continue;
		k = read(fd, to + n, size - n);
		if (k == 0 || (k < 0 && errno != EINTR))
			return k < 0 ? -1 : (ssize_t)n;
		n += k > 0 ? (size_t)k : 0;
	}
	return n == size ? (ssize_t)n : -1;
}

/* Wait for the child, not beyond end.  False if it had to be killed. */
static bool
reap(pid_t pid, uint64_t end, int *status)
{
	while (waitpid(pid, status, WNOHANG) == 0) {
		if (kl_now_mono() >= end) {
			(void)kill(-pid, SIGKILL);
			(void)kill(pid, SIGKILL);
			(void)waitpid(pid, status, 0);
			return false;
		}
		kl_sleep_ms(5);
	}
	return true;
}

static enum kl_rc
command_failed(bool in_time, int status, struct kl_err *err)
{
	if (!in_time)
		(void)kl_err_set(err, KL_ECONFIG,
		    "the key command did not end within %d s",
		    COMMAND_MS / 1000);
	else if (WIFEXITED(status))
		(void)kl_err_set(err, KL_ECONFIG,
		    "the key command failed with status %d",
		    WEXITSTATUS(status));
	else
		(void)kl_err_set(err, KL_ECONFIG,
		    "the key command was ended by signal %d", WTERMSIG(status));
	kl_err_code(err, "key_command");
	kl_err_hint(err, "run it by hand to see what it says");
	return KL_ECONFIG;
}

static enum kl_rc
from_command(struct kl_key *key, const char *command, struct kl_err *err)
{
	uint64_t end = kl_now_mono() + COMMAND_MS;
	int fd[2], status = 0;
	bool in_time = true;
	char raw[RAW_MAX] = "";
	enum kl_rc rc;
	ssize_t n;
	pid_t pid;

	if (pipe(fd) != 0)
		return kl_err_sys(err, KL_EIO, "pipe");
	(void)fcntl(fd[0], F_SETFD, FD_CLOEXEC);
	(void)fcntl(fd[1], F_SETFD, FD_CLOEXEC);
	if ((pid = fork()) < 0) {
		rc = kl_err_sys(err, KL_EIO, "fork");
		(void)close(fd[0]);
		(void)close(fd[1]);
		return rc;
	}
	if (pid == 0)
		run_command(command, fd[1]);
	(void)close(fd[1]);
	n = read_in_time(fd[0], raw, sizeof(raw), end);
	(void)close(fd[0]);
	in_time = reap(pid, n < 0 ? 0 : end, &status);
	if (!in_time || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
		rc = command_failed(in_time, status, err);
	else
		rc = accept_key(key, raw, (size_t)n, "the key command", err);
	kl_wipe(raw, sizeof(raw));
	return rc;
}

/* The file a service manager hands over; KL_EOF if there is none. */
static enum kl_rc
from_credentials(struct kl_key *key, struct kl_err *err)
{
	const char *dir = getenv("CREDENTIALS_DIRECTORY");
	struct kl_buf path = { .max = 4096 };
	enum kl_rc rc;

	if (dir == NULL || dir[0] == '\0')
		return KL_EOF;
	kl_buf_printf(&path, "%s/klaviyo-api-key", dir);
	if ((rc = kl_buf_check(&path, err)) == KL_OK) {
		if (access(kl_buf_str(&path), F_OK) != 0)
			rc = KL_EOF;
		else
			rc = from_file(key, kl_buf_str(&path),
			    "the service's credentials", err);
	}
	kl_buf_free(&path);
	return rc;
}

/* Copy the variable; unless it is kept, move it out of the environment,
 * whoever reads it there. */
static void
take_variable(char raw[RAW_MAX], bool keep)
{
	char *s = getenv(NAME);

	raw[0] = '\0';
	if (s == NULL)
		return;
	(void)snprintf(raw, RAW_MAX, "%s", s);
	if (keep)
		return;
	kl_wipe(s, strlen(s));
	(void)unsetenv(NAME);
}

static enum kl_rc
no_source(struct kl_err *err)
{
	(void)kl_err_set(err, KL_ECONFIG, "no API key was given");
	kl_err_code(err, "key_missing");
	kl_err_hint(err,
	    "use --key-file FILE, --key-command COMMAND, the "
	    "variable " NAME ", or klaviyo.api_key in the "
	    "configuration file");
	return KL_ECONFIG;
}

static enum kl_rc
from_config(struct kl_key *key, const struct kl_key_from *from,
    struct kl_err *err)
{
	enum kl_rc rc = KL_OK;

	if (from->config_path != NULL)
		rc = kl_key_file_check(from->config_path, err);
	if (rc != KL_OK)
		return rc;
	return accept_key(key, from->config, strlen(from->config),
	    "klaviyo.api_key in the configuration", err);
}

enum kl_rc
kl_key_load(struct kl_key *key, const struct kl_key_from *from,
    struct kl_err *err)
{
	char variable[RAW_MAX];
	enum kl_rc rc;

	take_variable(variable, from->keep_variable);
	if (from->file != NULL)
		rc = from_file(key, from->file, "the key file", err);
	else if (from->command != NULL)
		rc = from_command(key, from->command, err);
	else if ((rc = from_credentials(key, err)) == KL_EOF) {
		if (variable[0] != '\0')
			rc = accept_key(key, variable, strlen(variable), NAME,
			    err);
		else if (from->config != NULL)
			rc = from_config(key, from, err);
		else
			rc = no_source(err);
	}
	kl_wipe(variable, sizeof(variable));
	return rc;
}
