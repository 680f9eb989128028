/* SPDX-License-Identifier: MIT */
/* event-opts.c - the options that say what an event is made of. */

#include <string.h>

#include "event-opts.h"

static struct cmd_event opt;

const struct kl_opt cmd_event_opts[] = {
	{ 0, "metric", "NAME", "the metric of all events", KL_OPT_STR,
	    KL_ENV_COMMON, &opt.metric, 0, 0, NULL },
	{ 0, "time-field", "FIELD", "the field that holds the time", KL_OPT_STR,
	    KL_ENV_COMMON, &opt.time_field, 0, 0, NULL },
	{ 0, "id-field", "FIELD", "the field that tells events apart",
	    KL_OPT_STR, KL_ENV_COMMON, &opt.id_field, 0, 0, NULL },
	{ 0, "value-field", "FIELD", "the field that holds the value",
	    KL_OPT_STR, KL_ENV_COMMON, &opt.value_field, 0, 0, NULL },
	{ 0 },
};

struct cmd_event
cmd_event_of(const struct kl_config *config)
{
	struct cmd_event event = opt;

	if (event.metric == NULL)
		event.metric = config->metric;
	if (event.time_field == NULL)
		event.time_field = config->time_field;
	if (event.id_field == NULL)
		event.id_field = config->id_field;
	if (event.value_field == NULL)
		event.value_field = config->value_field;
	return event;
}

void
cmd_event_function(struct kl_buf *b, const char *name, const char *arg)
{
	kl_buf_puts(b, name);
	if (arg == NULL)
		return;
	kl_buf_putc(b, ':');
	for (; *arg != '\0'; arg++) {
		if (*arg == '|' || *arg == '\\')
			kl_buf_putc(b, '\\');
		kl_buf_putc(b, *arg);
	}
}

/* The field from becomes the member to, by a function (NULL: as it is). */
static enum kl_rc
map_one(struct kl_mapping *m, const char *from, const char *to,
    const char *function, const char *arg, struct kl_err *err)
{
	struct kl_buf b = { 0 };
	enum kl_rc rc;

	if (function != NULL)
		cmd_event_function(&b, function, arg);
	if ((rc = kl_buf_check(&b, err)) == KL_OK)
		rc = kl_mapping_add(m, KL_SPAN(from), KL_SPAN(to),
		    (struct kl_span){ b.n > 0 ? b.s : "", b.n }, false, err);
	kl_buf_free(&b);
	return rc;
}

enum kl_rc
cmd_event_map(struct kl_mapping *m, const struct cmd_event *event,
    struct kl_err *err)
{
	const struct {
		const char *origin, *to, *function;
	} fields[] = {
		{ event->time_field, "time",
		    event->time_format != NULL ? "date" : NULL },
		{ event->value_field, "value", NULL },
		{ event->id_field, "unique_id", NULL },
	};
	enum kl_rc rc = KL_OK;
	size_t i;

	if (event->metric != NULL && event->metric[0] != '\0')
		rc = map_one(m, "", "metric", "const", event->metric, err);
	for (i = 0; i < sizeof(fields) / sizeof(*fields) && rc == KL_OK; i++)
		if (fields[i].origin != NULL && fields[i].origin[0] != '\0')
			rc = map_one(m, fields[i].origin, fields[i].to,
			    fields[i].function, event->time_format, err);
	return rc;
}
