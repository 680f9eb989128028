# helper.bash - loaded by every bats file: the programs under test come first
# on PATH, and whole outputs are compared.

bats_require_minimum_version 1.8.0

KL_BUILD=${KL_BUILD:-$BATS_TEST_DIRNAME/../build}
PATH=$KL_BUILD/bin:$PATH
export KL_BUILD PATH

# No setting of the person who runs the tests leaks in.
for name in $(compgen -e | grep '^KL_' | grep -v '^KL_BUILD$'); do
	unset "$name"
done
unset KLAVIYO_API_KEY name
export XDG_STATE_HOME=$BATS_FILE_TMPDIR/state
export XDG_RUNTIME_DIR=$BATS_FILE_TMPDIR

# same TEXT: the last run's stdout is exactly TEXT.
same() {
	[ "${output:-}" = "$1" ] || {
		diff -u <(printf '%s\n' "$1") <(printf '%s\n' "${output:-}")
		return 1
	}
}

# said TEXT: the last run's stderr is exactly TEXT.
said() {
	[ "${stderr:-}" = "$1" ] || {
		diff -u <(printf '%s\n' "$1") <(printf '%s\n' "${stderr:-}")
		return 1
	}
}

# page_matches PROGRAM [PAGE]: --help and the manual page name the same
# options.
page_matches() {
	local page=${2:-$BATS_TEST_DIRNAME/../cmd/$1.1}
	diff <("$1" --help | grep -oE '^  (-., |    )--[a-z0-9-]+' |
		grep -oE -- '--[a-z0-9-]+' | sort -u) \
		<(sed -nE 's/^\.It.*Fl -([a-z0-9-]+).*/--\1/p' "$page" | sort -u)
}

# start_sandbox [OPTION]...: a kl-sandbox on a free port; sets SANDBOX_PID,
# KL_BASE_URL (exported) and LEDGER.  stop_sandbox ends it.
start_sandbox() {
	local out=$BATS_TEST_TMPDIR/sandbox.out
	LEDGER=$BATS_TEST_TMPDIR/ledger.ndjson
	rm -f "$out" # or the address of an earlier one could be read
	kl-sandbox --port 0 --ledger "$LEDGER" "$@" >"$out" \
		2>"$BATS_TEST_TMPDIR/sandbox.err" 3>&- &
	SANDBOX_PID=$!
	for _ in $(seq 200); do
		[ -s "$out" ] && break
		kill -0 "$SANDBOX_PID" 2>/dev/null || {
			cat "$BATS_TEST_TMPDIR/sandbox.err"
			return 1
		}
		sleep 0.02
	done
	KL_BASE_URL=$(head -1 "$out")
	KLAVIYO_API_KEY=pk_sandbox
	export KL_BASE_URL KLAVIYO_API_KEY
}

stop_sandbox() {
	[ -z "${SANDBOX_PID:-}" ] && return 0
	kill "$SANDBOX_PID" 2>/dev/null || true
	wait "$SANDBOX_PID" 2>/dev/null || true
	SANDBOX_PID=
}
