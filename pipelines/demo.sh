#!/usr/bin/env bash
# demo.sh - customers go from a CSV file into a list of a local Klaviyo and
# come back out into a database.
#
# Input:   demo/customers.csv beside this file, mapped by demo/mapping.json.
# Output:  what happens, told on stdout; nothing is kept unless KEEP names a
#          folder that is to receive the files.
# Exit:    0 when every step ended as it should; anything else is a fault.
# Needs the programs on PATH, and sqlite3.  No account, no key, no network.
set -euo pipefail

here=$(cd "$(dirname "$0")/demo" && pwd)
work=$(mktemp -d)
sandbox=
finish() {
	[ -z "$sandbox" ] || kill "$sandbox" 2>/dev/null || true
	[ -z "$sandbox" ] || wait "$sandbox" 2>/dev/null || true
	if [ -n "${KEEP:-}" ]; then
		mkdir -p "$KEEP" && cp "$work"/* "$KEEP"/
	fi
	rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

if [ -t 1 ]; then
	bold=$'\033[1m' dim=$'\033[2m' plain=$'\033[0m'
else
	bold='' dim='' plain=''
fi
title() { printf '\n%s%s%s\n' "$bold" "$1" "$plain"; }
shown() { printf '%s$ %s%s\n' "$dim" "$1" "$plain"; }

# The filters end with 1 where they set a record aside: here that is the plan.
allow_rejects() {
	local s
	for s in "$@"; do
		[ "$s" -le 1 ] || exit "$s"
	done
}

title '1. A local Klaviyo'
kl-sandbox --port 0 --list DEMO01='Newsletter' --ledger "$work/ledger.ndjson" \
	>"$work/url" 2>"$work/sandbox.log" &
sandbox=$!
for _ in $(seq 100); do
	[ -s "$work/url" ] && break
	sleep 0.05
done
read -r KL_BASE_URL <"$work/url"
export KL_BASE_URL KLAVIYO_API_KEY=pk_sandbox
shown "kl-sandbox --list DEMO01='Newsletter' &"
echo "It answers at $KL_BASE_URL, and its list DEMO01 is empty."

title '2. The customers, as the shop keeps them'
shown 'head -4 customers.csv'
head -4 "$here/customers.csv" | cut -c 1-100

title '3. From the file into the list; what is wrong is set aside'
shown 'kl-from-csv -r rejects customers.csv | kl-map -r rejects -c mapping.json |'
shown '    kl-validate -r rejects | kl-push add -r rejects --list DEMO01 > receipts'
set +e
kl-from-csv -r "$work/rejects.ndjson" "$here/customers.csv" |
	kl-map -r "$work/rejects.ndjson" -c "$here/mapping.json" |
	kl-validate -r "$work/rejects.ndjson" |
	kl-push add -r "$work/rejects.ndjson" -c "$here/mapping.json" \
		--list DEMO01 >"$work/receipts.ndjson"
status=("${PIPESTATUS[@]}")
set -e
allow_rejects "${status[@]}"

title '4. What was set aside, and why'
shown 'kl-to-csv --no-unwrap --columns _kl_reject.tool,_kl_reject.line,... rejects'
kl-to-csv -q --no-unwrap --columns \
	_kl_reject.tool,_kl_reject.line,_kl_reject.field,_kl_reject.message \
	<"$work/rejects.ndjson" >"$work/rejects.csv"
sqlite3 :memory: '.mode box --wrap 46' ".import --csv $work/rejects.csv r" \
	'select "_kl_reject.tool" as program, "_kl_reject.line" as record,
	    "_kl_reject.field" as field, "_kl_reject.message" as reason
	from r'
echo 'Each line keeps the original record: mend it, and feed it to the same command.'

title '5. Out of the list, into a database'
shown 'kl-pull members --list DEMO01 | kl-to-csv --columns ... | sqlite3 members.db'
kl-pull members --list DEMO01 |
	kl-to-csv --columns "$(
		echo email,phone_number,first_name,last_name,location.city, \
			location.country,properties.Plan,properties.Points, \
			properties.Signed\ up | sed 's/, /,/g'
	)" >"$work/members.csv"
sqlite3 "$work/members.db" ".import --csv $work/members.csv members"

title '6. The members, asked in SQL'
sqlite3 "$work/members.db" '.mode box' \
	'select first_name || '"' '"' || last_name as name,
	    "location.city" as city, phone_number as phone,
	    "properties.Plan" as plan, "properties.Points" as points
	from members order by cast(points as integer) desc'
sqlite3 "$work/members.db" '.mode box' \
	'select "properties.Plan" as plan, count(*) as members,
	    sum("properties.Points") as points,
	    count(nullif(phone_number, '"''"')) as "with phone"
	from members group by plan order by points desc'

rows=$(($(kl-from-csv -q -r /dev/null "$here/customers.csv" | wc -l) + 1))
members=$(sqlite3 "$work/members.db" 'select count(*) from members')
rejects=$(wc -l <"$work/rejects.ndjson")
printf '%s\n' "" \
	"${bold}$rows customers in the file: $members in the list, $rejects set aside, 1 merged with herself.${plain}" \
	'The sandbox is gone again. With a key of your own the same commands talk to Klaviyo.'
