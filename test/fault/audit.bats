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
