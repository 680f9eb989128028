#!/usr/bin/env bash
# validate.sh - profiles with a good address, all of JSON checked, against
# grep, which checks the address alone.
#
# One address in 50 is none.  grep counts into a file: into /dev/null it would
# stop at the first match.
set -euo pipefail
# shellcheck source=test/bench/lib.bash
. "${BASH_SOURCE%/*}/lib.bash"

# Compared as it is, so more of it can be.
SAMPLE=$((ROWS < 100000 ? ROWS : 100000))

# 1: some were set aside.
ours="$(on_one "kl-validate -q --allow-test-domains -r $WORK/bad") ||
	[ \$? -eq 1 ]"
pattern=$HERE/rivals/email.pcre

# against KEY: what is compared is what is found, what is timed is counting.
against() {
	need "$1" grep || return 0
	if agree no "$ours" "LC_ALL=C grep -P -f $pattern"; then
		race "$1" time "$ours" 1 \
			"LC_ALL=C $(on_one "grep -cP -f $pattern") >$WORK/count"
	else
		fail "$1" 'the outputs differ'
	fi
}

KIND=people N=$ROWS
against validate.grep
for twin in other odd; do
	KIND=$twin-people N=$((ROWS / 4))
	against validate-$twin.grep
done
