/* SPDX-License-Identifier: MIT */
/* t_open.c - a client out of the environment, a file, or what is given. */

#include "raw.h"

#include <sys/stat.h>

#include "kl/open.h"
#include "ok.h"

static const struct raw_step script[] = {
	{ .status = 200, .body = "{\"data\":[]}" },
};

static char dir[] = "/tmp/t_open.XXXXXX";
static char config[64], key_file[64];
static struct raw server;
static struct kl_err err;

static void
put(const char *to, unsigned mode, const char *text)
{
	FILE *f = fopen(to, "w");

	if (f == NULL || fputs(text, f) < 0 || fclose(f) != 0 ||
	    chmod(to, mode) != 0)
		exit(1);
}

/* The configuration file: a key and the server's address. */
static void
put_config(unsigned mode)
{
	char text[200];

	(void)snprintf(text, sizeof(text),
	    "{\"klaviyo\":{\"api_key\":\"pk_config\",\"base_url\":\"%s\"}}",
	    server.url);
	put(config, mode, text);
}

static void
forget(void)
{
	static const char *const names[] = { "KLAVIYO_API_KEY", "KL_BASE_URL",
		"KL_CONFIG", "KL_KEY_FILE", "KL_CACERT", "KL_TIMEOUT",
		"KL_GIVE_UP_AFTER", "CREDENTIALS_DIRECTORY" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		(void)unsetenv(names[i]);
}

/* Open and make one request: the key it was made with, or the code of the
 * failure. */
static const char *
key_used(const struct kl_open *from)
{
	struct kl_call call = { .ep = kl_endpoint(KL_EP_LISTS) };
	struct kl_client *c = NULL;
	struct kl_answer a;
	static char key[64];
	const char *at;
	unsigned n;

	err = (struct kl_err){ 0 };
	if (kl_client_open(&c, from, &err) != KL_OK)
		return err.code[0] != '\0' ? err.code : err.msg;
	n = atomic_load(&server.seen->requests);
	(void)kl_client_call(c, &call, &a, &err);
	kl_client_free(c);
	at = strstr(server.seen->head[n], "Klaviyo-API-Key ");
	if (err.rc != KL_OK || at == NULL)
		return err.msg;
	at += 16;
	(void)snprintf(key, sizeof(key), "%.*s", (int)strcspn(at, "\r\n"), at);
	return key;
}

static void
test_environment(void)
{
	forget();
	is(key_used(NULL), "key_missing", "without a key there is no client");
	ok(err.rc == KL_ECONFIG, "which is a matter of configuration");
	is(err.hint,
	    "set KLAVIYO_API_KEY, or KL_KEY_FILE to a file with it, or "
	    "klaviyo.api_key in a configuration file",
	    "and the hint speaks of no options");
	(void)setenv("KL_BASE_URL", server.url, 1);
	(void)setenv("KLAVIYO_API_KEY", "pk_variable", 1);
	is(key_used(NULL), "pk_variable", "the environment is enough");
	is(key_used(NULL), "pk_variable", "for a second client too");
	put(key_file, 0600, "pk_file\n");
	(void)setenv("KL_KEY_FILE", key_file, 1);
	is(key_used(NULL), "pk_file", "KL_KEY_FILE comes first");
	(void)setenv("KL_TIMEOUT", "soon", 1);
	ok(strcmp(key_used(NULL), err.msg) == 0 && err.rc == KL_EUSAGE,
	    "a variable that makes no sense is refused");
	is(err.hint, "it comes from the environment: KL_TIMEOUT", "and named");
	(void)setenv("KL_TIMEOUT", "2s", 1);
	(void)setenv("KL_CACERT", "/nowhere/ca.pem", 1);
	is(key_used(NULL),
	    "cannot read the certificates in /nowhere/ca.pem: No such file or "
	    "directory",
	    "KL_CACERT is heeded");
}

static void
test_config(void)
{
	struct kl_open from = { .config = config };

	forget();
	put_config(0600);
	is(key_used(&from), "pk_config", "a file is enough");
	(void)setenv("KL_CONFIG", config, 1);
	is(key_used(NULL), "pk_config", "also by KL_CONFIG");
	(void)setenv("KLAVIYO_API_KEY", "pk_variable", 1);
	is(key_used(NULL), "pk_variable", "the environment comes before it");
	put_config(0644);
	is(key_used(&from), "key_exposed",
	    "a file with a key that others can read is refused all the same");
	from.config = "/nowhere/config.json";
	ok(strcmp(key_used(&from), err.msg) == 0 && err.rc == KL_ENOINPUT,
	    "and so is one that cannot be read");
}

static void
test_given(void)
{
	struct kl_open from = { .client.base_url = server.url };

	forget();
	put(key_file, 0600, "pk_file");
	(void)setenv("KLAVIYO_API_KEY", "pk_variable", 1);
	(void)setenv("KL_BASE_URL", "http://127.0.0.1:1", 1);
	(void)setenv("KL_GIVE_UP_AFTER", "100ms", 1);
	is(key_used(&from), "pk_variable", "a base URL given here holds");
	from.key_file = key_file;
	is(key_used(&from), "pk_file", "so does a key file");
	from.key_file = NULL;
	from.key_command = "echo pk_command";
	is(key_used(&from), "pk_command", "and a command");
	from.client.key = "pk_given";
	is(key_used(&from), "pk_given", "and a key");
	from.client.key = NULL;
	from.key_command = NULL;
	ok(getenv("KLAVIYO_API_KEY") != NULL, "the variable stays");
	from.take_key = true;
	is(key_used(&from), "pk_variable", "unless it is to be taken");
	ok(getenv("KLAVIYO_API_KEY") == NULL, "and then it is gone");
}

static void
test_loaded(void)
{
	struct kl_config c = { 0 };
	struct kl_open from = { .loaded = &c };

	forget();
	put_config(0600);
	if (kl_config_load(&c, config, true, &err) != KL_OK)
		exit(1);
	is(key_used(&from), "pk_config", "a file that was read before will do");
	is(c.api_key, "", "and its key is wiped");
	kl_config_free(&c);
}

int
main(void)
{
	if (mkdtemp(dir) == NULL)
		return 1;
	(void)snprintf(config, sizeof(config), "%s/config", dir);
	(void)snprintf(key_file, sizeof(key_file), "%s/key", dir);
	server = raw_start(script, 1);
	test_environment();
	test_config();
	test_given();
	test_loaded();
	raw_stop(&server);
	(void)unlink(config);
	(void)unlink(key_file);
	(void)rmdir(dir);
	return done();
}
