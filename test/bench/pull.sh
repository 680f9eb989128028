#!/usr/bin/env bash
# pull.sh - how fast kl-pull reads with several requests at once: how much of an
# account's limits it uses, and how much faster it is than one page after the
# other.  Six minutes of the clock and little of the processor.
set -euo pipefail
# shellcheck source=test/bench/lib.bash
. "${BASH_SOURCE%/*}/lib.bash"

# Four whole minutes and a little, at 250 ms an answer and the service's limits.
latency=250 long=248 short=70
people=400000 events=1800000
# What is read, and the operation and limit that are in its way.  Events come
# 100 a page, as it is requests that are limited.
what() {
	case $1 in
	members) echo 'members --list SNDBOX' ;;
	events) echo 'events --page-size 100' ;;
	*) echo "$1" ;;
	esac
}
operation() {
	case $1 in
	members) echo get_profiles_for_list 750 ;;
	profiles) echo get_profiles 750 ;;
	events) echo get_events 3500 ;;
	esac
}
kinds='members profiles events'

# rate NAME: rows a second, by the counts of a run.
rate() { jq '.written * 1000 / .ms' "$WORK/$1"; }

# pull SECONDS SUMMARY WHAT...: for so long, or until there is no more.
pull() {
	local seconds=$1 summary=$WORK/$2 status=0
	shift 2
	timeout -s INT "$seconds" kl-pull "$@" -q --summary "$summary" \
		>/dev/null || status=$?
	[ "$status" -eq 0 ] || [ "$status" -eq 124 ] # it would have gone on
}

# all SECONDS NAME OPTION...: all three kinds at once.
all() {
	local seconds=$1 name=$2 kind pids=()
	shift 2
	for kind in $kinds; do
		# shellcheck disable=SC2046
		pull "$seconds" "$name.$kind" $(what "$kind") "$@" &
		pids+=($!)
	done
	for kind in "${pids[@]}"; do wait "$kind" || touch "$WORK/broken"; done
}

# own NAME OPTION...: serve, with files of its own, for a run beside others.
own() {
	local name=$1
	shift
	WORK=$WORK/$name
	mkdir -p "$WORK"
	serve --limits real --latency "$latency" --log "$WORK/log" "$@"
}

days=days=30
several() {
	own several --generate "$days,members=$people,events=$events"
	all "$long" run
	unserve
}
one() {
	own one --generate "$days,members=$((people / 4)),events=$((events / 4))"
	all "$short" run --in-flight 1
	unserve
}
skewed() {
	own skewed --generate "$days,late=90,members=120000"
	pull 1000 run members --list SNDBOX
	unserve
}
skewed_one() {
	own skewed_one --generate "$days,late=90,members=120000"
	pull "$short" run members --list SNDBOX --in-flight 1
	unserve
}

# times KEY OURS THEIRS: how many times the rows a second.
times() {
	if [ -s "$WORK/$2" ] && [ -s "$WORK/$3" ]; then
		result "$1" "$(jq -n --argjson a "$(rate "$2")" \
			--argjson b "$(rate "$3")" '$a / $b * 100 | round / 100')" \
			'' '' "$(rate "$2" | cut -d. -f1)" \
			"$(rate "$3" | cut -d. -f1)"
	else
		fail "$1" 'a program failed'
	fi
}

limits() {
	local kind op limit found
	say "pull: $long seconds"
	several &
	one &
	skewed &
	skewed_one &
	wait
	for kind in $kinds; do
		read -r op limit <<<"$(operation "$kind")"
		found=$(jq -nc --arg op "$op" --argjson limit "$limit" \
			-f "$HERE/pull.jq" "$WORK/several/log") || found='{}'
		result "pull.$kind" "$(jq -r '.used // ""' <<<"$found")" \
			"$(jq -r '.low // ""' <<<"$found")" \
			"$(jq -r '.high // ""' <<<"$found")" '' '' \
			"$(jq -r '"minutes: \(.each // [] | join(", "))"' <<<"$found")"
		result "pull.$kind-429" "$(jq -r '.refused // ""' <<<"$found")"
		times "pull.$kind-times" "several/run.$kind" "one/run.$kind"
	done
	times pull.skewed skewed/run skewed_one/run
	[ -z "$(find "$WORK" -name broken)" ] ||
		fail pull.members 'a program failed'
}

# A hundred pages, eight at once: the first alone, then thirteen rounds, of
# which the last is not full, are the least there can be.
hundred() {
	say pull.hundred
	serve --limits off --latency 200 --generate "$days,profiles=10000"
	pull 100 first profiles --page-size 1 --until 1990-01-01
	pull 100 hundred profiles --in-flight 8
	result pull.hundred "$(jq '.ms / 2600 * 100 | round / 100' \
		"$WORK/hundred")" '' '' '' '' \
		"$(jq -r '"\(.ms) ms, \(.requests) requests"' "$WORK/hundred")"
}

# One answer in ten goes wrong, in one of five ways.
faults() {
	local kind=get_profiles_for_list options=()
	say pull.faults
	serve --limits off --random-seed 9 --generate "$days,members=30000"
	kl-pull members --list SNDBOX -q --in-flight 1 | jq -r .email |
		sort >"$WORK/whole"
	for kind in status=503 reset-before reset-body truncate html; do
		options+=(--fault "$kind:get_profiles_for_list:p=0.02")
	done
	serve --limits off --random-seed 9 --latency 20 \
		--generate "$days,members=30000" "${options[@]}"
	if kl-pull members --list SNDBOX -q | jq -r .email | sort |
		comm -3 - "$WORK/whole" >"$WORK/differ"; then
		result pull.faults "$(wc -l <"$WORK/differ")"
	else
		fail pull.faults 'a program failed'
	fi
}

# Whole pages of events, with the people and metrics they are of.
memory() {
	say pull.memory
	serve --limits off --latency "$latency" \
		--generate "$days,profiles=50000,events=400000"
	if "$TOOLS/turns" -w 0 1 'kl-pull events -q' >"$WORK/turns"; then
		result pull.memory "$(awk '{ printf "%.2f", $4 / 1024 }' \
			"$WORK/turns")"
	else
		fail pull.memory 'a program failed'
	fi
}

hundred
faults
memory
unserve
limits
