#!/usr/bin/env bash
# quota.sh - how much of an account's limits kl-push and kl-track use, and how
# often they ask in vain: alone, with others on this machine, with others they
# cannot see, and beside a stranger that takes half.  Eight minutes of the clock
# and next to none of the processor.
set -euo pipefail
# shellcheck source=test/bench/lib.bash
. "${BASH_SOURCE%/*}/lib.bash"

limit=150 latency=50 # of bulk jobs, a minute; milliseconds
chunk=500
# Six windows; and for the stranger, who comes later, seven and a half.
long=330 longer=455 comes=150

# stranger: half of the limit, evenly, whatever the answers.
stranger() {
	local body='{"data":{"type":"profile-bulk-import-job","attributes":{
		"profiles":{"data":[{"type":"profile","attributes":{
		"email":"stranger@example.org"}}]}}}}'
	while curl -s -o /dev/null -m 5 \
		-H 'Authorization: Klaviyo-API-Key pk_stranger' \
		-H 'revision: 2026-07-15' \
		-H 'Content-Type: application/vnd.api+json' \
		-d "$body" "$KL_BASE_URL/api/profile-bulk-import-jobs"; do
		sleep 0.75
	done
}

# events: as many of them as anybody takes.
events() {
	seq 10000000 | sed 's/.*/{"metric":"Opened App","time":"2026-01-02T03:04:05Z","unique_id":"&","profile":{"email":"m&@kl-bench.net"}}/'
}

# pushes, tracks: what is measured.
pushes() {
	"$TOOLS/gen" 10000000 buyers |
		"$@" kl-push add -q --list SNDBOX --chunk-size "$chunk"
}
tracks() { events | "$@" kl-track -q --chunk-size "$chunk"; }

# send KEY GROUP SECONDS: those of a group find the same file of used limits.
send() {
	local folder=$WORK/served/$2 status=0
	mkdir -p "$folder"
	chmod 700 "$folder"
	KLAVIYO_API_KEY=$1 XDG_STATE_HOME=$folder XDG_RUNTIME_DIR=$folder \
		"$what" timeout -s INT "$3" >/dev/null || status=$?
	[ "$status" -eq 124 ] # it would have gone on
}

# shared NAME SECONDS GROUP...: a program of each group at once, and what the
# log says of them; null is the stranger.
shared() {
	local name=$1 seconds=$2 group keys=() pids=() other='' i=0 from=0
	shift 2
	WORK=$WORK/$name
	mkdir -p "$WORK"
	for group; do
		i=$((i + 1))
		[ "$group" != null ] || i=stranger
		keys+=(--key "pk_$i")
	done
	serve --limits real --latency "$latency" --log "$WORK/log" "${keys[@]}"
	i=0
	for group; do
		i=$((i + 1))
		if [ "$group" = null ]; then
			(sleep "$comes" && stranger) &
			other=$!
			from=$((comes + 120))
		else
			send "pk_$i" "$group" "$seconds" &
			pids+=($!)
		fi
	done
	for i in "${pids[@]}"; do
		wait "$i" || touch "$WORK/failed"
	done
	[ -z "$other" ] || kill "$other" 2>/dev/null || true
	unserve
	[ ! -e "$WORK/failed" ] || return
	jq -nc --argjson limit "$limit" --argjson latency "$latency" \
		--arg op "$op" \
		--argjson from "$from" \
		--argjson groups "$(printf '%s\n' "$@" |
			jq -R 'if . == "null" then null else . end' | jq -sc .)" \
		-f "$HERE/quota.jq" "$WORK/log" >"$WORK/found"
}

# found NAME KEY VALUE [LOW HIGH]: a figure, by expressions of jq.
found() {
	local file=$WORK/$1/found name=$1 key=$2
	shift 2
	result "$key" "$(jq -r "$1" "$file")" "$(jq -r "${2:-empty}" "$file")" \
		"$(jq -r "${3:-empty}" "$file")" '' '' \
		"$(jq -r '"\(.windows) windows: \(.each | join(", "))"' "$file")"
}

# tell NAME KEY...: the figures of a run, or that there are none.
tell() {
	local name=$1 key
	shift
	[ -s "$WORK/$name/found" ] || {
		for key; do
			fail "$key" 'a program failed'
		done
		return
	}
	for key; do
		case $key in
		*-429) found "$name" "$key" .refused ;;
		*-early) found "$name" "$key" .early ;;
		*-least) found "$name" "$key" '.shares | min' '.shares | min' \
			'.shares | max' ;;
		*-granted) found "$name" "$key" .granted ;;
		*) found "$name" "$key" .used .low .high ;;
		esac
	done
}

say 'quota: eight minutes'
what=pushes op=bulk_import_profiles
(what=tracks op=bulk_create_events && shared track "$long" a) &
(shared one "$long" a) &
(shared four "$long" a a a a) &
(shared pairs "$long" a a b b) &
strange=(quota.stranger quota.stranger-429 quota.stranger-granted)
for key in "${strange[@]}"; do
	need "$key" curl || nobody=1
done
[ -n "${nobody:-}" ] || (shared stranger "$longer" a null) &
wait
tell one quota.one quota.one-429 quota.one-early
tell track quota.track quota.track-429 quota.track-early
tell four quota.four quota.four-least quota.four-429
tell pairs quota.pairs quota.pairs-429
[ -n "${nobody:-}" ] || tell stranger "${strange[@]}"
