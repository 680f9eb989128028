#!/usr/bin/env bash
# orders.sh - orders of a database into Klaviyo: an event "Placed Order" for
# each, and an event "Ordered Product" for each of its lines.
#
# Usage:   orders.sh [-n] [--history] FOLDER
#   -n         a dry run: say what would be sent, send and remember nothing
#   --history  all orders there ever were, as history, which starts no flow:
#              for the first time
# Input:   FOLDER/orders.sql, lines.sql, the queries; orders.json, lines.json,
#          what is made of them; DATABASE, either the word postgres (libpq's
#          own variables say which) or a file of SQLite; the key as for
#          kl-track.
# Output:  FOLDER/state/rejects-TIME.ndjson, what was set aside; receipts on
#          stdout.
# Exit:    0, 1 (some were set aside); 75: run the same again; others as in
#          kl(7).
#
# Sending an order twice counts it once: its number is the event's id, and
# that of a line is made of the two.  So a run begins OVERLAP seconds (86400)
# before the one before it, for orders that came in late, and one that was
# killed is simply given again.
set -euo pipefail

# shellcheck source=pipelines/common.bash
. "$(dirname "${BASH_SOURCE[0]}")/common.bash"

usage='usage: orders.sh [-n] [--history] FOLDER'
options=() dry=no history=no
while [ $# -gt 1 ]; do
	case $1 in
	-n) dry=yes options+=(-n) ;;
	--history) history=yes options+=(--backfill) ;;
	*) die 64 "$usage" ;;
	esac
	shift
done
[ $# -eq 1 ] || die 64 "$usage"
[ -n "${DATABASE:-}" ] ||
	die 64 "set DATABASE to the word postgres, or to a file of SQLite"
begin "$1"

utc() {
	date -u -d "$1" +%Y-%m-%dT%H:%M:%SZ
}

now=$(utc now)
since=2000-01-01T00:00:00Z
if [ "$history" = no ]; then
	since=$(cat state/since 2>/dev/null || echo "$now")
	since=$(utc "$since - ${OVERLAP:-86400} seconds")
fi
rejects=state/rejects-$(date -u +%Y%m%dT%H%M%SZ).ndjson
[ "$dry" = no ] || rejects=/dev/null
worst=0

# events NAME: of the rows of NAME.sql.
events() {
	local s
	set +e
	query "$1.sql" "since=$since" |
		kl-from-csv -q |
		kl-track -c "$1.json" -r "$rejects" ${options[@]+"${options[@]}"}
	s=("${PIPESTATUS[@]}")
	set -e
	passable "${s[@]}"
	[ "${s[2]}" -eq 0 ] || worst=1
}

events orders
events lines
[ "$dry" = yes ] || [ -s "$rejects" ] || rm -f "$rejects"
if [ "$dry" = no ]; then
	echo "$now" >state/since.part
	mv state/since.part state/since
fi
exit "$worst"
