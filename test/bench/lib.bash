# lib.bash - what the groups of measurements share.  bench.sh sets the variables
# in capitals, but a group says of what KIND its records are, and how many (N).

# say TEXT: to the person who waits.
say() { echo "bench: $1" >&2; }

# data KIND ROWS: the name of a file with as many records of that kind, which
# is kept for the next run.
data() {
	local file=$DATA/$1.$2
	if [ ! "$file" -nt "$TOOLS/gen" ]; then
		"$TOOLS/gen" "$2" "$1" >"$file.new"
		mv "$file.new" "$file"
	fi
	echo "$file"
}

# result KEY VALUE LOW HIGH OURS THEIRS NOTE: a line of the results; see
# figures.tsv for the keys.
result() {
	local IFS=$'\t'
	echo "$*" >>"$RESULTS"
}

# skip KEY REASON: a figure that cannot be had here is said to be skipped.
skip() {
	say "$1: skipped: $2"
	result "$1" '' '' '' '' '' "skipped: $2"
}

# fail KEY REASON: something is wrong, with us or with the measurement.
fail() {
	say "$1: $2"
	result "$1" '' '' '' '' '' "$2"
	touch "$WORK/failed"
}

# need KEY PROGRAM: whether the program is here, or the packages of npm; the
# figure is skipped if not.
need() {
	local program=$2
	[ "$program" != packages ] || program=node
	if ! command -v "$program" >/dev/null; then
		skip "$1" "no ${program##*/} here"
	elif [ "$2" = packages ] && [ ! -d "$NODE_PATH" ]; then
		skip "$1" 'the packages from npm are not here'
	else
		return 0
	fi
	return 1
}

# has PROGRAM OPTION: whether our program knows the option.
has() { "$1" --help | grep -q -e "$2\\>"; }

# The same data, whatever the spelling: for comparing.
tidy_json() { jq -cS -f "$HERE/tidy.jq"; }
tidy_csv() { "$TOOLS/libcsv" -p; }
tidy_no() { cat; }

# agree TIDY OURS THEIRS: whether two commands make the same of a sample of
# KIND; TIDY is json, csv or no.
agree() {
	local file
	file=$(data "$KIND" "$SAMPLE")
	sh -c "<$file $2" | "tidy_$1" >"$WORK/ours" || return
	sh -c "<$file $3" | "tidy_$1" >"$WORK/theirs" || return
	[ -s "$WORK/ours" ] && cmp "$WORK/ours" "$WORK/theirs" >&2
}

# race KEY FORM OURS DIVISOR THEIRS: run both in turn, ours on N records of
# KIND, theirs on a part of them, and note the median ratio.  FORM is what
# ratio.awk makes of the times.
race() {
	local m all some
	m=$((N > $4 ? N / $4 : 1))
	all=$(data "$KIND" "$N")
	some=$(data "$KIND" "$m")
	say "$1"
	if "$TOOLS/turns" "$PAIRS" "<$all $3" "<$some $5" >"$WORK/turns"; then
		result "$1" "$(awk -f "$HERE/ratio.awk" -v form="$2" \
			-v a="$N" -v b="$m" "$WORK/turns")" ''
	else
		fail "$1" 'a program failed'
	fi
}

# contest KEY TIDY FORM OURS DIVISOR THEIRS: a race, if they agree.
contest() {
	if agree "$2" "$4" "$6"; then
		race "$1" "$3" "$4" "$5" "$6"
	else
		fail "$1" 'the outputs differ'
	fi
}

# on_one COMMAND: the command, held to one core.
on_one() { echo "taskset -c $CORE $1"; }

# serve OPTION...: a kl-sandbox of our own, for as long as the group runs or
# until the next; what it writes to files is in $WORK/served.
serve() {
	unserve
	rm -rf "$WORK/served"
	mkdir -p "$WORK/served"
	kl-sandbox --port 0 "$@" >"$WORK/served/url" &
	SERVED=$!
	trap unserve EXIT
	until [ -s "$WORK/served/url" ]; do
		kill -0 "$SERVED" || return
		sleep 0.02
	done
	KL_BASE_URL=$(cat "$WORK/served/url")
	KLAVIYO_API_KEY=pk_sandbox
	XDG_STATE_HOME=$WORK/served
	XDG_RUNTIME_DIR=$WORK/served
	chmod 700 "$WORK/served"
	export KL_BASE_URL KLAVIYO_API_KEY XDG_STATE_HOME XDG_RUNTIME_DIR
}

unserve() {
	[ -n "${SERVED:-}" ] || return 0
	kill "$SERVED" 2>/dev/null || true
	wait "$SERVED" 2>/dev/null || true
	SERVED=
}
