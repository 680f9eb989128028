#!/usr/bin/env bash
# two-way.sh - keep a table of customers in PostgreSQL and a list of Klaviyo in
# step, whichever side changes.
#
# Usage:   two-way.sh [-n] FOLDER
#   -n     a dry run: say what would be written where, write nothing
# Input:   FOLDER/crm.json, the mapping and the list; FOLDER/customers.sql, all
#          customers with updated_at; FOLDER/apply.sql, how a profile is
#          written into the table.  WINS is who wins where both sides have
#          changed the same person: newest (the default), crm or klaviyo.  The
#          database is said by libpq's variables; the key as for kl-push.
# Output:  what was done on stdout; receipts in FOLDER/state, and
#          rejects-TIME.ndjson, what was set aside.
# Exit:    0, 1 (some were set aside); 75: run the same again; others as in
#          kl(7).
#
# What both sides last agreed on is kept in the table klaviyo_agreed.  A side
# has changed where it differs from that; what was written to the other side
# is agreed on, so nothing comes back as an echo.  A run that is killed is
# made good by the next.  Who leaves one side is told of and neither removed
# from nor brought back to it: unsubscribed people stay unsubscribed.
set -euo pipefail

# shellcheck source=pipelines/common.bash
. "$(dirname "${BASH_SOURCE[0]}")/common.bash"

dry=no
if [ "${1:-}" = -n ]; then
	dry=yes
	shift
fi
[ $# -eq 1 ] || die 64 "usage: two-way.sh [-n] FOLDER"
WINS=${WINS:-newest}
case $WINS in
newest | crm | klaviyo) ;;
*) die 64 "WINS is newest, crm or klaviyo, not $WINS" ;;
esac
export DATABASE=postgres
begin "$1"
rejects=state/rejects-$(date -u +%Y%m%dT%H%M%S.%3NZ).ndjson
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
end=commit
[ "$dry" = no ] || rejects=$work/rejects end=rollback

# Profile records of the customers, with the time as a property.
customers() {
	local s
	set +e
	query customers.sql |
		kl-map -q --from csv -c crm.json --map updated_at=updated_at \
			-r "$rejects" |
		kl-validate -q -r "$rejects"
	s=("${PIPESTATUS[@]}")
	set -e
	passable "${s[@]}"
}

# Profile records of the members with the fields that the mapping knows: there
# and back again, so that both sides are written alike.
mapped_members() {
	local s
	set +e
	kl-map -q -c crm.json --reverse -r "$rejects" <"$work/members" |
		kl-map -q -c crm.json -r "$rejects"
	s=("${PIPESTATUS[@]}")
	set -e
	passable "${s[@]}"
}

# run FILE: SQL whose files are in the folder of this run.
run() {
	(cd "$work" && psql -X -q -v ON_ERROR_STOP=1 -v wins="$WINS" \
		-v end="$end" -f "$1") ||
		exit $(($? == 2 ? 75 : 74))
}

customers >"$work/customers"
kl-pull members -q -c crm.json >"$work/members"
mapped_members >"$work/mapped"

# What differs from what was agreed on, and who wins.
cp ./*.sql "$work"
run merge.sql
cat "$work/told"
if [ "$dry" = yes ]; then
	aside "$rejects" 'would be'
	exit 0
fi

status=0
if [ -s "$work/to-klaviyo" ]; then
	kl-push add -q -c crm.json -r "$rejects" --receipt-records \
		<"$work/to-klaviyo" >state/receipts.ndjson || status=$?
	passable "$status"
fi
# The table, and what is agreed on, in one transaction.  Who was rejected by
# Klaviyo is not agreed on, and offered again.
touch "$rejects"
cp "$rejects" "$work/rejected"
run agree.sql
if [ -s "$rejects" ]; then
	aside "$rejects" were
	status=1
else
	rm "$rejects"
fi
exit "$status"
