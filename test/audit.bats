#!/usr/bin/env bats

setup() {
	load helper
	load push
	cd "$BATS_TEST_TMPDIR" || return
}

teardown() {
	stop_sandbox
}

# masked FILE: its entries with what differs from run to run replaced.
masked() {
	sed -E -e 's/"at":"[^"]*"/"at":"T"/' -e 's/"run":"[^"]*"/"run":"R"/' \
		-e 's/"(key|prev|mac|digest|email|phone_number)":"[A-Za-z0-9_-]{22}"/"\1":"D"/g' \
		-e 's/"(version|uid)":("[^"]*"|[0-9]+)/"\1":V/g' "$1"
}

# changed FILE: seq, record, line and outcome of each change in it.
changed() {
	jq -r 'select(.event == "change") |
		"\(.seq) \(.record) \(.line) \(.outcome)"' "$1"
}

# events FILE: what kind its entries are, once each in a row.
events() {
	jq -r .event "$1" | uniq | xargs
}

@test "kl-push --audit: an entry for everybody who was changed" {
	sandbox
	cat >in <<-'EOF'
		{"email":"Ada@shop.example","title":"Dr","consent":{"source":"Checkout","email":{"status":"SUBSCRIBED","consented_at":"2026-01-02T03:04:05Z"}}}
		{"email":"bo","title":"x"}
		{"email":"cy@shop.example","phone_number":"+15551230003","location":{"city":"Rome"},"properties":{"Plan":"Gold","Seen":null}}
	EOF
	run -1 --separate-stderr kl-push add --list KKbLLU --audit a -r bad <in
	[ "${stderr_lines[1]}" = "kl-push: a: 6 entries, the last is $(tail -1 a | jq -r .mac)" ]
	[ "$(masked a)" = '{"audit":1,"event":"begin","key":"D","version":V,"at":"T","prev":"D","mac":"D"}
{"audit":2,"event":"run","at":"T","run":"R","tool":"kl-push","version":V,"command":"add, list KKbLLU, account SNDBX1, --audit","uid":V,"prev":"D","mac":"D"}
{"audit":3,"event":"sending","at":"T","run":"R","seq":1,"from":1,"to":3,"records":3,"action":"add","account":"SNDBX1","list":"KKbLLU","prev":"D","mac":"D"}
{"audit":4,"event":"change","at":"T","run":"R","seq":1,"record":0,"line":1,"action":"add","account":"SNDBX1","list":"KKbLLU","outcome":"accepted","who":{"email":"D"},"consent":{"source":"Checkout","email":{"status":"SUBSCRIBED","consented_at":"2026-01-02T03:04:05Z"}},"fields":["title"],"digest":"D","prev":"D","mac":"D"}
{"audit":5,"event":"change","at":"T","run":"R","seq":1,"record":2,"line":3,"action":"add","account":"SNDBX1","list":"KKbLLU","outcome":"accepted","who":{"email":"D","phone_number":"D"},"fields":["location","properties.Plan"],"digest":"D","prev":"D","mac":"D"}
{"audit":6,"event":"settled","at":"T","run":"R","seq":1,"prev":"D","mac":"D"}' ]
	[ "$(stat -c %a a a.head | xargs)" = '600 600' ]
	run ! grep -q shop.example a
	run -0 --separate-stderr kl-push audit-verify a
	same "{\"audit_verified\":1,\"file\":\"a\",\"from\":1,\"to\":6,\"last\":\"$(tail -1 a | jq -r .mac)\",\"head\":true,\"unsettled\":0}"
	said ''
}

@test "kl-push --audit: digests are those of the hash key, as the manual says" {
	sandbox
	echo '{"email":"Ada@Shop.example","title":"Dr"}' >in
	kl-push add --list KKbLLU --audit a -q --receipt-records <in >receipts
	key=$(od -An -v -tx1 "$XDG_STATE_HOME/kl/hash.key" | tr -d ' \n')
	digest() {
		openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key" -binary |
			head -c 16 | base64 | tr '+/' '-_' | tr -d '='
	}
	[ "$(jq -r 'select(.who).who.email' a)" = "$(printf 'email\0ada@shop.example' | digest)" ]
	[ "$(jq -r 'select(.who).digest' a)" = "$(jq -r '.records[0][1]' receipts)" ]
}

@test "kl-push --audit-pii: identifiers as they are" {
	sandbox
	echo '{"email":"Ada@shop.example","external_id":"c-7","id":"01A","title":"Dr"}' |
		kl-push add --list KKbLLU --audit a --audit-pii -q >/dev/null
	[ "$(jq -c 'select(.who).who' a)" = '{"email":"Ada@shop.example","external_id":"c-7"}' ]
	kl-push audit-verify a
}

@test "kl-push --audit: who was not changed has no entry" {
	sandbox
	people 1 3 >in
	kl-push add --list KKbLLU -q <in >/dev/null
	kl-push unsuppress --audit a -q <in >/dev/null
	kl-push remove --list KKbLLU --audit a -q < <(people 3 4) >/dev/null
	[ "$(jq -r 'select(.event == "change") | "\(.action) \(.line)"' a)" = 'remove 1' ]
	# a field is named only where it was written
	[ "$(jq -c 'select(.event == "change") | .fields' a)" = null ]
	kl-push audit-verify a
}

@test "kl-push --audit: the summary has the last digest" {
	sandbox
	people 1 2 | kl-push add --list KKbLLU --audit a -q --summary s >/dev/null
	[ "$(jq -c '[.audit_entries, .audit_last]' s)" = "$(jq -c '[.audit, .mac]' <(tail -1 a))" ]
}

@test "kl-push --audit: several runs share a file" {
	sandbox
	for i in 1 2 3; do
		people ${i}0 ${i}9 | kl-push add --list KKbLLU --audit a -q \
			--chunk-size 3 >/dev/null 3>&- &
		pids+=($!)
	done
	wait "${pids[@]}"
	[ "$(changed a | wc -l)" -eq 30 ]
	kl-push audit-verify a | jq -e '.unsettled == 0'
}

# trail: a trail of ten entries and its head.
trail() {
	rm -f a a.head
	people 1 6 | kl-push add --list KKbLLU --audit a -q >/dev/null
	cp a good
	cp a.head good.head
}

# bad TEXT: that is what verifying the trail comes to.
bad() {
	run -65 --separate-stderr kl-push audit-verify a
	same ''
	said "kl-push: a$1"
}

@test "kl-push audit-verify: names the first bad line" {
	sandbox
	trail
	[ "$(wc -l <a)" -eq 10 ]
	sed -i '5s/accepted/unknown/' a
	bad ': line 5 was changed'
	sed 5d good >a
	bad ': before line 5 entry 5 is missing'
	sed 5,7d good >a
	bad ': before line 5 entries 5 to 7 are missing'
	sed -n 5p good | sed -e '6r /dev/stdin' -e 5d good >a
	bad ': line 5 is entry 6 where 5 belongs, which was moved to line 6'
	sed 5p good >a
	bad ': line 6 is entry 5 once more, where 6 belongs'
	sed 1d good >a
	bad ' begins with entry 2: what stood before it is missing'
	sed '$d' good >a
	bad ': after entry 9 the end is missing: a.head tells of 10'
	head -c -20 good >a
	bad ': line 10 is cut short, and its head knows it whole'
	: >a
	bad ': after entry 0 the end is missing: a.head tells of 10'
	cp good a
	kl-push audit-verify a
}

@test "kl-push audit-verify: without the key nobody can make it right" {
	sandbox
	trail
	# another key, and a chain of its own
	head -c 32 /dev/urandom >other
	chmod 600 other
	rm a a.head
	people 1 6 | kl-push add --list KKbLLU --audit a -q --hash-key other >/dev/null
	kl-push audit-verify a --hash-key other
	run -78 --separate-stderr kl-push audit-verify a
	said 'kl-push: a was made with another hash key; give the key of that time with --hash-key'
	cp good.head a.head
	run -78 --separate-stderr kl-push audit-verify a
	cp good a
	sed -i 's/"audit_head":10/"audit_head":9/' a.head
	run -65 --separate-stderr kl-push audit-verify a
	said 'kl-push: a.head was changed, or made with another hash key'
}

@test "kl-push audit-verify: without a head the end has to be known elsewhere" {
	sandbox
	trail
	last=$(tail -1 a | jq -r .mac)
	rm a.head
	run -65 --separate-stderr kl-push audit-verify a
	[ "$stderr" = 'kl-push: a.head is not there: entries may be missing at the end; give the last digest that a run has told with --expect-head, or the file that goes on from this one' ]
	kl-push audit-verify a --expect-head "$last"
	# an old copy of both files
	sed '$d' good >a
	run -65 --separate-stderr kl-push audit-verify a --expect-head "$last"
	[ "${stderr_lines[-1]}" = "kl-push: a: no entry is $last: its end is missing, or it is another" ]
	# which entries that were added since do not hide
	cp good a
	cp good.head a.head
	people 7 8 | kl-push add --list KKbLLU --audit a -q >/dev/null
	kl-push audit-verify a --expect-head "$last"
}

@test "kl-push --audit-after: a new file goes on from the old one" {
	sandbox
	trail
	mv a old
	# taken away without a word
	run -65 --separate-stderr kl-push add --list KKbLLU --audit a < <(people 1 2)
	[ "${stderr_lines[0]}" = 'kl-push: a is gone or empty, and a.head tells of 10 entries; put it back; if it was put elsewhere on purpose, say where with --audit-after' ]
	[ ! -e a ]
	for i in 1 2; do
		people $i $i | kl-push add --list KKbLLU --audit a --audit-after old -q >/dev/null
	done
	[ "$(jq -r .audit a | xargs)" = '11 12 13 14 15 16 17 18 19' ]
	run -0 --separate-stderr kl-push audit-verify old a
	[ "$(jq -c '[.file, .from, .to, .head]' <<<"$output")" = '["old",1,10,false]
["a",11,19,true]' ]
	said ''
	kl-push audit-verify a
	run -65 --separate-stderr kl-push audit-verify a old
	# the old one without its end
	sed -i '$d' old
	run -65 --separate-stderr kl-push audit-verify old a
	[ "${stderr_lines[-1]}" = 'kl-push: a: before line 1 entry 10 is missing' ]
	rm a
	cp good.head a.head
	run -65 --separate-stderr kl-push add --list KKbLLU --audit a --audit-after old < <(people 1 2)
	[ "${stderr_lines[0]}" = 'kl-push: a.head tells of 10 entries, old ends with number 9: it is not what was in a' ]
}

@test "kl-push --audit: nothing is added to a trail that was tampered with" {
	sandbox
	trail
	sed '$d' good >a
	effects=$(wc -l <"$LEDGER")
	run -65 --separate-stderr kl-push add --list KKbLLU --audit a < <(people 1 2)
	same ''
	[ "${stderr_lines[0]}" = 'kl-push: a ends before entry 10, the last that a.head tells of; put it back from a copy; to begin anew, name another file' ]
	[ "$(wc -l <"$LEDGER")" -eq "$effects" ]
	echo '{"email":"ada@shop.example"}' >b
	run -65 --separate-stderr kl-push add --list KKbLLU --audit b < <(people 1 2)
	[ "${stderr_lines[0]}" = 'kl-push: b is no audit trail' ]
	[ "$(cat b)" = '{"email":"ada@shop.example"}' ]
}

@test "kl-push --audit: what a crash cut short is repaired in the open" {
	sandbox
	trail
	printf '{"audit":11,"event":"cha' >>a
	bad ': line 11 was not written to its end, as in a crash: it does not count; the next run that writes it repairs that'
	run -0 --separate-stderr kl-push add --list KKbLLU --audit a < <(people 1 1)
	[ "${stderr_lines[0]}" = 'kl-push: a: the last 24 bytes were half written when a run was killed: not counted, and taken away' ]
	[ "$(sed -n 11p a | jq -c '[.event, .bytes]')" = '["repaired",24]' ]
	kl-push audit-verify a
}

@test "kl-push --audit: a trail that cannot be written ends the run, untold" {
	sandbox
	people 1 20 >in
	# ENOSPC comes with the second batch
	run --separate-stderr bash -c 'trap "" XFSZ; ulimit -f 4
		kl-push add --list KKbLLU --audit a --chunk-size 10 --in-flight 1 <in'
	[ "$status" -eq 74 ]
	[[ $stderr = *'kl-push: cannot write a: File too large'* ]]
	# no receipt for whom the trail does not have
	[ "$(jq -s 'map(.counts.accepted) | add // 0' <<<"$output")" -eq "$(changed a | wc -l)" ]
	kl-push audit-verify a >/dev/null
	run -73 --separate-stderr kl-push add --list KKbLLU --audit nowhere/a <in
	[ "${stderr_lines[0]}" = 'kl-push: nowhere/a: No such file or directory' ]
	run -73 --separate-stderr kl-push add --list KKbLLU --audit /dev/full <in
}

@test "kl-push --audit --journal: killed and gone on with, each entry is there once" {
	sandbox --job-delay 500
	people 1 60 >in
	for effects in 10 30 50; do
		kl-push add --list KKbLLU --journal j --audit a --chunk-size 5 <in \
			>/dev/null 2>&1 3>&- &
		pid=$!
		await_effects $effects
		kill -KILL $pid || true # a slow machine may be late
		wait $pid || true
	done
	run -0 --separate-stderr kl-push add --list KKbLLU --journal j --audit a --chunk-size 5 <in
	[ "${stderr_lines[-1]}" = 'kl-push: read 60 = 60 accepted; wrote 12' ]
	changed a | sort >got
	[ "$(sort -u got | wc -l)" -eq 60 ]
	[ "$(wc -l <got)" -eq 60 ]
	[ "$(events a | tr ' ' '\n' | sort -u | xargs)" = 'begin change run' ]
	kl-push audit-verify a
	# the same once more: nothing is sent, nobody is changed
	kl-push add --list KKbLLU --journal j --audit a --chunk-size 5 -q <in >/dev/null
	[ "$(changed a | wc -l)" -eq 60 ]
	# the journal's command has to keep its trail
	kl-push add --list KKbLLU --journal j --fresh --audit a -q < <(people 1 3) >/dev/null
}

@test "kl-push --audit --journal: entries written before the journal knew are not doubled" {
	sandbox
	people 1 4 >in
	kl-push add --list KKbLLU --journal j --audit a -q <in >/dev/null
	before=$(changed a)
	# as if it had been killed between the two
	sqlite3 j 'UPDATE batch SET outcome = NULL; UPDATE run SET finished = 0'
	kl-push add --list KKbLLU --journal j --audit a -q <in >/dev/null
	[ "$(changed a)" = "$before" ]
	kl-push audit-verify a
}

@test "kl-push --audit: without a journal, what a crash ended is seen" {
	sandbox --job-delay 60000
	people 1 4 | kl-push add --list KKbLLU --audit a >/dev/null 2>&1 3>&- &
	pid=$!
	await_jobs 1
	kill -KILL $pid
	wait $pid || true
	run -0 --separate-stderr kl-push audit-verify a
	[ "$(jq .unsettled <<<"$output")" -eq 1 ]
	said 'kl-push: a: 1 batch was about to be sent and is not settled: entries "sending" tell which'
	[ "$(jq -c 'select(.event == "sending") | [.from, .to]' a)" = '[1,4]' ]
}

@test "kl-push --audit: what may have been applied is told, and then what it was" {
	sandbox --fault lost-reply:bulk_import_profiles
	people 1 2 >in
	run -75 kl-push add --list KKbLLU --journal j --audit a --give-up-after 300 <in
	[ "$(changed a)" = '1 0 1 unknown
1 1 2 unknown' ]
	stop_sandbox
	sandbox
	kl-push add --list KKbLLU --journal j --audit a -q <in >/dev/null
	[ "$(changed a | tail -2)" = '1 0 1 accepted
1 1 2 accepted' ]
	kl-push audit-verify a
}

@test "kl-push audit-verify: what it is asked for has to make sense" {
	run -64 --separate-stderr kl-push audit-verify
	[ "${stderr_lines[0]}" = 'kl-push: audit-verify needs the file of an audit trail' ]
	run -64 --separate-stderr kl-push audit-verify a --audit b
	[ "${stderr_lines[0]}" = 'kl-push: --audit: audit-verify sends nothing' ]
	run -64 --separate-stderr kl-push audit-verify a --list KKbLLU
	[ "${stderr_lines[0]}" = 'kl-push: --list: audit-verify sends nothing' ]
	run -64 --separate-stderr kl-push audit-verify a --expect-head short
	[ "${stderr_lines[0]}" = 'kl-push: --expect-head: a digest has 22 characters' ]
	run -64 --separate-stderr kl-push add --list KKbLLU --expect-head x
	[ "${stderr_lines[0]}" = 'kl-push: --expect-head goes with audit-verify, not with add' ]
	run -66 --separate-stderr kl-push audit-verify nowhere
	said 'kl-push: nowhere: No such file or directory'
	run -64 --separate-stderr kl-push add --list KKbLLU --audit-pii
	[ "${stderr_lines[0]}" = 'kl-push: --audit-pii goes with --audit' ]
	run -64 --separate-stderr kl-push add --list KKbLLU --dry-run --audit a
	[ "${stderr_lines[0]}" = 'kl-push: a dry run changes nobody and has no --audit' ]
}

@test "kl-push audit-verify: exits 74 when standard output is full" {
	sandbox
	trail
	run -74 bash -c 'kl-push audit-verify a >/dev/full'
	[[ $output = 'kl-push: '* ]]
}
