# push.bash - for the bats files of kl-push: people, a service, and what came
# of it.

# people FROM TO: that many records.
people() {
	seq "$1" "$2" | sed 's/.*/{"email":"p&@shop.example","title":"&"}/'
}

# sandbox [OPTION]...: a quick one, without rate limits, with the list KKbLLU.
sandbox() {
	start_sandbox --limits off --job-delay 20 --list KKbLLU=News "$@"
}

# members: addresses that joined the list, by the ledger.
members() {
	jq -r 'select(.effect == "list.add") | .email' "$LEDGER"
}

# left: addresses that left the list, by the ledger.
left() {
	jq -r 'select(.effect == "list.remove") | .email' "$LEDGER"
}

# writes EMAIL: what the ledger has of that person: effect and title.
writes() {
	jq -r --arg e "$1" 'select((.email // "" | ascii_downcase) == $e and
		(.effect | startswith("profile."))) |
		"\(.effect) \(.attributes.title)"' "$LEDGER"
}

# counts FILE [FIELD]: seq, from, to, accepted, unchanged (if FIELD says so),
# rejected, failed, unknown and FIELD (status) of each receipt in the order of
# the input.
counts() {
	jq -r --arg f "${2:-status}" '[.seq, .from, .to, .counts.accepted,
		.counts.rejected, .counts.failed, .counts.unknown, .[$f]] |
		join(" ")' "$1" | sort -n
}

# reasons FILE: line, field and code of each reject.
reasons() {
	jq -r '._kl_reject | "\(.line) \(.field // "-") \(.code)"' "$1" |
		sort -n
}

# get PATH: an answer of the service.
get() {
	curl -gs -H "Authorization: Klaviyo-API-Key pk_sandbox" \
		-H 'revision: 2026-07-15' "$KL_BASE_URL$1"
}

# await_jobs N: wait until the service has so many import jobs, and their
# answers are taken.
await_jobs() {
	for _ in $(seq 200); do
		[ "$(get '/api/profile-bulk-import-jobs?page[size]=100' |
			grep -o created_at | wc -l)" -ge "$1" ] &&
			sleep 0.1 && return
		sleep 0.02
	done
	return 1
}

# await_requests N: wait until the service has had so many with an effect.
await_effects() {
	for _ in $(seq 200); do
		[ "$(wc -l <"$LEDGER")" -ge "$1" ] && return
		sleep 0.02
	done
	return 1
}
