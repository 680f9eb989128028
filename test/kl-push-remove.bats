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
