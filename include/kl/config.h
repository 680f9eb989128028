/* SPDX-License-Identifier: MIT */
#ifndef KL_CONFIG_H
#define KL_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kl/err.h"
#include "kl/json.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * kl/config.h - the configuration file, read strictly.
 *
 *	{ "klaviyo": { "api_key", "list_id", "account", "base_url" },
 *	  "mapped_fields": [ { "origin_field", "destination_field",
 *	      "convert_function", "required" } ],
 *	  "chunk_size": 200, "chunk_waiting_time": 1000,
 *	  "metric", "time_field", "id_field", "value_field" }
 *
 * A key that is not known is an error that names the nearest one.  A
 * convert_function may be null, which is as good as "".  At most
 * KL_CONFIG_MAX bytes.
 */

#define KL_CONFIG_MAX ((size_t)1 << 20)

/* All zero is "no file".  Strings are owned; NULL where absent. */
struct kl_config {
	char *path;
	char *api_key; /* only if asked for, see kl_config_load() */
	char *list_id;
	char *account;
	char *base_url;
	char *metric, *time_field, *id_field, *value_field;
	uint64_t chunk_size;	     /* records; 0: not set */
	uint64_t chunk_waiting_time; /* milliseconds */
	bool has_waiting_time;
	bool has_key;		/* the file holds a key ... */
	bool key_exposed;	/* ... and people other than its owner may
				 * read it, and the owner is us */
	unsigned mode;		/* permission bits of the file */
	uint32_t mapped_fields; /* node of the array in doc; 0: none */
	struct kl_json doc;	/* the file; its api_key is blanked out */
	struct kl_buf text;	/* what doc points into */
};

/*
 * Read the file at path.  want_key says whether to keep the key: filters do
 * not, and it is wiped from memory.  KL_OK; KL_ENOINPUT; KL_ECONFIG with
 * err->field the key concerned; KL_ENOMEM.
 */
enum kl_rc kl_config_load(struct kl_config *c, const char *path, bool want_key,
    struct kl_err *err);

/* Free it, the key wiped; it is all zero then. */
void kl_config_free(struct kl_config *c);

#ifdef __cplusplus
}
#endif

#endif /* KL_CONFIG_H */
