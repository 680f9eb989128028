#!/usr/bin/env bash
# instructions.sh - instructions a row, as callgrind counts them: the same
# number however busy the machine is.  Twice as many rows less once as many:
# so that starting up does not count.
set -euo pipefail
# shellcheck source=test/bench/lib.bash
. "${BASH_SOURCE%/*}/lib.bash"

n=$((ROWS < 4000 ? ROWS : 4000))

# instructions FILE COMMAND...: nothing if it cannot be run so.
instructions() {
	local file=$1
	shift
	{
		valgrind --tool=callgrind --callgrind-out-file=/dev/null "$@" \
			<"$file" 2>&1 >/dev/null || [ $? -eq 1 ]
	} | sed -n 's/.*Collected *: *//p'
}

# count KEY KIND COMMAND...
count() {
	local key=$1 once twice KIND=$2
	shift 2
	need "$key" valgrind || return 0
	say "$key"
	once=$(instructions "$(data "$KIND" "$n")" "$@")
	twice=$(instructions "$(data "$KIND" $((2 * n)))" "$@")
	if [ -z "$once" ] || [ -z "$twice" ]; then
		skip "$key" 'valgrind cannot run it'
		return
	fi
	result "$key" $(((twice - once) / n)) '' '' '' '' ''
}

columns=$(paste -sd, "$HERE/rivals/columns.txt")
map=(kl-map -q --keep-empty -c "$HERE/rivals/map.json")
count instructions.map ndjson "${map[@]}"
count instructions.from-csv csv kl-from-csv -q
count instructions.to-csv profiles kl-to-csv -q --columns "$columns"
count instructions.to-csv-flat ndjson kl-to-csv -q
count instructions.validate people kl-validate -q --allow-test-domains \
	-r "$WORK/bad"
count instructions.map-other other-ndjson "${map[@]}"
count instructions.map-odd odd-ndjson "${map[@]}"
