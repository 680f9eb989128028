#!/usr/bin/env bats

setup() {
	load helper
	cd "$BATS_TEST_TMPDIR" || return
}

# reason FIELD CODE: the one reject in bad.ndjson names both.
reason() {
	grep -c '"field":"'"$1"'","code":"'"$2"'"' bad.ndjson
}

# letters N: that many letters x.
letters() {
	printf '%*s' "$1" '' | tr ' ' x
}

@test "kl-validate: passes on what is right and sets aside the rest" {
	run -1 --separate-stderr kl-validate -q --rejects bad.ndjson <<-'EOF'
		{"email":"mira@shop.example"}
		{"email":"mira@shop"}
	EOF
	same '{"email":"mira@shop.example"}'
	said ''
	run -0 cat bad.ndjson
	[[ $output = '{"_kl_reject":{"v":1,"tool":"kl-validate","run":"'*'","line":2,"field":"email","code":"email_domain","message":"email has a domain without a dot","hint":"write the whole domain, as in name@shop.example","class":"permanent"},"record":{"email":"mira@shop"}}' ]]
}

@test "kl-validate: passes records byte for byte" {
	cat >in <<-'EOF'
		{"email":"a@b.co","properties":{"n":12345678901234567890,"x":1.50,"e":1E+2,"s":"\u00e9\/é"}}
		{ "email" : "a@b.co" ,	"title":null }
		{"properties":{"b":1,"a":{"z":[ ]}},"phone_number":"+4915112345678"}
	EOF
	kl-validate -q <in >out
	cmp in out
}

@test "kl-validate: passes records on wherever blocks, runs and lines end" {
	local some
	# Bad ones far from each other and close by; blanks, CRs, lines without
	# a record, and records out of reject lines; 1.4 MB of them.
	awk 'BEGIN {
		for (i = 1; i <= 20000; i++) {
			r = "{\"email\":\"mira." i "@shop.example\",\"title\":\"" \
				substr("xxxxxxxxxxxxxxxxxxxxxxxxx", 1, i % 23) "\"}"
			if (i % 997 == 0 || (i > 9000 && i % 7 == 0))
				sub(/@/, "", r)
			else
				print r >"expected"
			if (i % 400 == 1)
				r = "{\"_kl_reject\":{\"v\":1},\"record\":" r "}"
			printf "%s%s%s%s", i % 300 == 0 ? "\t" : "", r,
				i % 150 == 0 ? " \r" : "", i < 20000 ? "\n" : ""
			if (i % 500 == 0 && i < 20000)
				print ""
		}
	}' >in
	for some in '' '--threads 2' '--unique email' '--threads 2 --unique email' -u
	do
		# shellcheck disable=SC2086
		kl-validate -q $some -r bad.ndjson <in >out || [ $? -eq 1 ]
		cmp expected out
		# shellcheck disable=SC2086
		dd bs=7777 status=none <in |
			kl-validate -q $some -r bad.ndjson >out || [ $? -eq 1 ]
		cmp expected out
	done
}

@test "kl-validate: says the counts last, and how often each reason" {
	run -1 --separate-stderr kl-validate -r bad.ndjson <<-'EOF'
		{"email":"a@b.co"}
		{"phone_number":"0151"}
		{"email":"a"}
		{"phone_number":"112"}
	EOF
	same '{"email":"a@b.co"}'
	said 'kl-validate: 3 set aside in bad.ndjson: 2 phone_invalid, 1 email_invalid
kl-validate: read 4 = 1 accepted + 3 rejected; wrote 1'
}

@test "kl-validate: ends at the first wrong record without --rejects" {
	run -65 --separate-stderr kl-validate <<-'EOF'
		{"email":"a@b.co"}
		{"email":"a@b.co","first_name":7}
		{"email":"c@d.co"}
	EOF
	same '{"email":"a@b.co"}'
	said 'kl-validate: line 2: first_name is a number; it takes a string or null; put it in quotes
kl-validate: stopped at the first bad record; --rejects FILE sets such records aside and goes on
kl-validate: read 2 = 1 accepted + 1 rejected; wrote 1'
}

@test "kl-validate: --allow-unknown passes members that no profile has" {
	run -0 --separate-stderr kl-validate -q --allow-unknown <<-'EOF'
		{"email":"a@b.co","plan":"gold","location":{"floor":2}}
	EOF
	same '{"email":"a@b.co","plan":"gold","location":{"floor":2}}'
}

@test "kl-validate: --allow-utf8 passes names outside ASCII" {
	run -0 --separate-stderr kl-validate -q --allow-utf8 \
		<<<'{"email":"stanisław@bücher.example"}'
	same '{"email":"stanisław@bücher.example"}'
	run -65 --separate-stderr kl-validate -q --allow-utf8 \
		<<<'{"email":"stanisław@☃.example"}'
}

@test "kl-validate: passes domains outside ASCII that have an xn-- form" {
	cat >in <<-'EOF'
		{"email":"a@bücher.example"}
		{"email":"a@BÜCHER.example"}
		{"email":"a@例え.テスト"}
		{"email":"a@\u00fc.example"}
	EOF
	run -0 --separate-stderr kl-validate -q <in
	same "$(cat in)"
	run -65 --separate-stderr kl-validate -q <<<'{"email":"a@☃.example"}'
	said 'kl-validate: line 1: email has a domain that has a character that domains must not have; correct the domain, or write it in its xn-- form'
	run -65 --separate-stderr kl-validate -q \
		<<<"{\"email\":\"a@ü$(letters 58).example\"}"
	said 'kl-validate: line 1: email has a domain that has a part of over 63 characters in its xn-- form; correct the domain, or write it in its xn-- form'
}

@test "kl-validate: --fix and --unique put right and keep the first" {
	run -1 --separate-stderr kl-validate -q --fix --unique email \
		--rejects bad.ndjson <<-'EOF'
		{"email":" Mira@Shop.Example"}
		{"email":"mira@shop.example"}
	EOF
	same '{"email":"Mira@shop.example"}'
	said ''
	grep -q '"line":2,"field":"email","code":"duplicate","message":"email is that of line 1"' bad.ndjson
}

@test "kl-validate: --fix changes what needs no guessing, and counts it" {
	run -0 --separate-stderr kl-validate --fix --allow-unknown \
		--summary sum.json <<-'EOF'
		{"x":1.50, "email" : " A@Shop.Example\t","locale":"en_US" }
		{"email":"a@BÜCHER.example"}
		{"email":"a@b.co","first_name":" Mira ","phone_number":"+4915112345678 "}
		{"email":"a@b.co","first_name":"\u00e9"}
	EOF
	same '{"x":1.50, "email" : "A@shop.example","locale":"en-US" }
{"email":"a@xn--bcher-kva.example"}
{"email":"a@b.co","first_name":" Mira ","phone_number":"+4915112345678"}
{"email":"a@b.co","first_name":"\u00e9"}'
	said 'kl-validate: fixed 3 records: 2 trimmed, 1 with the domain in lower case, 1 with the domain in its xn-- form, 1 with a hyphen in the locale
kl-validate: read 4 = 4 accepted; wrote 4'
	grep -q '"fixed":3,"fixes":{"trim":2,"domain_case":1,"domain_xn":1,"locale":1}' sum.json
	run -0 --separate-stderr kl-validate -q --fix --kind event \
		<<<'{"metric":" x ","profile":{"email":"a@B.co"},"time":"2024-01-01T00:00:00Z ","value_currency":"eur"}'
	same '{"metric":" x ","profile":{"email":"a@b.co"},"time":"2024-01-01T00:00:00Z","value_currency":"EUR"}'
}

@test "kl-validate: --fix sets aside as it came what is still wrong" {
	run -1 --separate-stderr kl-validate --fix -r bad.ndjson \
		<<<'{"email":" Mira@Shop "}'
	same ''
	said 'kl-validate: fixed 0 records
kl-validate: 1 set aside in bad.ndjson: 1 email_domain
kl-validate: read 1 = 0 accepted + 1 rejected; wrote 0'
	grep -q '"record":{"email":" Mira@Shop "}}' bad.ndjson
}

@test "kl-validate: --unique compares texts, and passes records without the key" {
	run -1 --separate-stderr kl-validate -v --unique email -r bad.ndjson <<-'EOF'
		{"email":"a@b"}
		{"email":"a@b.co"}
		{"_kx":"k"}
		{"_kx":"k","email":null}
		{"email":"A@B.co"}
		{"email":"\u0061@b.co"}
		{"email":"c@b.co"}
	EOF
	same '{"email":"a@b.co"}
{"_kx":"k"}
{"_kx":"k","email":null}
{"email":"c@b.co"}'
	said 'kl-validate: remembered 2 keys in 0.0 MiB
kl-validate: 3 set aside in bad.ndjson: 1 email_domain, 2 duplicate
kl-validate: read 7 = 4 accepted + 3 rejected; wrote 4'
	run -0 grep -oE '"line":[56].*"message":"[^"]*"' bad.ndjson
	same '"line":5,"field":"email","code":"duplicate","message":"email is that of line 2"
"line":6,"field":"email","code":"duplicate","message":"email is that of line 2"'
}

@test "kl-validate: --unique makes one key of several members" {
	e='{"metric":"x","profile":{"email":"a@b.co"},"unique_id":'
	printf '%s\n' "$e\"1\"}" "$e\"2\"}" "$e\"1\"}" >in
	run -65 --separate-stderr kl-validate -q --kind event \
		--unique profile.email,metric,unique_id <in
	[ "${#lines[@]}" -eq 2 ]
	said 'kl-validate: line 3: profile.email,metric,unique_id is that of line 1; keep one of the two, or do not ask for --unique'
	for key in '' ',' 'a,' ',a' 'a,,b'; do
		run -64 kl-validate --unique "$key" </dev/null
	done
}

@test "kl-validate: --require-consent wants a source and a channel agreed to" {
	cat >in <<-'EOF'
		{"email":"a@b.co","consent":{"source":"Checkout","email":{"status":"SUBSCRIBED","consented_at":"2024-01-01T00:00:00Z"}}}
		{"email":"a@b.co"}
		{"email":"a@b.co","consent":{"email":{"status":"SUBSCRIBED"}}}
		{"email":"a@b.co","consent":{"source":"x","email":{"status":"UNSUBSCRIBED"}}}
		{"email":"a@b.co","consent":{"source":"x","sms":{"status":"SUBSCRIBED"}}}
		{"email":"a@b.co","consent":{"source":"x","email":{"status":"SUBSCRIBED","consented_at":"2999-01-01T00:00:00Z"}}}
	EOF
	run -0 kl-validate -q <in
	run -1 --separate-stderr kl-validate -q --require-consent -r bad.ndjson <in
	same "$(head -1 in)"
	run -0 bash -c 'sed -E "s/.*(\"line.*),\"hint.*/\1/" bad.ndjson'
	same '"line":2,"field":"consent","code":"consent_missing","message":"consent is missing"
"line":3,"field":"consent.source","code":"consent_missing","message":"consent.source is missing: where the person agreed"
"line":4,"field":"consent","code":"consent_withdrawn","message":"consent has no channel that is SUBSCRIBED, and one that is not any more"
"line":5,"field":"consent.sms","code":"consent_invalid","message":"consent.sms is SUBSCRIBED, and the record has nothing to write to"
"line":6,"field":"consent.email.consented_at","code":"consent_invalid","message":"consent.email.consented_at is in the future"'
	run -64 --separate-stderr kl-validate --kind event --require-consent </dev/null
	[[ $stderr = "kl-validate: --require-consent is for profiles"* ]]
}

@test "kl-validate: --kind event passes events byte for byte" {
	cat >in <<-'EOF'
		{"metric":"Placed Order","profile":{"email":"mira@shop.example"}}
		{ "metric":"Placed Order" ,"profile":{"id":"01H"},"properties":{"n":9223372036854775807,"x":1.50,"items":[{"sku":"\u00e9\/é"}]},"time":"2024-02-29T12:00:00+01:00","value":1E+2,"value_currency":"EUR","unique_id":"7","backfill":false}
	EOF
	run -0 --separate-stderr kl-validate --kind event <in
	same "$(cat in)"
	said 'kl-validate: read 2 = 2 accepted; wrote 2'
}

@test "kl-validate: --kind event names the path, the limit and the remedy" {
	p='"metric":"x","profile":{"email":"a@b.co"}'
	{
		echo '{"email":"a@b.co"}'
		echo '{"metric":"x"}'
		echo '{"metric":"x","profile":{"e_mail":"a@b.co"}}'
		echo '{"metric":"x","profile":{"email":"a"}}'
		echo "{$p,\"properties\":{\"a\":[{\"b\":9223372036854775808}]}}"
		echo "{$p,\"properties\":{\"a\":[[[[[[[[[[1]]]]]]]]]]}}"
		echo "{$p,\"time\":\"1999-12-31T23:59:59Z\"}"
		echo "{$p,\"time\":\"2026-11-23\"}"
		echo "{$p,\"value\":\"9.99\"}"
		echo "{$p,\"value_currency\":\"usd\"}"
		echo "{$p,\"unique_id\":\"\"}"
		echo "{$p,\"tiem\":1}"
	} >in
	run -1 --separate-stderr kl-validate --kind event -q -r bad.ndjson <in
	same ''
	run -0 bash -c 'sed -E "s/.*(\"line.*),\"class.*/\1/" bad.ndjson'
	same '"line":1,"field":"email","code":"member_unknown","message":"email is not a member of an event","hint":"what says who it is belongs inside profile"
"line":2,"field":"profile","code":"member_missing","message":"the event has no profile","hint":"add an object that says who it was, as in {\"email\":...}"
"line":3,"field":"profile.e_mail","code":"member_unknown","message":"profile.e_mail is not a member of a profile","hint":"is it email? otherwise, custom properties belong inside properties; or use --allow-unknown"
"line":4,"field":"profile.email","code":"email_invalid","message":"profile.email has no @","hint":"an address looks like name@shop.example"
"line":5,"field":"properties.a.0.b","code":"integer_too_big","message":"properties.a.0.b is an integer over 64 bits","hint":"put it in quotes; the service drops such events without a word"
"line":6,"field":"properties.a.0.0.0.0.0.0.0.0.0","code":"nesting_too_deep","message":"properties.a.0.0.0.0.0.0.0.0.0 is nested 11 levels deep; the service takes 10","hint":"nest it less, or put it into a string; the service drops such events without a word"
"line":7,"field":"time","code":"time_range","message":"time is before 2000-01-01T00:00:00Z","hint":"correct the time, or leave the event out; the service drops such events without a word"
"line":8,"field":"time","code":"time_invalid","message":"time cannot be read: time is not RFC 3339: only a date","hint":"write it as in 2026-11-23T04:05:06Z; the convert function date of kl-map does"
"line":9,"field":"value","code":"type_wrong","message":"value is a string; it takes a number or null","hint":"write it without quotes; the convert function number of kl-map does"
"line":10,"field":"value_currency","code":"currency_invalid","message":"value_currency is not a currency of ISO 4217","hint":"write it as in USD, in capital letters"
"line":11,"field":"unique_id","code":"unique_id_invalid","message":"unique_id is empty","hint":"leave the member out, or set it to null"
"line":12,"field":"tiem","code":"member_unknown","message":"tiem is not a member of an event","hint":"is it time? otherwise, what says what it was about belongs inside properties; or use --allow-unknown"'
}

@test "kl-validate: --kind event takes 400 properties, 4000 elements, 100000 bytes" {
	p='"metric":"x","profile":{"email":"a@b.co"}'
	for n in 399 400 401; do
		printf '{%s,"properties":{%s}}\n' "$p" \
			"$(seq -f '"p%g":0' -s , "$n")"
	done >in
	for n in 3999 4000 4001; do
		printf '{%s,"properties":{"a":[%s]}}\n' "$p" "$(seq -s , "$n")"
	done >>in
	for n in 99999 100000 100001; do
		printf '{%s,"properties":{"a":"%s"}}\n' "$p" "$(letters "$n")"
	done >>in
	run -1 --separate-stderr kl-validate --kind event -q -r bad.ndjson <in
	[ "${#lines[@]}" -eq 6 ]
	run -0 grep -oE '"line":[0-9]+,"field":"[a-z.]*","code":"[a-z_]*"' bad.ndjson
	same '"line":3,"field":"properties","code":"properties_too_many"
"line":6,"field":"properties.a","code":"array_too_long"
"line":9,"field":"properties.a","code":"string_too_long"'
}

@test "kl-validate: --kind event takes times up to a year from now" {
	for d in '+364 days' '+366 days'; do
		printf '{"metric":"x","profile":{"_kx":"k"},"time":"%s"}\n' \
			"$(date -ud "$d" +%Y-%m-%dT%H:%M:%SZ)"
	done >in
	run -65 --separate-stderr kl-validate --kind event -q <in
	[ "${#lines[@]}" -eq 1 ]
	said 'kl-validate: line 2: time is more than a year (365 days) ahead of now; correct the time, or send the event later; the service drops such events without a word'
}

@test "kl-validate: --kind takes profile and event only" {
	run -64 --separate-stderr kl-validate --kind person </dev/null
	[[ $stderr = *"profile"*"event"* ]]
	KL_VALIDATE_KIND=event run -65 --separate-stderr kl-validate -q \
		<<<'{"email":"a@b.co"}'
	[[ $stderr = *"not a member of an event"* ]]
}

@test "kl-validate: --allow-test-domains takes what is dropped, else warns or refuses" {
	e='{"metric":"x","profile":{"email":"a@Example.com"}}'
	run -65 --separate-stderr kl-validate --kind event -q <<<"$e"
	said 'kl-validate: line 1: profile.email is of a domain for tests, whose events the service drops without a word; use another address, or --allow-test-domains'
	run -0 --separate-stderr kl-validate --kind event --allow-test-domains <<<"$e"
	same "$e"
	said 'kl-validate: read 1 = 1 accepted; wrote 1'
	run -0 --separate-stderr kl-validate <<<'{"email":"a@test.com"}'
	same '{"email":"a@test.com"}'
	said 'kl-validate: warning: line 1: the domain of the address is one for tests
kl-validate: read 1 = 1 accepted; wrote 1'
	run -0 --separate-stderr kl-validate --allow-test-domains \
		<<<'{"email":"a@test.com"}'
	said 'kl-validate: read 1 = 1 accepted; wrote 1'
}

@test "kl-validate: warns of domains one letter away from a large provider" {
	for d in gmial.com gmail.com HOTMIAL.com shop.example yaho.com gmail.co; do
		echo "{\"email\":\"secret@$d\"}"
	done >in
	run -0 --separate-stderr kl-validate --summary sum.json <in
	same "$(cat in)"
	said 'kl-validate: warning: line 1: the domain of the address is one letter away from gmail.com
kl-validate: warning: line 3: the domain of the address is one letter away from hotmail.com
kl-validate: warning: line 5: the domain of the address is one letter away from yahoo.com
kl-validate: warning: 4 addresses are one letter away from a large provider
kl-validate: read 6 = 6 accepted; wrote 6'
	grep -q '"warnings":{"domain_typo":4}' sum.json
}

@test "kl-validate: names an unknown member, the nearest known and the ways out" {
	run -65 --separate-stderr kl-validate -q <<-'EOF'
		{"e_mail":"a@b.co"}
	EOF
	same ''
	said 'kl-validate: line 1: e_mail is not a member of a profile; is it email? otherwise, custom properties belong inside properties; or use --allow-unknown'
}

@test "kl-validate: --max-rejects ends the run with 65 when there are more" {
	printf '{"x":%d}\n' 1 2 3 4 >in
	run -65 --separate-stderr kl-validate -q -r bad.ndjson --max-rejects 2 <in
	[ "$(wc -l <bad.ndjson)" -eq 3 ]
	rm bad.ndjson
	run -1 --separate-stderr kl-validate -q -r bad.ndjson --max-rejects 4 <in
	[ "$(wc -l <bad.ndjson)" -eq 4 ]
}

@test "kl-validate: --max-reject-ratio judges at the end" {
	for _ in $(seq 990); do echo '{"email":"a@b.co"}'; done >in
	for _ in $(seq 10); do echo '{"email":"a"}'; done >>in
	run -1 --separate-stderr kl-validate -q -r bad --max-reject-ratio 1% <in
	run -65 --separate-stderr kl-validate -q -r bad --max-reject-ratio 0.9% <in
	[ "${#lines[@]}" -eq 990 ]
}

@test "kl-validate: --summary writes the counts as JSON" {
	printf '%s\n' '{"email":"a@b.co"}' '{"email":"a"}' '{}' |
		run -1 kl-validate -q -r bad.ndjson --summary sum.json
	run -0 sed -E 's/"run":"[^"]*"/"run":"R"/; s/"ms":[0-9]+/"ms":0/' sum.json
	[[ $output = '{"tool":"kl-validate","version":"'*'","run":"R","read":3,"accepted":1,"unchanged":0,"filtered":0,"rejected":2,"failed":0,"unknown":0,"written":1,"rejects":{"email_invalid":1,"identifier_missing":1},"warnings":{},"ms":0,"exit":1}' ]]
}

@test "kl-validate: takes its rejects back once they are corrected" {
	kl-validate -q -r bad.ndjson <<<'{"email":"mira@shop"}' || [ $? -eq 1 ]
	sed 's/mira@shop"/mira@shop.example"/' bad.ndjson >fixed.ndjson
	run -0 --separate-stderr kl-validate -q <fixed.ndjson
	same '{"email":"mira@shop.example"}'
	run -65 --separate-stderr kl-validate -q --no-unwrap <fixed.ndjson
	[[ $stderr = "kl-validate: line 1: _kl_reject is not a member of a profile;"* ]]
}

@test "kl-validate: -c reports a mistake in the configuration before it reads" {
	echo '{"chunk_sise":1}' >sync.json
	run -78 --separate-stderr kl-validate -c sync.json <<<'{"email":"a@b.co"}'
	same ''
	[[ $stderr = *chunk_size* ]]
}

@test "kl-validate: -u writes each record at once" {
	mkfifo in
	kl-validate -q -u <in >out &
	exec 9>in
	echo '{"email":"a@b.co"}' >&9
	for _ in $(seq 100); do [ -s out ] && break; sleep 0.02; done
	[ -s out ]
	exec 9>&-
	wait $!
}

@test "kl-validate: accepts empty input" {
	run -0 --separate-stderr kl-validate </dev/null
	same ''
	said 'kl-validate: read 0 = 0 accepted; wrote 0'
}

@test "kl-validate: skips blank lines but counts them as lines" {
	run -65 --separate-stderr kl-validate -q <<-'EOF'

		{"email":"a@b.co"}
		  
		{}
	EOF
	same '{"email":"a@b.co"}'
	[[ $stderr = "kl-validate: line 4: the record has no identifier"* ]]
}

@test "kl-validate: takes CRLF lines and a last line without its newline" {
	run -0 --separate-stderr bash -c \
		"printf '{\"email\":\"a@b.co\"}\r\n{\"email\":\"c@d.co\"}' | kl-validate -q"
	same '{"email":"a@b.co"}
{"email":"c@d.co"}'
}

@test "kl-validate: sets aside a truncated last line" {
	run -1 bash -c "printf '{\"email\":\"a@b.co\"}\n{\"ema' | kl-validate -q -r bad.ndjson"
	same '{"email":"a@b.co"}'
	grep -q '"line":2,.*"code":"json_syntax".*cut short.*"raw":"{\\"ema"' bad.ndjson
}

@test "kl-validate: sets aside bad JSON, bad UTF-8, duplicates and depth" {
	{
		echo '{"email":"a@b.co"'
		printf '{"email":"a@b.co","title":"\xff"}\n'
		echo '{"email":"a@b.co","email":"c@d.co"}'
		printf '{"email":"a@b.co","properties":{"x":%s%s}}\n' \
			"$(printf '[%.0s' $(seq 127))" "$(printf ']%.0s' $(seq 127))"
		echo '["a@b.co"]'
		echo '{"email":"ok@b.co"}'
	} >in
	run -1 --separate-stderr kl-validate -q -r bad.ndjson <in
	same '{"email":"ok@b.co"}'
	run -0 grep -o '"code":"[a-z_0-9]*"' bad.ndjson
	same '"code":"json_syntax"
"code":"json_utf8"
"code":"json_duplicate"
"code":"json_depth"
"code":"not_object"'
}

@test "kl-validate: survives a million nested brackets and a line over 16 MiB" {
	{
		head -c 1000000 /dev/zero | tr '\0' '['
		echo
		head -c 17000000 /dev/zero | tr '\0' ' '
		echo
		echo '{"email":"a@b.co"}'
	} >in
	run -1 --separate-stderr kl-validate -q -r bad.ndjson <in
	same '{"email":"a@b.co"}'
	[ "$(wc -l <bad.ndjson)" -eq 2 ]
	grep -q '"line":2,.*"bytes":17000000' bad.ndjson
}

@test "kl-validate: takes addresses of up to 100 characters, 64 before the @" {
	d=$(letters 31).co
	run -0 kl-validate -q <<<"{\"email\":\"$(letters 63)@$d\"}"
	run -0 kl-validate -q <<<"{\"email\":\"$(letters 64)@$d\"}"
	run -65 kl-validate -q <<<"{\"email\":\"$(letters 65)@$d\"}"
	run -0 kl-validate -q <<<"{\"email\":\"$(letters 64)@x$d\"}"
	run -0 kl-validate -q <<<"{\"email\":\"$(letters 61)@a.b$d\"}"
	run -0 kl-validate -q <<<"{\"email\":\"$(letters 62)@a.b$d\"}"
	run -65 --separate-stderr kl-validate -q \
		<<<"{\"email\":\"$(letters 64)@ab$d\"}"
	said 'kl-validate: line 1: email has 101 characters; the service takes 100; use an address of at most 100 characters'
}

@test "kl-validate: takes labels of up to 63 characters" {
	for n in 62 63; do
		run -0 kl-validate -q <<<"{\"email\":\"a@$(letters $n).co\"}"
	done
	run -65 --separate-stderr kl-validate -q \
		<<<"{\"email\":\"a@$(letters 64).co\"}"
	said 'kl-validate: line 1: email has a domain with a part of 64 characters; DNS allows 63; correct the domain'
}

@test "kl-validate: refuses names outside ASCII with a reason of their own" {
	run -1 --separate-stderr kl-validate -q -r bad.ndjson <<-'EOF'
		{"email":"jürgen@shop.example"}
		{"email":"\u00fc@b.co"}
		{"email":"a@xn--bcher-kva.example"}
	EOF
	same '{"email":"a@xn--bcher-kva.example"}'
	grep -q 'really called so, --allow-utf8 passes it' bad.ndjson
	[ "$(reason email email_non_ascii)" -eq 2 ]
}

@test "kl-validate: takes E.164 numbers of 7 to 15 digits" {
	for n in +1234567 +12345678 +12345678901234 +123456789012345; do
		run -0 kl-validate -q <<<"{\"phone_number\":\"$n\"}"
	done
	for n in +123456 +1234567890123456 15005550006 +0123456789 '+1 500' ''; do
		run -65 kl-validate -q <<<"{\"phone_number\":\"$n\"}"
	done
}

@test "kl-validate: takes coordinates within their ranges, as number or string" {
	for v in 89.9 90 -90 '"90"' '"-89.9"' null; do
		run -0 kl-validate -q \
			<<<"{\"_kx\":\"k\",\"location\":{\"latitude\":$v}}"
	done
	for v in 90.1 -90.1 '"90.1"' '"north"' '""' true; do
		run -65 kl-validate -q \
			<<<"{\"_kx\":\"k\",\"location\":{\"latitude\":$v}}"
	done
	for v in 179.9 180 -180; do
		run -0 kl-validate -q \
			<<<"{\"_kx\":\"k\",\"location\":{\"longitude\":$v}}"
	done
	run -65 --separate-stderr kl-validate -q \
		<<<'{"_kx":"k","location":{"longitude":180.1}}'
	said 'kl-validate: line 1: location.longitude is not between -180 and 180 degrees; write degrees as in 40.7128, or leave the member out'
}

@test "kl-validate: takes profiles of up to 100000 bytes as they are sent" {
	frame='{"type":"profile","attributes":{"email":"a@b.co","title":""}}'
	for n in 99999 100000 100001; do
		printf '{"created":"2024-01-01T00:00:00Z","email":"a@b.co","image":null,"title":"%s"}\n' \
			"$(letters $((n - ${#frame})))"
	done >in
	run -1 --separate-stderr kl-validate -q -r bad.ndjson <in
	[ "${#lines[@]}" -eq 2 ]
	[ "$(reason title profile_too_big)" -eq 1 ]
	grep -q '"line":3,.*the profile is 100001 bytes as it is sent; the service takes 100000' bad.ndjson
}

@test "kl-validate: checks the types of every member" {
	cat >in <<-'EOF'
		{"email":["a@b.co"]}
		{"external_id":7}
		{"_kx":"k","last_name":{}}
		{"_kx":"k","location":[]}
		{"_kx":"k","location":{"zip":10115}}
		{"_kx":"k","properties":"x"}
		{"_kx":"k","meta":{"patch_properties":{"unset":[1]}}}
		{"_kx":"k","consent":{"email":{"status":1}}}
		{"_kx":"k","subscriptions":[]}
		{"_kx":"k","locale":"en_US"}
	EOF
	run -1 kl-validate -q -r bad.ndjson <in
	run -0 bash -c 'grep -o "\"field\":\"[^,]*,\"code\":\"[a-z_]*\"" bad.ndjson'
	same '"field":"email","code":"type_wrong"
"field":"external_id","code":"type_wrong"
"field":"last_name","code":"type_wrong"
"field":"location","code":"type_wrong"
"field":"location.zip","code":"type_wrong"
"field":"properties","code":"type_wrong"
"field":"meta.patch_properties.unset","code":"type_wrong"
"field":"consent.email.status","code":"type_wrong"
"field":"subscriptions","code":"type_wrong"
"field":"locale","code":"locale_invalid"'
}

@test "kl-validate: never repeats a value in a message" {
	cat >in <<-'EOF'
		{"email":"secret@nowhere"}
		{"phone_number":"secret"}
		{"_kx":"k","locale":"secret!"}
		{"_kx":"k","location":{"latitude":"secret"}}
		{"secret_key":"secret"}
	EOF
	for n in 1 2 3 4 5; do
		run -65 --separate-stderr kl-validate < <(sed -n "${n}p" in)
		[[ ${stderr//secret_key/} != *secret* ]]
	done
}

@test "kl-validate: refuses unknown options and operands" {
	run -64 --separate-stderr kl-validate --allow-unknowns </dev/null
	same ''
	[[ $stderr = *--allow-unknown* ]]
	run -64 --separate-stderr kl-validate people.ndjson </dev/null
	[[ $stderr = "kl-validate: takes no operands"* ]]
}

@test "kl-validate: exits 74 when stdout is full" {
	[ -w /dev/full ] || skip "no /dev/full"
	run -74 --separate-stderr bash -c \
		'echo "{\"email\":\"a@b.co\"}" | kl-validate >/dev/full'
	[[ $stderr = *"standard output"* ]]
}

@test "kl-validate: ends when its reader leaves" {
	run -0 bash -c 'yes "{\"email\":\"a@b.co\"}" | kl-validate -q | head -1'
	same '{"email":"a@b.co"}'
}

@test "kl-validate: --help and the manual page list the same options" {
	page_matches kl-validate
}
