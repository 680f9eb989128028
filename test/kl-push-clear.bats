#!/usr/bin/env bats

setup() {
	load helper
	load push
	cd "$BATS_TEST_TMPDIR" || return
}

teardown() {
	stop_sandbox
}

# four: as many people, with everything.
four() {
	for i in a b c d; do
		echo "{\"email\":\"$i@shop.example\",\"title\":\"T\",\"organization\":\"O\",\"location\":{\"city\":\"C\",\"zip\":\"1\"},\"properties\":{\"P\":1,\"Q\":[1]}}"
	done | kl-push upsert >/dev/null 2>&1
}

# look: what they have now.
look() {
	local i
	for i in a b c d; do
		get "/api/profiles?filter=equals(email,\"$i@shop.example\")" |
			jq -c '.data[0].attributes | [.email, .title,
				.organization, .location.city, .location.zip,
				.properties]'
	done
}

@test "kl-push --null: ignores by default, and nothing is cleared" {
	sandbox
	four
	look >before
	echo '{"email":"a@shop.example","title":null,"location":{"city":null},"properties":{"P":null}}' >in
	run -0 --separate-stderr kl-push upsert <in
	said 'kl-push: 3 null members were left out: null clears nothing
kl-push: read 1 = 1 accepted; wrote 1'
	look | diff before -
	[ "$(kl-push upsert <in -q | jq -c .counts.accepted)" -eq 1 ]
}

@test "kl-push --null clear: clears what is null, in list or not, and no more" {
	sandbox
	four
	cat >in <<-'EOT'
		{"email":"a@shop.example","title":null,"location":{"city":null},"properties":{"P":null}}
		{"email":"b@shop.example","properties":{"P":null},"meta":{"patch_properties":{"append":{"Q":2},"unset":"R"}}}
		{"email":"c@shop.example","location":null,"meta":{"patch_properties":{"append":{"Q":2}}},"title":null}
		{"email":"d@shop.example","organization":"new"}
	EOT
	run -0 --separate-stderr kl-push add --list KKbLLU --null clear <in
	said 'kl-push: 2 of 4 records have a field cleared and are sent one by one, which takes less than a second
kl-push: asked to clear 15 fields and properties
kl-push: read 4 = 4 accepted; wrote 1'
	[ "$(look)" = '["a@shop.example",null,"O",null,"1",{"Q":[1]}]
["b@shop.example","T","O","C","1",{"Q":[1,2]}]
["c@shop.example",null,"O",null,null,{"P":1,"Q":[1,2]}]
["d@shop.example","T","new","C","1",{"P":1,"Q":[1]}]' ]
	[ "$(members | sort | tr -d '\n')" = 'a@shop.exampleb@shop.examplec@shop.exampled@shop.example' ]
	# a pipe says so as it goes
	run -0 --separate-stderr kl-push add --list KKbLLU --null clear < <(head -1 in)
	[ "${stderr_lines[0]}" = 'kl-push: some records need a request of their own: of these there are 750 a minute at most' ]
}

@test "kl-push --null: reject sets the record aside, and so does properties" {
	cat >in <<-'EOT'
		{"email":"a@shop.example","title":null,"id":null}
		{"email":"b@shop.example","id":null,"meta":null,"created":null}
		{"email":"c@shop.example","location":{"zip":null}}
		{"email":"d@shop.example","properties":{"a b":null,"c":{"d":null}}}
		{"email":"e@shop.example","properties":{"c":{"d":null}}}
	EOT
	run -1 kl-push upsert -n --null reject -r bad <in
	[ "$(reasons bad)" = '1 title null_refused
3 location.zip null_refused
4 properties.a b null_refused' ]
	echo '{"email":"a@shop.example","properties":null}' >in
	run -65 kl-push upsert -n --null clear <in
	[[ $output = *'line 1: properties: the member is null; name the properties that are to be cleared'* ]]
	run -0 kl-push upsert -n <in
}

@test "kl-push --clear: clears a field where a record has no value for it" {
	sandbox
	four
	cat >in <<-'EOT'
		{"email":"a@shop.example"}
		{"email":"b@shop.example","title":null,"location":{"city":"new"},"properties":{"Q":"new"}}
		{"email":"c@shop.example","title":"new","location":{"zip":"2"},"properties":{"P":2}}
		{"email":"d@shop.example","title":"new","location":{"zip":"2","city":null},"properties":{"Q":null}}
	EOT
	run -0 --separate-stderr kl-push upsert --clear title --clear location.zip --clear properties.Q <in
	[ "${stderr_lines[0]}" = 'kl-push: 2 of 4 records have a field cleared and are sent one by one, which takes less than a second' ]
	[ "$(look)" = '["a@shop.example",null,"O","C",null,{"P":1}]
["b@shop.example",null,"O","new",null,{"P":1,"Q":"new"}]
["c@shop.example","new","O","C","2",{"P":2}]
["d@shop.example","new","O","C","2",{"P":1}]' ]
}

@test "kl-push --clear: names what can be cleared, and verbs that clear" {
	run -64 --separate-stderr kl-push upsert --clear titel
	[ "${stderr_lines[0]}" = 'kl-push: --clear: titel is not a field that can be cleared; is it title? custom properties are properties.NAME' ]
	for f in location properties properties. meta id created location.town _kx; do
		run -64 kl-push upsert --clear "$f"
	done
	run -64 --separate-stderr kl-push remove --list KKbLLU --null clear
	[ "${stderr_lines[0]}" = 'kl-push: --null goes with add, upsert, update, not with remove' ]
	run -64 kl-push upsert --null maybe
}

@test "kl-push --clear: a dry run counts what goes alone, at the rate it may" {
	people 1 300 >in
	run -0 --separate-stderr kl-push add --list KKbLLU -n --clear organization <in
	[ "$(jq -r .path <<<"$output" | sort | uniq -c | sed 's/^ *//')" = '3 /api/lists/{id}/relationships/profiles
300 /api/profile-import' ]
	[ "$(jq -r .seq <<<"$output" | uniq -c | awk '{ print $1 }' | tr '\n' ' ')" = '101 101 101 ' ]
	[[ $stderr = *'303 requests, '*', 300 with a request of their own; within the rate limits that takes at least 4 s'* ]]
	run -0 --separate-stderr kl-push upsert -n --clear organization --max-rate 10% <in
	[[ $stderr = *'that takes at least 181 s'* ]]
}

@test "kl-push --clear: the two ways of one person keep the order of the input" {
	sandbox --latency 5
	for i in $(seq 12); do
		echo "{\"email\":\"a@shop.example\",\"title\":\"$i\"}"
		echo '{"email":"A@shop.example","title":null}'
		echo "{\"email\":\"b@shop.example\",\"title\":\"$i\"}"
	done >in
	run -0 kl-push add --list KKbLLU --null clear --in-flight 8 <in
	[ "$(jq -r 'select(.effect | startswith("profile.")) | select(.email | ascii_downcase == "a@shop.example") |
		.attributes.title' "$LEDGER" | tr '\n' ' ')" = \
		"$(seq 12 | sed 's/$/ null/' | tr '\n' ' ')" ]
}

@test "kl-push: what is appended is appended once, whatever gets lost" {
	sandbox --fault lost-reply:bulk_import_profiles:at=2
	echo '{"email":"a@shop.example","properties":{"Q":[1]}}' | kl-push upsert -q
	echo '{"email":"a@shop.example","meta":{"patch_properties":{"append":{"Q":2}}}}' >in
	run -75 --separate-stderr kl-push upsert --journal j <in
	[ "$(jq -c '[.counts.unknown, .status]' <<<"$output")" = '[1,"unknown"]' ]
	# not without being asked
	run -69 --separate-stderr kl-push upsert --journal j <in
	[[ ${stderr_lines[0]} = 'kl-push: going on with the run that began '* ]]
	said "${stderr_lines[0]}"'
kl-push: of 1 record it is not known whether the service took it; sent again, what it appends may be there twice
kl-push: look at a profile of each receipt that is unknown: if it is there, those records are done; if not, --resend-unknown sends what is unknown again
kl-push: read 1 = 0 accepted + 1 unknown; wrote 1'
	sleep 0.1
	[ "$(get '/api/profiles' | jq -c '.data[0].attributes.properties')" = '{"Q":[1,2]}' ]
}

@test "kl-push --resend-unknown: appends what did not arrive, once" {
	sandbox --fault=reset-before:bulk_import_profiles:at=2
	cd "$BATS_TEST_TMPDIR" || return
	echo '{"email":"a@shop.example","properties":{"Q":[1]}}' | kl-push upsert -q
	echo '{"email":"a@shop.example","meta":{"patch_properties":{"append":{"Q":2}}}}' >in
	run -75 --separate-stderr kl-push upsert --journal j --resend-unknown <in
	# what to go on with is said without it
	[ "${stderr_lines[1]}" = "kl-push: to go on: kl-push upsert --journal j < $PWD/in" ]
	run -69 --separate-stderr kl-push upsert --journal j <in
	run -0 --separate-stderr kl-push upsert --journal j --resend-unknown <in
	[ "$(counts <(echo "$output") | cut -d' ' -f1,4,7)" = '1 1 0' ]
	run -0 --separate-stderr kl-push upsert --journal j --resend-unknown <in
	[[ $stderr = *'already done on'* ]]
	[ "$(get '/api/profiles' | jq -c '.data[0].attributes.properties')" = '{"Q":[1,2]}' ]
}

@test "kl-push --resend-unknown: only where it means anything" {
	export KLAVIYO_API_KEY=pk_x KL_BASE_URL=http://127.0.0.1:9
	run -64 --separate-stderr kl-push upsert --resend-unknown </dev/null
	[ "${stderr_lines[0]}" = 'kl-push: --resend-unknown is about the run in a --journal' ]
	run -64 --separate-stderr kl-push remove --list KKbLLU --journal "$BATS_TEST_TMPDIR/j" --resend-unknown </dev/null
	[ "${stderr_lines[0]}" = 'kl-push: --resend-unknown: what remove sends may be sent twice, and is' ]
}

@test "kl-push --null clear: killed between profile and list, goes on with both" {
	sandbox --fault=reset-before:add_profiles_to_list:at={1,2,3,4,5,6}
	four
	cat >in <<-'EOT'
		{"email":"a@shop.example","title":null}
		{"email":"b@shop.example","title":"new"}
		{"email":"c@shop.example","title":null}
	EOT
	kl-push add --list KKbLLU --null clear --journal j <in >out 2>err 3>&- &
	pid=$!
	await_effects 8 # four people, three of them changed, one in the list
	sleep 0.1
	kill -KILL $pid
	wait $pid || true
	[ "$(members)" = b@shop.example ]
	run -0 --separate-stderr kl-push add --list KKbLLU --null clear --journal j <in
	[ "$(counts <(echo "$output") resumed)" = '1 1 3 3 0 0 0 false' ]
	[ "$(members | sort | tr '\n' ' ')" = 'a@shop.example b@shop.example c@shop.example ' ]
	[ "$(look | head -3)" = '["a@shop.example",null,"O","C","1",{"P":1,"Q":[1]}]
["b@shop.example","new","O","C","1",{"P":1,"Q":[1]}]
["c@shop.example",null,"O","C","1",{"P":1,"Q":[1]}]' ]
}

@test "kl-push --null clear: who is imported and cannot be added is told so" {
	sandbox --fault status=404:add_profiles_to_list
	four
	echo '{"email":"a@shop.example","title":null}' >in
	run -1 --separate-stderr kl-push add --list KKbLLU --null clear -r bad <in
	[ "$(reasons bad)" = '1 - profile_gone' ]
	[ "$(jq -c '[.counts.accepted, .counts.rejected, .http]' <<<"$output")" = '[0,1,404]' ]
	[ "$(look | head -1)" = '["a@shop.example",null,"O","C","1",{"P":1,"Q":[1]}]' ]
}
