#!/usr/bin/env bats

setup() {
	load helper
	load sandbox
}

teardown() {
	stop_sandbox
}

@test "kl-sandbox --key: tells no key, a wrong one and a missing scope apart" {
	start_sandbox --key pk_read:lists:read,profiles:read
	run -0 curl -sS -w '\n%{http_code}' -H 'revision: 2026-07-15' "$KL_BASE_URL/api/lists"
	output=$(names <<<"$output")
	same "$(problem 401 not_authenticated 'Authentication credentials were not provided.' \
		'Missing or invalid authorization scheme. Please use Klaviyo-API-Key.' '"pointer":"/data/"' '')"
	run -0 api GET /api/lists
	same "$(problem 401 authentication_failed 'Incorrect authentication credentials.' \
		'Incorrect authentication credentials.' '"pointer":"/data/"' '')"
	export KLAVIYO_API_KEY=pk_read
	run -0 api GET /api/lists
	[ "${lines[1]}" = 200 ]
	run -0 api POST "$JOBS" '{}'
	same "$(problem 403 permission_denied 'You do not have permission to perform this action.' \
		'Your API key is missing required scopes: lists:write, profiles:write' '"pointer":"/data/"' '')"
}

@test "kl-sandbox: holds requests to a revision that is alive" {
	start_sandbox
	try() {
		run -0 curl -sS -w '\n%{http_code}' -H "revision: $1" "${@:2}" \
			-H 'Authorization: Klaviyo-API-Key pk_sandbox' "$KL_BASE_URL/api/lists"
		output=$(names <<<"$output")
	}
	opt=X-Klaviyo-Revision-Fall-Forward-Opt-Out
	try 2023-01-24
	[ "${lines[1]}" = 200 ]
	try 2023-01-24 -H "$opt: 1"
	same "$(problem 410 gone Gone. 'The revision is retired. Use 2026-07-15.' '"pointer":"/data/"')"
	try 2099-01-01
	same "$(problem 404 not_found 'Not found.' 'Unable to specify a future revision date' '"pointer":"/data/"' '')"
	try 2026-07-15.pre
	same "$(problem 404 not_found 'Not found.' 'No valid revisions found for method' '"pointer":"/data/"' '')"
	try 2026-02-30
	same "$(invalid 'Invalid revision date format. Use YYYY-MM-DD.' '"parameter":"revision"')"
	try ''
	same "$(invalid "A revision header is required, as in 'revision: 2026-07-15'." '"parameter":"revision"')"
	stop_sandbox
	start_sandbox --reading revision-absent=forward
	run -0 curl -sS -o /dev/null -w '%{http_code}' \
		-H 'Authorization: Klaviyo-API-Key pk_sandbox' "$KL_BASE_URL/api/lists"
	same 200
}

@test "kl-sandbox: refuses what it does not know, with the parameter" {
	start_sandbox --limits 100
	while IFS='|' read -r path detail parameter; do
		run -0 api GET "$path"
		same "$(invalid "$detail" "\"parameter\":\"$parameter\"")"
	done <<-'EOF'
		/api/accounts?page[size]=3|'page_size' is not a valid field for the resource 'account'.|page[size]
		/api/lists?nope=1|'nope' is not a valid field for the resource 'list'.|nope
		/api/lists?page[size]=11|Page size must be an integer between 1 and 10.|page[size]
		/api/profiles?page[size]=0|Page size must be an integer between 1 and 100.|page[size]
		/api/lists?include=profiless|'profiless' is not an allowed include parameter for this resource.|include
		/api/lists?fields[list]=name,zip|'zip' is not a valid field for the resource 'list'.|fields[list]
		/api/lists?fields[list]=profile_count|'profile_count' is not a valid field for the resource 'list'.|fields[list]
		/api/profiles?fields[profile]=joined_group_at|'joined_group_at' is not a valid field for the resource 'profile'.|fields[profile]
		/api/lists?sort=zip|'zip' is not a valid sort field for the resource 'list'.|sort
		/api/lists?page[cursor]=bogus|Invalid cursor provided.|page[cursor]
		/api/lists?filter=contains(name,"x")|'contains' is not an allowed filter operator for name.  Allowed operators are equals, any|filter
		/api/lists?filter=equals(zip,"x")|'zip' is not an allowed filter field for this resource.|filter
		/api/lists?filter=equals(name,"x"|Invalid filter provided: a bracket is not closed.|filter
		/api/lists?filter=greater-than(created,soon)|Invalid datetime for created.|filter
		/api/lists?sort=id&sort=name|A parameter may be given only once.|sort
	EOF
}

@test "kl-sandbox --reading any-max: bounds the values of a filter" {
	start_sandbox --reading any-max=2
	run -0 api GET "/api/profiles?filter=any(email,['a','b','c'])"
	same "$(invalid 'Too many values in a list: the maximum is 2.' '"parameter":"filter"')"
}

@test "kl-sandbox: refuses paths, methods, types and bodies it does not know" {
	start_sandbox --limits 100
	run -0 api GET /api/nope
	same "$(problem 404 not_found 'Not found.' 'The requested resource was not found.' '"pointer":"/data/"' '')"
	run -0 headers PUT /api/lists
	same 'HTTP/1.1 405 Method Not Allowed
Content-Type: application/vnd.api+json
Allow: GET, POST'
	run -0 api POST /api/lists '' -d x -H 'Content-Type: text/plain'
	same "$(problem 415 unsupported_media_type 'Unsupported media type.' 'Unsupported media type in request. Use application/vnd.api+json.' '"pointer":"/data/"')"
	run -0 api POST /api/lists '{}' -H 'Content-Encoding: gzip'
	same "$(problem 415 unsupported_media_type 'Unsupported media type.' 'Unsupported content encoding in request.' '"pointer":"/data/"')"
	run -0 api POST /api/lists '{"data":1,"data":2}'
	[[ $output = *'"code":"parse_error","title":"Malformed request.","detail":"JSON parse error: '* ]]
	run -0 api POST /api/lists '{"data":{"type":"list","attributes":{"name":"x","zip":1}}}'
	same "$(invalid "'zip' is not a valid field for the resource 'list'." '"pointer":"/data/attributes/zip"')"
	run -0 api POST "$JOBS" "$(import "$(person '"email":"a@b.example"')" NOPE01)"
	same "$(invalid 'A list with id `NOPE01` does not exist.' '"pointer":"/data/relationships/lists/data/0/id"')"
}

@test "kl-sandbox: does not serve browsers, nor foreign names" {
	start_sandbox
	run -0 api GET /api/lists '' -H 'Origin: http://evil.example'
	same "$(problem 403 permission_denied 'You do not have permission to perform this action.' 'Requests from web pages are not served.' '"pointer":"/data/"' '')"
	run -0 api GET /api/lists '' -H 'Host: evil.example'
	same "$(problem 403 permission_denied 'You do not have permission to perform this action.' 'The Host header must be 127.0.0.1 or localhost.' '"pointer":"/data/"' '')"
	run -0 api GET /api/lists '' -H 'Host: localhost:80x'
	[ "${lines[1]}" = 403 ]
	KL_BASE_URL=http://localhost:${KL_BASE_URL##*:}
	run -0 api GET /api/lists/SNDBOX/relationships/profiles
	same '{"data":[],"links":{"self":"BASE/api/lists/SNDBOX/relationships/profiles","next":null,"prev":null}}
200'
}

@test "kl-sandbox --limits real: counts every request, failed ones too, then 429" {
	start_sandbox
	run -0 headers POST /api/lists '{}'
	same 'HTTP/1.1 400 Bad Request
Content-Type: application/vnd.api+json
RateLimit-Limit: 10, 10;w=1, 150;w=60, 150;w=86400
RateLimit-Remaining: 9
RateLimit-Reset: 1'
	stop_sandbox
	start_sandbox
	# One curl for both, or the second would be over.
	run -0 headers GET /api/accounts '' "$KL_BASE_URL/api/accounts" -o /dev/null
	same 'HTTP/1.1 200 OK
Content-Type: application/vnd.api+json
RateLimit-Limit: 1, 1;w=1, 15;w=60
RateLimit-Remaining: 0
RateLimit-Reset: 1
HTTP/1.1 429 Too Many Requests
Retry-After: 1'
	run -0 api GET '/api/accounts?fields[account]=id' '' "$KL_BASE_URL/api/accounts"
	output=$(tail -2 <<<"$output" | sed 's/^[0-9]*{/{/')
	same "$(problem 429 throttled 'Request was throttled.' \
		'Request was throttled. Expected available in 1 second.' '"pointer":"/data"' \
		',"links":{"type":"https://developers.klaviyo.com/en/docs/rate_limits_and_error_handling"},"meta":{}')"
	run -0 headers GET '/api/lists/SNDBOX?additional-fields[list]=profile_count'
	[ "${lines[2]}" = 'RateLimit-Limit: 1, 1;w=1, 15;w=60' ]
	run -0 headers GET /api/lists/SNDBOX
	[ "${lines[2]}" = 'RateLimit-Limit: 75, 75;w=1, 750;w=60' ]
}

@test "kl-sandbox --limits: N times the counts, or off" {
	start_sandbox --limits 3
	run -0 headers GET /api/accounts
	[ "${lines[2]}" = 'RateLimit-Limit: 3, 3;w=1, 45;w=60' ]
	stop_sandbox
	start_sandbox --limits off
	for _ in 1 2 3 4; do
		run -0 headers GET /api/accounts
		[ "${lines[0]}" = 'HTTP/1.1 200 OK' ]
	done
	[ "${lines[2]}" = 'RateLimit-Limit: 1000000, 1000000;w=1, 60000000;w=60' ]
}

@test "kl-sandbox --fault: carries out what it says, and breaks what it says" {
	make='{"data":{"type":"list","attributes":{"name":"x"}}}'
	while read -r fault code lists; do
		start_sandbox --fault "$fault:create_list"
		run api POST /api/lists "$make" -m 1 2>/dev/null
		[ "$fault ${PIPESTATUS[0]}" = "$fault 0" ]
		run curl -sS -m 1 -o /dev/null -w '%{http_code}' \
			-H 'Authorization: Klaviyo-API-Key pk_sandbox' \
			-H 'revision: 2026-07-15' \
			-H 'Content-Type: application/json' -d "$make" \
			"$KL_BASE_URL/api/lists"
		[ "$fault $status" = "$fault $code" ]
		run -0 api GET '/api/lists?fields[list]=name'
		[ "$fault $(grep -o '"name"' <<<"$output" | wc -l)" = "$fault $lists" ]
		stop_sandbox
	done <<-'EOF'
		reset-before 56 1
		reset-headers 56 3
		reset-body 56 3
		lost-reply 52 3
		truncate 18 3
		wrong-length 0 3
		html 0 1
		redirect 0 1
		status=503 0 1
		stall 28 3
		slow:ms=100 28 3
		close-idle 0 3
	EOF
}

@test "kl-sandbox --fault: answers in its own ways, at its own times" {
	start_sandbox --fault html:get_account --fault redirect:get_profiles \
		--fault status=429:get_profile:ms=2500 --fault status=502:get_lists:at=2
	run -0 headers GET /api/accounts/SNDBX1
	same 'HTTP/1.1 502 Bad Gateway
Content-Type: text/html; charset=UTF-8'
	run -0 headers GET /api/profiles
	output=$(names <<<"$output")
	same 'HTTP/1.1 302 Found
Location: BASE/elsewhere/api/profiles'
	run -0 headers GET /api/profiles/x
	same 'HTTP/1.1 429 Too Many Requests
Retry-After: 3'
	for want in 200 502 200; do
		run -0 api GET /api/lists
		[ "${lines[-1]}" = $want ]
	done
}

@test "kl-sandbox --fault refuse: closes the port, and opens it again" {
	start_sandbox --fault refuse:at=1:ms=2000
	run ! curl -sS "$KL_BASE_URL/"
	run -7 curl -sS "$KL_BASE_URL/"
	for _ in $(seq 100); do
		run api GET /api/lists
		[ "${lines[1]}" != 200 ] || break
		sleep 0.05
	done
	[ "${lines[1]}" = 200 ]
}

@test "kl-sandbox --random-seed: draws the same faults and people again" {
	for _ in 1 2; do
		start_sandbox --random-seed 11 --fault status=500:p=0.5 \
			--generate profiles=3 --limits off
		for _ in 1 2 3 4 5 6 7 8 9 10; do
			api GET '/api/profiles?fields[profile]=last_name' | tail -1
		done >>"$BATS_TEST_TMPDIR/codes"
		echo >>"$BATS_TEST_TMPDIR/codes"
		stop_sandbox
	done
	run -0 uniq -c <(paste -sd' ' "$BATS_TEST_TMPDIR/codes" | sed 's/  /\n/' | sed 's/ *$//')
	[ "${#lines[@]}" = 1 ]
	[[ $output = *500* && $output = *200* ]]
}

@test "kl-sandbox --latency: waits before each answer" {
	start_sandbox --latency 120
	run -0 curl -sS -o /dev/null -w '%{time_total}' "$KL_BASE_URL/api/lists"
	[ "${output/./}" -ge 119000 ]
}
