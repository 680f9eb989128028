#!/usr/bin/env bats

load helper
load warehouse

setup() {
	start_sandbox --list DEMO01=Newsletter --job-delay 0 --limits off
	pipelines=$BATS_TEST_DIRNAME/../pipelines
	folder=$BATS_TEST_TMPDIR/warehouse
	cp -r "$pipelines/to-sqlite" "$folder"
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
	sqlite3 "$folder/klaviyo.db" "$1"
}

load_all() {
	"$pipelines/to-sqlite.sh" "$folder"
}

@test "to-sqlite: makes the tables and fills them, each value as it was" {
	run -0 --separate-stderr load_all
	same $'lists\t1 written, 0 deleted\nmembers --list DEMO01\t3 people, 3 members written, 0 deleted'
	run -0 sql "select email, first_name, phone_number, external_id,
		data -> '$.properties.n' from person order by email nulls last"
	same 'ada@shop.example|Ada|||12345678901234567890.10
bob@shop.example|Bob|||
||+43660123456|C,"3"|'
	run -0 sql 'select l.name, count(*), count(m.joined)
		from list l join list_person m on m.list_id = l.id
		group by 1'
	same 'Newsletter|3|3'
}

@test "to-sqlite: everything kl-pull has is in its table, and again nothing is written" {
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

@test "to-sqlite: a stream that is new brings what changed, and deletes nothing" {
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

@test "to-sqlite: run again it writes nothing" {
	run -0 load_all
	before=$(sql 'select rowid, data from person order by id')
	run -0 --separate-stderr load_all
	same $'lists\t0 written, 0 deleted\nmembers --list DEMO01\t0 people, 0 members written, 0 deleted'
	run -0 sql 'select rowid, data from person order by id'
	same "$before"
}

@test "to-sqlite: what changed is written, who left the list is no member" {
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

@test "to-sqlite -n: rolls everything back, and keeps nothing" {
	run -0 --separate-stderr "$pipelines/to-sqlite.sh" -n "$folder"
	same $'lists\t1 written, 0 deleted\nmembers --list DEMO01\t3 people, 3 members written, 0 deleted'
	run -0 sql "select name from sqlite_schema"
	same ''
	run -0 ls "$folder/state"
	same lock
}

@test "to-sqlite: a pull that is cut short deletes nobody" {
	run -0 load_all
	stop_sandbox
	run -75 --separate-stderr env KL_GIVE_UP_AFTER=200 "$pipelines/to-sqlite.sh" "$folder"
	run -0 sql 'select count(*) from list_person'
	same 3
}

@test "to-sqlite: what a killed run has pulled is loaded by the next" {
	mkdir -p "$folder/state"
	printf '{"id":"OTHER","name":"Pulled before","created":"2026-01-01T00:00:00+00:00"}\n' \
		>"$folder/state/lists.ndjson"
	run -0 load_all
	run -0 sql 'select id, name from list'
	same 'OTHER|Pulled before'
	[ ! -e "$folder/state/lists.ndjson" ]
}

@test "to-sqlite: a database that cannot be written ends with 74, what was pulled is kept" {
	DATABASE=/nowhere/klaviyo.db run -74 --separate-stderr load_all
	[[ $stderr == *'unable to open database'* ]]
	[ -s "$folder/state/lists.ndjson" ]
	run -0 load_all
	run -0 sql 'select count(*) from list'
	same 1
}

@test "to-sqlite: says what is wrong in streams" {
	echo 'sometimes lists' >"$folder/streams"
	run -64 --separate-stderr load_all
	said 'to-sqlite.sh: streams: how is full or new, not sometimes'
	echo 'new members --list DEMO01' >"$folder/streams"
	run -64 --separate-stderr load_all
	said 'to-sqlite.sh: streams: new is for profiles and events, not members'
	echo 'full account' >"$folder/streams"
	run -64 --separate-stderr load_all
	said 'to-sqlite.sh: streams: no table for account'
	rm "$folder/streams"
	run -66 --separate-stderr load_all
	said "to-sqlite.sh: no such file: $folder/streams"
	run -64 --separate-stderr "$pipelines/to-sqlite.sh"
	said 'to-sqlite.sh: usage: to-sqlite.sh [-n] FOLDER'
}
