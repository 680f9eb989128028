# fault.bash - what the tests of this folder share.  FAULT=long makes them
# long; what they did is then said on descriptor 3.

# shellcheck disable=SC2034 # for those who load it
FAULTS=$BATS_TEST_DIRNAME
KL_BUILD=${KL_BUILD:-$BATS_TEST_DIRNAME/../../build}
load ../helper

long() {
	[ "${FAULT:-}" = long ]
}

# pick SHORT LONG: the one that is meant.
pick() {
	if long; then echo "$2"; else echo "$1"; fi
}

# tell TEXT...: a figure, for the long form.
tell() {
	if long; then echo "# $BATS_TEST_DESCRIPTION: $*" >&3; fi
}

# people N [PREFIX]: so many records; every tenth is of a person who was there
# before, with another value.
people() {
	awk -v n="$1" -v p="${2:-p}" 'BEGIN { for (i = 1; i <= n; i++)
		printf "{\"email\":\"%s%d@shop.example\",\"title\":\"%d\"}\n", p,
		    i % 10 == 0 ? i / 2 : i, i }'
}

# sandbox [OPTION]...: without rate limits, with the list KKbLLU.
sandbox() {
	start_sandbox --limits off --list KKbLLU=News "$@"
}

# judged INPUT: what the judge says of the input and the ledger.  The sandbox
# is ended first, so that all is written.
judged() {
	stop_sandbox
	"$FAULTS/judge.pl" "$1" -- "$LEDGER"
}

# figure NAME TEXT: the number behind that name.
figure() {
	sed -E "s/.*$1 ([0-9]+).*/\1/" <<<"$2"
}

# random LOW HIGH: a number between them.
random() {
	echo $(($1 + (RANDOM * 32768 + RANDOM) % ($2 - $1 + 1)))
}

# nap MS
nap() {
	sleep "$(($1 / 1000)).$(printf '%03d' $(($1 % 1000)))"
}
