/* SPDX-License-Identifier: MIT */
/* t_key.c - where keys come from, and from where they do not. */

#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kl/key.h"
#include "kl/time.h"
#include "ok.h"

static char dir[] = "/tmp/t_key.XXXXXX";
static char path[64], config[64];

static void
put(const char *to, const char *text, unsigned mode)
{
	FILE *f = fopen(to, "w");

	if (f == NULL || fputs(text, f) < 0 || fclose(f) != 0 ||
	    chmod(to, mode) != 0)
		exit(1);
}

static struct kl_key key;
static struct kl_err err;

static enum kl_rc
load(const char *file, const char *command, const char *conf)
{
	struct kl_key_from from = { .file = file,
		.command = command,
		.config = conf,
		.config_path = conf != NULL ? config : NULL };

	key = (struct kl_key){ 0 };
	err = (struct kl_err){ 0 };
	return kl_key_load(&key, &from, &err);
}

static void
test_files(void)
{
	static const unsigned modes[] = { 0640, 0604, 0644, 0620, 0601, 0660 };
	char want[120];
	size_t i;

	put(path, "  pk_file\n", 0600);
	ok(load(path, NULL, NULL) == KL_OK, "a file is read");
	is(key.text, "pk_file", "and trimmed");
	put(path, "pk_file", 0400);
	ok(load(path, NULL, NULL) == KL_OK, "mode 0400 is good");
	for (i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		put(path, "pk_canary", modes[i]);
		ok(load(path, NULL, NULL) == KL_ECONFIG && key.text[0] == '\0',
		    "a file others can read is refused");
		(void)snprintf(want, sizeof(want),
		    "the key file %s can be read by others (mode %04o)", path,
		    modes[i]);
		is(err.msg, want, "with path and mode");
		(void)snprintf(want, sizeof(want), "chmod 600 %s", path);
		is(err.hint, want, "and what to do");
	}
	ok(load("/nonexistent", NULL, NULL) == KL_ENOINPUT, "no such file");
	put(path, " \n", 0600);
	ok(load(path, NULL, NULL) == KL_ECONFIG, "an empty file");
	put(path, "pk_a\npk_b\n", 0600);
	ok(load(path, NULL, NULL) == KL_ECONFIG, "two words");
	ok(strstr(err.msg, "pk_") == NULL && strstr(err.hint, "pk_a") == NULL,
	    "which are not repeated");
	put(path, "pk_a\r\nX-Evil:1", 0600);
	ok(load(path, NULL, NULL) == KL_ECONFIG, "a header's worth");
}

static void
test_length(void)
{
	char text[1200];

	memset(text, 'k', sizeof(text));
	text[KL_KEY_MAX] = '\0';
	put(path, text, 0600);
	ok(load(path, NULL, NULL) == KL_OK && strlen(key.text) == KL_KEY_MAX,
	    "the longest key");
	text[KL_KEY_MAX] = 'k';
	text[KL_KEY_MAX + 1] = '\0';
	put(path, text, 0600);
	ok(load(path, NULL, NULL) == KL_ECONFIG, "one byte more");
	text[KL_KEY_MAX + 1] = 'k';
	text[sizeof(text) - 1] = '\0';
	put(path, text, 0600);
	ok(load(path, NULL, NULL) == KL_ECONFIG, "a whole file of it");
	kl_key_wipe(&key);
}

static void
test_commands(void)
{
	uint64_t t;

	ok(load(NULL, "echo pk_command", NULL) == KL_OK, "a command's output");
	is(key.text, "pk_command", "is the key");
	ok(load(NULL, "echo noise >&2; echo pk_c", NULL) == KL_OK,
	    "its noise is not ours");
	ok(load(NULL, "echo pk_c; exit 3", NULL) == KL_ECONFIG,
	    "a command that fails gives no key");
	is(err.msg, "the key command failed with status 3", "and is named");
	ok(load(NULL, "kill -9 $$", NULL) == KL_ECONFIG &&
		strstr(err.msg, "signal 9") != NULL,
	    "one that is killed, too");
	ok(load(NULL, "true", NULL) == KL_ECONFIG, "nothing is no key");
	ok(load(NULL, "cat", NULL) == KL_ECONFIG, "it does not read our input");
	ok(load(NULL, "exec yes", NULL) == KL_ECONFIG, "endless is no key");
	t = kl_now_mono();
	ok(load(NULL, "echo pk_bg; sleep 100 >/dev/null &", NULL) == KL_OK &&
		kl_now_mono() - t < 2000,
	    "what it leaves behind is not waited for");
	(void)setenv("KLAVIYO_API_KEY", "pk_env", 1);
	ok(load(NULL, "echo pk_x$KLAVIYO_API_KEY", NULL) == KL_OK,
	    "a command beside the variable");
	is(key.text, "pk_x", "does not see it");
}

static void
test_order(void)
{
	char *env;

	put(path, "pk_file", 0600);
	put(config, "{}", 0600);
	(void)setenv("CREDENTIALS_DIRECTORY", dir, 1);
	(void)setenv("KLAVIYO_API_KEY", "pk_env", 1);
	ok(load(path, "echo pk_command", "pk_conf") == KL_OK, "all at once");
	is(key.text, "pk_file", "the file is first");
	(void)load(NULL, "echo pk_command", "pk_conf");
	is(key.text, "pk_command", "then the command");
	(void)load(NULL, NULL, "pk_conf");
	is(key.text, "pk_file", "then the service's credentials");
	(void)setenv("CREDENTIALS_DIRECTORY", "/nonexistent", 1);
	(void)setenv("KLAVIYO_API_KEY", "pk_env", 1);
	env = getenv("KLAVIYO_API_KEY");
	(void)load(NULL, NULL, "pk_conf");
	is(key.text, "pk_env", "then the variable");
	ok(getenv("KLAVIYO_API_KEY") == NULL, "which is gone then");
	ok(env[0] == '\0' && env[5] == '\0', "also from memory");
	(void)load(NULL, NULL, "pk_conf");
	is(key.text, "pk_conf", "then the configuration");
	put(config, "{}", 0644);
	ok(load(NULL, NULL, "pk_conf") == KL_ECONFIG,
	    "unless others can read it");
	ok(load(NULL, NULL, NULL) == KL_ECONFIG, "and then there is none");
	is(err.code, "key_missing", "which is said");
	(void)setenv("KLAVIYO_API_KEY", "not a key", 1);
	ok(load(NULL, NULL, NULL) == KL_ECONFIG, "a variable that is no key");
}

int
main(void)
{
	if (mkdtemp(dir) == NULL)
		return 1;
	(void)snprintf(path, sizeof(path), "%s/klaviyo-api-key", dir);
	(void)snprintf(config, sizeof(config), "%s/sync.json", dir);
	(void)unsetenv("CREDENTIALS_DIRECTORY");
	(void)unsetenv("KLAVIYO_API_KEY");
	test_files();
	test_length();
	test_commands();
	test_order();
	(void)unlink(path);
	(void)unlink(config);
	(void)rmdir(dir);
	return done();
}
