#!/usr/bin/env bash
# pipe.sh - a table mapped, checked and cut into chunks: four processes on two
# cores against one of node; and one process in place of the first two.
set -euo pipefail
# shellcheck source=test/bench/lib.bash
. "${BASH_SOURCE%/*}/lib.bash"

map="-q -c $HERE/rivals/map.json"
ours="kl-from-csv -q | kl-map $map |
	kl-validate -q --allow-test-domains | kl-chunk -q"
theirs="node $HERE/rivals/pipe.cjs"

KIND=csv N=$ROWS
need pipe.node packages &&
	contest pipe.node json speed "$ours" 20 "$theirs"

# Compared as it is, so more of it can be.
SAMPLE=$((ROWS < 100000 ? ROWS : 100000))
if has kl-map --from; then
	contest pipe.fused no cpu "kl-map $map --from csv" 1 \
		"kl-from-csv -q | kl-map $map"
else
	skip pipe.fused 'kl-map reads no tables here'
fi
