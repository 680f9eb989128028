#!/usr/bin/env bats

setup() {
	load helper
	load push
	cd "$BATS_TEST_TMPDIR" || return
}

teardown() {
	stop_sandbox
}

@test "kl-push upsert: brings people up to date, and into no list" {
	sandbox
	people 1 5 >in
	run -0 --separate-stderr kl-push upsert <in
	said 'kl-push: read 5 = 5 accepted; wrote 1'
	[ "$(jq -c '[.action, .list, .status]' <<<"$output")" = '["upsert",null,"complete"]' ]
	echo '{"email":"p3@shop.example","title":"new"}' >>in
	run -0 --separate-stderr kl-push upsert <in
	[ "$(writes p3@shop.example)" = 'profile.create 3
profile.update new' ]
	[ "$(members)" = '' ]
}

@test "kl-push upsert: has no use for a list" {
	run -64 --separate-stderr kl-push upsert --list KKbLLU
	[ "${stderr_lines[0]}" = 'kl-push: --list: upsert is about no list' ]
	# one that is for other runs too is let be
	echo '{"klaviyo":{"list_id":"KKbLLU"}}' >c.json
	people 1 1 >in
	KL_PUSH_LIST=KKbLLU run -0 --separate-stderr kl-push upsert -n -c c.json <in
	same '{"dry_run":1,"seq":1,"method":"POST","path":"/api/profile-bulk-import-jobs","from":1,"to":1,"records":1,"profiles":1,"bytes":152}'
}

@test "kl-push upsert: rejects, journal and resume are those of every verb" {
	sandbox
	people 1 20 >in
	sed -i '7s/.*/{"email":"no address"}/' in
	run -1 --separate-stderr kl-push upsert --journal j -r bad --chunk-size 5 <in
	said 'kl-push: 1 set aside in bad: 1 email_invalid
kl-push: read 20 = 19 accepted + 1 rejected; wrote 4'
	run -1 --separate-stderr kl-push upsert --journal j -r bad <in
	[[ ${stderr_lines[0]} = *'already done on '* ]]
}
