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

@test "kl-sandbox: has one account, as a collection and by its id" {
	start_sandbox --limits 9
	run -0 api GET /api/accounts
	account='{"type":"account","id":"SNDBX1","attributes":{"test_account":true,"contact_information":{"default_sender_name":"Sandbox","default_sender_email":"sandbox@mail.example","website_url":null,"organization_name":"kl-sandbox","street_address":{"address1":null,"address2":null,"city":null,"region":null,"country":null,"zip":null}},"industry":null,"timezone":"UTC","preferred_currency":"EUR","public_api_key":"SNDBX1","locale":"en-US"},"links":{"self":"BASE/api/accounts/SNDBX1/"}}'
	same "{\"data\":[$account],\"links\":{\"self\":\"BASE/api/accounts\",\"next\":null,\"prev\":null}}
200"
	run -0 api GET /api/accounts/SNDBX1/
	same "{\"data\":$account,\"links\":{\"self\":\"BASE/api/accounts/SNDBX1\"}}
200"
	run -0 api GET '/api/accounts/NOPE01'
	same "$(problem 404 not_found 'Not found.' \
		'An account with id NOPE01 does not exist.' '"pointer":"/data/"' '')"
}

@test "kl-sandbox: shows nested fields where they are asked for" {
	start_sandbox
	run -0 api GET '/api/accounts?fields[account]=contact_information.street_address.zip,locale'
	same '{"data":[{"type":"account","id":"SNDBX1","attributes":{"contact_information":{"street_address":{"zip":null}},"locale":"en-US"},"links":{"self":"BASE/api/accounts/SNDBX1/"}}],"links":{"self":"BASE/api/accounts?fields%5Baccount%5D=contact_information.street_address.zip%2Clocale","next":null,"prev":null}}
200'
}

list() { # ID NAME [ATTRIBUTES] [TAGS]
	printf '{"type":"list","id":"%s","attributes":{"name":"%s","created":"SECOND","updated":"MICRO","opt_in_process":"single_opt_in"%s},"relationships":{' \
		"$1" "$2" "${3:-}"
	for r in profiles tags flow-triggers; do
		printf '"%s":{"links":{"self":"BASE/api/lists/%s/relationships/%s/","related":"BASE/api/lists/%s/%s/"}%s}' \
			$r "$1" $r "$1" $r "$([ $r = tags ] && echo "${4:-}")"
		[ $r = flow-triggers ] || printf ,
	done
	printf '},"links":{"self":"BASE/api/lists/%s/"}}' "$1"
}

@test "kl-sandbox: has a list to begin with, and makes, changes and drops others" {
	start_sandbox
	run -0 api GET /api/lists
	same "{\"data\":[$(list SNDBOX 'Sandbox list')],\"links\":{\"self\":\"BASE/api/lists\",\"next\":null,\"prev\":null}}
200"
	run -0 api POST /api/lists '{"data":{"type":"list","attributes":{"name":"Zwei"}}}'
	two=$(id)
	[[ $two =~ ^[A-Za-z0-9]{6}$ ]]
	same "{\"data\":$(list "$two" Zwei),\"links\":{\"self\":\"BASE/api/lists\"}}
201"
	run -0 api PATCH "/api/lists/$two" "{\"data\":{\"type\":\"list\",\"id\":\"$two\",\"attributes\":{\"name\":\"Deux\"}}}"
	same "{\"data\":$(list "$two" Deux),\"links\":{\"self\":\"BASE/api/lists/$two\"}}
200"
	run -0 api GET "/api/lists/$two?additional-fields[list]=profile_count&include=tags"
	same "{\"data\":$(list "$two" Deux ',"profile_count":0' ',"data":[]'),\"included\":[],\"links\":{\"self\":\"BASE/api/lists/$two?additional-fields%5Blist%5D=profile_count&include=tags\"}}
200"
	run -0 api DELETE "/api/lists/$two"
	same '
204'
	run -0 api GET "/api/lists/$two"
	same "$(problem 404 not_found 'Not found.' \
		"A list with id \`$two\` does not exist." '"pointer":"/data/"' '')"
}

@test "kl-sandbox --list: pages through lists in the order asked for" {
	start_sandbox --list A1=Cat --list B2=Ant --list C3=Bee
	run -0 api GET '/api/lists?sort=-name&page[size]=2&fields[list]=name'
	[ "$(grep -o '"name":"[^"]*"' <<<"$output" | tr -d '\n')" = '"name":"Cat""name":"Bee"' ]
	[[ $output = *'"next":"BASE/api/lists?sort=-name&page%5Bsize%5D=2&fields%5Blist%5D=name&page%5Bcursor%5D=CURSOR","prev":null}}'* ]]
	c=$(cursor)
	run -0 api GET "/api/lists?sort=-name&page[size]=2&fields[list]=name&page[cursor]=$c"
	[ "$(grep -o '"name":"[^"]*"' <<<"$output")" = '"name":"Ant"' ]
	[[ $output = *'"next":null,"prev":"BASE/api/lists?sort=-name&page%5Bsize%5D=2&fields%5Blist%5D=name&page%5Bcursor%5D=CURSOR"}}'* ]]
	p=$(sed -nE 's/.*"prev":"[^"]*cursor%5D=([A-Za-z0-9_-]+)".*/\1/p' "$BATS_TEST_TMPDIR/raw")
	run -0 api GET "/api/lists?sort=-name&page[size]=2&fields[list]=name&page[cursor]=$p"
	[ "$(grep -o '"name":"[^"]*"' <<<"$output" | tr -d '\n')" = '"name":"Cat""name":"Bee"' ]
	[[ $output = *'CURSOR","prev":null}}'* ]]
	run -0 api GET "/api/lists?sort=name&page[size]=2&page[cursor]=$c"
	same "$(invalid 'Invalid cursor provided.' '"parameter":"page[cursor]"')"
	run -0 api GET "/api/lists?filter=any(name,[\"Bee\",'Ant'])&sort=id&fields[list]=name"
	[ "$(grep -o '"id":"[^"]*"' <<<"$output" | tr -d '\n')" = '"id":"B2""id":"C3"' ]
}

profile() { # ATTRIBUTES [JOINED] [RELATION...]
	printf '{"type":"profile","id":"PROFILE","attributes":{%s},"relationships":{' "$1"
	shift
	local sep=
	for r in "$@"; do
		printf '%s"%s":{"links":{"self":"BASE/api/profiles/PROFILE/relationships/%s/","related":"BASE/api/profiles/PROFILE/%s/"}}' "$sep" "$r" "$r" "$r"
		sep=,
	done
	printf '},"links":{"self":"BASE/api/profiles/PROFILE/"}}'
}

place='"address1":null,"address2":null,"city":null,"country":null,"region":null,"zip":null,"timezone":null,"ip":null'

@test "kl-sandbox: creates a profile, and refuses another with its address" {
	start_sandbox
	run -0 api POST /api/profiles "{\"data\":$(person '"email":"Ada@Shop.example","properties":{"Plan":"pro","n":1.50}')}"
	one=$(id)
	same "{\"data\":$(profile '"email":"Ada@Shop.example","phone_number":null,"external_id":null,"first_name":null,"last_name":null,"organization":null,"locale":null,"title":null,"image":null,"created":"SECOND","updated":"MICRO","last_event_date":null,"location":{'"$place"'},"properties":{"Plan":"pro","n":1.50}' lists segments push-tokens),\"links\":{\"self\":\"BASE/api/profiles\"}}
201"
	run -0 api POST /api/profiles "{\"data\":$(person '"email":"ada@shop.EXAMPLE"')}"
	same "$(problem 409 duplicate_profile 'Conflict.' \
		'A profile already exists with one of these identifiers.' \
		'"pointer":"/data/attributes"' \
		',"links":{},"meta":{"duplicate_profile_id":"PROFILE"}')"
	grep -q "$one" "$BATS_TEST_TMPDIR/raw"
}

@test "kl-sandbox: changes a profile: null clears, properties merge, meta patches" {
	start_sandbox
	run -0 api POST /api/profile-import "{\"data\":$(person '"email":"a@b.example","first_name":"A","location":{"city":"Graz"},"properties":{"tags":["x","y"],"n":1,"gone":true}')}"
	[ "${lines[1]}" = 201 ]
	one=$(id)
	run -0 api PATCH "/api/profiles/$one?fields[profile]=first_name,location.city,properties" \
		"{\"data\":{\"type\":\"profile\",\"id\":\"$one\",\"attributes\":{\"first_name\":null,\"properties\":{\"n\":2,\"z\":null}},\"meta\":{\"patch_properties\":{\"append\":{\"tags\":[\"z\"],\"new\":\"v\"},\"unappend\":{\"tags\":\"x\"},\"unset\":\"gone\"}}}}"
	same "{\"data\":$(profile '"first_name":null,"location":{"city":"Graz"},"properties":{"tags":["y","z"],"n":2,"z":null,"new":["v"]}' lists segments push-tokens),\"links\":{\"self\":\"BASE/api/profiles/PROFILE?fields%5Bprofile%5D=first_name%2Clocation.city%2Cproperties\"}}
200"
	run -0 api POST "/api/profile-import?fields[profile]=location.city" \
		"{\"data\":$(person '"email":"A@B.example","location":null')}"
	same "{\"data\":$(profile '"location":{"city":null}' lists segments push-tokens),\"links\":{\"self\":\"BASE/api/profile-import?fields%5Bprofile%5D=location.city\"}}
200"
}

@test "kl-sandbox: an identifier that was given up belongs to nobody" {
	start_sandbox
	api POST /api/profiles "{\"data\":$(person '"email":"a@b.example","external_id":"1"')}" >/dev/null
	one=$(id)
	api PATCH "/api/profiles/$one" "{\"data\":{\"type\":\"profile\",\"id\":\"$one\",\"attributes\":{\"email\":\"new@b.example\",\"external_id\":null}}}" >/dev/null
	for free in '"email":"A@b.example"' '"external_id":"1"'; do
		run -0 api POST /api/profiles "{\"data\":$(person "$free")}"
		[ "${lines[1]}" = 201 ]
	done
	run -0 api GET "/api/profiles?filter=equals(email,'NEW@b.example')&fields[profile]=external_id"
	[[ $output = *'"attributes":{"external_id":null}'* ]]
	grep -q "$one" "$BATS_TEST_TMPDIR/raw"
	run -0 api POST /api/profiles "{\"data\":$(person '"email":"new@b.example"')}"
	[ "${lines[1]}" = 409 ]
}

@test "kl-sandbox: puts people on a list and takes them off, once each in the ledger" {
	start_sandbox
	api POST /api/profiles "{\"data\":$(person '"email":"a@b.example"')}" >/dev/null
	one=$(id)
	ids="{\"data\":[{\"type\":\"profile\",\"id\":\"$one\"}]}"
	members=/api/lists/SNDBOX/relationships/profiles
	for method in POST POST DELETE DELETE; do
		run -0 api $method $members "$ids"
		same '
204'
	done
	run -0 bash -c "jq -c '[.n,.request,.op,.effect,.profile == \"$one\",.email,.list,.attributes]' '$LEDGER'"
	same '[1,1,"create_profile","profile.create",true,"a@b.example",null,{"email":"a@b.example"}]
[2,2,"add_profiles_to_list","list.add",true,"a@b.example","SNDBOX",null]
[3,4,"remove_profiles_from_list","list.remove",true,"a@b.example","SNDBOX",null]'
	run -0 api POST $members '{"data":[{"type":"profile","id":"NOPE01"}]}'
	same "$(problem 404 not_found 'Not found.' \
		'A profile with id NOPE01 does not exist.' '"pointer":"/data/0"' '')"
}

# walk PATH: ids of a collection by its next links, then by its previous ones.
walk() {
	local link=$KL_BASE_URL$1 page back=
	while [ -n "$link" ]; do
		page=$(curl -gsS -H 'Authorization: Klaviyo-API-Key pk_sandbox' \
			-H 'revision: 2026-07-15' "$link")
		jq -r '.data[].id' <<<"$page" >>forth
		link=$(jq -r '.links.next // ""' <<<"$page")
		back=$(jq -r '.links.prev // ""' <<<"$page")
	done
	while [ -n "$back" ]; do
		page=$(curl -gsS -H 'Authorization: Klaviyo-API-Key pk_sandbox' \
			-H 'revision: 2026-07-15' "$back")
		jq -r '.data[].id' <<<"$page" | cat - back >both
		mv both back
		back=$(jq -r '.links.prev // ""' <<<"$page")
	done
}

@test "kl-sandbox --generate: people made later are sorted in by age and change" {
	local order
	cd "$BATS_TEST_TMPDIR"
	start_sandbox --limits off \
		--generate profiles=30,days=30,profiles=40,late=50,members=50
	for order in created -created updated; do
		: >forth
		: >back
		walk "/api/profiles?sort=$order&page[size]=7&fields[profile]=created"
		[ "$(sort -u forth | wc -l)" -eq 120 ]
		# All pages but the last can be had backwards.
		[ "$(wc -l <back)" -eq 119 ]
		cmp -n "$(wc -c <back)" forth back
	done
	kl-pull profiles -q --ordered >all
	jq -r .created all | sort -c
	# What is asked for by a span of time, in whatever order.
	local from till
	from=$(date -ud '-20 days' +%FT%TZ) till=$(date -ud '-9 days' +%FT%TZ)
	jq -r --arg from "$from" --arg till "$till" 'select(.created[:19] + "Z"
		> $from and .created[:19] + "Z" < $till) | .id' all | sort >span
	[ "$(wc -l <span)" -gt 10 ]
	for order in '' '&sort=created' '&sort=-updated' '&sort=email'; do
		: >forth
		: >back
		walk "/api/profiles?page[size]=4$order&filter=greater-than(created,$from),less-than(created,$till)"
		sort forth | cmp - span
		: >forth
		walk "/api/profiles?page[size]=4$order&filter=greater-than(updated,$from),less-than(updated,$till)"
		sort forth | cmp - span
	done
}

@test "kl-sandbox --generate: cursors stay right while people come and go" {
	start_sandbox --generate members=5 --random-seed 7
	path='/api/lists/SNDBOX/relationships/profiles?page[size]=2'
	run -0 api GET "$path"
	c=$(cursor)
	first=$(grep -o '01[0-9A-Z]\{24\}' "$BATS_TEST_TMPDIR/raw" | sort -u | head -1)
	api DELETE /api/lists/SNDBOX/relationships/profiles \
		"{\"data\":[{\"type\":\"profile\",\"id\":\"$first\"}]}" >/dev/null
	run -0 api GET "$path&page[cursor]=$c"
	[ "$(grep -o PROFILE <<<"$output" | wc -l)" = 2 ]
	c=$(cursor)
	run -0 api GET "$path&page[cursor]=$c"
	same '{"data":[{"type":"profile","id":"PROFILE"}],"links":{"self":"BASE/api/lists/SNDBOX/relationships/profiles?page%5Bsize%5D=2&page%5Bcursor%5D=CURSOR","next":null,"prev":"BASE/api/lists/SNDBOX/relationships/profiles?page%5Bsize%5D=2&page%5Bcursor%5D=CURSOR"}}
200'
	run -0 api GET "/api/lists/SNDBOX/profiles?filter=any(email,['PERSON4@mail.example','nobody@mail.example'])&fields[profile]=email,joined_group_at"
	same "{\"data\":[$(profile '"email":"person4@mail.example","joined_group_at":"SECOND"' lists segments push-tokens)],\"links\":{\"self\":\"BASE/api/lists/SNDBOX/profiles?filter=any%28email%2C%5B%27PERSON4%40mail.example%27%2C%27nobody%40mail.example%27%5D%29&fields%5Bprofile%5D=email%2Cjoined_group_at\",\"next\":null,\"prev\":null}}
200"
}

emails() {
	grep -o '"email":"[^"@]*' <<<"$output" | sed 's/.*"//' | tr '\n' ' '
}

@test "kl-sandbox: sorts and filters all profiles" {
	start_sandbox --limits 100
	for who in cy Ada bo; do
		api POST /api/profiles "{\"data\":$(person "\"email\":\"$who@b.example\",\"external_id\":\"x-$who\"")}" >/dev/null
		[ $who = Ada ] && ada=$(id)
	done
	api PATCH "/api/profiles/$ada" "{\"data\":{\"type\":\"profile\",\"id\":\"$ada\",\"attributes\":{\"title\":\"Dr\"}}}" >/dev/null
	for try in 'sort=email:Ada bo cy ' 'sort=-email:cy bo Ada ' \
		'sort=id:cy Ada bo ' 'sort=-created:bo Ada cy ' \
		'sort=updated:cy bo Ada ' 'sort=-updated&page[size]=1:Ada ' \
		"filter=equals(external_id,'x-bo'):bo " \
		"filter=equals(id,'$ada'):Ada " \
		"filter=any(email,['CY@b.example','bo@b.example']):cy bo " \
		'filter=greater-than(created,2020-01-01):cy Ada bo ' \
		'filter=and(less-than(updated,2020-01-01),equals(id,"x")):' \
		"filter=equals(subscriptions.email.marketing.suppression.reason,'UNSUBSCRIBE'):"; do
		run -0 api GET "/api/profiles?fields[profile]=email&${try%%:*}"
		[ "${lines[1]}" = 200 ]
		[ "$(emails)" = "${try#*:}" ]
	done
	run -0 api GET '/api/profiles?sort=email&page[size]=2&fields[profile]=email'
	run -0 api GET "/api/profiles?sort=email&page[size]=2&fields[profile]=email&page[cursor]=$(cursor)"
	[ "$(emails)" = 'cy ' ]
}

@test "kl-sandbox: shows subscriptions and predictions on request only" {
	start_sandbox --generate members=1
	run -0 api GET '/api/lists/SNDBOX/profiles?additional-fields[profile]=subscriptions,predictive_analytics&fields[profile]=id'
	[ "$(jq -c '.data[0].attributes | keys, .subscriptions.email.marketing' "$BATS_TEST_TMPDIR/raw" 2>/dev/null | head -2)" = '["predictive_analytics","subscriptions"]
{"can_receive_email_marketing":true,"consent":"NEVER_SUBSCRIBED","consent_timestamp":null,"last_updated":null,"method":null,"method_detail":null,"custom_method_detail":null,"double_optin":null,"suppression":[],"list_suppressions":[]}' ]
	run -0 headers GET '/api/lists/SNDBOX/profiles?additional-fields[profile]=predictive_analytics'
	[ "${lines[2]}" = 'RateLimit-Limit: 10, 10;w=1, 150;w=60' ]
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
