#!/usr/bin/env bats

load helper
load warehouse

setup() {
	start_sandbox --list DEMO01=Newsletter --job-delay 0 --limits off \
		--generate members=50
	pipelines=$BATS_TEST_DIRNAME/../pipelines
	folder=$BATS_TEST_TMPDIR/warehouse
	cp -r "$pipelines/warehouse" "$folder"
	printf 'full %s\n' lists 'members --list DEMO01' >"$folder/streams"
	cd "$BATS_TEST_TMPDIR" || return
}

teardown() {
	stop_sandbox
}

files() {
	"$pipelines/to-files.sh" --split-size 10K "$@" "$folder"
}

# The folder of the members' files.
members() {
	echo "$folder"/out/members---list-DEMO01/*
}

@test "to-files: the files hold all records, each whole, with a manifest and the schemas" {
	run -0 --separate-stderr files
	[ "${#lines[@]}" -eq 2 ]
	cd "$(members)"
	run -0 bash -c "ls | sed -E 's/[0-9]{8}T[0-9.]{13}Z/TIME/'"
	[ "${output%%members*}" = 'load.bigquery.sh
load.redshift.sql
load.snowflake.sql
manifest.ndjson
' ]
	[ "${lines[4]}" = members---list-DEMO01-TIME-0001.ndjson.gz ]
	[ "${lines[-1]}" = schema.bigquery.json ]
	run -0 bash -c 'zcat *.gz | jq -r .id | sort -u | wc -l'
	same 50
	diff <(zcat ./*.gz) <(kl-pull members -q --list DEMO01)
	for f in *.gz; do
		[ "$(zcat "$f" | wc -c)" -le 10240 ]
	done
	run -0 jq -s 'map(.lines) | add' manifest.ndjson
	same 50
	run -0 jq -r '"\(.sha256)  \(.file)"' manifest.ndjson
	run -0 sha256sum -c --quiet <<<"$output"
}

@test "to-files --compress zstd: compresses with that" {
	command -v zstd || skip 'zstd is not here'
	run -0 files --compress zstd
	run -0 bash -c "zstd -dc '$(members)'/*.zst | wc -l"
	same 50
	[ ! -e "$(members)/load.bigquery.sh" ]
	run -64 --separate-stderr files --compress lzma
	said 'to-files.sh: --compress is gzip or zstd, not lzma'
}

@test "to-files --split-size: no record is cut, and a size is one" {
	run -64 --separate-stderr files --split-size 200
	said 'to-files.sh: --split-size 200 is less than a record has'
	[ -s "$folder/state/files/members---list-DEMO01.ndjson" ]
	run -64 --separate-stderr files --split-size much
	said 'to-files.sh: --split-size is a size like 150M, not much'
	run -64 --separate-stderr files --split
	said 'to-files.sh: usage: to-files.sh [-n] [--split-size SIZE] [--compress gzip|zstd] FOLDER'
	run -0 files
}

@test "to-files: what is full replaces what a warehouse had, what is new is added" {
	printf '%s\n' 'full lists' 'new profiles' >"$folder/streams"
	run -0 files
	cd "$folder/out/lists"/*
	name=${PWD##*/}
	run -0 cat load.snowflake.sql load.redshift.sql load.bigquery.sh
	same "create table if not exists klaviyo_lists (data variant not null);
put 'file://FOLDER/out/lists/$name/*.ndjson.gz' @%klaviyo_lists auto_compress = false;
begin;
delete from klaviyo_lists;
copy into klaviyo_lists from @%klaviyo_lists
    file_format = (type = json)
    pattern = '.*lists-$name-[0-9]+[.]ndjson[.]gz'
    on_error = abort_statement;
commit;
-- After: aws s3 cp --recursive . s3://BUCKET/lists/$name/
create table if not exists klaviyo_lists (data super not null);
begin;
delete from klaviyo_lists;
copy klaviyo_lists from 's3://BUCKET/lists/$name/lists-'
    iam_role default
    format json 'noshred'
    gzip;
commit;
# After: gcloud storage cp *.ndjson.gz gs://BUCKET/lists/$name/
bq load --replace --source_format=NEWLINE_DELIMITED_JSON \\
    --ignore_unknown_values DATASET.klaviyo_lists \\
    'gs://BUCKET/lists/$name/*' schema.bigquery.json"
	run -1 grep -rE 'delete|replace' "$folder/out/profiles" --include 'load*'
}

@test "to-files: an empty listing empties the table, nothing new is no folder" {
	mkdir -p "$folder/state/files"
	: >"$folder/state/files/segments.ndjson"
	: >"$folder/state/files/events.ndjson"
	printf '%s\n' 'full segments' 'new events' >"$folder/streams"
	run -0 --separate-stderr files
	[ "${lines[1]}" = $'events\tnothing' ]
	[ ! -e "$folder/out/events" ]
	cd "$folder/out/segments"/*
	run -0 cat load.snowflake.sql load.bigquery.sh
	[[ $output == *'
delete from klaviyo_segments;
commit;
# '*"
bq query --use_legacy_sql=false 'truncate table DATASET.klaviyo_segments'" ]]
}

@test "to-files: BigQuery's schema names every member that comes" {
	start_everything
	run -0 files
	cd "$folder/out"
	for kind in *; do
		run -0 comm -23 <(zcat "$kind"/*/*.gz | jq -r 'keys[]' | sort -u) \
			<(jq -r '.[].name' "$kind"/*/schema.bigquery.json | sort)
		same ''
	done
	[ "$(echo * | wc -w)" -eq 9 ]
}

@test "to-files: no folder is there before it is whole" {
	mkdir bin
	printf '#!/bin/sh\nhead -c 100\necho "gzip: no space" >&2\nexit 1\n' >bin/gzip
	chmod +x bin/gzip
	PATH=$PWD/bin:$PATH run -74 --separate-stderr files
	[[ $stderr == *'gzip: no space'* ]]
	[ ! -e "$folder/out/lists" ]
	run -0 files
	run -0 bash -c "zcat '$(members)'/*.gz | wc -l"
	same 50
}

@test "to-files: a killed run's file is split by the next, under the same name" {
	mkdir -p "$folder/state/files"
	echo '{"id":"OTHER"}' >"$folder/state/files/lists.ndjson"
	touch -d '2026-01-02T03:04:05.678901Z' "$folder/state/files/lists.ndjson"
	run -0 --separate-stderr files
	[ "${lines[0]}" = $'lists\tout/lists/20260102T030405.678901Z' ]
	run -0 zcat "$folder/out/lists/20260102T030405.678901Z/lists-20260102T030405.678901Z-0001.ndjson.gz"
	same '{"id":"OTHER"}'
}

@test "to-files -n: keeps nothing" {
	run -0 files -n
	run -0 bash -c "ls '$folder/state' '$folder/out'"
	same "$folder/out:

$folder/state:
lock"
}
