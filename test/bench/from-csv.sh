#!/usr/bin/env bash
# from-csv.sh - a table of 20 columns into records, all values as text.
set -euo pipefail
# shellcheck source=test/bench/lib.bash
. "${BASH_SOURCE%/*}/lib.bash"

ours=$(on_one 'kl-from-csv -q')

# against KEY DIVISOR COMMAND...
against() {
	local key=$1 divisor=$2
	shift 2
	need "$key" "$1" || return 0
	contest "$key" json speed "$ours" "$divisor" "$(on_one "$*")"
}

# It makes no records, so what it makes of the table is compared as a table.
against_libcsv() {
	if agree csv "$ours | kl-to-csv -q" cat; then
		race "$1" speed "$ours" 1 "$(on_one "$TOOLS/libcsv")"
	else
		fail "$1" 'libcsv reads another table'
	fi
}

KIND=csv N=$ROWS
against from-csv.miller 5 mlr -S --icsv --ojsonl cat
against_libcsv from-csv.libcsv
against from-csv.csvkit 50 csvjson --stream -I -y 0
against from-csv.python 20 "${PYTHON:-python3}" "$HERE/rivals/from-csv.py"
need from-csv.node packages &&
	against from-csv.node 20 node "$HERE/rivals/from-csv.cjs"

KIND=odd-csv N=$((ROWS / 4))
against from-csv-odd.miller 5 mlr -S --icsv --ojsonl cat
against_libcsv from-csv-odd.libcsv
