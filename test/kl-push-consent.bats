#!/usr/bin/env bats
# kl-push subscribe and unsubscribe.

setup() {
	load helper
	load push
	cd "$BATS_TEST_TMPDIR" || return
}

teardown() {
	stop_sandbox
}

# The lists, and people who have said something before: out of all mail, of
# the list, of another list, of sms; held back by the account; bounced.
seed() {
	cat >seed <<-'END'
		{"type":"list","id":"KKbLLU","attributes":{"name":"News","opt_in_process":"single_opt_in"}}
		{"type":"list","id":"DOUBLE","attributes":{"name":"Asked","opt_in_process":"double_opt_in"}}
		{"type":"profile","attributes":{"email":"out@shop.example"}}
		{"type":"consent","profile":"out@shop.example","channels":{"email.marketing":{"state":"UNSUBSCRIBED","when":"2024-06-01T00:00:00Z"}},"suppressions":[{"reason":"UNSUBSCRIBE","when":"2024-06-01T00:00:00Z"}]}
		{"type":"profile","attributes":{"email":"left@shop.example"},"lists":["KKbLLU"]}
		{"type":"consent","profile":"left@shop.example","channels":{"email.marketing":"SUBSCRIBED"},"suppressions":[{"reason":"UNSUBSCRIBE","list":"KKbLLU","when":"2024-06-01T00:00:00Z"}]}
		{"type":"profile","attributes":{"email":"other@shop.example"}}
		{"type":"consent","profile":"other@shop.example","channels":{"email.marketing":"SUBSCRIBED"},"suppressions":[{"reason":"UNSUBSCRIBE","list":"DOUBLE","when":"2024-06-01T00:00:00Z"}]}
		{"type":"profile","attributes":{"email":"held@shop.example"}}
		{"type":"consent","profile":"held@shop.example","suppressions":[{"reason":"USER_SUPPRESSED","when":"2024-06-01T00:00:00Z"}]}
		{"type":"profile","attributes":{"email":"bounced@shop.example"}}
		{"type":"consent","profile":"bounced@shop.example","suppressions":[{"reason":"HARD_BOUNCE","when":"2024-06-01T00:00:00Z"}]}
		{"type":"profile","attributes":{"email":"texted@shop.example","phone_number":"+4915112345678"}}
		{"type":"consent","profile":"texted@shop.example","channels":{"sms.marketing":{"state":"UNSUBSCRIBED","when":"2024-06-01T00:00:00Z"}}}
		{"type":"profile","attributes":{"email":"in@shop.example","phone_number":"+4915111111111"},"lists":["KKbLLU"]}
		{"type":"consent","profile":"in@shop.example","channels":{"email.marketing":"SUBSCRIBED","sms.marketing":"SUBSCRIBED"}}
	END
}

# consenting [OPTION]...: a quick one, without rate limits, with those lists.
consenting() {
	seed
	start_sandbox --limits off --visibility-delay 50 --seed seed "$@"
	export KL_PUSH_LIST=KKbLLU
}

# agreed EMAIL [SOURCE [WHEN]]: a record of somebody who agreed to mail.
agreed() {
	printf '{"email":"%s","consent":{"source":"%s","email":{"status":"SUBSCRIBED"%s}}}\n' \
		"$1" "${2:-Checkout}" "${3:+,\"consented_at\":\"$3\"}"
}

# crowd FROM TO [SOURCE]: that many of them.
crowd() {
	seq "$1" "$2" | sed "s/.*/{\"email\":\"p&@shop.example\",\"consent\":{\"source\":\"${3:-Checkout}\",\"email\":{\"status\":\"SUBSCRIBED\"}}}/"
}

# gone EMAIL: a record of somebody who wants no more mail.
gone() {
	printf '{"email":"%s","consent":{"source":"Footer","email":{"status":"UNSUBSCRIBED"}}}\n' "$1"
}

# effects: what the ledger has of consent and lists, once all is carried out.
effects() {
	stop_sandbox
	jq -r 'select(.effect | test("consent|suppress|list")) |
		[.effect, .email // .phone_number, .list // "-"] | join(" ")' "$LEDGER"
}

# mail EMAIL FIELD: what the service says of somebody's marketing consent.
mail() {
	get "/api/profiles?filter=equals(email,'$1')&additional-fields[profile]=subscriptions" |
		jq -r --arg f "$2" '.data[].attributes.subscriptions.email.marketing[$f]'
}

# wait_consent EMAIL STATUS: until the service says so.
wait_consent() {
	for _ in $(seq 200); do
		[ "$(mail "$1" consent)" = "$2" ] && return
		sleep 0.02
	done
	return 1
}

# unsubscribe_by_hand EMAIL: from everything.
unsubscribe_by_hand() {
	curl -s -H "Authorization: Klaviyo-API-Key pk_sandbox" \
		-H 'revision: 2026-07-15' \
		-H 'Content-Type: application/vnd.api+json' \
		-d "{\"data\":{\"type\":\"profile-subscription-bulk-delete-job\",\"attributes\":{\"profiles\":{\"data\":[{\"type\":\"profile\",\"attributes\":{\"email\":\"$1\",\"subscriptions\":{\"email\":{\"marketing\":{\"consent\":\"UNSUBSCRIBED\"}}}}}]}}}}" \
		"$KL_BASE_URL/api/profile-subscription-bulk-delete-jobs"
}

# judge_consent: in, bad, receipts and the ledger agree: nobody is subscribed
# twice, nobody who had opted out, whoever was is accepted or unknown, and who
# is accepted was.
judge_consent() {
	jq -r 'select(.effect == "consent.subscribe").email' "$LEDGER" | sort >carried
	[ -z "$(uniq -d carried)" ]
	run ! grep -qE '^(out|left|held)@' carried
	jq -r '.records[] | "\(.[0]) \(.[2])"' receipts | sort -n >outcomes
	[ "$(wc -l <outcomes)" -eq "$(wc -l <in)" ]
	jq -r .email in | paste -d' ' - outcomes | awk '$3 == "accepted" { print $1 }' | sort >accepted
	jq -r .email in | paste -d' ' - outcomes | awk '$3 == "unknown" { print $1 }' | sort >unknown
	[ -z "$(comm -23 accepted carried)" ]
	[ -z "$(comm -23 carried <(sort accepted unknown))" ]
}

@test "kl-push subscribe: gives consent with its source, and says what 202 means" {
	consenting
	run -0 --separate-stderr kl-push subscribe < <(agreed a@shop.example && agreed b@shop.example)
	said 'kl-push: list KKbLLU (News) is single opt-in: people are subscribed at once
kl-push: accepted is not applied: the service carries it out within minutes, and tells of no failure
kl-push: read 2 = 2 accepted; wrote 1'
	[ "$(jq -r '[.action, .list, .status, .http, .attempts, .counts.accepted, .job] | join(" ")' <<<"$output")" = \
		'subscribe KKbLLU accepted 202 1 2 ' ]
	run -0 effects
	same 'consent.subscribe a@shop.example KKbLLU
list.add a@shop.example KKbLLU
consent.subscribe b@shop.example KKbLLU
list.add b@shop.example KKbLLU'
	[ "$(jq -c 'select(.effect == "consent.subscribe").attributes' "$LEDGER" | head -1)" = \
		'{"email":"a@shop.example","subscriptions":{"email":{"marketing":{"consent":"SUBSCRIBED"}}}}' ]
}

@test "kl-push subscribe: sends a source a request, and has one receipt for all" {
	consenting --log log
	{
		agreed a@shop.example Till
		agreed b@shop.example Web
		agreed c@shop.example Till
	} >in
	run -0 --separate-stderr kl-push subscribe <in
	[ "$(counts <(echo "$output"))" = '1 1 3 3 0 0 0 accepted' ]
	[ "$(jq .attempts <<<"$output")" -eq 2 ]
	run -0 grep -c bulk_subscribe log
	same 2
	for who in a:Till b:Web c:Till; do
		wait_consent "${who%:*}@shop.example" SUBSCRIBED
		[ "$(mail "${who%:*}@shop.example" custom_method_detail)" = "${who#*:}" ]
	done
}

@test "kl-push subscribe: sets aside who has not agreed, or not any more" {
	consenting
	cat >in <<-'END'
		{"email":"a@shop.example"}
		{"email":"b@shop.example","consent":{"email":{"status":"SUBSCRIBED"}}}
		{"email":"c@shop.example","consent":{"source":"x","email":{"status":"UNSUBSCRIBED"}}}
		{"email":"d@shop.example","consent":{"source":"x","sms":{"status":"SUBSCRIBED"}}}
		{"email":"e@shop.example","consent":{"source":"x","email":{"status":"SUBSCRIBED","consented_at":"2999-01-01T00:00:00Z"}}}
		{"email":"f@shop.example","consent":{"source":"x","email":{"status":"SUBSCRIBED"},"sms":{"status":"NEVER_SUBSCRIBED"}}}
		{"email":"g@shop.example","phone_number":"0151","consent":{"source":"x","email":{"status":"SUBSCRIBED"}}}
	END
	run -1 --separate-stderr kl-push subscribe -q -r bad <in
	[ "$(reasons bad)" = '1 consent consent_missing
2 consent.source consent_missing
3 consent consent_withdrawn
4 consent.sms consent_invalid
5 consent.email.consented_at consent_invalid
7 phone_number phone_invalid' ]
	[ "$(jq -r '._kl_reject | select(.line == 3).hint' bad)" = 'give the record to kl-push unsubscribe, or leave the person out' ]
	run -0 effects
	same 'consent.subscribe f@shop.example KKbLLU
list.add f@shop.example KKbLLU'
}

@test "kl-push subscribe: leaves it to the service what it says to łucja@" {
	consenting
	run -0 --separate-stderr kl-push subscribe -q < <(agreed łucja@shop.example Till)
	[ "$(effects | head -n 1)" = 'consent.subscribe łucja@shop.example KKbLLU' ]
}

@test "kl-push subscribe --historical: sends the time of consent, and needs one" {
	consenting
	{
		agreed a@shop.example Till 2020-01-02T03:04:05Z
		agreed b@shop.example Till
		printf '{"email":"c@shop.example","phone_number":"+4915100000001","consent":{"source":"Till","email":{"status":"SUBSCRIBED","consented_at":"2021-01-01T00:00:00+01:00"},"sms":{"status":"SUBSCRIBED"}}}\n'
		agreed d@shop.example Till 1989-01-01T00:00:00Z
	} >in
	run -1 --separate-stderr kl-push subscribe --list DOUBLE --historical -r bad <in
	said 'kl-push: list DOUBLE (Asked): consent is taken as history: people are subscribed at once, nobody is asked to confirm, and no flow is started
kl-push: accepted is not applied: the service carries it out within minutes, and tells of no failure
kl-push: 3 set aside in bad: 2 consent_time_missing, 1 consent_invalid
kl-push: read 4 = 1 accepted + 3 rejected; wrote 1'
	[ "$(reasons bad)" = '2 consent.email.consented_at consent_time_missing
3 consent.sms.consented_at consent_time_missing
4 consent.email.consented_at consent_invalid' ]
	wait_consent a@shop.example SUBSCRIBED
	[ "$(mail a@shop.example consent_timestamp)" = '2020-01-02T03:04:05+00:00' ]
}

@test "kl-push subscribe: says that a list asks again, and what becomes of old consent" {
	consenting
	unset KL_PUSH_LIST
	run -0 --separate-stderr kl-push subscribe --list-name Asked < <(agreed a@shop.example Till 2020-01-02T03:04:05Z)
	said 'kl-push: list DOUBLE (Asked) is double opt-in: people are asked by mail, and subscribed when they confirm
kl-push: 1 record agreed more than a day ago: the service dates such consent now, as if it were new; --historical keeps its time
kl-push: accepted is not applied: the service carries it out within minutes, and tells of no failure
kl-push: read 1 = 1 accepted; wrote 1'
	run -0 effects
	same 'consent.pending a@shop.example DOUBLE'
}

@test "kl-push subscribe: brings nobody back who has opted out" {
	consenting
	{
		agreed out@shop.example
		agreed OUT@shop.example Till 2024-05-31T23:59:59Z
		agreed left@shop.example Till 2024-06-01T00:00:00Z
		agreed held@shop.example
		agreed other@shop.example
		agreed bounced@shop.example
		printf '{"phone_number":"+4915112345678","email":"new@shop.example","consent":{"source":"x","email":{"status":"SUBSCRIBED"},"sms":{"status":"SUBSCRIBED"}}}\n'
	} >in
	run -1 --separate-stderr kl-push subscribe -q -r bad <in
	[ "$(reasons bad)" = '1 consent.email opted_out
2 consent.email opted_out
3 consent.email opted_out
4 consent.email opted_out
7 consent.sms opted_out' ]
	run ! grep -q '2024' <(jq ._kl_reject bad)
	run -0 effects
	same 'consent.subscribe other@shop.example KKbLLU
list.add other@shop.example KKbLLU
consent.subscribe bounced@shop.example KKbLLU
list.add bounced@shop.example KKbLLU'
}

@test "kl-push subscribe: who agreed again after opting out is subscribed, and counted" {
	consenting
	{
		agreed out@shop.example Till 2024-06-01T00:00:01Z
		agreed left@shop.example Till 2025-01-01T00:00:00+02:00
		agreed a@shop.example
	} >in
	run -0 --separate-stderr kl-push subscribe --historical --summary sum -r bad < <(head -2 in)
	[[ $stderr = *'
kl-push: 2 people had opted out, and agreed again later
'* ]]
	[ "$(jq .agreed_again sum)" -eq 2 ]
	run -0 effects
	same 'consent.subscribe out@shop.example KKbLLU
unsuppress out@shop.example -
list.add out@shop.example KKbLLU
consent.subscribe left@shop.example KKbLLU
unsuppress left@shop.example -'
}

@test "kl-push subscribe: two records of one person are both heard, a channel each" {
	consenting
	{
		printf '{"email":"a@shop.example","external_id":"7","consent":{"source":"x","email":{"status":"SUBSCRIBED"}}}\n'
		printf '{"phone_number":"+4915100000001","external_id":"7","consent":{"source":"x","sms":{"status":"SUBSCRIBED"},"age_gated_date_of_birth":"1990-12-31"}}\n'
	} >in
	run -0 --separate-stderr kl-push subscribe -q <in
	run -0 effects
	same 'consent.subscribe a@shop.example KKbLLU
list.add a@shop.example KKbLLU'
	[ "$(jq -c 'select(.effect == "consent.subscribe").attributes' "$LEDGER")" = \
		'{"email":"a@shop.example","subscriptions":{"email":{"marketing":{"consent":"SUBSCRIBED"}},"sms":{"marketing":{"consent":"SUBSCRIBED"}}},"phone_number":"+4915100000001","age_gated_date_of_birth":"1990-12-31"}' ]
}

@test "kl-push subscribe: one person's opt-out of a channel stands in any of their profiles" {
	consenting
	printf '{"email":"in@shop.example","phone_number":"+4915112345678","consent":{"source":"x","sms":{"status":"SUBSCRIBED"}}}\n' >in
	run -1 --separate-stderr kl-push subscribe -q -r bad <in
	[ "$(reasons bad)" = '1 consent.sms opted_out' ]
	run -0 effects
	same ''
}

@test "kl-push subscribe: rows the service refuses are set aside, the rest goes on" {
	consenting --reading sms-region=+43
	{
		printf '{"phone_number":"+4915100000001","consent":{"source":"x","sms":{"status":"SUBSCRIBED"}}}\n'
		printf '{"phone_number":"+436601234567","consent":{"source":"x","sms":{"status":"SUBSCRIBED"}}}\n'
	} >in
	run -1 --separate-stderr kl-push subscribe -q -r bad <in
	[ "$(jq -r '._kl_reject | [.line, .field, .http] | join(" ")' bad)" = '1 phone_number 400' ]
	run -0 effects
	same 'consent.subscribe +436601234567 KKbLLU
list.add +436601234567 KKbLLU'
}

@test "kl-push subscribe: sends the date of birth where sms asks for it" {
	consenting --reading sms-age-gate=required
	{
		printf '{"phone_number":"+4915100000001","consent":{"source":"x","sms":{"status":"SUBSCRIBED"}}}\n'
		printf '{"phone_number":"+4915100000002","consent":{"source":"x","age_gated_date_of_birth":"1990-12-31","sms":{"status":"SUBSCRIBED"}}}\n'
	} >in
	run -1 --separate-stderr kl-push subscribe -q -r bad <in
	[ "$(jq -r '._kl_reject | [.line, .field, .http] | join(" ")' bad)" = '1 age_gated_date_of_birth 400' ]
	run -0 effects
	same 'consent.subscribe +4915100000002 KKbLLU
list.add +4915100000002 KKbLLU'
}

@test "kl-push subscribe: a key that may not look people up ends the run before anything is sent" {
	consenting --key pk_x:lists:read,lists:write,profiles:write,subscriptions:write
	KLAVIYO_API_KEY=pk_x run -77 --separate-stderr kl-push subscribe < <(agreed a@shop.example)
	[[ $stderr = *profiles:read* ]]
	run -0 effects
	same ''
}

@test "kl-push subscribe: after a lost answer, what is seen settles it" {
	consenting --fault lost-reply:bulk_subscribe_profiles:at=1
	run -0 --separate-stderr kl-push subscribe --settle 300ms < <(crowd 1 3)
	said 'kl-push: list KKbLLU (News) is single opt-in: people are subscribed at once
kl-push: the answer to a request was lost: what it did is looked at in 1 s
kl-push: accepted is not applied: the service carries it out within minutes, and tells of no failure
kl-push: read 3 = 3 accepted; wrote 1'
	[ "$(jq -r '[.status, .attempts] | join(" ")' <<<"$output")" = 'accepted 1' ]
	run -0 bash -c "jq -r 'select(.effect == \"consent.subscribe\").email' '$LEDGER' | sort | uniq -c | sed 's/^ *//'"
	same '1 p1@shop.example
1 p2@shop.example
1 p3@shop.example'
}

@test "kl-push subscribe: that nothing is seen settles nothing; --resend-unknown sends again" {
	consenting --fault reset-before:bulk_subscribe_profiles:at=1
	crowd 1 3 >in
	run -69 --separate-stderr kl-push subscribe -q --settle 100ms --journal j <in
	[ "$(counts <(echo "$output"))" = '1 1 3 0 0 0 3 unknown' ]
	# Again: it is looked, and nothing sent.
	run -69 --separate-stderr kl-push subscribe -q --settle 100ms --journal j <in
	[ "$(counts <(echo "$output"))" = '1 1 3 0 0 0 3 unknown' ]
	run ! grep -q subscribe "$LEDGER"
	run -0 --separate-stderr kl-push subscribe -q --settle 100ms --journal j --resend-unknown <in
	[ "$(counts <(echo "$output"))" = '1 1 3 3 0 0 0 accepted' ]
	run -0 --separate-stderr kl-push subscribe -q --settle 100ms --journal j <in
	[ "$(jq .resumed <<<"$output")" = true ]
	run -0 effects
	[ "$(grep -c consent.subscribe <<<"$output")" -eq 3 ]
}

@test "kl-push subscribe --resend-unknown: is about earlier runs, not about its own requests" {
	consenting --fault reset-before:bulk_subscribe_profiles:at=1 --log log
	crowd 1 3 >in
	run -69 --separate-stderr kl-push subscribe -q --settle 50ms --journal j --resend-unknown <in
	run -1 grep -c bulk_subscribe log
}

@test "kl-push subscribe --resend-unknown: waits for what the last run has sent" {
	consenting --fault reset-before:bulk_subscribe_profiles:at=1 --visibility-delay 600
	crowd 1 3 >in
	run -69 --separate-stderr kl-push subscribe -q --settle 50ms --journal j <in
	sleep 1
	# Sent again, and killed before that can be seen.
	kl-push subscribe -q --settle 50ms --journal j --resend-unknown <in >receipts
	sqlite3 j "UPDATE batch SET outcome = NULL" 2>/dev/null || skip "no sqlite3"
	sqlite3 j "UPDATE run SET finished = 0"
	run -0 --separate-stderr kl-push subscribe -q --settle 900ms --journal j --resend-unknown <in
	run -0 effects
	[ "$(grep -c consent.subscribe <<<"$output")" -eq 3 ]
}

@test "kl-push subscribe --resend-unknown: not who is seen by then, nor who opted out" {
	consenting --fault lost-reply:bulk_subscribe_profiles:at=1 --visibility-delay 600
	crowd 1 3 >in
	run -69 --separate-stderr kl-push subscribe -q --settle 50ms --journal j <in
	wait_consent p1@shop.example SUBSCRIBED
	unsubscribe_by_hand p2@shop.example
	wait_consent p2@shop.example UNSUBSCRIBED
	run -1 --separate-stderr kl-push subscribe -q --settle 50ms --journal j --resend-unknown -r bad <in
	[ "$(counts <(echo "$output"))" = '1 1 3 2 1 0 0 accepted' ]
	[ "$(reasons bad)" = '2 consent.email opted_out' ]
	run -0 effects
	[ "$(grep -c consent.subscribe <<<"$output")" -eq 3 ]
}

@test "kl-push subscribe --historical: a lost answer is settled by the time that was sent" {
	consenting --fault lost-reply:bulk_subscribe_profiles:at=1
	run -0 --separate-stderr kl-push subscribe -q --historical --settle 300ms < <(agreed a@shop.example Till 2020-01-02T03:04:05Z)
	[ "$(counts <(echo "$output"))" = '1 1 1 1 0 0 0 accepted' ]
}

@test "kl-push subscribe: who may have to confirm yet stays unknown" {
	consenting --fault lost-reply:bulk_subscribe_profiles:at=1
	run -69 --separate-stderr kl-push subscribe --list DOUBLE --settle 300ms < <(crowd 1 2)
	[ "$(counts <(echo "$output"))" = '1 1 2 0 0 0 2 unknown' ]
	[[ $stderr = *'
kl-push: of 2 records it is not known whether the service took them: with --journal, the same command could look again
kl-push: read 2 = 0 accepted + 2 unknown; wrote 1' ]]
}

@test "kl-push subscribe: a part that was accepted is not sent again with the rest" {
	consenting --fault reset-before:bulk_subscribe_profiles:at=2
	crowd 1 2 Till >in
	crowd 3 4 Web >>in
	run -69 --separate-stderr kl-push subscribe -q --list DOUBLE --in-flight 1 --settle 50ms --journal j <in
	[ "$(counts <(echo "$output"))" = '1 1 4 2 0 0 2 unknown' ]
	run -0 --separate-stderr kl-push subscribe -q --list DOUBLE --settle 50ms --journal j --resend-unknown <in
	[ "$(counts <(echo "$output"))" = '1 1 4 4 0 0 0 accepted' ]
	run -0 effects
	[ "$(sort <<<"$output")" = 'consent.pending p1@shop.example DOUBLE
consent.pending p2@shop.example DOUBLE
consent.pending p3@shop.example DOUBLE
consent.pending p4@shop.example DOUBLE' ]
}

@test "kl-push subscribe: killed before a request has left, nothing is unknown" {
	consenting --latency 400
	crowd 1 3 >in
	kl-push subscribe -q --journal j <in &
	pid=$!
	for _ in $(seq 100); do
		grep -q intent j-wal 2>/dev/null && break
		sleep 0.02
		[ -s j-wal ] && [ "$(stat -c %s j-wal)" -gt 12000 ] && break
	done
	kill -9 $pid
	wait $pid || true
	stop_sandbox
	consenting
	run -0 --separate-stderr kl-push subscribe -q --journal j <in
	run -0 effects
	[ "$(grep -c consent.subscribe <<<"$output")" -eq 3 ]
}

@test "kl-push subscribe: an outage ends the run after few requests" {
	consenting --fault status=500:bulk_subscribe_profiles --log log
	crowd 1 20 >in
	run -69 --separate-stderr kl-push subscribe -q --in-flight 1 --chunk-size 2 --settle 50ms <in
	[ "$(grep -c bulk_subscribe log)" -eq 4 ]
	[ "$(counts <(echo "$output") | awk '{ u += $7; f += $6 } END { print u, f }')" = '8 2' ]
}

@test "kl-push subscribe: what was lost before an outage ended the run is looked at all the same" {
	consenting --fault lost-reply:bulk_subscribe_profiles
	crowd 1 20 >in
	run -75 --separate-stderr kl-push subscribe -q --in-flight 1 --chunk-size 2 --settle 300ms <in
	[ "$(counts <(echo "$output") | awk '{ a += $4; u += $7; f += $6 } END { print a, u, f }')" = '8 0 2' ]
}

@test "kl-push subscribe: with answers lost nobody is subscribed twice, and every unknown is said" {
	consenting --fault lost-reply:bulk_subscribe_profiles:p=0.15 \
		--fault reset-before:bulk_subscribe_profiles:p=0.1 --random-seed 7
	{
		crowd 1 400
		agreed out@shop.example
		agreed left@shop.example
		agreed held@shop.example
	} >in
	run --separate-stderr kl-push subscribe -q --chunk-size 20 --settle 300ms \
		--journal j -r bad --receipt-records <in
	[ "$status" -eq 69 ]
	echo "$output" >receipts
	stop_sandbox
	judge_consent
}

@test "kl-push subscribe: takes chunks, and an empty input" {
	consenting
	run -0 --separate-stderr kl-push subscribe -q < <(crowd 1 5 | kl-chunk -q --chunk-size 2)
	[ "$(counts <(echo "$output"))" = '1 1 2 2 0 0 0 accepted
2 3 4 2 0 0 0 accepted
3 5 5 1 0 0 0 accepted' ]
	run -0 --separate-stderr kl-push subscribe </dev/null
	same ''
	said 'kl-push: list KKbLLU (News) is single opt-in: people are subscribed at once
kl-push: nothing to send: the input was empty
kl-push: read 0 = 0 accepted; wrote 0'
}

@test "kl-push subscribe --dry-run: sends nothing, and counts the lookups" {
	run -0 --separate-stderr kl-push subscribe --list KKbLLU --dry-run < <(crowd 1 250)
	[ "$(jq -r '[.method, .path, .profiles] | join(" ")' <<<"$output")" = 'POST /api/profile-subscription-bulk-create-jobs 250' ]
	[[ $stderr = *'3 lookups'* ]]
}

@test "kl-push unsubscribe: takes members off the list's mail, and nobody else" {
	consenting
	run -0 --separate-stderr kl-push unsubscribe < <(gone in@shop.example)
	said 'kl-push: accepted is not applied: the service carries it out within minutes, and tells of no failure
kl-push: read 1 = 1 accepted; wrote 1'
	run -0 effects
	same 'consent.unsubscribe in@shop.example KKbLLU'
	[ "$(jq -c 'select(.effect == "consent.unsubscribe").attributes' "$LEDGER")" = \
		'{"email":"in@shop.example","subscriptions":{"email":{"marketing":{"consent":"UNSUBSCRIBED"}}}}' ]
}

@test "kl-push unsubscribe: who is not on the list is set aside; --global takes them from everything" {
	consenting
	{
		gone in@shop.example
		gone other@shop.example
		gone nobody@shop.example
	} >in
	run -1 --separate-stderr kl-push unsubscribe -q -r bad <in
	[ "$(reasons bad)" = '2 - not_member
3 - not_member' ]
	run -0 --separate-stderr kl-push unsubscribe --global <bad
	said 'kl-push: people are unsubscribed from everything
kl-push: accepted is not applied: the service carries it out within minutes, and tells of no failure
kl-push: read 2 = 2 accepted; wrote 1' || true
	run -0 effects
	same 'consent.unsubscribe in@shop.example KKbLLU
consent.unsubscribe other@shop.example -'
}

@test "kl-push unsubscribe: a channel is looked for by what it goes to" {
	consenting
	# The number is that of a member, the address is not.
	printf '{"email":"x@shop.example","phone_number":"+4915111111111","consent":{"email":{"status":"UNSUBSCRIBED"}}}\n' >in
	run -1 --separate-stderr kl-push unsubscribe -q -r bad <in
	[ "$(reasons bad)" = '1 - not_member' ]
	printf '{"email":"x@shop.example","phone_number":"+4915111111111","consent":{"sms":{"status":"UNSUBSCRIBED"}}}\n' >in
	run -0 --separate-stderr kl-push unsubscribe -q <in
	run -0 effects
	same 'consent.unsubscribe in@shop.example -'
	[ "$(jq -c 'select(.effect == "consent.unsubscribe").attributes' "$LEDGER")" = \
		'{"phone_number":"+4915111111111","subscriptions":{"sms":{"marketing":{"consent":"UNSUBSCRIBED"}}}}' ]
}

@test "kl-push unsubscribe --channel: what records without consent mean" {
	consenting
	printf '{"email":"in@shop.example","phone_number":"+4915111111111"}\n' >in
	run -0 --separate-stderr kl-push unsubscribe -q --channel sms <in
	run -0 --separate-stderr kl-push unsubscribe -q <in
	printf '{"phone_number":"+4915111111111"}\n{"email":"in@shop.example","consent":{"source":"x","email":{"status":"SUBSCRIBED"}}}\n{"email":"in@shop.example","consent":{"push":{"status":"UNSUBSCRIBED"}}}\n' >in
	run -1 --separate-stderr kl-push unsubscribe -q -r bad <in
	[ "$(reasons bad)" = '1 - identifier_missing
2 consent consent_given
3 consent.push channel_unsupported' ]
	run -0 effects
	same 'consent.unsubscribe in@shop.example -
consent.unsubscribe in@shop.example KKbLLU'
}

@test "kl-push unsubscribe: after a lost answer it is looked, and sent again to who is still to go" {
	consenting --fault lost-reply:bulk_unsubscribe_profiles:at=1 --log log
	run -0 --separate-stderr kl-push unsubscribe -q --settle 300ms < <(gone in@shop.example)
	run -0 grep -c bulk_unsubscribe log
	same 1
	stop_sandbox
	consenting --fault reset-before:bulk_unsubscribe_profiles:at=1
	run -0 --separate-stderr kl-push unsubscribe -q --settle 100ms < <(gone in@shop.example)
	[ "$(counts <(echo "$output"))" = '1 1 1 1 0 0 0 accepted' ]
	run -0 effects
	same 'consent.unsubscribe in@shop.example KKbLLU'
}

@test "kl-push unsubscribe: who has left the list by the lost request is not unsubscribed from all" {
	consenting --fault lost-reply:bulk_unsubscribe_profiles:at=1 --reading unsubscribe-list=leave
	run -0 --separate-stderr kl-push unsubscribe -q --settle 300ms < <(gone in@shop.example)
	run -0 effects
	same 'consent.unsubscribe in@shop.example KKbLLU
list.remove in@shop.example KKbLLU'
}

@test "kl-push unsubscribe: goes on with its journal, looking first" {
	consenting --fault reset-before:bulk_unsubscribe_profiles
	gone in@shop.example >in
	run -69 --separate-stderr kl-push unsubscribe -q --settle 20ms --journal j <in
	stop_sandbox
	consenting
	run -0 --separate-stderr kl-push unsubscribe -q --settle 20ms --journal j <in
	run -0 effects
	same 'consent.unsubscribe in@shop.example KKbLLU'
}

@test "kl-push unsubscribe: needs a list, or --global" {
	run -64 --separate-stderr kl-push unsubscribe </dev/null
	[[ $stderr = 'kl-push: unsubscribe needs --list ID or --list-name NAME, or klaviyo.list_id in the configuration
'* ]]
	run -64 --separate-stderr kl-push subscribe --list KKbLLU --global </dev/null
	[[ $stderr = 'kl-push: --global goes with unsubscribe, not with subscribe
'* ]]
	run -64 --separate-stderr kl-push unsubscribe --list KKbLLU --historical </dev/null
	[[ $stderr = 'kl-push: --historical goes with subscribe, not with unsubscribe
'* ]]
	run -64 --separate-stderr kl-push add --list KKbLLU --settle 1 </dev/null
	[[ $stderr = 'kl-push: --settle goes with '* ]]
}
