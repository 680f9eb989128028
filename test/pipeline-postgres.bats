#!/usr/bin/env bats

load helper
load warehouse
load postgres

setup_file() {
	start_postgres
}

teardown_file() {
	stop_postgres
}

setup() {
	prepare postgres klaviyo.
	sql 'set client_min_messages = error; drop schema if exists klaviyo cascade'
}

teardown() {
	stop_sandbox
}

row_state() {
	sql 'select xmin, ctid from klaviyo.person order by id'
}

@test "to-postgres: makes the tables and fills them, each value as it was" {
	fills "select email, first_name, phone_number, external_id,
		data #>> '{properties,n}' from klaviyo.person order by email" \
		'ada@shop.example|Ada|||12345678901234567890.10
bob@shop.example|Bobby \u0000|||
||+43660123456|C,"3"|'
}

@test "to-postgres: everything kl-pull has is in its table, and again nothing is written" {
	has_everything
}

@test "to-postgres: a stream that is new brings what changed, and deletes nothing" {
	brings_what_is_new
}

@test "to-postgres: run again it writes nothing" {
	is_idle_again
}

@test "to-postgres: what changed is written, who left the list is no member" {
	follows_changes
}

@test "to-postgres: email_consent says who may be mailed, if not why, and since when" {
	knows_consent
}

@test "to-postgres: members of data that a stream does not bring stay as they are" {
	keeps_what_did_not_come
}

@test "to-postgres: a line more in tables is a column more" {
	takes_a_column
}

@test "to-postgres -n: rolls everything back, and keeps nothing" {
	only_tries
	run -0 sql "select to_regclass('klaviyo.person') is null"
	same 't'
}

@test "to-postgres: a pull that is cut short deletes nobody" {
	deletes_nobody_when_cut_short
}

@test "to-postgres: what a killed run has pulled is loaded by the next" {
	goes_on
}

@test "to-postgres: a database that is away ends with 75, what was pulled is kept" {
	keeps_what_was_pulled 75 '/nowhere/.s.PGSQL' PGHOST=/nowhere
}

@test "to-postgres: says what is wrong in its folder" {
	knows_mistakes
}
