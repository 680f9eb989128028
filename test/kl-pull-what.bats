#!/usr/bin/env bats
# What kl-pull can read, and what it asks for: each resource, filters, fields.

setup() {
	load helper
	load sandbox
	cd "$BATS_TEST_TMPDIR" || return
}

teardown() {
	stop_sandbox
}

# shop: a list, a segment, two people, what they did, and who is suppressed.
shop() {
	cat >seed.ndjson <<-'EOS'
		{"type":"list","id":"KKbLLU","attributes":{"name":"Newsletter"}}
		{"type":"list","id":"VIP001","attributes":{"name":"VIP"}}
		{"type":"segment","id":"SEG001","attributes":{"name":"Buyers"}}
		{"type":"metric","id":"ORDERS","attributes":{"name":"Placed Order"}}
		{"type":"profile","id":"01JA0000000000000000000001","attributes":{"email":"ada@shop.example","properties":{"Plan":"pro"}},"lists":["KKbLLU"],"segments":["SEG001"]}
		{"type":"profile","id":"01JA0000000000000000000002","attributes":{"email":"bo@shop.example"},"lists":["KKbLLU"]}
		{"type":"consent","profile":"ada@shop.example","channels":{"email.marketing":"SUBSCRIBED"},"suppressions":[{"reason":"HARD_BOUNCE","when":"2026-01-02T03:04:05Z"},{"reason":"USER_SUPPRESSED","when":"2026-01-03T03:04:05Z"},{"list":"VIP001","reason":"UNSUBSCRIBE","when":"2026-01-04T03:04:05Z"}]}
		{"type":"event","profile":"ada@shop.example","metric":"Placed Order","attributes":{"properties":{"n":1.10,"big":12345678901234567890},"time":"2026-01-02T03:04:05Z","value":9.90}}
		{"type":"event","profile":"bo@shop.example","metric":"Viewed","attributes":{"properties":{"n":2},"time":"2026-01-03T03:04:05Z"}}
	EOS
	start_sandbox --seed seed.ndjson --limits off
}

# pull ARG...: what it writes, made the same each time, and status 0.
pull() {
	run -0 --separate-stderr kl-pull -q "$@"
	raw=$output
	output=$(names <<<"$output" |
		sed -E -e 's/"id":"[A-Za-z0-9]{11}"/"id":"EVENT"/' \
			-e 's/("metric":\{"id":)"[A-Za-z0-9]{6}"/\1"METRIC"/')
	said ''
}

ada='{"id":"PROFILE","email":"ada@shop.example"}'
bo='{"id":"PROFILE","email":"bo@shop.example"}'

@test "kl-pull: members --segment writes who is in a segment" {
	shop
	pull members --segment SEG001 --fields email
	same "$ada"
	run -69 --separate-stderr kl-pull members --segment NOPE01
	said 'kl-pull: the account of the key has no segment with this id (404)
kl-pull: wrote 0, which is not all'
	run -64 --separate-stderr kl-pull members --segment SEG001 --list X
	[ "${stderr_lines[0]}" = 'kl-pull: a list or a segment: one of them' ]
	# What is typed wins over the environment, whichever way it is said.
	KL_PULL_LIST=KKbLLU KL_PULL_LIST_NAME=News run -0 --separate-stderr kl-pull members -q --segment SEG001 --fields id
	[ "${#lines[@]}" -eq 1 ]
}

@test "kl-pull: members --segment is not held to the list of the configuration" {
	shop
	echo '{"klaviyo":{"list_id":"KKbLLU"}}' >sync.json
	pull members -c sync.json --segment SEG001 --fields email
	same "$ada"
}

@test "kl-pull: profiles writes everybody" {
	shop
	pull profiles --fields email
	same "$ada
$bo"
}

@test "kl-pull: events come with their profile and metric, numbers as they are" {
	shop
	pull events --fields event_properties,profile.email,metric.name
	same '{"id":"EVENT","event_properties":{"n":1.10,"big":12345678901234567890,"$event_id":"1767323045","$value":9.90},"profile":{"id":"PROFILE","email":"ada@shop.example"},"metric":{"id":"METRIC","name":"Placed Order"}}
{"id":"EVENT","event_properties":{"n":2,"$event_id":"1767409445"},"profile":{"id":"PROFILE","email":"bo@shop.example"},"metric":{"id":"METRIC","name":"Viewed"}}'
	pull events
	jq -se 'map(.profile.email, .profile.created, .metric.integration.name,
		.datetime, .timestamp, .uuid) | all' <<<"$output"
}

@test "kl-pull: events of which only the people are wanted" {
	shop
	pull events --fields profile.email --since 2026-01-03
	same '{"id":"EVENT","profile":{"id":"PROFILE","email":"bo@shop.example"},"metric":{"id":"METRIC"}}'
}

@test "kl-pull: --metric finds a metric by its name or its id" {
	shop
	pull events --fields datetime --metric 'Placed Order'
	[[ $raw = *2026-01-02T03:04:05+00:00* ]]
	[ "$(wc -l <<<"$raw")" -eq 1 ]
	pull events --fields datetime --metric ORDERS
	[[ $raw = *2026-01-02T03:04:05+00:00* ]]
	[ "$(wc -l <<<"$raw")" -eq 1 ]
	run -69 --separate-stderr kl-pull events --metric Placed
	said 'kl-pull: the account of the key has no metric with this name or id; it has Placed Order, Viewed
kl-pull: wrote 0, which is not all'
}

@test "kl-pull: --email finds one person, of events by their profile" {
	shop
	pull profiles --fields email --email bo@shop.example
	same "$bo"
	pull members --list KKbLLU --fields email --email bo@shop.example
	same "$bo"
	pull events --fields profile.email --email bo@shop.example
	[ "$(jq -r .profile.email <<<"$output")" = bo@shop.example ]
	run -69 --separate-stderr kl-pull events --email nobody@shop.example
	[ "${stderr_lines[0]}" = 'kl-pull: klaviyo knows nobody with this address' ]
	pull profiles --email 'a"b\@shop.example'
	same ''
}

@test "kl-pull: --since and --until cut by time" {
	shop
	pull events --fields datetime --since 2026-01-03T03:04:05Z
	[ "$(wc -l <<<"$output")" -eq 1 ]
	pull events --fields datetime --until 2026-01-03T03:04:05Z
	[[ $raw = *2026-01-02T03:04:05+00:00* ]]
	[ "$(wc -l <<<"$raw")" -eq 1 ]
	pull events --since 2026-01-02T03:04:06Z --until 2026-01-03T03:04:05Z
	same ''
	pull profiles --since 2999-01-01
	same ''
	pull profiles --fields email --since 2000-01-01 --until 2999-01-01
	[ "$(wc -l <<<"$output")" -eq 2 ]
	pull members --list KKbLLU --since 2999-01-01
	same ''
	pull lists --since 2999-01-01
	same ''
	run -64 --separate-stderr kl-pull profiles --since yesterday
	[ "${stderr_lines[0]}" = 'kl-pull: since: time is not RFC 3339: too short; as 2026-11-23 or 2026-11-23T04:05:06Z' ]
}

@test "kl-pull: --where passes a filter on, and refuses a slip" {
	shop
	pull profiles --fields email \
		--where 'any(email,["bo@shop.example","x@shop.example"])'
	same "$bo"
	pull events --fields id --where 'has(profile)' --metric Viewed
	same '{"id":"EVENT","profile":{"id":"PROFILE"},"metric":{"id":"METRIC"}}'
	run -64 --separate-stderr kl-pull profiles --where 'equals(emial,"x")'
	said 'kl-pull: where: klaviyo filters by no emial; email?'
	run -64 --separate-stderr kl-pull profiles --where 'greater-or-equal(created,2026-01-01)'
	[ "$stderr" = 'kl-pull: where: klaviyo does not compare created with greater-or-equal; less-than, greater-than' ]
	run -64 --separate-stderr kl-pull profiles --where 'equals(email,"x"'
	[ "$stderr" = 'kl-pull: where: byte 17: a condition without its closing parenthesis' ]
}

@test "kl-pull: --where that only the service can judge is refused by it" {
	shop
	run -69 --separate-stderr kl-pull profiles --where 'equals(shoe_size,"x")'
	[ "${stderr_lines[0]}" = 'kl-pull: klaviyo refuses profiles (400 invalid at filter)' ]
}

@test "kl-pull: lists, segments, metrics and jobs" {
	shop
	pull segments --fields name,is_active
	same '{"id":"SEG001","name":"Buyers","is_active":true}'
	pull metrics --fields name
	[ "$(jq -r .name <<<"$output" | sort | paste -sd,)" = 'Placed Order,Viewed' ]
	pull metrics --where 'equals(integration.name,"Shopify")'
	same ''
	pull lists --fields name --where 'equals(name,["VIP"])'
	same '{"id":"VIP001","name":"VIP"}'
	pull jobs
	same ''
	echo '{"email":"cy@shop.example"}' | kl-push add -q --list KKbLLU >/dev/null
	pull jobs --fields status,total_count --where 'equals(status,"complete")'
	same '{"id":"JOB","status":"complete","total_count":1}'
}

@test "kl-pull: --kind has the jobs that suppress, and that end it" {
	shop
	api POST /api/profile-suppression-bulk-create-jobs '{"data":{"type":"profile-suppression-bulk-create-job","attributes":{"profiles":{"data":[{"type":"profile","attributes":{"email":"bo@shop.example"}}]}}}}' >/dev/null
	pull jobs --kind suppress
	[ "$(jq -r 'keys_unsorted | join(" ")' <<<"$output")" = \
		'id status created_at total_count completed_count completed_at skipped_count' ]
	pull jobs --kind unsuppress
	same ''
	pull jobs --kind import
	same ''
	pull jobs --kind suppress --where 'equals(list_id,"VIP001")'
	same ''
	run -64 --separate-stderr kl-pull jobs --kind suppress --page-size 5
	[ "${stderr_lines[0]}" = 'kl-pull: jobs come in pages that Klaviyo sizes: no page size' ]
	run -64 --separate-stderr kl-pull lists --kind import
	[ "${stderr_lines[0]}" = 'kl-pull: lists takes no --kind' ]
}

@test "kl-pull: suppressions has a record for each of a person" {
	shop
	pull suppressions
	same '{"id":"PROFILE","reason":"HARD_BOUNCE","timestamp":"SECOND","email":"ada@shop.example","phone_number":null,"external_id":null}
{"id":"PROFILE","reason":"USER_SUPPRESSED","timestamp":"SECOND","email":"ada@shop.example","phone_number":null,"external_id":null}'
	pull suppressions --list VIP001 --fields email
	same '{"id":"PROFILE","list_id":"VIP001","reason":"UNSUBSCRIBE","timestamp":"SECOND","email":"ada@shop.example"}'
	pull suppressions --list-name Newsletter
	same ''
	pull suppressions --since 2026-02-01
	same ''
	run -64 --separate-stderr kl-pull suppressions --since 2026-01-01 \
		--until 2026-02-01
	[ "$stderr" = 'kl-pull: suppressions can be asked for by one time only: since or until' ]
}

@test "kl-pull: suppressions --where goes by the reason" {
	shop
	pull suppressions --fields id \
		--where 'equals(subscriptions.email.marketing.suppression.reason,"SPAM_COMPLAINT")'
	same ''
}

@test "kl-pull: --page-size asks for fewer rows at once, and loses none" {
	start_sandbox --generate profiles=7 --limits off
	run -0 --separate-stderr kl-pull profiles --page-size 3 --fields id
	[ "$(sort -u <<<"$output" | wc -l)" -eq 7 ]
	said 'kl-pull: wrote 7 from 3 pages'
	run -64 --separate-stderr kl-pull lists --page-size 11
	[ "${stderr_lines[0]}" = 'kl-pull: a page of lists has 10 rows at most' ]
}

@test "kl-pull: events of many pages, each once, each with its person" {
	start_sandbox --generate profiles=50,events=2345 --limits off
	run -0 --separate-stderr kl-pull events --fields profile.email,metric.name
	[ "$(wc -l <<<"$output")" -eq 2345 ]
	[ "$(jq -r .id <<<"$output" | sort -u | wc -l)" -eq 2345 ]
	jq -se 'map(.profile.email != null and .metric.name != null) | all' \
		<<<"$output" >/dev/null
	said 'kl-pull: wrote 2345 from 3 pages'
}

@test "kl-pull: --with predictive_analytics keeps to its slower limit" {
	start_sandbox --generate profiles=60
	run -0 --separate-stderr kl-pull profiles --page-size 4 --fields email \
		--with predictive_analytics --summary s
	[ "$(wc -l <<<"$output")" -eq 60 ]
	[ "$(jq .limited s)" -eq 0 ]
	jq -se 'map(has("predictive_analytics")) | all' <<<"$output"
}

@test "kl-pull: refuses what a resource has not, before it asks" {
	export KLAVIYO_API_KEY=pk_x KL_BASE_URL=http://127.0.0.1:9
	run -64 --separate-stderr kl-pull metrics --since 2026-01-01
	[ "${stderr_lines[0]}" = 'kl-pull: metrics takes no --since' ]
	run -64 --separate-stderr kl-pull metrics --page-size 3
	[ "${stderr_lines[0]}" = 'kl-pull: metrics takes no --page-size' ]
	run -64 --separate-stderr kl-pull events --with subscriptions
	[ "${stderr_lines[0]}" = 'kl-pull: events takes no --with' ]
}
