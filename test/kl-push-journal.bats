#!/usr/bin/env bats

setup() {
	load helper
	load push
	cd "$BATS_TEST_TMPDIR" || return
	export KL_PUSH_LIST=KKbLLU
}

teardown() {
	stop_sandbox
}

# jobs: how many jobs there were, by the ledger.
jobs_made() {
	jq -r .job "$LEDGER" | sort -u | wc -l
}

# killed N COMMAND...: run it, kill it hard when the service has N jobs.
killed() {
	local n=$1 pid
	shift
	"$@" <&0 >out 2>err 3>&- &
	pid=$!
	await_jobs "$n"
	kill -KILL $pid
	wait $pid || true
}

@test "kl-push --journal: the same command again sends nothing" {
	sandbox
	people 1 25 >in
	run -0 --separate-stderr kl-push add --journal j --chunk-size 10 <in
	said 'kl-push: read 25 = 25 accepted; wrote 3'
	printf '%s\n' "$output" >first
	before=$(wc -l <"$LEDGER")
	run -0 --separate-stderr kl-push add --journal j --chunk-size 10 <in
	[[ ${stderr_lines[0]} =~ ^kl-push:\ already\ done\ on\ 20.*\;\ --fresh\ sends\ again$ ]]
	[ "${stderr_lines[1]}" = 'kl-push: read 25 = 25 accepted; wrote 3' ]
	printf '%s\n' "$output" >second
	diff <(jq -c '.resumed = false' second) <(jq -c . first | sort -t: -k4)
	[ "$(jq -r .resumed second | uniq)" = true ]
	# through a pipe, too
	run -0 --separate-stderr kl-push add --journal j < <(cat in)
	[[ ${stderr_lines[0]} = *'already done on '* ]]
	[ "$(wc -l <"$LEDGER")" -eq "$before" ]
	[ "$(stat -c %a j)" = 600 ]
}

@test "kl-push --journal: another input is a new run, from its beginning" {
	sandbox
	people 1 25 >in
	people 1 26 >longer
	people 1 24 >less
	{
		people 1 24
		echo '{"email":"x@shop.example"}'
	} >other
	kl-push add -q --journal j --chunk-size 10 <in >/dev/null
	made=3
	for file in longer less other; do
		run -0 --separate-stderr kl-push add --journal j <$file
		said "kl-push: read $(wc -l <$file) = $(wc -l <$file) accepted; wrote 1"
		made=$((made + 1))
		[ "$(jobs_made)" -eq $made ]
		run -0 --separate-stderr kl-push add --journal j < <(cat in)
		said 'kl-push: read 25 = 25 accepted; wrote 1'
		made=$((made + 1))
		[ "$(jobs_made)" -eq $made ]
	done
	[ "$(echo j*)" = j ] # nothing is left of what was looked at
}

@test "kl-push --journal: --fresh sends again" {
	sandbox
	people 1 5 >in
	kl-push add -q --journal j <in >/dev/null
	run -0 --separate-stderr kl-push add --journal j --fresh <in
	said 'kl-push: read 5 = 5 accepted; wrote 1'
	[ "$(jq -r .resumed <<<"$output")" = false ]
	[ "$(jobs_made)" -eq 2 ]
	run -64 --separate-stderr kl-push add --fresh <in
	[ "${stderr_lines[0]}" = 'kl-push: --fresh is about the run in a --journal' ]
}

@test "kl-push --journal: after kill -9 known jobs are followed, the rest is sent" {
	sandbox --job-delay 1500
	people 1 50 >in
	killed 4 kl-push add --journal j --chunk-size 10 --in-flight 2 <in
	run -0 --separate-stderr kl-push add --journal j --chunk-size 10 <in
	[[ ${stderr_lines[0]} = 'kl-push: going on with the run that began '*': of 5 batches 0 are settled' ]]
	printf '%s\n' "$output" >out
	[ "$(counts out resumed)" = '1 1 10 10 0 0 0 false
2 11 20 10 0 0 0 false
3 21 30 10 0 0 0 false
4 31 40 10 0 0 0 false
5 41 50 10 0 0 0 false' ]
	[ "$(jobs_made)" -eq 5 ]
	diff <(members | sort) <(seq 50 | sed 's/.*/p&@shop.example/' | sort)
}

@test "kl-push --journal: boundaries are those of the journal" {
	sandbox --job-delay 700
	people 1 50 >in
	killed 3 kl-push add --journal j --chunk-size 10 <in
	run -0 --separate-stderr kl-push add --journal j --chunk-size 7 <in
	printf '%s\n' "$output" >out
	[ "$(counts out resumed | head -3)" = '1 1 10 10 0 0 0 false
2 11 20 10 0 0 0 false
3 21 30 10 0 0 0 false' ]
	[ "$(jq -s 'map(.counts.accepted) | add' out)" -eq 50 ]
}

@test "kl-push --journal: an input that differs is 65 and names the lines" {
	sandbox --job-delay 600
	people 1 50 >in
	killed 5 kl-push add --journal j --chunk-size 10 <in
	sed 's/p25@/x25@/' in >other
	run -65 --separate-stderr kl-push add --journal j <other
	[[ ${stderr_lines[1]} =~ ^kl-push:\ lines\ 21\ to\ 30\ of\ the\ input\ are\ not\ those\ of\ the\ run\ that\ began\ .*\;\ give\ the\ input\ of\ that\ time,\ or\ begin\ anew\ with\ --fresh$ ]]
	head -35 in >less
	run -65 --separate-stderr kl-push add --journal j <less
	[[ $stderr = *'lines 31 to 40 of the input are not those'* ]]
	head -30 in >less
	run -65 --separate-stderr kl-push add --journal j <less
	[[ $stderr = *'the input ends with line 30, before that of the run that began '* ]]
	[[ $stderr != *'to go on:'* ]]
	{
		head -20 in
		echo
		tail -30 in
	} >blank
	run -65 --separate-stderr kl-push add --journal j <blank
	[[ $stderr = *'lines 21 to 30 of the input are not those'* ]]
	run -0 --separate-stderr kl-push add --journal j <in
	[ "$(jobs_made)" -eq 5 ]
}

@test "kl-push --journal: requests that others were forgotten out of are not those of the run" {
	sandbox --job-delay 1500
	people 1 50 >in
	touch t
	killed 4 kl-push add --journal j --chunk-size 10 --in-flight 2 --tombstones t <in
	kl-push forget -q --yes --tombstones t < <(people 3 3) >forgotten
	run -65 --separate-stderr kl-push add --journal j --chunk-size 10 --tombstones t -r bad <in
	[[ ${stderr_lines[1]} = 'kl-push: the input makes another request than in the run that began '*'; give the options and tombstones of that time, or begin anew with --fresh' ]]
	run -1 --separate-stderr kl-push add --journal j --chunk-size 10 --tombstones t -r bad --fresh <in
	[ "${stderr_lines[1]}" = 'kl-push: read 50 = 49 accepted + 1 rejected; wrote 5' ]
}

@test "kl-push --journal: a run that has not ended is gone on with by no other" {
	sandbox --job-delay 60000 --list AAAAAA=Other
	people 1 5 >in
	killed 1 kl-push add --journal j <in
	run -78 --separate-stderr kl-push add --journal j --list AAAAAA <in
	[ "${stderr_lines[0]}" = 'kl-push: j holds a run that has not ended: add, list KKbLLU, account SNDBX1; go on with that, name another file, or give it up with --fresh' ]
	run -78 --separate-stderr kl-push add --journal j --match id <in
	(umask 077 && head -c 32 /dev/urandom >k)
	run -78 --separate-stderr kl-push add --journal j --hash-key k <in
	[[ ${stderr_lines[0]} = *'with another hash key'* ]]
}

@test "kl-push --journal: two runs on one journal: the second is told, 75" {
	sandbox --job-delay 60000
	people 1 5 >in
	kl-push add --journal j <in >out 2>err 3>&- &
	pid=$!
	await_jobs 1
	run -75 --separate-stderr kl-push add --journal j <in
	[ "${stderr_lines[0]}" = 'kl-push: j: another run is using it; try again when it has ended' ]
	kill -KILL $pid
	wait $pid || true
}

@test "kl-push --journal: a record can be mended, and the run goes on" {
	sandbox
	{
		people 1 12
		echo '{"title":"nobody"}'
		people 14 20
	} >in
	run -65 --separate-stderr kl-push add --journal j --chunk-size 10 <in
	[[ ${stderr_lines[0]} = 'kl-push: line 13: the record names nobody'* ]]
	[[ $stderr = *"kl-push: to go on: kl-push add --journal j --chunk-size 10 < $PWD/in"* ]]
	sed -i 's/"title":"nobody"/"email":"p13@shop.example"/' in
	run -0 --separate-stderr kl-push add --journal j --chunk-size 10 <in
	printf '%s\n' "$output" >out
	[ "$(counts out resumed)" = '1 1 10 10 0 0 0 true
2 11 12 2 0 0 0 true
3 13 20 8 0 0 0 false' ]
	[ "$(jobs_made)" -eq 3 ]
}

@test "kl-push --journal: what the service refuses is open until it is set aside" {
	sandbox --poison-row late
	{
		people 1 5
		echo '{"email":"late@shop.example"}'
	} >in
	run -65 --separate-stderr kl-push add --journal j <in
	run -1 --separate-stderr kl-push add --journal j -r bad <in
	[ "$(jq -r '._kl_reject | "\(.line) \(.code)"' bad)" = '6 email_invalid' ]
	[ "$(jobs_made)" -eq 1 ]
	run -1 --separate-stderr kl-push add --journal j -r bad <in
	[ "$(wc -l <bad)" -eq 1 ]
	[ "${stderr_lines[-1]}" = 'kl-push: read 6 = 5 accepted + 1 rejected; wrote 1' ]
}

@test "kl-push --journal: an outage is 75, with the command that goes on" {
	sandbox --fault status=500:bulk_import_profiles
	people 1 25 >in
	run -75 --separate-stderr kl-push add --journal j --chunk-size 10 \
		--give-up-after 300 <in
	[[ $stderr = *"kl-push: to go on: kl-push add --journal j --chunk-size 10 --give-up-after 300 < $PWD/in"* ]]
	stop_sandbox
	sandbox
	run -0 --separate-stderr kl-push add --journal j --chunk-size 10 \
		--give-up-after 300 <in
	[ "$(members | wc -l)" -eq 25 ]
	[ "${stderr_lines[-1]}" = 'kl-push: read 25 = 25 accepted; wrote 3' ]
}

@test "kl-push --journal: a service that has vanished is 75 too" {
	sandbox --job-delay 60000
	people 1 5 >in
	kl-push add --journal j --give-up-after 300 <in >out 2>err 3>&- &
	pid=$!
	await_jobs 1
	stop_sandbox
	status=0
	wait $pid || status=$?
	[ "$status" -eq 75 ]
	[ "$(tail -1 err)" = 'kl-push: read 5 = 0 accepted + 5 unknown; wrote 1' ]
	# the new one does not know the job: its people are sent again
	sandbox
	run -0 --separate-stderr kl-push add --journal j <in
	[ "$(counts <(echo "$output") resumed)" = '1 1 5 5 0 0 0 false' ]
	[ "$(members | wc -l)" -eq 5 ]
}

@test "kl-push --journal: SIGTERM drains, and the same command goes on" {
	sandbox --job-delay 300
	mkfifo pipe
	kl-push add --journal j --chunk-size 5 <pipe >out 2>err 3>&- &
	pid=$!
	exec 4>pipe
	people 1 12 >&4
	await_jobs 2
	kill -TERM $pid
	status=0
	wait $pid || status=$?
	exec 4>&-
	[ "$status" -eq 143 ]
	[ "$(tail -2 err)" = 'kl-push: to go on: kl-push add --journal j --chunk-size 5, with the same input
kl-push: read 12 = 10 accepted + 2 failed; wrote 3' ]
	run -0 --separate-stderr kl-push add --journal j --chunk-size 5 < <(people 1 14)
	printf '%s\n' "$output" >out
	[ "$(counts out resumed)" = '1 1 5 5 0 0 0 true
2 6 10 5 0 0 0 true
3 11 14 4 0 0 0 false' ]
	[ "$(jobs_made)" -eq 3 ]
}

@test "kl-push --journal: a second signal ends at once, and nothing is claimed" {
	sandbox --job-delay 60000
	people 1 5 >in
	kl-push add --journal j <in >out 2>err 3>&- &
	pid=$!
	await_jobs 1
	kill -INT $pid
	sleep 0.1
	kill -INT $pid
	status=0
	wait $pid || status=$?
	[ "$status" -eq 130 ]
	[ "$(tail -1 err)" = 'kl-push: read 5 = 0 accepted + 5 unknown; wrote 1' ]
	run -75 --separate-stderr kl-push add --journal j --job-timeout 100 <in
	[ "$(jq -s 'length' "$LEDGER")" -eq 0 ]
}

@test "kl-push --journal: rejects are set aside once, whatever ended the run" {
	sandbox --poison-row late --job-delay 300
	{
		people 1 3
		echo 'no record'
		echo '{"email":"late@shop.example"}'
		people 4 9
		echo '{"title":"nobody"}'
		people 10 12
	} >in
	killed 3 kl-push add --journal j -r bad --chunk-size 4 <in
	run -1 --separate-stderr kl-push add --journal j -r bad --chunk-size 4 <in
	[ "$(jq -r '._kl_reject | "\(.line) \(.code)"' bad | sort -n)" = '4 json_syntax
5 email_invalid
12 identifier_missing' ]
	[ "$(jq -r ._kl_reject.run bad | uniq)" = "$(jq -r .run <<<"$output" | uniq)" ]
	[ "${stderr_lines[-1]}" = 'kl-push: read 15 = 12 accepted + 3 rejected; wrote 4' ]
	run -1 --separate-stderr kl-push add --journal j -r bad --chunk-size 4 <in
	[ "$(wc -l <bad)" -eq 3 ]
	[ "$(jq -s 'map(.counts | add) | add' <<<"$output")" -eq 15 ]
	[ "${stderr_lines[-1]}" = 'kl-push: read 15 = 12 accepted + 3 rejected; wrote 4' ]
}

@test "kl-push --journal: where rejects cannot be written, nothing is settled" {
	[ -w /dev/full ] || skip "no /dev/full"
	sandbox --poison-row late
	{
		people 1 3
		echo '{"email":"late@shop.example"}'
	} >in
	run -74 --separate-stderr kl-push add --journal j -r /dev/full <in
	[[ $stderr = *'to go on: '* ]]
	run -1 --separate-stderr kl-push add --journal j -r bad <in
	[ "$(jq -r ._kl_reject.line bad)" = 4 ]
	[ "$(jobs_made)" -eq 1 ]
}

@test "kl-push --journal: where receipts cannot be written, all come again" {
	[ -w /dev/full ] || skip "no /dev/full"
	sandbox
	people 1 20 >in
	run -74 bash -c 'kl-push add --journal j --chunk-size 5 <in >/dev/full'
	run -0 --separate-stderr kl-push add --journal j --chunk-size 5 <in
	[ "$(jq -s 'map(.counts.accepted) | add' <<<"$output")" -eq 20 ]
	[ "$(jobs_made)" -eq 4 ]
}

@test "kl-push --journal: where the journal cannot be written, nothing is sent" {
	sandbox
	people 1 2000 >in
	run -74 --separate-stderr bash -c 'trap "" XFSZ; ulimit -f 200
		kl-push add --journal j --chunk-size 1 --chunk-waiting-time 30 <in |
			cat
		exit ${PIPESTATUS[0]}'
	[[ $stderr = *'kl-push: j: '* ]]
	settled=$(jq -s 'map(select(.counts.accepted > 0)) | length' <<<"$output")
	[ "$settled" -gt 0 ]
	run -0 --separate-stderr kl-push add --journal j --chunk-size 500 <in
	[ "$(members | sort -u | wc -l)" -eq 2000 ]
	[ "$(jq -s 'map(.counts.accepted) | add' <<<"$output")" -eq 2000 ]
	[ "$(jq -s 'map(select(.resumed)) | length' <<<"$output")" -ge "$settled" ]
	run -73 --separate-stderr kl-push add --journal /nowhere/j <in
	run -65 --separate-stderr kl-push add --journal in <in
	[[ ${stderr_lines[0]} = 'kl-push: in is damaged, or no journal; '* ]]
}

@test "kl-push --journal: receipts of a run that went on are good for kl-diff" {
	sandbox --job-delay 400
	people 1 30 >rows
	diff_rows() { kl-diff -q --state s.db --key email <rows; }
	diff_rows | kl-chunk -q --chunk-size 10 >in
	killed 3 kl-push add --journal j --receipt-records <in
	# nothing was committed: the same rows are offered again
	diff_rows | kl-chunk -q --chunk-size 10 |
		kl-push add -q --journal j --receipt-records >receipts
	[ "$(counts receipts resumed)" = '1 1 10 10 0 0 0 false
2 11 20 10 0 0 0 false
3 21 30 10 0 0 0 false' ]
	run -0 kl-diff --state s.db --commit <receipts
	[ -z "$(diff_rows)" ]
	# and once more, all at once
	kl-push add -q --journal j --receipt-records <in >again
	diff <(jq -c .records again | sort) <(jq -c .records receipts | sort)
	run -0 --separate-stderr kl-diff --state s.db --commit <again
	[ "$(jobs_made)" -eq 3 ]
}

@test "kl-push --journal: chunks are taken up where they were left" {
	sandbox --job-delay 400
	{
		people 1 15
		echo '{"email":"nobody"}'
		people 17 30
	} | kl-chunk -q --chunk-size 10 >in
	killed 3 kl-push add --journal j -r bad <in
	run -1 --separate-stderr kl-push add --journal j -r bad <in
	printf '%s\n' "$output" >out
	[ "$(counts out resumed)" = '1 1 10 10 0 0 0 false
2 11 20 9 1 0 0 false
3 21 30 10 0 0 0 false' ]
	[ "$(wc -l <bad)" -eq 1 ]
	run -1 --separate-stderr kl-push add --journal j -r bad <in
	printf '%s\n' "$output" >out
	[ "$(counts out resumed)" = '1 1 10 10 0 0 0 true
2 11 20 9 1 0 0 true
3 21 30 10 0 0 0 true' ]
}

@test "kl-push --journal: has no address and no key in it" {
	sandbox --job-delay 60000
	people 1 30 >in
	killed 3 kl-push add --journal j --chunk-size 10 <in
	run ! grep -aqE 'shop|pk_sandbox|"title"' j j-wal
}

@test "kl-push --journal: an empty input is a run that is done" {
	sandbox
	run -0 --separate-stderr kl-push add --journal j </dev/null
	run -0 --separate-stderr kl-push add --journal j </dev/null
	[[ ${stderr_lines[0]} = *'already done on '* ]]
	run -0 --separate-stderr kl-push add --journal j < <(people 1 1)
	said 'kl-push: read 1 = 1 accepted; wrote 1'
}

@test "kl-push --journal: a dry run has none" {
	run -64 --separate-stderr kl-push add --journal j -n < <(people 1 1)
	[ "${stderr_lines[0]}" = 'kl-push: a dry run sends nothing and has no --journal' ]
	[ ! -e j ]
}
