#!/usr/bin/env bats

setup() {
	load helper
	load push
	cd "$BATS_TEST_TMPDIR" || return
}

teardown() {
	stop_sandbox
}

# mirror [OPTION]...: of the list, quietly but for what matters here.
mirror() {
	kl-push mirror --list KKbLLU "$@"
}

# on_list: who is a member, by the service: addresses, or phone numbers, or
# external ids.
on_list() {
	get '/api/lists/KKbLLU/profiles?page[size]=100' | jq -r '.data[].attributes |
		.email // .phone_number // .external_id' | sort
}

# addresses FROM TO: those of people().
addresses() {
	seq "$1" "$2" | sed 's/.*/p&@shop.example/' | sort
}

# since N: effects in the ledger after its first N lines, each with whom it is
# about.
since() {
	tail -n "+$(($1 + 1))" "$LEDGER" |
		jq -r '"\(.effect) \(.email // .phone_number // .external_id)"'
}

# effects: lines of the ledger.
effects() {
	wc -l <"$LEDGER"
}

# id_of EMAIL: of the profile.
id_of() {
	jq -r --arg e "$1" 'select(.email == $e).profile' "$LEDGER" | head -1
}

# change METHOD PATH BODY: by somebody else.
change() {
	curl -gs -X "$1" -H "Authorization: Klaviyo-API-Key pk_sandbox" \
		-H 'revision: 2026-07-15' -d "$3" \
		-H 'Content-Type: application/vnd.api+json' "$KL_BASE_URL$2"
}

# start N [OPTION]...: the list has people 1 to N.
start() {
	local n=$1
	shift
	sandbox "$@"
	people 1 "$n" >first
	kl-push add -q --list KKbLLU <first >/dev/null
	n=$(effects)
	BEFORE=$n
}

@test "kl-push: the example of its manual for a mirror" {
	start 20
	people 3 22 | sed 's/"title":"5"/"title":"five"/' >people.ndjson
	run -0 --separate-stderr mirror --dry-run <people.ndjson
	same '{"dry_run":1,"action":"mirror","list":"KKbLLU","records":20,"members":20,"add":2,"change":1,"remove":2,"protect":0,"requests":4}'
	said 'kl-push: of 20 members 2 are to be removed; of 20 records 2 are new, and 1 changes a member
kl-push: read 20 = 3 accepted + 17 unchanged; wrote 1'
	[ "$(effects)" -eq "$BEFORE" ]
}

@test "kl-push mirror: touches those who differ, and nobody else" {
	start 20
	people 3 22 | sed 's/"title":"5"/"title":"five"/' >in
	run -0 --separate-stderr mirror <in
	said 'kl-push: read 20 = 3 accepted + 17 unchanged; wrote 2; removed 2'
	[ "$(since "$BEFORE")" = 'profile.update p5@shop.example
profile.create p21@shop.example
list.add p21@shop.example
profile.create p22@shop.example
list.add p22@shop.example
list.remove p1@shop.example
list.remove p2@shop.example' ]
	diff <(on_list) <(addresses 3 22)
	printf '%s\n' "$output" >out
	[ "$(jq -c '[.seq,.action,.list,.from,.to,.counts.accepted,.members,
		.status,.http]' out)" = '[1,"add","KKbLLU",3,20,3,null,"complete",202]
[2,"remove","KKbLLU",0,0,0,2,"complete",204]' ]
}

@test "kl-push mirror: does nothing to a list that equals the input" {
	start 20
	run -0 --separate-stderr mirror <first
	same ''
	said 'kl-push: read 20 = 0 accepted + 20 unchanged; wrote 0'
	[ "$(effects)" -eq "$BEFORE" ]
}

@test "kl-push mirror: knows a member by any identifier" {
	sandbox
	kl-push add -q --list KKbLLU >/dev/null <<-'EOF'
		{"email":"ann@shop.example"}
		{"email":"bo@shop.example","phone_number":"+4520123456"}
		{"email":"cy@shop.example","external_id":"c-1"}
		{"external_id":"d-1"}
		{"email":"eve@shop.example"}
	EOF
	BEFORE=$(effects)
	cat >in <<-'EOF'
		{"email":"ANN@Shop.example"}
		{"phone_number":"+4520123456"}
		{"external_id":"c-1"}
		{"external_id":"d-1"}
	EOF
	run -0 --separate-stderr mirror --max-remove 1 --membership-only <in
	[ "$(since "$BEFORE")" = 'list.remove eve@shop.example' ]
}

@test "kl-push mirror: sees what a record would change, and what it would not" {
	sandbox
	kl-push add -q --list KKbLLU >/dev/null <<-'EOF'
		{"email":"a@shop.example","first_name":"A","location":{"city":"Aarhus","latitude":"56.15"},"properties":{"n":1.0,"l":[1,{"x":1,"y":2}],"gone":"x"}}
		{"email":"b@shop.example","title":"x","properties":{"n":1}}
		{"email":"c@shop.example","properties":{"n":1}}
		{"email":"d@shop.example","title":"x"}
		{"email":"e@shop.example","location":{"city":"Aarhus"}}
	EOF
	BEFORE=$(effects)
	cat >in <<-'EOF'
		{"email":"A@shop.example","first_name":"\u0041","last_name":null,"title":"","location":{"latitude":56.150,"city":"Aarhus","zip":null},"properties":{"l":[1,{"y":2,"x":1}],"n":1}}
		{"email":"b@shop.example","properties":{"n":2}}
		{"email":"c@shop.example","properties":{"n":1,"m":"new"}}
		{"email":"d@shop.example","title":"x","meta":{"patch_properties":{"unset":"n"}}}
		{"email":"e@shop.example","location":{"city":"Odense"}}
	EOF
	run -0 --separate-stderr mirror <in
	said 'kl-push: read 5 = 4 accepted + 1 unchanged; wrote 1'
	[ "$(since "$BEFORE" | sort)" = 'profile.update b@shop.example
profile.update c@shop.example
profile.update d@shop.example
profile.update e@shop.example' ]
}

@test "kl-push mirror: sends all records of one person if it sends one" {
	sandbox
	kl-push add -q --list KKbLLU >/dev/null <<-'EOF'
		{"email":"ann@shop.example","title":"2","properties":{"a":1}}
		{"email":"bo@shop.example","title":"1"}
	EOF
	BEFORE=$(effects)
	cat >in <<-'EOF'
		{"email":"ann@shop.example","title":"1"}
		{"email":"bo@shop.example","title":"1"}
		{"email":"Ann@shop.example","title":"2"}
	EOF
	run -0 --separate-stderr mirror <in
	[ "$(since "$BEFORE")" = 'profile.update Ann@shop.example' ]
	[ "$(writes ann@shop.example | tail -1)" = 'profile.update 2' ]
}

@test "kl-push mirror: --membership-only sends nothing of a member" {
	start 5
	people 2 6 | sed 's/"title":"5"/"title":"five"/' >in
	run -0 --separate-stderr mirror --membership-only --max-remove 1 <in
	said 'kl-push: read 5 = 1 accepted + 4 unchanged; wrote 2; removed 1'
	[ "$(since "$BEFORE")" = 'profile.create p6@shop.example
list.add p6@shop.example
list.remove p1@shop.example' ]
}

@test "kl-push mirror: takes two steps, with a plan that names no address" {
	start 20
	people 3 22 >in
	run -0 --separate-stderr bash -c 'set -o pipefail
		cat in | kl-push mirror --list KKbLLU --plan p &&
		kl-push mirror --apply p </dev/null'
	said 'kl-push: of 20 members 2 are to be removed; of 20 records 2 are new, and 0 change a member
kl-push: nothing is done yet: kl-push mirror --apply p, within 24 hours
kl-push: read 20 = 2 accepted + 18 unchanged; wrote 1
kl-push: read 2 = 2 accepted; wrote 2; removed 2'
	diff <(on_list) <(addresses 3 22)
	[ "$(stat -c %a p p.undo | sort -u)" = 600 ]
	run ! grep -q 'shop.example\|p22@' p p.undo
	[ "$(jq -c '[.kind // empty, .account, .list] | select(length == 3)' p)" = '["mirror","SNDBX1","KKbLLU"]' ]
	[ "$(jq -r '.remove // empty' p | sort)" = \
		"$(for i in 1 2; do id_of "p$i@shop.example"; done | sort)" ]
}

@test "kl-push mirror --apply: can be given again, and does nothing twice" {
	start 20
	people 3 22 >in
	mirror -q --plan p <in >/dev/null
	kl-push mirror -q --apply p >/dev/null
	cp p.undo first.undo
	BEFORE=$(effects)
	run -0 --separate-stderr kl-push mirror --apply p
	said 'kl-push: 2 had left already
kl-push: read 2 = 2 accepted; wrote 1'
	run -0 since "$BEFORE"
	run ! grep -q list <<<"$output"
	diff <(jq -r '.add // empty' p.undo) <(jq -r '.add // empty' first.undo)
}

@test "kl-push mirror --apply: goes on where its journal ends" {
	start 20
	people 3 22 >in
	mirror -q --plan p <in >/dev/null
	kl-push mirror -q --apply p --journal j >/dev/null
	BEFORE=$(effects)
	run -0 --separate-stderr kl-push mirror --apply p --journal j
	[ "$(effects)" -eq "$BEFORE" ]
	[ "$(jq -c '[.action,.resumed]' <<<"$output")" = '["add",true]' ]
}

@test "kl-push mirror --apply: refuses a plan that was altered by one byte" {
	start 20
	people 3 22 >in
	mirror -q --plan p <in >/dev/null
	BEFORE=$(effects)
	n=$(stat -c %s p)
	for at in 40 200 $((n / 2)) $((n - 60)) $((n - 10)); do
		cp p q
		c=$(dd if=q bs=1 skip="$at" count=1 status=none)
		[ "$c" = 7 ] && c=6 || c=7
		printf %s "$c" | dd of=q bs=1 seek="$at" conv=notrunc status=none
		run -65 --separate-stderr kl-push mirror --apply q
		[[ $stderr = *'the plan was altered, or made with another secret; '* ]] ||
			[[ $stderr = *': not a plan; '* ]] ||
			[[ $stderr = *'not whole'* ]]
	done
	head -n -1 p >q
	run -65 --separate-stderr kl-push mirror --apply q
	said 'kl-push: q: the plan is not whole: it has no seal; it is applied as it was made, by whoever made it; make a new one'
	cat p p >q
	run -65 kl-push mirror --apply q
	sed 2d p >q
	run -65 kl-push mirror --apply q
	head -c 32 /dev/zero >other.key
	chmod 600 other.key
	run -65 kl-push mirror --apply p --hash-key other.key
	run -65 --separate-stderr kl-push mirror --apply in
	said 'kl-push: in: not a plan; it is applied as it was made, by whoever made it; make a new one'
	run -66 kl-push mirror --apply missing
	[ "$(effects)" -eq "$BEFORE" ]
}

@test "kl-push mirror --apply: refuses another list" {
	start 20 --list Other1=Other
	people 3 22 >in
	mirror -q --plan p <in >/dev/null
	BEFORE=$(effects)
	run -65 --separate-stderr kl-push mirror --apply p --list Other1
	said 'kl-push: the plan is for list KKbLLU, not Other1; leave the list out: the plan names it
kl-push: read 0 = 0 accepted; wrote 0'
	run -65 kl-push mirror --apply p --list-name Other
	run -0 kl-push mirror -q --apply p --list-name News --dry-run
	[ "$(effects)" -eq "$BEFORE" ]
}

@test "kl-push mirror --apply: refuses a plan that is older than a day" {
	cc -shared -fPIC -O1 -o fast.so \
		"$BATS_TEST_DIRNAME/fault/fasttime.c" -ldl || skip "no compiler"
	LD_PRELOAD=$PWD/fast.so kl-push --version >/dev/null ||
		skip "not with a sanitizer"
	start 20
	people 3 22 >in
	mirror -q --plan p <in >/dev/null
	BEFORE=$(effects)
	run -65 --separate-stderr env LD_PRELOAD="$PWD/fast.so" \
		FASTTIME_AHEAD=86500 kl-push mirror --apply p
	[[ $stderr = 'kl-push: the plan was made at '*', and is good for 24 hours; make a new one: the list has moved on'* ]]
	run -65 --separate-stderr env LD_PRELOAD="$PWD/fast.so" \
		FASTTIME_AHEAD=-3600 kl-push mirror --apply p
	[ "$(effects)" -eq "$BEFORE" ]
	run -0 env LD_PRELOAD="$PWD/fast.so" FASTTIME_AHEAD=86000 \
		kl-push mirror -q --apply p
}

@test "kl-push mirror --apply: leaves those alone who are not as they were" {
	start 60
	people 7 60 >in
	mirror -q --plan p <in >/dev/null
	ids() {
		printf '{"data":[{"type":"profile","id":"%s"}]}' "$(id_of "$1")"
	}
	lists=/api/lists/KKbLLU/relationships/profiles
	change DELETE $lists "$(ids p1@shop.example)"
	change DELETE $lists "$(ids p2@shop.example)"
	sleep 1.1 # the service tells the second of it
	change POST $lists "$(ids p2@shop.example)"
	id=$(id_of p3@shop.example)
	change PATCH "/api/profiles/$id" '{"data":{"type":"profile","id":"'"$id"'","attributes":{"email":"p7b@shop.example"}}}' >/dev/null
	change POST /api/data-privacy-deletion-jobs '{"data":{"type":"data-privacy-deletion-job","attributes":{"profile":{"data":{"type":"profile","attributes":{"email":"p4@shop.example"}}}}}}'
	await_gone p4@shop.example
	BEFORE=$(effects)
	run -0 --separate-stderr kl-push mirror --apply p
	said 'kl-push: 1 had left already
kl-push: 1 joined again since: not removed
kl-push: 1 has other identifiers since: not removed
kl-push: 1 has no profile any more
kl-push: read 0 = 0 accepted; wrote 1; removed 2'
	[ "$(since "$BEFORE")" = 'list.remove p5@shop.example
list.remove p6@shop.example' ]
	[ "$(jq -r '.add // empty' p.undo | sort)" = \
		"$(for i in 5 6; do id_of "p$i@shop.example"; done | sort)" ]
}

# await_gone EMAIL: until there is no such profile.
await_gone() {
	for _ in $(seq 100); do
		get "/api/profiles?filter=equals(email,%22$1%22)" |
			grep -q '"data":\[\]' && return
		sleep 0.02
	done
	return 1
}

@test "kl-push mirror: finds again those who have neither address nor number" {
	sandbox
	seq 30 | sed 's/.*/{"external_id":"x-&"}/' >all
	kl-push add -q --list KKbLLU <all >/dev/null
	sed -n 3,30p all >in
	run -0 --separate-stderr mirror <in
	said 'kl-push: read 28 = 0 accepted + 28 unchanged; wrote 1; removed 2'
	[ "$(left | wc -l)" -eq 2 ]
	[ "$(on_list | wc -l)" -eq 28 ]
}

@test "kl-push mirror --apply: killed at any moment, can be given again" {
	sandbox --latency 10
	people 1 3000 >first
	kl-push add -q --list KKbLLU <first >/dev/null
	people 1501 4500 >in
	mirror -q --max-remove 50% --plan p <in >/dev/null
	BEFORE=$(effects)
	for t in 0.05 0.1 0.2 0.3 0.4 0.5 0.6 0.7; do
		timeout -s KILL "$t" kl-push mirror -q --apply p >/dev/null || true
	done
	run -0 kl-push mirror -q --apply p
	diff <(get_all) <(addresses 1501 4500)
	[ "$(jq -r '.add // empty' p.undo | sort -u | wc -l)" -eq 1500 ]
	[ "$(jq -r '.remove // empty' p.undo | sort -u | wc -l)" -eq 1500 ]
	# Nobody of those who stay was touched.
	run ! grep -qE ' p(1[6-9]|2[0-9])[0-9]{2}@' < <(since "$BEFORE")
	kl-push mirror -q --apply p.undo >/dev/null
	diff <(get_all) <(addresses 1 3000)
}

@test "kl-push mirror --apply: keeps in its undo whom an earlier try removed" {
	sandbox --fault status=403:remove_profiles_from_list:at=2
	people 1 1500 >first
	kl-push add -q --list KKbLLU <first >/dev/null
	head -n 1 first >in
	mirror -q --max-remove 100% --plan p <in >/dev/null
	run -77 --separate-stderr kl-push mirror --apply p
	[[ $stderr = *'; wrote 1; removed 1000' ]]
	run -0 --separate-stderr kl-push mirror --apply p
	said 'kl-push: 1000 had left already
kl-push: read 0 = 0 accepted; wrote 1; removed 499'
	[ "$(jq -r '.add // empty' p.undo | sort -u | wc -l)" -eq 1499 ]
	[ "$(jq -r '.add // empty' p.undo | wc -l)" -eq 1499 ]
	kl-push mirror -q --apply p.undo >/dev/null
	diff <(get_all) <(addresses 1 1500)
}

# get_all: addresses of all members.
get_all() {
	kl-pull -q members --list KKbLLU --fields email | jq -r .email | sort
}

@test "kl-push mirror --apply: takes a mirror back, members only" {
	start 20
	people 3 22 | sed 's/"title":"5"/"title":"five"/' >in
	mirror -q --undo u <in >/dev/null
	diff <(on_list) <(addresses 3 22)
	BEFORE=$(effects)
	run -0 --separate-stderr kl-push mirror --apply u
	said 'kl-push: 2 were put back
kl-push: read 0 = 0 accepted; wrote 2; removed 2'
	diff <(on_list) <(addresses 1 20)
	[ "$(since "$BEFORE" | sort)" = 'list.add p1@shop.example
list.add p2@shop.example
list.remove p21@shop.example
list.remove p22@shop.example' ]
	[ "$(jq -c '[.seq,.action,.members]' <<<"$output")" = '[1,"remove",2]
[2,"add",2]' ]
	run -64 --separate-stderr kl-push mirror --apply u --undo v
	[[ $stderr = 'kl-push: --undo: u takes back already'* ]]
}

@test "kl-push mirror: --undo takes no file that is there" {
	start 20
	people 3 22 >in
	echo >u
	BEFORE=$(effects)
	run -73 --separate-stderr mirror --undo u <in
	said 'kl-push: u is there already, and takes something else back; move it away, or name another with --undo
kl-push: read 0 = 0 accepted; wrote 0'
	mirror -q --plan p <in >/dev/null
	run -73 kl-push mirror --apply p --undo u
	run -73 kl-push mirror --apply p --undo missing/u
	[ "$(effects)" -eq "$BEFORE" ]
}

@test "kl-push mirror: needs an input that is known to be complete" {
	start 20
	BEFORE=$(effects)
	people 3 22 >in
	run -64 --separate-stderr bash -c 'cat in | kl-push mirror --list KKbLLU'
	[ "${stderr%%$'\n'*}" = 'kl-push: mirror needs to know that the input is complete: read it from a file, give --expect N, or take two steps with --plan and --apply' ]
	run -65 --separate-stderr bash -c 'head -n 18 in |
		kl-push mirror --list KKbLLU --expect 20'
	said 'kl-push: 18 records were read, --expect says 20: nobody is added or removed; see whether the input is complete
kl-push: 18 records were read and not looked at any further, which counts as failed
kl-push: read 18 = 0 accepted + 18 failed; wrote 0'
	[ "$(effects)" -eq "$BEFORE" ]
	run -0 bash -c 'cat in | kl-push mirror -q --list KKbLLU --expect 20'
	diff <(on_list) <(addresses 3 22)
}

@test "kl-push mirror: removes no more than it may" {
	start 20
	BEFORE=$(effects)
	people 4 20 >in
	run -65 --separate-stderr mirror <in
	said 'kl-push: 3 of 20 members are not in the input, --max-remove 10% allows 2: nobody is added or removed; see whether the input is complete; --max-remove 3 if it is
kl-push: 17 records were read and not looked at any further, which counts as failed
kl-push: read 17 = 0 accepted + 17 failed; wrote 0'
	run -65 mirror --max-remove 2 <in
	run -65 mirror --plan p <in
	[ ! -e p ]
	run -64 --separate-stderr mirror --max-remove 1.5% <in
	[ "${stderr%%$'\n'*}" = 'kl-push: --max-remove: give a number, or a whole percentage from 0% to 100%' ]
	[ "$(effects)" -eq "$BEFORE" ]
	run -0 --separate-stderr mirror --max-remove 15% <in
	said 'kl-push: read 17 = 0 accepted + 17 unchanged; wrote 1; removed 3'
}

@test "kl-push mirror: takes an empty input for a mistake" {
	start 3
	: >empty
	run -65 --separate-stderr mirror --max-remove 100% <empty
	said 'kl-push: the input was empty: nobody is added or removed; --allow-empty if that is as it should be
kl-push: read 0 = 0 accepted; wrote 0'
	run -0 --separate-stderr mirror --max-remove 100% --allow-empty <empty
	said 'kl-push: read 0 = 0 accepted; wrote 1; removed 3'
}

@test "kl-push mirror: --protect keeps who is in records and rejects" {
	start 30
	people 5 30 >in
	echo '{"first_name":"x","email":"P1@shop.example"}' >keep
	echo '{"_kl_reject":{"v":1,"tool":"kl-validate","run":"r","line":1,"field":"email","code":"c","message":"m","hint":"","class":"permanent"},"record":{"email":"p2@shop.example"}}' >bad
	run -0 --separate-stderr mirror --protect keep --protect bad <in
	said 'kl-push: 2 members are not in the input and protected
kl-push: read 26 = 0 accepted + 26 unchanged; wrote 1; removed 2'
	[ "$(left | sort)" = 'p3@shop.example
p4@shop.example' ]
	echo '{"first_name":"x"}' >>keep
	run -65 --separate-stderr mirror --protect keep <in
	said 'kl-push: keep: line 2: the record has no identifier that members are known by; nobody can tell whom it protects: map it first, or take it out of the file
kl-push: 26 records were read and not looked at any further, which counts as failed
kl-push: read 26 = 0 accepted + 26 failed; wrote 0'
	run -66 mirror --protect missing <in
}

@test "kl-push mirror: keeps whom a record is about that is set aside" {
	start 30
	people 3 30 >in
	echo '{"email":"p1@shop.example","first_name":7}' >>in
	run -1 --separate-stderr mirror -r bad <in
	[ "$(reasons bad)" = '29 first_name type_wrong' ]
	[ "$(left)" = p2@shop.example ]
	run -65 --separate-stderr mirror <in
	[[ $stderr = 'kl-push: line 29: '*'
kl-push: stopped at the first bad record; --rejects FILE sets such records aside and goes on
kl-push: 28 records were read and not looked at any further, which counts as failed
kl-push: read 29 = 0 accepted + 1 rejected + 28 failed; wrote 0' ]]
	run -65 mirror -q --summary sum <in
	[ "$(jq -c '[.read, .rejected, .failed, .mirror.idle]' sum)" = '[29,1,28,28]' ]
}

@test "kl-push mirror: takes addresses outside ASCII, as add does" {
	start 3
	people 1 3 >in
	echo '{"email":"łucja@shop.example"}' >>in
	kl-push add -q --list KKbLLU <in >receipts
	run -0 --separate-stderr mirror <in
	said 'kl-push: read 4 = 0 accepted + 4 unchanged; wrote 0'
}

@test "kl-push mirror: removes nobody if a record names nobody" {
	start 30
	people 3 30 >in
	sed -i '5s/.*/{"email":"p7@shop.ex/' in
	BEFORE=$(effects)
	run -65 --separate-stderr mirror -r bad <in
	[ "$(reasons bad)" = '5 - json_syntax' ]
	[[ $stderr = 'kl-push: 1 of the records that were set aside names nobody, and may be that of members: nobody is added or removed; mend them, or leave them out of the input
'* ]]
	sed -i '5s/.*/{"_kx":"abc"}/' in
	run -65 --separate-stderr mirror -r bad <in
	[ "$(tail -n 1 bad | jq -r ._kl_reject.code)" = identifier_missing ]
	[ "$(effects)" -eq "$BEFORE" ]
}

@test "kl-push mirror: removes nobody while records have failed" {
	sandbox --generate members=20 --fault status=503:bulk_import_profiles
	kl-pull -q members --list KKbLLU | sed 1,2d >in
	people 1 2 >>in
	run -75 --separate-stderr mirror --give-up-after 300ms <in
	[ "$(on_list | wc -l)" -eq 20 ]
	[ ! -s "$LEDGER" ]
}

@test "kl-push mirror: takes a last line without its newline" {
	start 20
	{
		people 3 21
		printf '{"email":"p22@shop.example"}'
	} >in
	run -0 mirror -q <in
	diff <(on_list) <(addresses 3 22)
}

@test "kl-push mirror: names a line that is too long" {
	start 20
	{
		people 1 20
		head -c 17000000 /dev/zero | tr '\0' x
		echo
	} >in
	run -65 --separate-stderr mirror -r bad <in
	[ "$(jq -r ._kl_reject.line bad)" = 21 ]
}

@test "kl-push mirror: takes no chunks" {
	start 20
	kl-chunk -q <first >in
	run -65 --separate-stderr mirror <in
	said 'kl-push: line 1: this is a chunk: what goes into a request is decided when the difference is known; leave kl-chunk out
kl-push: read 1 = 0 accepted + 1 failed; wrote 0'
}

@test "kl-push mirror: says which options do not go together" {
	sandbox
	: >in
	run -64 mirror --plan p --apply p <in
	run -64 mirror --apply p --max-remove 3 <in
	run -64 mirror --apply p --match id <in
	run -64 mirror --plan p --undo u <in
	run -64 mirror --journal j <in
	run -64 mirror --plan p --audit a <in
	run -64 mirror --plan in <in
	run -64 --separate-stderr kl-push add --list KKbLLU --protect in <in
	[ "${stderr%%$'\n'*}" = 'kl-push: --protect goes with mirror, not with add' ]
	run -64 --separate-stderr kl-push mirror <in
	[ "${stderr%%$'\n'*}" = 'kl-push: mirror needs --list ID or --list-name NAME, or klaviyo.list_id in the configuration' ]
}

@test "kl-push mirror: needs a key that may know whose it is for a plan" {
	start_sandbox --limits off --job-delay 20 --list KKbLLU=News \
		--key pk_sandbox:lists:read,lists:write,profiles:read,profiles:write
	people 1 3 >in
	run -77 --separate-stderr mirror --plan p <in
	[ "${stderr%%$'\n'*}" = 'kl-push: a plan is for one account, and this key may not know whose it is; use a key with the scope accounts:read' ]
	run -0 mirror -q <in
}

@test "kl-push mirror: tells the audit trail whom it removed" {
	start 20
	people 3 22 >in
	run -0 mirror -q --audit trail <in
	[ "$(jq -c 'select(.action == "remove") | [.event,.outcome,.list]' trail)" = '["sending",null,"KKbLLU"]
["change","accepted","KKbLLU"]
["change","accepted","KKbLLU"]' ]
	run ! grep -q "$(id_of p1@shop.example)" trail
	run -0 --separate-stderr kl-push audit-verify trail
	[ "$(jq .unsettled <<<"$output")" = 0 ]
	people 4 22 >in
	run -0 mirror -q --audit trail --audit-pii <in
	grep -q "\"id\":\"$(id_of p3@shop.example)\"" trail
}

@test "kl-push mirror: has receipts that kl-diff can commit" {
	start 20
	people 3 22 >in
	kl-diff -q --state s <in >/dev/null
	mirror -q --receipt-records <in >receipts
	run -0 --separate-stderr kl-diff --state s --commit <receipts
	said 'kl-diff: 2 records: 2 arrived and are known now, 0 did not, 0 were superseded, 0 committed before, 0 match nothing that is pending
kl-diff: read 2 = 2 accepted; wrote 0'
}

@test "kl-push mirror: writes its counts with --summary" {
	start 20
	people 3 22 >in
	run -0 mirror -q --summary s <in
	[ "$(jq -c '[.read,.accepted,.unchanged,.written,.mirror]' s)" = \
		'[20,2,18,2,{"records":20,"members":20,"add":2,"change":0,"remove":2,"protect":0,"removed":2,"put_back":0,"left":0,"rejoined":0,"edited":0,"gone":0,"refused":0,"idle":0}]' ]
	[ "$(jq .service_requests s)" -gt 4 ]
}

@test "kl-push mirror: exits 73 where there is no place for what waits" {
	start 20
	TMPDIR=$PWD/missing run -73 --separate-stderr mirror <first
	[[ $stderr = "kl-push: cannot make a temporary file beside $PWD/missing/kl-push: No such file or directory"* ]]
	run -73 mirror --plan missing/p <first
	people 3 22 >in
	BEFORE=$(effects)
	mirror -q --plan p <in >/dev/null
	run -73 kl-push mirror --apply p --undo missing/u
	[ "$(left)" = '' ]
}

@test "kl-push mirror: exits 74 when stdout is full, and a plan is not made" {
	[ -w /dev/full ] || skip "no /dev/full"
	start 20
	people 3 22 >in
	run -74 bash -c 'kl-push mirror --list KKbLLU --plan p <in >/dev/full'
	run -74 bash -c 'kl-push mirror --list KKbLLU <in >/dev/full'
}

@test "kl-push mirror: of 2,000 with 20 changes, asks no more than it must" {
	sandbox
	people 1 2000 >first
	kl-push add -q --list KKbLLU <first >/dev/null
	BEFORE=$(effects)
	people 11 2010 >in
	run -0 mirror -q --summary s <in
	[ "$(since "$BEFORE" | sed 's/ .*//' | sort | uniq -c |
		tr -s ' ')" = ' 10 list.add
 10 list.remove
 10 profile.create' ]
	# The account, the list, whether jobs may be read; 20 pages; an
	# import and its job, followed; the last look at ten; their removal.
	[ "$(jq .service_requests s)" -le 36 ]
}
