# streams.bash - what those pipelines share that load what Klaviyo has into a
# warehouse: FOLDER/streams says what is pulled, and each of them has a function
#
#   load HOW KIND FILE GROUP
#
# that loads the records of FILE, all or nothing, nothing if $dry is yes, and
# prints what it wrote.  HOW is full or new, KIND what the records are, GROUP
# the id of the list or segment, or nothing.
#
# What was pulled stays in FOLDER/state/PIPELINE until the warehouse has it: a
# run that is killed, at any moment, is continued by the next.

# shellcheck source=pipelines/common.bash
. "$(dirname "${BASH_SOURCE[0]}")/common.bash"

# group WORD...: the id of the list or segment that is named, if one is.
group() {
	local last=
	for word; do
		case $last,$word in
		--list,* | --segment,*) echo "$word" ;;
		*,--list=* | *,--segment=*) echo "${word#*=}" ;;
		esac
		last=$word
	done
}

# kind WORD...: what the records are.
kind() {
	case " $* " in
	' members'*' --segment'[\ =]*) echo segment-members ;;
	' suppressions'*' --list'[\ =]*) echo list-suppressions ;;
	*) echo "$1" ;;
	esac
}

# stream HOW WORD...: pull it and load it.
stream() {
	local how=$1 kind name group file told since=''
	shift
	kind=$(kind "$@")
	name=$(tr -c 'A-Za-z0-9\n' - <<<"$*")
	file=$state/$name.ndjson
	case $kind in
	lists | segments | metrics | profiles | events | members | \
		segment-members | suppressions | list-suppressions) ;;
	*) die 64 "streams: no table for $1" ;;
	esac
	group=$(group "$@")
	[ -n "$group" ] || [[ $kind != *members && "$*" != *--list-name* ]] ||
		die 64 "streams: a list or segment is named by its id: $*"
	case $how:$kind in
	full:*) ;;
	new:profiles | new:events) since=$state/$name.state ;;
	new:*) die 64 "streams: new is for profiles and events, not $1" ;;
	*) die 64 "streams: how is full or new, not $how" ;;
	esac
	if [ "$dry" = yes ]; then
		file=$work/$name.ndjson
		[ ! -s "$since" ] || cp "$since" "$work/$name.state"
		since=${since:+$work/$name.state}
	fi
	# A file that is there was pulled by a run that did not load it.
	[ -e "$file" ] ||
		kl-pull "$@" -q ${since:+--state "$since"} --output "$file"
	told=$(load "$how" "$kind" "$file" "$group")
	printf '%s\t%s\n' "$*" "$told"
	rm -f "$file"
}

# load_streams [-n] FOLDER: the whole of such a pipeline.  What it took from
# its arguments before is in $usage.
load_streams() {
	local words
	dry=no
	if [ "${1:-}" = -n ]; then
		dry=yes
		shift
	fi
	[ $# -eq 1 ] || die 64 "usage: ${0##*/} [-n]${usage:+ $usage} FOLDER"
	begin "$1"
	# One folder may be for several pipelines: each has its own state.
	state=$(basename "$0" .sh)
	state=state/${state#to-}
	[ "$dry" = yes ] || mkdir -p "$state"
	[ -r streams ] || die 66 "no such file: $1/streams"
	if [ "$dry" = yes ]; then
		work=$(mktemp -d)
		trap 'rm -rf "$work"' EXIT
	fi
	while read -r -a words <&3; do
		case ${words[0]:-} in
		'' | '#'*) ;;
		*) stream "${words[@]}" ;;
		esac
	done 3<streams
}
