#!/usr/bin/env bash
# diff.sh - kl-diff on as many keys as there are rows: the first run, in which
# all are new, and a run in which nothing changed.
set -euo pipefail
# shellcheck source=test/bench/lib.bash
. "${BASH_SOURCE%/*}/lib.bash"

export XDG_STATE_HOME=$WORK/state
state=$WORK/diff.db
in=$(data people "$ROWS")
runs=$((PAIRS < 3 ? PAIRS : 3))

# rate KEY COMMAND: rows a second.
rate() {
	say "$1"
	if "$TOOLS/turns" -w 0 "$runs" "$2" >"$WORK/turns"; then
		result "$1" "$(awk -f "$HERE/rate.awk" -v rows="$ROWS" \
			"$WORK/turns")" '' '' ''
	else
		fail "$1" 'a program failed'
	fi
}

rate diff.first "rm -f $state*; kl-diff -q --state $state <$in"
"$TOOLS/receipts" <"$in" >"$WORK/receipts"
kl-diff -q --state "$state" --commit <"$WORK/receipts"
if [ "$(kl-diff -q --state "$state" <"$in" | wc -l)" -eq 0 ]; then
	rate diff.unchanged "kl-diff -q --state $state <$in"
else
	fail diff.unchanged 'committed records were passed again'
fi
rm -f "$state"* "$WORK/receipts"
