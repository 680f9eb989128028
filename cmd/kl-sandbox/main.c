/* SPDX-License-Identifier: MIT */
/* main.c - kl-sandbox: a local Klaviyo to try, test and rehearse against. */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../common.h"
#include "kl/random.h"
#include "seed.h"
#include "server.h"
#include "state.h"
#include "tags.h"

static struct server_settings set = { .port = 0 };
static struct kl_strs keys, lists, fault_specs, reading_specs;
static const char *limits = "real", *generate, *ledger, *log_name, *seed,
		  *state;
static const char *scale_text = "1";
static uint64_t job_delay = 400, visibility_delay = 400, random_seed;

static struct box box;
static struct faults faults;

static const struct kl_opt opts[] = {
	{ 'p', "port", "N", "listen on this port of 127.0.0.1; 0: a free one",
	    KL_OPT_UINT, KL_ENV_OWN, &set.port, 0, 65535, NULL },
	{ 0, "key", "KEY[:SCOPE,...]", "a key, with all scopes or these",
	    KL_OPT_LIST, KL_ENV_NONE, &keys, 0, 0, NULL },
	{ 0, "list", "ID=NAME", "a list that is there from the start",
	    KL_OPT_LIST, KL_ENV_NONE, &lists, 0, 0, NULL },
	{ 0, "limits", "real|off|N", "rate limits; N times the real ones",
	    KL_OPT_STR, KL_ENV_OWN, &limits, 0, 0, NULL },
	{ 0, "latency", "MS", "milliseconds before each answer", KL_OPT_MS,
	    KL_ENV_OWN, &set.latency, 0, 3600000, NULL },
	{ 0, "time-scale", "X", "make delays and expiry X times shorter",
	    KL_OPT_STR, KL_ENV_OWN, &scale_text, 0, 0, NULL },
	{ 0, "job-delay", "MS", "milliseconds a job takes", KL_OPT_MS,
	    KL_ENV_OWN, &job_delay, 0, 86400000, NULL },
	{ 0, "visibility-delay", "MS",
	    "milliseconds until events, consent and deletions show", KL_OPT_MS,
	    KL_ENV_OWN, &visibility_delay, 0, 86400000, NULL },
	{ 0, "fault", "KIND[:OP][:WHEN][:ms=N]", "what goes wrong on purpose",
	    KL_OPT_LIST, KL_ENV_NONE, &fault_specs, 0, 0, NULL },
	{ 0, "poison", "TEXT",
	    "imports with this in an address: 400, naming no row", KL_OPT_LIST,
	    KL_ENV_NONE, &box.poison, 0, 0, NULL },
	{ 0, "poison-row", "TEXT",
	    "rows with this in their address fail in the job", KL_OPT_LIST,
	    KL_ENV_NONE, &box.poison_row, 0, 0, NULL },
	{ 0, "reading", "NAME=VALUE", "what to do where evidence is missing",
	    KL_OPT_LIST, KL_ENV_NONE, &reading_specs, 0, 0, NULL },
	{ 0, "generate", "KIND=N[,...]",
	    "make up N members, profiles, events, ...", KL_OPT_STR, KL_ENV_OWN,
	    &generate, 0, 0, NULL },
	{ 0, "ledger", "FILE", "write each effect as a line", KL_OPT_STR,
	    KL_ENV_OWN, &ledger, 0, 0, NULL },
	{ 0, "log", "FILE", "write each request as a line", KL_OPT_STR,
	    KL_ENV_OWN, &log_name, 0, 0, NULL },
	{ 0, "seed", "FILE", "what is there to begin with, NDJSON", KL_OPT_STR,
	    KL_ENV_OWN, &seed, 0, 0, NULL },
	{ 0, "state", "FILE", "take people and lists up from the last run's",
	    KL_OPT_STR, KL_ENV_NONE, &state, 0, 0, NULL },
	{ 0, "random-seed", "N", "the same faults and people each time",
	    KL_OPT_UINT, KL_ENV_OWN, &random_seed, 0, 0, NULL },
	{ 0 },
};

static const struct cmd_about about = {
	.name = "kl-sandbox",
	.synopsis = "[options]",
	.purpose = "Serve a local Klaviyo on 127.0.0.1. The first line on "
		   "stdout is its\naddress; the key is pk_sandbox and a list "
		   "SNDBOX is there.",
	.examples = "  kl-sandbox --port 8080 --list KKbLLU=Newsletter\n"
		    "  KL_BASE_URL=http://127.0.0.1:8080 "
		    "KLAVIYO_API_KEY=pk_sandbox kl-pull lists\n",
	.own = opts,
	.no_config = true,
};

/* A file of lines, if one is named. */
static enum kl_rc
open_lines(struct kl_out **out, const char *name, struct kl_err *err)
{
	int fd;

	if (name == NULL)
		return KL_OK;
	fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return kl_err_sys(err, KL_ECREATE, "cannot create %s", name);
	if ((*out = kl_out_new(fd, name)) == NULL)
		return kl_err_nomem(err);
	return KL_OK;
}

static enum kl_rc
read_scale(struct kl_err *err)
{
	char *end;

	box.time_scale = strtod(scale_text, &end);
	if (*scale_text == '\0' || *end != '\0' || !(box.time_scale >= 0.001) ||
	    box.time_scale > 1e9)
		return kl_err_set(err, KL_EUSAGE,
		    "--time-scale takes a number from 0.001 to 1000000000");
	return KL_OK;
}

/* Every option that is a specification. */
static enum kl_rc
read_specs(struct kl_err *err)
{
	enum kl_rc rc = limits_set(&box.limits, limits, err);
	size_t i;

	if (rc == KL_OK)
		rc = read_scale(err);
	for (i = 0; rc == KL_OK && i < keys.n; i++)
		rc = keys_add(&box.keys, keys.s[i], err);
	if (rc == KL_OK && keys.n == 0)
		rc = keys_add(&box.keys, DEFAULT_KEY, err);
	for (i = 0; rc == KL_OK && i < fault_specs.n; i++)
		rc = faults_add(&faults, fault_specs.s[i], err);
	for (i = 0; rc == KL_OK && i < reading_specs.n; i++)
		rc = readings_set(&box.readings, reading_specs.s[i], err);
	return rc;
}

/* What there is before the first request: the last run's, or the options'. */
static enum kl_rc
fill(struct kl_err *err)
{
	enum kl_rc rc = KL_OK;
	size_t i;

	if (state != NULL)
		rc = state_load(&box, state, err);
	if (rc != KL_OK || box.store.lists > 0 || box.store.n > 0)
		return rc;
	for (i = 0; rc == KL_OK && i < lists.n; i++)
		rc = seed_list(&box, lists.s[i], err);
	if (rc == KL_OK && lists.n == 0 && seed == NULL)
		rc = seed_list(&box, DEFAULT_LIST "=Sandbox list", err);
	if (rc == KL_OK && seed != NULL)
		rc = seed_file(&box, seed, err);
	if (rc == KL_OK && generate != NULL)
		rc = seed_generate(&box, generate, err);
	return rc;
}

static enum kl_rc
begin(struct kl_err *err)
{
	enum kl_rc rc;

	box.readings.any_max = 100;
	box.job_delay = job_delay;
	box.visibility_delay = visibility_delay;
	box.random = random_seed;
	if (random_seed == 0)
		(void)kl_random(&box.random, sizeof(box.random));
	error_ids = random_next(&box.random);
	if (!store_open(&box.store, random_next(&box.random)))
		return kl_err_nomem(err);
	box.events.seed = random_next(&box.random);
	box.events.made = &box.store.made;
	if ((rc = read_specs(err)) != KL_OK)
		return rc;
	box.opt_in = box.readings.opt_in_double ? 0 : 1;
	if ((rc = fill(err)) != KL_OK)
		return rc;
	if ((rc = open_lines(&box.ledger, ledger, err)) != KL_OK)
		return rc;
	return open_lines(&box.log, log_name, err);
}

static enum kl_rc
serve(struct kl_err *err)
{
	struct server *server = NULL;
	enum kl_rc rc;

	set.verbose = cmd_common.verbose > 0;
	rc = server_open(&server, &box, &faults, &set, err);
	if (rc == KL_OK) {
		(void)printf("%s\n", box.base);
		if (fflush(stdout) != 0)
			rc = kl_err_sys(err, KL_EIO, "cannot write stdout");
	}
	if (rc == KL_OK)
		rc = server_run(server, err);
	server_close(server);
	jobs_finish(&box); /* what was accepted is done */
	if (rc == KL_OK && box.failed.rc != KL_OK)
		rc = (*err = box.failed).rc;
	if (rc == KL_OK && state != NULL)
		rc = state_save(&box, state, err);
	return rc;
}

static void
end(void)
{
	jobs_free(&box.jobs);
	works_free(&box.works[LANE_VISIBLE]);
	works_free(&box.works[LANE_SUPPRESS]);
	suppressions_free(&box);
	tags_free(&box);
	events_free(&box.events);
	kl_buf_free(&box.back);
	kl_buf_free(&box.event_names);
	kl_buf_free(&box.event_text);
	store_close(&box.store);
	draft_free(&box.draft);
	kl_json_free(&box.doc);
	kl_buf_free(&box.shape.text);
	kl_buf_free(&box.shape2.text);
	kl_buf_free(&box.shape3.text);
	kl_buf_free(&box.page);
	kl_out_free(box.ledger);
	kl_out_free(box.log);
	free(box.keys.row);
	free(faults.rule);
	kl_strs_free(&keys);
	kl_strs_free(&lists);
	kl_strs_free(&fault_specs);
	kl_strs_free(&reading_specs);
	kl_strs_free(&box.poison);
	kl_strs_free(&box.poison_row);
}

int
main(int argc, char *argv[])
{
	struct kl_err err = { 0 };
	enum kl_rc rc;
	int status = 0;

	if (cmd_start(&about, argc, argv) > 0)
		cmd_usage("takes no operands");
	rc = begin(&err);
	if (rc == KL_OK)
		rc = serve(&err);
	if (rc == KL_EUSAGE)
		cmd_usage("%s%s%s", err.msg, err.hint[0] ? "; " : "", err.hint);
	if (rc != KL_OK)
		status = cmd_fail(0, &err);
	end();
	return status;
}
