#!/usr/bin/env bats
# Several pages at once: the rows of one after the other, each once.

setup() {
	load helper
	cd "$BATS_TEST_TMPDIR" || return
}

teardown() {
	stop_sandbox
}

# sandbox OPTION...: with a list, and answers that take a while.
sandbox() {
	start_sandbox --list KKbLLU=News --limits off --random-seed 7 \
		--latency 5 "$@"
}

# alike WHAT...: kl-pull WHAT reads the same by eight requests at once, by one,
# and in order, and more than one page of it.
alike() {
	kl-pull "$@" --in-flight 1 2>one.err | sort >one || return
	kl-pull "$@" --in-flight 8 2>eight.err | sort >eight || return
	kl-pull "$@" --ordered 2>ordered.err | sort >ordered || return
	cmp one eight && cmp one ordered && [ -s one ] && [ -z "$(uniq -d one)" ] &&
		[[ $(<one.err) != *' from 1 page' ]]
}

@test "kl-pull: members are the same by several requests as by one" {
	sandbox --generate days=30,members=2345
	alike members --list KKbLLU
	[ "$(wc -l <one)" -eq 2345 ]
	[[ $(<eight.err) = 'kl-pull: wrote 2345 from '*' pages' ]]
}

@test "kl-pull: members of a segment, profiles and events are, too" {
	sandbox --generate days=30,profiles=1700,segments=2,events=4000
	run -0 kl-pull segments -q
	local segment
	segment=$(jq -r .id <<<"$output" | head -1)
	alike members --segment "$segment"
	alike profiles
	alike events --page-size 100
	alike events --metric 'Placed Order' --page-size 50
}

@test "kl-pull: nine in ten of the last hour are, and all of one second" {
	sandbox --generate days=30,late=90,members=3000
	alike members --list KKbLLU
	stop_sandbox
	sandbox --generate members=3000
	alike members --list KKbLLU
	kl-pull members --list KKbLLU -v --in-flight 8 2>&1 >/dev/null |
		grep -q 'sort=-joined_group_at&page\[cursor\]'
}

@test "kl-pull: ranges keep to --since, --until and --where" {
	sandbox --generate days=30,profiles=1500,events=1500
	local since until
	since=$(date -ud '-20 days' +%FT00:00:00Z)
	until=$(date -ud '-5 days' +%FT00:00:00Z)
	alike events --since "$since" --until "$until" --page-size 50
	alike events --where "less-than(datetime,$until)" --page-size 50
	alike profiles --where "greater-than(created,$since)" --page-size 50
}

@test "kl-pull: a second that is read from both ends is read from where it begins" {
	# Klaviyo compares with "created" strictly.  Three people a millisecond
	# in one second, one a second before and after it.
	seq 4200 | awk '{
		ms = $1 * 1000
		if ($1 > 600) ms = 600000 + int(($1 - 601) / 3)
		if ($1 > 3600) ms = ($1 - 3000) * 1000
		id = sprintf("01M81RVNFJ00000000%08d", $1)
		printf "{\"type\":\"profile\",\"id\":\"%s\",\"attributes\":{\"email\":\"p%d@shop.example\"}}\n", id, $1
		printf "{\"type\":\"times\",\"id\":\"%s\",\"created\":%.0f,\"updated\":%.0f000}\n", id, 1795000000000 + ms, 1795000000000 + ms
	}' >state
	sandbox --state state
	alike profiles
	[ "$(wc -l <one)" -eq 4200 ]
}

@test "kl-pull: a page takes one request, and two pages take two" {
	sandbox --generate days=30,profiles=200
	run -0 kl-pull profiles -q --summary first # and the account
	run -0 kl-pull profiles -q --summary two
	run -0 kl-pull profiles -q --summary one \
		--where "greater-than(created,$(date -ud '-14 days' +%FT%TZ))"
	[ "$(jq .requests two)" -eq 2 ]
	[ "$(jq .requests one)" -eq 1 ]
}

@test "kl-pull: --fields asks for the time of ranges and does not write it" {
	sandbox --generate days=30,members=500,events=500
	run -0 --separate-stderr kl-pull members --list KKbLLU --fields email
	[ "$(jq -r 'keys | join(" ")' <<<"$output" | sort -u)" = 'email id' ]
	run -0 --separate-stderr kl-pull members --list KKbLLU \
		--fields joined_group_at
	[ "$(jq -r 'keys | join(" ")' <<<"$output" | sort -u)" = \
		'id joined_group_at' ]
	run -0 --separate-stderr kl-pull events --fields metric.name
	[ "$(jq -r 'keys | join(" ")' <<<"$output" | sort -u)" = \
		'id metric profile' ]
	alike members --list KKbLLU --fields email
}

@test "kl-pull: --ordered writes the oldest first" {
	sandbox --generate days=30,late=50,members=1000,events=1000
	kl-pull members --list KKbLLU -q --ordered |
		jq -r .joined_group_at >joined
	[ "$(wc -l <joined)" -eq 1000 ]
	sort -c joined
	kl-pull events -q --ordered --page-size 99 | jq -r .timestamp >joined
	[ "$(wc -l <joined)" -eq 1000 ]
	sort -nc joined
}

@test "kl-pull: one request in ten that fails leaves the same rows" {
	sandbox --generate days=30,members=2000
	kl-pull members --list KKbLLU --in-flight 1 -q | sort >one
	stop_sandbox
	sandbox --generate days=30,members=2000 \
		--fault status=503:get_profiles_for_list:p=0.04 \
		--fault reset-body:get_profiles_for_list:p=0.03 \
		--fault truncate:get_profiles_for_list:p=0.03
	run -0 --separate-stderr kl-pull members --list KKbLLU --in-flight 8
	sort <<<"$output" | jq -r .email >eight
	jq -r .email one | sort | cmp - <(sort eight)
}

@test "kl-pull: a range that cannot be read is no end" {
	sandbox --generate days=30,members=2000 \
		--fault status=400:get_profiles_for_list:at=13
	run -69 --separate-stderr kl-pull members --list KKbLLU -o members \
		--in-flight 8
	[ ! -e members ]
	[[ ${stderr_lines[-1]} = *', which is not all; no file was made' ]]
}

@test "kl-pull: who stays is read once while others join, leave and change" {
	sandbox --generate days=30,members=3000 --job-delay 0
	kl-pull members --list KKbLLU -q --in-flight 1 | sort >before
	# Every third of the first thousand leaves, and so many new ones join.
	(
		jq -c '{id}' before | awk 'NR % 3 == 0 && NR < 1000' |
			split -l 20 --filter='jq -sc "{data:map({type:\"profile\",id})}" |
			curl -gsS -X DELETE -H "revision: 2026-07-15" -d @- \
			-H "Authorization: Klaviyo-API-Key $KLAVIYO_API_KEY" \
			-H "Content-Type: application/vnd.api+json" \
			"$KL_BASE_URL/api/lists/KKbLLU/relationships/profiles"' -
	) &
	local leaving=$!
	seq 300 | jq -c '{email: "new\(.)@mail.example"}' |
		kl-push add -q --list KKbLLU --chunk-size 20 >/dev/null &
	local joining=$!
	kl-pull members --list KKbLLU -q --in-flight 4 --page-size 20 |
		sort >during
	wait "$leaving" "$joining"
	kl-pull members --list KKbLLU -q --in-flight 1 | sort >after
	comm -12 before after >stayed
	[ "$(wc -l <stayed)" -gt 2600 ]
	comm -13 during stayed >missing
	[ ! -s missing ]
	[ -z "$(jq -r .id during | sort | uniq -d)" ]
	[ "$(wc -l <after)" -ne "$(wc -l <before)" ]
}

@test "kl-pull: refuses --in-flight and --ordered where they mean nothing" {
	run -64 --separate-stderr kl-pull lists --in-flight 2
	[ "${stderr_lines[0]}" = 'kl-pull: lists takes no --in-flight' ]
	run -64 --separate-stderr kl-pull metrics --ordered
	[ "${stderr_lines[0]}" = 'kl-pull: metrics takes no --ordered' ]
	run -64 --separate-stderr kl-pull events --ordered --in-flight 2
	[ "${stderr_lines[0]}" = \
		'kl-pull: --ordered is one page after the other: no --in-flight' ]
	run -64 kl-pull events --in-flight 0
	run -64 kl-pull events --in-flight 65
}
