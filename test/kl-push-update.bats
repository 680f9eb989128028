#!/usr/bin/env bats

setup() {
	load helper
	load push
	cd "$BATS_TEST_TMPDIR" || return
}

teardown() {
	stop_sandbox
}

@test "kl-push update: brings those up to date who are there, and creates nobody" {
	sandbox
	people 1 150 | kl-push upsert >/dev/null 2>&1
	people 101 250 | sed 's/"title":"[0-9]*"/"title":"new"/' >in
	run -1 --separate-stderr kl-push update -r bad <in
	said 'kl-push: 100 set aside in bad: 100 profile_unknown
kl-push: read 150 = 50 accepted + 100 rejected; wrote 1'
	[ "$(jq -c '[.action, .list, .from, .to, .status]' <<<"$output")" = '["update",null,1,150,"complete"]' ]
	[ "$(reasons bad | sed -n '1p;$p')" = '51 - profile_unknown
150 - profile_unknown' ]
	[ "$(jq -c ._kl_reject.hint bad | uniq)" = '"upsert creates those that are missing"' ]
	[ "$(grep -c profile.create "$LEDGER")" -eq 150 ]
	[ "$(grep -c profile.update "$LEDGER")" -eq 50 ]
	[ "$(writes p120@shop.example)" = 'profile.create 120
profile.update new' ]
	# the rejects can be fed to the verb that creates
	run -0 kl-push upsert <bad
}

@test "kl-push update: finds people by every identifier, whatever it is made of" {
	sandbox
	cat >in <<-'EOT'
		{"email":"o'hara+x@shop.example"}
		{"external_id":"a \"quoted\" \\ id\\","email":"q@shop.example"}
		{"external_id":"comma, [bracket]) & über"}
		{"phone_number":"+15005550006"}
	EOT
	kl-push upsert <in >/dev/null 2>&1
	cat >in <<-'EOT'
		{"email":"O'Hara+x@Shop.example","title":"1"}
		{"external_id":"a \"quoted\" \\ id\\","title":"2"}
		{"external_id":"comma, [bracket]) & über","title":"3"}
		{"phone_number":"+15005550006","title":"4"}
		{"email":"unknown@shop.example","phone_number":"+15005550006","title":"5"}
		{"external_id":"nobody"}
	EOT
	run -1 --separate-stderr kl-push update -r bad <in
	said 'kl-push: 1 record was merged with an earlier one of the same person
kl-push: 1 set aside in bad: 1 profile_unknown
kl-push: read 6 = 5 accepted + 1 rejected; wrote 1'
	[ "$(reasons bad)" = '6 - profile_unknown' ]
}

@test "kl-push update: an empty input, and one where nobody is there" {
	sandbox
	run -0 --separate-stderr kl-push update </dev/null
	people 1 3 >in
	run -65 --separate-stderr kl-push update <in
	[ ! -s "$LEDGER" ]
	[ "$(jq -c '[.counts.rejected, .status, .http, .attempts]' <<<"$output")" = '[3,"rejected",null,0]' ]
}

@test "kl-push update: finds out how many values a lookup may have" {
	sandbox --reading any-max=30
	people 1 450 | kl-push upsert -q >/dev/null
	people 1 450 >in
	run -0 --separate-stderr kl-push update -v --in-flight 1 --chunk-size 100 <in
	[[ $stderr = *'read 450 = 450 accepted; wrote 5' ]]
	[ "$(grep -c 'GET /api/profiles.* 400 ' <<<"$stderr")" -eq 3 ]
	[ "$(grep -c 'GET /api/profiles.* 200 ' <<<"$stderr")" -eq 18 ]
	stop_sandbox
	# what is refused whatever it holds ends the run
	sandbox --fault status=400:get_profiles
	run -69 --separate-stderr kl-push update <in
	[ ! -s "$LEDGER" ]
}
