/* SPDX-License-Identifier: MIT */
/*
 * kl-map - make rows into profiles or events, and these into rows.
 *
 * What no convert function touches leaves with the bytes it came with.
 */

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "event-opts.h"
#include "kl/convert.h"
#include "kl/count.h"
#include "map-opt.h"
#include "mapper.h"

static struct {
	struct kl_strs map, where;
	const char *from, *jq, *kind, *as, *on_error;
	bool reverse, keep_empty, functions;
} opt = { .from = "ndjson", .kind = "profile", .on_error = "reject" };

static const struct kl_opt own[] = {
	{ 0, "from", "FORMAT", "what comes in: ndjson (the default) or csv",
	    KL_OPT_ENUM, KL_ENV_OWN, &opt.from, 0, 0, "ndjson csv" },
	{ 0, "map", "O=D[:F]", "field O becomes D, converted by F; repeatable",
	    KL_OPT_LIST, KL_ENV_NONE, &opt.map, 0, 0, NULL },
	{ 0, "jq", "EXPR", "what a jq expression makes of each record",
	    KL_OPT_STR, KL_ENV_NONE, &opt.jq, 0, 0, NULL },
	{ 0, "functions", NULL, "list the convert functions", KL_OPT_FLAG,
	    KL_ENV_NONE, &opt.functions, 0, 0, NULL },
	{ 0 },
};

/* What has no effect without fields. */
static const struct kl_opt of_fields[] = {
	{ 0, "kind", "KIND", "make profile (the default) or event records",
	    KL_OPT_ENUM, KL_ENV_OWN, &opt.kind, 0, 0, "profile event" },
	{ 0, "reverse", NULL, "profiles or events back into rows", KL_OPT_FLAG,
	    KL_ENV_NONE, &opt.reverse, 0, 0, NULL },
	{ 0, "where", "COND",
	    "only FIELD=VALUE, FIELD!=VALUE, FIELD?; all of "
	    "several",
	    KL_OPT_LIST, KL_ENV_NONE, &opt.where, 0, 0, NULL },
	{ 0, "as", "SHAPE", "make profile records or, of any names, rows",
	    KL_OPT_ENUM, KL_ENV_OWN, &opt.as, 0, 0, "profile rows" },
	{ 0, "keep-empty", NULL, "keep null and \"\"", KL_OPT_FLAG, KL_ENV_OWN,
	    &opt.keep_empty, 0, 0, NULL },
	{ 0, "on-error", "WHAT",
	    "reject the record (the default) or omit the "
	    "field",
	    KL_OPT_ENUM, KL_ENV_OWN, &opt.on_error, 0, 0, "reject omit" },
	{ 0 },
};

static const struct kl_opt *const groups[] = { of_fields, cmd_event_opts,
	cmd_csv_opts, cmd_table_opts, cmd_thread_opts, cmd_stream_opts,
	cmd_record_opts, NULL };

static const struct cmd_about about = {
	.name = "kl-map",
	.synopsis = "[-c FILE] [--map O=D[:F]]... [options] < records",
	.purpose = "Make profile or event records of rows, by the "
		   "mapped_fields of the\nconfiguration or --map; with "
		   "--reverse, rows of them.",
	.examples = "  kl-map --from csv -c sync.json < people.csv\n"
		    "  kl-map --map 'Mail=email:trim|lower' "
		    "--map Plan=Plan < rows.ndjson\n"
		    "  kl-map --kind event --metric 'Placed Order' "
		    "--time-field Date \\\n"
		    "      --id-field No --value-field Total "
		    "--map Mail=profile.email < orders.ndjson\n"
		    "  kl-pull members --list KKbLLU | kl-map -c sync.json "
		    "--reverse | kl-to-csv\n",
	.own = own,
	.groups = groups,
};

/* One function: how it is written, what --reverse does about it, the code of
 * its rejects, what it does. */
static void
put_function(struct kl_buf *b, const struct kl_function *f)
{
	static const char *const inverse[] = { [KL_INVERSE_COPY] = "copied",
		[KL_INVERSE_BACK] = "undone",
		[KL_INVERSE_NONE] = "left out" };
	struct kl_buf name = { 0 };

	kl_buf_puts(&name, f->name);
	if (f->arg != NULL)
		kl_buf_printf(&name, f->arg_needed ? ":%s" : "[:%s]", f->arg);
	kl_buf_printf(b, "%-22s %-8s %-15s %s\n", kl_buf_str(&name),
	    inverse[f->inverse], f->code == NULL ? "-" : f->code, f->help);
	kl_buf_free(&name);
}

/* The table of functions, a line each. */
static int
list_functions(void)
{
	const struct kl_function *f;
	struct kl_buf b = { 0 };
	struct kl_err err = { 0 };
	struct kl_out *out = kl_out_new(STDOUT_FILENO, "standard output");
	size_t i;
	enum kl_rc rc = KL_ENOMEM;

	for (i = 0; (f = kl_function_at(i)) != NULL; i++)
		put_function(&b, f);
	if (out != NULL && (rc = kl_buf_check(&b, &err)) == KL_OK &&
	    (rc = kl_out_put(out, b.s, b.n, &err)) == KL_OK)
		rc = kl_out_flush(out, &err);
	kl_buf_free(&b);
	kl_out_free(out);
	return rc == KL_OK ? 0 : cmd_fail(0, &err);
}

/* What to make of a record. */
static enum kl_mapping_shape
shape(void)
{
	if (opt.kind[0] == 'e')
		return KL_MAPPING_EVENT;
	return opt.as != NULL && opt.as[0] == 'r' ? KL_MAPPING_ROWS
						  : KL_MAPPING_PROFILE;
}

/* Add the fields of the configuration and the options. */
static enum kl_rc
add_all(struct kl_mapping *m, enum kl_mapping_shape what,
    const struct kl_config *config, struct kl_err *err)
{
	struct cmd_event event = cmd_event_of(config);
	enum kl_rc rc = KL_OK;
	size_t i;

	if (opt.reverse) /* what is the same for all is in no row */
		event.metric = NULL;
	if (what == KL_MAPPING_EVENT)
		rc = cmd_event_map(m, &event, err);
	if (rc == KL_OK && config->mapped_fields != 0)
		rc = kl_mapping_add_config(m, &config->doc,
		    config->mapped_fields, err);
	for (i = 0; i < opt.map.n && rc == KL_OK; i++)
		rc = cmd_map_option(m, opt.map.s[i], err);
	for (i = 0; i < opt.where.n && rc == KL_OK; i++)
		rc = kl_mapping_where(m, opt.where.s[i], err);
	return rc;
}

/* True if there is anything to map. */
static bool
has_fields(const struct kl_config *config)
{
	return opt.jq == NULL || config->mapped_fields != 0 || opt.map.n > 0;
}

/* The expression of --jq, NULL if there is none.  KL_OK, or what is wrong. */
static enum kl_rc
make_jq(struct kl_jq **jq, struct kl_err *err)
{
	enum kl_rc rc;

	*jq = NULL;
	rc = opt.jq == NULL ? KL_OK : kl_jq_new(jq, NULL, KL_SPAN(opt.jq), err);
	if (rc != KL_OK &&
	    (strcmp(err->code, "jq_syntax") == 0 ||
		strcmp(err->code, "jq_forbidden") == 0))
		err->rc = KL_EUSAGE;
	return rc;
}

/* The mapping of the configuration and the options.  KL_OK, or what is wrong;
 * it is then for its notes alone. */
static enum kl_rc
make_mapping(struct kl_mapping **to, const struct kl_config *config,
    struct kl_err *err)
{
	struct kl_mapping_options options = { .reverse = opt.reverse,
		.keep_empty = opt.keep_empty,
		.omit = opt.on_error[0] == 'o',
		.shape = shape() };
	enum kl_rc rc;

	if ((*to = kl_mapping_new(&options)) == NULL)
		return kl_err_nomem(err);
	rc = add_all(*to, options.shape, config, err);
	return rc == KL_OK ? kl_mapping_ready(*to, err) : rc;
}

/* Both, or the end. */
static void
make_mapper(struct cmd_mapper *m, const struct kl_config *config)
{
	struct kl_err err = { 0 };
	const char *note;
	enum kl_rc rc = KL_OK;
	size_t i;

	if (has_fields(config))
		rc = make_mapping(&m->mapping, config, &err);
	for (i = 0; m->mapping != NULL &&
	     (note = kl_mapping_note(m->mapping, i)) != NULL;
	     i++)
		cmd_note("%s", note);
	if (rc != KL_OK || make_jq(&m->jq, &err) != KL_OK)
		cmd_die(&err);
}

/* Once more: what went well before. */
static bool
make_again(struct cmd_mapper *to, const void *ctx)
{
	const struct kl_config *config = ctx;
	struct kl_err err;

	return (!has_fields(config) ||
		   make_mapping(&to->mapping, config, &err) == KL_OK) &&
	    make_jq(&to->jq, &err) == KL_OK;
}

/* What was left out, and origins that no record had. */
static void
say_rest(struct kl_mapping *m, const struct cmd_filter *f)
{
	const char *name, *code, *near;
	uint64_t n;
	size_t i;

	for (i = 0; (name = kl_mapping_omitted(m, i, &n, &code)) != NULL; i++)
		if (n > 0)
			cmd_note("%s: left out of %s (%s)", name,
			    KL_COUNT(n, "record", "records"), code);
	if (opt.reverse ||
	    f->tally.count[KL_ACCEPTED] + f->tally.count[KL_FILTERED] == 0)
		return;
	for (i = 0; (name = kl_mapping_unseen(m, &i, &near)) != NULL;)
		cmd_note("no record has a field \"%s\"%s%s%s", name,
		    near == NULL ? "" : "; did you mean \"",
		    near == NULL ? "" : near, near == NULL ? "" : "\"?");
}

/* The count of values left out, for the summary. */
static void
put_omitted(void *ctx, struct kl_buf *b)
{
	const char *code;
	uint64_t n, all = 0;
	size_t i;

	for (i = 0; kl_mapping_omitted(ctx, i, &n, &code) != NULL; i++)
		all += n;
	kl_json_put_int(b, "omitted", (int64_t)all);
}

/* What was typed of tables that only some runs have a use for. */
struct typed {
	const char *csv, *record, *event, *fields; /* an option; NULL: none */
};

static struct typed
typed(int argc, char *argv[])
{
	struct typed t = { cmd_given(&about, cmd_csv_opts, argc, argv),
		cmd_given(&about, cmd_record_opts, argc, argv),
		cmd_given(&about, cmd_event_opts, argc, argv),
		cmd_given(&about, of_fields, argc, argv) };

	if (t.csv == NULL)
		t.csv = cmd_given(&about, cmd_table_opts, argc, argv);
	return t;
}

/* Refuse what would have no effect. */
static void
check_options(const struct typed *t)
{
	bool csv = opt.from[0] == 'c', event = opt.kind[0] == 'e';

	if (!csv && t->csv != NULL)
		cmd_usage("--%s needs --from csv", t->csv);
	if (csv && t->record != NULL)
		cmd_usage("--%s is for records, not for --from csv", t->record);
	if (!event && t->event != NULL)
		cmd_usage("--%s needs --kind event", t->event);
	if (event && opt.as != NULL)
		cmd_usage("--as and --kind event exclude each other");
}

int
main(int argc, char *argv[])
{
	struct cmd_filter f = { 0 };
	struct kl_config config = { 0 };
	struct cmd_mapper mapper = { .again = make_again, .ctx = &config };
	struct cmd_table table = { 0 };
	struct typed given = typed(argc, argv);
	struct kl_err err = { 0 };
	bool csv;
	enum kl_rc rc;
	int status;

	if (cmd_start(&about, argc, argv) > 0)
		cmd_usage("takes no operands; records come on standard input");
	if (opt.functions)
		return list_functions();
	check_options(&given);
	if ((csv = opt.from[0] == 'c'))
		cmd_table_options(&table);
	cmd_config(&config);
	if (!has_fields(&config) && given.fields != NULL)
		cmd_usage("--%s needs fields to map, beside --jq",
		    given.fields);
	mapper.reverse = opt.reverse;
	make_mapper(&mapper, &config);
	cmd_filter_open(&f, about.name, STDIN_FILENO);
	if (mapper.mapping != NULL)
		cmd_filter_extra(put_omitted, mapper.mapping);
	rc = csv ? cmd_map_rows(&mapper, &f, &table, &err)
		 : cmd_map_records(&mapper, &f, &err);
	if (mapper.later > 0)
		cmd_note("%s mapped before, and set aside by a program after "
			 "kl-map: passed on as %s",
		    KL_COUNT(mapper.later, "of the records was",
			"of the records were"),
		    mapper.later == 1 ? "it is" : "they are");
	if (mapper.mapping != NULL)
		say_rest(mapper.mapping, &f);
	cmd_table_free(&table); /* it lets go of the reader */
	status = cmd_filter_finish(&f, rc, &err);
	cmd_mapper_free(&mapper);
	kl_mapping_free(mapper.mapping);
	kl_jq_free(mapper.jq);
	kl_config_free(&config);
	kl_strs_free(&opt.map);
	kl_strs_free(&opt.where);
	return status;
}
