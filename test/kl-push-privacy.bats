#!/usr/bin/env bats

setup() {
	load helper
	load push
	cd "$BATS_TEST_TMPDIR" || return
}

teardown() {
	stop_sandbox
}

# effects NAME: addresses and numbers that had that effect, by the ledger.
effects() {
	jq -r --arg e "$1" 'select(.effect == $e) | .email // .phone_number' "$LEDGER"
}

# at_terminal ANSWER COMMAND: run it at a terminal where ANSWER is typed.
at_terminal() {
	printf '%s\n' "$1" | timeout 20 script -qefc "$2" /dev/null | tr -d '\r'
}

# --- suppress and unsuppress ----------------------------------------------

@test "kl-push suppress: no more e-mail, a hundred to a request" {
	sandbox
	people 1 250 >in
	run -0 --separate-stderr kl-push suppress <in
	[ "$(counts <(printf '%s\n' "$output"))" = '1 1 100 100 0 0 0 complete
2 101 200 100 0 0 0 complete
3 201 250 50 0 0 0 complete' ]
	said 'kl-push: read 250 = 250 accepted; wrote 3'
	[ "$(jq -r .job <<<"$output" | sort -u | wc -l)" -eq 3 ]
	[ "$(jq -c '[.action, .list, .http]' <<<"$output" | uniq)" = '["suppress",null,202]' ]
	effects suppress | sort >got
	diff got <(jq -r .email in | sort)
}

@test "kl-push unsuppress: takes it back" {
	sandbox
	people 1 4 >in
	kl-push suppress -q <in >/dev/null
	run -0 --separate-stderr kl-push unsuppress < <(people 2 3)
	said 'kl-push: read 2 = 2 accepted; wrote 1'
	[ "$(effects unsuppress)" = 'p2@shop.example
p3@shop.example' ]
}

@test "kl-push suppress: who was skipped is said, and unchanged if that is all" {
	sandbox
	kl-push suppress -q < <(people 1 3) >/dev/null
	run -0 --separate-stderr kl-push suppress < <(people 1 3)
	said 'kl-push: 3 people were skipped by the service: suppressed already
kl-push: read 3 = 0 accepted + 3 unchanged; wrote 1'
	[ "$(jq -c '[.counts.unchanged, .status]' <<<"$output")" = '[3,"complete"]' ]
	run -0 --separate-stderr kl-push suppress < <(people 3 4)
	said 'kl-push: 1 person was skipped by the service: suppressed already
kl-push: read 2 = 2 accepted; wrote 1'
	run -0 --separate-stderr kl-push unsuppress < <(people 8 9)
	said 'kl-push: 2 people were skipped by the service: it has no suppression to take back
kl-push: read 2 = 0 accepted + 2 unchanged; wrote 1'
}

@test "kl-push suppress: a record needs an address, and what else it holds is of no matter" {
	sandbox
	cat >in <<-'EOF'
		{"phone_number":"+15551230001"}
		{"email":"ada@shop.example","nonsense":1}
		{"email":null}
		{"email":"bo"}
	EOF
	run -1 --separate-stderr kl-push suppress -r bad <in
	[ "$(reasons bad)" = '1 email identifier_missing
3 email identifier_missing
4 email email_invalid' ]
	[ "$(effects suppress)" = 'ada@shop.example' ]
}

@test "kl-push suppress: takes no list" {
	run -64 --separate-stderr kl-push suppress --list KKbLLU
	[ "${stderr_lines[0]}" = 'kl-push: --list: suppress is about no list' ]
}

@test "kl-push suppress: lost answers and killed runs suppress everybody once" {
	sandbox --job-delay 50 --fault lost-reply:bulk_suppress_profiles:every=2
	people 1 300 >in
	kl-push suppress --journal j --chunk-size 50 <in >/dev/null 2>&1 3>&- &
	pid=$!
	await_effects 60
	kill -KILL $pid
	wait $pid || true
	run -0 --separate-stderr kl-push suppress --journal j --chunk-size 50 <in
	[ "${stderr_lines[-1]}" != "${stderr_lines[-1]%read 300 = *accepted*; wrote 6}" ]
	effects suppress | sort >got
	diff got <(jq -r .email in | sort)
}

@test "kl-push suppress: a dry run plans exactly what is then sent" {
	run -0 --separate-stderr kl-push suppress --dry-run < <(people 1 150)
	[ "$(jq -c '[.path, .from, .to, .profiles]' <<<"$output")" = '["/api/profile-suppression-bulk-create-jobs",1,100,100]
["/api/profile-suppression-bulk-create-jobs",101,150,50]' ]
	bytes=$(jq -s 'map(.bytes) | add' <<<"$output")
	sandbox
	kl-push suppress -q --summary s < <(people 1 150) >/dev/null
	[ "$(jq .bytes s)" -eq "$bytes" ]
}

# --- forget ---------------------------------------------------------------

@test "kl-push forget: one by one, a receipt each, and said before" {
	sandbox --visibility-delay 0
	kl-push upsert -q < <(people 1 3) >/dev/null
	run -0 --separate-stderr kl-push forget --yes --tombstones t < <(people 1 2)
	[ "$(counts <(printf '%s\n' "$output"))" = '1 1 1 1 0 0 0 accepted
2 2 2 1 0 0 0 accepted' ]
	said 'kl-push: 2 records: people to be deleted for good, with all that is known of them, one by one: that takes less than a second
kl-push: read 2 = 2 accepted; wrote 2'
	wait_for_effect forget 2
	[ "$(effects forget)" = 'p1@shop.example
p2@shop.example' ]
	[ "$(wc -l <t)" -eq 3 ]
	[ "$(stat -c %a t)" = 600 ]
	run ! grep -q shop t
}

# wait_for_effect NAME N
wait_for_effect() {
	for _ in $(seq 100); do
		[ "$(effects "$1" | wc -l)" -ge "$2" ] && return
		sleep 0.02
	done
	return 1
}

@test "kl-push forget: how long it will take keeps to the limits and to --max-rate" {
	people 1 6000 >in
	for options in '' '--max-rate 50%'; do
		# the key is good, and then nobody is there to ask
		start_sandbox
		# shellcheck disable=SC2086
		run -64 --separate-stderr setsid kl-push forget $options --tombstones t <in
		stop_sandbox
		said "kl-push: 6000 records: people to be deleted for good, with all that is known of them, one by one: that takes at least $([ -z "$options" ] && echo 99 min || echo 3 h)
kl-push: forget deletes for good, and there is no terminal to ask at; give --yes
kl-push: read 0 = 0 accepted; wrote 0"
	done
	[ ! -e t ]
}

@test "kl-push forget: the number of records has to be typed" {
	sandbox --visibility-delay 0
	kl-push upsert -q < <(people 1 3) >/dev/null
	people 1 3 >in
	run at_terminal 2 'kl-push forget --tombstones t <in'
	[[ $output = *'that is not the number: nobody was forgotten'* ]]
	[ -z "$(effects forget)" ]
	[ ! -e t ]
	# through a pipe, too, which is kept meanwhile
	run -0 at_terminal 3 'cat in | kl-push forget --tombstones t >receipts'
	[[ $output = *'Type how many records there are to go on: '* ]]
	[[ $output = *'kl-push: read 3 = 3 accepted; wrote 3'* ]]
	wait_for_effect forget 3
}

@test "kl-push forget: by address, by number, by id" {
	sandbox --visibility-delay 0
	cat >in <<-'EOF'
		{"email":"ada@shop.example","phone_number":"+15551230001"}
		{"phone_number":"+15551230002","external_id":"c-2"}
		{"email":"cy@shop.example","external_id":"c-3"}
	EOF
	kl-push upsert -q <in >/dev/null
	id=$(get "/api/profiles?filter=equals(email,\"cy@shop.example\")" | jq -r '.data[0].id')
	run -1 --separate-stderr kl-push forget --yes --tombstones t -r bad < <(
		cat in
		echo "{\"external_id\":\"c-9\"}"
		echo "{\"id\":\"$id\"}"
	)
	[ "$(reasons bad)" = '4 - identifier_missing
5 - identifier_missing' ]
	wait_for_effect forget 3
	# each identifier is remembered, not only the one that was sent
	[ "$(wc -l <t)" -eq 7 ]
	run -0 --separate-stderr kl-push forget --yes --match id --tombstones t < <(echo "{\"id\":\"$id\"}")
	[ "${stderr_lines[1]}" = 'kl-push: 1 person is not known to the service: there was nothing to forget' ]
}

@test "kl-push forget: who is not known is unchanged, and has a tombstone" {
	sandbox
	run -0 --separate-stderr kl-push forget --yes --tombstones t < <(people 1 2)
	[ "$(counts <(printf '%s\n' "$output"))" = '1 1 1 0 0 0 0 accepted
2 2 2 0 0 0 0 accepted' ]
	[ "${stderr_lines[1]}" = 'kl-push: 2 people are not known to the service: there was nothing to forget' ]
	[ "${stderr_lines[2]}" = 'kl-push: read 2 = 0 accepted + 2 unchanged; wrote 2' ]
	[ "$(wc -l <t)" -eq 3 ]
}

@test "kl-push forget: after a lost answer, not to be known counts as accepted" {
	sandbox --visibility-delay 0 --fault lost-reply:request_profile_deletion:every=2
	people 1 6 >in
	kl-push upsert -q <in >/dev/null
	run -0 --separate-stderr kl-push forget --yes --tombstones t <in
	[ "${stderr_lines[-1]}" = 'kl-push: read 6 = 6 accepted; wrote 6' ]
	wait_for_effect forget 6
	[ "$(effects forget | sort | uniq -d)" = '' ]
}

@test "kl-push forget: killed at any moment, nobody forgotten is without a tombstone" {
	sandbox --visibility-delay 0 --latency 10
	people 1 40 >in
	kl-push upsert -q <in >/dev/null
	for n in 3 9 20; do
		kl-push forget --yes --tombstones t --journal j --audit a <in >/dev/null 2>&1 3>&- &
		pid=$!
		wait_for_effect forget $n
		kill -KILL $pid
		wait $pid || true
		wait_for_effect forget $n
		effects forget | sed 's/.*/{"email":"&","title":"x"}/' >gone
		run -1 kl-push upsert --tombstones t -r bad$n <gone
		[ "$(jq -r ._kl_reject.code bad$n | sort | uniq -c | xargs)" = "$(wc -l <gone) forgotten" ]
	done
	run -0 --separate-stderr kl-push forget --yes --tombstones t --journal j --audit a <in
	[ "${stderr_lines[-1]}" = 'kl-push: read 40 = 40 accepted; wrote 40' ]
	wait_for_effect forget 40
	[ "$(effects forget | sort -u | wc -l)" -eq 40 ]
	# a tombstone each, and an entry each
	[ "$(wc -l <t)" -eq 41 ]
	[ "$(jq -r 'select(.outcome == "accepted") | .line' a | sort -nu | wc -l)" -eq 40 ]
	[ "$(jq -r 'select(.outcome == "accepted") | .line' a | wc -l)" -eq 40 ]
	kl-push audit-verify a
}

@test "kl-push forget: without a tombstone that lasts nothing is sent" {
	sandbox --visibility-delay 0
	kl-push upsert -q < <(people 1 2) >/dev/null
	run -73 --separate-stderr kl-push forget --yes --tombstones nowhere/t < <(people 1 2)
	[[ $stderr = *'kl-push: nowhere/t: No such file or directory'* ]]
	sleep 0.1
	[ -z "$(effects forget)" ]
	echo '{"email":"x"}' >t
	run -65 --separate-stderr kl-push forget --yes --tombstones t < <(people 1 2)
	[ -z "$(effects forget)" ]
}

@test "kl-push forget: without --tombstones that is said" {
	sandbox
	run -0 --separate-stderr kl-push forget --yes < <(people 1 1)
	[ "${stderr_lines[0]}" = 'kl-push: without --tombstones nothing keeps those who are forgotten from being made again' ]
}

@test "kl-push forget: empty input, blank lines, chunks and no final newline are counted right" {
	sandbox
	run -0 --separate-stderr kl-push forget --tombstones t </dev/null
	said 'kl-push: nothing to send: the input was empty
kl-push: read 0 = 0 accepted; wrote 0'
	{
		people 1 3 | kl-chunk --chunk-size 2
		echo
		printf '{"email":"q@shop.example"}'
	} >in
	run -0 --separate-stderr kl-push forget --yes --tombstones t <in
	[[ ${stderr_lines[0]} = 'kl-push: 4 records: people to be deleted for good, '* ]]
	[ "${stderr_lines[-1]}" = 'kl-push: read 4 = 0 accepted + 4 unchanged; wrote 4' ]
}

@test "kl-push forget: a malformed line in the middle is set aside by its line" {
	sandbox --visibility-delay 0
	kl-push upsert -q < <(people 1 3) >/dev/null
	{
		people 1 1
		echo '{"email":'
		people 2 2
	} >in
	run -1 --separate-stderr kl-push forget --yes --tombstones t -r bad <in
	[ "$(reasons bad)" = '2 - json_syntax' ]
	wait_for_effect forget 2
	[ "$(wc -l <t)" -eq 3 ]
}

@test "kl-push forget: a dry run says how long it would take, and forgets nobody" {
	run -0 --separate-stderr kl-push forget --dry-run < <(people 1 120)
	[ "$(jq -r .path <<<"$output" | sort | uniq -c | xargs)" = '120 /api/data-privacy-deletion-jobs' ]
	[[ ${stderr_lines[-2]} = *'within the rate limits that takes at least 61 s' ]]
}

@test "kl-push forget: options that make no sense are 64" {
	run -64 --separate-stderr kl-push forget --tombstones t --allow-forgotten
	run -64 --separate-stderr kl-push forget --list KKbLLU --yes
	[ "${stderr_lines[0]}" = 'kl-push: --list: forget is about no list' ]
	run -64 --separate-stderr kl-push suppress --yes
	[ "${stderr_lines[0]}" = 'kl-push: --yes goes with forget, not with suppress' ]
}

# --- who was forgotten ----------------------------------------------------

@test "kl-push --tombstones: who was forgotten is not made again" {
	sandbox
	kl-push forget --yes -q --tombstones t < <(echo '{"email":"Ada@shop.example","phone_number":"+15551230001"}') >/dev/null
	cat >in <<-'EOF'
		{"email":"ada@SHOP.example","title":"x"}
		{"email":"bo@shop.example"}
		{"email":"cy@shop.example","phone_number":"+15551230001"}
	EOF
	for verb in 'add --list KKbLLU' upsert suppress; do
		rm -f bad
		# shellcheck disable=SC2086
		run -1 --separate-stderr kl-push $verb --tombstones t -r bad <in
		[ "$(reasons bad)" = '1 email forgotten
3 phone_number forgotten' ]
		[ "${stderr_lines[-1]}" = 'kl-push: read 3 = 1 accepted + 2 rejected; wrote 1' ]
	done
	[ "$(jq -r 'select(.effect == "profile.create").email' "$LEDGER")" = 'bo@shop.example' ]
	# in chunks as well
	rm -f bad
	kl-chunk <in | kl-push upsert --tombstones t -r bad -q >/dev/null || true
	[ "$(reasons bad)" = '1 email forgotten
1 phone_number forgotten' ]
	run -0 --separate-stderr kl-push upsert --tombstones t --allow-forgotten --summary s <in
	[ "${stderr_lines[0]}" = 'kl-push: 2 records are of people who were forgotten, and went on all the same' ]
	[ "$(jq .forgotten s)" -eq 2 ]
}

@test "kl-push --tombstones: is refused where nobody is made, or the file is not there" {
	sandbox
	run -64 --separate-stderr kl-push unsuppress --tombstones t
	[ "${stderr_lines[0]}" = 'kl-push: --tombstones: unsuppress makes nobody' ]
	run -66 --separate-stderr kl-push upsert --tombstones t < <(people 1 1)
	[ "${stderr_lines[0]}" = 'kl-push: t: No such file or directory; an empty file will do if nobody is forgotten yet' ]
	: >t
	kl-push upsert -q --tombstones t < <(people 1 1)
	head -c 32 /dev/urandom >other
	chmod 600 other
	kl-push forget -q --yes --tombstones t --hash-key other < <(people 1 1)
	run -78 --separate-stderr kl-push upsert --tombstones t < <(people 1 1)
	[ "${stderr_lines[0]}" = 'kl-push: t was made with another hash key; give the key of that time with --hash-key' ]
}
