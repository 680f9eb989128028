#!/usr/bin/env bash
# mirror.sh - kl-push mirror where one in a hundred differs: requests against
# the fewest there can be, who was touched, by the ledger, and memory.
set -euo pipefail
# shellcheck source=test/bench/lib.bash
. "${BASH_SOURCE%/*}/lib.bash"

all=$WORK/mirror.all
in=$WORK/mirror.in
counts=$WORK/mirror.counts
ledger=$WORK/served/ledger

# mirror MEMBERS: of that many, half of one percent are gone, and as many are
# new; --max-remove is for the trial with a few people.
mirror() {
	few=$(($1 > 200 ? $1 / 200 : 1))
	serve --limits off --job-delay 0 --list OURS22=ours \
		--generate members="$1" --ledger "$ledger"
	kl-pull members -q --list OURS22 >"$all"
	{
		tail -n "+$((few + 1))" "$all"
		seq "$few" | sed 's/.*/{"email":"new&@shop.example"}/'
	} >"$in"
	"$TOOLS/turns" -w 0 1 "kl-push mirror -q --list OURS22 \
		--summary $counts --max-remove $few <$in >/dev/null" >"$WORK/turns"
}

n=$((ROWS > 10 ? ROWS / 10 : 1))
say "mirror.requests: $n members"
if mirror "$n"; then
	least=$(((n + 99) / 100 + (few + 1999) / 2000 + (few + 999) / 1000))
	result mirror.requests "$(jq --argjson least "$least" \
		'.service_requests / $least' "$counts")" '' '' '' '' \
		"$(jq .service_requests "$counts") of $least"
	# Each who is new is made and joins, each who is gone leaves.
	result mirror.touched "$(($(wc -l <"$ledger") - 3 * few))" '' '' '' ''
else
	fail mirror.requests 'kl-push failed'
	fail mirror.touched 'kl-push failed'
fi
n=$((ROWS > 2 ? ROWS / 2 : 1))
say "mirror.memory: $n members"
if mirror "$n"; then
	result mirror.memory "$(awk '{ printf "%.2f", $4 / 1024 }' \
		"$WORK/turns")" '' '' '' '' "$n members"
else
	fail mirror.memory 'kl-push failed'
fi
rm -f "$all" "$in" "$counts"
