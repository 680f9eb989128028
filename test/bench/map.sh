#!/usr/bin/env bash
# map.sh - fields renamed, trimmed, made small, nested: the same work as
# rivals/map.json says by all programs.
set -euo pipefail
# shellcheck source=test/bench/lib.bash
. "${BASH_SOURCE%/*}/lib.bash"

ours=$(on_one "kl-map -q --keep-empty -c $HERE/rivals/map.json")

# against KEY DIVISOR COMMAND...: on as many rows as take some seconds.
against() {
	local key=$1 divisor=$2
	shift 2
	need "$key" "$1" || return 0
	contest "$key" json speed "$ours" "$divisor" "$(on_one "$*")"
}

KIND=ndjson N=$ROWS
against map.jq 50 jq -c -f "$HERE/rivals/map.jq"
against map.gojq 25 gojq -c -f "$HERE/rivals/map.jq"
against map.miller 20 mlr --ijsonl --ojsonl put -f "$HERE/rivals/map.mlr"
against map.python 10 "${PYTHON:-python3}" "$HERE/rivals/map.py"
against map.node 10 node "$HERE/rivals/map.cjs"
against map.simdjson 1 "$TOOLS/map-simdjson"
race map.wc cpu "$ours" 1 "$(on_one 'wc -l')"

for twin in other odd; do
	KIND=$twin-ndjson N=$((ROWS / 4))
	against map-$twin.jq 20 jq -c -f "$HERE/rivals/map.jq"
	against map-$twin.simdjson 1 "$TOOLS/map-simdjson"
done
