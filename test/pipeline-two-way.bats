#!/usr/bin/env bats

load helper
load postgres

setup_file() {
	start_postgres
}

teardown_file() {
	stop_postgres
}

setup() {
	start_sandbox --list DEMO01=Newsletter --job-delay 0 --limits off
	pipelines=$BATS_TEST_DIRNAME/../pipelines
	folder=$BATS_TEST_TMPDIR/two
	cp -r "$pipelines/two-way" "$folder"
	sql 'set client_min_messages = error; drop table if exists customers,
		klaviyo_agreed, klaviyo_plan'
	psql -X -q -f "$pipelines/sample/customers.sql"
	cd "$BATS_TEST_TMPDIR" || return
}

teardown() {
	stop_sandbox
}

both() {
	"$pipelines/two-way.sh" "$folder"
}

# customers, members: both sides, alike.
customers() {
	sql "select email, first_name, city, plan, points from customers
		where email like '%@%' order by email"
}

members() {
	kl-pull members -q --list DEMO01 | jq -r '[.email, .first_name,
		.location.city, .properties.Plan, .properties.Points] |
		map(. // "" | tostring) | join("|")' | sort
}

# edit ADDRESS MEMBERS: as somebody does it in Klaviyo.
edit() {
	kl-push add -q --list DEMO01 <<<"{\"email\":\"$1\",$2}" >/dev/null
}

change() {
	sql "update customers set $2, updated_at = now() where id = '$1'"
}

# The table with addresses as Klaviyo has them.
fold() {
	sql "update customers set email = lower(email)"
}

ledger_lines() {
	wc -l <"$LEDGER"
}

@test "two-way: a first run brings each side what only the other has" {
	fold
	edit zoe@shop.example '"first_name":"Zoe","properties":{"Points":7}'
	run -1 --separate-stderr both
	same 'to klaviyo: 3, new 3, conflicts 0
to the table: 1, new 1, conflicts 0'
	run -0 customers
	table=$output
	run -0 members
	same "$table"
	same 'bjorn.angstrom@fjallstigen.example|Björn|Umeå|Silver|310
lea.moreau@atelier-lumen.example|Léa|Lyon|Gold|1520
maria.rossi@oliveto.example|Maria|Lucca||
zoe@shop.example|Zoe|||7'
}

@test "two-way: no echo: run again, nothing is written on either side" {
	fold
	edit zoe@shop.example '"first_name":"Zoe"'
	run -1 both
	# The new customer has an id now, which the profile is told once.
	run -1 --separate-stderr both
	same 'to klaviyo: 1, new 1, conflicts 1'
	before=$(ledger_lines)
	rows=$(sql 'select xmin, ctid from customers order by id')
	run -1 --separate-stderr both
	same ''
	[ "$(ledger_lines)" -eq "$before" ]
	run -0 sql 'select xmin, ctid from customers order by id'
	same "$rows"
}

@test "two-way: edits on both sides, of different people, reach the other" {
	fold
	run -1 both
	change C-1 "city = 'Paris'"
	edit maria.rossi@oliveto.example '"properties":{"Points":99}'
	run -1 --separate-stderr both
	same 'to klaviyo: 1, new 0, conflicts 0
to the table: 1, new 0, conflicts 0'
	run -0 customers
	table=$output
	run -0 members
	same "$table"
	[[ $output == *'|Paris|'*'maria.rossi'*'|99' ]]
	run -1 --separate-stderr both
	same ''
}

@test "two-way: where both changed one person, the newest wins" {
	fold
	run -1 both
	edit lea.moreau@atelier-lumen.example '"first_name":"Klaviyo"'
	sql "update customers set first_name = 'Table', updated_at = now() + interval '1 min' where id = 'C-1'"
	edit maria.rossi@oliveto.example '"first_name":"Klaviyo"'
	sql "update customers set first_name = 'Table', updated_at = now() - interval '1 hour' where id = 'C-3'"
	run -1 --separate-stderr both
	same 'to klaviyo: 1, new 0, conflicts 1
to the table: 1, new 0, conflicts 1'
	run -0 sql "select id, first_name from customers where id in ('C-1', 'C-3') order by 1"
	same 'C-1|Table
C-3|Klaviyo'
	run -0 customers
	table=$output
	run -0 members
	same "$table"
}

@test "two-way: WINS=crm and WINS=klaviyo let one side win" {
	fold
	run -1 both
	for wins in crm klaviyo; do
		edit lea.moreau@atelier-lumen.example "\"first_name\":\"K-$wins\""
		change C-1 "first_name = 'T-$wins'"
		WINS=$wins run -1 both
	done
	run -0 sql "select first_name from customers where id = 'C-1'"
	same K-klaviyo
	run -0 jq -r 'select(.attributes.first_name == "T-crm") | .effect' "$LEDGER"
	same profile.update
	WINS=nobody run -64 --separate-stderr both
	said 'two-way.sh: WINS is newest, crm or klaviyo, not nobody'
}

@test "two-way: who leaves one side is told of, and not brought back" {
	fold
	run -1 both
	id=$(kl-pull members -q --list DEMO01 | jq -r 'select(.external_id == "C-2").id')
	curl -sS -X DELETE -H "Authorization: Klaviyo-API-Key $KLAVIYO_API_KEY" \
		-H 'revision: 2026-07-15' -H 'Content-Type: application/vnd.api+json' \
		-d "{\"data\":[{\"type\":\"profile\",\"id\":\"$id\"}]}" \
		"$KL_BASE_URL/api/lists/DEMO01/relationships/profiles"
	sql "delete from customers where id = 'C-1'"
	for _ in 1 2; do
		run -1 --separate-stderr both
		same 'left the list: 1, new 0, conflicts 0
left the table: 1, new 0, conflicts 0'
	done
	run -0 bash -c "$(declare -f members); members | wc -l"
	same 2
	run -0 sql "select count(*) from customers where id = 'C-1'"
	same 0
}

@test "two-way -n: says what would be done, and does nothing" {
	fold
	run -0 --separate-stderr "$pipelines/two-way.sh" -n "$folder"
	same 'to klaviyo: 3, new 3, conflicts 0'
	said 'two-way.sh: 1 would be set aside: 1 email_space'
	run -0 members
	same ''
	run -0 sql "select to_regclass('klaviyo_agreed') is null
		and to_regclass('klaviyo_plan') is null"
	same t
}

@test "two-way: stopped between the two halves, the next run makes it good" {
	fold
	run -1 both
	change C-1 "city = 'Paris'"
	edit maria.rossi@oliveto.example '"first_name":"Mary"'
	# Klaviyo is written, and then the table cannot be.
	mv "$folder/apply.sql" "$folder/apply"
	echo 'select 1 / 0;' >"$folder/apply.sql"
	run -74 --separate-stderr both
	[[ $stderr == *'division by zero'* ]]
	mv "$folder/apply" "$folder/apply.sql"
	run -1 --separate-stderr both
	same 'to the table: 1, new 0, conflicts 0'
	run -0 customers
	table=$output
	run -0 members
	same "$table"
	[[ $output == *'|Paris|'*'|Mary|'* ]]
}
