/* SPDX-License-Identifier: MIT */
/* open.c - a client out of the environment, a configuration, a key file. */

#include <string.h>

#include "kl/key.h"
#include "kl/open.h"
#include "kl/opt.h"

#define STALL_MS 30000 /* what kl/http.h says */

/* What is not given comes from the environment, under the names that the
 * options of the programs have there. */
static enum kl_rc
read_environment(struct kl_open *o, struct kl_err *err)
{
	struct kl_client_opts env = { 0 };
	double max_rate = 0;
	const char *config = NULL, *key_file = NULL;
	const struct kl_opt rows[] = {
		{ 0, "config", "FILE", "", KL_OPT_STR, KL_ENV_COMMON, &config,
		    0, 0, NULL },
		{ 0, "key-file", "FILE", "", KL_OPT_STR, KL_ENV_COMMON,
		    &key_file, 0, 0, NULL },
		{ 0, "base-url", "URL", "", KL_OPT_STR, KL_ENV_COMMON,
		    &env.base_url, 0, 0, NULL },
		{ 0, "cacert", "FILE", "", KL_OPT_STR, KL_ENV_COMMON,
		    &env.cacert, 0, 0, NULL },
		{ 0, "timeout", "MS", "", KL_OPT_MS, KL_ENV_COMMON,
		    &env.stall_ms, 1, 0, NULL },
		{ 0, "give-up-after", "MS", "", KL_OPT_MS, KL_ENV_COMMON,
		    &env.patience.budget_ms, 1, 0, NULL },
		{ 0, "max-rate", "P%", "", KL_OPT_RATIO, KL_ENV_COMMON,
		    &max_rate, 0, 0, NULL },
		{ 0 },
	};
	const struct kl_opt *const tables[] = { rows, NULL };
	struct kl_client_opts *c = &o->client;
	char *argv[] = { NULL, NULL };
	enum kl_rc rc;
	int operands;

	rc = kl_opt_parse("kl", tables, 1, argv, &operands, err);
	if (rc != KL_OK)
		return rc;
	if (o->config == NULL)
		o->config = config;
	if (o->key_file == NULL)
		o->key_file = key_file;
	if (c->base_url == NULL)
		c->base_url = env.base_url;
	if (c->cacert == NULL)
		c->cacert = env.cacert;
	if (c->stall_ms == 0)
		c->stall_ms = env.stall_ms;
	if (c->patience.budget_ms == 0)
		c->patience.budget_ms = env.patience.budget_ms;
	if (c->max_percent == 0)
		c->max_percent = (unsigned)(max_rate * 100 + 0.99);
	return KL_OK;
}

/* A file with a key in it that others can read is refused even if the key is
 * taken from elsewhere: it should not be there. */
static enum kl_rc
check_config(const struct kl_config *c, struct kl_err *err)
{
	if (c->path == NULL || !c->key_exposed)
		return KL_OK;
	(void)kl_err_set(err, KL_ECONFIG,
	    "%s holds a key and others can read it (mode %04o)", c->path,
	    c->mode);
	kl_err_code(err, "key_exposed");
	kl_err_hint(err, "chmod 600 %s", c->path);
	return KL_ECONFIG;
}

/* Fill in what the configuration knows, and make the client. */
static enum kl_rc
open_with(struct kl_client **to, const struct kl_open *o,
    struct kl_config *config, struct kl_err *err)
{
	struct kl_key_from from = { .file = o->key_file,
		.command = o->key_command,
		.config = config->api_key,
		.config_path = config->path,
		.keep_variable = !o->take_key };
	struct kl_client_opts c = o->client;
	struct kl_key key = { 0 };
	enum kl_rc rc;

	if ((rc = check_config(config, err)) != KL_OK)
		return rc;
	if (c.base_url == NULL)
		c.base_url = config->base_url;
	if (c.account == NULL)
		c.account = config->account;
	/* Whoever uses what the user has set up is one of the programs. */
	c.share = true;
	/* A request may be silent no longer than the user is patient. */
	if (c.stall_ms == 0 && c.patience.budget_ms < STALL_MS)
		c.stall_ms = c.patience.budget_ms; /* 0: the usual */
	if (c.key == NULL) {
		if ((rc = kl_key_load(&key, &from, err)) != KL_OK)
			return rc;
		c.key = key.text;
	}
	rc = kl_client_new(to, &c, err);
	kl_key_wipe(&key);
	return rc;
}

enum kl_rc
kl_client_open(struct kl_client **to, const struct kl_open *from,
    struct kl_err *err)
{
	struct kl_open o = { 0 };
	struct kl_config config = { 0 };
	enum kl_rc rc;

	if (from != NULL)
		o = *from;
	if ((rc = read_environment(&o, err)) != KL_OK)
		return rc;
	if (o.loaded != NULL) {
		rc = open_with(to, &o, o.loaded, err);
		if (o.loaded->api_key != NULL)
			kl_wipe(o.loaded->api_key, strlen(o.loaded->api_key));
		return rc;
	}
	if (o.config != NULL)
		rc = kl_config_load(&config, o.config, true, err);
	if (rc == KL_OK)
		rc = open_with(to, &o, &config, err);
	if (rc == KL_ECONFIG && err != NULL &&
	    strcmp(err->code, "key_missing") == 0)
		kl_err_hint(err,
		    "set KLAVIYO_API_KEY, or KL_KEY_FILE to a file with it, "
		    "or klaviyo.api_key in a configuration file");
	kl_config_free(&config);
	return rc;
}
