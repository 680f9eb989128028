#!/usr/bin/env bats

setup() {
	load helper
	load sandbox
}

teardown() {
	stop_sandbox
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
