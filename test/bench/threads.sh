#!/usr/bin/env bash
# threads.sh - two threads against one: the time of the clock.
set -euo pipefail
# shellcheck source=test/bench/lib.bash
. "${BASH_SOURCE%/*}/lib.bash"

# Compared as it is, so more of it can be.
SAMPLE=$((ROWS < 100000 ? ROWS : 100000))

# against KEY KIND PROGRAM OPTION...
against() {
	local key=$1
	KIND=$2 N=$ROWS
	shift 2
	if has "$1" --threads; then
		# Status 1: some were set aside.
		contest "$key" no time "$* --threads 2 || [ \$? -eq 1 ]" 1 \
			"$* || [ \$? -eq 1 ]"
	else
		skip "$key" "$1 has no --threads"
	fi
}

against threads.map ndjson kl-map -q -c "$HERE/rivals/map.json"
against threads.validate people kl-validate -q --allow-test-domains \
	-r "$WORK/bad"
against threads.from-csv csv kl-from-csv -q
against threads.to-csv ndjson kl-to-csv -q
