#!/usr/bin/env bats

load helper
load warehouse

# The program if it is here, else the library, which npm has brought in for
# the benchmarks or brings in now.
setup_file() {
	DUCKDB_NPM=${DUCKDB_NPM:-$KL_BUILD/npm} MISSING=
	export DUCKDB_NPM DUCKDB MISSING
	! command -v duckdb >/dev/null || return 0
	bring_duckdb >"$BATS_FILE_TMPDIR/npm.log" 2>&1 || {
		MISSING='neither duckdb nor npm can be had here'
		return 0
	}
	DUCKDB=$BATS_FILE_TMPDIR/duckdb
	printf '#!/bin/sh\nexec node "%s" "$@"\n' \
		"$BATS_TEST_DIRNAME/duckdb.mjs" >"$DUCKDB"
	chmod +x "$DUCKDB"
}

bring_duckdb() {
	[ ! -d "$DUCKDB_NPM/node_modules" ] || return 0
	command -v npm && mkdir -p "$DUCKDB_NPM" &&
		cp "$BATS_TEST_DIRNAME"/bench/package*.json "$DUCKDB_NPM" &&
		npm ci --prefix "$DUCKDB_NPM" --ignore-scripts --no-audit --no-fund
}

setup() {
	[ -z "$MISSING" ] || skip "$MISSING"
	prepare duckdb
}

teardown() {
	stop_sandbox
}

sql() {
	"${DUCKDB:-duckdb}" -noheader -list "$folder/klaviyo.duckdb" <<<"$1"
}

row_state() {
	sql 'select rowid, data from person order by id'
}

@test "to-duckdb: makes the tables and fills them, each value as it was" {
	fills "select email, replace(first_name, chr(0), ''), phone_number, external_id,
		data::varchar like '%:12345678901234567890.10}%' from person order by email nulls last" \
		'ada@shop.example|Ada|||true
bob@shop.example|Bobby \u0000|||false
||+43660123456|C,"3"|false'
}

@test "to-duckdb: each table is a file of Parquet, too" {
	run -0 load_all
	run -0 bash -c "cd '$folder' && ls parquet"
	same 'event.parquet
global_exclusion.parquet
list.parquet
list_exclusion.parquet
list_person.parquet
metric.parquet
person.parquet
segment.parquet
segment_person.parquet'
	run -0 sql "select count(*), count(data) from '$folder/parquet/person.parquet'"
	same '3|3'
}

@test "to-duckdb: everything kl-pull has is in its table, and again nothing is written" {
	has_everything
}

@test "to-duckdb: a stream that is new brings what changed, and deletes nothing" {
	brings_what_is_new
}

@test "to-duckdb: run again it writes nothing" {
	is_idle_again
}

@test "to-duckdb: what changed is written, who left the list is no member" {
	follows_changes
}

@test "to-duckdb: email_consent says who may be mailed, if not why, and since when" {
	knows_consent
}

@test "to-duckdb: a line more in tables is a column more" {
	takes_a_column
}

@test "to-duckdb -n: rolls everything back, and keeps nothing" {
	only_tries
	run -0 sql "select table_name from duckdb_tables()"
	same ''
}

@test "to-duckdb: a pull that is cut short deletes nobody" {
	deletes_nobody_when_cut_short
}

@test "to-duckdb: what a killed run has pulled is loaded by the next" {
	goes_on
}

@test "to-duckdb: a database that cannot be written ends with 74, what was pulled is kept" {
	keeps_what_was_pulled 74 'annot open file' DATABASE=/nowhere/klaviyo.duckdb
}

@test "to-duckdb: says what is wrong in its folder" {
	knows_mistakes
}
