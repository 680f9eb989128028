#!/usr/bin/env bats

setup() {
	load helper
	load sandbox
}

teardown() {
	stop_sandbox
}

SUBSCRIBE=/api/profile-subscription-bulk-create-jobs
UNSUBSCRIBE=/api/profile-subscription-bulk-delete-jobs
SUPPRESS=/api/profile-suppression-bulk-create-jobs
UNSUPPRESS=/api/profile-suppression-bulk-delete-jobs

# consents KIND ROWS [LIST] [ATTRIBUTES]: a request to subscribe (create) or
# to unsubscribe (delete).
consents() {
	printf '{"data":{"type":"profile-subscription-bulk-%s-job","attributes":{"profiles":{"data":[%s]}%s}' \
		"$1" "$2" "${4:-}"
	[ -z "${3:-}" ] ||
		printf ',"relationships":{"list":{"data":{"type":"list","id":"%s"}}}' "$3"
	printf '}}'
}

# row IDENTIFIERS WORD [CHANNEL]...: a row that is about these channels.
row() {
	local who=$1 word=$2 sep='' c
	shift 2
	printf '{"type":"profile","attributes":{%s,"subscriptions":{' "$who"
	for c in "$@"; do
		printf '%s"%s":{"%s":{"consent":"%s"}}' "$sep" "${c%.*}" "${c#*.}" "$word"
		sep=,
	done
	printf '}}}'
}

yes_mail() {
	row "\"email\":\"$1\"" SUBSCRIBED email.marketing
}

no_mail() {
	row "\"email\":\"$1\"" UNSUBSCRIBED email.marketing
}

# held KIND EMAIL...: a suppression job about addresses.
held() {
	local kind=$1 sep='' e
	shift
	printf '{"data":{"type":"profile-suppression-bulk-%s-job","attributes":{"profiles":{"data":[' "$kind"
	for e in "$@"; do
		printf '%s{"type":"profile","attributes":{"email":"%s"}}' "$sep" "$e"
		sep=,
	done
	printf ']}}}}'
}

# ledger: what happened to whom, without times and ids.
ledger() {
	jq -c '[.effect, .email // .phone_number, .list] | map(select(. != null))' "$LEDGER"
}

# mail ADDRESS: the marketing consent of somebody.
mail() {
	api GET "/api/profiles?filter=equals(email,'$1')&additional-fields[profile]=subscriptions" >/dev/null
	head -1 "$BATS_TEST_TMPDIR/raw" |
		jq -c '.data[].attributes.subscriptions.email.marketing | del(.method_detail)' |
		names
}

@test "kl-sandbox: subscribes people, who are then on the list with their consent" {
	start_sandbox --visibility-delay 0
	run -0 api POST $SUBSCRIBE "$(consents create "$(yes_mail a@b.example)" SNDBOX ',"custom_source":"Checkout"')"
	same '
202'
	wait_for list.add
	run -0 ledger
	same '["profile.create","a@b.example"]
["consent.subscribe","a@b.example","SNDBOX"]
["list.add","a@b.example","SNDBOX"]'
	run -0 mail a@b.example
	same '{"can_receive_email_marketing":true,"consent":"SUBSCRIBED","consent_timestamp":"SECOND","last_updated":"SECOND","method":"API","custom_method_detail":"Checkout","double_optin":false,"suppression":[],"list_suppressions":[]}'
	run -0 api GET "/api/lists/SNDBOX/profiles?fields[profile]=email"
	[[ $output = *'"attributes":{"email":"a@b.example"}'* ]]
}

@test "kl-sandbox --visibility-delay: consent shows later than its answer" {
	start_sandbox --visibility-delay 1500
	run -0 api POST $SUBSCRIBE "$(consents create "$(yes_mail a@b.example)" SNDBOX)"
	same '
202'
	run -0 api GET /api/profiles
	[[ $output = '{"data":[],'* ]]
	wait_for consent.subscribe
	run -0 mail a@b.example
	[[ $output = *'"consent":"SUBSCRIBED"'* ]]
}

@test "kl-sandbox: what was accepted is carried out before it ends" {
	start_sandbox --visibility-delay 1h
	api POST $SUBSCRIBE "$(consents create "$(yes_mail a@b.example)" SNDBOX)" >/dev/null
	[ ! -s "$LEDGER" ]
	stop_sandbox
	run -0 ledger
	same '["profile.create","a@b.example"]
["consent.subscribe","a@b.example","SNDBOX"]
["list.add","a@b.example","SNDBOX"]'
}

@test "kl-sandbox: a row for several channels is one consent; two people's are two" {
	start_sandbox --visibility-delay 0
	for who in '"email":"a@b.example"' '"phone_number":"+436601234567"'; do
		api POST /api/profiles "{\"data\":$(person "$who")}" >/dev/null
	done
	one=$(row '"email":"new@b.example","phone_number":"+436601111111"' SUBSCRIBED email.marketing sms.marketing)
	two=$(row '"email":"a@b.example","phone_number":"+436601234567"' SUBSCRIBED email.marketing sms.marketing)
	api POST $SUBSCRIBE "$(consents create "$one,$two" SNDBOX)" >/dev/null
	wait_for consent.subscribe 3
	run -0 ledger
	same '["profile.create","a@b.example"]
["profile.create","+436601234567"]
["profile.create","new@b.example"]
["consent.subscribe","new@b.example","SNDBOX"]
["list.add","new@b.example","SNDBOX"]
["consent.subscribe","a@b.example","SNDBOX"]
["list.add","a@b.example","SNDBOX"]
["consent.subscribe","+436601234567","SNDBOX"]
["list.add","+436601234567","SNDBOX"]'
}

@test "kl-sandbox: a double opt-in list waits for people, unless they are history" {
	printf '{"type":"list","id":"DOUBLE","attributes":{"name":"x","opt_in_process":"double_opt_in"}}\n' >"$BATS_TEST_TMPDIR/seed"
	start_sandbox --visibility-delay 0 --seed "$BATS_TEST_TMPDIR/seed"
	api POST $SUBSCRIBE "$(consents create "$(yes_mail a@b.example)" DOUBLE)" >/dev/null
	wait_for consent.pending
	old='{"type":"profile","attributes":{"email":"b@b.example","subscriptions":{"email":{"marketing":{"consent":"SUBSCRIBED","consented_at":"2020-01-02T03:04:05Z"}}}}}'
	run -0 api POST $SUBSCRIBE "$(consents create "$old" DOUBLE ',"historical_import":true')"
	same '
202'
	wait_for consent.subscribe
	run -0 ledger
	same '["consent.pending","a@b.example","DOUBLE"]
["profile.create","b@b.example"]
["consent.subscribe","b@b.example","DOUBLE"]
["list.add","b@b.example","DOUBLE"]'
	api GET "/api/profiles?additional-fields[profile]=subscriptions" >/dev/null
	run -0 jq -r '.data[]?.attributes.subscriptions.email.marketing.consent_timestamp' <(head -1 "$BATS_TEST_TMPDIR/raw")
	same '2020-01-02T03:04:05+00:00'
	stop_sandbox
	start_sandbox --seed "$BATS_TEST_TMPDIR/seed" --reading history-double-opt-in=400
	run -0 api POST $SUBSCRIBE "$(consents create "$old" DOUBLE ',"historical_import":true')"
	same "$(invalid "'consented_at' cannot be set for a double opt-in list." '"pointer":"/data/attributes/historical_import"')"
}

@test "kl-sandbox --reading account-opt-in, subscribe-unknown: consent without a list" {
	both=$(consents create "$(yes_mail a@b.example),$(yes_mail new@b.example)")
	for try in 'account-opt-in=single:consent.subscribe consent.pending' \
		'account-opt-in=double:consent.pending consent.pending' \
		'subscribe-unknown=create:consent.subscribe profile.create consent.subscribe'; do
		start_sandbox --visibility-delay 0 --reading "${try%%:*}"
		api POST /api/profiles "{\"data\":$(person '"email":"a@b.example"')}" >/dev/null
		api POST $SUBSCRIBE "$both" >/dev/null
		stop_sandbox
		run -0 jq -r '.effect' "$LEDGER"
		[ "$(tail -n +2 <<<"$output" | paste -sd' ')" = "${try#*:}" ]
	done
}

@test "kl-sandbox: unsubscribes from the list people are on, and the others from all mail" {
	start_sandbox --visibility-delay 0 --list A1=A --list B2=B
	api POST $SUBSCRIBE "$(consents create "$(yes_mail a@b.example)" A1)" >/dev/null
	wait_for list.add
	api POST $UNSUBSCRIBE "$(consents delete "$(no_mail a@b.example)" A1)" >/dev/null
	wait_for consent.unsubscribe
	run -0 mail a@b.example
	same '{"can_receive_email_marketing":true,"consent":"SUBSCRIBED","consent_timestamp":"SECOND","last_updated":"SECOND","method":"API","custom_method_detail":null,"double_optin":false,"suppression":[],"list_suppressions":[{"list_id":"A1","reason":"UNSUBSCRIBE","timestamp":"SECOND"}]}'
	# On A1, so B2 is not named for what it says.
	api POST $UNSUBSCRIBE "$(consents delete "$(no_mail a@b.example),$(no_mail nobody@b.example)" B2)" >/dev/null
	wait_for consent.unsubscribe 2
	run -0 mail a@b.example
	same '{"can_receive_email_marketing":false,"consent":"UNSUBSCRIBED","consent_timestamp":"SECOND","last_updated":"SECOND","method":"API","custom_method_detail":null,"double_optin":null,"suppression":[{"reason":"UNSUBSCRIBE","timestamp":"SECOND"}],"list_suppressions":[{"list_id":"A1","reason":"UNSUBSCRIBE","timestamp":"SECOND"}]}'
	# And back: what held mail up by their own will is gone.
	api POST $SUBSCRIBE "$(consents create "$(yes_mail a@b.example)" A1)" >/dev/null
	wait_for unsuppress
	run -0 mail a@b.example
	[[ $output = *'"consent":"SUBSCRIBED"'*'"suppression":[],"list_suppressions":[]}' ]]
	run -0 bash -c "tail -n +4 '$LEDGER' | jq -c '[.effect, .email, .list]'"
	same '["consent.unsubscribe","a@b.example","A1"]
["consent.unsubscribe","a@b.example",null]
["consent.subscribe","a@b.example","A1"]
["unsuppress","a@b.example",null]'
}

@test "kl-sandbox: a subscription to one list leaves what was said of another" {
	cat >"$BATS_TEST_TMPDIR/seed" <<-'EOF'
		{"type":"list","id":"A1","attributes":{"name":"A"}}
		{"type":"list","id":"B2","attributes":{"name":"B"}}
		{"type":"profile","attributes":{"email":"a@b.example"}}
		{"type":"consent","profile":"a@b.example","suppressions":[{"reason":"UNSUBSCRIBE","list":"A1"},{"reason":"UNSUBSCRIBE","list":"B2"},{"reason":"HARD_BOUNCE"}]}
	EOF
	start_sandbox --visibility-delay 0 --seed "$BATS_TEST_TMPDIR/seed"
	api POST $SUBSCRIBE "$(consents create "$(yes_mail a@b.example)" A1)" >/dev/null
	wait_for unsuppress
	run -0 mail a@b.example
	[[ $output = *'"can_receive_email_marketing":false'*'"suppression":[{"reason":"HARD_BOUNCE","timestamp":"SECOND"}],"list_suppressions":[{"list_id":"B2","reason":"UNSUBSCRIBE","timestamp":"SECOND"}]}' ]]
}

@test "kl-sandbox --seed: who is unsubscribed cannot be mailed, whatever else is said" {
	cat >"$BATS_TEST_TMPDIR/seed" <<-'EOF'
		{"type":"profile","attributes":{"email":"a@b.example"}}
		{"type":"consent","profile":"a@b.example","source":"Till","channels":{"email.marketing":{"state":"UNSUBSCRIBED","when":"2024-01-02T03:04:05Z"}}}
	EOF
	start_sandbox --seed "$BATS_TEST_TMPDIR/seed"
	run -0 mail a@b.example
	same '{"can_receive_email_marketing":false,"consent":"UNSUBSCRIBED","consent_timestamp":"SECOND","last_updated":"SECOND","method":"API","custom_method_detail":"Till","double_optin":null,"suppression":[],"list_suppressions":[]}'
	stop_sandbox
	printf '{"type":"consent","profile":"nobody@b.example"}\n' >"$BATS_TEST_TMPDIR/seed"
	run -65 --separate-stderr kl-sandbox --seed "$BATS_TEST_TMPDIR/seed"
	said "kl-sandbox: $BATS_TEST_TMPDIR/seed: line 1: consent names a profile that is there"
	printf '{"type":"event","profile":"nobody@b.example","metric":"x"}\n' >"$BATS_TEST_TMPDIR/seed"
	run -65 --separate-stderr kl-sandbox --seed "$BATS_TEST_TMPDIR/seed"
	said "kl-sandbox: $BATS_TEST_TMPDIR/seed: line 1: an event names a profile that is there, and a metric"
}

@test "kl-sandbox --reading unsubscribe-list=leave: who unsubscribes from a list leaves it" {
	start_sandbox --visibility-delay 0 --reading unsubscribe-list=leave
	api POST $SUBSCRIBE "$(consents create "$(yes_mail a@b.example)" SNDBOX)" >/dev/null
	wait_for list.add
	api POST $UNSUBSCRIBE "$(consents delete "$(no_mail a@b.example)" SNDBOX)" >/dev/null
	wait_for list.remove
	run -0 api GET /api/lists/SNDBOX/relationships/profiles
	[[ $output = '{"data":[],'* ]]
}

@test "kl-sandbox: refuses rows about consent that are wrong, each with its place" {
	start_sandbox
	at=/data/attributes/profiles/data
	late='{"type":"profile","attributes":{"email":"a@b.example","subscriptions":{"email":{"marketing":{"consent":"SUBSCRIBED","consented_at":"2020-01-01T00:00:00Z"}}}}}'
	rows=$(yes_mail no),$(yes_mail ok@b.example)
	rows+=,$(row '"email":"a@b.example"' SUBSCRIBED sms.marketing)
	rows+=,$(row '"email":"a@b.example"' UNSUBSCRIBED email.marketing)
	rows+=,$(row '"email":"a@b.example","first_name":"x"' SUBSCRIBED email.marketing)
	rows+=,$late,$(row '"email":"a@b.example"' SUBSCRIBED),$(row '"phone_number":"+436601234567"' SUBSCRIBED email.marketing)
	rows+=,$(row '"email":"a@b.example"' SUBSCRIBED email.news)
	run -0 api POST $SUBSCRIBE "$(consents create "$rows")"
	bad() {
		printf '{"id":"UUID","status":400,"code":"invalid","title":"Invalid input.","detail":"%s","source":{"pointer":"%s"},"links":{},"meta":{}}' "$2" "$at/$1"
	}
	same "{\"errors\":[$(bad 0/attributes/email 'Invalid email address'),$(bad 2/attributes "'phone_number' must not be empty when the sms channel is included in 'subscriptions'."),$(bad 3/attributes/subscriptions/email/marketing/consent "Invalid input for 'consent': expected SUBSCRIBED."),$(bad 4/attributes/first_name "'first_name' is not a valid field for the resource 'profile'."),$(bad 5/attributes/subscriptions "'consented_at' is only allowed when 'historical_import' is true."),$(bad 6/attributes/subscriptions 'At least one channel is required.'),$(bad 7/attributes "'email' must not be empty when the email channel is included in 'subscriptions'."),$(bad 8/attributes/subscriptions/email/news "'news' is not a valid field for the resource 'profile'.")]}
400"
	run -0 api POST $SUBSCRIBE "$(consents create "$(yes_mail a@b.example)" '' ',"historical_import":true')"
	same "$(invalid "'consented_at' is required when 'historical_import' is true." "\"pointer\":\"$at/0/attributes/subscriptions\"")"
	run -0 api POST $SUBSCRIBE "$(consents create "${late/2020/2099}" '' ',"historical_import":true')"
	same "$(invalid "'consented_at' must be in the past, and not before 1990-01-01." "\"pointer\":\"$at/0/attributes/subscriptions\"")"
	run -0 api POST $SUBSCRIBE "$(consents create "$(yes_mail a@b.example)" NOPE01)"
	same "$(invalid 'A list with id `NOPE01` does not exist.' '"pointer":"/data/relationships/list/data/id"')"
	run -0 api POST $UNSUBSCRIBE "$(consents delete "$(no_mail a@b.example)" '' ',"custom_source":"x"')"
	same "$(invalid "'custom_source' is not a valid field for the resource 'profile-subscription-bulk-delete-job'." '"pointer":"/data/attributes/custom_source"')"
	[ ! -s "$LEDGER" ]
}

@test "kl-sandbox --reading sms-region: refuses numbers that sms does not reach, by their rows" {
	start_sandbox --reading sms-region=+43
	rows=$(row '"phone_number":"+436601234567"' SUBSCRIBED sms.marketing),$(row '"phone_number":"+12125550100"' SUBSCRIBED sms.transactional)
	run -0 api POST $SUBSCRIBE "$(consents create "$rows")"
	same "$(invalid 'Phone number is valid but is not in a supported region for this account.' '"pointer":"/data/attributes/profiles/data/1/attributes/phone_number"')"
	run -0 api POST $UNSUBSCRIBE "$(consents delete "$(row '"phone_number":"+12125550100"' UNSUBSCRIBED sms.marketing)")"
	same '
202'
}

@test "kl-sandbox: limits of consent: 1000 to give, 100 to take back, 100 to hold" {
	start_sandbox
	yes "$(yes_mail a@b.example)" | head -1001 | paste -sd, >"$BATS_TEST_TMPDIR/rows"
	consents create "$(cat "$BATS_TEST_TMPDIR/rows")" >"$BATS_TEST_TMPDIR/body"
	run -0 api POST $SUBSCRIBE @"$BATS_TEST_TMPDIR/body"
	same "$(invalid "Invalid input for 'data': expected a list of 1 to 1000 profiles." '"pointer":"/data/attributes/profiles/data"')"
	run -0 api POST $UNSUBSCRIBE "$(consents delete "$(yes "$(no_mail a@b.example)" | head -101 | paste -sd,)")"
	same "$(invalid "Invalid input for 'data': expected a list of 1 to 100 profiles." '"pointer":"/data/attributes/profiles/data"')"
	# shellcheck disable=SC2046 # a hundred and one words
	run -0 api POST $SUPPRESS "$(held create $(yes a@b.example | head -101))"
	same "$(invalid "Invalid input for 'data': expected a list of 1 to 100 profiles." '"pointer":"/data/attributes/profiles/data"')"
	run -0 api POST $SUPPRESS '{"data":{"type":"profile-suppression-bulk-create-job","attributes":{}}}'
	same "$(invalid 'Exactly one of profiles, list and segment is required.' '"pointer":"/data"')"
}

sup() { # KIND ATTRIBUTES [LIST]
	local url="BASE/api/profile-suppression-bulk-$1-jobs/PROFILE"
	printf '{"type":"profile-suppression-bulk-%s-job","id":"PROFILE","attributes":{%s},"relationships":{"lists":{"links":{"self":"%s/relationships/lists/","related":"%s/lists/"},"data":[%s]},"segments":{"links":{"self":"%s/relationships/segments/","related":"%s/segments/"},"data":[]}},"links":{"self":"%s/"}}' \
		"$1" "$2" "$url" "$url" "$([ -z "${3:-}" ] || printf '{"type":"list","id":"%s"}' "$3")" "$url" "$url" "$url"
}

@test "kl-sandbox: a suppression job is at work with no counts, then complete" {
	start_sandbox --job-delay 300
	api POST /api/profiles "{\"data\":$(person '"email":"a@b.example"')}" >/dev/null
	run -0 api POST $SUPPRESS "$(held create A@b.example new@b.example a@b.example)"
	same "{\"data\":$(sup create '"status":"processing","created_at":"MICRO","total_count":0,"completed_count":0,"completed_at":"MICRO","skipped_count":0'),\"links\":{\"self\":\"BASE$SUPPRESS\"}}
202"
	job=$(id)
	wait_for suppress 2
	run -0 api GET "$SUPPRESS/$job"
	same "{\"data\":$(sup create '"status":"complete","created_at":"MICRO","total_count":3,"completed_count":2,"completed_at":"MICRO","skipped_count":1'),\"links\":{\"self\":\"BASE$SUPPRESS/PROFILE\"}}
200"
	run -0 ledger
	same '["profile.create","a@b.example"]
["suppress","a@b.example"]
["profile.create","new@b.example"]
["suppress","new@b.example"]'
	run -0 mail new@b.example
	same '{"can_receive_email_marketing":false,"consent":"NEVER_SUBSCRIBED","consent_timestamp":null,"last_updated":null,"method":null,"custom_method_detail":null,"double_optin":null,"suppression":[{"reason":"USER_SUPPRESSED","timestamp":"SECOND"}],"list_suppressions":[]}'
	run -0 api GET "$SUPPRESS/NOPE"
	same "$(problem 404 not_found 'Not found.' 'Invalid job id' '"pointer":"/data/"' '')"
}

@test "kl-sandbox: a suppression job takes a list, and its opposite takes back only that" {
	cat >"$BATS_TEST_TMPDIR/seed" <<-'EOF'
		{"type":"list","id":"A1","attributes":{"name":"A"}}
		{"type":"profile","attributes":{"email":"a@b.example"},"lists":["A1"]}
		{"type":"profile","attributes":{"email":"b@b.example"},"lists":["A1"]}
		{"type":"consent","profile":"b@b.example","suppressions":[{"reason":"HARD_BOUNCE","when":"2024-01-01T00:00:00Z"}]}
	EOF
	start_sandbox --job-delay 0 --seed "$BATS_TEST_TMPDIR/seed"
	for kind in create delete; do
		run -0 api POST /api/profile-suppression-bulk-$kind-jobs \
			"{\"data\":{\"type\":\"profile-suppression-bulk-$kind-job\",\"attributes\":{},\"relationships\":{\"list\":{\"data\":{\"type\":\"list\",\"id\":\"A1\"}}}}}"
		[ "${lines[1]}" = 202 ]
	done
	api POST $UNSUPPRESS "$(held delete b@b.example nobody@b.example)" >/dev/null
	run -0 api GET "$UNSUPPRESS?filter=equals(list_id,'A1')"
	same "{\"data\":[$(sup delete '"status":"complete","created_at":"MICRO","total_count":2,"completed_count":2,"completed_at":"MICRO","skipped_count":0' A1)],\"links\":{\"self\":\"BASE$UNSUPPRESS?filter=equals%28list_id%2C%27A1%27%29\",\"next\":null,\"prev\":null}}
200"
	run -0 api GET "$UNSUPPRESS?sort=created&fields[profile-suppression-bulk-delete-job]=skipped_count"
	[ "$(grep -o '"skipped_count":[0-9]' <<<"$output" | paste -sd' ')" = '"skipped_count":0 "skipped_count":2' ]
	run -0 mail b@b.example
	[[ $output = *'"suppression":[{"reason":"HARD_BOUNCE","timestamp":"SECOND"}]'* ]]
	run -0 ledger
	same '["suppress","a@b.example"]
["suppress","b@b.example"]
["unsuppress","a@b.example"]
["unsuppress","b@b.example"]'
}

@test "kl-sandbox --reading suppress-unknown=skip: an address that nobody has is skipped" {
	start_sandbox --job-delay 0 --reading suppress-unknown=skip
	api POST $SUPPRESS "$(held create new@b.example)" >/dev/null
	run -0 api GET "$SUPPRESS?fields[profile-suppression-bulk-create-job]=completed_count,skipped_count"
	[[ $output = *'"attributes":{"completed_count":0,"skipped_count":1}'* ]]
	[ ! -s "$LEDGER" ]
}

@test "kl-sandbox: finds and sorts people by what holds their mail back" {
	cat >"$BATS_TEST_TMPDIR/seed" <<-'EOF'
		{"type":"list","id":"A1","attributes":{"name":"A"}}
		{"type":"profile","attributes":{"email":"a@b.example"}}
		{"type":"profile","attributes":{"email":"b@b.example"}}
		{"type":"profile","attributes":{"email":"c@b.example"}}
		{"type":"consent","profile":"a@b.example","suppressions":[{"reason":"HARD_BOUNCE","when":"2024-03-01T00:00:00Z"}]}
		{"type":"consent","profile":"b@b.example","suppressions":[{"reason":"USER_SUPPRESSED","when":"2024-01-01T00:00:00Z"},{"reason":"UNSUBSCRIBE","list":"A1","when":"2024-02-01T00:00:00Z"}]}
	EOF
	start_sandbox --limits 100 --seed "$BATS_TEST_TMPDIR/seed"
	s=subscriptions.email.marketing.suppression l=subscriptions.email.marketing.list_suppressions
	while IFS='|' read -r query people; do
		run -0 api GET "/api/profiles?fields[profile]=email&$query"
		[ "$query $(grep -o '"email":"[^"@]*' <<<"$output" | sed 's/.*"//' | paste -sd' ')" = "$query $people" ]
	done <<-EOF
		filter=equals($s.reason,'HARD_BOUNCE')|a
		filter=equals($s.reason,'UNSUBSCRIBE')|
		filter=greater-than($s.timestamp,2024-02-01T00:00:00Z)|a
		filter=less-or-equal($s.timestamp,2024-01-01T00:00:00Z),equals($s.reason,'USER_SUPPRESSED')|b
		filter=less-or-equal($s.timestamp,2024-01-01T00:00:00Z),equals($s.reason,'HARD_BOUNCE')|
		filter=equals($l.list_id,'A1'),equals($l.reason,'UNSUBSCRIBE')|b
		filter=equals($l.list_id,'B2')|
		sort=$s.timestamp|b a c
		sort=-$s.timestamp|c a b
		sort=$l.timestamp&page[size]=1|b
	EOF
	while IFS='|' read -r filter detail; do
		run -0 api GET "/api/profiles?filter=$filter"
		same "$(invalid "$detail" '"parameter":"filter"')"
	done <<-EOF
		equals($l.reason,'UNSUBSCRIBE')|A filter on list_suppressions requires subscriptions.email.marketing.list_suppressions.list_id.
		equals($l.list_id,'A1'),equals($s.reason,'X')|Filters on suppression and on list_suppressions cannot be combined.
		less-than($s.timestamp,2025-01-01),greater-than($s.timestamp,2020-01-01)|Only one filter on the timestamp of suppressions is allowed.
	EOF
}

forget() {
	api POST /api/data-privacy-deletion-jobs \
		"{\"data\":{\"type\":\"data-privacy-deletion-job\",\"attributes\":{\"profile\":{\"data\":{\"type\":\"profile\",$1}}}}}"
}

@test "kl-sandbox: forgets a person whole, once" {
	start_sandbox --visibility-delay 0 --limits 9
	api POST $SUBSCRIBE "$(consents create "$(yes_mail a@b.example)" SNDBOX)" >/dev/null
	wait_for list.add
	event='{"data":{"type":"event","attributes":{"properties":{},"metric":{"data":{"type":"metric","attributes":{"name":"Ordered"}}},"profile":{"data":{"type":"profile","attributes":{"email":"a@b.example"}}}}}}'
	api POST /api/events "$event" >/dev/null
	wait_for event.record
	run -0 forget '"attributes":{"email":"A@b.example"}'
	same '
202'
	wait_for forget
	for path in /api/profiles /api/lists/SNDBOX/relationships/profiles /api/events; do
		run -0 api GET $path
		[[ $output = '{"data":[],'* ]]
	done
	run -0 forget '"attributes":{"email":"a@b.example"}'
	same "$(problem 404 not_found 'Not found.' 'No profile with email \"a@b.example\" found.  The profile may have already been deleted.' '"pointer":"/data/"' '')"
	run -0 bash -c "jq -c 'select(.effect==\"forget\") | [.op,.email,.profile != null]' '$LEDGER'"
	same '["request_profile_deletion","a@b.example",true]'
	# The address is free again, and leads to nobody who was.
	run -0 api POST /api/profiles "{\"data\":$(person '"email":"a@b.example"')}"
	[ "${lines[1]}" = 201 ]
	run -0 mail a@b.example
	[[ $output = *'"consent":"NEVER_SUBSCRIBED"'* ]]
}

@test "kl-sandbox: a deletion takes exactly one identifier, and asks slowly" {
	start_sandbox
	run -0 forget '"id":"01ARZ3NDEKTSV4RRFFQ69G5FAV","attributes":{"email":"a@b.example"}'
	same "$(invalid 'Exactly one identifier is required: id, email or phone_number.' '"pointer":"/data/attributes/profile/data"')"
	run -0 forget '"attributes":{}'
	[ "${lines[1]}" = 400 ]
	run -0 forget '"attributes":{"external_id":"7"}'
	same "$(invalid "'external_id' is not a valid field for the resource 'data-privacy-deletion-job'." '"pointer":"/data/attributes/profile/data/attributes/external_id"')"
	stop_sandbox
	start_sandbox
	run -0 headers POST /api/data-privacy-deletion-jobs '{}'
	[ "${lines[2]}" = 'RateLimit-Limit: 3, 3;w=1, 60;w=60' ]
}

@test "kl-sandbox --key: consent, suppression and deletion have scopes of their own" {
	start_sandbox --key pk_x:profiles:write,lists:write
	export KLAVIYO_API_KEY=pk_x
	for try in "$SUBSCRIBE subscriptions:write" "$SUPPRESS subscriptions:write" \
		'/api/data-privacy-deletion-jobs data-privacy:write'; do
		run -0 api POST "${try% *}" '{}'
		same "$(problem 403 permission_denied 'You do not have permission to perform this action.' \
			"Your API key is missing required scopes: ${try#* }" '"pointer":"/data/"' '')"
	done
}
