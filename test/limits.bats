#!/usr/bin/env bats
# limits.bats - the account's limits, shared by programs.

setup() {
	load helper
	cd "$BATS_TEST_TMPDIR" || return 1
	export XDG_RUNTIME_DIR=$BATS_TEST_TMPDIR/run
	export XDG_STATE_HOME=$BATS_TEST_TMPDIR/state
	mkdir -m 700 run
}

teardown() {
	stop_sandbox
}

# The file of the account's limits: the newer of the two, that of the key
# having been there before.
quota() {
	local f newest=
	for f in run/kl/limits-2-*; do
		[[ -z $newest || $f -nt $newest ]] && newest=$f
	done
	printf '%s\n' "$newest"
}

people() {
	seq "$1" "$2" | sed 's/.*/{"email":"p&@lim.example.net"}/'
}

@test "kl-pull: makes a file of used limits that nobody else can read" {
	start_sandbox --list KKbLLU=News
	run -0 --separate-stderr kl-pull lists -q
	[ "$(stat -c '%a %F' run/kl)" = '700 directory' ]
	[ "$(stat -c '%a %F' "$(quota)")" = '600 regular file' ]
	[ "$(find run/kl -type f | wc -l)" -eq 2 ] # the key's, the account's
	run ! grep -q pk_sandbox run/kl/*
	run ! grep -q pk_sandbox <(ls run/kl)
}

@test "kl-pull: asks for the account once for each key" {
	start_sandbox --list KKbLLU=News
	run -0 --separate-stderr kl-pull lists -v
	[[ $stderr = *'GET /api/accounts 200'* ]]
	run -0 --separate-stderr kl-pull lists -v
	[[ $stderr != *accounts* ]]
}

@test "kl-pull: does not ask if the configuration names the account" {
	start_sandbox --list KKbLLU=News
	echo '{"klaviyo":{"account":"AbC123"}}' >kl.json
	run -0 --separate-stderr kl-pull lists -v -c kl.json
	[[ $stderr != *accounts* ]]
	[ "$(find run/kl -type f | wc -l)" -eq 1 ]
}

@test "kl-pull: a key that may not know its account asks once, too" {
	start_sandbox --list KKbLLU=News --key pk_less:lists:read
	export KLAVIYO_API_KEY=pk_less
	run -0 --separate-stderr kl-pull lists -v
	[[ $stderr = *'GET /api/accounts 403'* ]]
	run -0 --separate-stderr kl-pull lists -v
	[[ $stderr != *accounts* ]]
}

@test "kl-pull: what one program uses, the next one counts" {
	start_sandbox --list KKbLLU=News
	for _ in 1 2 3; do
		run -0 --separate-stderr kl-pull lists -v
	done
	[[ ${stderr_lines[0]} = *'/api/lists?'*' 200 in '*' of 75 in 1 s, 3 of 750 in 1 min, by 3 programs' ]]
}

@test "kl-pull: what the first program is told of the limits, the next one knows" {
	start_sandbox --list KKbLLU=News --limits off
	run -0 --separate-stderr kl-pull account
	said 'kl-pull: wrote 1 from 1 page'
	run -0 --separate-stderr kl-pull account
	said 'kl-pull: wrote 1 from 1 page' # the published limit is one a second
}

@test "kl-pull: programs at once keep within one limit" {
	start_sandbox --list KKbLLU=News --generate members=30
	kl-pull account -q >/dev/null # now the account is known
	# M: 10 a second; each of three asks for 5 pages.
	for i in 1 2 3; do
		for _ in 1 2 3 4 5; do
			kl-pull members -q --list KKbLLU --fields email \
				--with predictive_analytics --summary s$i
			jq .limited s$i >>limited
		done >/dev/null 3>&- &
	done
	for pid in $(jobs -p); do
		[ "$pid" = "$SANDBOX_PID" ] || wait "$pid"
	done
	[ "$(sort -u limited)" = 0 ]
	[ "$(wc -l <limited)" -eq 15 ]
}

@test "kl-pull: is told by others to wait, and waits" {
	start_sandbox --list KKbLLU=News --limits off \
		--fault status=429:get_lists:at=1:ms=2000
	kl-pull lists -q >first &
	sleep 0.5
	run -0 --separate-stderr kl-pull lists
	[[ $stderr = *'waiting: rate limit, '[12]' s'* ]]
	wait $!
	[ -s first ]
}

@test "kl-push: killed at any moment, it holds up nobody" {
	start_sandbox --list KKbLLU=News --limits off
	people 1 400 >in
	for i in 1 2 3 4 5 6 7 8; do
		kl-push add -q --list KKbLLU --chunk-size 1 <in >/dev/null \
			2>&1 3>&- &
		sleep 0.0$((i + 1))
		kill -9 $!
		wait $! 2>/dev/null || true
	done
	run -0 --separate-stderr timeout 10 kl-push add --list KKbLLU <in
	[[ ${stderr_lines[-1]} = 'kl-push: read 400 = 400 accepted'* ]]
}

@test "kl-pull: a damaged file is made anew, and that is said" {
	start_sandbox --list KKbLLU=News
	kl-pull lists -q >/dev/null
	printf x | dd of="$(quota)" bs=1 seek=20 conv=notrunc status=none
	run -0 --separate-stderr kl-pull lists
	[[ ${stderr_lines[0]} = 'kl-pull: the file of used limits, limits-2-'*', is damaged: it was made anew' ]]
	run -0 --separate-stderr kl-pull lists
	said 'kl-pull: wrote 1 from 1 page'
	truncate -s 10 "$(quota)"
	run -0 --separate-stderr kl-pull lists
	[[ ${stderr_lines[0]} = *', has another size than it should: it was made anew' ]]
}

@test "kl-pull: a link in its place is replaced, not followed" {
	start_sandbox --list KKbLLU=News
	kl-pull lists -q >/dev/null
	echo precious >target
	file=$(quota)
	ln -sf "$PWD/target" "$file"
	run -0 --separate-stderr kl-pull lists
	[[ ${stderr_lines[0]} = *', is a symbolic link: it was made anew' ]]
	[ "$(cat target)" = precious ]
	[ ! -L "$file" ]
}

@test "kl-pull: without a place for the file it goes on, and -v says so" {
	start_sandbox --list KKbLLU=News
	export XDG_RUNTIME_DIR=/proc/nowhere XDG_STATE_HOME=/proc/nowhere
	run -0 --separate-stderr kl-pull lists
	said 'kl-pull: wrote 1 from 1 page'
	run -0 --separate-stderr kl-pull lists -v
	[[ ${stderr_lines[0]} = 'kl-pull: used limits are not shared with other programs: /proc/nowhere'* ]]
	[[ $stderr = *'lists?'*' 200 in '*'; limits: 1 of 75 in 1 s, 1 of 750 in 1 min'* ]]
}

@test "kl-pull: a folder that others can look into is not used" {
	start_sandbox --list KKbLLU=News
	mkdir -m 755 run/kl
	run -0 --separate-stderr kl-pull lists -q
	[ -z "$(ls run/kl)" ]
	[ "$(find state/kl -name 'limits-*' | wc -l)" -eq 2 ]
}

@test "kl-push: --max-rate leaves the rest of each limit" {
	start_sandbox --list KKbLLU=News
	people 1 4 >in
	run -0 --separate-stderr kl-push add -v --list KKbLLU --chunk-size 1 \
		--max-rate 10% <in
	[[ $stderr = *'read 4 = 4 accepted'* ]]
	# One a second, where ten could be: never two in the last one.
	[[ $stderr = *'profile-bulk-import-jobs 202 in '*'; limits: 1 of 10 in 1 s, 4 of 150 in 1 min'* ]]
	[[ $stderr != *'profile-bulk-import-jobs 202 in '*'; limits: 2 of 10 in 1 s'* ]]
}

@test "kl-push: --max-rate takes a part, from above nothing to all" {
	export KLAVIYO_API_KEY=pk_x KL_BASE_URL=http://127.0.0.1:9
	run -64 --separate-stderr kl-push add --list KKbLLU --max-rate 0 <<<''
	[[ ${stderr_lines[0]} = 'kl-push: --max-rate: more than 0%, up to 100%' ]]
	run -64 --separate-stderr kl-push add --list KKbLLU --max-rate 150% <<<''
	[[ ${stderr_lines[0]} = *'--max-rate'*'not a ratio'* ]]
	run -64 --separate-stderr kl-push add --list KKbLLU --max-rate half <<<''
	[[ ${stderr_lines[0]} = *'--max-rate'*'not a ratio'* ]]
}

@test "kl-push, kl-track: a dry run says how long the part of --max-rate takes" {
	seq 160 | sed 's/.*/{"email":"p&@shop.example"}/' >people
	sed 's/.*/{"metric":"A","time":"2026-01-02T03:04:05Z","profile":&}/' \
		people >events
	run -0 --separate-stderr kl-push add --list KKbLLU -n --chunk-size 1 \
		--max-rate 50% <people
	[[ $stderr = *'takes at least 121 s'* ]]
	# One event alone has an endpoint of its own.
	run -0 --separate-stderr kl-track -n --chunk-size 2 --backfill \
		--max-rate 50% < <(cat events events)
	[[ $stderr = *'takes at least 121 s'* ]]
}
