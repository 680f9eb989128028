#!/usr/bin/env bash
# memory.sh - the peak memory of each filter, on a small and on a large input,
# made as it is read.
set -euo pipefail
# shellcheck source=test/bench/lib.bash
. "${BASH_SOURCE%/*}/lib.bash"

small=$((ROWS / 20)) large=$ROWS
[ -z "${FULL:-}" ] || large=$((10 * ROWS))

# peak ROWS KIND COMMAND: MiB.
peak() {
	"$TOOLS/gen" "$1" "$2" |
		"$TOOLS/turns" -w 0 1 "$3 || [ \$? -eq 1 ]" |
		awk '{ printf "%.2f", $4 / 1024 }'
}

# measure NAME KIND COMMAND: the larger peak of the two.
measure() {
	local a b
	say "memory.$1: $small and $large rows"
	if a=$(peak "$small" "$2" "$3") && b=$(peak "$large" "$2" "$3"); then
		result "memory.$1" \
			"$(printf '%s\n' "$a" "$b" | sort -g | tail -1)" \
			'' '' '' '' "$a with $small rows, $b with $large"
	else
		fail "memory.$1" 'a program failed'
	fi
}

measure from-csv csv 'kl-from-csv -q'
measure map ndjson "kl-map -q -c $HERE/rivals/map.json"
measure validate people "kl-validate -q --allow-test-domains -r $WORK/bad"
measure chunk people 'kl-chunk -q'
measure to-csv ndjson 'kl-to-csv -q'
# The whole round: all is new, all arrives, nothing changed and nobody is gone.
export XDG_STATE_HOME=$WORK/state
diff="kl-diff -q --state $WORK/m.db"
measure diff people "rm -f $WORK/m.db* && cat >$WORK/m.in && $diff <$WORK/m.in &&
	$TOOLS/receipts <$WORK/m.in >$WORK/m.r && $diff --commit <$WORK/m.r &&
	$diff --gone $WORK/m.gone --previous $WORK/m.in <$WORK/m.in"
rm -f "$WORK"/m.* "$WORK/bad"
