#!/usr/bin/env bats

setup() {
	load helper
	cd "$BATS_TEST_TMPDIR" || return
}

# mapping [ORIGIN DESTINATION FUNCTIONS]...: a configuration of them.
mapping() {
	printf '{"mapped_fields":['
	while [ $# -gt 0 ]; do
		printf '{"origin_field":"%s","destination_field":"%s","convert_function":"%s"}' \
			"$1" "$2" "$3"
		shift 3
		[ $# -eq 0 ] || printf ','
	done
	printf ']}'
}

@test "kl-map: maps the fields of its manual's example" {
	run -0 --separate-stderr kl-map --map 'Mail=email:trim|lower' \
		--map City=location.city --map Tier=Tier \
		<<<'{"Mail":" Ann@Shop.Example ","City":"Linz","Tier":"gold"}'
	same '{"email":"ann@shop.example","location":{"city":"Linz"},"properties":{"Tier":"gold"}}'
	said 'kl-map: read 1 = 1 accepted; wrote 1'
}

@test "kl-map: reads national telephone numbers by the country of the record" {
	run -0 --separate-stderr kl-map -q --map 'Id=external_id:text' \
		--map 'Tel=phone_number:phone:@Land' <<-'EOF'
			{"Id":7,"Tel":"(650) 253-0000","Land":"United States"}
			{"Id":8,"Tel":"020 7946 0958","Land":"UK"}
			{"Id":9,"Tel":"+49 711 2842222","Land":null}
		EOF
	same '{"external_id":"7","phone_number":"+16502530000"}
{"external_id":"8","phone_number":"+442079460958"}
{"external_id":"9","phone_number":"+497112842222"}'
	said ''
}

@test "kl-map: --reverse makes rows of profiles" {
	run -0 --separate-stderr kl-map --reverse \
		--map 'Mail=email:trim|lower' --map City=location.city \
		--map Tier=Tier --map 'Kind=Kind:const:x' \
		<<<'{"email":"ann@shop.example","location":{"city":"Linz"}}'
	same '{"Mail":"ann@shop.example","City":"Linz","Tier":null}'
	said 'kl-map: Kind is left out: const cannot be undone
kl-map: read 1 = 1 accepted; wrote 1'
}

@test "kl-map: --reverse gives back what went in" {
	mapping Mail email '' Name first_name '' City location.city '' \
		Born properties.Born 'date:%d.%m.%Y@UTC' Tags Tags 'split:;' \
		Sum Sum 'number:,' >sync.json
	cat >rows <<-'EOF'
		{"Mail":"ann@shop.example","Name":"Zo\u00eb","City":"Linz","Born":"01.02.1990","Tags":"a;b","Sum":"1234,50"}
		{"Mail":"bo@shop.example","Name":"Bo","City":null,"Born":"29.02.2000","Tags":"c","Sum":"-1"}
	EOF
	run -0 --separate-stderr bash -c \
		'kl-map -q -c sync.json <rows | kl-map -q -c sync.json --reverse'
	same "$(cat rows)"
	said ''
}

@test "kl-map: takes its fields from the configuration, the command line after it" {
	mapping Email email 'trim|lower' Vorname first_name '' >sync.json
	run -0 --separate-stderr kl-map -q -c sync.json --map Stadt=location.city \
		<<<'{"Email":"A@B.org","Vorname":"\u00c9va","Stadt":"Graz"}'
	same '{"email":"a@b.org","first_name":"\u00c9va","location":{"city":"Graz"}}'
}

@test "kl-map: a convert function that is null copies" {
	echo '{"mapped_fields":[{"origin_field":"e","destination_field":"email","convert_function":null}]}' >sync.json
	run -0 --separate-stderr kl-map -c sync.json <<<'{"e":"A@x.org"}'
	same '{"email":"A@x.org"}'
	said 'kl-map: read 1 = 1 accepted; wrote 1'
}

@test "kl-map: copies numbers, escapes and nested values byte for byte" {
	run -0 kl-map -q --map e=email --map n=n --map b=b --map o=o \
		<<<'{"o":{"x":[1, 2.50]},"n":12345678901234567890,"b":1.10e+2,"e":"\u0061\/\"@x.org"}'
	same '{"email":"\u0061\/\"@x.org","properties":{"n":12345678901234567890,"b":1.10e+2,"o":{"x":[1, 2.50]}}}'
}

@test "kl-map: leaves out what is absent, null or empty" {
	run -0 kl-map -q --map e=email --map a=a --map b=b --map c=c \
		<<<'{"e":"a@x.org","a":null,"b":""}'
	same '{"email":"a@x.org"}'
}

@test "kl-map: --keep-empty keeps null and the empty text" {
	run -0 kl-map -q --keep-empty --map e=email --map a=a --map b=b \
		--map c=c <<<'{"e":"a@x.org","a":null,"b":""}'
	same '{"email":"a@x.org","properties":{"a":null,"b":""}}'
}

@test "kl-map: KL_MAP_KEEP_EMPTY stands in for the option" {
	KL_MAP_KEEP_EMPTY=yes run -0 kl-map -q --map e=email --map a=a \
		<<<'{"e":"a@x.org","a":null}'
	same '{"email":"a@x.org","properties":{"a":null}}'
}

@test "kl-map: --where passes the records that satisfy all conditions" {
	run -0 --separate-stderr kl-map --where plan=pro --where 'left!=yes' \
		--where 'e?' --map e=email <<-'EOF'
			{"e":"a@x.org","plan":"pro"}
			{"e":"b@x.org","plan":"free"}
			{"e":"c@x.org","plan":"pro","left":"yes"}
			{"e":"","plan":"pro"}
		EOF
	same '{"email":"a@x.org"}'
	said 'kl-map: read 4 = 1 accepted + 3 filtered; wrote 1'
}

@test "kl-map: refuses a condition that is none" {
	run -64 --separate-stderr kl-map --where plan --map e=email </dev/null
	same ''
	said 'kl-map: a condition is FIELD=VALUE, FIELD!=VALUE or FIELD?'
}

@test "kl-map: --as rows makes flat records under any names" {
	run -0 kl-map -q --as rows --map a.b=x.y --map c=location.nonsense \
		<<<'{"a":{"b":1},"c":2}'
	same '{"x.y":1,"location.nonsense":2}'
}

@test "kl-map: sets aside what cannot be converted, with field, code and advice" {
	run -1 --separate-stderr kl-map --rejects bad.ndjson --map e=email \
		--map 'p=phone_number:phone' <<-'EOF'
			{"e":"a@x.org","p":"+1 650 253 0000"}
			{"e":"b@x.org","p":"555-0143"}
			{"e":"c@x.org"}
		EOF
	same '{"email":"a@x.org","phone_number":"+16502530000"}
{"email":"c@x.org"}'
	said 'kl-map: 1 set aside in bad.ndjson: 1 phone_invalid
kl-map: read 3 = 2 accepted + 1 rejected; wrote 2'
	sed -E 's/"run":"[^"]*"/"run":"R"/' bad.ndjson >got
	echo '{"_kl_reject":{"v":1,"tool":"kl-map","run":"R","line":2,"field":"p","code":"phone_invalid","message":"telephone number without country code","hint":"write it as +12345678901, or convert with phone:US or phone:@Country","class":"permanent"},"record":{"e":"b@x.org","p":"555-0143"}}' |
		diff - got
}

@test "kl-map: takes its own rejects back" {
	kl-map -q --rejects bad.ndjson --map 'p=phone_number:phone' \
		<<<'{"p":"(650) 253-0000"}' || [ $? -eq 1 ]
	run -0 kl-map -q --map 'p=phone_number:phone:US' <bad.ndjson
	same '{"phone_number":"+16502530000"}'
}

@test "kl-map: ends at the first such record without --rejects, after what came before" {
	run -65 --separate-stderr kl-map --map e=email --map 'Day=Day:date:%Y-%m-%d@UTC' \
		<<-'EOF'
			{"e":"a@x.org","Day":"2024-02-29"}
			{"e":"b@x.org","Day":"2024-02-30"}
			{"e":"c@x.org","Day":"2024-03-01"}
		EOF
	same '{"email":"a@x.org","properties":{"Day":"2024-02-29T00:00:00+00:00"}}'
	said 'kl-map: line 2: Day: date does not fit its format: the day is wrong; correct the date, or the format in the convert function
kl-map: stopped at the first bad record; --rejects FILE sets such records aside and goes on
kl-map: read 2 = 1 accepted + 1 rejected; wrote 1'
}

@test "kl-map: --on-error omit leaves the value out and counts it" {
	run -0 --separate-stderr kl-map --on-error omit --summary sum.json \
		--map e=email --map 'p=phone_number:phone' <<-'EOF'
			{"e":"a@x.org","p":"555-0143"}
			{"e":"b@x.org","p":"n/a"}
			{"e":"c@x.org","p":"+1 650 253 0000"}
		EOF
	same '{"email":"a@x.org"}
{"email":"b@x.org"}
{"email":"c@x.org","phone_number":"+16502530000"}'
	said 'kl-map: p: left out of 2 records (phone_invalid)
kl-map: read 3 = 3 accepted; wrote 3'
	grep -q '"omitted":2' sum.json
}

@test "kl-map: a required value that is missing sets the record aside" {
	cat >sync.json <<-'EOF'
		{"mapped_fields":[{"origin_field":"e","destination_field":"email","required":true}]}
	EOF
	run -1 --separate-stderr kl-map -c sync.json --rejects bad.ndjson <<-'EOF'
		{"e":""}
		{"e":"a@x.org"}
	EOF
	same '{"email":"a@x.org"}'
	grep -q '"line":1,"field":"e","code":"required_missing"' bad.ndjson
}

@test "kl-map: says that dates without a zone are UTC, unless one is named" {
	run -0 --separate-stderr kl-map --map e=email --map 'd=d:date:%d/%m/%Y' \
		<<<'{"e":"a@x.org","d":"31/12/2024"}'
	same '{"email":"a@x.org","properties":{"d":"2024-12-31T00:00:00+00:00"}}'
	said 'kl-map: d: dates without a zone are taken as UTC; date:FORMAT@Europe/Berlin names another
kl-map: read 1 = 1 accepted; wrote 1'
	run -0 --separate-stderr kl-map --map e=email \
		--map 'd=d:date:%d/%m/%Y@+01:00' \
		<<<'{"e":"a@x.org","d":"31/12/2024"}'
	same '{"email":"a@x.org","properties":{"d":"2024-12-31T00:00:00+01:00"}}'
	said 'kl-map: read 1 = 1 accepted; wrote 1'
}

@test "kl-map: dates in the zone of a place know its summer time" {
	run -1 --separate-stderr kl-map --as rows --rejects bad.ndjson \
		--map 'd=d:date:%d.%m.%Y %H:%M@Europe/Berlin' <<-'EOF'
			{"d":"31.01.2024 12:00"}
			{"d":"31.07.2024 12:00"}
			{"d":"31.03.2024 02:30"}
			{"d":"27.10.2024 02:30"}
			{"d":"27.10.2024 03:00"}
			{"d":"01.07.2099 00:00"}
		EOF
	same '{"d":"2024-01-31T12:00:00+01:00"}
{"d":"2024-07-31T12:00:00+02:00"}
{"d":"2024-10-27T02:30:00+02:00"}
{"d":"2024-10-27T03:00:00+01:00"}
{"d":"2099-07-01T00:00:00+02:00"}'
	said 'kl-map: 1 set aside in bad.ndjson: 1 date_invalid
kl-map: read 6 = 5 accepted + 1 rejected; wrote 5'
	grep -q '"line":3,"field":"d","code":"date_invalid","message":"no such time there: clocks were set forward over it"' bad.ndjson
}

@test "kl-map: --reverse writes the time that clocks of the place showed" {
	run -0 --separate-stderr kl-map --reverse --map e=email \
		--map 'd=d:date:%d.%m.%Y %H:%M@Europe/Berlin' <<-'EOF'
			{"email":"a@x.org","properties":{"d":"2024-07-31T10:00:00+00:00"}}
			{"email":"a@x.org","properties":{"d":"2024-01-31T12:00:00+01:00"}}
		EOF
	same '{"e":"a@x.org","d":"31.07.2024 12:00"}
{"e":"a@x.org","d":"31.01.2024 12:00"}'
}

@test "kl-map: an unknown zone, or none at all, ends with 78 and the remedy" {
	run -78 --separate-stderr kl-map --as rows --map 'd=d:date:%F@Europe/Berln' </dev/null
	said 'kl-map: --map: convert function date: unknown zone "Europe/Berln"; UTC, an offset such as +01:00, or a name of the IANA such as Europe/Berlin, in these letters'
	run -78 --separate-stderr kl-map --as rows --map 'd=d:date:%F@../../etc/passwd' </dev/null
	[[ $stderr == *'unknown zone "../../etc/passwd"'* ]]
	TZDIR=$PWD/none run -78 --separate-stderr kl-map --as rows --map 'd=d:date:%F@Europe/Berlin' </dev/null
	said "kl-map: --map: convert function date: unknown zone \"Europe/Berlin\"; there are no time zones in $PWD/none: install the package tzdata, or name their directory in TZDIR"
	mkdir own
	head -c 50 /usr/share/zoneinfo/Europe/Berlin >own/Here
	TZDIR=$PWD/own run -78 --separate-stderr kl-map --as rows --map 'd=d:date:%F@Here' </dev/null
	[[ $stderr == *'no file of a time zone: '* ]]
	cp /usr/share/zoneinfo/Europe/Berlin own/Here
	TZDIR=$PWD/own run -0 kl-map -q --as rows --map 'd=d:date:%F@Here' <<<'{"d":"2024-07-01"}'
	same '{"d":"2024-07-01T00:00:00+02:00"}'
}

@test "kl-map: points out a destination that looks like a slip" {
	run -0 --separate-stderr kl-map --map e=email --map n='First Name' \
		--map c=city <<<'{"e":"a@x.org","n":"A","c":"Graz"}'
	same '{"email":"a@x.org","properties":{"First Name":"A","city":"Graz"}}'
	said 'kl-map: destination_field "First Name" makes a custom property; the profile'\''s own field is "first_name"
kl-map: destination_field "city" makes a custom property; the profile'\''s own field is "location.city"
kl-map: read 1 = 1 accepted; wrote 1'
}

@test "kl-map: points out an origin that no record had" {
	run -0 --separate-stderr kl-map --map Email=email --map FirstNme=first_name \
		--map Nix=Nix <<<'{"Email":"a@x.org","FirstName":"A"}'
	same '{"email":"a@x.org"}'
	said 'kl-map: no record has a field "FirstNme"; did you mean "FirstName"?
kl-map: no record has a field "Nix"
kl-map: read 1 = 1 accepted; wrote 1'
}

@test "kl-map: points out a condition on a field that no record had" {
	run -0 --separate-stderr kl-map --map Email=email --where Paln=pro \
		<<<'{"Email":"a@x.org","Plan":"pro"}'
	same ''
	said 'kl-map: no record has a field "Paln"; did you mean "Plan"?
kl-map: read 1 = 0 accepted + 1 filtered; wrote 0'
}

@test "kl-map: an unknown function ends with 78 and the nearest name" {
	mapping Email email 'trim|lowr' >sync.json
	run -78 --separate-stderr kl-map -c sync.json <<<'{"Email":"a@x.org"}'
	same ''
	said 'kl-map: mapped_fields[0]: unknown convert function "lowr"; did you mean "lower"?'
}

@test "kl-map: --jq alone writes what the expression makes of each record" {
	run -0 --separate-stderr kl-map --jq 'select(.n > 1) | .a[] | {v: .}' <<-'EOF'
		{"n":1,"a":[1]}
		{"n":2,"a":["x","y"]}
		{"n":3,"a":[]}
		{"n":4,"a":[{"z":"\u00e9\n"}]}
	EOF
	same '{"v":"x"}
{"v":"y"}
{"v":{"z":"é\n"}}'
	said 'kl-map: read 4 = 2 accepted + 2 filtered; wrote 3'
}

@test "kl-map: --jq beside fields: the results are mapped, as its manual shows" {
	run -0 --separate-stderr kl-map --jq '{mail} + .lines[]' --kind event \
		--metric Ordered --map mail=profile.email --map sku=SKU \
		<<<'{"mail":"ann@shop.example","lines":[{"sku":"A1"},{"sku":"B2"}]}'
	same '{"metric":"Ordered","profile":{"email":"ann@shop.example"},"properties":{"SKU":"A1"}}
{"metric":"Ordered","profile":{"email":"ann@shop.example"},"properties":{"SKU":"B2"}}'
	said 'kl-map: read 1 = 1 accepted; wrote 2'
	mapping m email '' >sync.json
	run -0 --separate-stderr kl-map -c sync.json --where 'k!=2' --jq '.[]' \
		<<<'{"a":{"m":"a@x.org","k":1},"b":{"m":"b@x.org","k":2}}'
	same '{"email":"a@x.org"}'
	said 'kl-map: read 1 = 1 accepted; wrote 1'
}

@test "kl-map: --jq works on the rows of a table" {
	run -0 --separate-stderr kl-map --from csv --types auto --jq '{email: .m, n: (.n + 1)}' \
		< <(printf 'm,n\na@x.org,1\n"b@x.org",2\n')
	same '{"email":"a@x.org","n":2}
{"email":"b@x.org","n":3}'
	said 'kl-map: read 2 = 2 accepted; wrote 2'
	run -0 kl-map -q --from csv --jq 'select(.n == "2")' --map m=email \
		< <(printf 'm,n\na@x.org,1\n"b@x.org",2\n')
	same '{"email":"b@x.org"}'
}

@test "kl-map: a record is set aside whole if a result is wrong" {
	run -1 --separate-stderr kl-map --jq '.a[]' --rejects bad.ndjson <<-'EOF'
		{"a":[{"x":1},2,{"x":3}]}
		{"a":[{"x":4}]}
		{"a":7}
	EOF
	same '{"x":4}'
	said 'kl-map: 2 set aside in bad.ndjson: 1 not_object, 1 jq_failed
kl-map: read 3 = 1 accepted + 2 rejected; wrote 1'
	sed -E 's/"run":"[^"]*"/"run":"R"/' bad.ndjson >got
	diff - got <<-'EOF'
		{"_kl_reject":{"v":1,"tool":"kl-map","run":"R","line":1,"code":"not_object","message":"jq: a result is no object","hint":"a record is one: {email: .Mail}; use select(...) to leave records out","class":"permanent"},"record":{"a":[{"x":1},2,{"x":3}]}}
		{"_kl_reject":{"v":1,"tool":"kl-map","run":"R","line":3,"code":"jq_failed","message":"jq: cannot iterate over number","hint":"jq's own message holds values and is left out; run jq on the record to read it","class":"permanent"},"record":{"a":7}}
	EOF
}

@test "kl-map: what jq says of values is in no message" {
	secret=ann@secret.example
	while read -r e; do
		run -65 --separate-stderr kl-map --jq "$e" <<<"{\"e\":\"$secret\",\"n\":41375}"
		same ''
		[[ $stderr != *secret* && $stderr != *41375* && $stderr != *ann@* ]] || {
			echo "$e: $stderr"
			return 1
		}
	done <<-'EOF'
		.e + .n
		.e - .n
		.e | tonumber
		.e | fromjson
		.e | .[]
		.n | keys
		.[.e].x.y.z | .[.n] | error
		.e | .[$__loc__.file]
		{(.n): 1}
		.n / 0
		error(.e)
		error({a: .e})
		error
		.e | strptime("%Y")
		.n | test(.e)
		.e | test("(" + .)
		.e | test("a"; .)
		.n | has(.e)
		.e | @base64d
		[[.]] | @csv
		setpath([.e, "x", .e]; 1) | .[.e].x[.n].y | error
		.e.x = 1
		.n | ltrimstr(.e) | error
		@text "\(.e)" | error
		.e |= error(.)
		. as [$x] | $x
	EOF
}

@test "kl-map: a text of the expression itself is said" {
	run -65 --separate-stderr kl-map --jq 'if .plan then . else error("no plan") end' <<<'{}'
	same ""
	[ "${stderr%%$'\n'*}" = 'kl-map: line 1: jq: no plan' ]
}

@test "kl-map: expressions see no environment, no file, no other record" {
	export SECRET=s3cret
	for e in env '.[env:]' '$ENV' '{a: $ENV.SECRET}' input '[inputs]' _input \
		input_filename input_line_number debug stderr halt halt_error \
		'halt_error(1)' '"a" | modulemeta' get_search_list \
		'"\(env.SECRET)"' '{a: 1} | {env: env}'; do
		run -64 --separate-stderr kl-map --jq "$e" <<<'{"a":1}'
		same ''
		[[ ${stderr%%$'\n'*} == 'kl-map: jq: '*' is not there for expressions; '* ]] || {
			echo "$e: $stderr"
			return 1
		}
	done
	for e in 'import "m" as m; m::f' 'include "m"; f' 'import "d" as $d; $d'; do
		run -64 --separate-stderr kl-map --jq "$e" <<<'{"a":1}'
		[[ $stderr == 'kl-map: jq: syntax error, unexpected '* ]]
	done
	run -0 kl-map -q --jq '$ ENV' <<<'{"a":1}'
	same '{}'
	run -0 kl-map -q --jq '{env, i: .input, debug: .halt}' \
		<<<'{"env":1,"input":2,"halt":3}'
	same '{"env":1,"i":2,"debug":3}'
}

@test "kl-map: ~/.jq is not read" {
	mkdir home
	echo 'def f: {home: 1}; def map(g): "mine";' >home/.jq
	HOME=$PWD/home run -64 --separate-stderr kl-map --jq f <<<'{}'
	said 'kl-map: jq: f/0 is not defined at <top-level>, line 1'
	HOME=$PWD/home run -0 kl-map -q --jq '{a: ([1] | map(.))}' <<<'{}'
	same '{"a":[1]}'
}

@test "kl-map: an expression that is none ends with 64, in the configuration with 78" {
	run -64 --separate-stderr kl-map --jq '.a | foo(1)' <<<'{}'
	same ''
	said 'kl-map: jq: foo/1 is not defined at <top-level>, line 1'
	run -64 --separate-stderr kl-map --jq '.a +' <<<'{}'
	said 'kl-map: jq: syntax error, unexpected $end'
	mapping e email '' a a 'jq:.a | foo(1)' >sync.json
	run -78 --separate-stderr kl-map -c sync.json <<<'{}'
	said 'kl-map: mapped_fields[1]: jq: foo/1 is not defined at <top-level>, line 1'
	mapping e email '' a a 'trim|jq:env' >sync.json
	run -78 --separate-stderr kl-map -c sync.json <<<'{}'
	said 'kl-map: mapped_fields[1]: jq: env is not there for expressions; an expression sees its record, no environment, no file, no other record'
}

@test "kl-map: numbers that jq would change set the record aside" {
	run -1 --separate-stderr kl-map --jq '{n: .n}' --rejects bad.ndjson <<-'EOF'
		{"n":9007199254740992}
		{"n":9007199254740993}
		{"n":1,"id":12345678901234567890}
		{"n":1.10}
		{"n":0.30000000000000004}
		{"n":1e400}
		{"n":[{"x":1e-400}]}
		{"n":"12345678901234567890"}
	EOF
	same '{"n":9007199254740992}
{"n":1.1}
{"n":0.30000000000000004}
{"n":"12345678901234567890"}'
	said 'kl-map: 4 set aside in bad.ndjson: 4 jq_number
kl-map: read 8 = 4 accepted + 4 rejected; wrote 4'
	grep -q '"line":3,"field":"id","code":"jq_number"' bad.ndjson
	grep -q '"line":7,"field":"n","code":"jq_number"' bad.ndjson
}

@test "kl-map: results without end are stopped" {
	run -65 --separate-stderr kl-map --jq 'repeat({a: 1})' <<<'{}'
	same ''
	[ "${stderr%%$'\n'*}" = 'kl-map: line 1: jq: over 10000 results, or 16777216 bytes of them; limit them in the expression: limit(100; ...)' ]
	run -65 --separate-stderr kl-map --jq '{a: ("x" * 2000000)} | ., ., ., ., ., ., ., ., .' <<<'{}'
	same ''
	run -0 --separate-stderr kl-map --jq 'range(10000) | {a: .}' <<<'{}'
	[ "${#lines[@]}" -eq 10000 ]
	said 'kl-map: read 1 = 1 accepted; wrote 10000'
}

@test "kl-map: the function jq takes all that follows, as it is written" {
	run -0 --separate-stderr kl-map --map 'e=email:lower|jq:split("@") | .[0] + "\u0040" + (.[1] // "x.org")' \
		--map 'a=Sum:jq:[.[].n] | add' --map 'n=Small:jq:select(. < 3)' \
		--map 'm=M:jq:{a:., b:"|"}' \
		<<<'{"e":"ANN@X.org","a":[{"n":1},{"n":2}],"n":3,"m":"\n"}'
	same '{"email":"ann@x.org","properties":{"Sum":3,"M":{"a":"\n","b":"|"}}}'
	said 'kl-map: read 1 = 1 accepted; wrote 1'
}

@test "kl-map: the function jq must have one result" {
	run -1 --separate-stderr kl-map --rejects bad.ndjson --map e=email \
		--map 'a=a:jq:.[]' <<-'EOF'
			{"e":"a@x.org","a":[1]}
			{"e":"b@x.org","a":[1,2]}
			{"e":"c@x.org","a":5}
			{"e":"d@x.org","a":12345678901234567890}
			{"e":"e@x.org","a":null,"id":12345678901234567890}
		EOF
	same '{"email":"a@x.org","properties":{"a":1}}
{"email":"e@x.org"}'
	said 'kl-map: 3 set aside in bad.ndjson: 1 jq_many, 1 jq_failed, 1 jq_number
kl-map: read 5 = 2 accepted + 3 rejected; wrote 2'
	grep -q '"line":2,"field":"a","code":"jq_many"' bad.ndjson
}

@test "kl-map: --reverse leaves out what jq did" {
	run -0 --separate-stderr kl-map --reverse --map e=email --map 'a=a:jq:.+1' \
		<<<'{"email":"a@x.org","properties":{"a":1}}'
	same '{"e":"a@x.org"}'
	said 'kl-map: a is left out: jq cannot be undone
kl-map: read 1 = 1 accepted; wrote 1'
}

@test "kl-map: what belongs to fields ends with 64 beside --jq without them" {
	for o in --keep-empty --where=a=1 --kind=event --reverse --on-error=omit; do
		run -64 --separate-stderr kl-map --jq . "$o" </dev/null
		[ "${stderr%%$'\n'*}" = "kl-map: ${o%%=*} needs fields to map, beside --jq" ]
	done
}

@test "kl-map: says so when the plug-in for expressions is not there, and needs it only then" {
	mkdir -p alone/bin
	cp "$KL_BUILD/bin/kl-map" alone/bin/
	run -78 --separate-stderr alone/bin/kl-map --jq . </dev/null
	said "kl-map: $PWD/alone/bin/../lib/kl/kl-jq.so: no such file; jq expressions need the plug-in kl-jq.so; the other convert functions do not"
	run -0 alone/bin/kl-map -q --map e=email <<<'{"e":"a@x.org"}'
	same '{"email":"a@x.org"}'
	run -1 grep -c libjq < <(ldd "$KL_BUILD/bin/kl-map")
}

@test "kl-map: a destination that no location has ends with 78" {
	mapping Email email '' City location.citty '' >sync.json
	run -78 --separate-stderr kl-map -c sync.json </dev/null
	said 'kl-map: mapped_fields[1]: destination_field "location.citty": a location has no such member; did you mean "location.city"?'
}

@test "kl-map: two fields with one destination end with 78" {
	run -78 --separate-stderr kl-map --map a=email --map b=email </dev/null
	said 'kl-map: --map: destination_field "email" is written by another field; one origin for each destination; default:TEXT fills gaps'
}

@test "kl-map: a mapping without an identifier ends with 78" {
	mapping Name first_name '' >sync.json
	run -78 --separate-stderr kl-map -c sync.json <<<'{"Name":"Ann"}'
	same ''
	said 'kl-map: no field has the destination email, phone_number or external_id; a profile needs one of them; --as rows maps to any names'
}

@test "kl-map: no mapping at all ends with 78" {
	run -78 --separate-stderr kl-map </dev/null
	said 'kl-map: the mapping has no fields; mapped_fields in the file of -c, or --map ORIGIN=DEST'
}

# as_pipe [OPTION]... -- [MAPPING]...: --from csv gives what kl-from-csv and
# kl-map give one after the other, of the file table; OPTIONs are for tables.
# The rejects of both are compared as well, but for who wrote them.
as_pipe() {
	local csv=()
	while [ "$1" != -- ]; do
		csv+=("$1")
		shift
	done
	shift
	rm -f one one.bad two.bad
	kl-from-csv -q "${csv[@]}" --rejects two.bad <table >records || true
	kl-map -q --rejects two.bad "$@" <records >two || true
	kl-map -q --from csv "${csv[@]}" --rejects one.bad "$@" <table >one || true
	touch one.bad two.bad
	diff two one
	for f in one two; do
		sed -E 's/"tool":"[^"]*","run":"[^"]*","line":[0-9]*/"who"/' $f.bad |
			sort >$f.why
	done
	diff two.why one.why
}

@test "kl-map: --from csv reads a table straight in, as its manual shows" {
	printf 'Mail;Geburtstag;Ort\nann@shop.example;3.4.1990;K\366ln\n' >in
	run -0 --separate-stderr kl-map --from csv --delimiter ';' \
		--encoding latin-1 --map Mail=email --map Ort=location.city \
		--map 'Geburtstag=Birthday:date:%d.%m.%Y@UTC' <in
	same '{"email":"ann@shop.example","location":{"city":"Köln"},"properties":{"Birthday":"1990-04-03T00:00:00+00:00"}}'
	said 'kl-map: read 1 = 1 accepted; wrote 1'
}

@test "kl-map: --from csv gives what the pipe gives" {
	{
		printf '\357\273\277Mail,Name,"Pl""an",addr.city,Sum,Tel,Land\r\n'
		printf 'a@x.org, Ann ,"g,o""ld",Linz,"1.234,50",(650) 253-0000,US\r\n'
		printf 'b@x.org,"Bo\nBo",,Graz,n/a,555,\r\n'
		printf 'c@x.org,"C" D,x,y,1,2,3\r\n\r\n'
		printf 'd@x.org,too,few\r\ne@x.org,1,2,3,4,5,6,7\r\n'
		printf '"","","","","","",""\r\n'
		printf 'f@x.org,"t\tb\\\\","\001",\303\251,"5",+43 1 58058,AT\r\n'
		printf 'g@x.org,caf\351,,,,,\r\n'
		printf 'h@x.org,"{""a"":[1, 2]}",null,no,"-0,5",,'
	} >table
	as_pipe -- --map Mail=email --map 'Name=Name:trim|upper' \
		--map 'Pl"an=Plan' --map addr.city=location.city \
		--map 'Sum=Sum:number:,.' --map 'Tel=phone_number:phone:@Land'
	[ "$(wc -l <one)" -eq 3 ] && [ "$(wc -l <one.bad)" -eq 6 ]
	as_pipe -- --map Mail=email --map Mail=Copy --map 'Name=N:json' \
		--map 'addr.city=x:default:z' --where 'Name?' --where 'Land!=US' \
		--on-error omit --keep-empty
	[ "$(wc -l <one)" -eq 3 ]
	as_pipe --types auto --null '' -- --as rows --map Sum=Sum \
		--map Mail=Mail --map 'Pl"an=Plan' --map addr=a --keep-empty
	[ "$(wc -l <one)" -eq 5 ]
	as_pipe --types Sum:number -- --as rows --map Mail=Mail
	[ "$(wc -l <one)" -eq 2 ]
	as_pipe --columns a,b,c,d,e,f,g --skip-header --no-quotes -- --as rows \
		--map a=a --map b=b --map g=g
	as_pipe --delimiter tab --quote "'" -- --as rows --map 'Mail,Name=a'
	as_pipe --tsv -- --kind event --metric M --map Mail=profile.email
}

@test "kl-map: --from csv of a table in UTF-16 gives what the pipe gives" {
	printf 'Mail,Name\na@x.org,Zo\303\251\n' | iconv -f utf-8 -t utf-16 >table
	as_pipe --encoding utf-16 -- --map Mail=email --map Name=first_name
	[ "$(cat one)" = '{"email":"a@x.org","first_name":"Zoé"}' ]
}

@test "kl-map: --from csv sets aside by the lines of the table" {
	printf 'Mail,Note,Day\na@x.org,"1\n2",2024-02-29\nb@x.org,x,2024-02-30\nc@x.org,y\nd@x.org,z,2024-03-01\n' >table
	run -1 --separate-stderr kl-map --from csv --rejects bad.ndjson \
		--map Mail=email --map 'Day=Day:date:%F@UTC' <table
	same '{"email":"a@x.org","properties":{"Day":"2024-02-29T00:00:00+00:00"}}
{"email":"d@x.org","properties":{"Day":"2024-03-01T00:00:00+00:00"}}'
	said 'kl-map: 2 set aside in bad.ndjson: 1 date_invalid, 1 row_short
kl-map: read 4 = 2 accepted + 2 rejected; wrote 2'
	grep -q '"tool":"kl-map",.*"line":4,"field":"Day","code":"date_invalid".*"record":{"Mail":"b@x.org","Note":"x","Day":"2024-02-30"}}' bad.ndjson
	grep -q '"line":5,"code":"row_short".*"raw":"c@x.org,y"}' bad.ndjson
	sed -n 1p bad.ndjson | sed 's/02-30/02-28/' >mended
	run -0 kl-map -q --map Mail=email --map 'Day=Day:date:%F@UTC' <mended
	same '{"email":"b@x.org","properties":{"Day":"2024-02-28T00:00:00+00:00"}}'
}

@test "kl-map: takes the rejects of the programs after it, which are mapped already" {
	printf 'Mail,Day\na@x.org,2024-02-30\nb@x,2024-02-29\nc@x.org\n' >table
	local fields=(--map Mail=email --map 'Day=Day:date:%F@UTC')
	run bash -c 'kl-map -q --from csv -r bad.ndjson "$@" <table |
		kl-validate -q -r bad.ndjson' - "${fields[@]}"
	[ "$(jq -r ._kl_reject.tool bad.ndjson | sort | tr '\n' ' ')" = 'kl-map kl-map kl-validate ' ]
	sed 's/02-30/02-28/; s/"b@x"/"b@x.org"/; s/"raw":.*/"record":{"Mail":"c@x.org"}}/' bad.ndjson >mended
	run -0 --separate-stderr kl-map "${fields[@]}" <mended
	[ "$(sort <<<"$output")" = '{"email":"a@x.org","properties":{"Day":"2024-02-28T00:00:00+00:00"}}
{"email":"b@x.org","properties":{"Day":"2024-02-29T00:00:00+00:00"}}
{"email":"c@x.org"}' ]
	said 'kl-map: 1 of the records was mapped before, and set aside by a program after kl-map: passed on as it is
kl-map: read 3 = 3 accepted; wrote 3'
	# Before the way back stands whatever reads profiles.
	run -0 kl-map -q --reverse "${fields[@]}" < <(grep '"kl-validate"' mended)
	same '{"Mail":"b@x.org","Day":"2024-02-29"}'
	run -0 kl-map -q --no-unwrap --as rows --map _kl_reject.tool=tool < <(grep '"kl-validate"' mended)
	same '{"tool":"kl-validate"}'
	for _ in $(seq 3000); do cat mended; done >many
	run -0 --separate-stderr bash -c 'kl-map --threads 2 "$@" <many | sort | uniq -c | tr -s " " | cut -c 1-16' - "${fields[@]}"
	[[ ${stderr_lines[0]} = 'kl-map: 3000 of the records were mapped before,'* ]]
	same ' 3000 {"email":"
 3000 {"email":"
 3000 {"email":"'
}

@test "kl-map: says what to do with rejects where a table is expected, and with rows" {
	run -1 kl-map -q --from csv -r bad.ndjson --map Mail=email < <(printf 'Mail,Day\nc@x.org\n')
	run -65 --separate-stderr kl-map --from csv --map Mail=email <bad.ndjson
	[ "${stderr_lines[0]}" = "kl-map: line 1: a quote within value 1, which does not begin with one; these are records, no table: kl-map reads them without --from csv; of rows that were set aside as text, jq -r '.raw // empty' makes a table" ]
	run -65 --separate-stderr kl-map --map Mail=email <bad.ndjson
	[ "${stderr_lines[0]}" = "kl-map: line 1: byte 1: a letter where a value should be; it is a row of a table: jq -r '.raw // empty' makes a table of such rows" ]
}

@test "kl-map: --from csv ends at the first bad row without --rejects" {
	run -65 --separate-stderr kl-map --from csv --map Mail=email --map 'n=n:integer' \
		< <(printf 'Mail,n\na@x.org,1\nb@x.org,x\nc@x.org,3\n')
	same '{"email":"a@x.org","properties":{"n":1}}'
	said 'kl-map: line 3: n: not a whole number; digits only, without a leading 0
kl-map: stopped at the first bad record; --rejects FILE sets such records aside and goes on
kl-map: read 2 = 1 accepted + 1 rejected; wrote 1'
}

@test "kl-map: --from csv says which columns there are not, and finds no header in nothing" {
	run -0 --separate-stderr kl-map --from csv --map EMail=email --map Plan=Plan --where 'Paln!=x' \
		< <(printf 'E-Mail,Plan\na@x.org,\n')
	same '{}'
	said 'kl-map: no record has a field "EMail"; did you mean "E-Mail"?
kl-map: no record has a field "Paln"; did you mean "Plan"?
kl-map: read 1 = 1 accepted; wrote 1'
	run -0 --separate-stderr kl-map --from csv --map e=email </dev/null
	said 'kl-map: the input is empty: there is not even a header
kl-map: read 0 = 0 accepted; wrote 0'
	run -65 --separate-stderr kl-map --from csv --map e=email < <(printf 'e,e\n1,2\n')
	[[ $stderr == *'the first row names the columns'* ]]
}

@test "kl-map: a row that makes too big a record is set aside as by the pipe" {
	{
		printf 'Mail,Big\n'
		printf 'a@x.org,"'
		head -c 5000000 /dev/zero | tr '\0' '\001'
		printf '"\nb@x.org,\n'
	} >table
	as_pipe -- --map Mail=email
	[ "$(cat one)" = '{"email":"b@x.org"}' ]
	grep -q '"line":2,"code":"record_too_big"' one.bad
}

@test "kl-map: what belongs to tables ends with 64 without --from csv" {
	for o in --tsv --no-quotes '--delimiter=;' --encoding=latin-1 --types=auto; do
		run -64 --separate-stderr kl-map "$o" --map e=email </dev/null
		[ "${stderr%%$'\n'*}" = "kl-map: ${o%%=*} needs --from csv" ]
	done
	KL_MAP_DELIMITER=';' run -0 kl-map -q --map e=email <<<'{"e":"a@x.org"}'
	same '{"email":"a@x.org"}'
	run -64 --separate-stderr kl-map --from csv --no-unwrap --map e=email </dev/null
	[ "${stderr%%$'\n'*}" = 'kl-map: --no-unwrap is for records, not for --from csv' ]
	run -64 --separate-stderr kl-map --from csv --delimiter ab --map e=email </dev/null
	[[ $stderr == 'kl-map: --delimiter: takes one ASCII character'* ]]
}

@test "kl-map: --from csv exits 74 when standard output is full" {
	[ -w /dev/full ] || skip "no /dev/full"
	run -74 --separate-stderr bash -c \
		'printf "e\na@x.org\n" | kl-map -q --from csv --map e=email >/dev/full'
	[[ $stderr == 'kl-map: cannot write standard output: '* ]]
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

@test "kl-map: a --map that is none ends with 64" {
	run -64 --separate-stderr kl-map --map Email </dev/null
	said 'kl-map: --map is ORIGIN=DESTINATION or ORIGIN=DESTINATION:FUNCTIONS'
}

@test "kl-map: says so when the plug-in for national numbers is not there" {
	mkdir -p alone/bin
	cp "$KL_BUILD/bin/kl-map" alone/bin/
	run -78 --separate-stderr alone/bin/kl-map --map 'p=phone_number:phone:US' </dev/null
	said "kl-map: --map: $PWD/alone/bin/../lib/kl/kl-phone.so: no such file; numbers in national form need the plug-in kl-phone.so; those that begin with + do not: convert with phone alone"
	run -0 alone/bin/kl-map -q --map 'p=phone_number:phone' <<<'{"p":"+1 650 253 0000"}'
	same '{"phone_number":"+16502530000"}'
}

@test "kl-map: --functions lists what the manual page lists" {
	run -0 kl-map --functions
	[ "${#lines[@]}" -eq 18 ]
	[ "${lines[5]}" = 'date[:FORMAT[@ZONE]]   undone   date_invalid    RFC 3339, of %d.%m.%Y and the like, epoch or epoch_ms' ]
	[ "${lines[17]}" = 'jq:EXPRESSION          left out jq_failed       what a jq expression makes of it; takes all that follows' ]
	page=$BATS_TEST_DIRNAME/../cmd/kl-map.1
	diff <(printf '%s\n' "${lines[@]}" | grep -oE '^[a-z_]+' | sort) \
		<(sed -n '/^.Sh FUNCTIONS/,/^.Sh EXPRESSIONS/p' "$page" |
			sed -nE 's/^\.It Cm //p' | sed 's/ *:.*//' |
			tr -d ' ' | tr , '\n' | sort -u)
}

@test "kl-map: empty input is no record" {
	run -0 --separate-stderr kl-map --map e=email </dev/null
	same ''
	said 'kl-map: read 0 = 0 accepted; wrote 0'
}

@test "kl-map: a last line without its newline is a record" {
	run -0 kl-map -q --map e=email < <(printf '{"e":"a@x.org"}')
	same '{"email":"a@x.org"}'
}

@test "kl-map: a malformed line in the middle is set aside" {
	run -1 --separate-stderr kl-map --rejects bad.ndjson --map e=email <<-'EOF'
		{"e":"a@x.org"}
		{"e":"b@x.org"
		{"e":"c@x.org"}
	EOF
	same '{"email":"a@x.org"}
{"email":"c@x.org"}'
	grep -q '"line":2,"field":.*"code":"json_syntax"' bad.ndjson ||
		grep -q '"line":2,.*"code":"json_syntax"' bad.ndjson
}

@test "kl-map: a NUL byte behind a record is no white space" {
	run -1 kl-map -q --rejects bad.ndjson --map e=email \
		< <(printf '{"e":"a@x.org"}\0\n')
	same ''
	grep -q '"line":1,.*"code":"json_syntax"' bad.ndjson
}

@test "kl-map: a line over 16 MiB is set aside" {
	{
		echo '{"e":"a@x.org"}'
		printf '{"e":"'
		head -c 17000000 /dev/zero | tr '\0' a
		printf '"}\n{"e":"c@x.org"}\n'
	} >in
	run -1 kl-map -q --rejects bad.ndjson --map e=email <in
	same '{"email":"a@x.org"}
{"email":"c@x.org"}'
	grep -q '"line":2,.*"bytes":17000008' bad.ndjson
}

@test "kl-map: an unknown option ends with 64" {
	run -64 --separate-stderr kl-map --revers </dev/null
	same ''
	[[ ${stderr%%$'\n'*} == *'--revers'*'--reverse'* ]]
}

@test "kl-map: operands end with 64" {
	run -64 --separate-stderr kl-map --map e=email file </dev/null
	[[ $stderr == 'kl-map: takes no operands'* ]]
}

@test "kl-map: exits 74 when standard output is full" {
	[ -w /dev/full ] || skip "no /dev/full"
	run -74 --separate-stderr bash -c \
		'echo "{\"e\":\"a@x.org\"}" | kl-map -q --map e=email >/dev/full'
	[[ $stderr == 'kl-map: cannot write standard output: '* ]]
}

@test "kl-map: ends quietly when its reader is gone" {
	run -0 bash -c 'yes "{\"e\":\"a@x.org\"}" | head -100000 |
		kl-map --map e=email 2>err | head -1; cat err'
	same '{"email":"a@x.org"}'
}

@test "kl-map: --help and the manual page name the same options" {
	page_matches kl-map
}
