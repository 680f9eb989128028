#!/usr/bin/env bats

load helper

# The programs of the pipeline speak in any order: lines are compared sorted.
@test "demo: tells the same story each time, and ends by itself" {
	run -0 bash -c "'$BATS_TEST_DIRNAME/../pipelines/demo.sh' 2>&1 |
		sed -E 's/127\.0\.0\.1:[0-9]+/127.0.0.1:PORT/' |
		sort | diff <(sort '$BATS_TEST_DIRNAME/data/demo.out') -"
	same ''
}

@test "demo: leaves no process and no file behind" {
	export TMPDIR=$BATS_TEST_TMPDIR/empty
	mkdir "$TMPDIR"
	run -0 "$BATS_TEST_DIRNAME/../pipelines/demo.sh"
	url=$(grep -oE 'http://127[0-9.:]+' <<<"$output" | head -1)
	run -7 curl -s "$url/"
	[ -z "$(ls -A "$TMPDIR")" ]
}

@test "demo: KEEP keeps its files" {
	KEEP=$BATS_TEST_TMPDIR/kept run -0 "$BATS_TEST_DIRNAME/../pipelines/demo.sh"
	run -0 sqlite3 "$BATS_TEST_TMPDIR/kept/members.db" \
		'select count(*) from members'
	same 19
	run -0 grep -c '"effect":"list.add"' "$BATS_TEST_TMPDIR/kept/ledger.ndjson"
	same 19
}

@test "demo: every row of the customers is in the list or among the rejects" {
	export KEEP=$BATS_TEST_TMPDIR/kept
	run -0 "$BATS_TEST_DIRNAME/../pipelines/demo.sh"
	cd "$KEEP"
	# The identifiers in the file, and those that came out at either end.
	run -0 diff <(grep -oE '^C-[0-9]+' customers.csv | sort) <(
		{
			grep -oE '"Customer ID":"C-[0-9]+' ledger.ndjson |
				grep -oE 'C-.*'
			grep -oE 'C-[0-9]+' bad.ndjson
			echo C-1001 # merged into C-1021, the same person later
		} | sort -u
	)
	same ''
}
