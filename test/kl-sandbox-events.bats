#!/usr/bin/env bats

setup() {
	load helper
	load sandbox
}

teardown() {
	stop_sandbox
}

EVENTS=/api/events
BULK=/api/event-bulk-create-jobs
AT=/data/attributes/events-bulk-create/data

# event METRIC [ATTRIBUTES] [PROPERTIES]: an event of a bulk request.
event() {
	printf '{"type":"event","attributes":{"properties":{%s},"metric":{"data":{"type":"metric","attributes":{"name":"%s"}}}%s}}' \
		"${3:-}" "$1" "${2:+,$2}"
}

# alone IDENTIFIERS METRIC [ATTRIBUTES] [PROPERTIES]: one event as a request.
alone() {
	printf '{"data":{"type":"event","attributes":{"properties":{%s},"metric":{"data":{"type":"metric","attributes":{"name":"%s"}}},"profile":{"data":{"type":"profile","attributes":{%s}}}%s}}}' \
		"${4:-}" "$2" "$1" "${3:+,$3}"
}

# group IDENTIFIERS EVENTS: the events of one person.
group() {
	printf '{"type":"event-bulk-create","attributes":{"profile":{"data":{"type":"profile","attributes":{%s}}},"events":{"data":[%s]}}}' "$1" "$2"
}

bulk() {
	printf '{"data":{"type":"event-bulk-create-job","attributes":{"events-bulk-create":{"data":[%s]}}}}' "$1"
}

ledger() {
	jq -c '[.effect, .email // .phone_number, .metric, .unique_id, .reason] | map(select(. != null))' "$LEDGER"
}

# shown EVENT METRIC TIMESTAMP DATETIME PROPERTIES: an event as it is answered.
shown() {
	local of sep=
	printf '{"type":"event","id":"EVENT","attributes":{"timestamp":%s,"event_properties":{%s},"datetime":"SECOND","uuid":"UUID"},"relationships":{' "$1" "$2"
	for of in profile:PROFILE "metric:$3"; do
		printf '%s"%s":{"links":{"self":"BASE/api/events/EVENT/relationships/%s/","related":"BASE/api/events/EVENT/%s/"},"data":{"type":"%s","id":"%s"}}' \
			"$sep" "${of%:*}" "${of%:*}" "${of%:*}" "${of%:*}" "${of#*:}"
		sep=,
	done
	printf ',"attributions":{"links":{"self":"BASE/api/events/EVENT/relationships/attributions/","related":"BASE/api/events/EVENT/attributions/"}}},"links":{"self":"BASE/api/events/EVENT/"}}'
}

@test "kl-sandbox: records an event, with its person and its metric" {
	printf '{"type":"metric","id":"ORDERS","attributes":{"name":"Placed Order"}}\n' >"$BATS_TEST_TMPDIR/seed"
	start_sandbox --visibility-delay 0 --seed "$BATS_TEST_TMPDIR/seed"
	run -0 api POST $EVENTS "$(alone '"email":"a@b.example","first_name":"Ada"' 'Placed Order' \
		'"time":"2024-05-06T07:08:09.9Z","value":9.90,"value_currency":"EUR","unique_id":"o-1"' '"n":1.50,"$value":7')"
	same '
202'
	wait_for event.record
	run -0 api GET $EVENTS
	same "{\"data\":[$(shown 1714979289 '"n":1.50,"$event_id":"o-1","$value":9.90,"$value_currency":"EUR"' ORDERS)],\"links\":{\"self\":\"BASE/api/events\",\"next\":null,\"prev\":null}}
200"
	one=$(first)
	run -0 api GET "$EVENTS/$one?fields[event]=timestamp"
	[[ $output = '{"data":{"type":"event","id":"EVENT","attributes":{"timestamp":1714979289},'* ]]
	run -0 api GET "$EVENTS/$one/relationships/metric"
	same '{"data":{"type":"metric","id":"ORDERS"},"links":{"self":"BASE/api/events/EVENT/relationships/metric"}}
200'
	run -0 api GET "$EVENTS/$one/profile?fields[profile]=email,first_name,last_event_date"
	[[ $output = '{"data":{"type":"profile","id":"PROFILE","attributes":{"email":"a@b.example","first_name":"Ada","last_event_date":"SECOND"},'* ]]
	run -0 api GET "$EVENTS/NOPE01"
	same "$(invalid "Invalid Event ID: 'NOPE01'" '"pointer":"/data/id"')"
	run -0 jq -c '[.op,.effect,.metric,.unique_id,.attributes.value]' "$LEDGER"
	same '["create_event","profile.create",null,null,null]
["create_event","event.record","Placed Order","o-1",9.9]'
}

@test "kl-sandbox --visibility-delay: events are recorded later than their answer" {
	start_sandbox --visibility-delay 1500
	api POST $EVENTS "$(alone '"email":"a@b.example"' Seen)" >/dev/null
	run -0 api GET $EVENTS
	[[ $output = '{"data":[],'* ]]
	run -0 api GET /api/metrics
	[[ $output = '{"data":[],'* ]]
	wait_for event.record
	run -0 api GET "$EVENTS?fields[event]=timestamp"
	[[ $output = '{"data":[{"type":"event",'* ]]
}

@test "kl-sandbox: the first event with a unique_id stays, of those without one a second's first" {
	start_sandbox --visibility-delay 0
	a='"email":"a@b.example"'
	t='"time":"2024-05-06T07:08:09Z"'
	for one in "\"unique_id\":\"1\",$t" '"unique_id":"1","time":"2024-01-01T00:00:00Z"' "$t" "$t" "${t/09Z/10Z}"; do
		api POST $EVENTS "$(alone "$a" Seen "$one")" >/dev/null
	done
	api POST $EVENTS "$(alone "$a" Bought '"unique_id":"1"')" >/dev/null
	api POST $EVENTS "$(alone '"email":"c@d.example"' Seen '"unique_id":"1"')" >/dev/null
	wait_for event.record 5
	run -0 ledger
	same '["profile.create","a@b.example"]
["event.record","a@b.example","Seen","1"]
["event.drop","a@b.example","Seen","1","duplicate"]
["event.record","a@b.example","Seen","1714979289"]
["event.drop","a@b.example","Seen","1714979289","duplicate"]
["event.record","a@b.example","Seen","1714979290"]
["event.record","a@b.example","Bought","1"]
["profile.create","c@d.example"]
["event.record","c@d.example","Seen","1"]'
}

@test "kl-sandbox: takes events of many people in one request" {
	start_sandbox --visibility-delay 0
	run -0 api POST $BULK "$(bulk "$(group '"email":"a@b.example"' "$(event Seen '"unique_id":"1"'),$(event Bought '"unique_id":"1","backfill":true')"),$(group '"phone_number":"+436601234567"' "$(event Seen '"unique_id":"1"')")")"
	same '
202'
	wait_for event.record 3
	run -0 ledger
	same '["profile.create","a@b.example"]
["event.record","a@b.example","Seen","1"]
["event.record","a@b.example","Bought","1"]
["profile.create","+436601234567"]
["event.record","+436601234567","Seen","1"]'
	run -0 bash -c "jq -c 'select(.metric==\"Bought\").attributes' '$LEDGER'"
	same '{"properties":{},"metric":{"data":{"type":"metric","attributes":{"name":"Bought"}}},"unique_id":"1","backfill":true}'
}

@test "kl-sandbox --reading events-duplicate: a unique_id twice in a request fails it, or is dropped" {
	twice=$(bulk "$(group '"email":"a@b.example"' "$(event Seen '"unique_id":"1"'),$(event Seen)"),$(group '"email":"A@b.example"' "$(event Bought '"unique_id":"1"'),$(event Seen '"unique_id":"1"')")")
	start_sandbox --visibility-delay 0
	run -0 api POST $BULK "$twice"
	same "$(invalid 'Duplicate unique_id found for the same profile and metric.' \
		"\"pointer\":\"$AT/1/attributes/events/data/1/attributes/unique_id\"")"
	[ ! -s "$LEDGER" ]
	stop_sandbox
	start_sandbox --visibility-delay 0 --reading events-duplicate=drop
	run -0 api POST $BULK "$twice"
	same '
202'
	wait_for event.drop
	run -0 bash -c "jq -c 'select(.effect | startswith(\"event\")) | [.effect,.metric,.reason]' '$LEDGER'"
	same '["event.record","Seen",null]
["event.record","Seen",null]
["event.record","Bought",null]
["event.drop","Seen","duplicate"]'
}

@test "kl-sandbox --reading test-domains: drops events of test addresses without a word" {
	for try in drop:event.drop keep:event.record; do
		start_sandbox --visibility-delay 0 --reading "test-domains=${try%:*}"
		for who in a@example.com b@Test.com c@my-test.com; do
			run -0 api POST $EVENTS "$(alone "\"email\":\"$who\"" Seen)"
			same '
202'
		done
		stop_sandbox
		run -0 bash -c "jq -r 'select(.effect | startswith(\"event\")) | .effect + \" \" + .email' '$LEDGER'"
		same "${try#*:} a@example.com
${try#*:} b@Test.com
event.record c@my-test.com"
	done
	run -0 grep -c '"effect":"profile.create"' "$LEDGER"
	same 3
}

@test "kl-sandbox: refuses events that are wrong, each with its place" {
	start_sandbox --limits 9
	long=$(head -c 128 /dev/zero | tr '\0' x)
	rows=$(event Seen '"time":"yesterday"'),$(event Seen '"time":"1999-12-31T23:59:59Z"')
	rows+=,$(event Seen '"time":"2099-01-01T00:00:00Z"'),$(event Seen '"value":"9"')
	rows+=,$(event Seen '"value_currency":"EURO"'),$(event Seen '"unique_id":""')
	rows+=,$(event "$long"),$(event Seen '"uniqueid":"1"'),$(event Seen)
	run -0 api POST $BULK "$(bulk "$(group '"email":"a@b.example"' "$rows"),$(group '"email":"no"' "$(event Seen)"),$(group '"first_name":"x"' "$(event Seen)")")"
	bad() {
		printf '{"id":"UUID","status":400,"code":"invalid","title":"Invalid input.","detail":"%s","source":{"pointer":"%s"},"links":{},"meta":{}}' "$2" "$AT/$1"
	}
	e=0/attributes/events/data
	same "{\"errors\":[$(bad $e/0/attributes/time "Invalid input for 'time': expected a datetime."),$(bad $e/1/attributes/time "'time' must be after the year 2000 and at most one year ahead."),$(bad $e/2/attributes/time "'time' must be after the year 2000 and at most one year ahead."),$(bad $e/3/attributes/value "Invalid input for 'value': expected a number."),$(bad $e/4/attributes/value_currency "Invalid input for 'value_currency': expected an ISO 4217 code."),$(bad $e/5/attributes/unique_id "Invalid input for 'unique_id': expected 1 to 255 characters."),$(bad $e/6/attributes/metric/data/attributes/name "Invalid input for 'name': expected 1 to 127 characters."),$(bad $e/7/attributes/uniqueid "'uniqueid' is not a valid field for the resource 'event'."),$(bad 1/attributes/profile/data/attributes/email 'Invalid email address'),$(bad 2/attributes/profile/data/attributes 'At least one identifier is required: email, phone_number, external_id, id or _kx.')]}
400"
	run -0 api POST $EVENTS "$(alone '"email":"no"' Seen)"
	same "$(invalid 'Invalid email address' '"pointer":"/data/attributes/profile/data/attributes/email"')"
	run -0 api POST $EVENTS "$(alone '"email":"a@b.example"' Seen '"time":7')"
	same "$(invalid "Invalid input for 'time': expected a string." '"pointer":"/data/attributes/time"')"
	run -0 api POST $BULK "$(bulk "$(group '"email":"a@b.example"' "$(yes "$(event Seen)" | head -1001 | paste -sd,)")" >"$BATS_TEST_TMPDIR/body"; echo "@$BATS_TEST_TMPDIR/body")"
	same "$(invalid "Invalid input for 'data': expected 1 to 1000 events." "\"pointer\":\"$AT\"")"
}

# In a request alone meta is among a profile's attributes, in bulk beside them.
@test "kl-sandbox: meta stands where the interface has it for either road" {
	start_sandbox --visibility-delay 0
	meta='"meta":{"patch_properties":{"append":{"tags":"x"}}}'
	api POST $EVENTS "$(alone "\"email\":\"a@b.example\",$meta" Seen)" >/dev/null
	wait_for event.record
	run -0 api GET "/api/profiles?fields[profile]=properties"
	[[ $output = *'"attributes":{"properties":{"tags":["x"]}}'* ]]
	run -0 api POST $BULK "$(bulk "$(group "\"email\":\"a@b.example\",$meta" "$(event Seen)")")"
	same "$(invalid "'meta' is not a valid field for the resource 'profile'." "\"pointer\":\"$AT/0/attributes/profile/data/attributes/meta\"")"
}

@test "kl-sandbox --reading events-limit: refuses events over the limits, or drops them" {
	start_sandbox --limits 9
	props=$(seq -s, -f '"p%g":1' 401)
	deep='"a":1'
	for _ in 1 2 3 4 5 6 7 8 9; do deep="\"a\":{$deep}"; done
	level10=$deep deep="\"a\":{$deep}"
	items="\"a\":[$(yes 1 | head -4001 | paste -sd,)]"
	# shellcheck disable=SC2034 # by its name
	text="\"a\":\"$(head -c 100001 /dev/zero | tr '\0' x)\""
	while IFS='|' read -r what detail; do
		alone '"email":"a@b.example"' Seen '' "${!what}" >"$BATS_TEST_TMPDIR/$what"
		run -0 api POST $EVENTS @"$BATS_TEST_TMPDIR/$what"
		same "$(invalid "$detail" '"pointer":"/data/attributes/properties"')"
	done <<-'EOF'
		props|An event has at most 400 properties.
		deep|The properties of an event cannot hold: more than 10 levels deep.
		items|The properties of an event cannot hold: a list of more than 4000 items.
		text|The properties of an event cannot hold: a string of more than 100 KB.
	EOF
	run -0 api POST $EVENTS "$(alone '"email":"a@b.example"' Seen '' '"a":9223372036854775808')"
	same "$(invalid 'The properties of an event cannot hold: an integer of more than 64 bits.' '"pointer":"/data/attributes/properties"')"
	for fits in '"a":-9223372036854775808' "$level10" "${items/1,/}" "${props#*,}"; do
		run -0 api POST $EVENTS "$(alone '"email":"a@b.example"' Seen '' "$fits")"
		same '
202'
	done
	big="\"email\":\"a@b.example\",\"properties\":{\"a\":\"$(head -c 95000 /dev/zero | tr '\0' x)\"}"
	alone "$big" Seen >"$BATS_TEST_TMPDIR/body"
	run -0 api POST $EVENTS @"$BATS_TEST_TMPDIR/body"
	same "$(invalid 'The profile of an event is limited to 95 KB.' '"pointer":"/data/attributes/profile/data"')"
	stop_sandbox
	start_sandbox --visibility-delay 0 --reading events-limit=drop
	run -0 api POST $EVENTS @"$BATS_TEST_TMPDIR/props"
	same '
202'
	wait_for event.drop
	api POST $EVENTS @"$BATS_TEST_TMPDIR/body" >/dev/null
	wait_for event.drop 2
	run -0 jq -c '[.effect, .email, .reason]' "$LEDGER"
	same '["profile.create","a@b.example",null]
["event.drop","a@b.example","limit"]
["event.drop","a@b.example","limit"]'
}

@test "kl-sandbox --reading events-since=1990: takes events of before 2000" {
	start_sandbox --visibility-delay 0 --reading events-since=1990
	run -0 api POST $EVENTS "$(alone '"email":"a@b.example"' Seen '"time":"1990-01-01T00:00:00Z"')"
	same '
202'
	run -0 api POST $EVENTS "$(alone '"email":"a@b.example"' Seen '"time":"1989-12-31T23:59:59Z"')"
	same "$(invalid "'time' must be after the year 1990 and at most one year ahead." '"pointer":"/data/attributes/time"')"
}

@test "kl-sandbox --reading events-identity: an event joins two people, or does not" {
	for try in merge ignore; do
		start_sandbox --visibility-delay 0 --reading events-identity=$try --limits 9
		api POST /api/profiles "{\"data\":$(person '"phone_number":"+436601234567","last_name":"L"')}" >/dev/null
		two=$(id)
		api POST /api/profiles "{\"data\":$(person '"email":"a@b.example"')}" >/dev/null
		one=$(id)
		api POST $EVENTS "$(alone '"phone_number":"+436601234567"' Seen '"unique_id":"1"')" >/dev/null
		api POST $EVENTS "$(alone '"email":"a@b.example","phone_number":"+436601234567"' Seen '"unique_id":"2"')" >/dev/null
		wait_for event.record 2
		run -0 api GET "/api/profiles/$two?fields[profile]=email,phone_number,last_name"
		if [ $try = merge ]; then
			[[ $output = *'"attributes":{"email":"a@b.example","phone_number":"+436601234567","last_name":"L"}'* ]]
			[ "$(id)" = "$one" ]
			run -0 bash -c "jq -c 'select(.effect==\"profile.merge\") | [.profile == \"$two\", .attributes.into == \"$one\"]' '$LEDGER'"
			same '[true,true]'
			run -0 api GET "$EVENTS?filter=equals(profile_id,'$two')&fields[event]=timestamp"
			[ "$(grep -o '"type":"event"' <<<"$output" | wc -l)" = 2 ]
		else
			[[ $output = *'"attributes":{"email":null,"phone_number":"+436601234567","last_name":"L"}'* ]]
		fi
		stop_sandbox
	done
}

@test "kl-sandbox: the same event of two people is one when they are" {
	cat >"$BATS_TEST_TMPDIR/seed" <<-'EOF'
		{"type":"profile","attributes":{"email":"a@b.example"}}
		{"type":"profile","attributes":{"phone_number":"+436601234567"}}
		{"type":"event","profile":"a@b.example","metric":"Seen","attributes":{"properties":{},"unique_id":"1"}}
	EOF
	start_sandbox --visibility-delay 0 --seed "$BATS_TEST_TMPDIR/seed"
	for n in 1 2; do
		api POST $EVENTS "$(alone '"phone_number":"+436601234567"' Seen "\"unique_id\":\"$n\"")" >/dev/null
	done
	api POST $EVENTS "$(alone '"email":"a@b.example","phone_number":"+436601234567"' Seen '"unique_id":"2"')" >/dev/null
	wait_for event.drop
	run -0 api GET "$EVENTS?fields[event]=event_properties"
	[ "$(grep -o '"$event_id":"[0-9]"' <<<"$output" | sort | paste -sd' ')" = '"$event_id":"1" "$event_id":"2"' ]
}

seed() {
	cat >"$BATS_TEST_TMPDIR/seed" <<-'EOF'
		{"type":"metric","id":"ORDERS","attributes":{"name":"Placed Order"}}
		{"type":"metric","id":"VISITS","attributes":{"name":"Active on Site","service":"web"}}
		{"type":"profile","attributes":{"email":"a@b.example"}}
		{"type":"profile","attributes":{"email":"c@d.example"}}
		{"type":"event","profile":"a@b.example","metric":"Placed Order","attributes":{"properties":{"n":3},"time":"2024-03-01T00:00:00Z","value":1}}
		{"type":"event","profile":"c@d.example","metric":"Placed Order","attributes":{"properties":{"n":1},"time":"2024-01-01T00:00:00Z"}}
		{"type":"event","profile":"a@b.example","metric":"Active on Site","service":"web","attributes":{"properties":{"n":2},"time":"2024-02-01T00:00:00Z","unique_id":"x"}}
	EOF
	start_sandbox --visibility-delay 0 --seed "$BATS_TEST_TMPDIR/seed" "$@"
}

# numbers: the events of the last answer, in its order.
numbers() {
	head -1 "$BATS_TEST_TMPDIR/raw" | jq -r '[.data[].attributes.event_properties.n] | map(tostring) | join(" ")'
}

@test "kl-sandbox: sorts, filters and pages events" {
	seed --limits 9
	c=$(api GET '/api/profiles?filter=equals(email,"c@d.example")' >/dev/null && first)
	for try in ':3 2 1' 'sort=datetime:1 2 3' 'sort=-timestamp:3 2 1' \
		'filter=equals(metric_id,"ORDERS"):3 1' "filter=equals(metric_id,['VISITS']):2" \
		"filter=equals(profile_id,'$c'):1" "filter=equals(profile_id,'01ARZ3NDEKTSV4RRFFQ69G5FAV'):" \
		'sort=datetime&filter=greater-than(datetime,2024-01-01T00:00:00Z):2 3' \
		'filter=greater-or-equal(timestamp,1704067200),less-than(timestamp,1709251200):2 1' \
		'filter=less-or-equal(datetime,2024-02-01T00%3A00%3A00%2B00%3A00),has(metric),has(profile):2 1'; do
		run -0 api GET "$EVENTS?${try%:*}"
		[ "${lines[1]}" = 200 ]
		[ "$try $(numbers)" = "$try ${try##*:}" ]
	done
	run -0 api GET "$EVENTS?filter=equals(metric_id,'NOPE01')"
	same "$(invalid "Metric IDs ['NOPE01'] do not exist." '"parameter":"filter"')"
	run -0 api GET "$EVENTS?page[size]=1001"
	same "$(invalid 'Page size must be an integer between 1 and 1000.' '"parameter":"page[size]"')"
	run -0 api GET "$EVENTS?filter=any(metric_id,['ORDERS'])"
	same "$(invalid "'any' is not an allowed filter operator for metric_id.  Allowed operators are equals" '"parameter":"filter"')"
	# There and back; what came meanwhile is not on a page that is behind.
	api GET "$EVENTS?page[size]=1" >/dev/null
	c=$(cursor)
	api POST $EVENTS "$(alone '"email":"a@b.example"' 'Placed Order' '"time":"2024-04-01T00:00:00Z"' '"n":4')" >/dev/null
	wait_for event.record
	api GET "$EVENTS?page[size]=1&page[cursor]=$c" >/dev/null
	[ "$(numbers)" = 2 ]
	p=$(sed -nE 's/.*"prev":"[^"]*cursor%5D=([A-Za-z0-9_-]+)".*/\1/p' "$BATS_TEST_TMPDIR/raw")
	api GET "$EVENTS?page[size]=1&page[cursor]=$p" >/dev/null
	[ "$(numbers)" = 3 ]
	run -0 api GET "$EVENTS?page[size]=2&page[cursor]=$p"
	[ "$(numbers)" = '4 3' ]
	[[ $output = *'"prev":null}}'* ]]
}

@test "kl-sandbox: includes people and metrics beside events, once each" {
	seed
	run -0 api GET "$EVENTS?include=profile,metric&fields[profile]=email&fields[metric]=name&fields[event]=timestamp"
	run -0 jq -c '.included[] | [.type, .attributes]' <(head -1 "$BATS_TEST_TMPDIR/raw")
	same '["metric",{"name":"Placed Order"}]
["metric",{"name":"Active on Site"}]
["profile",{"email":"a@b.example"}]
["profile",{"email":"c@d.example"}]'
	run -0 api GET "$EVENTS?include=profile&fields[profile]=subscriptions"
	same "$(invalid "'subscriptions' is not a valid field for the resource 'profile'." '"parameter":"fields[profile]"')"
	stop_sandbox
	seed --key pk_e:events:read
	export KLAVIYO_API_KEY=pk_e
	run -0 api GET $EVENTS
	[ "${lines[1]}" = 200 ]
	run -0 api GET "$EVENTS?include=profile,metric"
	same "$(problem 403 permission_denied 'You do not have permission to perform this action.' \
		'Your API key is missing required scopes: profiles:read, metrics:read' '"pointer":"/data/"' '')"
}

@test "kl-sandbox: lists metrics, whose number of a page cannot be asked for" {
	seed
	metric() {
		printf '{"type":"metric","id":"%s","attributes":{"name":"%s","created":"SECOND","updated":"SECOND","integration":{"object":"integration","id":"SNDAPI","key":"%s","name":"%s","category":"API"}},"relationships":{"flow-triggers":{"links":{"self":"BASE/api/metrics/%s/relationships/flow-triggers/","related":"BASE/api/metrics/%s/flow-triggers/"}}},"links":{"self":"BASE/api/metrics/%s/"}}' \
			"$1" "$2" "$3" "$4" "$1" "$1" "$1"
	}
	run -0 api GET /api/metrics
	same "{\"data\":[$(metric ORDERS 'Placed Order' api API),$(metric VISITS 'Active on Site' web web)],\"links\":{\"self\":\"BASE/api/metrics\",\"next\":null,\"prev\":null}}
200"
	run -0 api GET "/api/metrics?filter=equals(integration.name,'web')&fields[metric]=name"
	[[ $output = '{"data":[{"type":"metric","id":"VISITS","attributes":{"name":"Active on Site"},'* ]]
	run -0 api GET /api/metrics/ORDERS
	same "{\"data\":$(metric ORDERS 'Placed Order' api API),\"links\":{\"self\":\"BASE/api/metrics/ORDERS\"}}
200"
	run -0 api GET '/api/metrics?page[size]=3'
	same "$(invalid "'page_size' is not a valid field for the resource 'metric'." '"parameter":"page[size]"')"
	run -0 api GET /api/metrics/NOPE01
	same "$(problem 404 not_found 'Not found.' 'A metric with id NOPE01 does not exist.' '"pointer":"/data/"' '')"
}

@test "kl-sandbox --generate: events made up are like those that came" {
	local event
	cd "$BATS_TEST_TMPDIR"
	start_sandbox --generate members=3,events=5 --limits off \
		--state state --visibility-delay 0
	kl-pull events -q --ordered >before
	event=$(sed -n 3p before)
	[ "$(jq -r '.event_properties."$event_id"' <<<"$event")" = gen-3 ]
	# The same once more is dropped; of another person it is another.
	local body='{"data":{"type":"event","attributes":{"properties":{},
		"unique_id":"gen-3","metric":{"data":{"type":"metric",
		"attributes":{"name":$metric}}},"profile":{"data":{"type":
		"profile","attributes":{"email":$email}}}}}}'
	jq -nc --arg metric "$(jq -r .metric.name <<<"$event")" \
		--arg email "$(jq -r .profile.email <<<"$event")" "$body" >one
	jq -nc --arg metric "$(jq -r .metric.name <<<"$event")" \
		--arg email other@mail.example "$body" >two
	api POST /api/events "$(cat one)"
	wait_for event.drop
	api POST /api/events "$(cat two)"
	wait_for event.record
	run -0 kl-pull events -q
	[ "$(wc -l <<<"$output")" -eq 6 ]
	stop_sandbox
	start_sandbox --limits off --state state
	kl-pull events -q --ordered | grep -vF other@mail.example >after
	diff <(jq -c '.profile |= .email | .metric |= .name' before) \
		<(jq -c '.profile |= .email | .metric |= .name' after)
}

@test "kl-sandbox --generate: makes events, spread over days" {
	start_sandbox --generate members=20,days=30,late=50,events=1000
	for hour in '-1 hour' '-31 days'; do
		run -0 api GET "$EVENTS?page[size]=1000&fields[event]=timestamp&filter=greater-than(datetime,$(date -u -d "$hour" +%Y-%m-%dT%H:%M:%SZ))"
		jq '.data | length' <(head -1 "$BATS_TEST_TMPDIR/raw") >>"$BATS_TEST_TMPDIR/n"
	done
	read -r late all < <(paste -sd' ' "$BATS_TEST_TMPDIR/n")
	[ "$late" -ge 490 ] && [ "$late" -le 510 ]
	[ "$all" = 1000 ]
}

@test "kl-sandbox: --state takes events, metrics and consent up from the run before" {
	state=$BATS_TEST_TMPDIR/state.ndjson
	seed --state "$state"
	look() {
		for path in "$EVENTS?include=profile,metric" /api/metrics \
			'/api/profiles?sort=updated&additional-fields[profile]=subscriptions'; do
			api GET "$path" >/dev/null
			sed "s#$KL_BASE_URL##g" "$BATS_TEST_TMPDIR/raw"
		done
	}
	api POST $EVENTS "$(alone '"email":"a@b.example","anonymous_id":"q"' 'Placed Order' '"unique_id":"last"')" >/dev/null
	api POST /api/profile-subscription-bulk-delete-jobs '{"data":{"type":"profile-subscription-bulk-delete-job","attributes":{"profiles":{"data":[{"type":"profile","attributes":{"email":"c@d.example","subscriptions":{"email":{"marketing":{"consent":"UNSUBSCRIBED"}}}}}]}}}}' >/dev/null
	wait_for consent.unsubscribe
	look >"$BATS_TEST_TMPDIR/before"
	stop_sandbox
	cp "$state" "$BATS_TEST_TMPDIR/first"
	start_sandbox --state "$state" --visibility-delay 0
	look >"$BATS_TEST_TMPDIR/after"
	run -0 diff "$BATS_TEST_TMPDIR/before" "$BATS_TEST_TMPDIR/after"
	# What was recorded then is a duplicate now.
	api POST $EVENTS "$(alone '"email":"a@b.example"' 'Placed Order' '"unique_id":"last"')" >/dev/null
	wait_for event.drop
	stop_sandbox
	run -0 diff <(grep -v '"times"' "$state") <(grep -v '"times"' "$BATS_TEST_TMPDIR/first")
}
