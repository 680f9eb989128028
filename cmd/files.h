/* SPDX-License-Identifier: MIT */
#ifndef CMD_FILES_H
#define CMD_FILES_H

#include "common.h"
#include "kl/json.h"

/*
 * cmd/files.h - records of files other than the input: nothing is counted,
 * nothing set aside, and the first line that is wrong ends it.
 */

/* A record: scanned into doc, and its bytes, without white space around. */
typedef enum kl_rc cmd_file_record(void *ctx, const struct kl_json *doc,
    struct kl_span s, struct kl_err *err);

/*
 * Hand every record of the files to each(ctx), in order; rejects are
 * unwrapped.  KL_OK; KL_ENOINPUT; KL_EDATA and KL_ETOOBIG name file and line;
 * or the failure of each().
 */
enum kl_rc cmd_files_each(const struct kl_strs *files, cmd_file_record *each,
    void *ctx, struct kl_err *err);

#endif /* CMD_FILES_H */
