#!/usr/bin/env bats

setup() {
	load helper
	load push
	cd "$BATS_TEST_TMPDIR" || return
}

teardown() {
	stop_sandbox
}

@test "kl-push: the example of its manual" {
	run -0 --separate-stderr kl-push add --list KKbLLU --dry-run -q <<-'EOF'
		{"email":"ada@shop.example"}
		{"email":"bo@shop.example"}
	EOF
	same '{"dry_run":1,"seq":1,"method":"POST","path":"/api/profile-bulk-import-jobs","from":1,"to":2,"records":2,"profiles":2,"bytes":268}'
	said ''
}

@test "kl-push add: brings every record into the list, with a receipt a batch" {
	sandbox
	people 1 250 >in
	run -0 --separate-stderr kl-push add --list KKbLLU --chunk-size 100 <in
	said 'kl-push: read 250 = 250 accepted; wrote 3'
	printf '%s\n' "$output" >out
	[ "$(counts out)" = '1 1 100 100 0 0 0 complete
2 101 200 100 0 0 0 complete
3 201 250 50 0 0 0 complete' ]
	diff <(members | sort) <(seq 250 | sed 's/.*/p&@shop.example/' | sort)
	[ "$(jq -r '"\(.action) \(.account) \(.list) \(.http) \(.attempts) \(.resumed)"' out | uniq)" = 'add SNDBX1 KKbLLU 202 1 false' ]
	diff <(jq -r .job out | sort) <(jq -r .job "$LEDGER" | sort -u)
}

# sums SIZE: what the digests of requests are to be that add the 250 people of
# the file in, so many in each.
sums() {
	local from to
	for ((from = 1; from <= 250; from += $1)); do
		to=$((from + $1 - 1))
		printf '{"data":{"type":"profile-bulk-import-job","attributes":{"profiles":{"data":[%s]}},"relationships":{"lists":{"data":[{"type":"list","id":"KKbLLU"}]}}}}' \
			"$(sed -n "${from},${to}s/.*/{\"type\":\"profile\",\"attributes\":&}/p" in | paste -sd,)" |
			sha256sum | cut -d' ' -f1
	done
}

@test "kl-push add: a receipt has the digest of what was sent" {
	sandbox
	people 1 250 >in
	# Three requests and five: of each number some are left without another.
	kl-push add -q --list KKbLLU --chunk-size 100 <in >out
	diff <(sums 100) <(jq -s -r 'sort_by(.seq)[].body_sha256' out)
	kl-push add -q --list KKbLLU --chunk-size 50 --journal j <in >out
	diff <(sums 50) <(jq -s -r 'sort_by(.seq)[].body_sha256' out)
	kl-push add -q --list KKbLLU --chunk-size 50 --journal j <in >again
	diff <(jq -c '[.seq, .body_sha256]' out | sort) \
		<(jq -c '[.seq, .body_sha256]' again | sort)
}

@test "kl-push add: sends the bytes of a record, and nothing it should not" {
	sandbox
	run -0 --separate-stderr kl-push add --list KKbLLU <<-'EOF'
		{"id":"01J","email":"a@shop.example","last_name":"Sm\u00f8rbr\u00f8d","properties":{"n":1.50,"big":12345678901234567890,"gone":null},"updated":"2026-01-01T00:00:00+00:00","consent":{"source":"x"},"subscriptions":{}}
	EOF
	[ "$(jq -c 'select(.effect == "profile.create").attributes' "$LEDGER" |
		sed 's/"properties.*//')" = \
		'{"email":"a@shop.example","last_name":"Smørbrød",' ]
	grep -q '"big":12345678901234567890' "$LEDGER"
	grep -q '"n":1.50' "$LEDGER"
	run ! grep -q 'gone\|01J\|consent\|updated"' "$LEDGER"
	said 'kl-push: 1 null member was left out: null clears nothing
kl-push: read 1 = 1 accepted; wrote 1'
}

@test "kl-push add: takes chunks as requests, and merges none" {
	sandbox
	people 1 25 | kl-chunk -q --chunk-size 10 >in
	run -0 --separate-stderr kl-push add --list KKbLLU --chunk-size 3 <in
	said 'kl-push: read 25 = 25 accepted; wrote 3'
	printf '%s\n' "$output" >out
	[ "$(counts out)" = '1 1 10 10 0 0 0 complete
2 11 20 10 0 0 0 complete
3 21 25 5 0 0 0 complete' ]
	[ "$(members | wc -l)" -eq 25 ]
}

@test "kl-push add: rejects of a chunk have the line of the chunk" {
	sandbox
	{
		people 1 3
		echo '{"email":"nobody"}'
		echo '{"first_name":"x"}'
	} | kl-chunk -q --chunk-size 2 >in
	run -1 --separate-stderr kl-push add --list KKbLLU -r bad \
		--receipt-records <in
	[ "$(reasons bad)" = '2 email email_invalid
3 - identifier_missing' ]
	printf '%s\n' "$output" >out
	[ "$(counts out)" = '1 1 2 2 0 0 0 complete
2 3 4 1 1 0 0 complete
3 5 5 0 1 0 0 rejected' ]
	[ "$(jq -c 'select(.seq == 2).records | map([.[0], .[2]])' out)" = \
		'[[3,"accepted"],[4,"rejected"]]' ]
}

@test "kl-push add: merges records of one person, the later value wins" {
	sandbox
	run -0 --separate-stderr kl-push add --list KKbLLU <<-'EOF'
		{"email":"Ann@Shop.example","title":"1","properties":{"a":1,"b":1}}
		{"email":"bo@shop.example"}
		{"email":"ann@shop.example","title":"2","properties":{"b":2}}
	EOF
	said 'kl-push: 1 record was merged with an earlier one of the same person
kl-push: read 3 = 3 accepted; wrote 1'
	[ "$(writes ann@shop.example)" = 'profile.create 2' ]
	[ "$(jq -c 'select(.attributes.title == "2").attributes.properties' \
		"$LEDGER")" = '{"a":1,"b":2}' ]
}

@test "kl-push add: all lines of a person have its outcome" {
	sandbox --poison-row late
	run -1 --separate-stderr kl-push add --list KKbLLU -r bad <<-'EOF'
		{"email":"late@shop.example","external_id":"7"}
		{"email":"bo@shop.example"}
		{"external_id":"7","title":"x"}
	EOF
	[ "$(jq -r '._kl_reject.line' bad | tr '\n' ' ')" = '1 3 ' ]
	[ "$(jq -c .record bad)" = '{"email":"late@shop.example","external_id":"7"}
{"external_id":"7","title":"x"}' ]
	[ "$(members)" = bo@shop.example ]
}

@test "kl-push add: never has one person in two batches in flight" {
	sandbox --job-delay 60
	for i in 1 2 3 4 5 6; do
		echo "{\"email\":\"ann@shop.example\",\"title\":\"$i\"}"
		echo "{\"email\":\"p$i@shop.example\"}"
	done >in
	run -0 --separate-stderr kl-push add --list KKbLLU --chunk-size 2 <in
	[ "$(writes ann@shop.example | grep -o '[0-9]*$' | tr '\n' ' ')" = \
		'1 2 3 4 5 6 ' ]
}

@test "kl-push add: a record with meta is not merged but sent after" {
	sandbox
	run -0 --separate-stderr kl-push add --list KKbLLU <<-'EOF'
		{"email":"ann@shop.example","title":"1"}
		{"email":"ann@shop.example","title":"2","meta":{"patch_properties":{"unset":["x"]}}}
	EOF
	[ "$(writes ann@shop.example)" = 'profile.create 1
profile.update 2' ]
}

@test "kl-push add: who is a member already is a success" {
	sandbox
	people 1 5 >in
	kl-push add -q --list KKbLLU <in >/dev/null
	run -0 --separate-stderr kl-push add --list KKbLLU <in
	said 'kl-push: read 5 = 5 accepted; wrote 1'
}

@test "kl-push add: rows the service names are set aside, the rest is sent" {
	sandbox
	{
		people 1 40
		echo '{"email":"no address","title":"t"}'
		people 41 60
		echo '{"phone_number":"12"}'
	} >in
	run -1 --separate-stderr kl-push add --list KKbLLU -r bad <in
	said 'kl-push: 2 set aside in bad: 1 email_invalid, 1 phone_invalid
kl-push: read 62 = 60 accepted + 2 rejected; wrote 1'
	[ "$(reasons bad)" = '41 email email_invalid
62 phone_number phone_invalid' ]
	[ "$(jq -r '._kl_reject.http' bad | tr '\n' ' ')" = '400 400 ' ]
	[ "$(jq -c .record bad | head -1)" = '{"email":"no address","title":"t"}' ]
	[ "$(jq -r .attempts <<<"$output")" = 2 ]
	[ "$(members | wc -l)" -eq 60 ]
	[ "$(stat -c %a bad)" = 600 ]
}

@test "kl-push add: a bad row nobody names is found by halves" {
	sandbox --poison worst
	{
		people 1 300
		echo '{"email":"worst@shop.example"}'
		people 301 999
	} >in
	run -1 --separate-stderr kl-push add --list KKbLLU -r bad <in
	[ "$(jq -r ._kl_reject.line bad)" = 301 ]
	[ "$(members | wc -l)" -eq 999 ]
	[ "$(counts <(echo "$output"))" = '1 1 1000 999 1 0 0 complete' ]
	# the first, and two for each of the ten halvings
	[ "$(jq -r .attempts <<<"$output")" -le 21 ]
	[ "$(jq -r '.jobs | length' <<<"$output")" -ge 9 ]
}

@test "kl-push add: several bad rows nobody names are all found" {
	sandbox --poison worst
	{
		people 1 64
		for i in 1 2 3; do echo "{\"email\":\"worst$i@shop.example\"}"; done
		people 65 100
		echo '{"email":"worst4@shop.example"}'
	} >in
	run -1 --separate-stderr kl-push add --list KKbLLU -r bad <in
	[ "$(jq -r ._kl_reject.line bad | tr '\n' ' ')" = '65 66 67 104 ' ]
	[ "$(members | wc -l)" -eq 100 ]
}

@test "kl-push add: ends when the service takes nothing and names nothing" {
	sandbox --poison shop
	people 1 200 >in
	run -69 --separate-stderr kl-push add --list KKbLLU -r bad <in
	[[ ${stderr_lines[0]} = 'kl-push: the service refused 32 records of one batch alone, status 400, and took none; it said: '* ]]
	# those on the wire at that moment were refused too
	[[ ${stderr_lines[-1]} =~ ^kl-push:\ read\ 200\ =\ 0\ accepted\ \+\ 3[2-5]\ rejected\ \+\ 16[5-8]\ failed ]]
}

@test "kl-push add: reads all pages of a job's errors, and ties each" {
	sandbox --poison-row late
	seq 1 450 | sed -E 's/.*[05]$/late&/; s/.*/{"email":"P&@shop.example"}/' >in
	run -1 --separate-stderr kl-push add --list KKbLLU -r bad <in
	[ "$(reasons bad | head -2)" = '5 email email_invalid
10 email email_invalid' ]
	diff <(jq -r ._kl_reject.line bad) <(seq 5 5 450)
	[ "$(counts <(echo "$output"))" = '1 1 450 360 90 0 0 complete' ]
	seq 1 450 | sed -E 's/.*/{"email":"late&@shop.example"}/' >in
	rm bad
	run -1 --separate-stderr kl-push add --list KKbLLU -r bad <in
	diff <(jq -r ._kl_reject.line bad) <(seq 1 450)
}

@test "kl-push add: without --rejects the first reject ends the run with 65" {
	sandbox
	{
		people 1 3
		echo '{"title":"nobody"}'
		people 4 9
	} >in
	run -65 --separate-stderr kl-push add --list KKbLLU <in
	said 'kl-push: line 4: the record names nobody; it needs email, phone_number or external_id
kl-push: stopped at the first bad record; --rejects FILE sets such records aside and goes on
kl-push: read 4 = 3 accepted + 1 rejected; wrote 1'
	[ "$(members | wc -l)" -eq 3 ]
}

@test "kl-push add: a refusal of the service ends the run as well" {
	sandbox
	{
		people 1 3
		echo '{"email":"no address"}'
		people 4 90
	} >in
	run -65 --separate-stderr kl-push add --list KKbLLU --chunk-size 5 \
		--in-flight 1 <in
	[[ ${stderr_lines[0]} = 'kl-push: line 4: email: klaviyo does not accept it as an e-mail address'* ]]
	diff <(members | head -4) <(seq 4 | sed 's/.*/p&@shop.example/')
}

@test "kl-push add: --max-rejects and --max-reject-ratio bound the tolerance" {
	sandbox
	{
		people 1 2
		echo '{"title":"x"}'
		echo '{"title":"y"}'
		people 3 4
	} >in
	run -1 kl-push add -q --list KKbLLU -r bad --max-rejects 2 <in
	run -65 kl-push add -q --list KKbLLU -r bad --max-rejects 1 <in
	run -65 kl-push add -q --list KKbLLU -r bad --max-reject-ratio 30% <in
	run -1 kl-push add -q --list KKbLLU -r bad --max-reject-ratio 34% <in
}

@test "kl-push add: a file of rejects can be fed back" {
	sandbox
	echo '{"email":"no address","title":"7"}' >in
	run -1 kl-push add -q --list KKbLLU -r bad <in
	sed 's/no address/ok@shop.example/' bad >fixed
	run -0 --separate-stderr kl-push add --list KKbLLU <fixed
	[ "$(writes ok@shop.example)" = 'profile.create 7' ]
	run -65 --separate-stderr kl-push add --list KKbLLU --no-unwrap <fixed
	[[ ${stderr_lines[0]} = 'kl-push: line 1: _kl_reject is not a member of a profile'* ]]
}

@test "kl-push add: --drop-unknown leaves out what no profile has" {
	sandbox
	echo '{"email":"a@shop.example","plan":"gold"}' >in
	run -65 --separate-stderr kl-push add --list KKbLLU <in
	[[ ${stderr_lines[0]} = 'kl-push: line 1: plan is not a member of a profile; '*'--drop-unknown' ]]
	run -0 --separate-stderr kl-push add --list KKbLLU --drop-unknown <in
	said 'kl-push: 1 unknown member was left out
kl-push: read 1 = 1 accepted; wrote 1'
}

@test "kl-push --match id: who has the id of no profile is set aside" {
	sandbox
	gone=01ARZ3NDEKTSV4RRFFQ69G5FA
	{
		people 1 2
		for i in V W; do echo "{\"id\":\"$gone$i\",\"title\":\"x\"}"; done
		people 3 4
	} >in
	for way in ignore clear; do
		sed "s/\"title\":\"x\"/\"title\":null,\"organization\":\"O\"/" in >"$way"
		run -1 --separate-stderr kl-push upsert -q --match id \
			--null $way -r bad.$way <$way
		[ "$(jq -c '.counts | [.accepted, .rejected]' <<<"$output")" = '[4,2]' ]
		[ "$(jq -c '._kl_reject | [.line, .code]' bad.$way | tr '\n' ' ')" = \
			'[3,"profile_unknown"] [4,"profile_unknown"] ' ]
	done
}

@test "kl-push add: --match id matches profiles by their id" {
	sandbox
	echo '{"email":"a@shop.example","title":"1"}' |
		kl-push add -q --list KKbLLU >/dev/null
	id=$(jq -r 'select(.effect == "profile.create").profile' "$LEDGER")
	echo "{\"id\":\"$id\",\"title\":\"2\"}" >in
	run -65 kl-push add -q --list KKbLLU <in
	run -0 kl-push add -q --list KKbLLU --match id <in
	[ "$(writes a@shop.example)" = 'profile.create 1
profile.update 2' ]
}

@test "kl-push add: --list-name finds the list by its name" {
	sandbox --list AAAAAA=Twice --list BBBBBB=Twice
	people 1 2 >in
	run -0 --separate-stderr kl-push add --list-name News <in
	[ "$(jq -r .list <<<"$output")" = KKbLLU ]
	run -64 --separate-stderr kl-push add --list-name Twice <in
	[[ ${stderr_lines[0]} = *AAAAAA*BBBBBB* ]]
	run -69 --separate-stderr kl-push add --list-name Nope <in
	[[ ${stderr_lines[0]} = *KKbLLU*News* ]]
}

@test "kl-push add: an unknown list is 69, with the lists there are" {
	sandbox
	run -69 --separate-stderr kl-push add --list NOPE01 < <(people 1 2)
	[ "${stderr_lines[0]}" = 'kl-push: the account of the key has no list with this id; it has KKbLLU (News)' ]
	[ "${stderr_lines[-1]}" = 'kl-push: read 0 = 0 accepted; wrote 0' ]
	[ -z "$output" ]
}

@test "kl-push add: a wrong key is 77, and so is a missing scope, by its name" {
	sandbox --key pk_ro:lists:read,profiles:read
	people 1 2 >in
	KLAVIYO_API_KEY=pk_wrong run -77 --separate-stderr \
		kl-push add --list KKbLLU <in
	[[ ${stderr_lines[0]} = 'kl-push: klaviyo does not accept the key'* ]]
	[[ $stderr != *pk_wrong* ]]
	KLAVIYO_API_KEY=pk_ro run -77 --separate-stderr \
		kl-push add --list KKbLLU <in
	[[ ${stderr_lines[0]} = *lists:write*profiles:write* ]]
	[ "${stderr_lines[-1]}" = 'kl-push: read 2 = 0 accepted + 2 failed; wrote 1' ]
	[ "$(jq -r '"\(.account) \(.status) \(.http)"' <<<"$output")" = \
		'null rejected 403' ]
}

@test "kl-push add: a key that may not follow jobs is told before anything is sent" {
	sandbox --key pk_wo:lists:read,lists:write,profiles:write
	KLAVIYO_API_KEY=pk_wo run -77 --separate-stderr \
		kl-push add --list KKbLLU < <(people 1 2)
	[[ ${stderr_lines[0]} = *profiles:read* ]]
	[ ! -s "$LEDGER" ]
}

@test "kl-push add: a key of another account than klaviyo.account is 78" {
	sandbox
	echo '{"klaviyo":{"account":"OTHER1","list_id":"KKbLLU"}}' >c.json
	run -78 --separate-stderr kl-push add -c c.json < <(people 1 2)
	[ "${stderr_lines[0]}" = 'kl-push: the key is one of account SNDBX1, klaviyo.account says OTHER1' ]
}

@test "kl-push add: takes list, key, sizes and waits from the configuration" {
	sandbox
	echo '{"klaviyo":{"api_key":"pk_sandbox","list_id":"KKbLLU"},"chunk_size":2,"chunk_waiting_time":1}' >c.json
	chmod 600 c.json
	people 1 5 >in
	unset KLAVIYO_API_KEY
	run -0 --separate-stderr kl-push add -c c.json <in
	said 'kl-push: read 5 = 5 accepted; wrote 3'
	chmod 644 c.json
	run -78 --separate-stderr kl-push add -c c.json <in
	[[ ${stderr_lines[0]} = *'chmod 600 c.json' ]]
}

@test "kl-push add: a lost answer is asked for again, and nothing is lost" {
	sandbox --fault lost-reply:bulk_import_profiles:at=1 \
		--fault status=503:bulk_import_profiles:at=3
	people 1 30 >in
	run -0 --separate-stderr kl-push add --list KKbLLU --chunk-size 10 \
		--in-flight 1 -q <in
	printf '%s\n' "$output" >out
	[ "$(counts out)" = '1 1 10 10 0 0 0 complete
2 11 20 10 0 0 0 complete
3 21 30 10 0 0 0 complete' ]
	[ "$(jq -s 'map(.attempts) | add' out)" -eq 5 ]
	[ "$(members | sort -u | wc -l)" -eq 30 ]
}

@test "kl-push add: faults of every kind lose and double nothing" {
	sandbox --random-seed 7 --fault lost-reply:p=0.05 \
		--fault reset-before:p=0.05 --fault truncate:p=0.05 \
		--fault status=500:p=0.05 --fault html:p=0.05
	people 1 400 >in
	run -0 --separate-stderr kl-push add --list KKbLLU --chunk-size 20 \
		-q <in
	diff <(members | sort -u) <(seq 400 | sed 's/.*/p&@shop.example/' | sort)
}

@test "kl-push add: a request that stalls is cut off and made again" {
	sandbox --fault stall:bulk_import_profiles:at=1:ms=20000
	run -0 --separate-stderr kl-push add --list KKbLLU --timeout 200 \
		-q < <(people 1 3)
	[ "$(jq -c '[.attempts, .counts.accepted]' <<<"$output")" = '[2,3]' ]
}

@test "kl-push add: nonsense in place of an answer is 76" {
	for kind in wrong-length redirect; do
		sandbox --fault $kind:bulk_import_profiles
		run -76 kl-push add --list KKbLLU -q --give-up-after 2000 \
			< <(people 1 3)
		stop_sandbox
	done
}

@test "kl-push add: keeps the pause between two requests" {
	sandbox
	people 1 3 | kl-chunk -q --chunk-size 1 --chunk-waiting-time 150 >in
	run -0 kl-push add --list KKbLLU -q <in
	# the milliseconds of the minute each began at
	jq -rs 'sort_by(.seq)[].started[17:23]' <<<"$output" | tr -d . >"at"
	awk 'NR > 1 { d = $1 - last; if (d < 0) d += 60000
		if (d < 145) exit 1 } { last = $1 }' at
}

@test "kl-push add: a service that is down for long is 75" {
	sandbox
	stop_sandbox
	run -75 --separate-stderr kl-push add --list KKbLLU \
		--give-up-after 100 -q < <(people 1 2)
	[[ ${stderr_lines[0]} != *pk_sandbox* ]]
}

@test "kl-push add: one that goes away in the middle is 75 too" {
	sandbox --fault status=500:bulk_import_profiles:every=1
	run -75 --separate-stderr kl-push add --list KKbLLU \
		--give-up-after 300 < <(people 1 5)
	[ "${stderr_lines[-1]}" = 'kl-push: read 5 = 0 accepted + 5 unknown; wrote 1' ]
	[ "$(jq -r '"\(.status) \(.http) \(.job)"' <<<"$output")" = 'unknown 500 null' ]
}

@test "kl-push add: a job that never ends is 75, its records unknown" {
	sandbox --job-delay 600000
	run -75 --separate-stderr kl-push add --list KKbLLU \
		--job-timeout 200 < <(people 1 5)
	[[ ${stderr_lines[0]} = 'kl-push: no job has moved for 0 s; '* ]]
	[ "${stderr_lines[-1]}" = 'kl-push: read 5 = 0 accepted + 5 unknown; wrote 1' ]
}

@test "kl-push: a dry run opens no socket and needs no key" {
	unset KLAVIYO_API_KEY
	KL_BASE_URL=http://127.0.0.1:1 run -0 --separate-stderr kl-push add \
		--list-name News -n --chunk-size 4 < <(people 1 6)
	same '{"dry_run":1,"seq":1,"method":"POST","path":"/api/profile-bulk-import-jobs","from":1,"to":4,"records":4,"profiles":4,"bytes":435}
{"dry_run":1,"seq":2,"method":"POST","path":"/api/profile-bulk-import-jobs","from":5,"to":6,"records":2,"profiles":2,"bytes":291}'
	said 'kl-push: dry run, nothing was sent: 2 requests, 726 bytes, 6 profiles, 0 of them nothing but identifiers; within the rate limits that takes less than a second
kl-push: read 6 = 0 accepted + 6 filtered; wrote 2'
}

@test "kl-push: a dry run plans exactly what is then sent" {
	sandbox
	{
		people 1 50
		people 20 70
		echo '{"email":"x@shop.example","external_id":"p3"}'
	} >in
	kl-push add -q -n --list KKbLLU --chunk-size 60 --summary plan <in >/dev/null
	kl-push add -q --list KKbLLU --chunk-size 60 --summary sent <in >/dev/null
	diff <(jq '{requests, bytes, profiles, merged}' plan) \
		<(jq '{requests, bytes, profiles, merged}' sent)
	[ "$(jq -c '[.requests, .profiles, .merged]' plan)" = '[2,92,10]' ]
}

@test "kl-push: a dry run knows the rate limits and the waiting time" {
	run -0 --separate-stderr kl-push add --list KKbLLU -n --chunk-size 1 \
		< <(people 1 160)
	[[ $stderr = *'takes at least 61 s'* ]]
	run -0 --separate-stderr kl-push add --list KKbLLU -n --chunk-size 1 \
		--chunk-waiting-time 2m < <(people 1 3)
	[[ $stderr = *'takes at least 240 s'* ]]
}

@test "kl-push: --receipt-records lists every record, by a keyed digest" {
	sandbox
	people 1 3 >in
	kl-push add -q --list KKbLLU --receipt-records <in >one
	kl-push add -q --list KKbLLU --receipt-records <in >two
	[ "$(jq -c '.records | map([.[0], .[2]])' one)" = \
		'[[1,"accepted"],[2,"accepted"],[3,"accepted"]]' ]
	[ "$(jq -r '.records[][1]' one | grep -cE '^[A-Za-z0-9_-]{22}$')" -eq 3 ]
	diff <(jq -c .records one) <(jq -c .records two)
	(umask 077 && head -c 32 /dev/urandom >k)
	kl-push add -q --list KKbLLU --receipt-records --hash-key k <in >two
	run ! diff -q <(jq -c .records one) <(jq -c .records two)
	run ! grep -q shop.example one two
}

@test "kl-push: --summary has the counts as JSON" {
	sandbox
	{
		people 1 3
		echo '{"email":"p1@shop.example","image":null}'
		echo '{"title":"x"}'
	} >in
	run -1 kl-push add -q --list KKbLLU -r bad --summary sum <in
	[ "$(jq -c '[.tool, .read, .accepted, .rejected, .rejects, .dry_run,
		.batches, .requests, .profiles, .merged, .nulls_ignored,
		.exit]' sum)" = '["kl-push",5,4,1,{"identifier_missing":1},false,1,1,3,1,1,1]' ]
}

@test "kl-push: the input may be empty" {
	sandbox
	run -0 --separate-stderr kl-push add --list KKbLLU </dev/null
	same ''
	said 'kl-push: nothing to send: the input was empty
kl-push: read 0 = 0 accepted; wrote 0'
}

@test "kl-push: the last line needs no newline" {
	sandbox
	run -0 --separate-stderr kl-push add --list KKbLLU < \
		<(printf '{"email":"a@shop.example"}')
	[ "$(members)" = a@shop.example ]
}

@test "kl-push: a malformed line in the middle is set aside" {
	sandbox
	{
		people 1 2
		echo '{"email":'
		echo '[1]'
		echo '{"chunk":1,"from":1,"to":1,"wait_ms":0,"records":[1,{"email":"c@shop.example"}]}'
		echo '{"chunk":1,"from":1,"to":2,"wait_ms":0,"records":[1,{"email":"c@shop.example"}]}'
		people 3 4
	} >in
	run -1 --separate-stderr kl-push add --list KKbLLU -r bad <in
	[ "$(reasons bad)" = '3 - json_syntax
4 - not_object
5 - chunk_malformed
6 - not_object' ]
	[ "${stderr_lines[-1]}" = 'kl-push: read 9 = 5 accepted + 4 rejected; wrote 3' ]
	[ "$(jq -s 'map(.counts | add) | add' <<<"$output")" -eq 9 ]
}

@test "kl-push: a line of 17 MiB is set aside, a profile over its limit too" {
	sandbox
	{
		people 1 1
		printf '{"email":"'
		head -c 17825792 /dev/zero | tr '\0' a
		echo '"}'
		printf '{"email":"b@shop.example","title":"'
		head -c 100000 /dev/zero | tr '\0' a
		echo '"}'
		people 2 2
	} >in
	run -1 --separate-stderr kl-push add --list KKbLLU -r bad <in
	[ "$(jq -r '._kl_reject | "\(.line) \(.code)"' bad)" = '2 line_too_long
3 profile_too_big' ]
	[ "$(members | tr '\n' ' ')" = 'p1@shop.example p2@shop.example ' ]
}

@test "kl-push: what is to be done has to be said, and known" {
	run -64 --separate-stderr kl-push
	[[ ${stderr_lines[0]} = 'kl-push: what is to be done? add, '*upsert* ]]
	run -64 --separate-stderr kl-push ad
	[ "${stderr_lines[0]}" = 'kl-push: ad is not something to be done; is it add?' ]
	run -64 --separate-stderr kl-push add file
	run -64 --separate-stderr kl-push add
	[ "${stderr_lines[0]}" = 'kl-push: add needs --list ID or --list-name NAME, or klaviyo.list_id in the configuration' ]
	run -64 --separate-stderr kl-push add --list KKbLLU --list-name x
	KL_PUSH_LIST=AAAAAA run -64 --separate-stderr kl-push add --list-name x --list B
	KL_PUSH_LIST=AAAAAA KL_PUSH_LIST_NAME=x run -64 --separate-stderr kl-push add -n
	KL_PUSH_LIST=AAAAAA run -0 --separate-stderr kl-push add -nq --list-name x </dev/null
	KL_PUSH_LIST_NAME=x run -0 --separate-stderr kl-push add -nq --list B </dev/null
	run -64 --separate-stderr kl-push add --list 'My list'
	run -64 --separate-stderr kl-push add --lists KKbLLU
	[ "${stderr_lines[0]}" = 'kl-push: unknown option --lists; did you mean --list?' ]
	run -64 --separate-stderr kl-push add --key pk_x
	[ "${stderr_lines[0]}" = 'kl-push: unknown option --key; did you mean --key-file or --key-command?' ]
}

@test "kl-push: a full disk is 74, and what is in flight is finished" {
	[ -w /dev/full ] || skip "no /dev/full"
	sandbox
	people 1 50 >in
	run -74 bash -c 'kl-push add --list KKbLLU --chunk-size 5 <in >/dev/full'
	[[ $output = *'kl-push: '*'standard output'* ]]
	[ "$(members | wc -l)" -ge 5 ]
}

@test "kl-push: a closed pipe is 74, and what is in flight is finished" {
	sandbox
	people 1 50 >in
	run -0 bash -c 'kl-push add --list KKbLLU --chunk-size 5 <in 2>err |
		true; echo ${PIPESTATUS[0]}'
	[ "$output" = 74 ]
	[[ $(tail -1 err) = 'kl-push: read '* ]]
}

@test "kl-push: SIGTERM ends the input, drains what is in flight, 143" {
	sandbox --job-delay 300
	mkfifo pipe
	kl-push add --list KKbLLU --chunk-size 5 <pipe >out 2>err 3>&- &
	pid=$!
	exec 4>pipe
	people 1 12 >&4
	await_jobs 1
	kill -TERM $pid
	status=0
	wait $pid || status=$?
	exec 4>&-
	[ "$status" -eq 143 ]
	[ "$(tail -1 err)" = 'kl-push: read 12 = 10 accepted + 2 failed; wrote 3' ]
	[ "$(counts out)" = '1 1 5 5 0 0 0 complete
2 6 10 5 0 0 0 complete
3 11 12 0 0 2 0 rejected' ]
}

@test "kl-push: --drain bounds the wait, and what is not known is said so" {
	sandbox --job-delay 600000
	mkfifo pipe
	kl-push add --list KKbLLU --chunk-size 5 --drain 50 <pipe >out 2>err 3>&- &
	pid=$!
	exec 4>pipe
	people 1 5 >&4
	await_jobs 1
	kill -INT $pid
	status=0
	wait $pid || status=$?
	exec 4>&-
	[ "$status" -eq 130 ]
	[ "$(tail -1 err)" = 'kl-push: read 5 = 0 accepted + 5 unknown; wrote 1' ]
}

@test "kl-push: memory that requests free stays with it while it is connected" {
	cd "$BATS_TEST_TMPDIR" || return
	cc -shared -fPIC -O1 -o pages.so \
		"$BATS_TEST_DIRNAME/fault/pages.c" || skip "no compiler"
	run -0 --separate-stderr env LD_PRELOAD="$PWD/pages.so" kl-push --version ||
		skip "not with a sanitizer"
	said 'pages: given back'
	run -75 --separate-stderr env LD_PRELOAD="$PWD/pages.so" \
		KL_BASE_URL=http://127.0.0.1:9 KLAVIYO_API_KEY=pk_x \
		kl-push add --list KKbLLU --give-up-after 1ms </dev/null
	[ "${stderr_lines[-1]}" = 'pages: kept' ]
}

@test "kl-push: --help and the manual page list the same options" {
	page_matches kl-push
}
