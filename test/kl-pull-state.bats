#!/usr/bin/env bats
# kl-pull --state: only what changed, in two steps, and after a kill as if
# nothing had been.

setup() {
	load helper
	load raw
	load sandbox
	cd "$BATS_TEST_TMPDIR" || return
}

teardown() {
	stop_sandbox
}

# shop: two people on a list, one of whom did something.
shop() {
	cat >seed.ndjson <<-'EOS'
		{"type":"list","id":"KKbLLU","attributes":{"name":"Newsletter"}}
		{"type":"metric","id":"ORDERS","attributes":{"name":"Placed Order"}}
		{"type":"profile","id":"01JA0000000000000000000001","attributes":{"email":"ada@shop.example"},"lists":["KKbLLU"]}
		{"type":"profile","id":"01JA0000000000000000000002","attributes":{"email":"bo@shop.example"},"lists":["KKbLLU"]}
		{"type":"consent","profile":"ada@shop.example","channels":{},"suppressions":[{"reason":"HARD_BOUNCE","when":"2026-01-02T03:04:05Z"}]}
	EOS
	start_sandbox --seed seed.ndjson --limits off --visibility-delay 0
}

# emails [FILE]: the addresses of records, sorted, on a line.
emails() {
	jq -r '.email // .profile.email' "$@" | sort | paste -sd' '
}

# pull ARG...: quietly and with status 0; what came stands in $output.
pull() {
	run -0 --separate-stderr kl-pull -q "$@"
	said ''
}

person_is() {
	api POST /api/profiles '{"data":{"type":"profile","attributes":{"email":"'"$1"'"}}}' >/dev/null
}

# leave ID: somebody goes from the list.
leave() {
	api DELETE /api/lists/KKbLLU/relationships/profiles \
		'{"data":[{"type":"profile","id":"'"$1"'"}]}' >/dev/null
}

# happened WHEN UNIQUE: ada did something.
happened() {
	api POST /api/events '{"data":{"type":"event","attributes":{"properties":{},"time":"'"$1"'","unique_id":"'"$2"'","metric":{"data":{"type":"metric","attributes":{"name":"Placed Order"}}},"profile":{"data":{"type":"profile","attributes":{"email":"ada@shop.example"}}}}}}' >/dev/null
}

@test "kl-pull: --state brings what changed since the last commit" {
	shop
	run -0 --separate-stderr kl-pull profiles --state s --fields email
	[ "$(emails <<<"$output")" = 'ada@shop.example bo@shop.example' ]
	said 'kl-pull: wrote 2 from 1 page; pending until --commit'
	run -0 --separate-stderr kl-pull --state s --commit
	same ''
	said 'kl-pull: committed 2'
	pull profiles --state s --fields email
	same ''
	person_is cy@shop.example
	pull profiles --state s --fields email
	[ "$(emails <<<"$output")" = cy@shop.example ]
}

@test "kl-pull: --state without a commit offers the same rows again" {
	shop
	pull profiles --state s --fields email
	first=$output
	pull profiles --state s --fields email
	same "$first"
}

@test "kl-pull: --commit again changes nothing" {
	shop
	pull profiles --state s --fields email
	pull --state s --commit
	run -0 --separate-stderr kl-pull --state s --commit
	said 'kl-pull: nothing was pending'
	pull profiles --state s --fields email
	same ''
}

@test "kl-pull: a row that changes within the second of the boundary comes" {
	shop
	pull profiles --state s --fields email,title
	pull --state s --commit
	id=01JA0000000000000000000001
	api PATCH /api/profiles/$id '{"data":{"type":"profile","id":"'$id'","attributes":{"title":"Dr"}}}' >/dev/null
	pull profiles --state s --fields email,title
	[ "$(jq -r .title <<<"$output")" = Dr ]
	pull --state s --commit
	pull profiles --state s --fields email,title
	same ''
}

@test "kl-pull: --state of a list brings who joined, changed and left" {
	shop
	pull members --list KKbLLU --state s --fields email
	[ "$(emails <<<"$output")" = 'ada@shop.example bo@shop.example' ]
	pull --state s --commit
	pull members --list KKbLLU --state s --fields email
	same ''
	leave 01JA0000000000000000000002
	echo '{"email":"cy@shop.example"}' | kl-push add -q --list KKbLLU >/dev/null
	run -0 --separate-stderr kl-pull members --list KKbLLU --state s --fields email
	output=$(names <<<"$output")
	same '{"id":"PROFILE","email":"cy@shop.example"}
{"id":"PROFILE","_kl_left":true}'
	said 'kl-pull: wrote 2 from 1 page; pending until --commit'
	pull --state s --commit
	pull members --list KKbLLU --state s --fields email
	same ''
}

@test "kl-pull: --state of suppressions tells when one has ended" {
	shop
	pull suppressions --state s --fields email -o out
	[ "$(emails out)" = ada@shop.example ]
	pull suppressions --state s --fields email -o out
	[ ! -s out ]
}

@test "kl-pull: --state brings events that came late, each once" {
	shop
	now=$(date -u +%Y-%m-%dT%H:%M:%SZ)
	happened "$now" a
	pull events --state s --fields datetime -o out
	[ "$(wc -l <out)" -eq 1 ]
	happened "$(date -u -d '-30 min' +%Y-%m-%dT%H:%M:%SZ)" late
	happened "$now" b
	pull events --state s --fields datetime -o out
	[ "$(wc -l <out)" -eq 2 ]
	pull events --state s --fields datetime -o out
	[ ! -s out ]
}

@test "kl-pull: --look-back says how late an event may be" {
	shop
	happened "$(date -u +%Y-%m-%dT%H:%M:%SZ)" a
	pull events --state s --fields datetime --look-back 10m -o out
	happened "$(date -u -d '-30 min' +%Y-%m-%dT%H:%M:%SZ)" late
	pull events --state s --fields datetime --look-back 10m -o out
	[ ! -s out ]
	pull events --state s --fields datetime --look-back 40m -o out
	[ "$(wc -l <out)" -eq 1 ]
}

@test "kl-pull: an event of the future does not hide those before it" {
	shop
	happened "$(date -u -d '+30 day' +%Y-%m-%dT%H:%M:%SZ)" future
	pull events --state s --fields datetime -o out
	[ "$(wc -l <out)" -eq 1 ]
	happened "$(date -u +%Y-%m-%dT%H:%M:%SZ)" now
	pull events --state s --fields datetime -o out
	[ "$(wc -l <out)" -eq 1 ]
	pull events --state s --fields datetime -o out
	[ ! -s out ]
}

@test "kl-pull: --output with --state commits by itself" {
	shop
	run -0 --separate-stderr kl-pull profiles --state s --fields email -o out
	said 'kl-pull: wrote 2 from 1 page'
	[ "$(emails out)" = 'ada@shop.example bo@shop.example' ]
	[ "$(stat -c %a out s | paste -sd' ')" = '600 600' ]
	[ -z "$(compgen -G '*.kl-part')" ]
	pull profiles --state s --fields email -o out
	[ ! -s out ]
	run -0 --separate-stderr kl-pull --state s --commit
	said 'kl-pull: nothing was pending'
}

@test "kl-pull: a state is about one question" {
	shop
	pull profiles --state s --fields email
	run -78 --separate-stderr kl-pull profiles --state s --fields title
	said 'kl-pull: s is about something else; it is about profiles of account SNDBX1, fields email; name another file
kl-pull: wrote 0, which is not all'
	run -78 --separate-stderr kl-pull profiles --state s --fields email \
		--where 'equals(email,"ada@shop.example")'
	run -78 --separate-stderr kl-pull members --list KKbLLU --state s
}

@test "kl-pull: a state holds no address, and no key" {
	shop
	pull members --list KKbLLU --state s --email ada@shop.example \
		--where 'equals(phone_number,"+33123456789")'
	pull --state s --commit
	run -1 grep -cE 'ada|shop|33123456789|pk_sandbox' s
}

@test "kl-pull: --state refuses what does not go with it" {
	export KLAVIYO_API_KEY=pk_x
	run -64 --separate-stderr kl-pull profiles --state s --since 2026-01-01
	[ "${stderr_lines[0]}" = 'kl-pull: --state says from when on: no --since or --until' ]
	run -64 --separate-stderr kl-pull account --state s
	[ "${stderr_lines[0]}" = 'kl-pull: account takes no --state' ]
	run -64 --separate-stderr kl-pull lists --state s --look-back 1h
	[ "${stderr_lines[0]}" = 'kl-pull: lists are compared as a whole: no --look-back' ]
	run -64 --separate-stderr kl-pull profiles --look-back 1h
	[ "${stderr_lines[0]}" = 'kl-pull: --look-back goes with --state' ]
	run -64 --separate-stderr kl-pull --commit
	[ "${stderr_lines[0]}" = 'kl-pull: --commit goes with --state' ]
	run -64 --separate-stderr kl-pull lists --state s --commit
	[ "${stderr_lines[0]}" = 'kl-pull: --commit reads nothing: without lists' ]
}

@test "kl-pull: --commit of no state is 66, of no state of ours 65" {
	run -66 --separate-stderr kl-pull --state nowhere --commit
	[[ $stderr = 'kl-pull: nowhere: No such file or directory'* ]]
	echo hello >hello
	run -65 --separate-stderr kl-pull --state hello --commit
	[[ $stderr = 'kl-pull: hello is damaged, or no state of kl-pull'* ]]
}

@test "kl-pull: a state that is in use is 75" {
	start_sandbox --generate profiles=200 --limits off --latency 200
	kl-pull profiles --state s --page-size 5 --in-flight 1 >/dev/null 2>&1 3>&- &
	pid=$!
	for _ in $(seq 100); do
		[ -s s-wal ] && break
		sleep 0.02
	done
	run -75 --separate-stderr kl-pull --state s --commit
	kill "$pid"
	wait "$pid" || true
	said 'kl-pull: s: another kl-pull is using it; try again when it has ended'
}

@test "kl-pull: --commit of a run that did not end is 75" {
	start_sandbox --generate profiles=300 --limits off \
		--fault status=404:get_profiles:at=2
	run -69 --separate-stderr kl-pull profiles --in-flight 1 --state s
	[ "${stderr_lines[1]}" = 'kl-pull: wrote 100 from 1 page, which is not all; the same command offers it again' ]
	run -75 --separate-stderr kl-pull --state s --commit
	said 'kl-pull: the last run did not come to its end; run the same kl-pull again, then commit'
}

# murder FIRST VERB ARG...: run until it ends by itself, killed before again
# and again, first after FIRST seconds; $how is what is done with the output.
murder() {
	local after=$1 pid n=0
	shift
	while :; do
		if [ "$how" = output ]; then
			kl-pull "$@" --state s -o got 2>>err 3>&- &
		else
			kl-pull "$@" --state s >>got 2>>err 3>&- &
		fi
		pid=$!
		sleep "$after"
		kill -9 "$pid" 2>/dev/null || break
		wait "$pid" || true
		n=$((n + 1))
		after=$(awk "BEGIN { print $after * 1.4 }")
	done
	wait "$pid"
	[ "$n" -ge 2 ]
	grep -q 'going on after' err
}

# whole VERB ARG...: got has the rows of an undisturbed pull, each once.
whole() {
	diff <(kl-pull -q "$@" | sort) <(sort got)
}

for_kill() {
	start_sandbox --list KKbLLU=News --limits off --latency 5 \
		--generate members=3000,events=3000,days=30
}

@test "kl-pull: killed again and again, --output loses no row and has none twice" {
	for_kill
	how=output
	murder 0.2 profiles --page-size 20 --fields email
	whole profiles --page-size 100 --fields email
	rm s got
	murder 0.2 members --list KKbLLU --page-size 20 --fields email
	whole members --list KKbLLU --fields email
	[ -z "$(compgen -G '*.kl-part')" ]
}

@test "kl-pull: killed again and again, >> loses no row and has none twice" {
	for_kill
	how=append
	murder 0.2 events --page-size 20 --fields datetime --in-flight 1
	whole events --fields datetime
}

@test "kl-pull: killed on its way into a file that had something, keeps that" {
	for_kill
	how=append
	echo '{"id":"before"}' >got
	murder 0.2 members --list KKbLLU --page-size 20 --fields email
	[ "$(head -1 got)" = '{"id":"before"}' ]
	sed -i 1d got
	whole members --list KKbLLU --fields email
}

@test "kl-pull: a signal ends a run with 143, and it goes on from there" {
	start_sandbox --generate profiles=400 --limits off --latency 20
	kl-pull profiles --page-size 10 --in-flight 1 --fields email \
		--state s -o got 2>err 3>&- &
	pid=$!
	sleep 0.4
	kill -TERM "$pid"
	code=0
	wait "$pid" || code=$?
	[ "$code" -eq 143 ]
	[[ $(tail -1 err) = *'which is not all; the same command goes on from there' ]]
	[ ! -e got ]
	run -0 kl-pull profiles --page-size 100 --in-flight 1 --fields email \
		--state s -o got
	[[ ${lines[0]} = 'kl-pull: going on after '* ]]
	whole profiles --fields email
}

# edit: change titles, add and remove people, for as long as it may.
edit() {
	local n=0 id
	while :; do
		n=$((n + 1))
		id=$(sed -n "$((n * 37 % 300 + 1))p" ids)
		api PATCH "/api/profiles/$id" '{"data":{"type":"profile","id":"'"$id"'","attributes":{"title":"'$n'"}}}'
		case $((n % 3)) in
		0) leave "$(sed -n "$((n * 11 % 300 + 1))p" ids)" ;;
		1) api POST /api/lists/KKbLLU/relationships/profiles '{"data":[{"type":"profile","id":"'"$id"'"}]}' ;;
		2) person_is "p$n@shop.example" ;;
		esac
	done >/dev/null
}

# fold: what is known after all that came, the later row of an id winning.
fold() {
	jq -cn 'reduce inputs as $r ({}; if $r._kl_left then del(.[$r.id])
		else .[$r.id] = $r end) | to_entries[].value' "$@" | sort
}

@test "kl-pull: with edits under way no change is lost in the end" {
	start_sandbox --list KKbLLU=News --limits off --latency 5 \
		--generate members=300
	kl-pull -q profiles --fields id | jq -r .id >ids
	edit 3>&- &
	editor=$!
	for n in 1 2 3 4; do
		wait_for list.remove $((n * 2)) # however slow the editor is
		kl-pull profiles -q --state p --page-size 20 -o p$n \
			--fields email,title,updated --in-flight $((n % 2 * 7 + 1))
		kl-pull members -q --list KKbLLU --state m --page-size 20 -o m$n \
			--fields email,title
	done
	kill "$editor"
	wait "$editor" || true
	kl-pull profiles -q --state p -o p5 --fields email,title,updated
	kl-pull members -q --list KKbLLU --state m -o m5 --fields email,title
	diff <(fold p1 p2 p3 p4 p5) \
		<(kl-pull profiles -q --fields email,title,updated | jq -c . | sort)
	diff <(fold m1 m2 m3 m4 m5) \
		<(kl-pull members -q --list KKbLLU --fields email,title | jq -c . | sort)
	# There was something to lose.
	[ "$(cat p2 p3 p4 p5 | wc -l)" -gt 4 ]
	grep -q _kl_left m2 m3 m4 m5
}

@test "kl-pull: --state comes through trouble on the way, each row once" {
	start_sandbox --list KKbLLU=News --generate members=1500 --limits off \
		--random-seed 7 --fault reset-before:p=0.05 \
		--fault reset-body:p=0.05 --fault status=503:p=0.1
	kl-pull members -q --list KKbLLU --state s --fields email -o got
	[ "$(wc -l <got)" -eq 1500 ]
	[ "$(jq -r .email got | sort -u | wc -l)" -eq 1500 ]
}

# cut_short: a run into got that fails after some pages.
cut_short() {
	start_sandbox --generate profiles=300 --limits off \
		--fault status=404:get_profiles:at=3
	run -69 bash -c 'kl-pull profiles --page-size 50 --in-flight 1 \
		--fields email --state s >>got'
	[ "$(wc -l <got)" -eq 100 ]
}
again='kl-pull profiles --page-size 50 --in-flight 1 --fields email --state s'

@test "kl-pull: a run that failed goes on where it was" {
	cut_short
	run -0 bash -c "$again >>got"
	same 'kl-pull: going on after 2 pages
kl-pull: wrote 300 from 6 pages; pending until --commit'
	whole profiles --fields email
}

@test "kl-pull: a half row at the end of the file is cut off" {
	cut_short
	printf '{"id":"01' >>got
	run -0 bash -c "$again >>got"
	whole profiles --fields email
}

@test "kl-pull: another file, or a shorter one, begins again and says so" {
	cut_short
	cp got copy
	run -0 bash -c "$again >>copy"
	[ "${lines[0]}" = 'kl-pull: standard output is not the file that the run before wrote, as far as it came: beginning again' ]
	[ "$(wc -l <copy)" -eq 400 ]
	stop_sandbox
	rm s got
	cut_short
	run -0 bash -c "$again >got"
	[ "${lines[0]}" = 'kl-pull: standard output is not the file that the run before wrote, as far as it came: beginning again' ]
	whole profiles --fields email
}

@test "kl-pull: rows of a page that was not whole are not kept" {
	raw "$json"'{"data":[{"id":"A","attributes":{}},{"attributes":{}}]}'
	run -76 bash -c 'kl-pull lists --state s >>got'
	[ "$(cat got)" = '{"id":"A"}' ]
	stop_sandbox
	raw "$json"'{"data":[{"id":"A","attributes":{}},{"id":"B","attributes":{}}]}'
	run -0 bash -c 'kl-pull lists --state s >>got'
	[ "$(cat got)" = '{"id":"A"}
{"id":"B"}' ]
}

@test "kl-pull: into a pipe a run begins again" {
	cut_short
	run -0 bash -c "$again | cat >piped"
	[ "$(jq -r .id piped | sort -u | wc -l)" -eq 300 ]
	[ "$(wc -l <piped)" -eq 300 ]
}

@test "kl-pull: into a pipe says what comes again" {
	start_sandbox --generate profiles=300 --limits off \
		--fault status=404:get_profiles:at=3
	run -69 bash -o pipefail -c "$again | cat >piped"
	run -0 bash -o pipefail -c "$again | cat >>piped"
	same 'kl-pull: the run before was cut short: the 2 pages it wrote come again
kl-pull: wrote 300 from 6 pages; pending until --commit'
	[ "$(wc -l <piped)" -eq 400 ]
	[ "$(sort -u piped | wc -l)" -eq 300 ]
}

@test "kl-pull: >> without a commit has the rows once" {
	shop
	echo before >got
	kl-pull profiles --state s --fields email -q >>got
	kl-pull profiles --state s --fields email -q >>got
	[ "$(wc -l <got)" -eq 3 ]
	[ "$(head -1 got)" = before ]
	echo after >>got # it is somebody's by now
	kl-pull profiles --state s --fields email -q >>got
	[ "$(wc -l <got)" -eq 6 ]
}

@test "kl-pull: a place that Klaviyo does not take any more begins again" {
	cut_short
	stop_sandbox
	start_sandbox --generate profiles=300 --limits off \
		--fault status=400:get_profiles:at=1
	run -0 bash -c "$again >>got"
	[ "${lines[1]}" = 'kl-pull: klaviyo does not know the place any more: beginning again' ]
	[ "$(wc -l <got)" -eq 300 ]
	[ "$(jq -r .id got | sort -u | wc -l)" -eq 300 ]
}

@test "kl-pull: a whole file that has not got its name gets it, and no more is read" {
	shop
	mkdir out # in the way
	run -73 --separate-stderr kl-pull profiles --state s --fields email -o out
	[ "${stderr_lines[0]}" = 'kl-pull: cannot create out: Is a directory' ]
	rmdir out
	person_is cy@shop.example
	run -0 --separate-stderr kl-pull profiles --state s --fields email -o out
	said 'kl-pull: out was whole already
kl-pull: wrote 2 from 1 page'
	[ "$(emails out)" = 'ada@shop.example bo@shop.example' ]
	pull profiles --state s --fields email -o out
	[ "$(emails out)" = cy@shop.example ]
}

@test "kl-pull: exits 73 when the state cannot be made" {
	shop
	run -73 --separate-stderr kl-pull profiles --state nowhere/s
	[[ ${stderr_lines[0]} = 'kl-pull: nowhere/s: No such file or directory'* ]]
}

@test "kl-pull: exits 74 when stdout is full, and the state knows nothing" {
	[ -w /dev/full ] || skip "no /dev/full"
	shop
	run -74 bash -c 'kl-pull profiles --state s --fields email >/dev/full'
	pull profiles --state s --fields email
	[ "$(wc -l <<<"$output")" -eq 2 ]
}
