#!/usr/bin/env bash
# bench.sh - what kl is held to, measured: make bench.
#
# Makes data, checks that all programs make the same of them, times ours and
# theirs in turn, and reports: a table on standard output, bench.json and
# bench.svg in the build folder, where the data stay for the next run.  Exits 1
# if outputs differ or a program fails; a figure that is below what it must be
# is said, and is no failure here.
#
# In the environment:
#	BENCH	groups: map validate to-csv from-csv pipe threads diff audit
#		send mirror instructions memory start (all of these); and pull
#		and quota, which take six minutes and eight
#	ROWS	of the customer table (2000000); a quarter of that of profiles
#	PAIRS	of runs, whose median ratio counts (7)
#	FULL	anything: memory is measured on ten times ROWS, too
#	NPM	brings in csv-parse, DuckDB and klaviyo-api (npm); "false": do
#		without
#	KL_BENCH_OUT	where all this goes instead of KL_BUILD
set -euo pipefail

HERE=$(cd "${BASH_SOURCE%/*}" && pwd)
KL_BUILD=${KL_BUILD:-$HERE/../../build}
TOOLS=$KL_BUILD/test/bench
OUT=${KL_BENCH_OUT:-$KL_BUILD}
DATA=$OUT/bench-data
NODE_PATH=$OUT/bench-npm/node_modules
PATH=$KL_BUILD/bin:$PATH
ROWS=${ROWS:-2000000}
PROFILES=$(((ROWS + 3) / 4))
PAIRS=${PAIRS:-7}
BENCH=${BENCH:-map validate to-csv from-csv pipe threads diff audit send \
	mirror instructions memory start}
SAMPLE=$((ROWS < 2000 ? ROWS : 2000))
WORK=$(mktemp -d "${TMPDIR:-/tmp}/kl-bench.XXXXXX")
RESULTS=$WORK/results
# What stands behind a shim.
PYTHON=$(python3 -c 'import sys; print(sys.executable)' 2>/dev/null || true)
# The last core this process may use.
CORE=$(taskset -cp $$ | sed 's/.*[ ,-]//')
export HERE KL_BUILD TOOLS DATA NODE_PATH PATH ROWS PROFILES PAIRS SAMPLE \
	WORK RESULTS PYTHON CORE FULL=${FULL:-}
trap 'rm -rf "$WORK"' EXIT

# shellcheck source=test/bench/lib.bash
. "$HERE/lib.bash"

# A setting of the person who measures is not to be measured.
for name in $(compgen -e | grep '^KL_' | grep -v '^KL_BUILD$'); do
	unset "$name"
done

# The packages, as package-lock.json has them, if they are not here yet.
bring_packages() {
	local to=${NODE_PATH%/*}
	mkdir -p "$to"
	if [ -d "$NODE_PATH" ] &&
		cmp -s "$HERE/package-lock.json" "$to/package-lock.json"; then
		return
	fi
	cp "$HERE/package.json" "$HERE/package-lock.json" "$to"
	"${NPM:-npm}" ci --prefix "$to" --ignore-scripts --no-audit --no-fund \
		>"$to/log" 2>&1 || {
		rm -rf "$NODE_PATH" "$to/package-lock.json"
		say "${NPM:-npm} cannot bring in csv-parse, DuckDB and klaviyo-api: see $to/log"
	}
}

# versions: of what is measured against, a line each.
versions() {
	local name words
	while read -r name words; do
		command -v "${words%% *}" >/dev/null || continue
		printf '%s\t%s\n' "$name" \
			"$($words 2>&1 | grep -oE '[0-9]+\.[0-9][0-9.]*' | head -1)"
	done <<-EOT
	jq jq --version
	gojq gojq --version
	Miller mlr --version
	csvkit csvjson --version
	python3 ${PYTHON:-python3} --version
	node node --version
	grep grep --version
	valgrind valgrind --version
	EOT
	[ ! -d "$NODE_PATH" ] || sed -nE \
		-e 's/^ *"@duckdb\/node-api": "([0-9.]+).*/DuckDB\t\1/p' \
		-e 's/^ *"csv-parse": "([0-9.]+).*/csv-parse\t\1/p' \
		-e 's/^ *"klaviyo-api": "([0-9.]+).*/klaviyo-api\t\1/p' \
		"$HERE/package.json"
}

command -v jq >/dev/null || {
	say 'jq is needed to compare and to report'
	exit 69
}
mkdir -p "$DATA"
: >"$RESULTS"
bring_packages
for group in $BENCH; do
	if [ ! -x "$HERE/$group.sh" ] || [ "$group" = bench ]; then
		say "no such group: $group"
		exit 64
	fi
	say "$group, after $SECONDS seconds"
	"$HERE/$group.sh" || {
		say "$group.sh ended with status $?"
		touch "$WORK/failed"
	}
done

# machine: what its processor is called.
machine() { sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1; }

jq -n --rawfile figures "$HERE/figures.tsv" --rawfile results "$RESULTS" \
	--arg date "$(date -u +%Y-%m-%d)" --arg machine "$(machine)" \
	--arg cores "$(nproc)" --arg kernel "$(uname -r)" \
	--arg commit "$(git -C "$HERE" describe --always --dirty 2>/dev/null)" \
	--arg rows "$ROWS" --arg profiles "$PROFILES" --arg pairs "$PAIRS" \
	--arg groups "$BENCH" --arg versions "$(versions)" \
	-f "$HERE/report.jq" >"$OUT/bench.json"
jq -r -f "$HERE/chart.jq" "$OUT/bench.json" >"$OUT/bench.svg"
jq -r -f "$HERE/table.jq" "$OUT/bench.json"
[ ! -e "$WORK/failed" ]
