#!/usr/bin/env bats

setup() {
	load helper
	load sandbox
}

teardown() {
	stop_sandbox
}

# before PATH: the token of the page before the last answer.
before() {
	sed -nE 's/.*"prev":"[^"]*cursor%5D=([A-Za-z0-9_-]+)".*/\1/p' "$BATS_TEST_TMPDIR/raw"
}

emails() {
	head -1 "$BATS_TEST_TMPDIR/raw" | jq -r '[.data[].attributes | (.email // "-") | sub("@.*"; "")] | join(" ")'
}

seed() {
	cat >"$BATS_TEST_TMPDIR/seed" <<-'EOF'
		{"type":"list","id":"NEWS01","attributes":{"name":"News"}}
		{"type":"segment","id":"VIPS01","attributes":{"name":"VIPs","definition":{"condition_groups":[{"conditions":[]}]}}}
		{"type":"segment","id":"COLD01","attributes":{"name":"Cold","is_active":false,"is_starred":true}}
		{"type":"profile","attributes":{"email":"a@b.example"},"lists":["NEWS01"],"segments":["VIPS01"]}
		{"type":"profile","attributes":{"email":"c@b.example","phone_number":"+436601234567"},"segments":["VIPS01","COLD01"]}
	EOF
	start_sandbox --seed "$BATS_TEST_TMPDIR/seed" "$@"
}

segment() { # ID NAME DEFINITION ACTIVE STARRED [MORE]
	printf '{"type":"segment","id":"%s","attributes":{"name":"%s","definition":{"condition_groups":%s},"created":"SECOND","updated":"MICRO","is_active":%s,"is_processing":false,"is_starred":%s%s},"relationships":{' "$1" "$2" "$3" "$4" "$5" "${6:-}"
	for r in profiles tags flow-triggers; do
		printf '"%s":{"links":{"self":"BASE/api/segments/%s/relationships/%s/","related":"BASE/api/segments/%s/%s/"}}' $r "$1" $r "$1" $r
		[ $r = flow-triggers ] || printf ,
	done
	printf '},"links":{"self":"BASE/api/segments/%s/"}}' "$1"
}

@test "kl-sandbox --seed: has segments, which are shown, sorted and filtered" {
	seed
	vips=$(segment VIPS01 VIPs '[{"conditions":[]}]' true false)
	cold=$(segment COLD01 Cold '[]' false true)
	run -0 api GET '/api/segments?sort=-name'
	same "{\"data\":[$vips,$cold],\"links\":{\"self\":\"BASE/api/segments?sort=-name\",\"next\":null,\"prev\":null}}
200"
	# Recorded: a filter on is_starred is accepted and does nothing.
	for try in 'equals(is_active,true):VIPS01' 'any(name,["Cold"]):COLD01' \
		'equals(is_starred,true):VIPS01 COLD01' "equals(id,'NEWS01'):"; do
		run -0 api GET "/api/segments?sort=-name&fields[segment]=name&filter=${try%:*}"
		[ "$try $(grep -o '"id":"[^"]*"' "$BATS_TEST_TMPDIR/raw" | cut -d'"' -f4 | paste -sd' ')" = "$try ${try#*:}" ]
	done
	run -0 api GET '/api/segments/VIPS01?additional-fields[segment]=profile_count'
	same "{\"data\":$(segment VIPS01 VIPs '[{"conditions":[]}]' true false ',"profile_count":2'),\"links\":{\"self\":\"BASE/api/segments/VIPS01?additional-fields%5Bsegment%5D=profile_count\"}}
200"
	run -0 headers GET '/api/segments/VIPS01?additional-fields[segment]=profile_count'
	[[ $output = *'Retry-After: 1'* ]]
	run -0 api GET /api/segments/NEWS01
	same "$(problem 404 not_found 'Not found.' 'A segment with id `NEWS01` does not exist.' '"pointer":"/data/"' '')"
	run -0 api GET /api/lists/VIPS01
	same "$(problem 404 not_found 'Not found.' 'A list with id `VIPS01` does not exist.' '"pointer":"/data/"' '')"
	run -0 headers POST /api/segments '{}'
	[ "${lines[2]}" = 'Allow: GET' ]
}

@test "kl-sandbox: shows who is in a segment, and in which segments somebody is" {
	seed --limits 9
	run -0 api GET '/api/segments/VIPS01/profiles?fields[profile]=email,joined_group_at&sort=-joined_group_at'
	[ "$(emails)" = 'c a' ]
	[[ $output = *'"joined_group_at":"SECOND"'* ]]
	c=$(first)
	run -0 api GET "/api/segments/VIPS01/relationships/profiles?filter=any(profile_id,['$c'])"
	same '{"data":[{"type":"profile","id":"PROFILE"}],"links":{"self":"BASE/api/segments/VIPS01/relationships/profiles?filter=any%28profile_id%2C%5B%27PROFILE%27%5D%29","next":null,"prev":null}}
200'
	run -0 api GET "/api/segments/VIPS01/relationships/profiles?filter=equals(phone_number,'%2B436601234567')"
	[ "$(first)" = "$c" ]
	run -0 api GET "/api/lists/NEWS01/profiles?filter=any(profile_id,['$c'])"
	same "$(invalid "'profile_id' is not an allowed filter field for this resource." '"parameter":"filter"')"
	run -0 api GET "/api/profiles/$c/relationships/segments"
	same '{"data":[{"type":"segment","id":"VIPS01"},{"type":"segment","id":"COLD01"}],"links":{"self":"BASE/api/profiles/PROFILE/relationships/segments","next":null,"prev":null}}
200'
	run -0 api GET "/api/profiles/$c/segments?fields[segment]=name"
	[[ $output = '{"data":[{"type":"segment","id":"VIPS01","attributes":{"name":"VIPs"}'* ]]
	run -0 api GET "/api/profiles/$c?include=segments,lists&fields[segment]=name&fields[profile]=id"
	[[ $output = *'"segments":{"links":{'*'},"data":[{"type":"segment","id":"VIPS01"},{"type":"segment","id":"COLD01"}]}'* ]]
	run -0 jq -c '.included[] | [.type, .attributes.name]' <(head -1 "$BATS_TEST_TMPDIR/raw")
	same '["segment","VIPs"]
["segment","Cold"]'
}

@test "kl-sandbox: a segment cannot be written, but everybody in it suppressed" {
	seed --job-delay 0
	run -0 api POST /api/segments/VIPS01/relationships/profiles '{"data":[]}'
	[ "${lines[1]}" = 405 ]
	api POST /api/profile-suppression-bulk-create-jobs '{"data":{"type":"profile-suppression-bulk-create-job","attributes":{},"relationships":{"segment":{"data":{"type":"segment","id":"VIPS01"}}}}}' >/dev/null
	wait_for suppress 2
	run -0 api GET '/api/profile-suppression-bulk-create-jobs?filter=equals(segment_id,"VIPS01")&fields[profile-suppression-bulk-create-job]=completed_count'
	[[ $output = *'"attributes":{"completed_count":2},'*'"segments":{'*'"data":[{"type":"segment","id":"VIPS01"}]'* ]]
}

@test "kl-sandbox: pages lead back as well as on, in every order" {
	start_sandbox --limits 100 --generate members=7 --random-seed 5
	for path in '/api/profiles?sort=email' '/api/profiles?sort=-email' \
		'/api/profiles?sort=id' '/api/profiles?sort=-created' \
		'/api/profiles?sort=updated' '/api/lists/SNDBOX/profiles?sort=joined_group_at' \
		'/api/lists/SNDBOX/profiles?sort=-joined_group_at' \
		'/api/profiles?sort=subscriptions.email.marketing.suppression.timestamp'; do
		q="$path&fields[profile]=email&page[size]=3"
		api GET "$q" >/dev/null
		[ -z "$(before)" ]
		one=$(emails)
		api GET "$q&page[cursor]=$(cursor)" >/dev/null
		two=$(emails) back=$(before)
		api GET "$q&page[cursor]=$(cursor)" >/dev/null
		[ -z "$(cursor)" ]
		three=$(emails)
		[ "$(printf '%s ' "$one" "$two" "$three" | wc -w)" = 7 ]
		api GET "$q&page[cursor]=$(before)" >/dev/null
		[ "$path $(emails)" = "$path $two" ]
		[ "$(before)" = "$back" ]
		api GET "$q&page[cursor]=$back" >/dev/null
		[ "$path $(emails)" = "$path $one" ]
		[ -z "$(before)" ]
		api GET "$q&page[cursor]=$(cursor)" >/dev/null
		[ "$path $(emails)" = "$path $two" ]
	done
}

@test "kl-sandbox: pages of lists lead back one at a time" {
	start_sandbox --list A1=A --list B2=B --list C3=C --limits 9
	q='/api/lists?sort=name&page[size]=1&fields[list]=name'
	names_of() { head -1 "$BATS_TEST_TMPDIR/raw" | jq -r '.data[].attributes.name'; }
	api GET "$q" >/dev/null
	api GET "$q&page[cursor]=$(cursor)" >/dev/null
	api GET "$q&page[cursor]=$(cursor)" >/dev/null
	[ "$(names_of)" = C ]
	api GET "$q&page[cursor]=$(before)" >/dev/null
	[ "$(names_of)" = B ]
	api GET "$q&page[cursor]=$(before)" >/dev/null
	[ "$(names_of)" = A ]
	[ -z "$(before)" ]
}

@test "kl-sandbox: ranges of time begin and end where they say, both ways" {
	cat >"$BATS_TEST_TMPDIR/seed" <<-'EOF'
		{"type":"list","id":"A1","attributes":{"name":"A"}}
		{"type":"profile","id":"01ARZ3NDEKTSV4RRFFQ69G5FA1","attributes":{"email":"a@b.example"}}
		{"type":"times","id":"01ARZ3NDEKTSV4RRFFQ69G5FA1","created":1700000000000,"updated":1700000300000000}
		{"type":"profile","id":"01ARZ3NDEKTSV4RRFFQ69G5FA2","attributes":{"email":"b@b.example"}}
		{"type":"times","id":"01ARZ3NDEKTSV4RRFFQ69G5FA2","created":1700000100000,"updated":1700000200000000}
		{"type":"profile","id":"01ARZ3NDEKTSV4RRFFQ69G5FA3","attributes":{"email":"c@b.example"}}
		{"type":"times","id":"01ARZ3NDEKTSV4RRFFQ69G5FA3","created":1700000200000,"updated":1700000250000000}
		{"type":"member","list":"A1","id":"01ARZ3NDEKTSV4RRFFQ69G5FA2","joined":1700000000}
		{"type":"member","list":"A1","id":"01ARZ3NDEKTSV4RRFFQ69G5FA1","joined":1700000100}
		{"type":"member","list":"A1","id":"01ARZ3NDEKTSV4RRFFQ69G5FA3","joined":1700000100}
	EOF
	start_sandbox --limits 100 --seed "$BATS_TEST_TMPDIR/seed"
	t() { date -u -d "@$1" +%Y-%m-%dT%H:%M:%SZ; }
	t0=$(t 1700000000) t1=$(t 1700000100) u1=$(t 1700000250)
	m='/api/lists/A1/profiles?sort=joined_group_at'
	while IFS='|' read -r query people; do
		run -0 api GET "$query&fields[profile]=email"
		[ "$query $(emails)" = "$query $people" ]
	done <<-EOF
		$m&filter=greater-than(joined_group_at,$t0)|a c
		$m&filter=greater-or-equal(joined_group_at,$t0)|b a c
		$m&filter=less-than(joined_group_at,$t1)|b
		$m&filter=less-or-equal(joined_group_at,$t1)|b a c
		/api/lists/A1/profiles?sort=-joined_group_at&filter=greater-than(joined_group_at,$t0),less-or-equal(joined_group_at,$t1)|c a
		$m&filter=greater-than(joined_group_at,$t1)|
		/api/profiles?sort=created&filter=greater-than(created,$t0)|b c
		/api/profiles?sort=-created&filter=less-than(created,$t1)|a
		/api/profiles?sort=updated&filter=greater-than(updated,$u1)|a
		/api/profiles?sort=-updated&filter=less-than(updated,$u1)|b
		/api/profiles?sort=updated|b c a
		/api/profiles?filter=greater-than(updated,$u1),greater-than(created,$t0)|
	EOF
}

tagged() {
	api "$1" "/api/tags/$2/relationships/lists" '{"data":[{"type":"list","id":"NEWS01"}]}'
}

@test "kl-sandbox: makes tags, puts them on lists and takes them off" {
	seed --limits 9
	run -0 api POST /api/tags '{"data":{"type":"tag","attributes":{"name":"Old"}}}'
	old=$(first)
	tag() {
		printf '{"type":"tag","id":"UUID","attributes":{"name":"%s"},"relationships":{"tag-group":{"links":{"self":"BASE/api/tags/UUID/relationships/tag-group/","related":"BASE/api/tags/UUID/tag-group/"},"data":{"type":"tag-group","id":"UUID"}}' "$1"
		for r in lists segments campaigns flows; do
			printf ',"%s":{"links":{"self":"BASE/api/tags/UUID/relationships/%s/","related":"BASE/api/tags/UUID/%s/"}}' $r $r $r
		done
		printf '},"links":{"self":"BASE/api/tags/UUID/"}}'
	}
	same "{\"data\":$(tag Old),\"links\":{\"self\":\"BASE/api/tags\"}}
201"
	api POST /api/tags '{"data":{"type":"tag","attributes":{"name":"New"}}}' >/dev/null
	for try in 'sort=-name:Old New' 'sort=name:New Old' "filter=contains(name,'l'):Old" \
		"filter=ends-with(name,'w'):New" "filter=starts-with(name,'w'):" "filter=equals(name,'Old'):Old"; do
		api GET "/api/tags?${try%:*}" >/dev/null
		[ "$try $(head -1 "$BATS_TEST_TMPDIR/raw" | jq -r '[.data[].attributes.name] | join(" ")')" = "$try ${try#*:}" ]
	done
	run -0 tagged POST "$old"
	same '
204'
	run -0 api GET '/api/lists?include=tags&fields[tag]=name&fields[list]=name'
	[[ $output = *'"tags":{"links":{'*'},"data":[{"type":"tag","id":"UUID"}]}'*'"included":[{"type":"tag","id":"UUID","attributes":{"name":"Old"}'* ]]
	run -0 api GET /api/lists/NEWS01/relationships/tags
	same '{"data":[{"type":"tag","id":"UUID"}],"links":{"self":"BASE/api/lists/NEWS01/relationships/tags","next":null,"prev":null}}
200'
	run -0 api GET "/api/tags/$old/relationships/lists"
	same '{"data":[{"type":"list","id":"NEWS01"}],"links":{"self":"BASE/api/tags/UUID/relationships/lists","next":null,"prev":null}}
200'
	tagged DELETE "$old" >/dev/null
	run -0 api GET /api/lists/NEWS01/tags
	[[ $output = '{"data":[],'* ]]
	run -0 api POST "/api/tags/$old/relationships/lists" '{"data":[{"type":"list","id":"NOPE01"}]}'
	same "$(problem 404 not_found 'Not found.' 'A list with id `NOPE01` does not exist.' '"pointer":"/data/0"' '')"
}

merge() {
	api POST /api/profile-merge "{\"data\":{\"type\":\"profile-merge\",\"id\":\"$1\",\"relationships\":{\"profiles\":{\"data\":[{\"type\":\"profile\",\"id\":\"$2\"}]}}}}"
}

@test "kl-sandbox: merges two people: lists, events and what the one lacks" {
	seed --visibility-delay 0 --limits 9
	api GET "/api/profiles?filter=equals(email,'a@b.example')" >/dev/null
	a=$(first)
	api GET "/api/profiles?filter=equals(email,'c@b.example')" >/dev/null
	c=$(first)
	run -0 merge "$c" "$a"
	same '{"data":{"type":"profile","id":"PROFILE","attributes":{},"links":{"self":"BASE/api/profiles/PROFILE/"}},"links":{"self":"BASE/api/profile-merge"}}
202'
	wait_for profile.merge
	run -0 api GET "/api/profiles/$a?include=lists&fields[profile]=email,phone_number&fields[list]=name"
	[ "$(id)" = "$c" ]
	[[ $output = *'"attributes":{"email":"c@b.example","phone_number":"+436601234567"}'*'"data":[{"type":"list","id":"NEWS01"}]'* ]]
	run -0 api GET "/api/profiles?filter=equals(email,'a@b.example')"
	[[ $output = '{"data":[],'* ]]
	run -0 merge "$c" "$a"
	same "$(invalid 'A profile cannot be merged into itself.' '"pointer":"/data/relationships/profiles/data"')"
	run -0 merge "$c" 01ARZ3NDEKTSV4RRFFQ69G5FAV
	[ "${lines[1]}" = 404 ]
	stop_sandbox
	seed --visibility-delay 0 --reading merge-answer=published
	api GET '/api/profiles' >/dev/null
	read -r a c < <(grep -oE '"id":"01[^"]*' "$BATS_TEST_TMPDIR/raw" | cut -c7- | paste -sd' ')
	run -0 merge "$c" "$a"
	same '{"data":{"type":"profile","id":"PROFILE","links":{"self":"BASE/api/profiles/PROFILE/"}},"links":{"self":"BASE/api/profile-merge"}}
201'
}

@test "kl-sandbox --reading identity-conflict=merge: identifiers of two people make them one" {
	seed --reading identity-conflict=merge --job-delay 0 --limits 9
	run -0 api POST '/api/profile-import?fields[profile]=email,phone_number' \
		"{\"data\":$(person '"email":"a@b.example","phone_number":"+436601234567"')}"
	[[ $output = *'"attributes":{"email":"a@b.example","phone_number":"+436601234567"}'* ]]
	[ "${lines[1]}" = 200 ]
	run -0 jq -c '[.effect,.email]' "$LEDGER"
	same '["profile.merge","c@b.example"]
["profile.update","a@b.example"]'
	run -0 api GET /api/segments/COLD01/profiles?fields[profile]=email
	[ "$(emails)" = a ]
}

@test "kl-sandbox --reading null-property=unset: a property that is null is taken away" {
	for try in 'keep:{"a":null,"b":1}' 'unset:{"b":1}'; do
		start_sandbox --reading "null-property=${try%%:*}"
		api POST /api/profile-import "{\"data\":$(person '"email":"a@b.example","properties":{"a":1}')}" >/dev/null
		run -0 api POST '/api/profile-import?fields[profile]=properties' \
			"{\"data\":$(person '"email":"a@b.example","properties":{"a":null,"b":1}')}"
		[[ $output = *"\"attributes\":{\"properties\":${try#*:}}"* ]]
		stop_sandbox
	done
}

@test "kl-sandbox --reading profile-count=lag: a count lags behind the members" {
	seed --reading profile-count=lag --visibility-delay 1h --limits 99
	api GET "/api/profiles?filter=equals(email,'c@b.example')" >/dev/null
	c=$(first)
	api POST /api/lists/NEWS01/relationships/profiles "{\"data\":[{\"type\":\"profile\",\"id\":\"$c\"}]}" >/dev/null
	run -0 api GET '/api/lists/NEWS01?additional-fields[list]=profile_count&fields[list]=profile_count'
	[[ $output = *'{"profile_count":1}'* ]]
	stop_sandbox
	seed --limits 99
	api GET "/api/profiles?filter=equals(email,'c@b.example')" >/dev/null
	api POST /api/lists/NEWS01/relationships/profiles "{\"data\":[{\"type\":\"profile\",\"id\":\"$(first)\"}]}" >/dev/null
	run -0 api GET '/api/lists/NEWS01?additional-fields[list]=profile_count&fields[list]=profile_count'
	[[ $output = *'{"profile_count":2}'* ]]
}

@test "kl-sandbox --generate: makes segments, consent and suppressions" {
	start_sandbox --limits 99 --generate profiles=30,segments=2,subscribed=10,suppressed=5
	api GET '/api/segments?fields[segment]=name&sort=name' >/dev/null
	s=$(first)
	run -0 api GET "/api/segments/$s?additional-fields[segment]=profile_count&fields[segment]=name,profile_count"
	[[ $output = *'"attributes":{"name":"Segment 1","profile_count":15}'* ]]
	for reason in HARD_BOUNCE UNSUBSCRIBE; do
		api GET "/api/profiles?fields[profile]=email&filter=equals(subscriptions.email.marketing.suppression.reason,'$reason')" >/dev/null
		[ "$(emails | wc -w)" = 1 ]
	done
}
