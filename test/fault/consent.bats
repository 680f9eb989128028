#!/usr/bin/env bats
# Answers that are lost, and runs that are killed: nobody is subscribed twice,
# nobody comes back who has opted out, and every unknown is said.

setup() {
	load fault
	cd "$BATS_TEST_TMPDIR" || return
	export KL_PUSH_LIST=KKbLLU
}

teardown() {
	stop_sandbox
}

# input N: so many people who agreed, at one of three places; every fiftieth
# opted out long ago, and every hundredth of all agreed again since.
input() {
	awk -v n="$1" 'BEGIN {
		split("Till Web Fair", at, " ")
		for (i = 1; i <= n; i++) {
			when = ""
			if (i % 100 == 0)
				when = ",\"consented_at\":\"2025-01-01T00:00:00Z\""
			printf "{\"email\":\"p%d@shop.example\",\"consent\":{\"source\":\"%s\",\"email\":{\"status\":\"SUBSCRIBED\"%s}}}\n",
			    i, at[int(i / 40) % 3 + 1], when
		}
	}' >in
	{
		printf '{"type":"list","id":"KKbLLU","attributes":{"name":"News","opt_in_process":"single_opt_in"}}\n'
		awk -v n="$1" 'BEGIN { for (i = 50; i <= n; i += 50) {
			printf "{\"type\":\"profile\",\"attributes\":{\"email\":\"p%d@shop.example\"}}\n", i
			printf "{\"type\":\"consent\",\"profile\":\"p%d@shop.example\",\"channels\":{\"email.marketing\":{\"state\":\"UNSUBSCRIBED\",\"when\":\"2024-06-01T00:00:00Z\"}}}\n", i
		} }'
	} >seed
}

# subscribe [OPTION]...: in, until every record has a receipt; runs are counted
# in $runs.  With $kill they are killed at random, that many of them.
subscribe() {
	local status pid n
	n=$(wc -l <in)
	while :; do
		runs=$((runs + 1))
		status=0
		kl-push subscribe -q --journal j --chunk-size "$chunk" --settle 250ms \
			--receipt-records -r bad "$@" <in >receipts 2>err &
		pid=$!
		if [ "$((kill -= 1))" -ge 0 ]; then
			nap "$(random 5 "$(pick 150 1500)")"
			kill -9 $pid 2>/dev/null || true
		fi
		wait $pid 2>/dev/null || status=$?
		[ $status -eq 137 ] && continue
		[ $status -le 1 ] || [ $status -eq 69 ] || {
			cat err
			return 1
		}
		[ "$(jq -s '[.[].records[] | select(.[2] != "failed")] | length' receipts)" -eq "$n" ] && return
		[ $runs -lt 100 ]
	done
}

# outcomes WORD: the addresses that have that outcome.
outcomes() {
	jq -r '.records[] | "\(.[0]) \(.[2])"' receipts | sort -n |
		paste -d' ' - <(jq -r .email in) |
		awk -v w="$1" '$2 == w { print $3 }' | sort
}

# judged_consent: what the ledger says of receipts.
judged_consent() {
	jq -r 'select(.effect == "consent.subscribe").email' "$LEDGER" | sort >given
	outcomes accepted >accepted
	outcomes unknown >unknown
	jq -r 'select(._kl_reject.code == "opted_out").record.email' bad | sort >out
	twice=$(uniq -d given | wc -l)
	back=$(comm -12 given out | wc -l)
	unsaid=$(comm -23 given <(sort accepted unknown) | wc -l)
	untrue=$(comm -23 accepted given | wc -l)
	echo "accepted $(wc -l <accepted) unknown $(wc -l <unknown) opted-out $(wc -l <out) twice $twice back $back unsaid $unsaid untrue $untrue"
	[ "$twice$back$unsaid$untrue" = 0000 ]
}

# sandbox_of [FAULT]...: with the seed.
sandbox_of() {
	local specs=() f
	for f in "$@"; do specs+=(--fault "$f"); done
	start_sandbox --limits off --visibility-delay 50 --seed seed \
		--random-seed 1 "${specs[@]}"
}

@test "one answer in ten is lost: all is seen, nobody twice" {
	local n runs=0 kill=0 chunk
	n=$(pick 2000 200000)
	chunk=$(pick 50 500)
	input "$n"
	sandbox_of lost-reply:bulk_subscribe_profiles:p=0.1
	subscribe
	stop_sandbox
	tell "$(judged_consent) runs $runs"
	judged_consent
	[ "$(wc -l <unknown)" -eq 0 ]
	[ "$(wc -l <out)" -eq $((n / 100)) ]
}

@test "requests are lost both ways: what is unknown is said, and sent again when asked" {
	local n runs=0 kill=0 chunk said
	n=$(pick 1000 100000)
	chunk=$(pick 50 500)
	input "$n"
	sandbox_of lost-reply:bulk_subscribe_profiles:p=0.1 \
		reset-before:bulk_subscribe_profiles:p=0.1
	subscribe
	said=$(judged_consent)
	tell "$said runs $runs"
	[ "$(wc -l <unknown)" -gt 0 ]
	# In their absence, those that are left are sent again.
	runs=0
	while [ "$(outcomes unknown | wc -l)" -gt 0 ] && [ $runs -lt 20 ]; do
		subscribe --resend-unknown
	done
	stop_sandbox
	said=$(judged_consent)
	tell "$said runs $runs"
	[ "$(wc -l <unknown)" -eq 0 ]
	[ "$(wc -l <accepted)" -eq $((n - n / 100)) ]
}

@test "killed at random, and begun again" {
	local n runs=0 kill chunk said
	n=$(pick 1000 50000)
	chunk=$(pick 50 500)
	kill=$(pick 6 60)
	input "$n"
	sandbox_of lost-reply:bulk_subscribe_profiles:p=0.1
	subscribe
	stop_sandbox
	said=$(judged_consent)
	tell "$said runs $runs"
}

@test "members are unsubscribed from the list and from nothing else, whatever is lost" {
	local n runs=0 status said
	n=$(pick 600 20000)
	{
		printf '{"type":"list","id":"KKbLLU","attributes":{"name":"News"}}\n'
		awk -v n="$n" 'BEGIN { for (i = 1; i <= n; i++) {
			printf "{\"type\":\"profile\",\"attributes\":{\"email\":\"p%d@shop.example\"}%s}\n", i,
			    i % 10 == 0 ? "" : ",\"lists\":[\"KKbLLU\"]"
			printf "{\"type\":\"consent\",\"profile\":\"p%d@shop.example\",\"channels\":{\"email.marketing\":\"SUBSCRIBED\"}}\n", i
		} }'
	} >seed
	seq "$n" | sed 's/.*/{"email":"p&@shop.example"}/' >in
	start_sandbox --limits off --visibility-delay 50 --seed seed \
		--reading unsubscribe-list=leave --random-seed 5 \
		--fault lost-reply:bulk_unsubscribe_profiles:p=0.1 \
		--fault reset-before:bulk_unsubscribe_profiles:p=0.1
	while [ $runs -lt 50 ]; do
		runs=$((runs + 1))
		status=0
		kl-push unsubscribe -q --journal j --settle 250ms -r bad <in >receipts 2>err || status=$?
		[ $status -eq 1 ] && break
	done
	stop_sandbox
	said="accepted $(jq -s 'map(.counts.accepted) | add' receipts) rejected $(wc -l <bad) runs $runs"
	tell "$said"
	[ "$said" = "accepted $((n - n / 10)) rejected $((n / 10)) runs $runs" ]
	[ "$(jq -r 'select(.effect == "consent.unsubscribe" and .list == null).email' "$LEDGER" | wc -l)" -eq 0 ]
	[ "$(jq -r 'select(.effect == "consent.unsubscribe").email' "$LEDGER" | sort -u | wc -l)" -eq $((n - n / 10)) ]
}
