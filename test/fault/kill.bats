#!/usr/bin/env bats
# Killed at any moment, the same command goes on until all is done.

setup() {
	load fault
	cd "$BATS_TEST_TMPDIR" || return
	export KL_PUSH_LIST=KKbLLU
}

teardown() {
	stop_sandbox
}

# once OPTION...: the run, sent $signal after a while (ms, in $after).
once() {
	local pid status=0
	kl-push add --journal j "$@" <in >receipts 2>err 3>&- &
	pid=$!
	nap "$after"
	kill -"$signal" $pid 2>/dev/null || true
	wait $pid 2>/dev/null || status=$?
	return $status
}

@test "kill -9 at random moments loses and alters nothing" {
	local n kills=0 want status after said chunk wait batches signal=KILL
	n=$(pick 20000 1000000)
	want=$(pick 4 50)
	chunk=$(pick 500 2000)
	wait=$(pick 25 150) # so that there is something to kill until the last
	sandbox --job-delay 60
	people "$n" >in
	while [ $kills -lt "$want" ]; do
		# what is settled is read again first: 0.8 s a million
		after=$(random 30 $((n / 1000 + $(pick 150 900))))
		status=0
		once --chunk-size "$chunk" --chunk-waiting-time "$wait" ||
			status=$?
		[ $status -eq 137 ] || break
		kills=$((kills + 1))
	done
	[ $kills -eq "$want" ]
	run -0 --separate-stderr kl-push add --journal j --chunk-size "$chunk" <in
	echo "$stderr"
	[ "${stderr_lines[-1]}" = "kl-push: read $n = $n accepted; wrote $((n / chunk))" ]
	batches=$((n / chunk))
	[ "$(jq -r .seq <<<"$output" | sort -nu | wc -l)" -eq $batches ]
	said=$(judged in)
	tell "$said batches $batches kills $kills"
	[ "$(figure jobs "$said")" -le $((batches + 4 * kills)) ]
}

@test "SIGTERM at random moments ends a push cleanly, and it goes on" {
	local n kills=0 want status after said signal=TERM began
	n=$(pick 20000 200000)
	want=$(pick 3 40)
	sandbox --job-delay 60
	people "$n" >in
	while [ $kills -lt "$want" ]; do
		after=$(random 1 400)
		status=0
		began=$(date +%s%N)
		once --chunk-size 500 --chunk-waiting-time 15 || status=$?
		[ $status -ne 0 ] || break
		[ $status -eq 143 ] || fail "status $status after $after ms"
		[ $((($(date +%s%N) - began) / 1000000 - after)) -lt 5000 ]
		kills=$((kills + 1))
	done
	run -0 --separate-stderr kl-push add --journal j --chunk-size 500 <in
	said=$(judged in)
	tell "$said batches $((n / 500)) signals $kills"
	# what is in flight is finished, so nothing is sent twice
	[ "$(figure jobs "$said")" -eq $((n / 500)) ]
}

# trial SYSCALL K WHAT: a run of three batches, at the kth such call of which
# that happens (signal=KILL, error=EIO), and the run that goes on.  Fails if
# it was not to be noticed.
trial() {
	local p=t$1$2${3%%=*} status=0
	rm -f j j-wal bad in
	{
		people 12 "$p"
		echo 'no record'
		echo "{\"email\":\"late$p@shop.example\",\"title\":\"1\"}"
		people 20 "$p"
		echo '{"title":"nobody"}'
	} >in
	grep -v 'late\|nobody\|no record' in >>all
	{
		# No leaks are looked for: that fails while strace looks on.
		ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0 \
			strace -f -qq -o /dev/null -e trace="$1" \
			-e inject="$1:$3:when=$2" \
			kl-push add --journal j -r bad --chunk-size 12 <in \
			>receipts 3>&- || status=$?
	} 2>err # and what the shell says of it
	case $3:$status in
	signal=KILL:137 | error=*:7[1345]) ;;
	error=*:*) [ "$status" -le 1 ] || fail "$*: status $status" ;&
	*) return 1 ;;
	esac
	status=0
	kl-push add -q --journal j -r bad --chunk-size 12 <in >receipts || status=$?
	[ $status -eq 1 ] || fail "$*: status $status"
	[ "$(jq -r ._kl_reject.line bad | sort -n | tr '\n' ' ')" = '13 14 35 ' ] ||
		fail "$*: rejects $(jq -r ._kl_reject.line bad | tr '\n' ' ')"
	[ "$(jq -s 'map(.counts.accepted) | add' receipts)" -eq 32 ] ||
		fail "$*: $(cat receipts)"
	[ "$(sqlite3 j 'PRAGMA integrity_check')" = ok ] || fail "$*: journal"
}

fail() {
	echo "$*"
	cat err
	exit 1
}

@test "a push of three batches survives death at any of its calls" {
	command -v strace >/dev/null || skip "no strace"
	local call k points=0 step
	sandbox --job-delay 20 --poison-row late
	: >all
	# In the short form some calls, and some of each: others each time.
	for call in pwrite64 $(shuf -e write fdatasync fsync sendto rename \
		link ftruncate unlink openat recvfrom | head -n "$(pick 2 10)"); do
		step=$(pick 13 1)
		k=$(random 1 "$step")
		while rm -rf "$XDG_STATE_HOME" && trial "$call" "$k" signal=KILL; do
			points=$((points + 1))
			k=$((k + $(random 1 $((2 * step - 1)))))
		done
	done
	tell "points $points"
	[ $points -ge "$(pick 1 100)" ]
	run judged all
	echo "$output"
	[ "$status" -eq 0 ]
}

@test "a push of three batches survives the failure of any of its calls" {
	command -v strace >/dev/null || skip "no strace"
	local call k error noticed=0 tries=0
	sandbox --job-delay 20 --poison-row late
	: >all
	for call in pwrite64 fdatasync write; do
		for k in $(pick "$(random 1 25)" "$(seq -s ' ' 1 60)"); do
			error=$(shuf -n 1 -e EIO ENOSPC EDQUOT)
			tries=$((tries + 1))
			if trial $call "$k" error="$error"; then
				noticed=$((noticed + 1))
			fi
		done
	done
	tell "tries $tries noticed $noticed"
	run judged all
	echo "$output"
	[ "$status" -eq 0 ]
}
