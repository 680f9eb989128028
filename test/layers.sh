#!/bin/bash
# layers.sh BANNED - what the compiler does not hold to: no include runs up
# the layers, one file a foreign library, no banned call, nothing in lib/
# prints or exits, and the sandbox shares nothing it is to judge.
set -u
bad=0

complain() {
	echo "$1"
	bad=1
}

# layer NAME: how high it stands.
layer() {
	case $1 in
	base) echo 0 ;;
	crypto | json) echo 1 ;;
	stream) echo 2 ;;
	net | state | data) echo 3 ;;
	klaviyo) echo 4 ;;
	*) echo 9 ;;
	esac
}

# Where a public header is implemented: the folder of the source of its name,
# or this table for headers that several sources, or none, stand behind.
home() {
	case $1 in
	err | buf | opt | time | map | near | base64 | random | version | url | siphash | \
	file | count | numbers | numset | room | cpu)
		echo base ;;
	digest | cipher) echo crypto ;;
	json | canon | alike) echo json ;;
	lines | out | pool | reject | tally | progress | spool) echo stream ;;
	http | net | governor) echo net ;;
	store | journal | tombstones | audit | pulled) echo state ;;
	client | open | klaviyo | endpoints | errors | page | key | lists | \
	account | members | plan | mirror | membership | jobs | send | verb | \
	batch | import | receipt | resources | query | source | shape | ranges | \
	metrics)
		echo klaviyo ;;
	*) echo data ;;
	esac
}

while IFS=: read -r file header; do
	folder=$(basename "$(dirname "$file")")
	to=$(home "$header")
	if [ "$(layer "$to")" -gt "$(layer "$folder")" ]; then
		complain "$file: kl/$header.h is of a higher layer ($to)"
	elif [ "$(layer "$to")" -eq "$(layer "$folder")" ] &&
		[ "$to" != "$folder" ] && [ "$(layer "$to")" -ge 3 ]; then
		complain "$file: kl/$header.h is a neighbour's ($to)"
	fi
done < <(grep -oE '^#include "kl/[a-z0-9_-]+\.h"' -r lib --include='*.c' \
	--include='*.h' | sed -E 's/:#include "kl\/(.*)\.h"/:\1/')

grep -nE '#include "kl/' -r cmd/kl-sandbox | while IFS= read -r line; do
	h=$(sed -E 's/.*"kl\/(.*)\.h".*/\1/' <<<"$line")
	case $(home "$h") in
	data | net | klaviyo | state) echo "$line: not for the sandbox" ;;
	esac
done | grep . && bad=1

# One wrapper a foreign library.
while read -r header only; do
	while IFS= read -r file; do
		# shellcheck disable=SC2254 # the pattern is meant as one
		case $file in
		$only) ;;
		*) complain "$file: <$header> belongs in $only" ;;
		esac
	done < <(grep -lE "#include <$header" -r lib cmd include)
done <<'EOF'
curl/ lib/net/http*
csv.h lib/data/csv*.c
idn2.h lib/data/idn.c
jq.h lib/data/jq.c
jv.h lib/data/jq.c
sqlite3.h lib/state/*.c
openssl/ lib/crypto/*.c
microhttpd.h cmd/kl-sandbox/*
phonenumbers/ lib/data/phone-*.cc
EOF

grep -nwE "($1) *\(" -r lib cmd --include='*.c' --include='*.h' |
	grep -vE '^[^:]*:[0-9]+: ?\*|/\*.*\(' &&
	complain "banned calls, above"
grep -nE '(^|[^a-z_>.])(printf|fprintf|perror|exit|abort|puts|putchar) *\(' \
	-r lib --include='*.c' && complain "lib/ prints or exits, above"
grep -nE '^typedef struct' -r lib cmd include && complain "typedef struct"

# Each header compiles alone, in C and in C++, where its functions are C's.
for h in include/kl/*.h; do
	cc -std=c11 -D_POSIX_C_SOURCE=200809L -Iinclude -fsyntax-only -x c "$h" ||
		complain "$h does not compile alone"
	c++ -std=c++11 -Wall -Wextra -Wpedantic -Werror -Iinclude \
		-fsyntax-only -x c++ "$h" ||
		complain "$h does not compile alone as C++"
	grep -qE '(^|[ *])kl_[a-z0-9_]+\(' "$h" &&
		! grep -q '^extern "C" {$' "$h" &&
		complain "$h declares functions outside extern \"C\""
done
exit $bad
