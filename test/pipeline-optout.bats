#!/usr/bin/env bats

load helper
load postgres

setup_file() {
	start_postgres
}

teardown_file() {
	stop_postgres
}

setup() {
	start_sandbox --list DEMO01=Newsletter --job-delay 0 --limits off \
		--visibility-delay 0
	pipelines=$BATS_TEST_DIRNAME/../pipelines
	folder=$BATS_TEST_TMPDIR/optouts
	cp -r "$pipelines/optout-sync" "$folder"
	sql 'set client_min_messages = error; drop table if exists optouts'
	psql -X -q -f "$folder/sample.sql"
	export DATABASE=postgres
	cd "$BATS_TEST_TMPDIR" || return
	agree lea.moreau@atelier-lumen.example ada@shop.example
}

teardown() {
	stop_sandbox
}

# agree ADDRESS...: they subscribe, now.
agree() {
	local address
	for address; do
		printf '{"email":"%s","consent":{"source":"Checkout","email":{"status":"SUBSCRIBED","consented_at":"%s"}}}\n' \
			"$address" "$(date -u +%FT%TZ)"
	done |
		kl-push subscribe -q --list DEMO01 >/dev/null
	await SUBSCRIBED "$1"
}

consent() {
	kl-pull profiles -q --with subscriptions --email "$1" |
		jq -r '.subscriptions.email.marketing.consent'
}

# await CONSENT ADDRESS
await() {
	for _ in $(seq 200); do
		[ "$(consent "$2")" = "$1" ] && return
		sleep 0.02
	done
	return 1
}

carry() {
	"$pipelines/optout-sync.sh" "$@" "$folder"
}

@test "optout-sync: who opted out elsewhere is unsubscribed, and nobody else" {
	run -1 --separate-stderr carry
	await UNSUBSCRIBED lea.moreau@atelier-lumen.example
	run -0 consent stranger@shop.example
	same ''
	run -0 consent ada@shop.example
	same SUBSCRIBED
	run -0 jq -r ._kl_reject.tool "$folder"/state/rejects-*.ndjson
	same kl-validate
	run -0 kl-push audit-verify "$folder/audit.ndjson"
}

@test "optout-sync: each opt-out is carried once; a new one again" {
	run -1 carry
	await UNSUBSCRIBED lea.moreau@atelier-lumen.example
	sleep 1.1 # consent is later than the opt-out by the second
	agree lea.moreau@atelier-lumen.example
	run -1 --separate-stderr carry --full
	same ''
	run -0 consent lea.moreau@atelier-lumen.example
	same SUBSCRIBED
	sql "insert into optouts values ('Lea.Moreau@atelier-lumen.example', null, now())"
	run -0 --separate-stderr carry
	await UNSUBSCRIBED lea.moreau@atelier-lumen.example
}

@test "optout-sync: HOW=suppress keeps mail from those Klaviyo does not know, too" {
	HOW=suppress run -1 carry
	run -0 bash -c 'kl-pull suppressions -q | jq -r "[.email, .reason] | join(\" \")" | sort'
	same 'lea.moreau@atelier-lumen.example USER_SUPPRESSED
stranger@shop.example USER_SUPPRESSED'
	HOW=forget run -64 --separate-stderr carry
	said 'optout-sync.sh: HOW is unsubscribe or suppress, not forget'
}

@test "optout-sync -n: says what would be sent, unsubscribes nobody" {
	run -0 --separate-stderr carry -n
	[[ $stderr == *'1 would be set aside: 1 '* ]]
	[[ $stderr == *'dry run, nothing was sent: 1 request,'* ]]
	run -0 consent lea.moreau@atelier-lumen.example
	same SUBSCRIBED
	[ ! -e "$folder/audit.ndjson" ]
}

@test "optout-sync: goes on where it was when the service was away" {
	KL_BASE_URL=http://127.0.0.1:9 KL_GIVE_UP_AFTER=200 run -75 carry
	run -1 --separate-stderr carry
	[[ $stderr == *'going on with what an earlier run has begun'* ]]
	await UNSUBSCRIBED lea.moreau@atelier-lumen.example
}

@test "optout-sync: says what is missing" {
	run -64 --separate-stderr env -u DATABASE "$pipelines/optout-sync.sh" "$folder"
	said 'optout-sync.sh: set DATABASE to the word postgres, or to a file of SQLite'
	run -64 --separate-stderr "$pipelines/optout-sync.sh"
	said 'optout-sync.sh: usage: optout-sync.sh [-n] [--full] FOLDER'
}
