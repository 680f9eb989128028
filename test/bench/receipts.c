/* SPDX-License-Identifier: MIT */
/*
 * receipts - receipts that say of all records that they arrived.
 *
 *	receipts < records > receipts
 *
 * As kl-push --receipt-records prints them, 10,000 records each, without
 * sending anything: for kl-diff --commit.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "kl/digest.h"

#define A_RECEIPT 10000

static void
begin(unsigned long seq)
{
	char at[32];
	time_t t = time(NULL) + 1; /* after the rows were passed */
	struct tm tm;

	(void)gmtime_r(&t, &tm);
	(void)strftime(at, sizeof(at), "%Y-%m-%dT%H:%M:%S", &tm);
	printf(
	    "{\"receipt\":1,\"run\":\"bench\",\"seq\":%lu,\"action\":\"add\","
	    "\"started\":\"%s.000+00:00\",\"records\":[",
	    seq, at);
}

int
main(void)
{
	struct kl_hash_key key = { 0 };
	struct kl_err err = { 0 };
	char *line = NULL, digest[KL_RECORD_DIGEST];
	size_t cap = 0;
	unsigned long no = 0;
	ssize_t n;

	if (kl_hash_key_load(&key, NULL, &err) != KL_OK) {
		fprintf(stderr, "receipts: %s\n", err.msg);
		return 78;
	}
	while ((n = getline(&line, &cap, stdin)) > 0) {
		n -= line[n - 1] == '\n';
		kl_record_digest(&key, line, (size_t)n, digest);
		if (no % A_RECEIPT == 0) {
			fputs(no > 0 ? "]}\n" : "", stdout);
			begin(no / A_RECEIPT);
		}
		printf("%s[%lu,\"%s\",\"accepted\"]",
		    no % A_RECEIPT == 0 ? "" : ",", no + 1, digest);
		no++;
	}
	free(line);
	fputs(no > 0 ? "]}\n" : "", stdout);
	return fflush(stdout) == 0 && !ferror(stdin) ? 0 : 74;
}
