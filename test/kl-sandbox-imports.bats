#!/usr/bin/env bats

setup() {
	load helper
	load sandbox
}

teardown() {
	stop_sandbox
}

job() { # ATTRIBUTES [LIST]
	printf '{"type":"profile-bulk-import-job","id":"JOB","attributes":{%s},"relationships":{"lists":{"links":{"self":"BASE/api/profile-bulk-import-jobs/JOB/relationships/lists/","related":"BASE/api/profile-bulk-import-jobs/JOB/lists/"},"data":[%s]},"profiles":{"links":{"self":"BASE/api/profile-bulk-import-jobs/JOB/relationships/profiles/","related":"BASE/api/profile-bulk-import-jobs/JOB/profiles/"}},"import-errors":{"links":{"related":"BASE/api/profile-bulk-import-jobs/JOB/import-errors/"}}},"links":{"self":"BASE/api/profile-bulk-import-jobs/JOB/"}}' \
		"$1" "$([ -z "${2:-}" ] || printf '{"type":"list","id":"%s"}' "$2")"
}

@test "kl-sandbox --job-delay: a job is queued, processing, then complete" {
	start_sandbox --job-delay 1500 --limits 1000
	run -0 api POST "$JOBS" "$(import "$(person '"email":"a@b.example"'),$(person '"phone_number":"+436601234567"')" SNDBOX)"
	same "{\"data\":$(job '"status":"queued","created_at":"MICRO","total_count":2,"completed_count":0,"failed_count":0,"completed_at":null,"expires_at":"MICRO","started_at":null' SNDBOX),\"links\":{\"self\":\"BASE$JOBS\"}}
202"
	one=$(id)
	states=
	until [[ $states = *complete* ]]; do
		states+=$(api GET "$JOBS/$one" | grep -o '"status":"[a-z]*","cre\|_count":[0-9]*,"f' | tr '\n' ' ')$'\n'
	done
	run -0 uniq <<<"${states%$'\n'}"
	same '"status":"queued","cre _count":0,"f 
"status":"processing","cre _count":0,"f 
"status":"complete","cre _count":2,"f '
	wait_for_jobs
	run -0 api GET "$JOBS/$one?include=lists&fields[list]=name"
	[[ $output = "{\"data\":$(job '"status":"complete","created_at":"MICRO","total_count":2,"completed_count":2,"failed_count":0,"completed_at":"MICRO","expires_at":"MICRO","started_at":"MICRO"' SNDBOX),\"included\":[{\"type\":\"list\",\"id\":\"SNDBOX\",\"attributes\":{\"name\":\"Sandbox list\"},"* ]]
	run -0 api GET "$JOBS/$one/relationships/profiles?page[size]=1"
	same "{\"data\":[{\"type\":\"profile\",\"id\":\"PROFILE\"}],\"links\":{\"self\":\"BASE$JOBS/JOB/relationships/profiles?page%5Bsize%5D=1\",\"next\":\"BASE$JOBS/JOB/relationships/profiles?page%5Bsize%5D=1&page%5Bcursor%5D=CURSOR\",\"prev\":null}}
200"
	run -0 api GET "$JOBS/$one/relationships/lists"
	same "{\"data\":[{\"type\":\"list\",\"id\":\"SNDBOX\"}],\"links\":{\"self\":\"BASE$JOBS/JOB/relationships/lists\",\"next\":null,\"prev\":null}}
200"
	run -0 api GET "$JOBS/$one/import-errors"
	same "{\"data\":[],\"links\":{\"self\":\"BASE$JOBS/JOB/import-errors\",\"next\":null,\"prev\":null}}
200"
	run -0 api GET "$JOBS"/NOPE
	same "$(problem 404 not_found 'Not found.' 'Invalid job id' '"pointer":"/data/"' '')"
}

@test "kl-sandbox --time-scale: a job is forgotten after its seven days" {
	start_sandbox --time-scale 6048000 # seven days are 100 ms
	run -0 api POST "$JOBS" "$(import "$(person '"email":"a@b.example"')")"
	one=$(id)
	sleep 0.15
	run -0 api GET "$JOBS/$one"
	[ "${lines[1]}" = 404 ]
	run -0 api GET "$JOBS"
	same "{\"data\":[],\"links\":{\"self\":\"BASE$JOBS\",\"next\":null,\"prev\":null}}
200"
}

@test "kl-sandbox: an import in which rows are wrong names them all and does nothing" {
	start_sandbox --job-delay 0
	run -0 api POST "$JOBS" "$(import "$(person '"email":"no"'),$(person '"email":"a@b.example"'),$(person '"phone_number":"0660"'),$(person '"email":"c@d.example","last_nam":"x"'),$(person '"external_id":"5","first_name":7'),$(person '"first_name":"x"'),7")"
	at=/data/attributes/profiles/data
	row() {
		printf '{"id":"UUID","status":400,"code":"invalid","title":"Invalid input.","detail":"%s","source":{"pointer":"%s"},"links":{},"meta":{}}' "$1" "$at/$2"
	}
	same "{\"errors\":[$(row 'Invalid email address' 0/attributes/email),$(row 'Invalid phone number format (Example of a valid format: +12345678901)' 2/attributes/phone_number),$(row "'last_nam' is not a valid field for the resource 'profile'." 3/attributes/last_nam),$(row "Invalid input for 'first_name': expected a string." 4/attributes/first_name),$(row 'At least one identifier is required: email, phone_number, external_id, id or _kx.' 5/attributes),$(row 'Invalid input: expected an object.' 6)]}
400"
	run -0 api GET /api/profiles
	[[ $output = '{"data":[],'* ]]
	[ ! -s "$LEDGER" ]
}

@test "kl-sandbox: null is ignored in a bulk import" {
	start_sandbox --job-delay 0
	api POST /api/profiles "{\"data\":$(person '"email":"a@b.example","title":"Dr"')}" >/dev/null
	api POST "$JOBS" "$(import "$(person '"email":"a@b.example","title":null,"phone_number":null')")" >/dev/null
	wait_for_jobs
	run -0 api GET '/api/profiles?fields[profile]=title'
	[[ $output = *'"attributes":{"title":"Dr"}'* ]]
}

@test "kl-sandbox --reading identity-conflict: an import error by default, or the identifier moves" {
	two="{\"data\":$(person '"email":"a@b.example"')} {\"data\":$(person '"phone_number":"+436601234567"')}"
	body=$(import "$(person '"email":"a@b.example","phone_number":"+436601234567"'),$(person '"email":"c@d.example"')" SNDBOX)
	start_sandbox --job-delay 0
	for one in $two; do api POST /api/profiles "$one" >/dev/null; done
	api POST "$JOBS" "$body" >/dev/null
	job=$(id)
	wait_for_jobs
	run -0 api GET "$JOBS/$job?fields[profile-bulk-import-job]=completed_count,failed_count"
	[[ $output = *'"attributes":{"completed_count":1,"failed_count":1}'* ]]
	run -0 api GET "$JOBS/$job/import-errors"
	same "{\"data\":[{\"type\":\"import-error\",\"id\":\"UUID\",\"attributes\":{\"code\":\"duplicate_profile\",\"title\":\"Conflict.\",\"detail\":\"A profile already exists with one of these identifiers.\",\"source\":{\"pointer\":\"/data/attributes\"},\"original_payload\":$(person '"email":"a@b.example","phone_number":"+436601234567"')}}],\"links\":{\"self\":\"BASE$JOBS/JOB/import-errors\",\"next\":null,\"prev\":null}}
200"
	stop_sandbox
	start_sandbox --job-delay 0 --reading identity-conflict=move
	for one in $two; do api POST /api/profiles "$one" >/dev/null; done
	api POST "$JOBS" "$body" >/dev/null
	wait_for_jobs
	run -0 api GET '/api/profiles?sort=created&fields[profile]=email,phone_number'
	[ "$(jq -c '.data[]?.attributes' <(head -1 "$BATS_TEST_TMPDIR/raw"))" = '{"email":"a@b.example","phone_number":"+436601234567"}
{"email":null,"phone_number":null}
{"email":"c@d.example","phone_number":null}' ]
	run -0 jq -c '[.effect, .attributes]' "$LEDGER"
	same '["profile.create",{"email":"a@b.example"}]
["profile.create",{"phone_number":"+436601234567"}]
["profile.update",{"phone_number":null}]
["profile.update",{"email":"a@b.example","phone_number":"+436601234567"}]
["list.add",null]
["profile.create",{"email":"c@d.example"}]
["list.add",null]'
}

@test "kl-sandbox --reading import-duplicate: merges, refuses or fails the later row" {
	body=$(import "$(person '"email":"a@b.example","title":"1"'),$(person '"email":"A@b.example","title":"2"')")
	for reading in merge:202:2:0 error:202:1:1 400:400; do
		start_sandbox --job-delay 0 --reading "import-duplicate=${reading%%:*}"
		run -0 api POST "$JOBS" "$body"
		rest=${reading#*:}
		[ "${lines[1]}" = "${rest%%:*}" ]
		if [ "${rest%%:*}" = 202 ]; then
			wait_for_jobs
			run -0 api GET "$JOBS?fields[profile-bulk-import-job]=completed_count,failed_count"
			[[ $output = *"{\"completed_count\":$(cut -d: -f2 <<<"$rest"),\"failed_count\":$(cut -d: -f3 <<<"$rest")}"* ]]
		else
			same "$(invalid 'Duplicate profile found in this request.' \
				'"pointer":"/data/attributes/profiles/data/1/attributes"')"
		fi
		stop_sandbox
	done
}

@test "kl-sandbox --poison: refuses the import and names no row; --poison-row fails one" {
	start_sandbox --job-delay 0 --poison bad --poison-row worse
	run -0 api POST "$JOBS" "$(import "$(person '"email":"a@b.example"'),$(person '"email":"bad@b.example"')")"
	same "$(invalid 'Invalid input.' '"pointer":"/data"')"
	run -0 api POST "$JOBS" "$(import "$(person '"email":"a@b.example"'),$(person '"email":"worse@b.example"')")"
	job=$(id)
	wait_for_jobs
	run -0 api GET "$JOBS/$job/import-errors?fields[import-error]=detail,source.pointer,original_payload"
	same "{\"data\":[{\"type\":\"import-error\",\"id\":\"UUID\",\"attributes\":{\"detail\":\"Invalid email address\",\"source\":{\"pointer\":\"/data/attributes/email\"},\"original_payload\":$(person '"email":"worse@b.example"')}}],\"links\":{\"self\":\"BASE$JOBS/JOB/import-errors?fields%5Bimport-error%5D=detail%2Csource.pointer%2Coriginal_payload\",\"next\":null,\"prev\":null}}
200"
}

@test "kl-sandbox: limits of an import: rows, bytes of a profile, bytes of a body" {
	start_sandbox --limits 100
	import "$(yes 7 | head -10001 | paste -sd,)" >"$BATS_TEST_TMPDIR/body"
	run -0 api POST "$JOBS" @"$BATS_TEST_TMPDIR/body"
	same "$(invalid "Invalid input for 'data': expected a list of 1 to 10000 profiles." '"pointer":"/data/attributes/profiles/data"')"
	long=$(head -c 100000 /dev/zero | tr '\0' x)
	import "$(person "\"email\":\"a@b.example\",\"title\":\"$long\"")" >"$BATS_TEST_TMPDIR/body"
	run -0 api POST "$JOBS" @"$BATS_TEST_TMPDIR/body"
	same "$(invalid 'The payload of a profile is limited to 100 KB.' '"pointer":"/data/attributes/profiles/data/0"')"
	head -c 5000001 /dev/zero | tr '\0' ' ' >"$BATS_TEST_TMPDIR/body"
	run -0 api POST "$JOBS" @"$BATS_TEST_TMPDIR/body"
	same "$(problem 413 payload_too_large 'Payload too large.' 'The request body exceeds 5 MB.' '"pointer":"/data/"')"
}

@test "kl-sandbox --reading oversize=400: a body that is too large is invalid input" {
	start_sandbox --reading oversize=400
	head -c 5000001 /dev/zero | tr '\0' ' ' >"$BATS_TEST_TMPDIR/body"
	run -0 api POST "$JOBS" @"$BATS_TEST_TMPDIR/body"
	same "$(invalid 'The request body exceeds 5 MB.' '"pointer":"/data/"')"
}
