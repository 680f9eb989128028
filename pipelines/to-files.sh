#!/usr/bin/env bash
# to-files.sh - what Klaviyo has as files that BigQuery, Snowflake and Redshift
# load: one JSON object a line, split, compressed, a schema beside them.
#
# Usage:   to-files.sh [-n] FOLDER
#   -n     a dry run: pull and split, keep nothing
# Input:   FOLDER/streams, what to pull: a line each, of how and the words of
#          kl-pull.  full: all of it; new: of profiles and events, what changed
#          since the last run.  The key as for kl-pull.  SPLIT_SIZE is the most that a
#          file has before it is compressed (150M); COMPRESS is gzip or zstd.
# Output:  FOLDER/out/STREAM/TIME/STREAM-TIME-NNNN.ndjson.gz, a manifest of
#          them with their lines, bytes and digests, and the schema; TIME is
#          when the pull ended.  Their names on stdout.  A folder appears when
#          it is whole and never changes: a loader that remembers names loads
#          each file once.
# Exit:    0; 75: run the same again, it goes on; others as in kl(7).
#
# The schemas and the commands in them were checked against documentation only.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=pipelines/common.bash
. "$here/common.bash"
# shellcheck source=pipelines/streams.bash
. "$here/streams.bash"

COMPRESS=${COMPRESS:-gzip}
# The same records give the same bytes.
case $COMPRESS in
gzip) suffix=gz filter='gzip -n' ;;
zstd) suffix=zst filter='zstd -q -c' ;;
*) die 64 "COMPRESS is gzip or zstd, not $COMPRESS" ;;
esac

# manifest FOLDER: a line for each file in it.
manifest() {
	local f lines
	for f in "$1"/*.ndjson."$suffix"; do
		[ -e "$f" ] || continue
		lines=$("$COMPRESS" -dc "$f" | wc -l)
		printf '{"file":"%s","lines":%d,"bytes":%d,"sha256":"%s"}\n' \
			"${f##*/}" "$lines" "$(stat -c %s "$f")" \
			"$(sha256sum <"$f" | cut -d' ' -f1)"
	done
}

# load HOW KIND FILE GROUP: split the file into a folder that is moved to its
# place when it is whole; it is named by when the file was written.
load() {
	local name=${3##*/} time to part
	name=${name%.ndjson}
	time=$(date -u -r "$3" +%Y%m%dT%H%M%S.%6NZ)
	to=out/$name/$time part=state/$name.part
	rm -rf "$part"
	mkdir -p "$part" out
	split --line-bytes="${SPLIT_SIZE:-150M}" --numeric-suffixes=1 -a 4 \
		--filter="$filter >\"\$FILE.ndjson.$suffix\"" \
		"$3" "$part/$name-$time-" || return 74
	manifest "$part" >"$part/manifest.ndjson"
	cp "load/$2".* "$part"
	# A run may have been killed after it had moved the folder.
	if [ "$dry" = no ] && [ ! -e "$to" ]; then
		mkdir -p "out/$name"
		sync "$part"/* || return 74
		mv "$part" "$to" || return 74
	fi
	rm -rf "$part"
	echo "$to"
}

load_streams "$@"
