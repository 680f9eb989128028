#!/usr/bin/env bash
# carts.sh - carts that were left into Klaviyo: an event "Abandoned Cart", for a
# flow to begin with.
#
# Usage:   carts.sh [-n] FOLDER
#   -n     a dry run: say what would be sent, send nothing
# Input:   FOLDER/carts.sql, the query; carts.json, what is made of it;
#          DATABASE, either the word postgres (libpq's own variables say
#          which) or a file of SQLite; the key as for kl-track.
# Output:  FOLDER/state/rejects-TIME.ndjson, what was set aside; receipts on
#          stdout.
# Exit:    0, 1 (some were set aside); 75: run the same again; others as in
#          kl(7).
#
# Run it every few minutes.  A cart counts as left when nobody has touched it
# for IDLE minutes (60) and nothing was ordered since; one that was left more
# than DAYS (3) ago is let be.  It is in every run until then, and counts once:
# the cart and when it was touched are the event's id.  Touched and left again
# it is another.
set -euo pipefail

# shellcheck source=pipelines/common.bash
. "$(dirname "${BASH_SOURCE[0]}")/common.bash"

usage='usage: carts.sh [-n] FOLDER'
options=()
if [ "${1:-}" = -n ]; then
	options=(-n)
	shift
fi
[ $# -eq 1 ] || die 64 "$usage"
[ -n "${DATABASE:-}" ] ||
	die 64 "set DATABASE to the word postgres, or to a file of SQLite"
begin "$1"

utc() {
	date -u -d "$1" +%Y-%m-%dT%H:%M:%SZ
}

rejects=state/rejects-$(date -u +%Y%m%dT%H%M%SZ).ndjson
[ ${#options[@]} -eq 0 ] || rejects=/dev/null
set +e
query carts.sql "since=$(utc "${DAYS:-3} days ago")" \
	"idle=$(utc "${IDLE:-60} minutes ago")" |
	kl-from-csv -q |
	kl-track -c carts.json -r "$rejects" ${options[@]+"${options[@]}"}
s=("${PIPESTATUS[@]}")
set -e
[ ${#options[@]} -gt 0 ] || [ -s "$rejects" ] || rm -f "$rejects"
passable "${s[@]}"
exit "${s[2]}"
