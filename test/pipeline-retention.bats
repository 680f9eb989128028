#!/usr/bin/env bats

load helper

# Of four people one has an old event, one a new one, two have none.
setup() {
	pipelines=$BATS_TEST_DIRNAME/../pipelines
	folder=$BATS_TEST_TMPDIR/retention
	mkdir "$folder"
	cd "$BATS_TEST_TMPDIR" || return
	{
		person '"email":"old@shop.example"'
		person '"email":"active@shop.example"'
		person '"email":"new@shop.example"'
		person '"phone_number":"+43660123456"'
		event old@shop.example 2021-05-05
		event active@shop.example "$(date -u +%F)"
	} >seed
	start_sandbox --limits off --job-delay 0 --visibility-delay 0 --seed seed
}

teardown() {
	stop_sandbox
}

person() {
	printf '{"type":"profile","attributes":{%s}}\n' "$1"
}

event() {
	printf '{"type":"event","profile":"%s","metric":"Placed Order","attributes":{"time":"%sT00:00:00Z","properties":{}}}\n' \
		"$1" "$2"
}

retain() {
	"$pipelines/retention.sh" "$1" "$folder"
}

# addresses: of the report.
addresses() {
	kl-from-csv -q <"$folder/report.csv" | jq -r 'if .email == "" then .phone_number else .email end' |
		sort
}

# done_to EFFECT: whom the ledger has with it.
done_to() {
	jq -r "select(.effect == \"$1\") | .email // .phone_number" "$LEDGER" |
		sort
}

await_forgotten() {
	for _ in $(seq 200); do
		[ "$(done_to forget | wc -l)" -ge "$1" ] && return
		sleep 0.02
	done
	return 1
}

@test "retention report: names who has done nothing for so long, and does nothing" {
	run -0 --separate-stderr retain report
	said 'retention.sh: 1 of those who are known have done nothing for 730 days: see report.csv'
	run -0 addresses
	same old@shop.example
	# Without an event it counts since when there is a profile.
	DAYS=-1 run -0 retain report
	run -0 addresses
	same '+43660123456
active@shop.example
new@shop.example
old@shop.example'
	run -0 done_to suppress
	same ''
}

@test "retention suppress: does what the report says, to who can get mail" {
	DAYS=-1 run -0 retain report
	DAYS=-1 run -0 --separate-stderr retain suppress
	run -0 bash -c 'kl-pull suppressions -q | jq -r .email | sort'
	same 'active@shop.example
new@shop.example
old@shop.example'
	run -0 kl-push audit-verify "$folder/audit.ndjson"
	run -0 bash -c "ls '$folder' '$folder/state'"
	same "$folder:
audit.ndjson
audit.ndjson.head
state

$folder/state:
lock"
}

@test "retention forget: deletes them, and keeps the proof" {
	run -0 retain report
	run -0 retain forget
	await_forgotten 1
	run -0 done_to forget
	same old@shop.example
	run -1 kl-push upsert -q --tombstones "$folder/tombstones" -r bad \
		<<<'{"email":"old@shop.example"}'
}

@test "retention: whose row is taken out of the report stays" {
	DAYS=-1 run -0 retain report
	sed -i '/new@shop/d' "$folder/report.csv"
	DAYS=-1 run -0 retain suppress
	run -0 done_to suppress
	same 'active@shop.example
old@shop.example'
}

@test "retention: who has done something since the report is left alone" {
	run -0 retain report
	echo '{"metric":"Placed Order","profile":{"email":"old@shop.example"},"unique_id":"1"}' |
		kl-track -q --time-now >/dev/null
	for _ in $(seq 100); do
		kl-pull profiles -q --email old@shop.example |
			grep -q "\"last_event_date\":\"$(date -u +%Y)" && break
		sleep 0.02
	done
	run -0 --separate-stderr retain suppress
	run -0 done_to suppress
	same ''
}

@test "retention: PROTECT names people who stay" {
	printf '%s\n' '{"email":"Old@Shop.example"}' \
		'{"_kl_reject":{"v":1},"record":{"phone_number":"+43660123456"}}' >vips
	export PROTECT=$PWD/vips
	DAYS=-1 run -0 retain report
	run -0 addresses
	same 'active@shop.example
new@shop.example'
	PROTECT=nowhere run -66 --separate-stderr retain report
	said 'retention.sh: no such file: nowhere'
}

@test "retention: without a report of this week nothing is done" {
	run -65 --separate-stderr retain suppress
	said 'retention.sh: there is no report: make one first'
	run -0 retain report
	touch -d '8 days ago' "$folder/state/reported"
	run -65 --separate-stderr retain forget
	said 'retention.sh: the report is older than a week: make it anew'
}

@test "retention: stopped by an outage, the next run goes on" {
	run -0 retain report
	mkdir bin
	printf '#!/bin/sh\nKL_BASE_URL=http://127.0.0.1:9 KL_GIVE_UP_AFTER=200 exec "%s" "$@"\n' \
		"$(command -v kl-push)" >bin/kl-push
	chmod +x bin/kl-push
	PATH=$PWD/bin:$PATH run -75 retain suppress
	run -0 --separate-stderr retain suppress
	[[ $stderr == *'going on with what an earlier run has begun'* ]]
	run -0 done_to suppress
	same old@shop.example
}

@test "retention: says how it is used" {
	run -64 --separate-stderr retain purge
	said 'retention.sh: usage: retention.sh report|suppress|forget FOLDER'
}
