#!/usr/bin/env bats

setup() {
	load helper
	cd "$BATS_TEST_TMPDIR" || return
	export XDG_STATE_HOME=$BATS_TEST_TMPDIR/state
}

teardown() {
	stop_sandbox
}

# diff RECORDS...: the records, a line each, through kl-diff.
diff_of() {
	printf '%s\n' "$@" | kl-diff -q --state s.db
}

# receipt SEQ OUTCOME... < records: a receipt, in which the nth record has the
# nth outcome; the last one counts for the rest.  ACTION, STARTED and FROM (the
# line of the first) may be set.
receipt() {
	perl -MDigest::SHA=hmac_sha256 -MMIME::Base64 -MTime::HiRes=time \
		-MPOSIX=strftime -e '
		my @in = <STDIN>; # to its end: kl-diff makes the key at first use
		open(my $f, "<:raw", $ENV{HASH} // "$ENV{XDG_STATE_HOME}/kl/hash.key")
			or die "no key";
		local $/ = undef; my $key = <$f>; $/ = "\n";
		my ($seq, @o) = @ARGV; my @r; my $n = $ENV{FROM} // 1;
		for (@in) {
			chomp;
			my $d = encode_base64(substr(hmac_sha256($_, $key), 0, 16), "");
			$d =~ tr{+/=}{-_}d;
			push @r, sprintf("[%s,\"%s\",\"%s\"]", $n eq "null" ? $n : $n++, $d, $o[0]);
			shift @o if @o > 1;
		}
		my $t = time;
		my $s = $ENV{STARTED} // strftime("%Y-%m-%dT%H:%M:%S", gmtime($t)) .
			sprintf(".%03d+00:00", ($t - int $t) * 1000);
		printf("{\"receipt\":1,\"run\":\"%s\",\"seq\":%d,\"action\":\"%s\",\"started\":\"%s\",\"records\":[%s]}\n",
			$ENV{RUN} // "R1", $seq, $ENV{ACTION} // "add", $s, join(",", @r));
	' "$@"
}

commit() {
	kl-diff -q --state s.db --commit
}

now() {
	date -u +%Y-%m-%dT%H:%M:%S.%3N+00:00
}

# people A B: records of people A to B.
people() {
	seq "$1" "$2" | sed 's/.*/{"email":"p&@shop.example"}/'
}

a='{"email":"ada@shop.example","n":1}'
b='{"email":"ada@shop.example","n":2}'

@test "kl-diff: passes everything until a receipt comes back" {
	run -0 --separate-stderr kl-diff --state new.db <<<'{"email":"ada@shop.example","plan":"gold"}'
	same '{"email":"ada@shop.example","plan":"gold"}'
	said 'kl-diff: new.db is a new state: every record counts as new
kl-diff: read 1 = 1 accepted; wrote 1'
	run -0 --separate-stderr kl-diff --state new.db <<<'{"email":"ada@shop.example","plan":"gold"}'
	same '{"email":"ada@shop.example","plan":"gold"}'
	said 'kl-diff: passed by earlier runs, and without a receipt yet: 1; that does not count as arrived, see --commit
kl-diff: read 1 = 1 accepted; wrote 1'
}

@test "kl-diff: does not pass what arrived, and passes what changed since" {
	people 1 5 >in
	kl-diff -q --state s.db <in >out
	cmp in out
	receipt 1 accepted <out >r
	run -0 --separate-stderr kl-diff --state s.db --commit <r
	same ''
	said 'kl-diff: 5 records: 5 arrived and are known now, 0 did not, 0 were superseded, 0 committed before, 0 match nothing that is pending
kl-diff: read 1 = 1 accepted; wrote 0'
	sed 's/p3@shop.example"/&,"n":1/' in >in2
	run -0 --separate-stderr kl-diff --state s.db <in2
	same '{"email":"p3@shop.example","n":1}'
	said 'kl-diff: read 5 = 1 accepted + 4 unchanged; wrote 1'
}

@test "kl-diff: knows a record in another spelling" {
	diff_of '{"email":"Ada@Shop.example","l":{"x":1,"y":"é"},"n":[1,2]}' | receipt 1 accepted | commit
	run -0 diff_of ' {"n":[1, 2],"l":{"\u0079":"\u00e9","x":1} ,"email":"Ada@Shop.example"}'
	same ''
	run -0 diff_of '{"email":"Ada@Shop.example","l":{"x":1.0,"y":"é"},"n":[1,2]}'
	same '{"email":"Ada@Shop.example","l":{"x":1.0,"y":"é"},"n":[1,2]}'
	run -0 diff_of '{"email":"Ada@Shop.example","l":{"x":1,"y":"é"},"n":[2,1]}'
	same '{"email":"Ada@Shop.example","l":{"x":1,"y":"é"},"n":[2,1]}'
}

@test "kl-diff: folds addresses in keys, not in contents" {
	diff_of '{"email":"Ada@Shop.example"}' | receipt 1 accepted | commit
	diff_of '{"email":"ada@shop.example"}' >out
	[ -s out ]
	receipt 2 accepted <out | commit
	[ "$(sqlite3 s.db 'SELECT count(*) FROM known')" = 1 ]
}

@test "kl-diff: keeps the bytes of records" {
	cat >in <<-'EOF'
		{"email":"a@b.co","properties":{"n":12345678901234567890,"x":1.50}}
		{ "email" : "\u0061b@b.co" ,	"title":null }
	EOF
	kl-diff -q --state s.db <in >out
	cmp in out
}

@test "kl-diff: --key names the fields, the first one present counts" {
	printf '%s\n' '{"id":7,"sku":"x"}' '{"sku":"y"}' >in
	kl-diff -q --state s.db --key id --key sku <in >out
	cmp in out
	receipt 1 accepted <out | commit
	run -0 kl-diff -q --state s.db --key id --key sku <<<'{"id":"8","sku":"x"}'
	same '{"id":"8","sku":"x"}'
	run -0 kl-diff -q --state s.db --key id --key sku <in
	same ''
	run -78 --separate-stderr kl-diff -q --state s.db --key sku <in
	same ''
	said 'kl-diff: s.db was made with another --key; name the same fields in the same order, or start a new state'
}

@test "kl-diff: --key takes a path, and sets aside what has none" {
	run -1 --separate-stderr kl-diff --state s.db --key profile.email -r bad.ndjson <<-'EOF'
		{"profile":{"email":"a@b.co"}}
		{"profile":{"email":""}}
		{"profile":{"email":null}}
		{"profile":{"email":"c@b.co"}}
	EOF
	same '{"profile":{"email":"a@b.co"}}
{"profile":{"email":"c@b.co"}}'
	said 'kl-diff: s.db is a new state: every record counts as new
kl-diff: 2 set aside in bad.ndjson: 2 key_missing
kl-diff: read 4 = 2 accepted + 2 rejected; wrote 2'
	grep -q '"line":2,"field":"profile.email","code":"key_missing"' bad.ndjson
}

@test "kl-diff: without --rejects stops at the first record without a key" {
	run -65 --separate-stderr kl-diff --state s.db <<<"$a"$'\n{"n":1}\n'"$b"
	same "$a"
	said 'kl-diff: s.db is a new state: every record counts as new
kl-diff: line 2: there is no email, phone_number, external_id or id to know it by; name the field with --key
kl-diff: stopped at the first bad record; --rejects FILE sets such records aside and goes on
kl-diff: read 2 = 1 accepted + 1 rejected; wrote 1'
}

@test "kl-diff: --ignore leaves a field out of the content" {
	echo '{"email":"a@b.co","n":1,"at":{"t":1,"z":2}}' |
		kl-diff -q --state s.db --ignore at.t --ignore no |
		receipt 1 accepted | commit
	run -0 kl-diff -q --state s.db --ignore at.t --ignore no <<-'EOF'
		{"email":"a@b.co","n":1,"at":{"t":9,"z":2}}
		{"email":"a@b.co","n":1,"at":{"z":2},"no":[]}
	EOF
	same ''
	run -0 --separate-stderr kl-diff --state s.db --ignore at.t <<<'{"email":"a@b.co","n":1,"at":{"z":3}}'
	same '{"email":"a@b.co","n":1,"at":{"z":3}}'
	said 'kl-diff: --ignore and --only are not those of the run before: more records than usual may count as changed
kl-diff: read 1 = 1 accepted; wrote 1'
}

@test "kl-diff: --only makes the content of the fields named" {
	echo '{"email":"a@b.co","n":1,"m":1,"x":1}' |
		kl-diff -q --state s.db --only n --only m | receipt 1 accepted | commit
	run -0 kl-diff -q --state s.db --only n --only m <<-'EOF'
		{"x":2,"m":1,"n":1,"email":"a@b.co"}
		{"x":2,"m":2,"n":1,"email":"a@b.co"}
	EOF
	same '{"x":2,"m":2,"n":1,"email":"a@b.co"}'
}

@test "kl-diff: offers again what was refused, failed, or is unknown" {
	people 1 4 | kl-diff -q --state s.db >out
	receipt 1 accepted rejected failed unknown <out >r
	run -0 --separate-stderr kl-diff --state s.db --commit <r
	[[ $stderr = *'4 records: 1 arrived and is known now, 3 did not, 0 '* ]]
	run -0 diff_of "$(people 1 4)"
	same "$(people 2 4)"
}

@test "kl-diff: a later receipt settles what was unknown" {
	diff_of "$a" >out
	receipt 1 unknown <out | commit
	receipt 1 accepted <out | commit
	run -0 diff_of "$a"
	same ''
}

@test "kl-diff: the receipt of a superseded row makes its key offered again" {
	diff_of "$a" | receipt 1 accepted >r1
	diff_of "$b" | receipt 2 accepted >r2
	commit <r2
	run -0 diff_of "$b"
	same ''
	run -0 --separate-stderr kl-diff --state s.db --commit <r1
	[[ $stderr = *' 0 arrived and are known now, 0 did not, 1 was superseded,'* ]]
	run -0 diff_of "$b"
	same "$b"
}

@test "kl-diff: receipts in the order of the rows settle on the newest" {
	diff_of "$a" | receipt 1 accepted >r
	diff_of "$b" | receipt 2 accepted >>r
	commit <r
	run -0 diff_of "$b"
	same ''
}

@test "kl-diff: A, B, A in one run is settled by the last A alone" {
	diff_of "$a" "$b" "$a" >out
	[ "$(wc -l <out)" -eq 3 ]
	receipt 1 accepted accepted failed <out >r
	cp s.db before.db
	commit <r
	run -0 diff_of "$a"
	same "$a"
	cp before.db s.db
	head -1 out | receipt 1 accepted | commit
	run -0 diff_of "$a"
	same "$a"
	cp before.db s.db
	tail -1 out | FROM=3 receipt 1 accepted | commit
	run -0 diff_of "$a"
	same ''
	cp before.db s.db
	receipt 1 accepted <out | commit
	run -0 diff_of "$a"
	same ''
}

@test "kl-diff: A, B, A over three runs is not settled by the first A" {
	diff_of "$a" | receipt 1 accepted >r1
	diff_of "$b" | receipt 2 accepted >r2
	sleep 0.01
	diff_of "$a" | receipt 3 accepted >r3
	commit <r1
	run -0 diff_of "$a"
	same "$a"
	rm s.db
	diff_of "$a" | receipt 1 accepted >r1
	diff_of "$b" | receipt 2 accepted >r2
	sleep 0.01
	diff_of "$a" | receipt 3 accepted >r3
	cat r1 r2 r3 | commit
	run -0 diff_of "$a"
	same ''
}

@test "kl-diff: a known row is passed if another was passed since" {
	diff_of "$a" | receipt 1 accepted | commit
	run -0 diff_of "$b" "$a"
	same "$b
$a"
	run -0 diff_of "$a"
	same "$a"
}

@test "kl-diff: a crash between push and commit costs a second offer" {
	people 1 3 | kl-diff -q --state s.db | receipt 1 accepted >r1
	people 1 3 | kl-diff -q --state s.db >again
	[ "$(wc -l <again)" -eq 3 ]
	commit <r1
	run -0 diff_of "$(people 1 3)"
	same ''
}

@test "kl-diff: half of the receipts commit half of the records" {
	people 1 6 | kl-diff -q --state s.db >out
	head -3 out | receipt 1 accepted >r
	tail -3 out | FROM=4 receipt 2 accepted >>r
	head -c -40 r >half
	run -65 --separate-stderr kl-diff --state s.db --commit <half
	[[ $stderr = *'3 records: 3 arrived'*'kl-diff: line 2: '* ]]
	run -0 diff_of "$(people 1 6)"
	same "$(people 4 6)"
	commit <r
	run -0 diff_of "$(people 1 6)"
	same ''
}

@test "kl-diff: committing again changes nothing" {
	diff_of "$a" "$b" >out
	receipt 1 accepted <out >r
	commit <r
	sqlite3 s.db 'SELECT hex(key), hex(value), seq, dirty FROM known' >one
	run -0 --separate-stderr kl-diff --state s.db --commit <r
	said 'kl-diff: 2 records: 0 arrived and are known now, 0 did not, 0 were superseded, 2 committed before, 0 match nothing that is pending
kl-diff: read 1 = 1 accepted; wrote 0'
	cat r r | commit
	sqlite3 s.db 'SELECT hex(key), hex(value), seq, dirty FROM known' >two
	cmp one two
	[ "$(cut -d'|' -f4 one)" = 0 ]
}

@test "kl-diff: receipts of another state match nothing, and that is said" {
	diff_of "$a" >out
	people 1 2 | receipt 1 accepted >other
	run -0 --separate-stderr kl-diff --state s.db --commit <other
	said 'kl-diff: 2 records: 0 arrived and are known now, 0 did not, 0 were superseded, 0 committed before, 2 match nothing that is pending
kl-diff: none of these receipts is of records this state passed: is it the right one, and did kl-push use the same --hash-key?
kl-diff: read 1 = 1 accepted; wrote 0'
	run -0 diff_of "$a"
	same "$a"
}

@test "kl-diff: a receipt sent before a row was passed is not that row's" {
	diff_of "$a" >out
	STARTED=2020-01-01T00:00:00+00:00 receipt 1 accepted <out >r
	run -0 --separate-stderr kl-diff --state s.db --commit <r
	[[ $stderr = *' 1 matches nothing that is pending'* ]]
}

@test "kl-diff: receipts without lines are enough where rows differ" {
	people 1 3 | kl-diff -q --state s.db >out
	FROM=null receipt 1 accepted <out | commit
	run -0 diff_of "$(people 1 3)"
	same ''
}

@test "kl-diff: --commit asks for --receipt-records" {
	diff_of "$a" >/dev/null
	run -65 --separate-stderr kl-diff --state s.db --commit <<<'{"receipt":1,"run":"R","seq":1}'
	same ''
	[[ $stderr = *'kl-diff: line 1: the receipt does not list its records; have it made with --receipt-records'* ]]
}

@test "kl-diff: --commit sets aside what is no receipt" {
	diff_of "$a" >out
	{
		echo "$a"
		echo '{"receipt":2}'
		echo '{"receipt":1,"records":[[1,"short","accepted"]]}'
		echo '{"receipt":1,"records":[[1,"AAAAAAAAAAAAAAAAAAAAAA","perhaps"]]}'
		echo '{"receipt":1,"records":{}}'
		echo '{"receipt":1,"started":"then","records":[]}'
		receipt 1 accepted <out
	} >r
	run -1 --separate-stderr kl-diff --state s.db --commit -r bad.ndjson <r
	[[ $stderr = *'6 set aside in bad.ndjson: 1 not_receipt, 1 receipt_version, 3 receipt_records, 1 receipt_started'* ]]
	run -0 diff_of "$a"
	same ''
}

@test "kl-diff: takes reject lines, --no-unwrap takes them as they are" {
	reject='{"_kl_reject":{"v":1,"line":3,"code":"x"},"record":'$a'}'
	run -0 diff_of "$reject"
	same "$a"
	run -65 kl-diff -q --no-unwrap --state s.db <<<"$reject"
}

@test "kl-diff: --gone lists who is known and not in the input" {
	people 1 20 >old
	kl-diff -q --state s.db <old | receipt 1 accepted | commit
	people 2 20 >new
	run -0 --separate-stderr kl-diff --state s.db --gone gone --previous old <new
	same ''
	said 'kl-diff: 1 of 20 known is gone; 1 is listed in gone
kl-diff: read 19 = 0 accepted + 19 unchanged; wrote 0'
	[ "$(cat gone)" = "$(people 1 1)" ]
	[ "$(stat -c %a gone)" = 600 ]
	# Until the receipt of their removal they stay known.
	kl-diff -q --state s.db --gone again --previous old <new
	cmp gone again
	ACTION=remove receipt 2 accepted <gone | commit
	kl-diff -q --state s.db --gone third --previous old <new
	[ ! -s third ]
	run -0 diff_of "$(people 1 3)"
	same "$(people 1 1)"
}

@test "kl-diff: one who was gone and came back is offered, whatever the receipt" {
	people 1 20 >old
	kl-diff -q --state s.db <old | receipt 1 accepted | commit
	people 2 20 | kl-diff -q --state s.db --gone gone --previous old --expect 19
	run -0 diff_of "$(people 1 1)"
	same "$(people 1 1)"
	ACTION=remove receipt 2 accepted <gone | commit
	run -0 diff_of "$(people 1 1)"
	same "$(people 1 1)"
}

@test "kl-diff: a late receipt does not bring back who is gone" {
	echo "$a" | tee old | kl-diff -q --state s.db | receipt 1 accepted | commit
	diff_of "$b" | receipt 2 accepted >late
	: >new
	kl-diff -q --state s.db --gone gone --previous old --allow-empty --max-gone 1 <new
	cmp gone old
	ACTION=remove receipt 3 accepted <gone | commit
	commit <late
	run -0 diff_of "$b"
	same "$b"
}

@test "kl-diff: --gone keeps who has another identifier in the input, or is protected" {
	for i in $(seq 40); do
		echo "{\"email\":\"p$i@b.co\",\"phone_number\":\"+4930$i\"}"
	done >old
	kl-diff -q --state s.db <old | receipt 1 accepted | commit
	tail -n +5 old >new
	echo '{"phone_number":"+49301","first_name":"Ada"}' >>new
	echo '{"_kl_reject":{"v":1},"record":{"email":"P2@b.co"}}' >keep
	tail -n +4 old >short
	run -0 --separate-stderr kl-diff -v --state s.db --gone gone --protect keep \
		--previous short --previous old <new
	same '{"phone_number":"+49301","first_name":"Ada"}'
	[ "$(cat gone)" = "$(sed -n '4p; 3p' old | sort -r)" ]
	[[ $stderr = *'4 of 40 known are gone; 2 are listed in gone
kl-diff: 1 is protected
kl-diff: 1 is in the input by another identifier'* ]]
	run -0 --separate-stderr kl-diff --state s.db --gone gone --previous short <new
	[[ $stderr = *'4 of 40 known are gone; 1 is listed in gone'*'3 are not in --previous'* ]]
	echo '{"n":1}' >keep
	run -65 --separate-stderr kl-diff --state s.db --gone none --protect keep \
		--previous old <new
	[[ $stderr = *'keep: line 1: the record has none of the key fields'* ]]
	[ ! -e none ]
}

@test "kl-diff: --gone lists nobody unless the input is known to be complete" {
	people 1 20 >old
	kl-diff -q --state s.db <old | receipt 1 accepted | commit
	echo before >gone
	refused() {
		run "-$1" --separate-stderr kl-diff -q --state s.db --gone gone --previous old "${@:3}"
		[[ $stderr = *"$2"* ]] || { echo "$stderr"; return 1; }
		[ "$(cat gone)" = before ]
		[ -z "$(ls gone.* 2>/dev/null)" ]
	}
	people 2 20 >new
	refused 64 'read it from a file, or give --expect N' < <(cat new)
	refused 65 '19 records were read, --expect says 20' --expect 20 <new
	refused 65 'the input was empty' </dev/null --expect 0
	: >empty
	refused 65 'the input was empty' <empty
	refused 65 '20 of 20 known are gone, --max-gone 10% allows 2' --allow-empty <empty
	people 4 20 >new
	refused 65 '3 of 20 known are gone, --max-gone 10% allows 2' <new
	refused 65 '--max-gone 2 allows 2' --max-gone 2 <new
	echo '{"n":1}' >>new
	refused 65 '1 record was set aside and may be one of those that seem gone' -r bad <new
	refused 64 'give a number, or a whole percentage' --max-gone 3x <new
	people 4 20 >new
	kl-diff -q --state s.db --gone gone --previous old --max-gone 15% <new
	[ "$(cat gone)" = "$(people 1 3)" ]
	kl-diff -q --state s.db --gone gone --previous old --max-gone 20 --allow-empty <empty
	cmp gone old
}

@test "kl-diff: --gone does not go without --previous, nor into it" {
	people 1 2 | tee old >in
	run -64 --separate-stderr kl-diff --state s.db --gone gone </dev/null
	[[ $stderr = 'kl-diff: --gone needs --previous FILE, '* ]]
	run -64 --separate-stderr kl-diff --state s.db --gone old --previous old </dev/null
	run -64 --separate-stderr kl-diff --state s.db --expect 2 </dev/null
	run -64 --separate-stderr kl-diff --state s.db --commit --gone g --previous old </dev/null
	run -66 --separate-stderr kl-diff -q --state s.db --gone g --previous none <in
	said 'kl-diff: none: No such file or directory'
}

# tombstones FIELD VALUE: a file of somebody forgotten by that.
tombstones() {
	perl -MDigest::SHA=hmac_sha256_hex -e '
		open(my $f, "<:raw", "$ENV{XDG_STATE_HOME}/kl/hash.key") or die;
		local $/ = undef; my $key = <$f>;
		printf("{\"tombstones\":1,\"hash\":\"%s\"}\n",
			substr(hmac_sha256_hex("tombstones of kl\0", $key), 0, 32));
		printf("{\"forgotten\":\"%s\",\"at\":1795420800}\n",
			substr(hmac_sha256_hex("$ARGV[0]\0$ARGV[1]", $key), 0, 32));
	' "$@"
}

@test "kl-diff: --tombstones sets aside who was forgotten, by any identifier" {
	diff_of '{"id":"0"}' >/dev/null # makes the hash key
	tombstones email ada@shop.example >stones
	c='{"phone_number":"+491234567","email":"ADA@shop.example"}'
	d='{"email":"bo@shop.example"}'
	run -1 --separate-stderr kl-diff --state s.db --tombstones stones -r bad \
		--summary sum < <(printf '%s\n' "$a" "$d" "$c")
	same "$d"
	said 'kl-diff: passed by earlier runs, and without a receipt yet: 1; that does not count as arrived, see --commit
kl-diff: 2 set aside in bad: 2 forgotten
kl-diff: read 3 = 1 accepted + 2 rejected; wrote 1'
	[ "$(jq -c '[._kl_reject.code,._kl_reject.field,.record.email]' bad)" = '["forgotten","email","ada@shop.example"]
["forgotten","email","ADA@shop.example"]' ]
	grep -q '"forgotten":2' sum
	run -65 --separate-stderr kl-diff -q --state s.db --tombstones stones <<<"$a"
	said 'kl-diff: line 1: email: this person was forgotten; --allow-forgotten if they have come back'
	tombstones external_id 7 >stones
	run -65 kl-diff -q --state t.db --key email --tombstones stones \
		<<<'{"email":"x@shop.example","external_id":"7"}'
}

@test "kl-diff: --allow-forgotten passes them and counts" {
	diff_of '{"id":"0"}' >/dev/null
	tombstones email ada@shop.example >stones
	run -0 --separate-stderr kl-diff --state s.db --tombstones stones \
		--allow-forgotten <<<"$a"
	same "$a"
	said 'kl-diff: passed by earlier runs, and without a receipt yet: 1; that does not count as arrived, see --commit
kl-diff: 1 record is of somebody who was forgotten, and went on all the same
kl-diff: read 1 = 1 accepted; wrote 1'
}

@test "kl-diff: --tombstones has to be there, whole, and of the same secret" {
	diff_of '{"id":"0"}' >/dev/null
	run -66 --separate-stderr kl-diff -q --state s.db --tombstones none <<<"$a"
	said 'kl-diff: none: No such file or directory; an empty file will do if nobody is forgotten yet'
	: >stones
	run -0 kl-diff -q --state s.db --tombstones stones <<<"$a"
	same "$a"
	echo "$a" >stones
	run -65 --separate-stderr kl-diff -q --state s.db --tombstones stones <<<"$a"
	said 'kl-diff: stones: line 1: no file of tombstones; restore it from a copy'
	tombstones email a@b.co | sed 's/hash":"../hash":"zz/' >stones
	run -65 kl-diff -q --state s.db --tombstones stones <<<"$a"
	tombstones email a@b.co | sed '1s/hash":"[0-9a-f]\{8\}/hash":"00000000/' >stones
	run -78 --separate-stderr kl-diff -q --state s.db --tombstones stones <<<"$a"
	said 'kl-diff: stones was made with another hash key; give the key of that time with --hash-key'
	run -64 --separate-stderr kl-diff --state s.db --allow-forgotten <<<"$a"
	run -64 --separate-stderr kl-diff --state s.db --commit --tombstones stones <<<"$a"
}

@test "kl-diff: who was forgotten does not keep --gone from its list, nor is on it" {
	people 1 20 >old
	kl-diff -q --state s.db <old | receipt 1 accepted | commit
	tombstones email p20@shop.example >stones
	people 2 20 >new
	run -1 --separate-stderr kl-diff -q --state s.db --tombstones stones -r bad \
		--gone gone --previous old <new
	[ "$(cat gone)" = "$(people 1 1)" ]
	echo '{"n":1}' >>new
	run -65 --separate-stderr kl-diff -q --state s.db --tombstones stones -r bad \
		--gone none --previous old <new
	[[ $stderr = *'1 record was set aside and may be one of those'* ]]
}

@test "kl-diff: of two runs on one state the second ends with 75" {
	mkfifo pipe
	kl-diff -q --state s.db <pipe >out 3>&- &
	exec 9>pipe
	echo "$a" >&9
	for _ in $(seq 100); do
		[ -s out ] && break
		sleep 0.02
	done
	run -75 --separate-stderr kl-diff --state s.db <<<"$b" 9>&-
	same ''
	said 'kl-diff: s.db: another kl-diff is using it; try again when it has ended
kl-diff: read 0 = 0 accepted; wrote 0'
	exec 9>&-
	wait
	[ "$(cat out)" = "$a" ]
}

@test "kl-diff: killed at any time leaves a state that can be used" {
	people 1 40000 >in
	for ms in 010 030 050 080 120; do
		kl-diff -q --state s.db <in >out 3>&- &
		pid=$!
		sleep 0.$ms
		kill -9 $pid 2>/dev/null || true
		wait $pid || true
		# Whatever was written is known to be pending.
		n=$(wc -l <out)
		[ "$(sqlite3 s.db 'PRAGMA integrity_check')" = ok ]
		m=$(sqlite3 s.db 'SELECT count(*) FROM pending' 2>/dev/null || echo 0)
		[ "$n" -le "$m" ]
	done
	kl-diff -q --state s.db <in >out
	cmp in out
	receipt 1 accepted <out | commit
	run -0 kl-diff -q --state s.db <in
	same ''
}

@test "kl-diff: fingerprints of many known rows answer as the state does" {
	people 1 40000 >in
	kl-diff -q --state s.db <in | receipt 1 accepted | commit
	run -0 --separate-stderr kl-diff --state s.db <in
	same ''
	said 'kl-diff: read 40000 = 0 accepted + 40000 unchanged; wrote 0'
	{
		cat in
		echo '{"email":"p39999@shop.example","n":2}'
		echo '{"email":"p39999@shop.example"}'
		echo '{"email":"new@shop.example"}'
	} >in2
	run -0 --separate-stderr kl-diff --state s.db <in2
	same '{"email":"p39999@shop.example","n":2}
{"email":"p39999@shop.example"}
{"email":"new@shop.example"}'
}

@test "kl-diff: with no room for fingerprints it asks the state" {
	people 1 40000 >in
	kl-diff -q --state s.db <in | receipt 1 accepted | commit
	echo '{"email":"p39999@shop.example","n":2}' >>in
	run -0 bash -c 'trap "" XFSZ; ulimit -f 100; exec kl-diff -q --state s.db <in'
	same '{"email":"p39999@shop.example","n":2}'
	tail -n 1 in >in2
	head -n 40000 in >>in2
	run -0 bash -c 'trap "" XFSZ; ulimit -f 100; exec kl-diff -q --state s.db <in2'
	same '{"email":"p39999@shop.example","n":2}
{"email":"p39999@shop.example"}'
}

@test "kl-diff: a state that is never committed to does not grow with every run" {
	people 1 12000 >in
	for _ in 1 2 3 4 5; do
		kl-diff -q --state s.db <in >out
		cmp in out
	done
	[ "$(sqlite3 s.db 'SELECT count(*) FROM pending')" -le 36000 ]
	receipt 1 accepted <out | commit
	run -0 kl-diff -q --state s.db <in
	same ''
}

@test "kl-diff: forgets after 90 days what has no receipt" {
	diff_of "$a" | receipt 1 accepted >r
	sqlite3 s.db "UPDATE generation SET started=started-91*86400000"
	diff_of '{"email":"bo@shop.example"}' | receipt 2 accepted >>r
	run -0 --separate-stderr kl-diff --state s.db --commit <r
	[[ $stderr = *'2 records: 1 arrived and is known now,'*' 1 matches nothing'* ]]
	sqlite3 s.db "UPDATE receipt SET at=at-91*86400000"
	people 1 1 | receipt 3 accepted | commit
	[ "$(sqlite3 s.db 'SELECT count(*) FROM receipt')" = 1 ]
}

@test "kl-diff: the state holds no identifier and is for its owner alone" {
	umask 0
	diff_of '{"email":"canary@shop.example","phone_number":"+491234567"}' |
		receipt 1 accepted | commit
	diff_of '{"email":"canary@shop.example","n":2}' >/dev/null
	[ "$(stat -c %a s.db)" = 600 ]
	run -1 grep -aiE 'canary|491234567' s.db*
}

@test "kl-diff: refuses a state made with another hash key" {
	diff_of "$a" >/dev/null
	(umask 077; head -c 32 /dev/urandom >other.key)
	run -78 --separate-stderr kl-diff -q --state s.db --hash-key other.key <<<"$a"
	said 'kl-diff: s.db was made with another hash key; give the key of that time with --hash-key, or start a new state'
	receipt 1 accepted <<<"$a" >r
	run -78 --separate-stderr kl-diff -q --state s.db --hash-key other.key --commit <r
}

@test "kl-diff: refuses a state of a newer version" {
	diff_of "$a" >/dev/null
	sqlite3 s.db 'PRAGMA user_version=2' >/dev/null
	run -78 --separate-stderr kl-diff -q --state s.db <<<"$a"
	said 'kl-diff: s.db was made by a newer version of kl-diff; use that version, or start a new state'
}

@test "kl-diff: refuses a damaged state, and what is none" {
	people 1 5000 | kl-diff -q --state s.db | receipt 1 accepted | commit
	cp s.db whole.db
	said_so='is damaged, or no state of kl-diff; restore it from a copy'
	head -c 3000 /dev/urandom >s.db
	run -65 --separate-stderr kl-diff -q --state s.db <<<"$a"
	[[ $stderr = *"$said_so"* ]]
	head -c 20000 whole.db >s.db
	run -65 --separate-stderr kl-diff -q --state s.db < <(people 1 5000)
	[[ $stderr = *"$said_so"* ]]
	rm s.db
	sqlite3 s.db 'CREATE TABLE t(a)'
	run -65 --separate-stderr kl-diff -q --state s.db <<<"$a"
	[[ $stderr = *"$said_so"* ]]
	run -73 --separate-stderr kl-diff -q --state . <<<"$a"
	run -73 --separate-stderr kl-diff -q --state no/s.db <<<"$a"
	receipt 1 accepted <<<"$a" >r
	run -66 --separate-stderr kl-diff -q --state no.db --commit <r
}

@test "kl-diff: a full disk ends the run with 74 and loses nothing" {
	people 1 60000 >in
	diff_of "$a" >/dev/null
	run -74 --separate-stderr bash -c 'ulimit -f 1000; trap "" XFSZ; kl-diff --state s.db <in | cat >out; exit ${PIPESTATUS[0]}'
	[[ $stderr = *'kl-diff: s.db: '* ]]
	n=$(wc -l <out)
	[ "$(sqlite3 s.db 'PRAGMA integrity_check')" = ok ]
	[ "$n" -le "$(sqlite3 s.db 'SELECT count(*) FROM pending')" ]
	kl-diff -q --state s.db <in >out
	cmp in out
}

@test "kl-diff: ends with 74 when standard output is full" {
	[ -w /dev/full ] || skip 'no /dev/full'
	run -74 bash -c 'kl-diff -q --state s.db >/dev/full' <<<"$a"
}

@test "kl-diff: passes on what is ready when its input is not" {
	mkfifo pipe
	kl-diff -q --state s.db <pipe >out 3>&- &
	exec 9>pipe
	echo "$a" >&9
	for _ in $(seq 100); do
		[ -s out ] && break
		sleep 0.02
	done
	[ "$(cat out)" = "$a" ]
	exec 9>&-
	wait
}

@test "kl-diff: takes an empty input, and a last line without newline" {
	run -0 --separate-stderr kl-diff --state s.db </dev/null
	same ''
	said 'kl-diff: s.db is a new state: every record counts as new
kl-diff: read 0 = 0 accepted; wrote 0'
	run -0 --separate-stderr kl-diff --state s.db --commit </dev/null
	run -0 kl-diff -q --state s.db < <(printf %s "$a")
	same "$a"
}

@test "kl-diff: needs --state, and says so" {
	run -64 --separate-stderr kl-diff <<<"$a"
	[[ $stderr = 'kl-diff: --state FILE is needed'* ]]
	run -64 --separate-stderr kl-diff --state s.db --commit --key id <<<"$a"
	KL_DIFF_STATE=s.db KL_STATE=s.db run -64 --separate-stderr kl-diff <<<"$a"
}

@test "kl-diff: --summary has the counts" {
	people 1 3 | kl-diff -q --state s.db --summary sum | receipt 1 accepted >r
	grep -q '"read":3,"accepted":3,"unchanged":0' sum
	kl-diff -q --state s.db --commit --summary sum <r
	grep -q '"records":3,"arrived":3,"refused":0,"superseded":0,"repeated":0,"unmatched":0' sum
}

@test "kl-diff: uses receipts of kl-push, in one pipeline" {
	start_sandbox --list KKbLLU=Newsletter
	people 1 5 | sed 's/shop.example/kl.dev/' >in
	set -o pipefail
	kl-diff -q --state s.db <in |
		kl-push add -q --list KKbLLU --receipt-records |
		kl-diff -q --state s.db --commit
	run -0 kl-diff -q --state s.db <in
	same ''
	sed '2s/}/,"first_name":"Bo"}/' in >in2
	kl-diff -q --state s.db <in2 | tee passed | kl-chunk -q |
		kl-push add -q --list KKbLLU --receipt-records >r
	[ "$(cat passed)" = '{"email":"p2@kl.dev","first_name":"Bo"}' ]
	kl-diff -q --state s.db --commit <r
	run -0 kl-diff -q --state s.db <in2
	same ''
}

@test "kl-diff: --help and the manual page name the same options" {
	page_matches kl-diff
}
