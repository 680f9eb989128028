#!/usr/bin/env bash
# retention.sh - who has done nothing for a long time: told, and then kept from
# mail or deleted.
#
# Usage:   retention.sh report|suppress|forget FOLDER
#   report    write FOLDER/report.csv, who they are and since when; nothing else
#   suppress  do what the report says: no e-mail to them any more
#   forget    do what the report says: delete them; FOLDER/tombstones keep them
#             deleted
# Input:   the key as for kl-push.  DAYS without an event, or since a profile
#          without any was made, are a long time (730).  PROTECT names a file of
#          records, of people who stay whatever they did.
# Output:  FOLDER/report.csv; receipts on stdout; FOLDER/audit.ndjson.
# Exit:    0, 1 (some were set aside); 65: there is no report, or it is older
#          than a week; 75: run the same again, it goes on where it was; others
#          as in kl(7).
#
# Two steps, so that somebody reads the report before anything is done; whose
# row is taken out of it stays.  Everybody is looked up again, and who has done
# something since is left alone.
set -euo pipefail

# shellcheck source=pipelines/common.bash
. "$(dirname "${BASH_SOURCE[0]}")/common.bash"

usage='usage: retention.sh report|suppress|forget FOLDER'
[ $# -eq 2 ] || die 64 "$usage"
case $1 in
report | suppress | forget) verb=$1 ;;
*) die 64 "$usage" ;;
esac
protect=$(realpath -e "${PROTECT:-/dev/null}" 2>/dev/null) ||
	die 66 "no such file: $PROTECT"
begin "$2"
rejects=state/rejects-$(date -u +%Y%m%dT%H%M%S.%3NZ).ndjson
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# inactive: profiles that have done nothing for so long.
inactive() {
	local limit s
	limit=$(date -u -d "@$(($(date +%s) - ${DAYS:-730} * 86400))" +%FT%T)
	set +e
	kl-pull profiles -q --fields \
		email,phone_number,external_id,created,last_event_date |
		kl-map -q --jq "select((.last_event_date // .created) < \"$limit\")"
	s=("${PIPESTATUS[@]}")
	set -e
	passable "${s[@]}"
}

# among FILE CONDITION: the records of FILE about people whom nothing protects,
# and of whom the condition is true.
among() {
	touch "$work/reported"
	sqlite3 -bail :memory: <<-EOF || exit 74
	.mode ascii
	.separator "\\001" "\\n"
	create table r (d text);
	create table p (d text);
	create table reported (d text);
	.import '$1' r
	.import '$protect' p
	.import '$work/reported' reported
	.mode list
	create table kept as
	select lower(v ->> 'email') as email, v ->> 'phone_number' as phone,
	    v ->> 'external_id' as external_id, v ->> 'id' as id
	from (select coalesce(d -> 'record', d) as v from p);
	select d from r
	where lower(d ->> 'email') not in (select email from kept where email is not null)
	    is not false
	    and (d ->> 'phone_number') not in (select phone from kept where phone is not null)
	    is not false
	    and (d ->> 'external_id') not in
	    (select external_id from kept where external_id is not null) is not false
	    and (d ->> 'id') not in (select id from kept where id is not null)
	    and $2;
	EOF
}

report() {
	inactive >"$work/inactive"
	among "$work/inactive" true >"$work/found"
	kl-to-csv -q --columns \
		id,email,phone_number,external_id,created,last_event_date \
		<"$work/found" >"$work/report.csv"
	mv "$work/report.csv" report.csv
	touch state/reported
	note "$(wc -l <"$work/found") of those who are known have done nothing for ${DAYS:-730} days: see report.csv"
}

# Of those the report still names, who is inactive now.
read_report() {
	local f condition="d ->> 'id' in (select d ->> 'id' from reported)"
	for f in report.csv state/reported; do
		[ -e "$f" ] || die 65 'there is no report: make one first'
	done
	[ -n "$(find state/reported -mtime -7)" ] ||
		die 65 'the report is older than a week: make it anew'
	kl-from-csv -q <report.csv >"$work/reported"
	inactive >"$work/inactive"
	# No mail comes to who has no address.
	[ "$verb" = forget ] || condition+=" and d ->> 'email' is not null"
	among "$work/inactive" "$condition"
}

push() {
	case $verb in
	suppress) kl-push suppress "$@" ;;
	forget) kl-push forget --yes --match id --tombstones tombstones "$@" ;;
	esac
}

if [ "$verb" = report ]; then
	report
	exit 0
fi
if [ -e "state/$verb.ndjson" ]; then
	note 'going on with what an earlier run has begun'
else
	read_report >"$work/people"
	mv "$work/people" "state/$verb.ndjson"
fi
status=0
push -r "$rejects" --audit audit.ndjson --journal "state/$verb.journal" \
	<"state/$verb.ndjson" || status=$?
passable "$status"
[ -s "$rejects" ] || rm -f "$rejects"
rm -f report.csv state/reported "state/$verb".*
exit "$status"
