#!/usr/bin/env bats

load helper
load warehouse

setup() {
	start_sandbox --list DEMO01=Newsletter --job-delay 0 --limits off \
		--generate members=50
	pipelines=$BATS_TEST_DIRNAME/../pipelines
	folder=$BATS_TEST_TMPDIR/warehouse
	cp -r "$pipelines/to-files" "$folder"
	printf 'full %s\n' lists 'members --list DEMO01' >"$folder/streams"
	cd "$BATS_TEST_TMPDIR" || return
}

teardown() {
	stop_sandbox
}

files() {
	SPLIT_SIZE=10K "$pipelines/to-files.sh" "$@" "$folder"
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
	[ "${lines[0]}" = manifest.ndjson ]
	[ "${lines[1]}" = members---list-DEMO01-TIME-0001.ndjson.gz ]
	[[ $output == *'
members.bigquery.json
members.redshift.sql
members.snowflake.sql' ]]
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

@test "to-files: COMPRESS=zstd compresses with that" {
	command -v zstd || skip 'zstd is not here'
	COMPRESS=zstd run -0 files
	run -0 bash -c "zstd -dc '$(members)'/*.zst | wc -l"
	same 50
	COMPRESS=lzma run -64 --separate-stderr files
	said 'to-files.sh: COMPRESS is gzip or zstd, not lzma'
}

@test "to-files: BigQuery's schema names every member that comes" {
	start_everything
	run -0 files
	cd "$folder/out"
	for kind in *; do
		run -0 comm -23 <(zcat "$kind"/*/*.gz | jq -r 'keys[]' | sort -u) \
			<(jq -r '.[].name' "$kind"/*/*.bigquery.json | sort)
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
	mkdir -p "$folder/state"
	echo '{"id":"OTHER"}' >"$folder/state/lists.ndjson"
	touch -d '2026-01-02T03:04:05.678901Z' "$folder/state/lists.ndjson"
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
