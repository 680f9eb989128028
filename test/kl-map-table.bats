#!/usr/bin/env bats
# kl-map --from csv: tables read straight in.

setup() {
	load helper
	cd "$BATS_TEST_TMPDIR" || return
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
