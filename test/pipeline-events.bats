#!/usr/bin/env bats

load helper

setup() {
	start_sandbox --limits off --visibility-delay 20
	pipelines=$BATS_TEST_DIRNAME/../pipelines
	cd "$BATS_TEST_TMPDIR" || return
	export DATABASE=$BATS_TEST_TMPDIR/shop.db
}

teardown() {
	stop_sandbox
}

# shop NAME: a folder of that pipeline, and its sample in the database.
shop() {
	folder=$BATS_TEST_TMPDIR/$1
	cp -r "$pipelines/$1" "$folder"
	sqlite3 "$DATABASE" <"$folder/sample.sql"
}

# recorded [FILTER]: what the ledger has of events, once all is visible.
recorded() {
	for _ in $(seq 100); do
		[ "$(grep -c '"effect":"event\.' "$LEDGER")" -ge "$visible" ] && break
		sleep 0.02
	done
	jq -c "select(.effect == \"event.record\") | ${1:-.unique_id}" "$LEDGER"
}

@test "orders: an event for each order and each line, whose reruns count nothing twice" {
	shop orders
	run -1 --separate-stderr "$pipelines/orders.sh" --history "$folder"
	[ "$(jq -s 'map(.counts.accepted) | add' <<<"$output")" -eq 7 ]
	[ "$(jq -r '._kl_reject | "\(.line) \(.field)"' "$folder"/state/rejects-*)" = '4 profile.email
5 profile.email' ]
	visible=7
	[ "$(recorded '[.metric, .unique_id, .attributes.value, .attributes.value_currency, .attributes.backfill]' | sort)" = '["Ordered Product","2026-1001-1",52.8,"EUR",true]
["Ordered Product","2026-1001-2",12,"EUR",true]
["Ordered Product","2026-1002-1",24.5,"SEK",true]
["Ordered Product","2026-1003-1",12,"EUR",true]
["Placed Order","2026-1001",64.8,"EUR",true]
["Placed Order","2026-1002",24.5,"SEK",true]
["Placed Order","2026-1003",12,"EUR",true]' ]
	[ "$(recorded 'select(.unique_id == "2026-1001") | [.email, .external_id, .attributes.time, .attributes.properties.Items[1].Name]')" = '["lea.moreau@atelier-lumen.example","C-1","2026-11-20T09:14:05+00:00","Bulb, warm"]' ]
	run -1 "$pipelines/orders.sh" --history "$folder"
	visible=14
	[ "$(recorded | wc -l)" -eq 7 ]
}

@test "orders -n: says what would be set aside, and keeps no file of it" {
	shop orders
	run -1 --separate-stderr "$pipelines/orders.sh" -n --history "$folder"
	[[ $stderr == *'kl-track: 1 set aside in /dev/null: 1 '* ]]
	[ "$(ls "$folder/state")" = lock ]
}

@test "orders: the next run begins a day before the last one" {
	shop orders
	sqlite3 "$DATABASE" "delete from orders where customer = 'C-3';
		insert into orders values ('N-1', 'C-1', strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '-2 hours'), 5, 'EUR'),
		('N-2', 'C-1', strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '-3 days'), 5, 'EUR')"
	echo 2026-11-21T00:00:00Z >since
	run -0 "$pipelines/orders.sh" "$folder"
	visible=1
	[ "$(recorded)" = '"N-1"' ]
	mv since "$folder/state/since"
	sqlite3 "$DATABASE" "delete from orders where number like 'N-%'"
	run -0 --separate-stderr "$pipelines/orders.sh" -n "$folder"
	[ "$(cat "$folder/state/since")" = 2026-11-21T00:00:00Z ]
	run -0 "$pipelines/orders.sh" "$folder"
	visible=8
	[ "$(recorded | sort | head -3 | tr '\n' ' ')" = '"2026-1001" "2026-1001-1" "2026-1001-2" ' ]
	[ "$(cat "$folder/state/since")" \> 2026-11-21T00:00:00Z ]
}

@test "orders: a service that is away ends it with 75, and moves no boundary" {
	shop orders
	stop_sandbox
	run -75 env KL_GIVE_UP_AFTER=100ms "$pipelines/orders.sh" --history "$folder"
	[ ! -e "$folder/state/since" ]
	run -66 env DATABASE=/nowhere "$pipelines/orders.sh" "$folder"
	run -64 "$pipelines/orders.sh"
}

@test "carts: an event for each cart that was left, once" {
	shop carts
	run -0 --separate-stderr "$pipelines/carts.sh" "$folder"
	run -0 --separate-stderr "$pipelines/carts.sh" "$folder"
	visible=2
	[ "$(recorded '[.metric, .email, .attributes.value, .attributes.properties.CheckoutURL, (.attributes.properties.Items | length)]')" = '["Abandoned Cart","lea.moreau@atelier-lumen.example",64.8,"https://shop.example/cart/K-1",2]' ]
	# touched and left again, it is another
	sqlite3 "$DATABASE" "update carts set touched_at =
		strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '-61 minutes') where id = 'K-1'"
	run -0 "$pipelines/carts.sh" -n "$folder"
	run -0 "$pipelines/carts.sh" "$folder"
	visible=3
	[ "$(recorded | wc -l)" -eq 2 ]
	run -0 ls "$folder/state"
	[ "$output" = lock ]
}

@test "views: pages of known customers as they are seen, and all of it when stopped" {
	folder=$BATS_TEST_TMPDIR/views
	cp -r "$pipelines/views" "$folder"
	cp "$folder/sample.log" log
	FLUSH=200ms "$pipelines/views.sh" "$folder" log >out 2>err 3>&- &
	pid=$!
	visible=2
	[ "$(recorded '[.external_id, .unique_id, .attributes.properties.Page]')" = '["C-1","9f1c0a01","/lamps"]
["C-1","9f1c0a05","/lamps/7"]' ]
	# rotated, it is followed
	mv log log.1
	sed 's/9f1c/aaaa/; s/C-1/C-7/' "$folder/sample.log" >log
	visible=4
	[ "$(recorded .external_id | tail -1)" = '"C-7"' ]
	sed -n '1s/9f1c/bbbb/p' "$folder/sample.log" >>log
	sleep 0.5 # for tail to read it
	kill -TERM $pid
	status=0
	wait $pid || status=$?
	cat err
	[ $status -eq 0 ]
	visible=5
	[ "$(recorded | tail -1)" = '"bbbb0a01"' ]
	[ "$(jq -s 'map(.counts.accepted) | add' out)" -eq 5 ]
	# given again it sends what came meanwhile, and nothing twice
	sed -n '1s/9f1c/cccc/p' "$folder/sample.log" >>log
	FLUSH=50ms "$pipelines/views.sh" "$folder" log >out 2>err 3>&- &
	pid=$!
	visible=6
	[ "$(recorded | tail -1)" = '"cccc0a01"' ]
	kill -TERM $pid
	wait $pid
	[ "$(jq -s -c 'map(.counts | [.accepted, .unchanged]) | transpose | map(add)' out)" = '[1,3]' ]
	[ "$(grep -c event.drop "$LEDGER")" -eq 0 ]
}
