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

cd "$work"
cp "$here"/* .

title '1. A local Klaviyo'
shown "kl-sandbox --list DEMO01='Newsletter' &"
kl-sandbox --port 0 --list DEMO01='Newsletter' --ledger ledger.ndjson \
	>url 2>sandbox.log &
sandbox=$!
for _ in $(seq 100); do
	[ -s url ] && break
	sleep 0.05
done
read -r KL_BASE_URL <url
export KL_BASE_URL KLAVIYO_API_KEY=pk_sandbox
echo "It answers at $KL_BASE_URL, and its list DEMO01 is empty."

title '2. The customers, as the shop keeps them'
shown 'head -4 customers.csv'
head -4 customers.csv | tr -d '\r' | sed '1s/^\xef\xbb\xbf//' | cut -c 1-78

title '3. From the file into the list; what is wrong is set aside'
shown 'kl-from-csv -r bad.ndjson customers.csv |
      kl-map -r bad.ndjson -c mapping.json |
      kl-validate -r bad.ndjson |
      kl-push add -r bad.ndjson -c mapping.json --list DEMO01 > receipts.ndjson'
set +e
kl-from-csv -r bad.ndjson --summary csv.json customers.csv |
	kl-map -r bad.ndjson -c mapping.json |
	kl-validate -r bad.ndjson |
	kl-push add -r bad.ndjson -c mapping.json --list DEMO01 >receipts.ndjson
status=("${PIPESTATUS[@]}")
set -e
allow_rejects "${status[@]}"

title '4. What was set aside, and why'
shown 'kl-to-csv --no-unwrap --columns _kl_reject.tool,_kl_reject.line,... < bad.ndjson'
kl-to-csv -q --no-unwrap --columns \
	_kl_reject.tool,_kl_reject.line,_kl_reject.field,_kl_reject.message \
	<bad.ndjson >bad.csv
sqlite3 :memory: '.mode box --wrap 46' '.import --csv bad.csv r' \
	'select "_kl_reject.tool" as program, "_kl_reject.line" as line,
	    "_kl_reject.field" as field, "_kl_reject.message" as reason
	from r'
echo 'Each keeps the original record: mend it, and feed it to the same program.'

title '5. Out of the list, into a database'
shown 'kl-pull members --list DEMO01 | kl-to-csv --columns ... > members.csv
  sqlite3 members.db ".import --csv members.csv members"'
columns=email,phone_number,first_name,last_name,location.city,location.country
columns=$columns,properties.Plan,properties.Points
kl-pull members --list DEMO01 | kl-to-csv --columns "$columns" >members.csv
sqlite3 members.db '.import --csv members.csv members'

title '6. The members, asked in SQL'
sqlite3 members.db '.mode box' \
	"select first_name || ' ' || last_name as name,
	    \"location.city\" as city, phone_number as phone,
	    \"properties.Plan\" as plan, \"properties.Points\" as points
	from members order by cast(points as integer) desc"
sqlite3 members.db '.mode box' \
	"select \"properties.Plan\" as plan, count(*) as members,
	    sum(\"properties.Points\") as points,
	    count(nullif(phone_number, '')) as \"with phone\"
	from members group by plan order by points desc"

rows=$(sed -E 's/.*"read":([0-9]+).*/\1/' csv.json)
members=$(sqlite3 members.db 'select count(*) from members')
bad=$(grep -c . bad.ndjson)
merged=$((rows - bad - members))
printf '\n%s%d rows in the file: %d members, %d set aside, %d merged with themselves.%s\n' \
	"$bold" "$rows" "$members" "$bad" "$merged" "$plain"
echo 'The sandbox is gone again. With a key of your own the same commands talk to Klaviyo.'
