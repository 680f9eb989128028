#!/usr/bin/env bats

setup() {
	load helper
	load push
	cd "$BATS_TEST_TMPDIR" || return
}

teardown() {
	stop_sandbox
}

# service [OPTION]...: a quick one, without rate limits.
service() {
	start_sandbox --limits off --visibility-delay 20 \
		--log "$BATS_TEST_TMPDIR/log" "$@"
}

# event [MEMBERS] [EMAIL]: an event record.
event() {
	printf '{"metric":"Viewed","profile":{"email":"%s"}%s}\n' \
		"${2:-ada@shop.example}" "${1:+,$1}"
}

# events FROM TO: that many, of half as many people.
events() {
	awk -v a="$1" -v z="$2" 'BEGIN { for (i = a; i <= z; i++)
		printf "{\"metric\":\"Viewed\",\"profile\":{\"email\":\"p%d@shop.example\"},\"properties\":{\"n\":%d},\"time\":%d}\n",
		    i / 2, i, 1763600000 + i }'
}

# recorded [FILTER]: what the ledger has of events, once all is visible.
recorded() {
	stop_sandbox
	jq -c "select(.effect == \"event.record\") | ${1:-.attributes}" "$LEDGER"
}

# drops: how many events the service has dropped, once all is visible.
drops() {
	stop_sandbox
	grep -c '"effect":"event.drop"' "$LEDGER" || true
}

# requests OPERATION: how many there were.
requests() {
	grep -c "\"op\":\"$1\"" "$BATS_TEST_TMPDIR/log" || true
}

now() {
	date -u +%Y-%m-%dT%H:%M:%SZ
}

@test "kl-track: the example of its manual" {
	run -0 --separate-stderr kl-track -nq --metric 'Placed Order' \
		--id-field No --value-field Total --map Mail=profile.email \
		<<<'{"No":7,"Mail":"ada@shop.example","Total":9.50}'
	same '{"dry_run":1,"seq":1,"method":"POST","path":"/api/events","from":1,"to":1,"records":1,"events":1,"bytes":238}'
	said ''
}

@test "kl-track: records every event, with a receipt a batch that says accepted" {
	service
	events 1 250 >in
	run -0 --separate-stderr kl-track --backfill --chunk-size 100 <in
	said 'kl-track: read 250 = 250 accepted; wrote 3'
	printf '%s\n' "$output" >out
	[ "$(counts out)" = '1 1 100 100 0 0 0 accepted
2 101 200 100 0 0 0 accepted
3 201 250 50 0 0 0 accepted' ]
	[ "$(jq -r '"\(.action) \(.account) \(.list) \(.http) \(.job) \(.attempts)"' out | uniq)" = 'track SNDBX1 null 202 null 1' ]
	[ "$(requests bulk_create_events)" -eq 3 ]
	diff <(recorded '"\(.email) \(.attributes.properties.n)"' | sort) \
		<(seq 250 | awk '{ printf "\"p%d@shop.example %d\"\n", $1 / 2, $1 }' | sort)
}

@test "kl-track: sends the bytes of a record, its time in whole seconds" {
	service
	event '"properties":{"b":1.50,"big":12345678901234567,"a":"\u00e9"},"time":"2026-11-20T10:00:00.987+01:00","value":9.90,"value_currency":"EUR","unique_id":"7"' >in
	run -0 --separate-stderr kl-track <in
	said 'kl-track: read 1 = 1 accepted; wrote 1'
	recorded >ledger
	grep -qF '"unique_id":"7","time":"2026-11-20T09:00:00+00:00","properties":{"b":1.50,"big":12345678901234567,"a":"\u00e9"},"value":9.90,"value_currency":"EUR"' "$LEDGER"
}

@test "kl-track: takes times as seconds and milliseconds since 1970 too" {
	service
	{
		event '"time":1795140000,"properties":{"n":1}'
		event '"time":1795140000123,"properties":{"n":2}'
		event '"time":"1795140000.9","properties":{"n":3}'
	} >in
	run -0 --separate-stderr kl-track -q <in
	[ "$(recorded .attributes.time | uniq -c | sed 's/^ *//')" = '3 "2026-11-20T02:00:00+00:00"' ]
}

@test "kl-track: the same input again and again is the same events" {
	service
	events 1 30 >in
	event '"unique_id":"x"' >>in
	for _ in 1 2 3; do
		run -0 --separate-stderr kl-track -q --backfill <in
	done
	sort -R in | kl-track -q --backfill >/dev/null
	[ "$(recorded | wc -l)" -eq 31 ]
	[ "$(drops)" -eq 93 ]
}

@test "kl-track: an id is made of what the event says, however it is written" {
	service
	{
		event '"time":"2026-11-20T10:00:00.5Z","properties":{"b":{"y":1,"x":2},"a":"\u0041"},"value":1'
		event '"properties":{"a":"A","b":{"x":2,"y":1}},"value":1,"time":1795168800' ADA@shop.example
		event '"time":"2026-11-20T11:00:00+01:00","properties":{"b":{"y":1,"x":2},"a":"A"},"value":1.0'
	} >in
	run -0 --separate-stderr kl-track --collapse-equal <in
	said 'kl-track: 1 event repeats the unique_id of an earlier one of the same person and metric in the batch: left out
kl-track: read 3 = 3 accepted; wrote 1'
	[ "$(stop_sandbox && grep event.record "$LEDGER" | grep -o '"value":1[.0]*' | tr '\n' ' ')" = '"value":1 "value":1.0 ' ]
	# the digest is a promise: it must not change
	[ "$(jq -r 'select(.effect == "event.record" and .attributes.value == 1).unique_id' "$LEDGER" | head -1)" = "$(
		printf 'eada@shop.example\000Viewed\0001795168800\0001\000\000{"a":"A","b":{"x":2,"y":1}}' |
			openssl sha256 -binary | head -c 16 | base64 |
			tr '+/' '-_' | tr -d '=' | sed 's/^/kl1-/'
	)" ]
}

@test "kl-track: equal events stay as many as they are, --collapse-equal makes them one" {
	service
	for _ in 1 2 3; do event '"time":"2026-11-20T10:00:00Z"'; done >in
	run -0 --separate-stderr kl-track --chunk-size 2 <in
	said 'kl-track: 2 events are equal to an earlier one and were sent as others; --collapse-equal makes them one
kl-track: read 3 = 3 accepted; wrote 2'
	run -0 --separate-stderr kl-track -q <in
	run -0 --separate-stderr kl-track -q --collapse-equal <in
	[ "$(recorded .unique_id | sed -E 's/kl1-.{22}//' | tr '\n' ' ')" = '"" "-1" "-2" ' ]
	[ "$(drops)" -eq 4 ]
}

@test "kl-track: repeats of an id within a batch are left out, the first stands for all" {
	for reading in fail drop; do
		service --reading events-duplicate=$reading
		{
			event '"unique_id":"1","value":1'
			event '"unique_id":"1","value":2' ADA@shop.example
			event '"unique_id":"1"' bo@shop.example
			echo '{"metric":"Clicked","profile":{"email":"ada@shop.example"},"unique_id":"1"}'
			echo '{"metric":"View\u0065d","profile":{"external_id":"9","email":"ada@shop.example"},"unique_id":"2"}'
			echo '{"metric":"Viewed","profile":{"external_id":"9"},"unique_id":"1","value":3}'
		} >in
		run -0 --separate-stderr kl-track --receipt-records <in
		said 'kl-track: 2 events repeat the unique_id of an earlier one of the same person and metric in the batch: left out
kl-track: read 6 = 6 accepted; wrote 1'
		[ "$(jq -c '.records | map(.[2]) | unique' <<<"$output")" = '["accepted"]' ]
		[ "$(recorded '[.metric, .unique_id, .attributes.value]' | sort)" = '["Clicked","1",null]
["Viewed","1",1]
["Viewed","1",null]
["Viewed","2",null]' ]
		[ "$(drops)" -eq 0 ]
	done
}

@test "kl-track: what is said last of a person is what stays" {
	service
	for name in A B A; do
		printf '{"metric":"V","profile":{"email":"a@shop.example","first_name":"%s"},"unique_id":"%s"}\n' $name $((++i))
	done >in
	run -0 --separate-stderr kl-track -q <in
	stop_sandbox
	[ "$(jq -r 'select(.effect | startswith("profile.")) | .attributes.first_name' "$LEDGER" | tail -1)" = A ]
}

@test "kl-track: events that are wrong are set aside with line, path and reason" {
	service
	{
		event '"unique_id":"1"'
		event
		event '"time":"yesterday"'
		event '"time":"1999-12-31T23:59:59Z"'
		event '"unique_id":"2","value":"9.90"'
		event '"unique_id":"3","value_currency":"EURO"'
		event '"unique_id":"4"' ada@example.com
		event '"unique_id":"5","properties":{"a":{"b":[[[[[[[[[1]]]]]]]]]}}'
		event "\"unique_id\":\"6\",\"properties\":{\"list\":[$(seq -s , 4001)]}"
		echo '{"metric":"V","profile":{"first_name":"x"},"unique_id":"7"}'
		echo '{"metric":"V","unique_id":"8"}'
		echo '{"profile":{"email":"a@shop.example"},"unique_id":"9"}'
		event '"unique_id":"10","email":"x"'
		echo '{"metric":'
		event '"unique_id":"11"'
	} >in
	run -1 --separate-stderr kl-track -r bad <in
	[ "$(reasons bad)" = '2 time time_missing
3 time time_invalid
4 time time_range
5 value type_wrong
6 value_currency currency_invalid
7 profile.email domain_dropped
8 properties.a.b.0.0.0.0.0.0.0.0 nesting_too_deep
9 properties.list array_too_long
10 profile identifier_missing
11 profile member_missing
12 metric member_missing
13 email member_unknown
14 - json_syntax' ]
	[ "${stderr_lines[-1]}" = 'kl-track: read 15 = 2 accepted + 13 rejected; wrote 1' ]
	# mended, they are fed back as they are
	sed -i 's/"email":"x"/"backfill":true/' bad
	tail -n +12 bad | head -1 >one
	run -0 --separate-stderr kl-track -q <one
	[ "$(recorded .unique_id | sort)" = '"1"
"10"
"11"' ]
}

@test "kl-track: without --rejects the first that is wrong ends the run" {
	service
	{
		event '"unique_id":"1"'
		event
		event '"unique_id":"2"'
	} >in
	run -65 --separate-stderr kl-track <in
	[ "${stderr_lines[0]}" = 'kl-track: line 2: the event has neither time nor unique_id: sent twice, it would count twice; add time or unique_id; --time-field and --id-field take them from other fields, and --time-now takes the present' ]
	[ "$(recorded .unique_id)" = '"1"' ]
}

@test "kl-track: --allow-test-domains sends what the service drops" {
	service
	event '"unique_id":"1"' ada@example.com >in
	run -0 --separate-stderr kl-track --allow-test-domains <in
	[ "$(drops)" -eq 1 ]
}

@test "kl-track: --allow-utf8 lets names outside ASCII pass" {
	service
	event '"unique_id":"1"' wójcik@shop.example >in
	run -65 --separate-stderr kl-track <in
	[[ ${stderr_lines[0]} = *'--allow-utf8 passes it' ]]
	run -0 --separate-stderr kl-track --allow-utf8 <in
	[ "$(recorded .email)" = '"wójcik@shop.example"' ]
}

@test "kl-track: --time-now gives the present, and says that it counts again" {
	service
	event >in
	run -0 --separate-stderr kl-track --time-now <in
	said 'kl-track: 1 event was given the present time: what is sent again counts again
kl-track: read 1 = 1 accepted; wrote 1'
	at=$(recorded .attributes.time)
	[ $(($(date +%s) - $(date -d "${at//\"/}" +%s))) -lt 60 ]
	run -64 --separate-stderr kl-track --time-now --journal j <in
	[ "${stderr_lines[0]}" = 'kl-track: with --time-now an event is another each time it is read: it has no --journal' ]
}

@test "kl-track: warns of old events, --backfill records them as history" {
	service
	{
		event '"time":"2024-01-01T00:00:00Z"'
		event '"time":"2024-01-02T00:00:00Z","backfill":false'
		event "\"time\":\"$(now)\""
	} >in
	run -0 --separate-stderr kl-track <in
	said 'kl-track: there are events older than a week, which may start flows all the same; --backfill records them without
kl-track: 1 event is older than a week and was not sent as history
kl-track: read 3 = 3 accepted; wrote 1'
	[ "$(recorded '.attributes | has("backfill")' | tr '\n' ' ')" = 'false true false ' ]
	service
	run -0 --separate-stderr kl-track --backfill <in
	said 'kl-track: read 3 = 3 accepted; wrote 1'
	[ "$(recorded '.attributes.backfill' | tr '\n' ' ')" = 'true false true ' ]
}

@test "kl-track: makes events of rows, by --map and the fields of an event" {
	service
	cat >in <<-'EOF'
		{"No":1,"Mail":" Ada@Shop.example","Date":"20.11.2026 10:00","Total":"9.50","Item":"Socks"}
		{"No":2,"Mail":"bo@shop.example","Date":"20.11.2026 11:00","Total":"","Item":"Shirt"}
	EOF
	run -0 --separate-stderr kl-track --metric 'Placed Order' --id-field No \
		--time-field Date --time-format '%d.%m.%Y %H:%M@+01:00' \
		--value-field Total --map 'Mail=profile.email:trim|lower' \
		--map Item=Item <in
	said 'kl-track: read 2 = 2 accepted; wrote 1'
	[ "$(recorded '[.email, .metric, .unique_id, .attributes.time, .attributes.value, .attributes.properties.Item]')" = '["ada@shop.example","Placed Order","1","2026-11-20T09:00:00+00:00",9.5,"Socks"]
["bo@shop.example","Placed Order","2","2026-11-20T10:00:00+00:00",null,"Shirt"]' ]
}

@test "kl-track -c: the configuration has the fields, an event passes as it is" {
	service
	cat >c.json <<-'EOF'
		{ "metric": "Placed Order", "id_field": "No", "chunk_size": 1,
		  "mapped_fields": [
		    { "origin_field": "Mail", "destination_field": "profile.email", "convert_function": "lower" } ] }
	EOF
	{
		echo '{"No":1,"Mail":"ADA@shop.example"}'
		event '"unique_id":"2"'
		echo '{"profile":{"email":"a@shop.example"},"No":3}'
	} >in
	run -0 --separate-stderr kl-track -c c.json --drop-unknown <in
	said 'kl-track: 1 unknown member was left out
kl-track: read 3 = 3 accepted; wrote 3'
	[ "$(recorded '[.email, .metric, .unique_id]' | sort)" = '["a@shop.example","Placed Order","3"]
["ada@shop.example","Placed Order","1"]
["ada@shop.example","Viewed","2"]' ]
}

@test "kl-track: an event takes what it lacks from the fields that are named" {
	service
	{
		event '"properties":{"id":7,"at":1795168800,"sum":"12.30"},"time":null'
		event '"properties":{"id":"8"},"unique_id":"own","time":1795168801,"value":1'
	} >in
	run -0 --separate-stderr kl-track --id-field properties.id \
		--time-field properties.at --value-field properties.sum <in
	[ "$(recorded '[.unique_id, .attributes.time, .attributes.value, .attributes.properties.id]')" = '["7","2026-11-20T10:00:00+00:00",12.3,7]
["own","2026-11-20T10:00:01+00:00",1,"8"]' ]
	event '"time":"20.11.26"' >in
	run -0 kl-track -nq --time-format %d.%m.%y <in
	run -65 --separate-stderr kl-track -nq --time-format %Y-%m-%d <in
	[[ ${stderr_lines[0]} = 'kl-track: line 1: '* ]]
	echo "${stderr_lines[0]}"
}

@test "kl-track: takes chunks as requests, and merges none" {
	service
	events 1 25 | kl-chunk -q --chunk-size 10 >in
	run -0 --separate-stderr kl-track -q --chunk-size 3 <in
	printf '%s\n' "$output" >out
	[ "$(counts out)" = '1 1 10 10 0 0 0 accepted
2 11 20 10 0 0 0 accepted
3 21 25 5 0 0 0 accepted' ]
	[ "$(recorded | wc -l)" -eq 25 ]
}

@test "kl-track: an event that the service refuses is set aside, the rest is sent again" {
	service
	{
		event '"unique_id":"1"'
		# a currency of the past, which the sandbox does not know
		event '"unique_id":"2","value":1,"value_currency":"LTL"' bo@shop.example
		event '"unique_id":"3"'
		event '"unique_id":"4"' bo@shop.example
		event '"unique_id":"5","value":1,"value_currency":"LTL"'
	} >in
	run -1 --separate-stderr kl-track -r bad <in
	[ "$(jq -r '._kl_reject | "\(.line) \(.field) \(.http) \(.pointer)"' bad)" = '2 value_currency 400 /data/attributes/events-bulk-create/data/1/attributes/events/data/0/attributes/value_currency
5 value_currency 400 /data/attributes/events-bulk-create/data/0/attributes/events/data/2/attributes/value_currency' ]
	[ "$(recorded .unique_id | tr '\n' ' ')" = '"1" "3" "4" ' ]
	[ "$(requests bulk_create_events)" -eq 2 ]
}

@test "kl-track: one event alone is no job, with its meta where that has it" {
	service
	echo '{"metric":"V","profile":{"email":"a@shop.example","properties":{"n":1},"meta":{"patch_properties":{"unset":"old"}}},"unique_id":"1"}' >in
	run -0 --separate-stderr kl-track <in
	[ "$(requests bulk_create_events)" -eq 0 ]
	[ "$(requests create_event)" -eq 1 ]
	cat in in | sed '2s/"1"/"2"/' >two
	run -0 --separate-stderr kl-track <two
	[ "$(requests bulk_create_events)" -eq 1 ]
	event '"unique_id":"3","value":1,"value_currency":"LTL"' >in
	run -1 --separate-stderr kl-track -r bad <in
	[ "$(reasons bad)" = '1 value_currency klaviyo_invalid' ]
	[ "$(recorded .unique_id | sort | tr '\n' ' ')" = '"1" "2" ' ]
}

@test "kl-track --match id: who has the id of no profile is set aside" {
	service
	gone=01ARZ3NDEKTSV4RRFFQ69G5FA
	{
		event '"unique_id":"1"'
		for i in V W X; do
			echo "{\"metric\":\"M\",\"profile\":{\"id\":\"$gone$i\"},\"unique_id\":\"2\"}"
		done
		event '"unique_id":"3"'
	} >in
	run -1 --separate-stderr kl-track --match id -r bad <in
	said 'kl-track: 3 set aside in bad: 3 profile_unknown
kl-track: read 5 = 2 accepted + 3 rejected; wrote 1'
	sed -n 2p in >one
	run -1 --separate-stderr kl-track --match id -r bad <one
	[ "$(jq -c '[._kl_reject | .line, .message, .http]' bad | tail -1)" = \
		'[1,"klaviyo has no profile with the id of the record",404]' ]
	[ "$(recorded | wc -l)" -eq 2 ]
}

@test "kl-track --match id: profiles are matched by their id" {
	service
	event '"unique_id":"1"' | kl-track -q >/dev/null
	for _ in $(seq 100); do
		id=$(get '/api/profiles' | jq -r '.data[0].id')
		[ "$id" = null ] || break
		sleep 0.02
	done
	echo "{\"metric\":\"V\",\"profile\":{\"id\":\"$id\"},\"unique_id\":\"2\"}" >in
	run -65 --separate-stderr kl-track <in
	run -0 --separate-stderr kl-track --match id <in
	[ "$(recorded .profile | uniq | wc -l)" -eq 1 ]
}

@test "kl-track: lost answers count nothing twice, in either reading" {
	events 1 200 >in
	for reading in fail drop; do
		service --reading events-duplicate=$reading \
			--fault lost-reply:bulk_create_events:every=3
		run -0 --separate-stderr kl-track -q --chunk-size 20 <in
		[ "$(recorded .unique_id | sort -u | wc -l)" -eq 200 ]
		[ "$(grep -c event.record "$LEDGER")" -eq 200 ]
		[ "$(drops)" -ge 20 ]
	done
}

@test "kl-track --journal: the same command goes on, and sends nothing twice" {
	service --latency 100
	events 1 300 >in
	kl-track -q --journal j --chunk-size 10 <in >/dev/null 3>&- &
	pid=$!
	for _ in $(seq 200); do
		[ "$(requests bulk_create_events)" -ge 8 ] && break
		sleep 0.02
	done
	kill -KILL $pid
	wait $pid || true
	run -0 --separate-stderr kl-track --journal j --chunk-size 7 <in
	[[ ${stderr_lines[0]} = 'kl-track: going on with the run that began '* ]]
	printf '%s\n' "$output" >out
	[ "$(jq -s 'map(.counts.accepted) | add' out)" -eq 300 ]
	[ "$(jq -c 'select(.resumed) | .counts.accepted > 0' out | sort -u)" = true ]
	n=$(requests bulk_create_events)
	run -0 --separate-stderr kl-track --journal j <in
	[[ ${stderr_lines[0]} = 'kl-track: already done on '*'; --fresh sends again' ]]
	[ "${stderr_lines[1]}" = 'kl-track: read 300 = 0 accepted + 300 unchanged; wrote 1' ]
	[ "$(jq -c '[.from, .to, .resumed, .attempts]' <<<"$output")" = '[1,300,true,0]' ]
	[ "$(requests bulk_create_events)" -eq "$n" ]
	[ "$(recorded | wc -l)" -eq 300 ]
	[ "$(drops)" -le 40 ]
}

@test "kl-track --journal: says what it has forgotten of a run that goes on" {
	service
	events 1 60 >in
	kl-track -q --journal j --chunk-size 20 --in-flight 1 <in >/dev/null
	# as if it had been killed a hundred days later
	sqlite3 j 'UPDATE taken SET at=at-8640000000 WHERE n=1;
		UPDATE run SET finished=0; DELETE FROM taken WHERE n=3'
	run -0 --separate-stderr kl-track --journal j --chunk-size 20 <in
	[[ ${stderr_lines[0]} = *': 20 of its events are sent' ]]
	[ "${stderr_lines[1]}" = 'kl-track: 20 more events were sent by it, which the journal has forgotten: of all it keeps the newest 4000000; if they are sent again, the service counts that once' ]
	[ "${stderr_lines[-1]}" = 'kl-track: read 60 = 60 accepted; wrote 3' ]
	[ "$(recorded | wc -l)" -eq 60 ]
}

# own FROM TO: events with ids of their own.
own() {
	awk -v a="$1" -v z="$2" 'BEGIN { for (i = a; i <= z; i++)
		printf "{\"metric\":\"Viewed\",\"profile\":{\"email\":\"p%d@shop.example\"},\"unique_id\":\"u%d\"}\n",
		    i / 2, i }'
}

@test "kl-track --journal: knows events by themselves, whatever input they come from" {
	service
	own 1 100 | kl-track -q --journal j --chunk-size 30 >out
	own 51 150 >in # begins elsewhere, and is longer
	run -0 --separate-stderr kl-track --journal j --chunk-size 7 <in
	said 'kl-track: read 100 = 50 accepted + 50 unchanged; wrote 9'
	tac in >turned
	run -0 --separate-stderr kl-track --journal j <turned
	[ "${stderr_lines[-1]}" = 'kl-track: read 100 = 0 accepted + 100 unchanged; wrote 1' ]
	sed -n 10,20p in >part
	run -0 --separate-stderr kl-track --journal j --receipt-records <part
	[ "$(jq -c '.records[0] | [.[0], .[2]]' <<<"$output")" = '[1,"unchanged"]' ]
	[ "$(recorded | wc -l)" -eq 150 ]
	[ "$(drops)" -eq 0 ]
}

@test "kl-track --journal: new events among many that are known share a request" {
	service
	own 1 2000 | sed -n '1~10!p' >known
	kl-track -q --journal j <known >out
	n=$(requests bulk_create_events)
	own 1 2000 >in
	run -0 --separate-stderr kl-track --journal j <in
	said 'kl-track: read 2000 = 200 accepted + 1800 unchanged; wrote 1'
	[ "$(requests bulk_create_events)" -eq $((n + 1)) ]
	[ "$(recorded | wc -l)" -eq 2000 ]
}

@test "kl-track --journal: another person, metric or account is another event" {
	service
	event '"unique_id":"1"' | kl-track -q --journal j >out
	event '"unique_id":"1"' bob@shop.example | kl-track -q --journal j >out
	event '"unique_id":"1"' | sed s/Viewed/Seen/ | kl-track -q --journal j >out
	event '"unique_id":"1"' ADA@shop.example | kl-track -q --journal j >out
	[ "$(jq .counts.unchanged out)" -eq 1 ]
	[ "$(recorded | wc -l)" -eq 3 ]
}

@test "kl-track --journal: equal events stay as many as they are, from the same beginning" {
	service
	for _ in 1 2 3; do event '"time":1763600000'; done >in
	head -2 in | kl-track -q --backfill --journal j >out
	run -0 --separate-stderr kl-track --backfill --journal j <in
	said 'kl-track: 1 event is equal to an earlier one and was sent as another; --collapse-equal makes them one
kl-track: read 3 = 1 accepted + 2 unchanged; wrote 1'
	[ "$(recorded .unique_id | sort -u | wc -l)" -eq 3 ]
}

@test "kl-track --journal: says that equal events of a cut input are guessed at" {
	service
	event '"time":1763600001' >in
	event '"time":1763600000' >>in
	kl-track -q --journal j <in >out
	tail -1 in >part
	run -0 --separate-stderr kl-track --journal j <part
	[[ ${stderr_lines[1]} = 'kl-track: 1 event without an id of its own equals one that was sent before, of an input that began elsewhere'* ]]
	cat part part >twice
	run -0 --separate-stderr kl-track --journal j <twice
	[[ ${stderr_lines[0]} = 'kl-track: 2 events without an id of their own equal one that was sent before'* ]]
	run -0 --separate-stderr kl-track --journal j --collapse-equal <twice
	[[ ${stderr_lines[0]} = 'kl-track: already done on '* ]]
	[ "${#stderr_lines[@]}" -eq 2 ]
}

@test "kl-track --journal: what was set aside is not set aside twice by one run" {
	service
	own 1 30 | sed '5s/.*/no record/;20s/.*/{"metric":"M"}/' >in
	kl-track -q --journal j -r bad --chunk-size 5 --in-flight 1 \
		--chunk-waiting-time 300 <in >out 3>&- &
	pid=$!
	for _ in $(seq 200); do
		[ "$(wc -l <out)" -ge 3 ] && break
		sleep 0.02
	done
	kill -KILL $pid
	wait $pid || true
	{
		own 40 45 # the input begins elsewhere
		cat in
	} >other
	run -1 kl-track -q --journal j -r bad <other
	[ "$(wc -l <bad)" -eq 2 ]
	run -1 kl-track -q --journal j -r bad <other # another run
	[ "$(wc -l <bad)" -eq 4 ]
	[ "$(recorded | wc -l)" -eq 34 ]
}

@test "kl-track --journal-keep: what is older may be sent again, and is counted once" {
	service
	own 1 10 | kl-track -q --journal j >out
	sqlite3 j 'UPDATE taken SET at = at - 3 * 86400000'
	own 1 10 >in
	run -0 --separate-stderr kl-track --journal j --journal-keep 4 <in
	[ "${stderr_lines[-1]}" = 'kl-track: read 10 = 0 accepted + 10 unchanged; wrote 1' ]
	run -0 --separate-stderr kl-track --journal j --journal-keep 2 <in
	[ "${stderr_lines[-1]}" = 'kl-track: read 10 = 10 accepted; wrote 1' ]
	[ "$(recorded | wc -l)" -eq 10 ]
	run -64 kl-track --journal j --journal-keep 0 <in
}

@test "kl-track --journal: is none of kl-push, nor the other way round" {
	service
	own 1 10 | kl-track -q --journal j >out
	run -78 --separate-stderr kl-push upsert --journal j <<<'{"email":"a@shop.example"}'
	said 'kl-push: j holds the events that were sent by kl-track; name another file
kl-push: read 0 = 0 accepted; wrote 0'
}

@test "kl-track --journal: a run with other options is another run" {
	service
	events 1 30 | sed '20s/.*/no record/' >in
	run -65 kl-track -q --journal j --chunk-size 5 <in
	run -78 --separate-stderr kl-track --journal j --backfill <in
	[[ ${stderr_lines[0]} = 'kl-track: j holds a run that has not ended: track, account SNDBX1'* ]]
}

@test "kl-track --flush: sends what waits, long before a batch is full" {
	service
	mkfifo pipe
	kl-track --flush 100ms <pipe >out 2>err 3>&- &
	pid=$!
	exec 4>pipe
	events 1 3 >&4
	for _ in $(seq 100); do
		[ "$(grep -c event.record "$LEDGER")" -eq 3 ] && break
		sleep 0.02
	done
	[ "$(grep -c event.record "$LEDGER")" -eq 3 ]
	[ "$(wc -l <out)" -eq 1 ]
	event '"unique_id":"last"' >&4
	kill -TERM $pid
	status=0
	wait $pid || status=$?
	exec 4>&-
	cat err
	[ $status -eq 143 ]
	[ "$(jq -s 'map(.counts.accepted) | add' out)" -eq 4 ]
	[ "$(recorded .unique_id | tail -1)" = '"last"' ]
	[ "$(tail -1 err)" = 'kl-track: read 4 = 4 accepted; wrote 2' ]
}

@test "kl-track --flush: stopped while it reads again what it knows, it goes on later" {
	service
	mkfifo pipe
	events 1 25 >in
	for signal in KILL TERM; do
		kl-track -q --backfill --journal j --chunk-size 10 \
			--flush 50ms <pipe >out 2>err 3>&- &
		pid=$!
		exec 4>pipe
		if [ $signal = KILL ]; then
			wanted=3 ends=137
			cat in
		else
			wanted=1 ends=143
			head -15 in
		fi >&4
		for _ in $(seq 100); do
			[ "$(wc -l <out)" -ge "$wanted" ] && break
			sleep 0.02
		done
		sleep 0.1
		kill -$signal $pid
		status=0
		wait $pid || status=$?
		exec 4>&-
		cat err
		[ $status -eq "$ends" ]
	done
	events 1 40 >in
	run -0 --separate-stderr kl-track -q --backfill --journal j <in
	[ "$(jq -s 'map(.counts.unchanged) | add' <<<"$output")" -eq 25 ]
	[ "$(jq -s 'map(.counts.accepted) | add' <<<"$output")" -eq 15 ]
	[ "$(recorded | wc -l)" -eq 40 ]
	[ "$(drops)" -eq 0 ]
}

@test "kl-track --flush: a batch that cannot leave goes on to be filled" {
	start_sandbox --visibility-delay 20 # real limits: 150 a minute, 10 a second
	{
		for i in $(seq 40); do
			events $((i * 10)) $((i * 10 + 9))
			sleep 0.02
		done
	} | kl-track -q --flush 1ms >out
	[ "$(jq -s 'map(.counts.accepted) | add' out)" -eq 400 ]
	[ "$(wc -l <out)" -lt 35 ]
	[ "$(recorded | wc -l)" -eq 400 ]
}

@test "kl-track --verify: reads back what was accepted, in its time" {
	service --visibility-delay 600
	events 1 30 >in
	echo '{"metric":"Clicked","profile":{"external_id":"7"},"unique_id":"1"}' >>in
	run -0 --separate-stderr kl-track --verify --backfill --chunk-size 10 <in
	said 'kl-track: read back: 31 recorded, 0 missing
kl-track: read 31 = 31 accepted; wrote 5'
	[ "$(tail -1 <<<"$output" | jq -c 'del(.run)')" = '{"verify":1,"recorded":31,"missing":0,"unchecked":0,"lines":[]}' ]
	# known already, by an earlier run: still there
	run -0 --separate-stderr kl-track -q --verify --backfill <in
}

@test "kl-track --verify: reads several pages at once, and finds what a journal knows" {
	service
	events 1 4200 >in
	head -2100 in | kl-track -q --backfill --journal j >out
	run -0 --separate-stderr kl-track -v --backfill --journal j --verify <in
	[[ $stderr = *'read back: 4200 recorded, 0 missing'* ]]
	# pages are asked for by their time, and not by the one before
	[[ $stderr = *sort=-datetime* ]]
}

@test "kl-track --verify: says what is missing, and its lines" {
	service
	{
		event '"unique_id":"1"'
		event '"unique_id":"2"' ada@example.com
		event '"unique_id":"3"'
		event '"unique_id":"4"' ada@test.com
		event '"unique_id":"1"' bo@test.com
	} >in
	run -69 --separate-stderr kl-track --verify --verify-timeout 800ms \
		--allow-test-domains <in
	said 'kl-track: read back: 2 recorded, 3 missing
kl-track: 3 events were accepted and are not recorded; they may come yet; sending the same input again counts nothing twice
kl-track: read 5 = 5 accepted; wrote 2'
	[ "$(tail -1 <<<"$output" | jq -c 'del(.run)')" = '{"verify":1,"recorded":2,"missing":3,"unchecked":0,"lines":[2,4,5]}' ]
}

@test "kl-track --verify: a key that may not read is told before anything is sent" {
	service --key pk_small:accounts:read,events:write
	export KLAVIYO_API_KEY=pk_small
	event '"unique_id":"1"' >in
	run -77 --separate-stderr kl-track --verify <in
	[ "$(recorded | wc -l)" -eq 0 ]
	run -64 --separate-stderr kl-track -n --verify <in
}

@test "kl-track -n: says what would be sent, and needs no key" {
	events 1 5 >in
	run -0 --separate-stderr kl-track -n --backfill --chunk-size 2 <in
	same '{"dry_run":1,"seq":1,"method":"POST","path":"/api/event-bulk-create-jobs","from":1,"to":2,"records":2,"events":2,"bytes":798}
{"dry_run":1,"seq":2,"method":"POST","path":"/api/event-bulk-create-jobs","from":3,"to":4,"records":2,"events":2,"bytes":798}
{"dry_run":1,"seq":3,"method":"POST","path":"/api/events","from":5,"to":5,"records":1,"events":1,"bytes":299}'
	said 'kl-track: dry run, nothing was sent: 3 requests, 1895 bytes, 5 events; within the rate limits that takes less than a second
kl-track: read 5 = 0 accepted + 5 filtered; wrote 3'
}

@test "kl-track: empty input is nothing to send" {
	service
	run -0 --separate-stderr kl-track </dev/null
	said 'kl-track: nothing to send: the input was empty
kl-track: read 0 = 0 accepted; wrote 0'
	same ''
}

@test "kl-track: the last line may lack its newline" {
	service
	run -0 --separate-stderr kl-track < <(event '"unique_id":"1"' | tr -d '\n')
	said 'kl-track: read 1 = 1 accepted; wrote 1'
}

@test "kl-track: an event over 5 MB is set aside" {
	service
	{
		event '"unique_id":"1"'
		printf '{"metric":"V","profile":{"email":"a@shop.example"},"unique_id":"2","properties":{"s":[%s]}}\n' \
			"$(yes "\"$(head -c 50000 /dev/zero | tr '\0' x)\"" | head -101 | paste -sd,)"
	} >in
	run -1 --separate-stderr kl-track -r bad <in
	[ "$(jq -r ._kl_reject.code bad)" = event_too_big ]
	[ "$(recorded .unique_id)" = '"1"' ]
}

@test "kl-track: batches stay within 5 MB" {
	service
	for i in 1 2 3 4 5 6 7; do
		printf '{"metric":"V","profile":{"email":"a@shop.example"},"unique_id":"%s","properties":{"s":[%s]}}\n' \
			$i "$(yes "\"$(head -c 50000 /dev/zero | tr '\0' x)\"" | head -40 | paste -sd,)"
	done >in
	run -0 --separate-stderr kl-track -q <in
	[ "$(recorded .unique_id | wc -l)" -eq 7 ]
	[ "$(wc -l <<<"$output")" -eq 4 ]
}

@test "kl-track: is refused options that do not fit, with 64" {
	run -64 --separate-stderr kl-track --flush 0 </dev/null
	run -64 --separate-stderr kl-track --chunk-size 1001 </dev/null
	run -64 --separate-stderr kl-track add </dev/null
	[ "${stderr_lines[0]}" = 'kl-track: takes no operands; events come on standard input' ]
	run -64 --separate-stderr kl-track -n --journal j </dev/null
	run -78 --separate-stderr kl-track -n --map a=b </dev/null
}

@test "kl-track: a key without the scope is told so" {
	service --key pk_small:accounts:read
	export KLAVIYO_API_KEY=pk_small
	event '"unique_id":"1"' >in
	run -77 --separate-stderr kl-track <in
	[[ ${stderr_lines[0]} = *'events:write'* ]]
}

@test "kl-track: exits 74 when stdout is full, and when it is closed" {
	service
	events 1 20 >in
	run -74 --separate-stderr bash -c 'kl-track -q --backfill <in >/dev/full'
	[[ $stderr = 'kl-track: '* ]]
	run -74 --separate-stderr bash -c 'kl-track -q --backfill --chunk-size 2 <in | true; exit ${PIPESTATUS[0]}'
}

@test "kl-track: --help and the manual page list the same options" {
	page_matches kl-track
}
