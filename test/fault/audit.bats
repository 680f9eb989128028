#!/usr/bin/env bats
# Killed at any moment, the audit trail has everybody who was changed, once.

setup() {
	load fault
	cd "$BATS_TEST_TMPDIR" || return
	export KL_PUSH_LIST=KKbLLU
}

teardown() {
	stop_sandbox
}

@test "kill -9 at random moments: the audit trail has each change once" {
	local n kills=0 want after status pid
	n=$(pick 20000 200000)
	want=$(pick 4 40)
	sandbox --job-delay 60 --fault lost-reply:bulk_import_profiles:p=0.1
	people "$n" >in
	while [ $kills -lt "$want" ]; do
		after=$(random 60 $((n / 400 + 300)))
		kl-push add --journal j --audit a --chunk-size 500 \
			--chunk-waiting-time 25 <in >/dev/null 2>err 3>&- &
		pid=$!
		nap "$after"
		kill -KILL $pid 2>/dev/null || true
		status=0
		wait $pid 2>/dev/null || status=$?
		[ $status -eq 137 ] || break
		kills=$((kills + 1))
	done
	[ $kills -eq "$want" ] # or there was nothing left to kill
	run -0 --separate-stderr kl-push add --journal j --audit a --chunk-size 500 <in
	[ "${stderr_lines[-1]}" = "kl-push: read $n = $n accepted; wrote $((n / 500))" ]
	kl-push audit-verify a
	jq -r 'select(.outcome == "accepted").line' a | sort -n >lines
	seq "$n" | diff - lines
	tell "entries $(wc -l <a) repairs $(grep -c '"event":"repaired"' a) kills $kills"
}

# trial CALL NTH HOW: a push of three batches, then one that forgets a few of
# them, both with a trail; HOW befalls the NTH CALL of each.  Then the same
# commands again: nothing may be lost, doubled or amiss.  1: neither had so
# many calls.
trial() {
	local status=0 hit=0
	rm -rf a a.head j j-* f f-* t "$XDG_STATE_HOME"
	people 30 "k$1$2" >in
	head -3 in >gone
	strike "$@" add --journal j --audit a --chunk-size 12 <in && hit=1
	again 30 add --journal j --audit a --chunk-size 12 <in
	strike "$@" forget --yes --journal f --audit a --tombstones t <gone && hit=1
	again 3 forget --yes --journal f --audit a --tombstones t <gone
	jq -r 'select(.outcome == "accepted") | "\(.action) \(.line)"' a | sort >got
	{
		seq 30 | sed 's/^/add /'
		seq 3 | sed 's/^/forget /'
	} | sort | diff - got || fail "$*: the trail"
	[ "$(sed 1d t | jq -r .forgotten | sort -u | wc -l)" -eq 3 ] ||
		fail "$*: tombstones"
	[ $hit -eq 1 ]
}

# strike CALL NTH HOW ARGUMENT...: kl-push, befallen by that; 1 if it was not.
strike() {
	local call=$1 nth=$2 how=$3 status=0
	shift 3
	{
		ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0 \
			strace -f -qq -o /dev/null -e trace="$call" \
			-e inject="$call:$how:when=$nth" \
			kl-push "$@" >receipts 3>&- || status=$?
	} 2>err # and what the shell says of it
	case $how:$status in
	signal=KILL:137 | error=*:7[1345]) ;;
	error=*:0 | signal=KILL:0) return 1 ;;
	*) fail "$call $nth $how $*: status $status" ;;
	esac
}

# again N ARGUMENT...: the same command, to its end.
again() {
	local n=$1 status=0
	shift
	kl-push "$@" >receipts 2>err || status=$?
	[ $status -eq 0 ] || fail "$*: status $status"
	[ "$(jq -s 'map(.counts.accepted) | add' receipts)" -eq "$n" ] ||
		fail "$*: $(cat receipts)"
	kl-push audit-verify a >/dev/null || fail "$*: the trail"
}

fail() {
	echo "$*"
	cat err
	exit 1
}

@test "the audit trail and tombstones survive death at any call" {
	command -v strace >/dev/null || skip "no strace"
	local call k points=0 step
	sandbox --job-delay 20 --visibility-delay 0
	for call in $(shuf -e write pwrite64 fdatasync fsync ftruncate openat \
		sendto recvfrom lseek fcntl | head -n "$(pick 3 10)"); do
		step=$(pick 13 1)
		k=$(random 1 "$step")
		while trial "$call" "$k" signal=KILL; do
			points=$((points + 1))
			k=$((k + $(random 1 $((2 * step - 1)))))
		done
	done
	tell "points $points"
	[ $points -ge "$(pick 0 100)" ]
}

@test "the audit trail and tombstones survive the failure of any call" {
	command -v strace >/dev/null || skip "no strace"
	local call k noticed=0 tries=0
	sandbox --job-delay 20 --visibility-delay 0
	for call in write fdatasync fsync; do
		for k in $(pick "$(random 1 12)" "$(seq -s ' ' 1 40)"); do
			tries=$((tries + 1))
			if trial $call "$k" error="$(shuf -n 1 -e EIO ENOSPC EDQUOT)"; then
				noticed=$((noticed + 1))
			fi
		done
	done
	tell "tries $tries noticed $noticed"
}
