#!/usr/bin/env bash
# crm-sync.sh - bring the customers of a database into a list of Klaviyo: those
# that changed since the last run, and of them only what is new to Klaviyo.
#
# Usage:   crm-sync.sh [-n] [--full] [--mirror] FOLDER
#   -n        a dry run: say what would be sent, send and remember nothing
#   --full    look at all customers, not only at those that changed lately
#   --mirror  the same, and then remove members who are no customers: by a
#             plan, of no more than MAX_REMOVE (10%) of the members, and nobody
#             whose row was set aside; FOLDER/state/plan.undo takes it back
# Input:   FOLDER/customers.sql, the query; FOLDER/sync.json, the mapping and
#          the list; DATABASE, either the word postgres (libpq's own variables
#          say which) or a file of SQLite; the key as for kl-push.
# Output:  FOLDER/state/rejects-TIME.ndjson, what was set aside; receipts on
#          stdout.  FOLDER/state keeps what the next run has to know.
# Exit:    0, 1 (some were set aside); 75: run the same again, it goes on where
#          it was; others as in kl(7).
#
# A run that is killed, at any moment, is continued by the next.  Customers
# are asked for from OVERLAP seconds (600) before the last run on, since a
# transaction may end later than the time it writes: what was sent already is
# recognized by kl-diff.
set -euo pipefail

# shellcheck source=pipelines/sync.bash
. "$(dirname "${BASH_SOURCE[0]}")/sync.bash"

usage='usage: crm-sync.sh [-n] [--full] [--mirror] FOLDER'
dry=no full=no mirror=no
while [ $# -gt 1 ]; do
	case $1 in
	-n) dry=yes ;;
	--full) full=yes ;;
	--mirror) full=yes mirror=yes ;;
	*) die 64 "$usage" ;;
	esac
	shift
done
[ $# -eq 1 ] || die 64 "$usage"
[ -n "${DATABASE:-}" ] ||
	die 64 "set DATABASE to the word postgres, or to a file of SQLite"
begin "$1"

records() {
	local s
	set +e
	query customers.sql "since=$1" |
		kl-map -q --from csv -c sync.json -r "$rejects" |
		kl-validate -q -r "$rejects"
	s=("${PIPESTATUS[@]}")
	set -e
	passable "${s[@]}"
}

push() {
	kl-push add -c sync.json "$@"
}

# Remove the members who are no customers, by a plan.
after() {
	local plan=state/plan rejects
	[ "$mirror" = yes ] || return 0
	[ "$1" = no ] || plan=$work/plan
	rejects=$plan.rejects
	rm -f "$plan" "$plan.undo" "$rejects"
	whole "$plan.input" records "$sync_beginning"
	touch "$rejects"
	kl-push mirror -q -c sync.json --membership-only --plan "$plan" \
		--max-remove "${MAX_REMOVE:-10%}" --protect "$rejects" \
		<"$plan.input"
	rm "$plan.input" "$rejects"
	[ "$1" = yes ] || kl-push mirror -c sync.json --apply "$plan"
}

keys=(--key external_id --key email)
sync "$dry" "$full"
