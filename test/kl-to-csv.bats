#!/usr/bin/env bats
# shellcheck disable=SC2094 # what is compared is only read

setup() {
	load helper
	cd "$BATS_TEST_TMPDIR" || return
}

# reasons: line, field and code of each reject in bad.ndjson.
reasons() {
	sed -E 's/.*"line":([0-9]+),("field":"([^"]*)",)?"code":"([^"]*)".*/\1 \3 \4/' bad.ndjson
}

@test "kl-to-csv: writes the columns that are named, dotted paths too" {
	run -0 --separate-stderr kl-to-csv --columns email,properties.Plan <<-'EOF'
		{"email":"mira@shop.example","properties":{"Plan":"gold, yearly"}}
		{"properties":{},"email":"kofi@shop.example"}
	EOF
	same 'email,properties.Plan
mira@shop.example,"gold, yearly"
kofi@shop.example,'
	said 'kl-to-csv: read 2 = 2 accepted; wrote 2'
}

@test "kl-to-csv: without --columns the first record says which there are" {
	run -0 --separate-stderr kl-to-csv -q <<-'EOF'
		{"id":1,"location":{"city":"Ulm","geo":{"lat":48.40}},"tags":["a", "b"],"empty":{}}
		{"tags":[],"location":{"geo":{"lat":null}}}
	EOF
	same 'id,location.city,location.geo.lat,tags,empty
1,Ulm,48.40,"[""a"", ""b""]",{}
,,,[],'
}

@test "kl-to-csv: text is unescaped, everything else stands as it was written" {
	run -0 --separate-stderr kl-to-csv -q <<-'EOF'
		{"s":"\u00e9\/\t","n":12345678901234567890.10,"e":1E+2,"t":true,"f":false,"z":null,"o":[{"a": 1}]}
	EOF
	same $'s,n,e,t,f,z,o\né/\t,12345678901234567890.10,1E+2,true,false,,"[{""a"": 1}]"'
}

@test "kl-to-csv: quotes only what must be" {
	run -0 --separate-stderr kl-to-csv -q --no-header <<-'EOF'
		{"a":"x y;'","b":"x,y","c":"\"","d":"\n","e":"\r","f":""}
	EOF
	same $'x y;\',"x,y","""","\n","\r",'
}

@test "kl-to-csv: the exact name wins over the dotted path" {
	run -0 --separate-stderr kl-to-csv -q --columns a.b,l.1.x <<-'EOF'
		{"a":{"b":1},"a.b":2,"l":[0,{"x":"y"}]}
		{"a":{"b":1}}
	EOF
	same 'a.b,l.1.x
2,y
1,'
}

@test "kl-to-csv: the exact name wins wherever it stands" {
	run -0 --separate-stderr kl-to-csv -q --columns a.b.c <<-'EOF'
		{"a.b.c":1,"a":{"b.c":2,"b":{"c":3}}}
		{"a":{"b":{"c":3},"b.c":2},"a.b.c":1}
		{"a":{"b.c":2,"b":{"c":3}}}
		{"a":{"b":{"c":3},"b.c":2}}
		{"a":{"b":{"c":3}},"a.b":{"c":4}}
		{"a":{"b.c":null,"b":{"c":3}}}
	EOF
	same 'a.b.c
1
1
2
2
3
""'
}

@test "kl-to-csv: sees a delimiter in values of every length" {
	for n in $(seq 0 40); do
		x=$(printf '%*s' "$n" '' | tr ' ' x)
		printf '{"a":"%s,","b":",%s","c":"%s"}\n' "$x" "$x" "$x" >>in
		printf '"%s,",",%s",%s\n' "$x" "$x" "$x" >>want
	done
	kl-to-csv -q --no-header <in | cmp - want
}

@test "kl-to-csv: members come in any order and with any escapes" {
	run -0 --separate-stderr kl-to-csv -q --columns 'a,b,"c"""' <<-'EOF'
		{"c\"":3,"b":2,"a":1}
		{"\u0062":2,"d":4,"\u0061":1}
	EOF
	same 'a,b,"c"""
1,2,3
1,2,'
	run -0 --separate-stderr kl-to-csv -q <<-'EOF'
		{"a":1,"b":2,"c":3}
		{"c":3,"\u0061":1,"b":2}
	EOF
	same 'a,b,c
1,2,3
1,2,3'
}

@test "kl-to-csv: a member that the first record lacked is a reject, not lost" {
	cat >in <<-'EOF'
		{"a":1}
		{"a":2,"b":{"c":3}}
		{"a":4,"b":null,"d":{}}
	EOF
	run -1 --separate-stderr kl-to-csv -r bad.ndjson <in
	same 'a
1
4'
	said 'kl-to-csv: 1 set aside in bad.ndjson: 1 column_unknown
kl-to-csv: read 3 = 2 accepted + 1 rejected; wrote 2'
	[ "$(reasons)" = '2 b.c column_unknown' ]
	run -65 --separate-stderr kl-to-csv -q <in
	said 'kl-to-csv: line 2: b.c: a member that the first record did not have; name the columns with --columns, find them all with --all-columns, or leave such members out with --drop-unknown'
}

@test "kl-to-csv: --drop-unknown leaves out what the first record lacked" {
	run -0 --separate-stderr kl-to-csv -q --drop-unknown <<<$'{"a":1}\n{"b":{"c":3},"a":2}'
	same 'a
1
2'
	run -64 --separate-stderr kl-to-csv --drop-unknown --columns a </dev/null
	[ "${stderr_lines[0]}" = 'kl-to-csv: --drop-unknown is for columns of the first record; --columns leaves out all others anyway' ]
}

@test "kl-to-csv: a record whose members make one column twice is a reject" {
	run -1 --separate-stderr kl-to-csv -q -r bad.ndjson <<-'EOF'
		{"a.b":1,"a":{"b":2}}
		{"a.b":1}
		{"a.b":1,"a":{"b":2}}
		{"a":{"b":3}}
	EOF
	same 'a.b
1
3'
	run -0 reasons
	same '1 a.b column_twice
3 a.b column_twice'
}

@test "kl-to-csv: a record without members names no columns" {
	run -1 --separate-stderr kl-to-csv -q -r bad.ndjson <<<$'{}\n{"a":1}\n{}'
	same 'a
1
""'
	[ "$(reasons)" = '1  column_none' ]
}

@test "kl-to-csv: names that are empty or hold dots make their own paths" {
	run -0 --separate-stderr kl-to-csv -q <<<'{"":{"a":1,"b":{"c":2}},"x":{"":{"y.z":3},"w":4},"v":5}'
	same '.a,.b.c,x..y.z,x.w,v
1,2,3,4,5'
}

@test "kl-to-csv: a NUL character is a reject" {
	run -1 --separate-stderr kl-to-csv -q -r bad.ndjson <<<$'{"a":1}\n{"a":"x\\u0000"}\n{"a":2}'
	same 'a
1
2'
	[ "$(reasons)" = '2 a value_nul' ]
}

@test "kl-to-csv: --columns refuses an empty name, one twice, and none" {
	run -64 --separate-stderr kl-to-csv --columns a,,b </dev/null
	[ "${stderr_lines[0]}" = 'kl-to-csv: --columns: column 2 has no name' ]
	run -64 --separate-stderr kl-to-csv --columns a,b,a </dev/null
	[ "${stderr_lines[0]}" = 'kl-to-csv: --columns: columns 1 and 3 have the same name' ]
	run -64 --separate-stderr kl-to-csv --columns '' </dev/null
	[ "${stderr_lines[0]}" = 'kl-to-csv: --columns names none' ]
}

@test "kl-to-csv: --delimiter and --tsv" {
	run -0 --separate-stderr kl-to-csv -q --delimiter ';' <<<'{"a":"1,5","b":"x;y"}'
	same 'a;b
1,5;"x;y"'
	for how in --tsv --delimiter=tab '--delimiter=\t'; do
		run -0 --separate-stderr kl-to-csv -q "$how" <<<'{"a":"1,5","b":"x\ty\nz"}'
		same $'a\tb\n1,5\t"x\ty\nz"'
	done
	run -64 --separate-stderr kl-to-csv --tsv --delimiter , </dev/null
	[ "${stderr_lines[0]}" = 'kl-to-csv: --delimiter and --tsv exclude each other' ]
	run -64 --separate-stderr kl-to-csv --delimiter xy </dev/null
	[ "${stderr_lines[0]}" = 'kl-to-csv: --delimiter: takes one ASCII character that is no quote or newline, or tab' ]
}

@test "kl-to-csv: --all-columns finds the columns of all records, of a file" {
	cat >in <<-'EOF'
		{"a":1,"location":null,"z":null}
		not JSON
		{"b":{"c":2},"location":{"city":"Ulm"}}

		{"_kl_reject":{"v":1,"tool":"t","run":"r","line":1,"message":"m","class":"permanent"},"record":{"d":"x,y","b":{"e":{}}}}
	EOF
	run -1 --separate-stderr kl-to-csv -q -r bad.ndjson --all-columns <in
	same 'a,z,b.c,location.city,d,b.e
1,,,,,
,,2,Ulm,,
,,,,"x,y",{}'
	run -0 reasons
	same '2  json_syntax'
	run -64 --separate-stderr bash -c 'kl-to-csv --all-columns < <(cat in)'
	[ "${stderr_lines[0]}" = 'kl-to-csv: --all-columns reads the input twice, which takes a file: kl-to-csv --all-columns < FILE' ]
	run -64 --separate-stderr kl-to-csv --all-columns --columns a <in
	[ "${stderr_lines[0]}" = 'kl-to-csv: --columns and --all-columns exclude each other' ]
}

@test "kl-to-csv: --all-columns begins where the input stands" {
	printf '{"a":1}\n{"b":2}\n' >in
	run -0 --separate-stderr bash -c '{ read -r; kl-to-csv -q --all-columns; } <in'
	same 'b
2'
	: >in
	run -0 --separate-stderr kl-to-csv -q --all-columns <in
	same ''
	printf '{}\n' >in
	run -65 --separate-stderr kl-to-csv -q --all-columns <in
	[ "${stderr_lines[0]}" = 'kl-to-csv: line 1: a record without members names no columns; name them with --columns' ]
}

@test "kl-to-csv: --all-columns refuses more columns than a table may have" {
	seq 4097 | sed 's/.*/{"c&":1}/' >in
	run -65 --separate-stderr kl-to-csv -q --all-columns <in
	said 'kl-to-csv: more than 4096 columns; choose some with --columns'
}

@test "kl-to-csv: --quote writes another quote" {
	run -0 --separate-stderr kl-to-csv -q --quote "'" <<<'{"a":"it'"'"'s","b":"\"x\"","c":"1,5","d":["y"]}'
	same "a,b,c,d
'it''s',\"x\",'1,5',[\"y\"]"
	run -64 --separate-stderr kl-to-csv --quote , </dev/null
	[ "${stderr_lines[0]}" = 'kl-to-csv: --quote and --delimiter are the same' ]
}

@test "kl-to-csv: --null is written for null and missing, and only for them" {
	printf '%s\n' '{"a":null,"b":"\\N","c":"","d":"N"}' '{"b":1,"c":"\\N,"}' '{"d":{}}' >in
	run -0 --separate-stderr kl-to-csv -q --null '\N' <in
	same 'a,b,c,d
\N,"\N",,N
\N,1,"\N,",\N
\N,\N,\N,{}'
	run -0 --separate-stderr kl-to-csv -q --null '' <in
	same 'a,b,c,d
,\N,"",N
,1,"\N,",
,,,{}'
	run -0 --separate-stderr kl-to-csv -q --null 0 <<<'{"a":0,"b":0.5}'
	same 'a,b
"0",0.5'
	for text in 'a,b' '"' $'x\n'; do
		run -64 --separate-stderr kl-to-csv --null "$text" </dev/null
		[ "${stderr_lines[0]}" = 'kl-to-csv: --null: takes a text without delimiter, quote and newline' ]
	done
}

@test "kl-to-csv: a table with nulls comes back as it was through kl-from-csv" {
	printf '%s\n' '{"a":null,"b":"","c":true}' '{"a":"\\N","b":"null","c":1.50}' '{"a":"x,\ny","b":null,"c":"\""}' >in
	for null in '' '\N' null; do
		kl-to-csv -q --null "$null" <in | kl-from-csv -q --null "$null" --types auto | cmp - in
	done
}

@test "kl-to-csv: --csv-safe puts an apostrophe before what could be a formula" {
	run -0 --separate-stderr kl-to-csv -q --csv-safe --tsv --columns '@n,s,t,u,v,y,z' <<-'EOF'
		{"@n":-5,"s":"=1+1","t":"+1_(503)","u":"-5","v":"@x","y":"＝1","z":"a=b"}
		{"@n":"=F(\"x\")","s":"é","t":"'=","u":"","v":"＠","y":"－","z":"＋"}
	EOF
	same "$(tr ' ' '\t' <<-'EOF'
		'@n s t u v y z
		-5 '=1+1 '+1_(503) '-5 '@x '＝1 a=b
		"'=F(""x"")" é '=  '＠ '－ '＋
	EOF
	)"
}

@test "kl-to-csv: --csv-safe knows tabs and line ends, and is off by default" {
	run -0 --separate-stderr kl-to-csv -q --csv-safe --no-header <<<'{"a":"\tx","b":"\rx","c":"\nx"}'
	same $'\'\tx,"\'\rx","\'\nx"'
	run -0 --separate-stderr kl-to-csv -q --no-header <<<'{"a":"+15035550100","b":"=1"}'
	same '+15035550100,=1'
}

@test "kl-to-csv: --no-header writes rows only" {
	run -0 --separate-stderr kl-to-csv -q --no-header <<<'{"a":1}'
	same 1
	run -0 --separate-stderr kl-to-csv -q --no-header --columns a <<<'{"a":1}'
	same 1
}

@test "kl-to-csv: --crlf ends rows with CR LF" {
	kl-to-csv -q --crlf <<<'{"a":1,"b":"x\ny"}' >out
	printf 'a,b\r\n1,"x\ny"\r\n' | cmp - out
}

@test "kl-to-csv: an empty value alone in its row is quoted" {
	run -0 --separate-stderr kl-to-csv -q <<<$'{"a":""}\n{"a":null}\n{"a":"x"}'
	same 'a
""
""
x'
}

@test "kl-to-csv: takes the records out of reject lines, or not with --no-unwrap" {
	reject='{"_kl_reject":{"v":1,"tool":"t","run":"r","line":1,"message":"m","class":"permanent"},"record":{"a":1}}'
	run -0 --separate-stderr kl-to-csv -q --columns a <<<"$reject"
	same 'a
1'
	run -0 --separate-stderr kl-to-csv -q --columns record --no-unwrap <<<"$reject"
	same 'record
"{""a"":1}"'
}

@test "kl-to-csv: a table that kl-from-csv read comes out the same" {
	printf 'a,"b "" x",c\n1,"x\ny",\n"""",é,"\r"\n"\xef\xbb\xbfq",\\,"a,b"\n' >in
	kl-from-csv -q in | kl-to-csv -q | cmp - in
	kl-from-csv -q in | kl-to-csv -q --tsv --crlf | kl-from-csv -q --tsv |
		kl-to-csv -q | cmp - in
}

@test "kl-to-csv: --max-rejects and --max-reject-ratio end the run with 65" {
	printf '{"a":1}\n1\n2\n3\n{"a":2}\n' >in
	run -65 --separate-stderr kl-to-csv -q -r bad.ndjson --max-rejects 2 <in
	[ "$(wc -l <bad.ndjson)" -eq 3 ]
	run -65 --separate-stderr kl-to-csv -q -r bad.ndjson --max-reject-ratio 50% <in
	same 'a
1
2'
}

@test "kl-to-csv: --summary writes the counts as JSON" {
	kl-to-csv -q --summary s.json <<<'{"a":1}'
	run -0 jq -c '[.tool,.read,.accepted,.written,.exit]' s.json
	same '["kl-to-csv",1,1,1,0]'
}

@test "kl-to-csv: --unbuffered writes each row at once" {
	run -0 --separate-stderr kl-to-csv -q --unbuffered <<<$'{"a":1}\n{"a":2}'
	same 'a
1
2'
}

@test "kl-to-csv: no input is a header only, where the columns are named" {
	run -0 --separate-stderr kl-to-csv </dev/null
	same ''
	said 'kl-to-csv: read 0 = 0 accepted; wrote 0'
	run -0 --separate-stderr kl-to-csv --columns a,b </dev/null
	same a,b
}

@test "kl-to-csv: the last record needs no newline" {
	run -0 --separate-stderr kl-to-csv -q < <(printf '{"a":1}')
	same 'a
1'
}

@test "kl-to-csv: a record over 16 MiB is set aside by its place" {
	{
		printf '{"a":1}\n{"a":"'
		head -c 17000000 /dev/zero | tr '\0' x
		printf '"}\n{"a":2}\n'
	} >in
	run -1 --separate-stderr kl-to-csv -q -r bad.ndjson <in
	same 'a
1
2'
	run -0 grep -o '"offset.*' bad.ndjson
	same '"offset":8,"bytes":17000008}'
}

@test "kl-to-csv: a malformed line in the middle is named" {
	run -65 --separate-stderr kl-to-csv <<<$'{"a":1}\n{"a":\n{"a":2}'
	same 'a
1'
	[[ ${stderr_lines[0]} = 'kl-to-csv: line 2: '* ]]
}

@test "kl-to-csv: --columns points out a name that is one slip away" {
	local in='{"email":"x","properties":{"Plan":1},"location":{"city":null},"address1":"q"}'
	run -0 --separate-stderr kl-to-csv --columns email,properties.Pln,locaton.city,address1,address2,nope <<<"$in"
	same 'email,properties.Pln,locaton.city,address1,address2,nope
x,,,q,,'
	said 'kl-to-csv: no record has "properties.Pln"; did you mean "properties.Plan"?
kl-to-csv: no record has "locaton.city"; did you mean "location.city"?
kl-to-csv: read 1 = 1 accepted; wrote 1'
	# The last of a thousand may have it, the one after it is not looked at.
	seq 1000 | sed 's/.*/{"Mail":1}/; $s/M/m/' >in
	run -0 --separate-stderr kl-to-csv -q --columns mail <in
	[ -z "$stderr" ]
	seq 1001 | sed 's/.*/{"Mail":1}/; $s/M/m/' >in
	run -0 --separate-stderr kl-to-csv --columns mail <in
	[ "${stderr_lines[0]}" = 'kl-to-csv: none of the first 1000 records has "mail"; did you mean "Mail"?' ]
	run -0 --separate-stderr kl-to-csv --columns mail </dev/null
	said 'kl-to-csv: read 0 = 0 accepted; wrote 0'
}

@test "kl-to-csv: takes no operands and no unknown options" {
	run -64 --separate-stderr kl-to-csv in
	[ "${stderr_lines[0]}" = 'kl-to-csv: takes no operands; records come on standard input' ]
	run -64 --separate-stderr kl-to-csv --column a
	[[ ${stderr_lines[0]} == *--column*--columns* ]]
}

@test "kl-to-csv: exits 74 when stdout is full" {
	[ -w /dev/full ] || skip "no /dev/full"
	run -74 --separate-stderr bash -c "kl-to-csv -q <<<'{\"a\":1}' >/dev/full"
	said 'kl-to-csv: cannot write standard output: No space left on device; what is there is incomplete; make room and run again'
}

@test "kl-to-csv: ends quietly when its reader leaves" {
	run -0 --separate-stderr bash -c 'yes "{\"a\":1}" | kl-to-csv -q | head -1'
	same a
	said ''
}

@test "kl-to-csv: --help and the manual page list the same options" {
	page_matches kl-to-csv
}

@test "kl-to-csv: columns that were typed win over those of the environment" {
	printf '%s\n' '{"a":1}' '{"a":2,"b":3}' >in
	KL_TO_CSV_COLUMNS=a run -0 --separate-stderr kl-to-csv -q --all-columns <in
	same 'a,b
1,
2,3'
	said ''
	KL_TO_CSV_ALL_COLUMNS=1 KL_TO_CSV_DROP_UNKNOWN=1 run -0 --separate-stderr kl-to-csv -q --columns b <in
	same 'b
""
3'
	said ''
	KL_TO_CSV_COLUMNS=a KL_TO_CSV_ALL_COLUMNS=1 run -64 --separate-stderr kl-to-csv -q <in
	said 'kl-to-csv: --columns and --all-columns exclude each other
usage: kl-to-csv [--columns NAMES] [--delimiter CHAR] < records > table'
}
