#!/usr/bin/env bash
# send.sh - the clients against the official SDK for node, on one sandbox; what
# a journal costs; and how much memory they take.
set -euo pipefail
# shellcheck source=test/bench/lib.bash
. "${BASH_SOURCE%/*}/lib.bash"

few=$((PROFILES > 5 ? PROFILES / 5 : 1))

# The processor time for a million is that of a million, unless ROWS asks for
# less than usual: ours counts with its start, and with the first touch of its
# memory, which are the same whatever the number.  Theirs counts without its
# start, so that fewer are enough.
million=$((2 * PROFILES))
sdk=$HERE/rivals

# Both send batches of the same size.  What counts is a thousand: the
# configurations people have say 200, kl-push takes 2,000 unless told, and the
# endpoint ten thousand.  The ends of that are measured for information.
push="kl-push add -q --list OURS22 --chunk-size"
sdk_push="node $sdk/push.cjs SDKS22"

# effects FROM TO: who was given what, and who came onto which list, by these
# lines of the ledger.
effects() {
	sed -n "$1,$2p" "$WORK/served/ledger" |
		jq -cS '{effect: .effect[:4], email, external_id, attributes}' |
		sort
}

# lines COUNT: until there are so many in the ledger.
lines() {
	local n
	for _ in $(seq 500); do
		n=$(wc -l <"$WORK/served/ledger")
		[ "$n" -lt "$1" ] || return 0
		sleep 0.02
	done
	return 1
}

# agree_push FILE: whether both bring the same people onto a list, with the same
# values, as the ledger has it.
agree_push() {
	local in=$1 n
	serve --limits off --job-delay 0 --list OURS22=ours --list SDKS22=sdk \
		--ledger "$WORK/served/ledger"
	sh -c "$push 1000" <"$in" >/dev/null || return
	n=$(wc -l <"$WORK/served/ledger")
	sh -c "$sdk_push 1000" <"$in" || return
	lines $((2 * n)) || return
	effects 1 "$n" >"$WORK/ours"
	effects $((n + 1)) $((2 * n)) >"$WORK/theirs"
	# Two effects each: the values, and coming onto the list.
	[ "$n" -eq $((2 * $(wc -l <"$in"))) ] &&
		cmp "$WORK/ours" "$WORK/theirs" >&2
}

# members: by the service's names, times to the second.
members() {
	jq -cS 'with_entries(.key |= gsub("(?<c>[A-Z])"; "_" + (.c | ascii_downcase)))
		| del(.. | nulls)
		| (.created, .updated, .joined_group_at) |= .[:19]' | sort
}

# agree_pull OURS THEIRS: whether both give the same people.
agree_pull() {
	sh -c "$1" | members >"$WORK/ours" || return
	sh -c "$2" | members >"$WORK/theirs" || return
	[ -s "$WORK/ours" ] && cmp "$WORK/ours" "$WORK/theirs" >&2
}

# spared KEY ROWS OURS THEIRS START: the processor time of theirs, less that of
# its start, and ours: for a row.  Ours has ROWS of them, theirs has few.
spared() {
	say "$1"
	if "$TOOLS/turns" "$PAIRS" "$3" "$4" "$5" >"$WORK/turns"; then
		result "$1" "$(awk -f "$HERE/ratio.awk" -v form=spared \
			-v a="$2" -v b="$few" "$WORK/turns")"
	else
		fail "$1" 'a program failed'
	fi
}

# push_pair KEY BATCH ROWS: with batches of that size, and so many profiles.
push_pair() {
	local in some
	in=$(data buyers "$3")
	some=$(data buyers "$few")
	serve --limits off --list OURS22=ours --list SDKS22=sdk
	spared "$1" "$3" "$push $2 <$in" "$sdk_push $2 <$some" \
		"$sdk_push $2 </dev/null"
}

push_sdk() {
	if agree_push "$(data buyers "$few")"; then
		push_pair send.push 1000 "$million"
		push_pair send.push-200 200 "$PROFILES"
		push_pair send.push-10000 10000 "$PROFILES"
	else
		fail send.push 'the ledger has other people, or other values'
	fi
}

# Members of a list, who came from outside.
pull_sdk() {
	local sdk_pull="node $sdk/pull.cjs"
	serve --limits off --list OURS22=ours --list SDKS22=sdk --list NONE22=none
	sh -c "$push 1000" <"$(data buyers "$PROFILES")" >/dev/null
	sh -c "${push/OURS22/SDKS22} 1000" <"$(data buyers "$few")" >/dev/null
	if agree_pull 'kl-pull members -q --list SDKS22' "$sdk_pull SDKS22"; then
		spared send.pull "$PROFILES" 'kl-pull members -q --list OURS22' \
			"$sdk_pull SDKS22" "$sdk_pull NONE22"
	else
		fail send.pull 'the outputs differ'
	fi
}

# Everybody there is.
profiles_sdk() {
	local sdk_pull="node $sdk/pull.cjs profiles" ours='kl-pull profiles -q'
	serve --limits off --generate "days=30,profiles=$few"
	if agree_pull "$ours" "$sdk_pull"; then
		serve --limits off --generate "days=30,profiles=$PROFILES"
		spared send.pull-profiles "$PROFILES" "$ours" \
			"$sdk_pull $few" "$sdk_pull 0"
	else
		fail send.pull-profiles 'the outputs differ'
	fi
}

against_sdk() {
	if need send.push packages; then
		push_sdk
		pull_sdk
		profiles_sdk
	else
		need send.push-200 packages || true
		need send.push-10000 packages || true
		need send.pull packages || true
		need send.pull-profiles packages || true
	fi
}

# journal KEY LATENCY: with a journal and without, by the clock, and batches as
# large as they are unless said otherwise.
journal() {
	local in n=$PROFILES j=$WORK/served/journal
	local push="kl-push add -q --list OURS22"
	in=$(data buyers "$n")
	say "$1"
	serve --limits off --job-delay 0 --latency "$2" --list OURS22=ours
	if "$TOOLS/turns" "$PAIRS" "rm -f $j*; $push --journal $j <$in" \
		"$push <$in" >"$WORK/turns"; then
		result "$1" "$(awk -f "$HERE/ratio.awk" -v form=time \
			-v a="$n" -v b="$n" "$WORK/turns")" ''
	else
		fail "$1" 'a program failed'
	fi
}

# peak KEY COMMAND...: the largest peak of them, in MiB.
peak() {
	local key=$1
	shift
	say "$key"
	if "$TOOLS/turns" -w 0 1 "$@" >"$WORK/turns"; then
		result "$key" "$(awk '{ if ($4 > m) m = $4 }
			END { printf "%.2f", m / 1024 }' "$WORK/turns")" \
			'' '' '' '' "$(awk '{ printf "%s%.2f", (NR > 1 ? ", " : ""),
				$4 / 1024 }' "$WORK/turns")"
	else
		fail "$key" 'a program failed'
	fi
}

# Requests as large as they may be, and jobs that take their time.
memory() {
	local in j=$WORK/served/journal to="kl-push add -q --list OURS22"
	in=$(data buyers "$PROFILES")
	serve --limits off --job-delay 1000 --latency 50 --list OURS22=ours
	peak send.push-memory "$to <$in" "$to --chunk-size 10000 <$in"
	to+=" --journal $j --receipt-records"
	peak send.journal-memory "$to <$in" \
		"rm $j*; $to --chunk-size 10000 <$in"
	peak send.pull-memory 'kl-pull members -q --list OURS22' \
		'kl-pull profiles -q'
}

against_sdk
journal send.journal 0
journal send.journal-50 50
memory
