#!/usr/bin/env bats

setup() {
	load helper
	load mapping
	cd "$BATS_TEST_TMPDIR" || return
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
