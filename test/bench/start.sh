#!/usr/bin/env bash
# start.sh - how long the programs take to start and end, beyond what true
# takes: filters on an empty input, the others on --version.
set -euo pipefail
# shellcheck source=test/bench/lib.bash
. "${BASH_SOURCE%/*}/lib.bash"

names=(true) commands=(true)

# add KEY COMMAND...
add() {
	local key=$1
	shift
	need "start.$key" "$1" || return 0
	names+=("$key")
	commands+=("$* </dev/null 2>&1")
}

add from-csv kl-from-csv -q
add map kl-map -q -c "$HERE/rivals/map.json"
add validate kl-validate -q
add diff kl-diff --version
add chunk kl-chunk -q
add to-csv kl-to-csv -q
add push kl-push --version
add pull kl-pull --version
add sandbox kl-sandbox --version
add jq jq .
add gojq gojq .
add miller mlr --ijsonl --ojsonl cat
add python "${PYTHON:-python3}" -c pass
add node node -e 0

say start
"$TOOLS/turns" $((3 * PAIRS)) "${commands[@]}" >"$WORK/turns"
awk -f "$HERE/start.awk" "$WORK/turns" | while read -r i ms low high; do
	result "start.${names[i - 1]}" "$ms" "$low" "$high" '' '' ''
done
