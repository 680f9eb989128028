#!/usr/bin/env bats

load helper
load warehouse

# The program if it is here, else the library, which npm has brought in for
# the benchmarks or brings in now.
setup_file() {
	DUCKDB_NPM=${DUCKDB_NPM:-$KL_BUILD/npm} MISSING=
	export DUCKDB_NPM DUCKDB MISSING
	! command -v duckdb >/dev/null || return 0
	bring_duckdb >"$BATS_FILE_TMPDIR/npm.log" 2>&1 || {
		MISSING='neither duckdb nor npm can be had here'
		return 0
	}
	DUCKDB=$BATS_FILE_TMPDIR/duckdb
	printf '#!/bin/sh\nexec node "%s" "$@"\n' \
		"$BATS_TEST_DIRNAME/duckdb.mjs" >"$DUCKDB"
	chmod +x "$DUCKDB"
}

bring_duckdb() {
	[ ! -d "$DUCKDB_NPM/node_modules" ] || return 0
	command -v npm && mkdir -p "$DUCKDB_NPM" &&
		cp "$BATS_TEST_DIRNAME"/bench/package*.json "$DUCKDB_NPM" &&
		npm ci --prefix "$DUCKDB_NPM" --ignore-scripts --no-audit --no-fund
}

setup() {
	[ -z "$MISSING" ] || skip "$MISSING"
	start_sandbox --list DEMO01=Newsletter --job-delay 0 --limits off
	pipelines=$BATS_TEST_DIRNAME/../pipelines
	folder=$BATS_TEST_TMPDIR/warehouse
	cp -r "$pipelines/to-duckdb" "$folder"
	printf 'full %s\n' lists 'members --list DEMO01' >"$folder/streams"
	people='{"email":"ada@shop.example","first_name":"Ada","properties":{"n":12345678901234567890.10}}
{"email":"bob@shop.example","first_name":"Bob\u0000by \\u0000"}
{"phone_number":"+43660123456","external_id":"C,\"3\""}'
	kl-push add -q --list DEMO01 <<<"$people" >/dev/null
}

teardown() {
	stop_sandbox
}

# sql TEXT: what it gives.
sql() {
	"${DUCKDB:-duckdb}" -noheader -list "$folder/klaviyo.duckdb" <<<"$1"
}

load_all() {
	"$pipelines/to-duckdb.sh" "$folder"
}

@test "to-duckdb: makes the tables and fills them, each value as it was" {
	run -0 --separate-stderr load_all
	same $'lists\t1 written, 0 deleted\nmembers --list DEMO01\t3 people, 3 members written, 0 deleted'
	run -0 sql "select email, replace(first_name, chr(0), ''), phone_number, external_id,
		data::varchar like '%:12345678901234567890.10}%' from person order by email nulls last"
	same 'ada@shop.example|Ada|||true
bob@shop.example|Bobby \u0000|||false
||+43660123456|C,"3"|false'
	run -0 sql 'select l.name, count(*), count(m.joined)
		from list l join list_person m on m.list_id = l.id
		group by 1'
	same 'Newsletter|3|3'
}

@test "to-duckdb: each table is a file of Parquet, too" {
	run -0 load_all
	run -0 bash -c "cd '$folder' && ls parquet"
	same 'event.parquet
global_exclusion.parquet
list.parquet
list_exclusion.parquet
list_person.parquet
metric.parquet
person.parquet
segment.parquet
segment_person.parquet'
	run -0 sql "select count(*), count(data) from '$folder/parquet/person.parquet'"
	same '3|3'
}

@test "to-duckdb: everything kl-pull has is in its table, and again nothing is written" {
	start_everything
	run -0 load_all
	run -0 sql "$(counted)"
	same "$(everything)"
	run -0 sql "$(joined '')"
	same 6
	run -0 --separate-stderr load_all
	run -0 cut -f2 <<<"$output"
	run -0 sort -u <<<"$output"
	same '0 people, 0 members written, 0 deleted
0 written, 0 deleted'
}

@test "to-duckdb: a stream that is new brings what changed, and deletes nothing" {
	printf 'new %s\n' profiles events >"$folder/streams"
	run -0 --separate-stderr load_all
	same $'profiles\t3 written, 0 deleted\nevents\t0 written, 0 deleted'
	kl-push upsert -q >/dev/null \
		<<<'{"email":"ada@shop.example","first_name":"Augusta"}'
	run -0 --separate-stderr load_all
	[ "${lines[0]}" = $'profiles\t1 written, 0 deleted' ]
	run -0 sql "select first_name, count(*) from person
		where email like 'ada@%' group by 1"
	same 'Augusta|1'
	run -0 sql 'select count(*) from person'
	same 3
}

@test "to-duckdb: run again it writes nothing" {
	run -0 load_all
	before=$(sql 'select rowid, data from person order by id')
	run -0 --separate-stderr load_all
	same $'lists\t0 written, 0 deleted\nmembers --list DEMO01\t0 people, 0 members written, 0 deleted'
	run -0 sql 'select rowid, data from person order by id'
	same "$before"
}

@test "to-duckdb: what changed is written, who left the list is no member" {
	run -0 load_all
	kl-push add -q --list DEMO01 >/dev/null \
		<<<'{"email":"ada@shop.example","first_name":"Augusta"}'
	id=$(sql "select id from person where first_name like 'Bob%'")
	curl -sS -X DELETE -H "Authorization: Klaviyo-API-Key $KLAVIYO_API_KEY" \
		-H 'revision: 2026-07-15' -H 'Content-Type: application/vnd.api+json' \
		-d "{\"data\":[{\"type\":\"profile\",\"id\":\"$id\"}]}" \
		"$KL_BASE_URL/api/lists/DEMO01/relationships/profiles"
	run -0 load_all
	[ "${lines[1]}" = $'members --list DEMO01\t1 people, 0 members written, 1 deleted' ]
	run -0 sql 'select email, first_name, external_id from person
		join list_person on person_id = id order by email nulls last'
	same 'ada@shop.example|Augusta|
||C,"3"'
}

@test "to-duckdb -n: rolls everything back, and keeps nothing" {
	run -0 --separate-stderr "$pipelines/to-duckdb.sh" -n "$folder"
	same $'lists\t1 written, 0 deleted\nmembers --list DEMO01\t3 people, 3 members written, 0 deleted'
	run -0 sql "select table_name from duckdb_tables()"
	same ''
	run -0 ls "$folder/state"
	same lock
}

@test "to-duckdb: a pull that is cut short deletes nobody" {
	run -0 load_all
	stop_sandbox
	run -75 --separate-stderr env KL_GIVE_UP_AFTER=200 "$pipelines/to-duckdb.sh" "$folder"
	run -0 sql 'select count(*) from list_person'
	same 3
}

@test "to-duckdb: what a killed run has pulled is loaded by the next" {
	mkdir -p "$folder/state"
	printf '{"id":"OTHER","name":"Pulled before","created":"2026-01-01T00:00:00+00:00"}\n' \
		>"$folder/state/lists.ndjson"
	run -0 load_all
	run -0 sql 'select id, name from list'
	same 'OTHER|Pulled before'
	[ ! -e "$folder/state/lists.ndjson" ]
}

@test "to-duckdb: a database that cannot be written ends with 74, what was pulled is kept" {
	DATABASE=/nowhere/klaviyo.duckdb run -74 --separate-stderr load_all
	[[ $stderr == *'annot open file'* ]]
	[ -s "$folder/state/lists.ndjson" ]
	run -0 load_all
	run -0 sql 'select count(*) from list'
	same 1
}

@test "to-duckdb: says what is wrong in streams" {
	echo 'sometimes lists' >"$folder/streams"
	run -64 --separate-stderr load_all
	said 'to-duckdb.sh: streams: how is full or new, not sometimes'
	echo 'new members --list DEMO01' >"$folder/streams"
	run -64 --separate-stderr load_all
	said 'to-duckdb.sh: streams: new is for profiles and events, not members'
	echo 'full account' >"$folder/streams"
	run -64 --separate-stderr load_all
	said 'to-duckdb.sh: streams: no table for account'
	rm "$folder/streams"
	run -66 --separate-stderr load_all
	said "to-duckdb.sh: no such file: $folder/streams"
	run -64 --separate-stderr "$pipelines/to-duckdb.sh"
	said 'to-duckdb.sh: usage: to-duckdb.sh [-n] FOLDER'
}
