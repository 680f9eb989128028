#!/usr/bin/env bats

load helper
load warehouse

setup() {
	prepare sqlite
}

teardown() {
	stop_sandbox
}

sql() {
	sqlite3 "$folder/klaviyo.db" "$1"
}

row_state() {
	sql 'select rowid, data from person order by id'
}

@test "to-sqlite: makes the tables and fills them, each value as it was" {
	fills "select email, first_name, phone_number, external_id,
		data -> '$.properties.n' from person order by email nulls last" \
		'ada@shop.example|Ada|||12345678901234567890.10
bob@shop.example|Bob|||
||+43660123456|C,"3"|'
}

@test "to-sqlite: everything kl-pull has is in its table, and again nothing is written" {
	has_everything
}

@test "to-sqlite: a stream that is new brings what changed, and deletes nothing" {
	brings_what_is_new
}

@test "to-sqlite: run again it writes nothing" {
	is_idle_again
}

@test "to-sqlite: what changed is written, who left the list is no member" {
	follows_changes
}

@test "to-sqlite: email_consent says who may be mailed, if not why, and since when" {
	knows_consent
}

@test "to-sqlite: members of data that a stream does not bring stay as they are" {
	keeps_what_did_not_come
}

@test "to-sqlite: a line more in tables is a column more" {
	takes_a_column
}

@test "to-sqlite -n: rolls everything back, and keeps nothing" {
	only_tries
	run -0 sql "select name from sqlite_schema"
	same ''
}

@test "to-sqlite: a pull that is cut short deletes nobody" {
	deletes_nobody_when_cut_short
}

@test "to-sqlite: what a killed run has pulled is loaded by the next" {
	goes_on
}

@test "to-sqlite: a database that cannot be written ends with 74, what was pulled is kept" {
	keeps_what_was_pulled 74 'unable to open database' DATABASE=/nowhere/klaviyo.db
}

@test "to-sqlite: says what is wrong in its folder" {
	knows_mistakes
}
