#!/usr/bin/env bats

setup() {
	load helper
	load sandbox
}

teardown() {
	stop_sandbox
}

@test "kl-sandbox: serves the example of its manual" {
	start_sandbox --list KKbLLU=Newsletter --job-delay 0
	[[ $KL_BASE_URL =~ ^http://127\.0\.0\.1:[0-9]+$ ]]
	run -0 api POST "$JOBS" "$(import "$(person '"email":"ada@shop.example"')" KKbLLU)"
	[ "${lines[1]}" = 202 ]
	wait_for_jobs
	run -0 api GET "/api/lists/KKbLLU/profiles?fields[profile]=email"
	[[ $output = '{"data":[{"type":"profile","id":"PROFILE","attributes":{"email":"ada@shop.example"},'* ]]
}

@test "kl-sandbox: ends with 0 and leaves nothing when it is told to" {
	start_sandbox
	kill -TERM "$SANDBOX_PID"
	wait "$SANDBOX_PID"
	[ ! -s "$BATS_TEST_TMPDIR/sandbox.err" ]
	# A shell has background jobs ignore SIGINT; the sandbox does not.
	start_sandbox
	kill -INT "$SANDBOX_PID"
	wait "$SANDBOX_PID"
	run ! curl -sS "$KL_BASE_URL/"
	[ ! -s "$BATS_TEST_TMPDIR/sandbox.err" ]
}

@test "kl-sandbox --seed: begins with the lists and people of a file" {
	cat >"$BATS_TEST_TMPDIR/seed" <<-'EOF'
		{"type":"list","id":"KKbLLU","attributes":{"name":"Newsletter"}}

		{"type":"profile","id":"01ARZ3NDEKTSV4RRFFQ69G5FAV","attributes":{"email":"ada@shop.example","properties":{"Plan":"pro"}},"lists":["KKbLLU"]}
		{"type":"profile","attributes":{"external_id":"7"}}
	EOF
	start_sandbox --seed "$BATS_TEST_TMPDIR/seed"
	run -0 api GET /api/lists/KKbLLU/relationships/profiles
	grep -q '"id":"01ARZ3NDEKTSV4RRFFQ69G5FAV"' "$BATS_TEST_TMPDIR/raw"
	run -0 api GET '/api/profiles/01ARZ3NDEKTSV4RRFFQ69G5FAV?include=lists&fields[list]=name&fields[profile]=properties'
	[[ $output = *'"attributes":{"properties":{"Plan":"pro"}}'*'"data":[{"type":"list","id":"KKbLLU"}]'*'"included":[{"type":"list","id":"KKbLLU"'* ]]
	run -0 api GET '/api/profiles?sort=-id&fields[profile]=external_id'
	[ "$(jq -c '[.data[]?.attributes.external_id]' <(head -1 "$BATS_TEST_TMPDIR/raw"))" = '["7",null]' ]
}

@test "kl-sandbox --seed: exits 65 and names the line that is wrong" {
	printf '{"type":"profile","attributes":{"email":"a@b.example"}}\n%s\n' \
		'{"type":"profile","attributes":{"email":"A@b.example"}}' >"$BATS_TEST_TMPDIR/seed"
	run -65 --separate-stderr kl-sandbox --seed "$BATS_TEST_TMPDIR/seed"
	said "kl-sandbox: $BATS_TEST_TMPDIR/seed: line 2: /data/attributes: A profile already exists with one of these identifiers."
	printf '{"type":"profile","attributes":{"email":"no"}}' >"$BATS_TEST_TMPDIR/seed"
	run -65 --separate-stderr kl-sandbox --seed "$BATS_TEST_TMPDIR/seed"
	said "kl-sandbox: $BATS_TEST_TMPDIR/seed: line 1: /attributes/email: Invalid email address"
	run -66 --separate-stderr kl-sandbox --seed /nowhere
	said 'kl-sandbox: cannot read /nowhere: No such file or directory'
}

@test "kl-sandbox: exits 64 and says what options take" {
	while IFS='|' read -r option said; do
		read -ra words <<<"$option"
		run -64 --separate-stderr kl-sandbox "${words[@]}"
		said "kl-sandbox: $said
usage: kl-sandbox [options]"
	done <<-'EOF'
		--list x|--list takes ID=NAME
		--limits 0|--limits takes real, off or a number from 1 to 100000
		--time-scale 0|--time-scale takes a number from 0.001 to 1000000000
		--key a:lists:reed|--key: no scope is called 'lists:reed'; did you mean lists:read?
		--reading oversize=1|--reading: oversize has no such value; it can be 413, 400
		--reading x=1|--reading: nothing is called 'x'; kl-sandbox(1) lists the readings
		--fault stal|--fault: no fault is called 'stal'; did you mean stall?
		--fault html:get_listz|--fault: no operation is called 'get_listz'; kl-sandbox(1) lists them
		--fault html:p=2|--fault: 'p=2' is not p=0..1, at=N, every=N or ms=N
		--generate cats=1|--generate makes no cats=1; kl-sandbox(1) lists what it makes
		--generate lists=10001|--generate makes no lists=10001; kl-sandbox(1) lists what it makes
		--generate events=1|--generate events needs people
		operand|takes no operands
	EOF
}

@test "kl-sandbox: exits 73 or 74 when a file or stdout cannot be written" {
	run -73 --separate-stderr kl-sandbox --ledger /nowhere/x
	said 'kl-sandbox: cannot create /nowhere/x: No such file or directory'
	[ -w /dev/full ] || skip "no /dev/full"
	run -74 bash -c 'kl-sandbox >/dev/full'
	same 'kl-sandbox: cannot write stdout: No space left on device'
	start_sandbox
	run -74 --separate-stderr kl-sandbox --port "${KL_BASE_URL##*:}"
	said "kl-sandbox: cannot listen on 127.0.0.1:${KL_BASE_URL##*:}: Address already in use; --port 0 takes one that is free"
}

@test "kl-sandbox --ledger: ends with 74 when it cannot be written" {
	[ -w /dev/full ] || skip "no /dev/full"
	kl-sandbox --ledger /dev/full >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" 3>&- &
	SANDBOX_PID=$!
	until [ -s "$BATS_TEST_TMPDIR/out" ]; do sleep 0.02; done
	KL_BASE_URL=$(cat "$BATS_TEST_TMPDIR/out")
	export KLAVIYO_API_KEY=pk_sandbox
	api POST /api/profiles "{\"data\":$(person '"email":"a@b.example"')}" >/dev/null
	status=0
	wait "$SANDBOX_PID" || status=$?
	[ "$status" = 74 ]
	grep -q 'cannot write /dev/full' "$BATS_TEST_TMPDIR/err"
}

@test "kl-sandbox --log: writes each request, with its key and its answer" {
	start_sandbox --log "$BATS_TEST_TMPDIR/log" --key pk_a --key pk_b \
		--fault status=429:get_profiles:at=1:ms=7000 \
		--fault lost-reply:get_lists
	KLAVIYO_API_KEY=pk_b
	api GET /api/accounts >/dev/null
	api GET '/api/profiles?filter=equals(email,"a@b.example")' >/dev/null
	KLAVIYO_API_KEY=pk_a
	api GET /api/nope >/dev/null
	api GET /api/profiles >/dev/null
	api GET /api/lists >/dev/null 2>&1 || true
	KLAVIYO_API_KEY=pk_c
	api DELETE /api/accounts >/dev/null
	run -0 names <"$BATS_TEST_TMPDIR/log"
	same '{"n":1,"t":"MICRO","op":"get_accounts","key":2,"status":200}
{"n":2,"t":"MICRO","op":"get_profiles","status":429,"retry_after":7}
{"n":3,"t":"MICRO","status":404}
{"n":4,"t":"MICRO","op":"get_profiles","key":1,"status":200}
{"n":5,"t":"MICRO","op":"get_lists","key":1,"status":200}
{"n":6,"t":"MICRO","status":401}'
	run -73 --separate-stderr kl-sandbox --log /nowhere/x
	said 'kl-sandbox: cannot create /nowhere/x: No such file or directory'
}

@test "kl-sandbox --verbose: says each request, without its query" {
	start_sandbox -v
	api GET '/api/profiles?filter=equals(email,"a@b.example")' >/dev/null
	api GET /api/nope >/dev/null
	run -0 cat "$BATS_TEST_TMPDIR/sandbox.err"
	same 'kl-sandbox: GET /api/profiles 200
kl-sandbox: GET /api/nope 404'
}

@test "kl-sandbox --help: names the options of the manual page" {
	page_matches kl-sandbox "$BATS_TEST_DIRNAME/../cmd/kl-sandbox/kl-sandbox.1"
}

@test "kl-sandbox: --state takes people and lists up from the run before" {
	state=$BATS_TEST_TMPDIR/state.ndjson
	start_sandbox --list KKbLLU=News --state "$state"
	curl -s -o /dev/null -X POST "$KL_BASE_URL/api/profile-import" \
		-H 'Authorization: Klaviyo-API-Key pk_sandbox' \
		-H 'revision: 2026-07-15' -H 'Content-Type: application/vnd.api+json' \
		-d '{"data":{"type":"profile","attributes":{"email":"ana@lumen.example","_kx":"k\"x","location":{"city":"Łódź","latitude":1.50},"properties":{"a\"b":[1.10,{"c":null}]}}}}'
	id=$(grep -oE '"profile":"[0-9A-Z]{26}"' "$LEDGER" | head -1 | cut -d'"' -f4)
	run -0 curl -s -o /dev/null -w '%{http_code}' -X POST \
		"$KL_BASE_URL/api/lists/KKbLLU/relationships/profiles" \
		-H 'Authorization: Klaviyo-API-Key pk_sandbox' \
		-H 'revision: 2026-07-15' -H 'Content-Type: application/vnd.api+json' \
		-d '{"data":[{"type":"profile","id":"'"$id"'"}]}'
	same 204
	kl-pull members -q --list KKbLLU >"$BATS_TEST_TMPDIR/before"
	kl-pull lists -q >>"$BATS_TEST_TMPDIR/before"
	grep -q '"a\\"b":\[1.10,{"c":null}\]' "$BATS_TEST_TMPDIR/before"
	stop_sandbox
	[ "$(stat -c %a "$state")" = 600 ]
	cp "$state" "$BATS_TEST_TMPDIR/first"
	start_sandbox --list OTHER1=Other --state "$state"
	kl-pull members -q --list KKbLLU >"$BATS_TEST_TMPDIR/after"
	kl-pull lists -q >>"$BATS_TEST_TMPDIR/after"
	stop_sandbox
	run -0 diff "$BATS_TEST_TMPDIR/before" "$BATS_TEST_TMPDIR/after"
	run -0 cmp "$state" "$BATS_TEST_TMPDIR/first"
}

@test "kl-sandbox: a job that was accepted is done before the state is kept" {
	state=$BATS_TEST_TMPDIR/state.ndjson
	start_sandbox --list KKbLLU=News --state "$state" --job-delay 20s
	run -0 curl -s -o /dev/null -w '%{http_code}' -X POST \
		"$KL_BASE_URL/api/profile-bulk-import-jobs" \
		-H 'Authorization: Klaviyo-API-Key pk_sandbox' \
		-H 'revision: 2026-07-15' -H 'Content-Type: application/vnd.api+json' \
		-d '{"data":{"type":"profile-bulk-import-job","attributes":{"profiles":{"data":[{"type":"profile","attributes":{"email":"bo@lumen.example"}}]}},"relationships":{"lists":{"data":[{"type":"list","id":"KKbLLU"}]}}}}'
	same 202
	stop_sandbox
	run -0 grep -cE '"email":"bo@lumen.example"|"type":"member"' "$state"
	same 2
}

@test "kl-sandbox: a state that is none is refused with its line" {
	printf '%s\n' '{"type":"list","id":"A","attributes":{"name":"a"}}' \
		'{"type":"member","list":"A","id":"nobody","joined":1}' \
		>"$BATS_TEST_TMPDIR/bad"
	cd "$BATS_TEST_TMPDIR"
	run -65 --separate-stderr kl-sandbox --port 0 --state bad
	said 'kl-sandbox: bad: line 2: is not a line of a state'
}
