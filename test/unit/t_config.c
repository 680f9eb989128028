/* SPDX-License-Identifier: MIT */
/* t_config.c - the configuration file: strict, and its key kept close. */

#include <sys/stat.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "kl/config.h"
#include "ok.h"

static char path[] = "/tmp/t_config.XXXXXX";
static struct kl_config c;
static struct kl_err err;

static enum kl_rc
load(const char *text, size_t n, bool want_key)
{
	FILE *f = fopen(path, "w");

	if (f == NULL || fwrite(text, 1, n, f) != n || fclose(f) != 0)
		exit(2);
	kl_config_free(&c);
	memset(&err, 0, sizeof(err));
	return kl_config_load(&c, path, want_key, &err);
}

static enum kl_rc
text(const char *s)
{
	return load(s, strlen(s), true);
}

static void
good(void)
{
	static const char all[] =
	    "{\"klaviyo\":{\"api_key\":\"pk_secret\",\"list_id\":\"KKbLLU\","
	    "\"account\":\"ABC123\",\"base_url\":\"http:\\/\\/[::1]\"},"
	    "\"mapped_fields\":[{\"origin_field\":\"E\","
	    "\"destination_field\":\"email\",\"convert_function\":\"\","
	    "\"required\":true}],\"chunk_size\":200,\"chunk_waiting_time\":0,"
	    "\"metric\":\"M\",\"time_field\":\"t\",\"id_field\":\"i\","
	    "\"value_field\":\"v\"}";

	(void)chmod(path, 0600);
	ok(load(all, strlen(all), true) == KL_OK, "every key is known");
	is(c.api_key, "pk_secret", "the key is kept where it is wanted");
	is(c.list_id, "KKbLLU", "list_id");
	is(c.base_url, "http://[::1]", "texts are unescaped");
	is(c.value_field, "v", "value_field");
	ok(c.chunk_size == 200 && c.chunk_waiting_time == 0 &&
		c.has_waiting_time && c.mapped_fields != 0 && c.has_key &&
		!c.key_exposed,
	    "numbers, mapping, flags");
	ok(memmem(c.text.s, c.text.n, "pk_secret", 9) == NULL,
	    "the file's own copy of the key is blanked out");
	ok(load(all, strlen(all), false) == KL_OK && c.api_key == NULL &&
		c.has_key,
	    "a filter keeps no key");
	(void)chmod(path, 0640);
	ok(load(all, strlen(all), true) == KL_OK && c.key_exposed &&
		c.mode == 0640,
	    "a key that others can read is noticed");
	ok(text("{}") == KL_OK && !c.key_exposed,
	    "without a key it does not "
	    "matter");
}

static void
mistakes(void)
{
	static const struct {
		const char *text, *msg, *hint;
	} t[] = {
		{ "{\"chunk_sise\":1}", "unknown key \"chunk_sise\"",
		    "did you mean \"chunk_size\"?" },
		{ "{\"klaviyo\":{\"apikey\":\"\"}}", "unknown key \"apikey\"",
		    "did you mean \"api_key\"?" },
		{ "{\"list_id\":\"\"}", "unknown key \"list_id\"", "" },
		{ "{\"mapped_fields\":[{\"origin\":\"\"}]}",
		    "unknown key \"origin\"", "" },
		{ "{\"mapped_fields\":{}}", "mapped_fields: must be an array",
		    "" },
		{ "{\"mapped_fields\":[1]}",
		    "mapped_fields: must hold objects only", "" },
		{ "{\"mapped_fields\":[{\"required\":1}]}",
		    "required: must be true or false", "" },
		{ "{\"mapped_fields\":[{\"convert_function\":false}]}",
		    "convert_function: must be a string", "" },
		{ "{\"mapped_fields\":[{\"origin_field\":null}]}",
		    "origin_field: must be a string", "" },
		{ "{\"klaviyo\":1}", "klaviyo: must be an object", "" },
		{ "{\"klaviyo\":{\"api_key\":1}}", "api_key: must be a string",
		    "" },
		{ "{\"klaviyo\":{\"list_id\":\"a\\u0000b\"}}",
		    "list_id: holds a NUL character", "" },
		{ "{\"chunk_size\":0}",
		    "chunk_size: must be a whole number in range",
		    "from 1 to 10000" },
		{ "{\"chunk_size\":10001}",
		    "chunk_size: must be a whole number in range",
		    "from 1 to 10000" },
		{ "{\"chunk_size\":\"5\"}",
		    "chunk_size: must be a whole number in range",
		    "from 1 to 10000" },
		{ "[]", "must be one JSON object", "" },
	};
	char want[300];
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(*t); i++) {
		ok(text(t[i].text) == KL_ECONFIG, t[i].text);
		(void)snprintf(want, sizeof(want), "%s: %s", path, t[i].msg);
		is(err.msg, want, "is named");
		is(err.hint, t[i].hint, "with advice where there is any");
	}
	ok(text("{\"mapped_fields\":[{\"convert_function\":null}]}") == KL_OK,
	    "a convert function of null is none");
	ok(text("{\"chunk_size\":1,\"chunk_size\":2}") == KL_ECONFIG,
	    "a key named twice is refused");
	ok(text("{") == KL_ECONFIG && text("") == KL_ECONFIG,
	    "so is what is no JSON");
	kl_config_free(&c);
	ok(kl_config_load(&c, "/nowhere/x", true, &err) == KL_ENOINPUT,
	    "a file that is not there is 66");
}

static void
sizes(void)
{
	char *big = malloc(KL_CONFIG_MAX + 1);

	if (big == NULL)
		exit(2);
	memset(big, ' ', KL_CONFIG_MAX + 1);
	memcpy(big, "{}", 2);
	ok(load(big, KL_CONFIG_MAX, true) == KL_OK, "the limit itself passes");
	ok(load(big, KL_CONFIG_MAX + 1, true) == KL_ECONFIG,
	    "one byte more does not");
	free(big);
}

int
main(void)
{
	int fd = mkstemp(path);

	if (fd < 0)
		return 2;
	close(fd);
	good();
	mistakes();
	sizes();
	kl_config_free(&c);
	(void)unlink(path);
	return done();
}
