/* SPDX-License-Identifier: MIT */
#ifndef CMD_EVENT_OPTS_H
#define CMD_EVENT_OPTS_H

#include "common.h"
#include "kl/mapping.h"

/*
 * cmd/event-opts.h - what an event is made of, for programs that make events
 * of rows: --metric, --time-field, --id-field, --value-field, and the keys of
 * the configuration that stand in for them.
 */

extern const struct kl_opt cmd_event_opts[];

/* What holds: the option or its variable, then the configuration.  NULL:
 * neither.  Borrowed from both. */
struct cmd_event {
	const char *metric; /* a name, not a field */
	const char *time_field, *id_field, *value_field;
	const char *time_format; /* as of the function date; NULL: what needs
				  * none */
};
struct cmd_event cmd_event_of(const struct kl_config *config);

/* Append a convert function with its argument (NULL: none), in which bars and
 * backslashes stand for themselves. */
void cmd_event_function(struct kl_buf *b, const char *name, const char *arg);

/* Add their fields to a mapping of events.  As kl_mapping_add(). */
enum kl_rc cmd_event_map(struct kl_mapping *m, const struct cmd_event *event,
    struct kl_err *err);

#endif /* CMD_EVENT_OPTS_H */
