#!/usr/bin/env bash
# to-files.sh - what Klaviyo has as files that BigQuery, Snowflake and Redshift
# load: one JSON object a line, split, compressed, a schema beside them.
#
# Usage:   to-files.sh [-n] [--split-size SIZE] [--compress gzip|zstd] FOLDER
#   -n            a dry run: pull and split, keep nothing
#   --split-size  the most that a file has before it is compressed, as 150M
#                 (which it is unless said), 64K, 1G or so many bytes
#   --compress    gzip unless said; BigQuery has no zstd
# Input:   FOLDER/streams, what to pull: a line each, of how and the words of
#          kl-pull.  full: all of it; new: of profiles and events, what changed
#          since the last run, so that of the rows of one id the last updated
#          counts.  FOLDER/bigquery, a schema for each kind of record.  The key
#          as for kl-pull.
# Output:  FOLDER/out/STREAM/TIME/STREAM-TIME-NNNN.ndjson.gz, a manifest of
#          them with their lines, bytes and digests, the schema, and how each
#          warehouse loads them; TIME is when the pull ended.  Their names on
#          stdout.  A folder appears when it is whole and never changes: a
#          loader that remembers names loads each file once.
# Exit:    0; 75: run the same again, it goes on; others as in kl(7).
#
# The schemas and the commands were checked against documentation only.
# Redshift takes no record of more than 4 MB.
set -euo pipefail

# shellcheck source=pipelines/streams.bash
. "$(dirname "${BASH_SOURCE[0]}")/streams.bash"

usage='[--split-size SIZE] [--compress gzip|zstd]'
split_size=150M compress=gzip options=()
while [ $# -gt 1 ]; do
	case $1 in
	-n) options=(-n) && shift ;;
	--split-size) split_size=$2 && shift 2 ;;
	--compress) compress=$2 && shift 2 ;;
	*) die 64 "usage: to-files.sh [-n] $usage FOLDER" ;;
	esac
done
[[ $split_size =~ ^[1-9][0-9]{0,11}[KMG]?$ ]] ||
	die 64 "--split-size is a size like 150M, not $split_size"
# The same records give the same bytes.
case $compress in
gzip) suffix=gz filter='gzip -n' ;;
zstd) suffix=zst filter='zstd -q -c' ;;
*) die 64 "--compress is gzip or zstd, not $compress" ;;
esac

# split_whole FILE PREFIX: no record is cut in two; one that is longer than a
# file may be ends the run.  None has more than 16 MiB, and a newline.
split_whole() {
	local most
	most=$(numfmt --from=iec "$split_size")
	[ "$most" -gt $((16 << 20)) ] ||
		LC_ALL=C awk -v most="$most" 'length >= most { exit 1 }' "$1" ||
		die 64 "--split-size $split_size is less than a record has"
	split --line-bytes="$most" --numeric-suffixes=1 -a 4 \
		--filter="$filter >\"\$FILE.ndjson.$suffix\"" "$1" "$2" ||
		return 74
}

# manifest FOLDER: a line for each file in it.
manifest() {
	local f lines
	for f in "$1"/*.ndjson."$suffix"; do
		[ -e "$f" ] || continue
		lines=$("$compress" -dc "$f" | wc -l)
		printf '{"file":"%s","lines":%d,"bytes":%d,"sha256":"%s"}\n' \
			"${f##*/}" "$lines" "$(stat -c %s "$f")" \
			"$(sha256sum <"$f" | cut -d' ' -f1)"
	done
}

# commands HOW NAME TIME FOLDER: how each warehouse loads the files, into a
# table for each stream.  What is full replaces what was there, even if it is
# by nothing.
commands() {
	local table files=$2/$3 delete='' replace=''
	table=klaviyo_$(tr -cs 'A-Za-z0-9\n' _ <<<"$2")
	[ "$1" = new ] ||
		delete=$'\n'"delete from $table;" replace=' --replace'
	{
		echo "create table if not exists $table (data variant not null);"
		[ ! -s "$4/manifest.ndjson" ] ||
			echo "put 'file://FOLDER/out/$files/*.ndjson.$suffix' @%$table auto_compress = false;"
		echo "begin;$delete"
		[ ! -s "$4/manifest.ndjson" ] || echo "copy into $table from @%$table
    file_format = (type = json)
    pattern = '.*$2-$3-[0-9]+[.]ndjson[.]$suffix'
    on_error = abort_statement;"
		echo 'commit;'
	} >"$4/load.snowflake.sql"
	{
		echo "-- After: aws s3 cp --recursive . s3://BUCKET/$files/"
		echo "create table if not exists $table (data super not null);"
		echo "begin;$delete"
		[ ! -s "$4/manifest.ndjson" ] || echo "copy $table from 's3://BUCKET/$files/$2-'
    iam_role default
    format json 'noshred'
    $compress;"
		echo 'commit;'
	} >"$4/load.redshift.sql"
	[ "$compress" = gzip ] || return 0
	{
		echo "# After: gcloud storage cp *.ndjson.$suffix gs://BUCKET/$files/"
		if [ -s "$4/manifest.ndjson" ]; then
			echo "bq load$replace --source_format=NEWLINE_DELIMITED_JSON \\
    --ignore_unknown_values DATASET.$table \\
    'gs://BUCKET/$files/*' schema.bigquery.json"
		else
			echo "bq query --use_legacy_sql=false 'truncate table DATASET.$table'"
		fi
	} >"$4/load.bigquery.sh"
}

# load HOW KIND FILE GROUP: split the file into a folder that is moved to its
# place when it is whole; it is named by when the file was written.
load() {
	local name=${3##*/} time to part
	name=${name%.ndjson}
	time=$(date -u -r "$3" +%Y%m%dT%H%M%S.%6NZ)
	to=out/$name/$time part=${3%.ndjson}.part
	if [ "$1" = new ] && [ ! -s "$3" ]; then
		echo nothing
		return
	fi
	rm -rf "$part"
	mkdir -p "$part" out
	split_whole "$3" "$part/$name-$time-" || return
	manifest "$part" >"$part/manifest.ndjson"
	cp "bigquery/$2.json" "$part/schema.bigquery.json" || return 66
	commands "$1" "$name" "$time" "$part"
	# A run may have been killed after it had moved the folder.
	if [ "$dry" = no ] && [ ! -e "$to" ]; then
		mkdir -p "out/$name"
		sync "$part"/* || return 74
		mv "$part" "$to" || return 74
	fi
	rm -rf "$part"
	echo "$to"
}

load_streams ${options[@]+"${options[@]}"} "$@"
