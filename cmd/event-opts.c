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

/* The name as an argument of const: bars and backslashes are its own. */
static enum kl_rc
map_metric(struct kl_mapping *m, const char *name, struct kl_err *err)
{
	struct kl_buf b = { 0 };
	enum kl_rc rc;

	kl_buf_puts(&b, "const:");
	for (; *name != '\0'; name++) {
		if (*name == '|' || *name == '\\')
			kl_buf_putc(&b, '\\');
		kl_buf_putc(&b, *name);
	}
	if ((rc = kl_buf_check(&b, err)) == KL_OK)
		rc = kl_mapping_add(m, KL_SPAN(""), KL_SPAN("metric"),
		    (struct kl_span){ b.s, b.n }, false, err);
	kl_buf_free(&b);
	return rc;
}

enum kl_rc
cmd_event_map(struct kl_mapping *m, const struct cmd_event *event,
    struct kl_err *err)
{
	const struct {
		const char *origin, *to;
	} fields[] = {
		{ event->time_field, "time" },
		{ event->value_field, "value" },
		{ event->id_field, "unique_id" },
	};
	enum kl_rc rc = KL_OK;
	size_t i;

	if (event->metric != NULL && event->metric[0] != '\0')
		rc = map_metric(m, event->metric, err);
	for (i = 0; i < sizeof(fields) / sizeof(*fields) && rc == KL_OK; i++)
		if (fields[i].origin != NULL && fields[i].origin[0] != '\0')
			rc = kl_mapping_add(m, KL_SPAN(fields[i].origin),
			    KL_SPAN(fields[i].to), KL_SPAN(""), false, err);
	return rc;
}
