#!/usr/bin/env bash
# erase.sh - delete the people who asked for it, and see that they stay deleted.
#
# Usage:   erase.sh [-n] FOLDER
#   -n     a dry run: say how many would be deleted and how long it would take
# Input:   FOLDER/requests/*.csv, one file for each batch of requests, with the
#          columns email and phone_number, of which a row needs one.  The key
#          as for kl-push.
# Output:  each file, when it is done, with its receipts and what was set aside
#          in FOLDER/done; FOLDER/tombstones, by which kl-push and kl-diff know
#          who is not to be created again; FOLDER/audit.ndjson, the proof.
# Exit:    0, 1 (some were set aside); 75: run the same again, it goes on where
#          it was; others as in kl(7).
#
# Nobody is asked: who may put a file into FOLDER/requests decides.  Deletion
# is for good, and at 60 people a minute.
set -euo pipefail

# shellcheck source=pipelines/common.bash
. "$(dirname "${BASH_SOURCE[0]}")/common.bash"

dry=no
if [ "${1:-}" = -n ]; then
	dry=yes
	shift
fi
[ $# -eq 1 ] || die 64 "usage: erase.sh [-n] FOLDER"
begin "$1"
mkdir -p requests "done"

# people FILE: as records; what is wrong is set aside.
people() {
	local s
	set +e
	kl-from-csv -q -r "$rejects" <"$1" |
		kl-map -q --map email=email:trim \
			--map 'phone_number=phone_number:trim' -r "$rejects" |
		kl-validate -q --allow-utf8 -r "$rejects"
	s=("${PIPESTATUS[@]}")
	set -e
	passable "${s[@]}"
}

worst=0
for file in requests/*.csv; do
	[ -e "$file" ] || continue
	name=$(basename "$file" .csv)
	rejects=state/$name.rejects
	if [ "$dry" = yes ]; then
		rejects=$(mktemp)
		people "$file" | kl-push forget -n >/dev/null
		note "$name"
		aside "$rejects" 'would be'
		rm "$rejects"
		continue
	fi
	[ -e "state/$name.ndjson" ] || {
		rm -f "$rejects"
		whole "state/$name.ndjson" people "$file"
	}
	status=0
	kl-push forget --yes --tombstones tombstones --audit audit.ndjson \
		--journal "state/$name.journal" -r "$rejects" \
		<"state/$name.ndjson" >"state/$name.receipts" || status=$?
	passable "$status"
	[ ! -s "$rejects" ] || worst=1
	# The request itself holds addresses: it goes with the people.
	for kept in receipts rejects; do
		[ ! -s "state/$name.$kept" ] ||
			mv "state/$name.$kept" "done/$name.$kept.ndjson"
	done
	aside "done/$name.rejects.ndjson" were
	rm -f "$file" "state/$name".*
	note "$name: done"
done
exit "$worst"
