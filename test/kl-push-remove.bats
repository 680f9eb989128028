#!/usr/bin/env bats

setup() {
	load helper
	load push
	cd "$BATS_TEST_TMPDIR" || return
	export KL_PUSH_LIST=KKbLLU
}

teardown() {
	stop_sandbox
}

@test "kl-push remove: takes members out; who is none is unchanged" {
	sandbox
	people 1 250 | kl-push add >/dev/null 2>&1
	people 201 300 >in
	run -0 --separate-stderr kl-push remove <in
	said 'kl-push: read 100 = 50 accepted + 50 unchanged; wrote 1'
	[ "$(jq -c '[.action, .list, .counts.accepted, .counts.unchanged, .status, .http]' <<<"$output")" = \
		'["remove","KKbLLU",50,50,"complete",204]' ]
	[ "$(left | sort -V | sed -n '1p;$p')" = 'p201@shop.example
p250@shop.example' ]
	[ "$(left | wc -l)" -eq 50 ]
	# once more: nothing is left to be done, and no request is made
	run -0 --separate-stderr kl-push remove <in
	said 'kl-push: read 100 = 0 accepted + 100 unchanged; wrote 1'
	[ "$(jq -c '[.attempts, .http, .status]' <<<"$output")" = '[0,null,"complete"]' ]
	# profiles stay
	[ "$(get '/api/profiles?filter=equals(email,"p201@shop.example")' | jq '.data | length')" -eq 1 ]
}

@test "kl-push remove: by every identifier, and by id if told so" {
	sandbox
	for i in 1 2 3 4 5; do
		echo "{\"email\":\"P$i@shop.example\",\"phone_number\":\"+1500555000$i\",\"external_id\":\"x$i\"}"
	done >in
	kl-push add <in >/dev/null 2>&1
	id=$(get '/api/profiles?filter=equals(email,"p5@shop.example")' |
		jq -r '.data[0].id')
	cat >out <<-EOT
		{"email":"p1@SHOP.example","colour":"red"}
		{"phone_number":"+15005550002"}
		{"external_id":"x3"}
		{"email":"nobody@shop.example","external_id":"x4"}
	EOT
	run -0 --separate-stderr kl-push remove <out
	said 'kl-push: read 4 = 4 accepted; wrote 1'
	echo "{\"id\":\"$id\"}" >out
	run -65 --separate-stderr kl-push remove <out
	run -0 --separate-stderr kl-push remove --match id <out
	said 'kl-push: read 1 = 1 accepted; wrote 1'
	[ "$(left | sort | tr '\n' ' ')" = 'P1@shop.example P2@shop.example P3@shop.example P4@shop.example P5@shop.example ' ]
}

@test "kl-push remove: a dry run counts the lookups" {
	people 1 250 >in
	run -0 --separate-stderr kl-push remove -n <in
	[ "$(jq -c '[.lookups, .method, .path, .profiles]' <<<"$output")" = \
		'[3,"DELETE","/api/lists/{id}/relationships/profiles",250]' ]
}

@test "kl-push remove: reads all members where that takes fewer requests" {
	sandbox
	seq 50 | sed 's/.*/{"email":"P&@shop.example","external_id":"x&","phone_number":"+150055500&"}/' |
		kl-push add -q >/dev/null
	{
		echo '{"external_id":"x3"}'
		echo '{"email":"p1@SHOP.example"}'
		echo '{"email":"nobody@shop.example","phone_number":"+15005552222","external_id":"x2"}'
		echo '{"phone_number":"+15005550044"}'
		people 1000 1200
		echo '{"external_id":"x1"}'
	} >in
	run -0 --separate-stderr kl-push remove -v --chunk-size 100 <in
	[[ $stderr = *'looking the members up: 5 requests by filters, 1 by a scan of the list; by a scan'* ]]
	[[ $stderr = *'read 206 = 4 accepted + 202 unchanged; wrote 3'* ]]
	[ "$(left | sort | tr '\n' ' ')" = 'P1@shop.example P2@shop.example P3@shop.example P44@shop.example ' ]
	[ "$(grep -c 'GET /api/lists/KKbLLU/profiles' <<<"$stderr")" -eq 1 ]
	[[ $stderr != *'/api/profiles'* ]]
}

@test "kl-push remove: of a pipe, asks until that has taken as much as a scan" {
	sandbox
	people 1 150 | kl-push add -q >/dev/null
	people 1 100 >in
	run -0 --separate-stderr kl-push remove -v --chunk-size 10 < <(cat in)
	[[ $stderr = *'2 requests looked members up: from here on a scan of the list is the shorter way, 2 requests'* ]]
	[[ $stderr = *'read 100 = 100 accepted; wrote 10'* ]]
	[ "$(left | wc -l)" -eq 100 ]
	[ "$(grep -c 'GET /api/lists/KKbLLU/profiles' <<<"$stderr")" -eq 4 ]
}

@test "kl-push remove: a scan that fails ends the run, and nobody is removed" {
	sandbox --fault status=403:get_profiles_for_list:at=2
	people 1 250 | kl-push add -q >/dev/null
	people 1 1000 >in
	run -77 --separate-stderr kl-push remove <in
	[[ $stderr = *'read 1000 = 0 accepted + 1000 failed; wrote 1'* ]]
	[ "$(left)" = '' ]
}

# killed N FAULT...: 300 of 350 members are removed, 100 at a time; what is
# under way when the ledger has N lines more is killed hard.
killed() {
	local n=$1 pid
	shift
	sandbox "${@/#/--fault=}"
	people 1 350 | kl-push add -q >/dev/null
	people 1 300 >in
	kl-push remove --journal j --chunk-size 100 --in-flight 1 <in >out \
		2>err 3>&- &
	pid=$!
	await_effects $((700 + n))
	sleep 0.05
	kill -KILL $pid
	wait $pid || true
	[ "$(left | wc -l)" -eq "$n" ]
}

@test "kl-push remove: killed amid a lookup, goes on where it was" {
	killed 100 stall:get_profiles_for_list:at=2:ms=60000
	run -0 --separate-stderr kl-push remove --journal j <in
	echo "$stderr"; 	[[ $stderr = *'batches 1 is settled'*'read 300 = 300 accepted; wrote 3' ]]
	[ "$(left | wc -l)" -eq 300 ]
	[ "$(counts <(echo "$output") resumed)" = '1 1 100 100 0 0 0 true
2 101 200 100 0 0 0 false
3 201 300 100 0 0 0 false' ]
}

@test "kl-push remove: killed after the removal, knows that it was its own" {
	killed 200 lost-reply:remove_profiles_from_list:at={2,3,4,5,6}
	run -0 --separate-stderr kl-push remove --journal j <in
	echo "$stderr"; 	[[ $stderr = *'batches 1 is settled'*'read 300 = 300 accepted; wrote 3' ]]
	[ "$(left | sort | uniq -d)" = '' ]
	[ "$(left | wc -l)" -eq 300 ]
}

@test "kl-push remove: empty input, malformed line in the middle, full disk" {
	sandbox
	people 1 3 | kl-push add -q >/dev/null
	run -0 --separate-stderr kl-push remove </dev/null
	said 'kl-push: nothing to send: the input was empty
kl-push: read 0 = 0 accepted; wrote 0'
	{
		people 1 1
		echo '{"title":"nobody"}'
		echo '{"email":'
		people 3 3 | tr -d '\n'
	} >in
	run -1 --separate-stderr kl-push remove -r bad <in
	[ "$(reasons bad)" = '2 - identifier_missing
3 - json_syntax' ]
	[ "$(left | wc -l)" -eq 2 ]
	[ -w /dev/full ] || skip "no /dev/full"
	run -74 bash -c 'kl-push remove <in -r bad >/dev/full'
}
