#!/usr/bin/env bats
# People and events that are made up on demand are to be what they would be if
# they were stored, before they are changed and after.

setup() {
	load helper
	load sandbox
	cd "$BATS_TEST_TMPDIR" || return
}

teardown() {
	stop_sandbox
}

# all PATH: the answers of all pages, but for the addresses of pages, which
# differ, and times in numbers.
all() {
	local link=$1
	while [ -n "$link" ]; do
		api GET "$link" >answer
		timeless answer
		link=$(head -1 raw | jq -r '.links.next // ""')
		link=${link#"$KL_BASE_URL"}
	done
}

timeless() {
	sed -E -e 's/"(next|prev|self)":("[^"]*"|null)/"\1":0/g' \
		-e 's/"timestamp":[0-9]+/"timestamp":0/g' \
		-e 's/"\$event_id":"[0-9]+"/"$event_id":"T"/g' "$@"
}

# Everything that can be read of people, and of what they did.
look() {
	local segment path
	api GET '/api/segments?sort=name' >/dev/null
	segment=$(first)
	for path in "/api/profiles?sort=created&page[size]=37&$1" \
		"/api/profiles?sort=-created&page[size]=41&$1" \
		"/api/profiles?sort=updated&page[size]=31&$1" \
		"/api/profiles?sort=-email&page[size]=43&$1" \
		"/api/lists/SNDBOX/profiles?page[size]=17&$1" \
		"/api/lists/SNDBOX/profiles?sort=-joined_group_at&page[size]=40" \
		'/api/lists/SNDBOX?additional-fields[list]=profile_count' \
		"/api/segments/$segment/profiles?page[size]=19" \
		"/api/segments/$segment?additional-fields[segment]=profile_count" \
		"/api/profiles?filter=equals(subscriptions.email.marketing.suppression.reason,'UNSUBSCRIBE')" \
		'/api/events?page[size]=60&include=profile,metric' \
		'/api/events?sort=datetime&page[size]=77'; do
		all "$path"
	done
}

MORE='additional-fields[profile]=subscriptions'
MADE=days=30,members=20,late=50,profiles=15,members=25,segments=2,subscribed=9
MADE+=,suppressed=12,events=70,days=2,events=33

@test "kl-sandbox --generate: to be stored changes nothing about people" {
	local n rows=
	start_sandbox --limits off --generate "$MADE" --job-delay 0
	look "$MORE" >before
	[ "$(grep -o '"email":' before | wc -l)" -gt 300 ]
	# A change to what is there already is none, but makes them stored.
	for n in $(seq 60); do
		rows+=${rows:+,}$(person "\"email\":\"person$n@mail.example\",\"external_id\":\"gen-$n\"")
	done
	api POST "$JOBS" "$(import "$rows")" >/dev/null
	wait_for_jobs
	wait_for profile.update 60
	look "$MORE" >after
	run -0 diff before after
}

# number N: the id of the Nth of those made up.
number() {
	api GET "/api/profiles?filter=equals(external_id,'gen-$1')" >/dev/null
	first
}

# on METHOD N...: add or remove them.
on() {
	local method=$1 n ids=
	shift
	for n; do
		ids+="${ids:+,}{\"type\":\"profile\",\"id\":\"$(number "$n")\"}"
	done
	api "$method" /api/lists/SNDBOX/relationships/profiles "{\"data\":[$ids]}"
}

# job KIND NAME ATTRIBUTES: consent or suppression of one person, and wait for
# its effect.
job() {
	api POST "/api/profile-$1-jobs" "{\"data\":{\"type\":\"profile-$1-job\",\"attributes\":{\"profiles\":{\"data\":[{\"type\":\"profile\",\"attributes\":{$3}}]}}}}"
	wait_for "$2"
}

# What is done to people by all the ways there are.
change() {
	local one
	api POST /api/profile-import "{\"data\":$(person '"email":"PERSON3@mail.example","first_name":"X","properties":{"Plan":"gone","New":1}')}"
	one=$(number 4)
	api PATCH "/api/profiles/$one" "{\"data\":{\"type\":\"profile\",\"id\":\"$one\",\"attributes\":{\"external_id\":\"other\"},\"meta\":{\"patch_properties\":{\"unset\":\"Plan\"}}}}"
	api GET "/api/profiles?filter=any(external_id,['gen-4','other','gen-5'])"
	# What belongs to somebody is not to be had.
	api PATCH "/api/profiles/$one" "{\"data\":{\"type\":\"profile\",\"id\":\"$one\",\"attributes\":{\"email\":\"person5@mail.example\"}}}"
	api POST /api/profiles "{\"data\":$(person '"email":"person6@mail.example"')}"
	api POST /api/profile-import "{\"data\":$(person '"email":"person7@mail.example","external_id":"gen-8"')}"
	api POST "$JOBS" "$(import "$(person '"email":"person9@mail.example","last_name":"B"'),$(person '"external_id":"gen-30","title":"T"'),$(person '"email":"new@mail.example"')" SNDBOX)"
	wait_for_jobs
	on DELETE 10 11
	on POST 11 31
	on DELETE 31
	job subscription-bulk-create consent.subscribe '"email":"person12@mail.example","subscriptions":{"email":{"marketing":{"consent":"SUBSCRIBED"}}}'
	job subscription-bulk-delete consent.unsubscribe '"email":"person2@mail.example","subscriptions":{"email":{"marketing":{"consent":"UNSUBSCRIBED"}}}'
	job suppression-bulk-create suppress '"email":"person13@mail.example"'
	job suppression-bulk-delete unsuppress '"email":"person60@mail.example"'
	api POST /api/events '{"data":{"type":"event","attributes":{"properties":{"a":1},"metric":{"data":{"type":"metric","attributes":{"name":"Placed Order"}}},"profile":{"data":{"type":"profile","attributes":{"email":"person14@mail.example"}}}}}}'
	wait_for event.record
	api GET "/api/events?filter=equals(profile_id,'$(number 14)')"
	api POST /api/profile-merge "{\"data\":{\"type\":\"profile-merge\",\"id\":\"$(number 15)\",\"relationships\":{\"profiles\":{\"data\":[{\"type\":\"profile\",\"id\":\"$(number 16)\"}]}}}}"
	wait_for profile.merge
	api GET "/api/events?filter=equals(profile_id,'$(number 15)')"
	api POST /api/data-privacy-deletion-jobs '{"data":{"type":"data-privacy-deletion-job","attributes":{"profile":{"data":{"type":"profile","attributes":{"email":"person17@mail.example"}}}}}}'
	wait_for forget
	api POST /api/profiles "{\"data\":$(person '"email":"person17@mail.example"')}"
	api GET "/api/profiles?filter=any(email,['person15@mail.example','person16@mail.example','person17@mail.example','person0@mail.example','person61@mail.example','person018@mail.example','Person19@Mail.Example'])"
}

# effects: the ledger without what differs from run to run.
effects() {
	jq -c 'del(.t, .request, .unique_id, .profile, .list, .job, .metric, .attributes.into)' "$LEDGER"
}

@test "kl-sandbox --generate: who is made up is changed like who is stored" {
	local options=(--limits off --random-seed 5 --job-delay 0 --visibility-delay 0)
	start_sandbox "${options[@]}" --generate "$MADE" --state state
	look "$MORE" >before
	stop_sandbox
	start_sandbox "${options[@]}" --state state
	look "$MORE" >stored
	run -0 diff before stored
	{ change | timeless && look "$MORE" && effects; } >stored
	stop_sandbox
	start_sandbox "${options[@]}" --generate "$MADE"
	{ change | timeless && look "$MORE" && effects; } >made
	run -0 diff stored made
	grep -q '"effect":"forget"' made
}

@test "kl-sandbox --generate: a walk in pages has each once while they change" {
	local link n=0 sparse='page[size]=10&fields[profile]=email'
	start_sandbox --limits off --generate days=9,members=50,profiles=50
	for link in "/api/profiles?sort=created&$sparse" \
		"/api/profiles?sort=-created&$sparse" \
		"/api/lists/SNDBOX/profiles?sort=-joined_group_at&$sparse"; do
		: >seen
		while [ -n "$link" ]; do
			api GET "$link" >/dev/null
			grep -o 'person[0-9]*' raw >>seen
			link=$(head -1 raw | jq -r '.links.next // ""')
			link=${link#"$KL_BASE_URL"}
			# One from before and one from after this page.
			n=$((n + 1))
			api POST /api/profile-import "{\"data\":$(person "\"email\":\"person$((n % 50 + 1))@mail.example\",\"title\":\"$n\"")}" >/dev/null
			api POST /api/profile-import "{\"data\":$(person "\"email\":\"person$((100 - n % 50))@mail.example\",\"title\":\"$n\"")}" >/dev/null
		done
		run -0 sort seen
		run -0 uniq -d <<<"$output"
		same ''
	done
	[ "$(wc -l <seen)" -eq 50 ]
}

@test "kl-sandbox --generate: tens of millions are there at once, in little memory" {
	local many=20000000
	start_sandbox --limits off \
		--generate "days=30,members=$many,segments=1,subscribed=$many,events=$many"
	run -0 api GET '/api/lists/SNDBOX?additional-fields[list]=profile_count&fields[list]=profile_count'
	[[ $output = *"\"profile_count\":$many}"* ]]
	run -0 api GET "/api/profiles?sort=-created&page[size]=1&fields[profile]=email"
	[[ $output = *"\"person$many@mail.example\""* ]]
	run -0 api GET "/api/lists/SNDBOX/profiles?filter=any(email,['person1234567@mail.example'])&fields[profile]=external_id"
	[[ $output = *'"external_id":"gen-1234567"'* ]]
	on DELETE 5 $many
	run -0 api GET '/api/lists/SNDBOX?additional-fields[list]=profile_count&fields[list]=profile_count'
	[[ $output = *'"profile_count":19999998}'* ]]
	# In the middle of the month, and of everything.
	run -0 api GET "/api/lists/SNDBOX/profiles?page[size]=1&fields[profile]=email&filter=greater-than(joined_group_at,$(date -ud '-15 days' +%FT%TZ))"
	[[ $output = *'"person100000'??'@mail.example"'* ]]
	run -0 api GET "/api/events?page[size]=1&filter=less-than(datetime,$(date -ud '-15 days' +%FT%TZ))"
	[[ $output = *'"$event_id":"gen-99999'* || $output = *'"$event_id":"gen-1000'* ]]
	[ "$(awk '/^VmHWM/ { print $2 }' "/proc/$SANDBOX_PID/status")" -lt 65536 ]
}

@test "kl-sandbox --generate: says how often a kind can be made at once" {
	local kind spec
	for kind in people:profiles events:events consent:subscribed; do
		spec=profiles=1
		for _ in $(seq 16); do
			spec+=,${kind#*:}=1
		done
		run -64 --separate-stderr kl-sandbox --generate "$spec"
		[ "${stderr_lines[0]}" = \
			"kl-sandbox: --generate makes ${kind%:*} up to 15 times at once" ]
	done
}
