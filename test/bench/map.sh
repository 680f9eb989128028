#!/usr/bin/env bash
# map.sh - kl-map against jq and Miller, the same work on the same records.
#
# usage: map.sh [ROWS [PAIRS]]
#
# The work: six members renamed, the address trimmed and made small, five
# nested as location, five as properties.  The outputs are compared first.
# Then, in turn, ours on all ROWS (2,000,000) and theirs on as many as take
# them some seconds, PAIRS (5) times; the figure is the median of the ratios of
# rows a second, so that what else the machine does weighs on both.

set -euo pipefail

rows=${1:-2000000}
pairs=${2:-5}
jq_rows=$((rows / 50))
mlr_rows=$((rows / 20))

build=${KL_BUILD:-build}
PATH=$build/bin:$PATH
dir=$(mktemp -d "${TMPDIR:-/tmp}/kl-bench.XXXXXX")
trap 'rm -rf "$dir"' EXIT

cat >"$dir/map.json" <<'JSON'
{"mapped_fields":[
{"origin_field":"Email","destination_field":"email","convert_function":"trim|lower"},
{"origin_field":"FirstName","destination_field":"first_name"},
{"origin_field":"LastName","destination_field":"last_name"},
{"origin_field":"CustomerId","destination_field":"external_id"},
{"origin_field":"Company","destination_field":"organization"},
{"origin_field":"Language","destination_field":"locale"},
{"origin_field":"Street","destination_field":"location.address1"},
{"origin_field":"City","destination_field":"location.city"},
{"origin_field":"State","destination_field":"location.region"},
{"origin_field":"Country","destination_field":"location.country"},
{"origin_field":"Zip","destination_field":"location.zip"},
{"origin_field":"Plan","destination_field":"Plan"},
{"origin_field":"SignedUp","destination_field":"SignedUp"},
{"origin_field":"Orders","destination_field":"Orders"},
{"origin_field":"Store","destination_field":"Store"},
{"origin_field":"OptIn","destination_field":"OptIn"}
]}
JSON

# The regular expression only where it is needed: that is faster.
cat >"$dir/map.jq" <<'JQ'
def trim: if startswith(" ") or endswith(" ")
  then gsub("^\\s+|\\s+$"; "") else . end;
{email: (.Email | trim | ascii_downcase), first_name: .FirstName,
 last_name: .LastName, external_id: .CustomerId, organization: .Company,
 locale: .Language,
 location: {address1: .Street, city: .City, region: .State,
   country: .Country, zip: .Zip},
 properties: {Plan, SignedUp, Orders, Store, OptIn}}
JQ

cat >"$dir/map.mlr" <<'MLR'
$* = {
  "email": tolower(strip($Email)), "first_name": $FirstName,
  "last_name": $LastName, "external_id": $CustomerId,
  "organization": $Company, "locale": $Language,
  "location": {"address1": $Street, "city": $City, "region": $State,
    "country": $Country, "zip": $Zip},
  "properties": {"Plan": $Plan, "SignedUp": $SignedUp, "Orders": $Orders,
    "Store": $Store, "OptIn": $OptIn}
}
MLR

ours() { kl-map -q --keep-empty -c "$dir/map.json"; }
with_jq() { jq -c -f "$dir/map.jq"; }
with_mlr() { mlr --ijsonl --ojsonl put -f "$dir/map.mlr"; }

# seconds COMMAND FILE: wall time of the command on the file.
seconds() {
	local from=$EPOCHREALTIME to
	"$1" <"$2" >/dev/null
	to=$EPOCHREALTIME
	awk -v a="$from" -v b="$to" 'BEGIN { printf "%.4f", b - a }'
}

# median: of the numbers on stdin.
median() {
	sort -g | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

# against NAME COMMAND ROWS: the median of the ratios.
against() {
	local a b
	for _ in $(seq "$pairs"); do
		a=$(seconds ours "$dir/all")
		b=$(seconds "$2" "$dir/$1")
		awk -v a="$a" -v an="$rows" -v b="$b" -v bn="$3" \
			'BEGIN { print (an / a) / (bn / b), an / a, bn / b }'
	done >"$dir/ratios"
	printf '%-8s %12.0f rows/s %12.0f rows/s %10.1f times\n' "$1" \
		"$(cut -d' ' -f2 "$dir/ratios" | median)" \
		"$(cut -d' ' -f3 "$dir/ratios" | median)" \
		"$(cut -d' ' -f1 "$dir/ratios" | median)"
}

echo "making $rows records ..."
"$build/test/bench/gen" "$rows" ndjson >"$dir/all"
head -n "$jq_rows" "$dir/all" >"$dir/jq"
head -n "$mlr_rows" "$dir/all" >"$dir/miller"
head -n 1000 "$dir/all" >"$dir/some"

ours <"$dir/some" >"$dir/ours"
with_jq <"$dir/some" | cmp - "$dir/ours"
with_mlr <"$dir/some" | jq -c . | cmp - "$dir/ours"
echo "the outputs are the same; $(($(wc -c <"$dir/all") / rows)) bytes a record"

printf '%-8s %19s %19s %16s\n' against kl-map it ratio
against jq with_jq "$jq_rows"
against miller with_mlr "$mlr_rows"
