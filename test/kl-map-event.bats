#!/usr/bin/env bats
# kl-map --kind event: events and rows of orders.

setup() {
	load helper
	cd "$BATS_TEST_TMPDIR" || return
}

@test "kl-map: --kind event makes events of orders, as its manual shows" {
	run -0 --separate-stderr kl-map --kind event --metric 'Placed Order' \
		--id-field No --map 'Day=time:date:%d.%m.%Y@+01:00' \
		--map 'Sum=value:number:,' --map Mail=profile.email \
		<<<'{"No":17,"Day":"31.01.2026","Mail":"ann@shop.example","Sum":"19,90"}'
	same '{"metric":"Placed Order","unique_id":"17","time":"2026-01-31T00:00:00+01:00","value":19.90,"profile":{"email":"ann@shop.example"}}'
	said 'kl-map: read 1 = 1 accepted; wrote 1'
}

@test "kl-map: --kind event puts each destination in its place, and kl-validate takes it" {
	cat >in <<-'EOF'
		{"e":"a@shop.org","t":"2024-02-29T12:00:00Z","v":"-1.50","c":"EUR","u":7,"b":"yes","n":"A","plan":"pro","city":"Linz","Item":"x","m":"Returned","d.x":[1, 2]}
	EOF
	run -0 bash -c 'kl-map -q --kind event --map m=metric --map Item=Item \
		--map t=time --map v=value --map c=value_currency \
		--map u=unique_id --map b=backfill --map e=profile.email \
		--map n=profile.first_name --map plan=profile.Plan \
		--map city=profile.location.city --map d.x=properties.d.x \
		<in | kl-validate -q --kind event'
	same '{"metric":"Returned","time":"2024-02-29T12:00:00+00:00","value":-1.50,"value_currency":"EUR","unique_id":"7","backfill":true,"profile":{"email":"a@shop.org","first_name":"A","location":{"city":"Linz"},"properties":{"Plan":"pro"}},"properties":{"Item":"x","d.x":[1, 2]}}'
}

@test "kl-map: --kind event takes times that can be told without a format" {
	run -1 --separate-stderr kl-map --kind event --metric M --time-field t \
		--map e=profile.email --rejects bad.ndjson <<-'EOF'
			{"e":"a@x.org","t":"2024-02-29T12:00:00.5+02:00"}
			{"e":"a@x.org","t":1700000000}
			{"e":"a@x.org","t":"1700000000.25"}
			{"e":"a@x.org","t":"1700000000250"}
			{"e":"a@x.org","t":"20240131"}
			{"e":"a@x.org","t":"2024-01-31 12:00:00"}
			{"e":"a@x.org","t":2000000000}
			{"e":"a@x.org"}
		EOF
	same '{"metric":"M","time":"2024-02-29T12:00:00.5+02:00","profile":{"email":"a@x.org"}}
{"metric":"M","time":"2023-11-14T22:13:20+00:00","profile":{"email":"a@x.org"}}
{"metric":"M","time":"2023-11-14T22:13:20.25+00:00","profile":{"email":"a@x.org"}}
{"metric":"M","time":"2023-11-14T22:13:20.25+00:00","profile":{"email":"a@x.org"}}
{"metric":"M","profile":{"email":"a@x.org"}}'
	said 'kl-map: 3 set aside in bad.ndjson: 3 date_invalid
kl-map: read 8 = 5 accepted + 3 rejected; wrote 5'
	[ "$(grep -oE '"line":[0-9]*' bad.ndjson | tr '\n' ' ')" = '"line":5 "line":6 "line":7 ' ]
	[ "$(grep -c 'date:%d.%m.%Y %H:%M@+01:00' bad.ndjson)" -eq 3 ]
}

@test "kl-map: --kind event refuses values that are no number" {
	run -1 --separate-stderr kl-map -q --kind event --metric M \
		--value-field v --map e=profile.email --rejects bad.ndjson <<-'EOF'
			{"e":"a@x.org","v":"12,50"}
			{"e":"a@x.org","v":"12.50"}
			{"e":"a@x.org","v":1e3}
		EOF
	same '{"metric":"M","value":12.50,"profile":{"email":"a@x.org"}}
{"metric":"M","value":1e3,"profile":{"email":"a@x.org"}}'
	grep -q '"line":1,"field":"v","code":"number_invalid"' bad.ndjson
}

@test "kl-map: the configuration says what an event is made of, the command line wins" {
	cat >sync.json <<-'EOF'
		{"metric":"Was|\\is","time_field":"t","id_field":"i","value_field":"v",
		 "mapped_fields":[{"origin_field":"e","destination_field":"profile.email"}]}
	EOF
	echo '{"e":"a@x.org","t":1700000000,"i":"A1","v":2,"w":3}' >in
	run -0 kl-map -q --kind event -c sync.json <in
	same '{"metric":"Was|\\is","time":"2023-11-14T22:13:20+00:00","value":2,"unique_id":"A1","profile":{"email":"a@x.org"}}'
	KL_METRIC=Env run -0 kl-map -q --kind event -c sync.json --value-field w <in
	same '{"metric":"Env","time":"2023-11-14T22:13:20+00:00","value":3,"unique_id":"A1","profile":{"email":"a@x.org"}}'
}

@test "kl-map: --kind event --reverse gives the rows back" {
	cat >in <<-'EOF'
		{"Sum":5.50,"No":"7","Day":"31.01.2026","Mail":"a@x.org","Item":"x"}
	EOF
	set -- --kind event --metric M --value-field Sum --id-field No \
		--map 'Day=time:date:%d.%m.%Y@+01:00' --map Mail=profile.email \
		--map Item=Item
	kl-map -q "$@" <in >events
	run -0 --separate-stderr kl-map "$@" --reverse <events
	same "$(cat in)"
	said 'kl-map: read 1 = 1 accepted; wrote 1'
}

@test "kl-map: --kind event without a metric or a person ends with 78" {
	run -78 --separate-stderr kl-map --kind event --map e=profile.email </dev/null
	said 'kl-map: no field has the destination metric; name what happened with --metric or the key metric, or map a field to it'
	run -78 --separate-stderr kl-map --kind event --metric M --map e=email </dev/null
	said 'kl-map: destination_field "email" makes a property of the event; did you mean "profile.email"?
kl-map: no field has the destination profile.email, profile.phone_number or profile.external_id; an event needs one of them'
}

@test "kl-map: --kind event refuses what no event can have" {
	run -78 --separate-stderr kl-map --kind event --metric M --map e=profile.email --map m=metric </dev/null
	said 'kl-map: --map: destination_field "metric" is written by another field; one origin for each destination; default:TEXT fills gaps'
	run -78 --separate-stderr kl-map --kind event --metric M --map e=profile.consent.email.status </dev/null
	said 'kl-map: --map: destination_field "consent.email.status": an event asks for no consent; map it into profiles, for kl-push subscribe'
}

@test "kl-map: what belongs to events ends with 64 without --kind event" {
	for o in metric time-field id-field value-field; do
		run -64 --separate-stderr kl-map --$o x --map e=email </dev/null
		[ "${stderr%%$'\n'*}" = "kl-map: --$o needs --kind event" ]
	done
	run -64 --separate-stderr kl-map --kind event --as rows </dev/null
	[ "${stderr%%$'\n'*}" = 'kl-map: --as and --kind event exclude each other' ]
}
