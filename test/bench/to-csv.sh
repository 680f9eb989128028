#!/usr/bin/env bash
# to-csv.sh - nested profiles into a table of 24 columns, and rows into one of
# 20.
set -euo pipefail
# shellcheck source=test/bench/lib.bash
. "${BASH_SOURCE%/*}/lib.bash"

nested=$(paste -sd, "$HERE/rivals/columns.txt")
duckdb="node $HERE/rivals/to-csv-duckdb.cjs $HERE/rivals/columns.txt"

# against KEY NEED DIVISOR COMMAND
against() {
	need "$1" "$2" || return 0
	contest "$1" csv speed "$ours" "$3" "$4"
}

ours=$(on_one "kl-to-csv -q --no-header --columns $nested")
with_jq=$(on_one "jq -r -f $HERE/rivals/to-csv.jq")
KIND=profiles N=$PROFILES
against to-csv.jq jq 16 "$with_jq"
against to-csv.duckdb packages 1 "$duckdb"
for twin in other odd; do
	KIND=$twin-profiles N=$((PROFILES / 2))
	against to-csv-$twin.jq jq 8 "$with_jq"
	against to-csv-$twin.duckdb packages 1 "$duckdb"
done

ours=$(on_one 'kl-to-csv -q')
KIND=ndjson N=$ROWS
against to-csv.csvkit in2csv 100 "$(on_one 'in2csv -f ndjson -I')"
