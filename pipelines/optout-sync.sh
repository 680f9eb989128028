#!/usr/bin/env bash
# optout-sync.sh - carry opt-outs that were made elsewhere into Klaviyo: who
# has unsubscribed in the shop, by letter, or with another sender.
#
# Usage:   optout-sync.sh [-n] [--full] FOLDER
#   -n      a dry run: say what would be sent, send and remember nothing
#   --full  look at all opt-outs, not only at those since the last run
# Input:   FOLDER/optouts.sql, the query, with the columns email,
#          phone_number and opted_out, the time; DATABASE, either the word postgres (libpq's own
#          variables say which) or a file of SQLite; the key as for kl-push.
#          CHANNEL is what they opt out of: email (the default), sms or
#          whatsapp.  HOW is unsubscribe (the default), or suppress: no e-mail
#          at all, also to addresses that Klaviyo does not know yet.
# Output:  FOLDER/state/rejects-TIME.ndjson, what was set aside; receipts on
#          stdout; FOLDER/audit.ndjson, who was unsubscribed when.
# Exit:    0, 1 (some were set aside); 75: run the same again, it goes on where
#          it was; others as in kl(7).
#
# People are unsubscribed from all of a channel, whatever list they are on.
# Whom Klaviyo does not know it takes no opt-out from: for those, suppress.  Each opt-out is carried once: who subscribes
# again in Klaviyo afterwards is not unsubscribed by the next run, unless the
# database has a new one.
set -euo pipefail

# shellcheck source=pipelines/sync.bash
. "$(dirname "${BASH_SOURCE[0]}")/sync.bash"

usage='usage: optout-sync.sh [-n] [--full] FOLDER'
dry=no full=no
while [ $# -gt 1 ]; do
	case $1 in
	-n) dry=yes ;;
	--full) full=yes ;;
	*) die 64 "$usage" ;;
	esac
	shift
done
[ $# -eq 1 ] || die 64 "$usage"
[ -n "${DATABASE:-}" ] ||
	die 64 "set DATABASE to the word postgres, or to a file of SQLite"
case ${HOW:-unsubscribe} in
unsubscribe | suppress) ;;
*) die 64 "HOW is unsubscribe or suppress, not $HOW" ;;
esac
begin "$1"

# A later opt-out is another record, because it has another time.
records() {
	local s
	set +e
	query optouts.sql "since=$1" |
		kl-map -q --from csv --map 'email=email:trim|lower' \
			--map 'phone_number=phone_number:trim' \
			--map 'opted_out=properties.opted_out' -r "$rejects" |
		kl-validate -q --allow-utf8 -r "$rejects"
	s=("${PIPESTATUS[@]}")
	set -e
	passable "${s[@]}"
}

push() {
	local how=(unsubscribe --global --channel "${CHANNEL:-email}")
	[ "${HOW:-unsubscribe}" = unsubscribe ] || how=(suppress)
	[ "$dry" = yes ] || how+=(--audit audit.ndjson)
	kl-push "${how[@]}" "$@"
}

after() {
	:
}

keys=(--key email --key phone_number)
[ "${CHANNEL:-email}" = email ] || keys=(--key phone_number)
sync "$dry" "$full"
