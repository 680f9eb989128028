#!/usr/bin/env bats
# --threads N: what comes out is what one thread makes, byte for byte.

setup_file() {
	cd "$BATS_FILE_TMPDIR" || return 1
	# Records of about 100 bytes, with line 30001 on the bad side of a block.
	records() {
		awk -v n="$1" -v odd="$2" 'BEGIN {
			split("acme.com gmial.com test.com Example.ORG", d, " ")
			for (i = 1; i <= n; i++) {
				if (odd && i % 997 == 0) {
					print "{\"email\":\"broken" i
					continue
				}
				if (odd && i % 1009 == 0) { print ""; continue }
				if (odd && i % 2003 == 0) { print "[" i "]"; continue }
				at = odd && i % 503 == 0 ? " at " : "@"
				k = odd && i % 101 == 0 ? i - 100 : i
				printf "{\"email\":\"p%d%s%s\",\"external_id\":\"x%d\",\"properties\":{\"Plan\":\"p,%d\",\"Note\":\"\\u00fc\"}}\n", k, at, d[i % 4 + 1], i, i % 5
			}
		}'
	}
	records 30000 0 >good.ndjson
	records 30000 1 >odd.ndjson
	# Rows with quoted newlines; at times a stray quote, or a value too many.
	table() {
		awk -v n="$1" -v odd="$2" 'BEGIN {
			print "id,name,note,plan"
			for (i = 1; i <= n; i++) {
				note = i % 7 == 0 ? "\"two\nlines, \"\"quoted\"\"\"" : "plain note of a row"
				if (odd && i % 1499 == 0) note = "5\" pipe"
				if (odd && i % 2503 == 0) note = note ",one,more"
				if (odd && i % 5003 == 0) note = "\"closed\" too soon"
				printf "%d,somebody called %d,%s,plan %d\n", i, i, note, i % 9
			}
		}'
	}
	table 30000 0 >good.csv
	table 30000 1 >odd.csv
}

setup() {
	load helper
	cd "$BATS_TEST_TMPDIR" || return 1
	D=$BATS_FILE_TMPDIR
}

# outcome N INPUT PROGRAM [OPTION]...: all that a run leaves behind, but for
# what is new in every run.
outcome() {
	local n=$1 input=$2 status=0
	shift 2
	mkdir "$n"
	(
		cd "$n" || exit 1
		"$@" --threads "$n" <"$input" >out 2>err || status=$?
		echo "$status" >status
		touch bad sum
		sed -i -E 's/"run":"[^"]*"/"run":""/; s/"ms":[0-9]+/"ms":0/
			s/"unique_bytes":[0-9]+/"unique_bytes":0/' bad sum
	)
}

# like_one INPUT PROGRAM [OPTION]...: two and five threads do as one.
like_one() {
	outcome 1 "$@"
	for n in 2 5; do
		outcome "$n" "$@"
		diff -r 1 "$n" >diff.out || {
			head -c 2000 diff.out
			return 1
		}
		rm -r "$n"
	done
}

# ended STATUS TEXT: how the one thread ended, and its last words.
ended() {
	[ "$(cat 1/status)" = "$1" ] || {
		cat 1/status 1/err
		return 1
	}
	[ "$(tail -n 1 1/err)" = "$2" ] || {
		tail -n 3 1/err
		return 1
	}
	rm -r 1
}

@test "kl-validate: --threads passes on what one thread does" {
	like_one "$D/good.ndjson" kl-validate
	ended 0 "kl-validate: read 30000 = 30000 accepted; wrote 30000"
}

@test "kl-validate: --threads sets the same records aside, in the same order" {
	like_one "$D/odd.ndjson" kl-validate --rejects bad --summary sum
	ended 1 "kl-validate: read 29971 = 29868 accepted + 103 rejected; wrote 29868"
}

@test "kl-validate: --threads counts the same fixes and doubts" {
	like_one "$D/odd.ndjson" kl-validate --rejects bad --summary sum --fix
	[ "$(grep -c 'warning: line' 1/err)" -eq 6 ]
	ended 1 "kl-validate: read 29971 = 29868 accepted + 103 rejected; wrote 29868"
}

@test "kl-validate: --threads finds the same duplicates" {
	like_one "$D/odd.ndjson" kl-validate --unique email --fix \
		--rejects bad --summary sum
	grep -q '"duplicate":296' 1/sum
	ended 1 "kl-validate: read 29971 = 29572 accepted + 399 rejected; wrote 29572"
}

@test "kl-validate: --threads ends with the same record at a duplicate" {
	like_one "$D/odd.ndjson" kl-validate --unique email
	ended 65 "kl-validate: read 101 = 100 accepted + 1 rejected; wrote 100"
	{ cat "$D/good.ndjson" && sed -n 5p "$D/good.ndjson" &&
		cat "$D/good.ndjson"; } >late.ndjson
	like_one "$PWD/late.ndjson" kl-validate --unique email --summary sum
	grep -q 'line 30001: email is that of line 5' 1/err
	ended 65 "kl-validate: read 30001 = 30000 accepted + 1 rejected; wrote 30000"
}

@test "kl-validate: --threads stops at the same record over --max-rejects" {
	for max in 0 1 77; do
		like_one "$D/odd.ndjson" kl-validate --rejects bad \
			--summary sum --max-rejects "$max"
		[ "$(wc -l <1/bad)" -eq $((max + 1)) ]
		[ "$(cat 1/status)" = 65 ]
		rm -r 1
	done
}

@test "kl-validate: --threads judges --max-reject-ratio at the end" {
	like_one "$D/odd.ndjson" kl-validate --rejects bad --max-reject-ratio 0.1%
	ended 65 "kl-validate: read 29971 = 29868 accepted + 103 rejected; wrote 29868"
}

@test "kl-validate: --threads writes what came before the first bad record" {
	{ head -n 25000 "$D/good.ndjson" && echo '{"email":"x"}' &&
		cat "$D/good.ndjson"; } >late.ndjson
	like_one "$PWD/late.ndjson" kl-validate
	[ "$(wc -l <1/out)" -eq 25000 ]
	grep -q 'line 25001' 1/err
	ended 65 "kl-validate: read 25001 = 25000 accepted + 1 rejected; wrote 25000"
}

@test "kl-validate: --threads takes rejects back" {
	kl-validate -q --rejects all.bad <"$D/odd.ndjson" >/dev/null || true
	for _ in $(seq 60); do cat all.bad; done >rejects.ndjson
	like_one "$PWD/rejects.ndjson" kl-validate --rejects bad --unique email
	[ "$(cat 1/status)" = 1 ]
}

@test "kl-validate: --threads takes lines over the limit, wherever" {
	{ head -n 9000 "$D/good.ndjson" &&
		head -c 17000000 /dev/zero | tr '\0' ' ' && echo &&
		cat "$D/good.ndjson"; } >long.ndjson
	like_one "$PWD/long.ndjson" kl-validate --rejects bad
	grep -q '"line":9001,"code":"line_too_long"' 1/bad
	ended 1 "kl-validate: read 39001 = 39000 accepted + 1 rejected; wrote 39000"
}

@test "kl-validate: --threads reads a last line that has no newline" {
	{ cat "$D/good.ndjson" && printf '{"email":'; } >cut.ndjson
	like_one "$PWD/cut.ndjson" kl-validate --rejects bad
	grep -q '"line":30001,"code":"json_syntax"' 1/bad
}

@test "kl-validate: --threads agrees about small and empty inputs" {
	like_one /dev/null kl-validate
	rm -r 1
	head -n 3 "$D/odd.ndjson" >small.ndjson
	like_one "$PWD/small.ndjson" kl-validate
}

@test "kl-to-csv: --threads writes the same rows" {
	like_one "$D/good.ndjson" kl-to-csv
	[ "$(head -n 1 1/out)" = 'email,external_id,properties.Plan,properties.Note' ]
	ended 0 "kl-to-csv: read 30000 = 30000 accepted; wrote 30000"
}

@test "kl-to-csv: --threads finds the same records unlike the first" {
	awk '{ if (NR % 4001 == 0) sub("external_id", "other_id"); print }' \
		"$D/good.ndjson" >unlike.ndjson
	like_one "$PWD/unlike.ndjson" kl-to-csv --rejects bad --summary sum
	ended 1 "kl-to-csv: read 30000 = 29993 accepted + 7 rejected; wrote 29993"
	like_one "$PWD/unlike.ndjson" kl-to-csv
	ended 65 "kl-to-csv: read 4001 = 4000 accepted + 1 rejected; wrote 4000"
	like_one "$PWD/unlike.ndjson" kl-to-csv --drop-unknown --csv-safe
	ended 0 "kl-to-csv: read 30000 = 30000 accepted; wrote 30000"
	like_one "$PWD/unlike.ndjson" kl-to-csv --all-columns --null -
	ended 0 "kl-to-csv: read 30000 = 30000 accepted; wrote 30000"
	like_one "$PWD/unlike.ndjson" kl-to-csv --columns properties.Plan,email
	ended 0 "kl-to-csv: read 30000 = 30000 accepted; wrote 30000"
}

@test "kl-to-csv: --threads finds columns however late the first record" {
	{ for _ in $(seq 9000); do
		echo '"this is a line of some length that is no record at all"'
	done && cat "$D/good.ndjson"; } >late.ndjson
	like_one "$PWD/late.ndjson" kl-to-csv --rejects bad
	ended 1 "kl-to-csv: read 39000 = 30000 accepted + 9000 rejected; wrote 30000"
}

@test "kl-from-csv: --threads makes the same records" {
	like_one "$D/good.csv" kl-from-csv
	ended 0 "kl-from-csv: read 30000 = 30000 accepted; wrote 30000"
	like_one "$D/good.csv" kl-from-csv --types auto --null ''
	ended 0 "kl-from-csv: read 30000 = 30000 accepted; wrote 30000"
	like_one "$D/good.csv" kl-from-csv --no-quotes --rejects bad
	ended 1 "kl-from-csv: read 34285 = 25715 accepted + 8570 rejected; wrote 25715"
}

@test "kl-from-csv: --threads finds the same rows around stray quotes" {
	like_one "$D/odd.csv" kl-from-csv --rejects bad --summary sum
	grep -q '"code":"csv_quote"' 1/bad
	grep -q '"code":"row_long"' 1/bad
	ended 1 "kl-from-csv: read 30000 = 29964 accepted + 36 rejected; wrote 29964"
	like_one "$D/odd.csv" kl-from-csv --rejects bad --max-rejects 20
	[ "$(wc -l <1/bad)" -eq 21 ]
}

@test "kl-from-csv: --threads goes on after a quote that opens for long" {
	{ cat "$D/good.csv" && printf '30001,"' && tail -n +2 "$D/good.csv" |
		tr '"' "'" && printf '",note,plan\n' && tail -n +2 "$D/good.csv"; } >long.csv
	like_one "$PWD/long.csv" kl-from-csv --rejects bad
	ended 0 "kl-from-csv: read 60001 = 60001 accepted; wrote 60001"
	{ cat "$D/good.csv" && printf '30001,"never closed,1,2\n' &&
		tail -n +2 "$D/good.csv" | tr '"' "'"; } >open.csv
	like_one "$PWD/open.csv" kl-from-csv --rejects bad
	[ "$(cat 1/status)" = 65 ]
	grep -q 'the quote opened on line 34287 is never closed' 1/err
}

@test "kl-from-csv: --threads takes CRLF, other encodings, marks within" {
	sed 's/$/\r/' "$D/good.csv" >crlf.csv
	like_one "$PWD/crlf.csv" kl-from-csv
	ended 0 "kl-from-csv: read 30000 = 30000 accepted; wrote 30000"
	sed 's/pipe/h\xfctte/; s/plain/\xe4/' "$D/odd.csv" >latin.csv
	like_one "$PWD/latin.csv" kl-from-csv --encoding latin-1 --rejects bad
	ended 1 "kl-from-csv: read 30000 = 29964 accepted + 36 rejected; wrote 29964"
	like_one "$PWD/latin.csv" kl-from-csv --rejects bad
	[ "$(cat 1/status)" = 1 ]
	rm -r 1
	{ printf '\xef\xbb\xbfa\n' && awk 'BEGIN { for (i = 0; i < 300000; i++)
		print "\xef\xbb\xbf" i }'; } >marks.csv
	like_one "$PWD/marks.csv" kl-from-csv
	ended 0 "kl-from-csv: read 300000 = 300000 accepted; wrote 300000"
}

@test "kl-map: --threads maps the same" {
	like_one "$D/odd.ndjson" kl-map --rejects bad --summary sum \
		--map 'email=email:trim|lower' --map properties.Plan=Plan \
		--map external_id=external_id
	ended 1 "kl-map: read 29971 = 29927 accepted + 44 rejected; wrote 29927"
	like_one "$D/odd.ndjson" kl-map --map email=email
	[ "$(cat 1/status)" = 65 ]
}

@test "kl-map: --threads counts what is left out, and says what no record has" {
	awk '{ if (NR > 20000 && NR % 7 == 0) sub(/"external_id":"x[0-9]*"/,
		"\"external_id\":\"z\",\"late\":\"no number\"")
		print }' "$D/good.ndjson" >late.ndjson
	like_one "$PWD/late.ndjson" kl-map --on-error omit --summary sum \
		--map email=email --map late=n:number --map Email=other \
		--where 'external_id!=x29999' --where 'gone!=1'
	[ "$(cat 1/err)" = 'kl-map: late: left out of 1428 records (number_invalid)
kl-map: no record has a field "Email"; did you mean "email"?
kl-map: no record has a field "gone"
kl-map: read 30000 = 29999 accepted + 1 filtered; wrote 29999' ]
	grep -q '"omitted":1428' 1/sum
}

@test "kl-map: --threads reads tables as one thread does" {
	like_one "$D/odd.csv" kl-map --from csv --rejects bad --as rows \
		--map id=id:integer --map name=name --map note=n:upper --map pln=p
	ended 1 "kl-map: read 30000 = 29964 accepted + 36 rejected; wrote 29964"
	like_one "$D/odd.csv" kl-map --from csv --rejects bad --as rows \
		--types auto --map id=id --map plan=p:upper
	ended 1 "kl-map: read 30000 = 29964 accepted + 36 rejected; wrote 29964"
}

@test "kl-map: --threads runs expressions, and numbers for the telephone" {
	head -n 12000 "$D/good.ndjson" >some.ndjson
	like_one "$PWD/some.ndjson" kl-map --rejects bad --jq \
		'if .external_id == "x7001" then error("no") elif .properties.Plan == "p,1" then (., {email}) elif .properties.Plan == "p,2" then empty else . end'
	ended 1 "kl-map: read 12000 = 9599 accepted + 2400 filtered + 1 rejected; wrote 11998"
	awk '{ print "{\"Phone\":\"+43 316 58" NR % 9000 + 1000 "\"}" }' \
		"$D/good.ndjson" >phones.ndjson
	for _ in 1 2; do cat phones.ndjson; done >many.ndjson
	like_one "$PWD/many.ndjson" kl-map --map Phone=phone_number:phone:AT
	[ "$(cat 1/status)" = 0 ]
}

@test "filters: --threads reads pipes as it reads files" {
	kl-validate -q --threads 3 --unique external_id <"$D/good.ndjson" >a
	dd bs=1M status=none <"$D/good.ndjson" | kl-validate -q --threads 3 >b
	cmp a b
	kl-from-csv -q --threads 3 "$D/good.csv" >a
	# Pieces that end anywhere.
	dd bs=3001 status=none <"$D/good.csv" | kl-from-csv -q --threads 3 >b
	cmp a b
}

@test "filters: --threads writes a record that is ready, whatever comes next" {
	mkfifo in
	kl-to-csv -q --threads 2 <in >out 2>err 3>&- &
	pid=$!
	exec 7>in
	cat "$D/good.ndjson" >&7
	echo '{"email":"ready@acme.com","external_id":"1","properties":{"Plan":"","Note":""}}' >&7
	for _ in $(seq 250); do
		grep -q ready out && break
		sleep 0.02
	done
	grep -q ready out
	[ "$(wc -l <out)" -eq 30002 ]
	exec 7>&-
	wait "$pid"
}

@test "filters: --threads ends at a bad record though the input stays open" {
	mkfifo in
	kl-validate --threads 4 <in >out 2>err 3>&- &
	pid=$!
	exec 7>in
	{ cat "$D/good.ndjson" && echo '{"email":"x"}'; } >&7
	status=0
	wait "$pid" || status=$?
	exec 7>&-
	[ "$status" -eq 65 ]
	[ "$(wc -l <out)" -eq 30000 ]
}

@test "filters: --threads with -u writes each record at once" {
	kl-validate -q --threads 2 -u <"$D/good.ndjson" | cmp - "$D/good.ndjson"
}

@test "filters: --threads exits 74 when stdout is full" {
	[ -w /dev/full ] || skip "no /dev/full"
	for program in "kl-validate <$D/good.ndjson" "kl-to-csv <$D/good.ndjson" \
		"kl-from-csv <$D/good.csv"; do
		run -74 bash -c "KL_THREADS=2 $program 2>&1 >/dev/full"
		[ "$(grep -c 'cannot write standard output: ' <<<"$output")" -eq 1 ]
		[[ ${lines[-1]} = *": read "* ]]
	done
}

@test "filters: --threads exits 74 when the rejects are full" {
	[ -w /dev/full ] || skip "no /dev/full"
	for _ in 1 2 3; do sed 's/@/ at /' "$D/good.ndjson"; done >bad.ndjson
	run -74 bash -c "kl-validate --threads 2 --rejects /dev/full <bad.ndjson 2>&1"
	[[ $output = *"cannot write /dev/full: No space left"* ]]
}

@test "filters: --threads ends with the reader of a pipe" {
	run bash -c "kl-validate -q --threads 2 <'$D/good.ndjson' | head -n 1; echo \${PIPESTATUS[0]}"
	[ "${lines[1]}" = 141 ]
}

@test "filters: --threads takes 1 to 16" {
	run -64 --separate-stderr kl-to-csv --threads 0 </dev/null
	run -64 --separate-stderr kl-to-csv --threads 17 </dev/null
	[[ $stderr = *"--threads"* ]]
	KL_THREADS=2 run -0 kl-to-csv </dev/null
}
