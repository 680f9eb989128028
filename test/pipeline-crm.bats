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
	start_sandbox --list DEMO01=Newsletter --job-delay 0 --limits off
	pipelines=$BATS_TEST_DIRNAME/../pipelines
	folder=$BATS_TEST_TMPDIR/sync
	cp -r "$pipelines/crm-sync" "$folder"
	psql -X -q -c 'drop table if exists customers' 2>&1 | grep -v NOTICE || true
	psql -X -q -f "$pipelines/sample/customers.sql"
	export DATABASE=postgres
	cd "$BATS_TEST_TMPDIR" || return
}

teardown() {
	stop_sandbox
}

# members: who is in the list, by a few of their fields.
members() {
	kl-pull members -q --list DEMO01 |
		jq -c '[.external_id, .email, .location.city, .properties.Plan]' |
		sort
}

# since_now: what the ledger has so far does not count.  ledger: the rest of
# it.  effects: how many there are of each kind.
since_now() {
	mark=$(wc -l <"$LEDGER")
}

ledger() {
	tail -n "+$((${mark:-0} + 1))" "$LEDGER"
}

effects() {
	ledger | jq -r .effect | sort | uniq -c | sed 's/^ *//'
}

touch_city() {
	sql "update customers set city = '$2', updated_at = now() where id = '$1'"
}

@test "crm-sync: brings the customers of PostgreSQL into the list; what is wrong is set aside" {
	run -1 --separate-stderr "$pipelines/crm-sync.sh" "$folder"
	[[ $stderr == *"crm-sync.sh: 1 were set aside in $folder/state/rejects-"*'.ndjson: 1 email_'* ]]
	run -0 jq -c '[.status, .counts.accepted, .counts.rejected]' <<<"$output"
	same '["complete",3,0]'
	run -0 members
	same '["C-1","lea.moreau@atelier-lumen.example","Lyon","Gold"]
["C-2","bjorn.angstrom@fjallstigen.example","Umeå","Silver"]
["C-3","maria.rossi@oliveto.example","Lucca","Basic"]'
	run -0 jq -c '[._kl_reject.tool, ._kl_reject.field, .record.external_id]' \
		"$folder"/state/rejects-*.ndjson
	same '["kl-validate","email","C-4"]'
}

@test "crm-sync: leaves only what the next run has to know, for nobody else to read" {
	run -1 "$pipelines/crm-sync.sh" "$folder"
	run -0 bash -c "cd '$folder/state' && stat -c '%a %n' * | sed -E 's/[0-9]{8}T[0-9.]{10}Z/TIME/' | sort -k2"
	same '600 known.db
600 lock
600 rejects-TIME.ndjson
600 since'
}

@test "crm-sync: run again sends nothing but what changed" {
	run -1 "$pipelines/crm-sync.sh" "$folder"
	since_now
	run -0 --separate-stderr "$pipelines/crm-sync.sh" "$folder"
	same ''
	run -0 effects
	same ''
	touch_city C-3 Siena
	run -0 --separate-stderr "$pipelines/crm-sync.sh" "$folder"
	run -0 jq -r '.counts.accepted' <<<"$output"
	same 1
	run -0 jq -c 'select(.effect == "profile.update") | .external_id' <(ledger)
	same '"C-3"'
}

@test "crm-sync --full: offers everybody, sends what is new" {
	run -1 "$pipelines/crm-sync.sh" "$folder"
	since_now
	sql "update customers set email = 'paolo@oliveto.example' where id = 'C-4'"
	run -0 "$pipelines/crm-sync.sh" "$folder"
	run -0 effects
	same ''
	run -0 "$pipelines/crm-sync.sh" --full "$folder"
	run -0 effects
	same '1 list.add
1 profile.create'
}

# A list of the three customers and three others, and C-2 no longer one of
# the customers; C-4, who is set aside, is a member by an older address.
crowd() {
	run -1 "$pipelines/crm-sync.sh" "$folder"
	kl-push add -q --list DEMO01 >/dev/null <<-EOF
	{"email":"one@shop.example"}
	{"email":"two@shop.example"}
	{"email":"paolo@oliveto.example","external_id":"C-4"}
	EOF
	sql "delete from customers where id = 'C-2'"
}

@test "crm-sync --mirror: removes who is no customer, and nobody who was set aside" {
	crowd
	MAX_REMOVE=3 run -1 --separate-stderr "$pipelines/crm-sync.sh" --mirror "$folder"
	run -0 members
	same '["C-1","lea.moreau@atelier-lumen.example","Lyon","Gold"]
["C-3","maria.rossi@oliveto.example","Lucca","Basic"]
["C-4","paolo@oliveto.example",null,null]'
	run -0 kl-push mirror -q --apply "$folder/state/plan.undo"
	run -0 bash -c "$(declare -f members); members | wc -l"
	same 6
}

@test "crm-sync --mirror: removes nobody if that would be more than MAX_REMOVE" {
	crowd
	run -65 --separate-stderr "$pipelines/crm-sync.sh" --mirror "$folder"
	run -0 bash -c "$(declare -f members); members | wc -l"
	same 6
	MAX_REMOVE=3 run -0 --separate-stderr "$pipelines/crm-sync.sh" -n --mirror "$folder"
	run -0 bash -c "$(declare -f members); members | wc -l"
	same 6
}

@test "crm-sync -n: says what would be sent, and changes nothing" {
	run -0 --separate-stderr "$pipelines/crm-sync.sh" -n "$folder"
	[[ $stderr == *'1 would be set aside: 1 '* ]]
	[[ $stderr == *'dry run, nothing was sent: 1 request,'*' 3 profiles'* ]]
	run -0 ls "$folder/state"
	same lock
	run -0 effects
	same ''
}

@test "crm-sync: from SQLite the same customers come" {
	sed -i 's/where updated_at >= .*/where datetime(updated_at) >= datetime(:'"'since'"')/' \
		"$folder/customers.sql"
	sqlite3 crm.db <"$pipelines/sample/customers.sql"
	DATABASE=$PWD/crm.db run -1 "$pipelines/crm-sync.sh" "$folder"
	run -0 members
	same '["C-1","lea.moreau@atelier-lumen.example","Lyon","Gold"]
["C-2","bjorn.angstrom@fjallstigen.example","Umeå","Silver"]
["C-3","maria.rossi@oliveto.example","Lucca","Basic"]'
}

@test "crm-sync: goes on where it was when the service was away" {
	url=$KL_BASE_URL
	KL_BASE_URL=http://127.0.0.1:9 KL_GIVE_UP_AFTER=200 run -75 \
		--separate-stderr "$pipelines/crm-sync.sh" "$folder"
	[ -s "$folder/state/changed.ndjson" ]
	[ ! -e "$folder/state/since" ]
	# What changes meanwhile is for the run after.
	touch_city C-3 Siena
	export KL_BASE_URL=$url
	run -1 --separate-stderr "$pipelines/crm-sync.sh" "$folder"
	[[ $stderr == *'going on with what an earlier run has begun'* ]]
	run -0 "$pipelines/crm-sync.sh" "$folder"
	run -0 bash -c "$(declare -f members); members | grep C-3"
	same '["C-3","maria.rossi@oliveto.example","Siena","Basic"]'
}

@test "crm-sync: killed at any moment, the next run loses nothing and sends nothing twice" {
	for ms in 05 10 15 20 30 40; do
		timeout -s KILL "0.$ms" "$pipelines/crm-sync.sh" "$folder" || true
	done
	for _ in 1 2; do
		"$pipelines/crm-sync.sh" "$folder" || [ $? -eq 1 ]
	done
	run -0 members
	same '["C-1","lea.moreau@atelier-lumen.example","Lyon","Gold"]
["C-2","bjorn.angstrom@fjallstigen.example","Umeå","Silver"]
["C-3","maria.rossi@oliveto.example","Lucca","Basic"]'
	run -0 effects
	same '3 list.add
3 profile.create'
}

@test "crm-sync: a second run at once ends with 75" {
	mkdir -p "$folder/state"
	exec 8>"$folder/state/lock"
	flock 8
	run -75 --separate-stderr "$pipelines/crm-sync.sh" "$folder"
	said "crm-sync.sh: another run is using $folder: try again later"
}

@test "crm-sync: says what is missing" {
	run -64 --separate-stderr env -u DATABASE "$pipelines/crm-sync.sh" "$folder"
	said 'crm-sync.sh: set DATABASE to the word postgres, or to a file of SQLite'
	run -64 --separate-stderr "$pipelines/crm-sync.sh"
	said 'crm-sync.sh: usage: crm-sync.sh [-n] [--full] [--mirror] FOLDER'
	run -66 --separate-stderr "$pipelines/crm-sync.sh" nowhere
	said 'crm-sync.sh: no such folder: nowhere'
	sql 'drop table customers'
	run ! --separate-stderr "$pipelines/crm-sync.sh" "$folder"
	[ "$status" -eq 66 ]
	[[ $stderr == *'relation "customers" does not exist'* ]]
	[ ! -e "$folder/state/since" ]
}
