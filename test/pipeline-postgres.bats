#!/usr/bin/env bats

load helper
load warehouse
load postgres

setup_file() {
	start_postgres
}

teardown_file() {
	stop_postgres
}

setup() {
	start_sandbox --list DEMO01=Newsletter --job-delay 0 --limits off
	pipelines=$BATS_TEST_DIRNAME/../pipelines
	folder=$BATS_TEST_TMPDIR/warehouse
	cp -r "$pipelines/to-postgres" "$folder"
	printf 'full %s\n' lists 'members --list DEMO01' >"$folder/streams"
	sql 'set client_min_messages = error; drop schema if exists klaviyo cascade'
	people='{"email":"ada@shop.example","first_name":"Ada","properties":{"n":12345678901234567890.10}}
{"email":"bob@shop.example","first_name":"Bob\u0000by \\u0000"}
{"phone_number":"+43660123456","external_id":"C,\"3\""}'
	kl-push add -q --list DEMO01 <<<"$people" >/dev/null
}

teardown() {
	stop_sandbox
}

load_all() {
	"$pipelines/to-postgres.sh" "$folder"
}

@test "to-postgres: makes the tables and fills them, each value as it was" {
	run -0 --separate-stderr load_all
	same $'lists\t1 written, 0 deleted\nmembers --list DEMO01\t3 people, 3 members written, 0 deleted'
	run -0 sql "select email, first_name, phone_number, external_id,
		data #>> '{properties,n}' from klaviyo.person order by email"
	same 'ada@shop.example|Ada|||12345678901234567890.10
bob@shop.example|Bobby \u0000|||
||+43660123456|C,"3"|'
	run -0 sql 'select l.name, count(*), count(m.joined)
		from klaviyo.list l join klaviyo.list_person m on m.list_id = l.id
		group by 1'
	same 'Newsletter|3|3'
}

@test "to-postgres: everything kl-pull has is in its table, and again nothing is written" {
	start_everything
	run -0 load_all
	run -0 sql "$(counted klaviyo.)"
	same "$(everything)"
	run -0 sql "$(joined klaviyo.)"
	same 6
	run -0 --separate-stderr load_all
	run -0 cut -f2 <<<"$output"
	run -0 sort -u <<<"$output"
	same '0 people, 0 members written, 0 deleted
0 written, 0 deleted'
}

@test "to-postgres: a stream that is new brings what changed, and deletes nothing" {
	printf 'new %s\n' profiles events >"$folder/streams"
	run -0 --separate-stderr load_all
	same $'profiles\t3 written, 0 deleted\nevents\t0 written, 0 deleted'
	kl-push upsert -q >/dev/null \
		<<<'{"email":"ada@shop.example","first_name":"Augusta"}'
	run -0 --separate-stderr load_all
	[ "${lines[0]}" = $'profiles\t1 written, 0 deleted' ]
	run -0 sql "select first_name, count(*) from klaviyo.person
		where email like 'ada@%' group by 1"
	same 'Augusta|1'
	run -0 sql 'select count(*) from klaviyo.person'
	same 3
}

@test "to-postgres: run again it writes nothing" {
	run -0 load_all
	before=$(sql 'select xmin, ctid from klaviyo.person order by id')
	run -0 --separate-stderr load_all
	same $'lists\t0 written, 0 deleted\nmembers --list DEMO01\t0 people, 0 members written, 0 deleted'
	run -0 sql 'select xmin, ctid from klaviyo.person order by id'
	same "$before"
}

@test "to-postgres: what changed is written, who left the list is no member" {
	run -0 load_all
	kl-push add -q --list DEMO01 >/dev/null \
		<<<'{"email":"ada@shop.example","first_name":"Augusta"}'
	id=$(sql "select id from klaviyo.person where first_name like 'Bob%'")
	curl -sS -X DELETE -H "Authorization: Klaviyo-API-Key $KLAVIYO_API_KEY" \
		-H 'revision: 2026-07-15' -H 'Content-Type: application/vnd.api+json' \
		-d "{\"data\":[{\"type\":\"profile\",\"id\":\"$id\"}]}" \
		"$KL_BASE_URL/api/lists/DEMO01/relationships/profiles"
	run -0 load_all
	[ "${lines[1]}" = $'members --list DEMO01\t1 people, 0 members written, 1 deleted' ]
	run -0 sql 'select email, first_name, external_id from klaviyo.person
		join klaviyo.list_person on person_id = id order by email'
	same 'ada@shop.example|Augusta|
||C,"3"'
}

@test "to-postgres -n: rolls everything back, and keeps nothing" {
	run -0 --separate-stderr "$pipelines/to-postgres.sh" -n "$folder"
	same $'lists\t1 written, 0 deleted\nmembers --list DEMO01\t3 people, 3 members written, 0 deleted'
	run -0 sql "select to_regclass('klaviyo.person') is null"
	same t
	run -0 ls "$folder/state"
	same lock
}

@test "to-postgres: a pull that is cut short deletes nobody" {
	run -0 load_all
	stop_sandbox
	run -75 --separate-stderr env KL_GIVE_UP_AFTER=200 "$pipelines/to-postgres.sh" "$folder"
	run -0 sql 'select count(*) from klaviyo.list_person'
	same 3
}

@test "to-postgres: what a killed run has pulled is loaded by the next" {
	mkdir -p "$folder/state"
	printf '{"id":"OTHER","name":"Pulled before","created":"2026-01-01T00:00:00+00:00"}\n' \
		>"$folder/state/lists.ndjson"
	run -0 load_all
	run -0 sql 'select id, name from klaviyo.list'
	same 'OTHER|Pulled before'
	[ ! -e "$folder/state/lists.ndjson" ]
}

@test "to-postgres: a database that is away ends with 75, what was pulled is kept" {
	PGHOST=/nowhere run -75 --separate-stderr load_all
	[[ $stderr == *'/nowhere/.s.PGSQL'* ]]
	[ -s "$folder/state/lists.ndjson" ]
	run -0 load_all
	run -0 sql 'select count(*) from klaviyo.list'
	same 1
}

@test "to-postgres: says what is wrong in streams" {
	echo 'sometimes lists' >"$folder/streams"
	run -64 --separate-stderr load_all
	said 'to-postgres.sh: streams: how is full or new, not sometimes'
	echo 'new members --list DEMO01' >"$folder/streams"
	run -64 --separate-stderr load_all
	said 'to-postgres.sh: streams: new is for profiles and events, not members'
	echo 'full account' >"$folder/streams"
	run -64 --separate-stderr load_all
	said 'to-postgres.sh: streams: no table for account'
	rm "$folder/streams"
	run -66 --separate-stderr load_all
	said "to-postgres.sh: no such file: $folder/streams"
	run -64 --separate-stderr "$pipelines/to-postgres.sh"
	said 'to-postgres.sh: usage: to-postgres.sh [-n] FOLDER'
}
