#!/usr/bin/env bash
# audit.sh - verifying an audit trail of a million changes.
set -euo pipefail
# shellcheck source=test/bench/lib.bash
. "${BASH_SOURCE%/*}/lib.bash"

n=$((ROWS < 1000000 ? ROWS : 1000000))
key=$WORK/hash.key
trail=$WORK/trail
head -c 32 /dev/urandom >"$key"
chmod 600 "$key"

"$TOOLS/trail" "$trail" "$key" "$n"
say audit.verify
if "$TOOLS/turns" -w 0 3 "kl-push audit-verify --hash-key $key $trail" \
	>"$WORK/turns"; then
	result audit.verify "$(awk -f "$HERE/rate.awk" -v rows="$n" \
		"$WORK/turns")" '' '' ''
else
	fail audit.verify 'a program failed'
fi
rm -f "$trail" "$trail.head" "$key"
