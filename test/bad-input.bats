#!/usr/bin/env bats
# Bad input, through every program that reads records: each ends well, with
# its exit status, one message that names the line, and every record counted.

load helper

setup() {
	GOOD='{"email":"ana@lumen.example"}'
	cat >"$BATS_TEST_TMPDIR/map.json" <<-'EOF'
	{"mapped_fields":[{"origin_field":"email","destination_field":"email"}]}
	EOF
	REJECTS=$BATS_TEST_TMPDIR/rejects.ndjson
}

# run_NAME: the program with what it needs.
run_map() { kl-map -c "$BATS_TEST_TMPDIR/map.json" "$@"; }
run_validate() { kl-validate "$@"; }
run_chunk() { kl-chunk "$@"; }
run_to_csv() { kl-to-csv --columns email "$@"; }
run_push() { kl-push add --dry-run --list KKbLLU "$@"; }
PROGRAMS='map validate chunk to_csv push'

# every BODY: BODY is run for each program, in $p.
every() {
	local p
	for p in $PROGRAMS; do
		"$@" "$p" || {
			echo "program: $p"
			return 1
		}
	done
}

# counted READ GOOD REJECTED: the last line of stderr adds up so.  A dry run
# accepts nothing: what it would send is filtered.
counted() {
	local good="$2 accepted" last=${stderr_lines[-1]}
	[[ $last == kl-push:* ]] && [ "$2" -gt 0 ] &&
		good="0 accepted + $2 filtered"
	[ "$3" -eq 0 ] || good="$good + $3 rejected"
	[[ $last == kl-*": read $1 = $good; wrote "* ]] || {
		echo "$stderr"
		return 1
	}
}

# TEXT CODE PROGRAM: a bad record on line 2 of 3: without a rejects file 65, naming the line.
stops_at_line_2() {
	run -65 --separate-stderr "run_$3" < <(
		printf '%s\n%b\n%s\n' "$GOOD" "$1" "$GOOD"
	)
	[[ ${stderr_lines[0]} =~ ^kl-[a-z-]+:\ line\ 2:\  ]] || {
		echo "$stderr"
		return 1
	}
	counted 2 1 1
}

# With one, it goes on: 1, and the original is kept byte for byte.
sets_aside_line_2() {
	rm -f "$REJECTS"
	run -1 --separate-stderr "run_$3" --rejects "$REJECTS" < <(
		printf '%s\n%b\n%s\n' "$GOOD" "$1" "$GOOD"
	)
	counted 3 2 1
	[ "$(wc -l <"$REJECTS")" -eq 1 ]
	[[ $(<"$REJECTS") == *"\"line\":2,\"code\":\"$2\","* ]]
	cmp <(original) <(printf '%b' "$1")
}

# The original bytes within the reject file, by a reader that is not ours.
original() {
	perl -MMIME::Base64 -MJSON::PP -ne '
		my $r = JSON::PP->new->utf8->decode($_);
		print exists $r->{raw_base64} ? decode_base64($r->{raw_base64}) :
		    do { my $t = $r->{raw}; utf8::encode($t); $t }' "$REJECTS"
}

bad() {
	every stops_at_line_2 "$1" "$2"
	every sets_aside_line_2 "$1" "$2"
}

@test "every program: a malformed line in the middle is named and set aside" {
	bad '{"email":}' json_syntax
}

@test "every program: text that is no object is set aside" {
	bad '["ana@lumen.example"]' not_object
}

@test "every program: bytes that are not UTF-8 are set aside as they are" {
	bad '{"email":"ana\xff@lumen.example"}' json_utf8
}

@test "every program: a member named twice is set aside, however it is spelt" {
	bad '{"email":"a@lumen.example","e\\u006dail":"b@lumen.example"}' json_duplicate
}

@test "every program: a lone surrogate is set aside" {
	bad '{"email":"\\ud800@lumen.example"}' json_syntax
}

cut_short() {
	run -65 --separate-stderr "run_$1" < <(printf '%s\n{"email":"an' "$GOOD")
	[[ ${stderr_lines[0]} == kl-*": line 2: "*"cut short"* ]]
}
@test "every program: a truncated last line is noticed" {
	every cut_short
}

no_newline() {
	run -0 --separate-stderr "run_$1" < <(printf '%s' "$GOOD")
	counted 1 1 0
}
@test "every program: a last line without a newline is a record" {
	every no_newline
}

empty() {
	run -0 --separate-stderr "run_$1" </dev/null
	counted 0 0 0
}
@test "every program: empty input is no mistake, and is said" {
	every empty
}

huge() {
	rm -f "$REJECTS"
	run -1 --separate-stderr "run_$1" --rejects "$REJECTS" < <(
		printf '%s\n{"email":"' "$GOOD"
		head -c 17825792 /dev/zero | tr '\0' x
		printf '"}\n%s\n' "$GOOD"
	)
	counted 3 2 1
	[[ $(<"$REJECTS") == *'"line":2,"code":"line_too_long",'*'},"offset":30,"bytes":17825804}' ]]
}
@test "every program: a line of 17 MiB is set aside by its place and size" {
	every huge
}

deep() {
	run -65 --separate-stderr "run_$1" < <(
		head -c 1000000 /dev/zero | tr '\0' '['
		echo
	)
	[ "${stderr_lines[0]}" = "$(tr _ - <<<"kl-$1"): line 1: byte 129: arrays and objects nested deeper than 128" ]
}
@test "every program: a million brackets are refused at the depth limit" {
	every deep
}

table() {
	run -65 --separate-stderr "run_$1" < <(printf "%s\nx,y\n" "$2")
	[[ ${stderr_lines[0]} = "$(tr _ - <<<"kl-$1"): line 1: byte "*'; if this is a table, kl-from-csv makes records of it' ]]
}
@test "every program: a table in the place of records is answered with what makes records of it" {
	for p in map validate chunk push to_csv; do
		table "$p" 'email,name'
		table "$p" '"email";"name"'
	done
	# a record may be damaged in other ways
	run -65 --separate-stderr kl-chunk <<<'{"email":x,"a":1}'
	[[ $stderr != *kl-from-csv* ]]
}

unknown_option() {
	run -64 --separate-stderr "run_$1" --rejcts x
	[ "${stderr_lines[0]}" = "$(tr _ - <<<"kl-$1"): unknown option --rejcts; did you mean --rejects?" ]
}
# gone PID: the key is soon not in the environment of that process, once it is
# a program's.
gone() {
	for _ in $(seq 250); do
		grep -q ^kl- "/proc/$1/comm" &&
			! grep -q pk_canary "/proc/$1/environ" && break
		sleep 0.02
	done
	grep -q ^kl- "/proc/$1/comm"
	run -1 grep -c pk_canary "/proc/$1/environ"
	same 0
}

# hides COMMAND...: what waits for input has no key in its environment.
hides() {
	KLAVIYO_API_KEY=pk_canary "$@" <in >out 2>/dev/null 3>&- &
	pid=$!
	exec 4>in
	gone $pid
	exec 4>&-
	wait $pid
}

@test "every filter: the key is not in its environment while it runs" {
	cd "$BATS_TEST_TMPDIR" || return
	mkfifo in
	for program in kl-from-csv kl-to-csv 'kl-map --map a=email' \
		'kl-map --jq .' kl-validate 'kl-diff --state s' kl-chunk; do
		# shellcheck disable=SC2086 # its options
		hides $program
	done
}

@test "every client: a dry run has no key in its environment" {
	cd "$BATS_TEST_TMPDIR" || return
	mkfifo in
	hides kl-push add -n --list KKbLLU
	hides kl-push forget -n --yes
	hides kl-track -n
}

@test "kl-push audit-verify: has no key in its environment" {
	cd "$BATS_TEST_TMPDIR" || return
	mkfifo trail
	KLAVIYO_API_KEY=pk_canary kl-push audit-verify trail 2>err 3>&- &
	pid=$!
	gone $pid
	: >trail
	wait $pid || [ $? = 66 ]
	[ "$(<err)" = 'kl-push: trail is not a regular file' ]
}

@test "every program: an unknown option is answered with the nearest" {
	every unknown_option
}

unknown_key() {
	echo '{"chunk_sise":5}' >"$BATS_TEST_TMPDIR/bad.json"
	run -78 --separate-stderr "run_$1" -c "$BATS_TEST_TMPDIR/bad.json" <<<"$GOOD"
	[ "${stderr_lines[0]}" = "$(tr _ - <<<"kl-$1"): $BATS_TEST_TMPDIR/bad.json: unknown key \"chunk_sise\"; did you mean \"chunk_size\"?" ]
}
@test "programs with a configuration: an unknown key is answered with the nearest" {
	for p in map chunk push; do
		unknown_key "$p"
	done
}

full() {
	run -74 bash -c "$(declare -f "run_$1"); echo '$GOOD' | run_$1 >/dev/full"
	[[ ${lines[0]} == kl-*": cannot write standard output: No space left on device"* ]]
}
@test "every program: a full disk is 74" {
	every full
}

own_rejects() {
	local same=$BATS_TEST_TMPDIR/same
	echo "$GOOD" >"$same"
	exec 4<"$same"
	run -64 --separate-stderr "run_$1" -r "$same" <&4
	exec 4<&-
	[[ ${stderr_lines[0]} == *"is the input itself"* ]]
}
@test "every program: the input cannot be its own rejects file" {
	every own_rejects
}

fed_back() {
	rm -f "$REJECTS"
	run -1 "run_$1" -q -r "$REJECTS" <<<'{"email":}'
	sed -i 's/{\\"email\\":}/{\\"email\\":\\"ana@lumen.example\\"}/' "$REJECTS"
	run -0 --separate-stderr "run_$1" <"$REJECTS"
	counted 1 1 0
}
@test "every program: a mended rejects file is taken back" {
	every fed_back
}

@test "every program: the field is named, also where its name is part of a word" {
	run -65 --separate-stderr kl-map -q --map E=email --map on=phone_number:phone \
		<<<'{"E":"ana@lumen.example","on":"+12"}'
	[[ $stderr == 'kl-map: line 1: on: '* ]]
}
