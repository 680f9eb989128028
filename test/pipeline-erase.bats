#!/usr/bin/env bats

load helper

setup() {
	start_sandbox --list DEMO01=Newsletter --job-delay 0 --limits off \
		--visibility-delay 0
	pipelines=$BATS_TEST_DIRNAME/../pipelines
	folder=$BATS_TEST_TMPDIR/erase
	cp -r "$pipelines/erase" "$folder"
	rm "$folder"/requests/*
	kl-push add -q --list DEMO01 >/dev/null <<-EOF
	{"email":"zoe@shop.example"}
	{"phone_number":"+43660123456"}
	{"email":"ada@shop.example"}
	EOF
	cd "$BATS_TEST_TMPDIR" || return
}

teardown() {
	stop_sandbox
}

erase() {
	"$pipelines/erase.sh" "$@" "$folder"
}

# forgotten: how many the ledger has.
forgotten() {
	grep -c '"effect":"forget"' "$LEDGER"
}

# Deletion takes its time.
await_forgotten() {
	for _ in $(seq 200); do
		[ "$(forgotten)" -ge "$1" ] && return
		sleep 0.02
	done
	return 1
}

request() {
	printf 'email,phone_number\n%s' "$2" >"$folder/requests/$1.csv"
}

@test "erase: deletes who asked for it, keeps the proof, and no address" {
	cp "$pipelines"/erase/requests/sample.csv "$folder/requests/"
	run -0 --separate-stderr erase
	[[ $stderr == *'erase.sh: sample: done' ]]
	await_forgotten 2
	run -0 bash -c "kl-pull profiles -q | jq -r .email"
	same ada@shop.example
	run -0 bash -c "cd '$folder' && find . -type f | sort"
	same './audit.ndjson
./audit.ndjson.head
./done/sample.receipts.ndjson
./state/lock
./tombstones'
	run ! grep -rqE 'zoe|43660' "$folder"
	run -0 kl-push audit-verify "$folder/audit.ndjson"
}

@test "erase: who was deleted is not created again" {
	request one 'zoe@shop.example,'
	run -0 erase
	run -1 kl-push add -q --list DEMO01 --tombstones "$folder/tombstones" \
		-r bad <<<'{"email":"Zoe@Shop.example"}'
	run -0 jq -r ._kl_reject.code bad
	same forgotten
}

@test "erase: what is wrong is set aside, the others are deleted" {
	request one $'zoe@shop.example,\nno address,\n,\n'
	run -1 --separate-stderr erase
	await_forgotten 1
	run -0 jq -r ._kl_reject.code "$folder/done/one.rejects.ndjson"
	[ "${#lines[@]}" -eq 2 ]
	[ -z "$(ls "$folder/requests")" ]
}

@test "erase: nothing to do is done" {
	run -0 --separate-stderr erase
	same ''
	said ''
}

@test "erase -n: says how many, and deletes nobody" {
	request one $'zoe@shop.example,\nno address,\n'
	run -0 --separate-stderr erase -n
	[[ $stderr == *'1 would be set aside: 1 '* ]]
	[[ $stderr == *' 1 request,'* ]]
	run ! forgotten
	[ -e "$folder/requests/one.csv" ]
	run -0 ls "$folder/state"
	same lock
}

@test "erase: stopped by an outage, the next run goes on" {
	request one 'zoe@shop.example,'
	KL_BASE_URL=http://127.0.0.1:9 KL_GIVE_UP_AFTER=200 run -75 erase
	[ -e "$folder/requests/one.csv" ]
	run -0 erase
	await_forgotten 1
	[ ! -e "$folder/requests/one.csv" ]
	run -0 kl-push audit-verify "$folder/audit.ndjson"
}
