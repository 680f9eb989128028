/* SPDX-License-Identifier: MIT */
#ifndef CMD_TRACK_ROWS_H
#define CMD_TRACK_ROWS_H

#include "event-opts.h"
#include "kl/convert.h"
#include "kl/mapping.h"
#include "kl/send.h"

/*
 * cmd/track-rows.h - what comes in becomes an event record.
 *
 * A record with an object called profile is one; what it lacks of metric,
 * time, value and unique_id is taken from the fields that the options name.
 * Any other is a row, of which the mapping makes an event, if there is one.
 */

/* All zero but for event is ready for use. */
struct track_rows {
	struct cmd_event event;
	struct kl_mapping *mapping; /* NULL: there are no fields to map */
	struct kl_converter converter;
	struct kl_convert *time, *value; /* of event records */
	struct kl_buf text;		 /* the event record that was made */
	struct kl_json doc;
};

/* Make the mapping of the fields of --map and the configuration, if there are
 * any, and the conversions.  KL_OK or what is wrong. */
enum kl_rc track_rows_new(struct track_rows *t, const struct kl_strs *map,
    const struct kl_config *config, struct kl_err *err);

/* True if there is anything to be done to records. */
bool track_rows_used(const struct track_rows *t);

/* For cmd_feed.shape; ctx is the struct. */
enum kl_rc track_rows_shape(void *ctx, struct kl_send_record *r,
    struct kl_err *why);

void track_rows_free(struct track_rows *t);

#endif /* CMD_TRACK_ROWS_H */
