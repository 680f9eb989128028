#!/usr/bin/env bats

setup() {
	load helper
	cd "$BATS_TEST_TMPDIR" || return
}

# people N: that many records.
people() {
	seq "$1" | sed 's/.*/{"email":"p&@shop.example"}/'
}

# letters N: that many letters x.
letters() {
	printf '%*s' "$1" '' | tr ' ' x
}

# sizes: how many lines each chunk of the file out spans.
sizes() {
	cut -c1-80 out | sed -E 's/.*"from":([0-9]+),"to":([0-9]+),.*/\1 \2/' |
		awk '{ print $2 - $1 + 1 }' | xargs
}

# What a request is made of.
envelope='{"data":{"type":"profile-bulk-import-job","attributes":{"profiles":{"data":[]}},"relationships":{"lists":{"data":[{"type":"list","id":"KKbLLU"}]}}}}'
frame='{"type":"profile","attributes":}'

@test "kl-chunk: gathers records into chunks of at most --chunk-size" {
	run -0 --separate-stderr kl-chunk --chunk-size 2 <<-'EOF'
		{"email":"ada@shop.example"}
		{"email":"bo@shop.example"}
		{"email":"cy@shop.example"}
	EOF
	same '{"chunk":1,"from":1,"to":2,"wait_ms":0,"records":[{"email":"ada@shop.example"},{"email":"bo@shop.example"}]}
{"chunk":2,"from":3,"to":3,"wait_ms":0,"records":[{"email":"cy@shop.example"}]}'
	said 'kl-chunk: read 3 = 3 accepted; wrote 2'
}

@test "kl-chunk: has chunks of 200 unless told otherwise" {
	people 401 >in
	kl-chunk -q <in >out
	[ "$(sizes)" = '200 200 1' ]
}

@test "kl-chunk: --chunk-size counts exactly" {
	for n in 9 10 11; do
		people $n >in
		kl-chunk -q --chunk-size 10 <in >out
		case $n in
		9) [ "$(sizes)" = 9 ] ;;
		10) [ "$(sizes)" = 10 ] ;;
		11) [ "$(sizes)" = '10 1' ] ;;
		esac
	done
}

@test "kl-chunk: takes sizes and waiting time from the configuration" {
	echo '{"chunk_size":2,"chunk_waiting_time":750}' >sync.json
	people 3 >in
	run -0 --separate-stderr kl-chunk -q -c sync.json <in
	same '{"chunk":1,"from":1,"to":2,"wait_ms":750,"records":[{"email":"p1@shop.example"},{"email":"p2@shop.example"}]}
{"chunk":2,"from":3,"to":3,"wait_ms":750,"records":[{"email":"p3@shop.example"}]}'
}

@test "kl-chunk: prefers options to the environment, and that to the file" {
	echo '{"chunk_size":2,"chunk_waiting_time":750}' >sync.json
	people 9 >in
	KL_CHUNK_CHUNK_SIZE=3 KL_CHUNK_CHUNK_WAITING_TIME=2s \
		kl-chunk -q -c sync.json <in >out
	[ "$(sizes)" = '3 3 3' ]
	grep -q '"wait_ms":2000,' out
	KL_CHUNK_CHUNK_SIZE=3 KL_CHUNK_CHUNK_WAITING_TIME=2s kl-chunk -q \
		-c sync.json --chunk-size 5 --chunk-waiting-time 0 <in >out
	[ "$(sizes)" = '5 4' ]
	grep -q '"wait_ms":0,' out
}

@test "kl-chunk: --chunk-bytes counts the bytes of the body exactly" {
	rec="{\"email\":\"a@b.co\",\"title\":\"$(letters 300)\"}"
	for _ in 1 2 3 4; do echo "$rec"; done >in
	body=$((${#envelope} + 3 * (${#frame} + ${#rec}) + 2))
	kl-chunk -q --chunk-bytes $((body - 1)) <in >out
	[ "$(sizes)" = '2 2' ]
	kl-chunk -q --chunk-bytes $body <in >out
	[ "$(sizes)" = '3 1' ]
	kl-chunk -q --chunk-bytes $((body + 1)) <in >out
	[ "$(sizes)" = '3 1' ]
}

@test "kl-chunk: counts only what is sent of a record" {
	rec="{\"email\":\"a@b.co\",\"title\":\"$(letters 300)\"}"
	wide="{ \"email\" : \"a@b.co\", \"created\":\"2024-01-01\", \"image\":null, \"subscriptions\":{\"x\":[1,2,3]}, \"title\":\"$(letters 300)\"}"
	for _ in 1 2 3 4; do echo "$wide"; done >in
	body=$((${#envelope} + 3 * (${#frame} + ${#rec}) + 2))
	kl-chunk -q --chunk-bytes $((body - 1)) <in >out
	[ "$(sizes)" = '2 2' ]
	kl-chunk -q --chunk-bytes $body <in >out
	[ "$(sizes)" = '3 1' ]
	[ "$(sed 's/.*"records":\[//; s/]}$//; 1!d' out)" = "$wide,$wide,$wide" ]
}

@test "kl-chunk: counts members that no profile has" {
	rec="{\"email\":\"a@b.co\",\"plan\":\"$(letters 400)\"}"
	for _ in 1 2; do echo "$rec"; done >in
	body=$((${#envelope} + 2 * (${#frame} + ${#rec}) + 1))
	kl-chunk -q --chunk-bytes $((body - 1)) <in >out
	[ "$(sizes)" = '1 1' ]
	kl-chunk -q --chunk-bytes $body <in >out
	[ "$(sizes)" = '2' ]
}

@test "kl-chunk: fills a body of 5,000,000 bytes and no more" {
	rec="{\"email\":\"a@b.co\",\"title\":\"$(letters 99000)\"}"
	one=$((${#frame} + ${#rec} + 1))
	fit=$(((5000000 - ${#envelope} + 1) / one))
	for _ in $(seq 60); do echo "$rec"; done >in
	kl-chunk -q --chunk-size 10000 <in >out
	[ "$(sizes)" = "$fit $((60 - fit))" ]
}

@test "kl-chunk: sets aside a record that fits into no request" {
	rec="{\"email\":\"a@b.co\",\"title\":\"$(letters 900)\"}"
	max=$((${#envelope} + ${#frame} + ${#rec}))
	printf '%s\n' '{"email":"b@b.co"}' "$rec" '{"email":"c@b.co"}' >in
	run -0 kl-chunk -q --chunk-bytes $max <in
	run -1 --separate-stderr kl-chunk -q -r bad.ndjson \
		--chunk-bytes $((max - 1)) <in
	same '{"chunk":1,"from":1,"to":3,"wait_ms":0,"records":[{"email":"b@b.co"},{"email":"c@b.co"}]}'
	grep -q '"line":2,.*"code":"record_too_big","message":"the record needs a body of '$max' bytes; the limit is '$((max - 1))'","hint":"raise --chunk-bytes"' bad.ndjson
}

@test "kl-chunk: keeps a chunk within the 16 MiB of a line" {
	for _ in 1 2 3; do
		printf '{"email":"a@b.co","subscriptions":{"x":"'
		head -c 8000000 /dev/zero | tr '\0' x
		printf '"}}\n'
	done >in
	kl-chunk -q <in >out
	[ "$(sizes)" = '2 1' ]
	{
		printf '{"email":"a@b.co","subscriptions":{"x":"'
		head -c $((16777216 - 43)) /dev/zero | tr '\0' x
		printf '"}}\n'
	} >in
	[ "$(wc -c <in)" -eq 16777217 ]
	run -1 --separate-stderr kl-chunk -q -r bad.ndjson <in
	same ''
	grep -q '"code":"record_too_big"' <(head -c 1000 bad.ndjson)
}

@test "kl-chunk: keeps the bytes of records" {
	cat >in <<-'EOF'
		{"email":"a@b.co","properties":{"n":12345678901234567890,"x":1.50}}
		{ "email" : "\u0061@b.co" ,	"title":null }
		{"no":"profile","metric":"Viewed"}
	EOF
	kl-chunk -q --chunk-size 1 <in | sed 's/.*"records":\[//; s/]}$//' >out
	cmp in out
}

@test "kl-chunk: gives the same chunks however its input arrives" {
	people 1000 >in
	kl-chunk -q --chunk-size 70 <in >whole
	(head -c 5000 in; sleep 0.1; tail -c +5001 in) |
		kl-chunk -q --chunk-size 70 >parts
	cmp whole parts
	[ "$(wc -l <whole)" -eq 15 ]
}

@test "kl-chunk: names input lines, blank and wrong ones counted" {
	printf '%s\n' '' '{"email":"a@b.co"}' nonsense '' '{"email":"c@d.co"}' '' >in
	run -1 --separate-stderr kl-chunk -r bad.ndjson <in
	same '{"chunk":1,"from":2,"to":5,"wait_ms":0,"records":[{"email":"a@b.co"},{"email":"c@d.co"}]}'
	said 'kl-chunk: 1 set aside in bad.ndjson: 1 json_syntax
kl-chunk: read 3 = 2 accepted + 1 rejected; wrote 1'
	grep -q '"line":3,' bad.ndjson
}

@test "kl-chunk: writes what came before a malformed line, and ends with 65" {
	printf '%s\n' '{"email":"a@b.co"}' '{"email":' '{"email":"c@d.co"}' >in
	run -65 --separate-stderr kl-chunk -q <in
	same '{"chunk":1,"from":1,"to":1,"wait_ms":0,"records":[{"email":"a@b.co"}]}'
	[[ $stderr = "kl-chunk: line 2: "* ]]
}

@test "kl-chunk: takes reject lines for the records they hold" {
	reject='{"_kl_reject":{"v":1,"code":"x"},"record":{"email":"a@b.co"}}'
	run -0 --separate-stderr kl-chunk -q <<<"$reject"
	same '{"chunk":1,"from":1,"to":1,"wait_ms":0,"records":[{"email":"a@b.co"}]}'
	run -0 --separate-stderr kl-chunk -q --no-unwrap <<<"$reject"
	same '{"chunk":1,"from":1,"to":1,"wait_ms":0,"records":['"$reject"']}'
}

@test "kl-chunk: --summary writes the counts as JSON" {
	people 3 >in
	run -0 kl-chunk -q --chunk-size 2 --summary sum.json <in
	grep -q '"tool":"kl-chunk",.*"read":3,"accepted":3,.*"written":2,' sum.json
}

@test "kl-chunk: makes no chunk of empty input" {
	run -0 --separate-stderr kl-chunk </dev/null
	same ''
	said 'kl-chunk: read 0 = 0 accepted; wrote 0'
}

@test "kl-chunk: takes a last line without its newline" {
	run -0 --separate-stderr bash -c \
		"printf '{\"email\":\"a@b.co\"}' | kl-chunk -q"
	same '{"chunk":1,"from":1,"to":1,"wait_ms":0,"records":[{"email":"a@b.co"}]}'
}

@test "kl-chunk: refuses sizes out of range, unknown options and operands" {
	for o in --chunk-size=0 --chunk-size=10001 --chunk-size=x \
		--chunk-bytes=999 --chunk-bytes=5000001 \
		--chunk-waiting-time=3600001 --chunksize=5 in; do
		run -64 --separate-stderr kl-chunk $o </dev/null
		same ''
		[[ $stderr = "kl-chunk: "*"usage: kl-chunk "* ]]
	done
	people 1 >in
	run -0 kl-chunk -q --chunk-size=10000 --chunk-bytes=5000000 <in
	run -0 kl-chunk -q --chunk-size=1 --chunk-bytes=1000 <in
}

@test "kl-chunk: exits 78 for an unknown key of the configuration" {
	echo '{"chunk_sise":1}' >sync.json
	run -78 --separate-stderr kl-chunk -c sync.json </dev/null
	[[ $stderr = *chunk_size* ]]
}

@test "kl-chunk: exits 74 when stdout is full" {
	[ -w /dev/full ] || skip "no /dev/full"
	run -74 --separate-stderr bash -c \
		'echo "{\"email\":\"a@b.co\"}" | kl-chunk >/dev/full'
	[[ $stderr = *"standard output"* ]]
}

@test "kl-chunk: ends when its reader leaves" {
	run -0 bash -c 'yes "{\"email\":\"a@b.co\"}" | kl-chunk -q --chunk-size 1 | head -1'
	same '{"chunk":1,"from":1,"to":1,"wait_ms":0,"records":[{"email":"a@b.co"}]}'
}

@test "kl-chunk: does not put chunks into chunks" {
	echo '{"email":"a@shop.example"}' | kl-chunk -q >in
	echo '{"email":"b@shop.example"}' >>in
	run -1 --separate-stderr kl-chunk -r bad <in
	same '{"chunk":1,"from":2,"to":2,"wait_ms":0,"records":[{"email":"b@shop.example"}]}'
	[ "$(jq -c '._kl_reject | [.line, .code, .message, .hint]' bad)" = '[1,"chunk","this is a chunk already","one kl-chunk in a pipeline is enough"]' ]
}

@test "kl-chunk: --help and the manual page list the same options" {
	page_matches kl-chunk
}
