#!/usr/bin/env bats
# shellcheck disable=SC2094,SC1003 # written before it is looked at; a backslash

setup() {
	load helper
	cd "$BATS_TEST_TMPDIR" || return
}

# reasons: line, field and code of each reject in bad.ndjson.
reasons() {
	sed -E 's/.*"line":([0-9]+),("field":"([^"]*)",)?"code":"([^"]*)".*/\1 \3 \4/' bad.ndjson
}

@test "kl-from-csv: makes a record of each row" {
	printf 'email,note\nmira@shop.example,"says ""hi"", twice"\n' >customers.csv
	run -0 --separate-stderr kl-from-csv customers.csv
	same '{"email":"mira@shop.example","note":"says \"hi\", twice"}'
	said 'kl-from-csv: read 1 = 1 accepted; wrote 1'
}

@test "kl-from-csv: reads standard input without an operand, or for -" {
	run -0 --separate-stderr kl-from-csv -q <<<$'a\n1'
	same '{"a":"1"}'
	run -0 --separate-stderr kl-from-csv -q - <<<$'a\n1'
	same '{"a":"1"}'
}

@test "kl-from-csv: every value stays the text it was" {
	run -0 --separate-stderr kl-from-csv -q <<-'EOF'
		a,b,c
		 x ,007,1e5
		true,,null
		"",éß漢😀,\n
	EOF
	same '{"a":" x ","b":"007","c":"1e5"}
{"a":"true","b":"","c":"null"}
{"a":"","b":"éß漢😀","c":"\\n"}'
}

@test "kl-from-csv: quoted newlines and delimiters belong to the value" {
	run -0 --separate-stderr kl-from-csv -q <<-'EOF'
		a,b
		"x,
		y",1
		"",","
	EOF
	same '{"a":"x,\ny","b":"1"}
{"a":"","b":","}'
}

@test "kl-from-csv: takes CRLF and a byte-order mark" {
	run -0 --separate-stderr kl-from-csv -q < <(printf '\xef\xbb\xbfa,"b"\r\n1,"2"\r\n"3\r\n",4\r\n')
	same '{"a":"1","b":"2"}
{"a":"3\r\n","b":"4"}'
}

@test "kl-from-csv: control characters, backslashes and names are escaped" {
	run -0 --separate-stderr kl-from-csv -q < <(printf 'a\\,"b""\t"\n\x01\x7f,"\\ "" /"\n')
	same '{"a\\":"\u0001'$'\x7f''","b\"\t":"\\ \" /"}'
}

@test "kl-from-csv: --columns names the columns of a table without a header" {
	run -0 --separate-stderr kl-from-csv -q --columns 'email,"x,y"' <<<'a@b.co,1'
	same '{"email":"a@b.co","x,y":"1"}'
}

@test "kl-from-csv: --skip-header with --columns renames the columns" {
	run -0 --separate-stderr kl-from-csv -q --columns=a,b --skip-header <<<$'E-mail,,\n1,2'
	same '{"a":"1","b":"2"}'
	run -64 --separate-stderr kl-from-csv --skip-header </dev/null
	[ "${stderr_lines[0]}" = 'kl-from-csv: --skip-header needs --columns NAMES' ]
}

@test "kl-from-csv: --columns refuses an empty name, one twice, and none" {
	run -64 --separate-stderr kl-from-csv --columns a,,b </dev/null
	[ "${stderr_lines[0]}" = 'kl-from-csv: --columns: column 2 has no name' ]
	run -64 --separate-stderr kl-from-csv --columns a,b,a </dev/null
	[ "${stderr_lines[0]}" = 'kl-from-csv: --columns: columns 1 and 3 have the same name' ]
	run -64 --separate-stderr kl-from-csv --columns '' </dev/null
	[ "${stderr_lines[0]}" = 'kl-from-csv: --columns names none' ]
}

@test "kl-from-csv: --delimiter takes a character or tab" {
	run -0 --separate-stderr kl-from-csv -q --delimiter ';' <<<$'a;b\n1,5;"2;"'
	same '{"a":"1,5","b":"2;"}'
	for tab in tab '\t' $'\t'; do
		run -0 --separate-stderr kl-from-csv -q --delimiter "$tab" <<<$'a\tb\n1\t"2\t"'
		same '{"a":"1","b":"2\t"}'
	done
	run -64 --separate-stderr kl-from-csv --delimiter '"' </dev/null
	[ "${stderr_lines[0]}" = 'kl-from-csv: --delimiter: takes one ASCII character that is no quote or newline, or tab' ]
	run -64 --separate-stderr kl-from-csv --delimiter ',,' </dev/null
	run -64 --separate-stderr kl-from-csv --delimiter '§' </dev/null
}

@test "kl-from-csv: --tsv reads tabs, and excludes --delimiter" {
	run -0 --separate-stderr kl-from-csv -q --tsv <<<$'a\tb\n1,x\t'
	same '{"a":"1,x","b":""}'
	run -64 --separate-stderr kl-from-csv --tsv --delimiter , </dev/null
	[ "${stderr_lines[0]}" = 'kl-from-csv: --delimiter and --tsv exclude each other' ]
}

@test "kl-from-csv: --no-quotes takes quotes for characters like others" {
	run -0 --separate-stderr kl-from-csv -q --tsv --no-quotes <<<$'a\tb\n5"\t"x'
	same '{"a":"5\"","b":"\"x"}'
}

@test "kl-from-csv: --quote takes another quote" {
	run -0 --separate-stderr kl-from-csv -q --quote "'" <<-'EOF'
		a,'b'
		'x,''y''',"z"
		"\,'say "hi"'
		'two
		lines',2
	EOF
	same '{"a":"x,'"'y'"'","b":"\"z\""}
{"a":"\"\\","b":"say \"hi\""}
{"a":"two\nlines","b":"2"}'
	run -65 --separate-stderr kl-from-csv -q --quote "'" <<<$'a\nx\'y'
	[ "${stderr_lines[0]}" = 'kl-from-csv: line 2: a quote within value 1, which does not begin with one; a value with a quote in it stands in quotes, and the quote in it is written twice' ]
	run -64 --separate-stderr kl-from-csv --quote ';' --delimiter ';' </dev/null
	[ "${stderr_lines[0]}" = 'kl-from-csv: --quote and --delimiter are the same' ]
	run -64 --separate-stderr kl-from-csv --quote ab </dev/null
	[ "${stderr_lines[0]}" = 'kl-from-csv: --quote: takes one visible ASCII character' ]
	run -64 --separate-stderr kl-from-csv --quote "'" --no-quotes </dev/null
	[ "${stderr_lines[0]}" = 'kl-from-csv: --quote and --no-quotes exclude each other' ]
}

@test "kl-from-csv: --types auto makes numbers and booleans of what JSON would write so" {
	run -0 --separate-stderr kl-from-csv -q --types auto <<-'EOF'
		a,b,c,d
		0,-0,12345678901234567890.10,1E+2
		007,+1,.5,1.
		true,false,TRUE,null
		"1","true",1e,-
		, 1,1 ,0x1
		-01,1e+,1.5e-3,"1,5"
	EOF
	same '{"a":0,"b":-0,"c":12345678901234567890.10,"d":1E+2}
{"a":"007","b":"+1","c":".5","d":"1."}
{"a":true,"b":false,"c":"TRUE","d":"null"}
{"a":1,"b":true,"c":"1e","d":"-"}
{"a":"","b":" 1","c":"1 ","d":"0x1"}
{"a":"-01","b":"1e+","c":1.5e-3,"d":"1,5"}'
}

@test "kl-from-csv: --types holds columns to their type" {
	run -1 --separate-stderr kl-from-csv -q -r bad.ndjson --types 'n:number,b:bool,auto,"x,y:text"' <<-'EOF'
		n,b,"x,y",z
		1,true,2,3
		,,,
		1x,true,,
		1,yes,,
		2,false,"""",
	EOF
	same '{"n":1,"b":true,"x,y":"2","z":3}
{"n":"","b":"","x,y":"","z":""}
{"n":2,"b":false,"x,y":"\"","z":""}'
	run -0 reasons
	same '4 n not_number
5 b not_bool'
	run -64 --separate-stderr kl-from-csv -q --types m:number <<<$'n\n1'
	said 'kl-from-csv: --types: item 1 is for a column that the table does not have'
	run -64 --separate-stderr kl-from-csv -q --types n:int <<<$'n\n1'
	said 'kl-from-csv: --types: item 1 is no type; auto, NAME:text, NAME:number or NAME:bool'
	run -64 --separate-stderr kl-from-csv -q --types '"n":text' <<<$'n\n1'
	said 'kl-from-csv: the types are no row of CSV'
	run -64 --separate-stderr kl-from-csv -q --columns a,b --types a:text,c:bool </dev/null
	[ "${stderr_lines[0]}" = 'kl-from-csv: --types: item 2 is for a column that the table does not have' ]
}

@test "kl-from-csv: --null makes null of a value that is not in quotes" {
	run -0 --separate-stderr kl-from-csv -q --null '\N' <<-'EOF'
		a,b,c
		\N,"\N",\n
		"x""\N",\N,"two
		lines"
	EOF
	same '{"a":null,"b":"\\N","c":"\\n"}
{"a":"x\"\\N","b":null,"c":"two\nlines"}'
	run -0 --separate-stderr kl-from-csv -q --null '' --types auto <<<$'a,b,c\n,"",1\n"""",,'
	same '{"a":null,"b":"","c":1}
{"a":"\"","b":null,"c":null}'
}

@test "kl-from-csv: --encoding reads Latin-1, Windows-1252 and UTF-16" {
	want='{"naïve":"é","b":"\"x\"\nÿ"}'
	printf 'naïve,b\r\né,"""x""\nÿ"\r\n' >utf8
	for name in latin-1:LATIN1 windows-1252:CP1252 utf-16:UTF-16LE \
		utf-16:UTF-16BE utf-16le:UTF-16LE utf-16be:UTF-16BE; do
		{
			case $name in utf-16:*) printf '\xef\xbb\xbf' ;; esac
			cat utf8
		} | iconv -f UTF-8 -t "${name#*:}" >in
		run -0 --separate-stderr kl-from-csv -q --encoding "${name%:*}" in
		same "$want"
	done
	run -0 --separate-stderr kl-from-csv -q --encoding utf-8 utf8
	same "$want"
	run -0 --separate-stderr kl-from-csv -q --encoding windows-1252 < <(printf 'a\n\x80\n')
	same '{"a":"€"}'
	run -0 --separate-stderr kl-from-csv -q --encoding utf-16le < <(printf 'a\n1\n😀漢' | iconv -t UTF-16LE)
	same '{"a":"1"}
{"a":"😀漢"}'
}

@test "kl-from-csv: --encoding keeps lines right and sets aside what is no character" {
	printf 'a,b\n\xe9,"1\n\x80"\n2,\x81\n3\n4,x\n' >in
	run -1 --separate-stderr kl-from-csv -q -r bad.ndjson --encoding windows-1252 in
	same '{"a":"é","b":"1\n€"}
{"a":"4","b":"x"}'
	run -0 reasons
	same '4 b csv_utf8
5  row_short'
	run -0 grep -oE '"message":"[^"]*"|"raw.*' bad.ndjson
	same '"message":"value 2 is not windows-1252"
"raw_base64":"Miz/"}
"message":"1 value for 2 columns"
"raw":"3"}'
	run -65 --separate-stderr kl-from-csv -q --encoding utf-16le < <(printf 'a\0\n\0\x3d\xd8\n\0')
	[ "${stderr_lines[0]}" = 'kl-from-csv: line 2: a: value 1 is not utf-16le' ]
}

@test "kl-from-csv: --encoding converts inputs of many blocks" {
	{
		echo 'a,b'
		seq -f '%.0f,Ünïcödé €' 60000
	} >utf8
	iconv -f UTF-8 -t UTF-16 utf8 >in
	kl-from-csv -q --encoding utf-16 in | cmp - <(kl-from-csv -q utf8)
	iconv -f UTF-8 -t CP1252 utf8 | kl-from-csv -q --encoding windows-1252 |
		cmp - <(kl-from-csv -q utf8)
}

@test "kl-from-csv: --encoding is held against the mark of the input" {
	run -65 --separate-stderr kl-from-csv -q --encoding utf-16 <<<$'a\n1'
	said 'kl-from-csv: the input does not begin with a byte-order mark; --encoding utf-16le or utf-16be'
	run -65 --separate-stderr kl-from-csv -q --encoding latin-1 < <(printf '\xef\xbb\xbfa\n')
	said 'kl-from-csv: the input begins with the mark of UTF-8; leave --encoding out'
	run -0 --separate-stderr kl-from-csv -q --encoding utf-16 </dev/null
	same ''
	run -64 --separate-stderr kl-from-csv --encoding ebcdic </dev/null
	[[ ${stderr_lines[0]} == *--encoding*utf-16* ]]
}

@test "kl-from-csv: warns of a header that another delimiter would divide" {
	run -0 --separate-stderr kl-from-csv <<<$'a;b\n1;2'
	same '{"a;b":"1;2"}'
	said 'kl-from-csv: warning: the header is a single column with ";" in it; is --delimiter missing?
kl-from-csv: read 1 = 1 accepted; wrote 1'
}

@test "kl-from-csv: sets rows aside with their line and goes on" {
	printf '%s\n' a,b 1,2 3 '4,"5' '6"' 7,8,9 'x"y,1' '"z" ,1' >in
	printf '\xe9,1\nn\0,1\nc\rd,1\n10,11\n' >>in
	run -1 --separate-stderr kl-from-csv -r bad.ndjson <in
	same '{"a":"1","b":"2"}
{"a":"4","b":"5\n6"}
{"a":"10","b":"11"}'
	said 'kl-from-csv: 7 set aside in bad.ndjson: 1 row_short, 1 row_long, 2 csv_quote, 1 csv_utf8, 1 csv_nul, 1 csv_cr
kl-from-csv: read 10 = 3 accepted + 7 rejected; wrote 3'
	run -0 reasons
	same '3  row_short
6  row_long
7 a csv_quote
8 a csv_quote
9 a csv_utf8
10  csv_nul
11 a csv_cr'
	run -0 grep -o '"raw.*' bad.ndjson
	same '"raw":"3"}
"raw":"7,8,9"}
"raw":"x\"y,1"}
"raw":"\"z\" ,1"}
"raw_base64":"6Swx"}
"raw":"n\u0000,1"}
"raw":"c\rd,1"}'
}

@test "kl-from-csv: the text of rejects can be corrected and read again" {
	run -1 kl-from-csv -q -r bad.ndjson < <(printf 'a,b\n1,2\n3\n"4 "" \n",5"\n')
	run -0 --separate-stderr bash -c "jq -r .raw bad.ndjson |
		sed 's/^3\$/3,3/; s/5\"/5/' | kl-from-csv -q --columns a,b"
	same '{"a":"3","b":"3"}
{"a":"4 \" \n","b":"5"}'
}

@test "kl-from-csv: after broken quotes the next row is whole" {
	cat >in <<-'EOF'
		a,b
		"5" disk",1
		"said "hi" and
		went",2
		5" disk,"two
		lines"
		"Bob" Smith,3
		ok,4
	EOF
	run -1 --separate-stderr kl-from-csv -q -r bad.ndjson <in
	same '{"a":"ok","b":"4"}'
	run -0 reasons
	same '2 a csv_quote
3 a csv_quote
5 a csv_quote
7 a csv_quote'
}

@test "kl-from-csv: ends at the first bad row without --rejects" {
	run -65 --separate-stderr kl-from-csv <<<$'a,b\n1,2\n3,4,5\n6,7'
	same '{"a":"1","b":"2"}'
	said 'kl-from-csv: line 3: 3 values for 2 columns; is a delimiter in a value without quotes?
kl-from-csv: stopped at the first bad record; --rejects FILE sets such records aside and goes on
kl-from-csv: read 2 = 1 accepted + 1 rejected; wrote 1'
}

@test "kl-from-csv: a quote that is never closed ends the run, tolerance or not" {
	run -65 --separate-stderr kl-from-csv -r bad.ndjson <<<$'a,b\n1,2\n"x\ny","3\n4,5\n6,7'
	same '{"a":"1","b":"2"}'
	said 'kl-from-csv: line 3: the quote opened on line 4 is never closed; the input was cut short, or a quote in a value is not written twice
kl-from-csv: 1 set aside in bad.ndjson: 1 csv_open
kl-from-csv: read 2 = 1 accepted + 1 rejected; wrote 1'
	run -0 grep -o '"raw.*' bad.ndjson
	same '"raw":"\"x\ny\",\"3\n4,5\n6,7"}'
}

@test "kl-from-csv: refuses a header with a name missing or twice" {
	run -65 --separate-stderr kl-from-csv -q -r bad.ndjson <<<$'a,,c\n1,2,3'
	same ''
	said 'kl-from-csv: line 1: column 2 has no name; the first row names the columns: correct it, or name them with --columns (and --skip-header)'
	run -65 --separate-stderr kl-from-csv -q <<<$'\na,b,"a"\n1,2,3'
	said 'kl-from-csv: line 2: columns 1 and 3 have the same name; the first row names the columns: correct it, or name them with --columns (and --skip-header)'
}

@test "kl-from-csv: refuses UTF-16 and headers in another encoding, with the remedy" {
	run -65 --separate-stderr kl-from-csv -q < <(printf 'a,b\n1,2\n' | iconv -t UTF-16)
	said 'kl-from-csv: line 1: the input is UTF-16; --encoding utf-16'
	run -65 --separate-stderr kl-from-csv -q < <(printf 'a,\xe9\n1,2\n')
	said 'kl-from-csv: line 1: value 2 is not UTF-8; --encoding windows-1252, or whatever the input is in'
}

@test "kl-from-csv: tells a table whose lines end with CR alone" {
	run -65 --separate-stderr kl-from-csv -q < <(printf 'a,b\r1,2\r')
	said "kl-from-csv: line 1: value 2 has a carriage return in it and no quotes; quote the value, or, if lines end with CR alone, tr '\\r' '\\n' first"
}

@test "kl-from-csv: --max-rejects and --max-reject-ratio end the run with 65" {
	printf '%s\n' a,b 1 2 3 4,5 >in
	run -65 --separate-stderr kl-from-csv -q -r bad.ndjson --max-rejects 2 <in
	[ "$(wc -l <bad.ndjson)" -eq 3 ]
	run -65 --separate-stderr kl-from-csv -q -r bad.ndjson --max-reject-ratio 50% <in
	same '{"a":"4","b":"5"}'
}

@test "kl-from-csv: --summary writes the counts as JSON" {
	run -1 kl-from-csv -q -r bad.ndjson --summary s.json <<<$'a,b\n1,2\n3'
	run -0 jq -c '[.tool,.read,.accepted,.rejected,.written,.rejects,.exit]' s.json
	same '["kl-from-csv",2,1,1,1,{"row_short":1},1]'
}

@test "kl-from-csv: --unbuffered writes each record at once" {
	run -0 --separate-stderr kl-from-csv -qu <<<$'a\n1\n2'
	same '{"a":"1"}
{"a":"2"}'
	{
		printf 'a\n1\n'
		for _ in $(seq 100); do
			[ -s out ] && break
			sleep 0.02
		done
		cp out seen
	} | kl-from-csv -q >out
	[ "$(cat seen)" = '{"a":"1"}' ]
}

@test "kl-from-csv: --progress tells how far it is, where the size is known" {
	printf 'a\n1\n' >in
	run -0 --separate-stderr kl-from-csv --progress always in
	[[ $stderr == *100%* || $stderr == *'read 1 = 1 accepted'* ]]
}

@test "kl-from-csv: no input is no records, and said" {
	run -0 --separate-stderr kl-from-csv </dev/null
	same ''
	said 'kl-from-csv: the input is empty: there is not even a header
kl-from-csv: read 0 = 0 accepted; wrote 0'
	run -0 --separate-stderr kl-from-csv <<<'a,b'
	said 'kl-from-csv: read 0 = 0 accepted; wrote 0'
}

@test "kl-from-csv: blank lines are no rows" {
	run -0 --separate-stderr kl-from-csv -q < <(printf '\n\r\na\n\n1\n\n""\n')
	same '{"a":"1"}
{"a":""}'
}

@test "kl-from-csv: the last row needs no newline" {
	run -0 --separate-stderr kl-from-csv -q < <(printf 'a,b\n1,"2"')
	same '{"a":"1","b":"2"}'
	run -65 --separate-stderr kl-from-csv -q < <(printf 'a,b\n1')
	said 'kl-from-csv: line 2: 1 value for 2 columns; the last line has no newline: the input may have been cut short'
}

@test "kl-from-csv: a row over 16 MiB is set aside by its place, and the rest read" {
	{
		printf 'a,b\n1,2\n"3\n'
		head -c 17000000 /dev/zero | tr '\0' x
		printf '",4\n5,6\n'
	} >in
	run -1 --separate-stderr kl-from-csv -q -r bad.ndjson in
	same '{"a":"1","b":"2"}
{"a":"5","b":"6"}'
	run -0 grep -o '"code.*' bad.ndjson
	same '"code":"row_too_long","message":"row of 17000006 bytes, over the limit of 16777216","hint":"is a quote left open?","class":"permanent"},"offset":8,"bytes":17000006}'
}

@test "kl-from-csv: a row that is over 16 MiB as a record is set aside" {
	{
		echo a
		head -c 9000000 /dev/zero | tr '\0' '\\'
		printf '\nx\n'
	} >in
	run -1 --separate-stderr kl-from-csv -q -r bad.ndjson in
	same '{"a":"x"}'
	[ "$(reasons)" = '2  record_too_big' ]
}

@test "kl-from-csv: takes 4096 columns and no more" {
	seq -s , 4096 >in
	seq -s , 4096 >>in
	kl-from-csv -q in | jq length >n
	[ "$(cat n)" = 4096 ]
	run -65 --separate-stderr kl-from-csv -q < <(seq -s , 4097)
	said 'kl-from-csv: line 1: more than 4096 values'
}

@test "kl-from-csv: names a file that cannot be read" {
	run -66 --separate-stderr kl-from-csv none.csv
	said 'kl-from-csv: cannot read none.csv: No such file or directory'
	run -66 --separate-stderr kl-from-csv .
	said 'kl-from-csv: cannot read .: it is a directory'
	run -64 --separate-stderr kl-from-csv a.csv b.csv
	[ "${stderr_lines[0]}" = 'kl-from-csv: takes one file, or standard input' ]
}

@test "kl-from-csv: the rejects must not be the input" {
	printf 'a\n1\n' >in
	run -64 --separate-stderr kl-from-csv -r in in
	[ "$(cat in)" = $'a\n1' ]
}

@test "kl-from-csv: names an unknown option and the nearest known" {
	run -64 --separate-stderr kl-from-csv --delimeter ,
	[[ ${stderr_lines[0]} == *--delimeter*--delimiter* ]]
}

@test "kl-from-csv: exits 74 when stdout is full" {
	[ -w /dev/full ] || skip "no /dev/full"
	run -74 --separate-stderr bash -c "kl-from-csv -q <<<\$'a\n1' >/dev/full"
	said 'kl-from-csv: cannot write standard output: No space left on device; what is there is incomplete; make room and run again'
}

@test "kl-from-csv: ends quietly when its reader leaves" {
	run -0 --separate-stderr bash -c 'yes 1,2 | kl-from-csv -q --columns a,b | head -1'
	same '{"a":"1","b":"2"}'
	said ''
}

@test "kl-from-csv: --help and the manual page list the same options" {
	page_matches kl-from-csv
}
