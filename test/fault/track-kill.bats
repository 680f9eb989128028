#!/usr/bin/env bats
# Events count once, whatever happens on the way.

setup() {
	load fault
	cd "$BATS_TEST_TMPDIR" || return
}

teardown() {
	stop_sandbox
}

# events N: so many records; every tenth is the same as the fifth before it.
events() {
	awk -v n="$1" 'BEGIN { for (i = 1; i <= n; i++) {
		k = i % 10 == 0 ? i - 5 : i
		printf "{\"metric\":\"Viewed\",\"profile\":{\"email\":\"p%d@shop.example\"},\"properties\":{\"n\":%d,\"page\":\"/%d\"},\"time\":\"2026-11-20T%02d:%02d:%02dZ\",\"value\":%d.50}\n",
		    k % 20000, k, k % 7, k / 3600 % 24, k / 60 % 60, k % 60, k % 90
	} }'
}

# judged_events INPUT: what the judge says, once all is visible.
judged_events() {
	stop_sandbox
	"$FAULTS/judge-events.pl" "$1" "$LEDGER"
}

# killed_events READING: a run killed again and again, and then let go on.
killed_events() {
	local n kills=0 want status after said pid
	n=$(pick 20000 1000000)
	want=$(pick 5 100)
	start_sandbox --limits off --visibility-delay 30 \
		--reading events-duplicate="$1"
	events "$n" >in
	while [ $kills -lt "$want" ]; do
		after=$(random 20 "$(pick 150 6000)")
		status=0
		kl-track --backfill --journal j --chunk-waiting-time "$(pick 20 80)" \
			<in >receipts 2>err 3>&- &
		pid=$!
		nap "$after"
		kill -KILL $pid 2>/dev/null || true
		wait $pid 2>/dev/null || status=$?
		[ $status -eq 137 ] || break
		kills=$((kills + 1))
	done
	[ $kills -gt "$(pick 2 30)" ]
	# what is left of the kills strikes runs that have ended
	while [ $kills -lt "$want" ]; do
		status=0
		kl-track --backfill --journal j --fresh <in >receipts 2>err 3>&- &
		pid=$!
		nap "$(random 20 "$(pick 150 6000)")"
		kill -KILL $pid 2>/dev/null || true
		wait $pid 2>/dev/null || status=$?
		kills=$((kills + 1))
	done
	run -0 --separate-stderr kl-track --backfill --journal j <in
	echo "$stderr"
	[ "$(sed -E 's/.*read ([0-9]+) = .*/\1/' <<<"${stderr_lines[-1]}")" -eq "$n" ]
	said=$(judged_events in) || {
		echo "$said"
		return 1
	}
	tell "$1: $said kills $kills"
}

@test "kl-track: kill -9 at random moments loses, doubles and alters no event" {
	killed_events fail
}

@test "kl-track: ... where the service drops repeats, too" {
	killed_events drop
}

# sent: how many lines of the log are certain to be sent, some of them at once.
sent() {
	local n
	n=$(sqlite3 j 'SELECT sum(events) FROM taken WHERE marks IS NOT NULL')
	echo $((${n:-0} > 1300 ? n - 1300 : 0))
}

# follow FROM: kl-track at the end of a tail of the log from that line on; its
# process in $pid, tail's in $tail.
follow() {
	tail -q -n "+$1" -s 0.02 -F live >pipe 2>/dev/null 3>&- &
	tail=$!
	kl-track -q --backfill --journal j --flush 20ms \
		--chunk-size "$(random 20 300)" <pipe >receipts 2>err 3>&- &
	pid=$!
}

# killed_tail READING: a live tail killed again and again while the log is
# written, and begun anew: from anywhere before what was not sent.
killed_tail() {
	local n kills=0 want pid tail writer said drops
	n=$(pick 6000 200000)
	want=$(pick 6 50)
	start_sandbox --limits off --visibility-delay 30 \
		--reading events-duplicate="$1"
	# with ids of their own: the beginning of the input is not always one
	events "$n" | awk '{ sub(/,"time"/, ",\"unique_id\":\"u" NR "\"&") } 1' >log
	head -50 log >live
	mkfifo pipe
	perl -e 'open L, "<", "log"; open O, ">>", "live"; select O; $| = 1;
		while (<L>) { next if $. <= 50; print;
			select undef, undef, undef, 0.01 if $. % 50 == 0 }' 3>&- &
	writer=$!
	while [ $kills -lt "$want" ]; do
		follow "$([ -e j ] && random 1 $(($(sent) + 1)) || echo 1)"
		nap "$(random 50 "$(pick 250 1500)")"
		kill -KILL "$pid"
		wait "$pid" 2>/dev/null || true
		kill "$tail" 2>/dev/null || true
		wait "$tail" 2>/dev/null || true
		kills=$((kills + 1))
	done
	wait "$writer"
	cmp log live
	follow 1
	for _ in $(seq 1000); do
		[ "$(jq -s 'map(.to) | max' receipts)" = "$n" ] && break
		nap 20
	done
	kill "$tail"
	wait "$pid" # the end of the input is the end of the run
	said=$(judged_events log) || {
		echo "$said"
		return 1
	}
	echo "$said"
	# what was in flight is sent again; nothing else is
	drops=$(figure drops "$said")
	[ "$drops" -le $((kills * 4 * 300)) ]
	tell "$1: $said kills $kills"
}

@test "kl-track --flush: kill -9 of a live tail loses, doubles and alters no event" {
	killed_tail fail
}

@test "kl-track --flush: ... where the service drops repeats, too" {
	killed_tail drop
}

@test "kl-track: no fault of the line loses, doubles or alters an event" {
	local n reading fault
	n=$(pick 1000 100000)
	events "$n" >in
	for reading in fail drop; do
		for fault in lost-reply $(pick "$(shuf -n 1 -e reset-body status=503)" \
			'reset-before reset-body status=503'); do
			start_sandbox --limits off --visibility-delay 20 \
				--reading events-duplicate=$reading \
				--fault "$fault:bulk_create_events:p=0.1"
			run -0 --separate-stderr kl-track -q --backfill \
				--chunk-size "$(pick 100 500)" <in
			run judged_events in
			echo "$reading $fault: $output"
			tell "$reading $fault: $output"
			[ "$status" -eq 0 ]
		done
	done
}

@test "kl-track: an event of a live tail is seen within its flush interval and a second" {
	local i began pid
	start_sandbox --visibility-delay 10
	mkfifo pipe
	kl-track -q --flush 400ms <pipe >receipts 3>&- &
	pid=$!
	exec 4>pipe
	for i in $(seq "$(pick 3 20)"); do
		nap "$(random 1 300)"
		began=$(date +%s%N)
		printf '{"metric":"V","profile":{"email":"a@shop.example"},"unique_id":"%d"}\n' "$i" >&4
		until grep -q "\"unique_id\":\"$i\"" "$LEDGER"; do
			nap 10
			[ $((($(date +%s%N) - began) / 1000000)) -lt 5000 ]
		done
		tell "seen after $((($(date +%s%N) - began) / 1000000)) ms"
		[ $((($(date +%s%N) - began) / 1000000)) -lt 1400 ]
	done
	exec 4>&-
	wait "$pid"
}
