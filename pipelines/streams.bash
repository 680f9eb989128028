# streams.bash - what those pipelines share that load what Klaviyo has into a
# database: FOLDER/streams says what is pulled, and each of them has a function
#
#   load HOW KIND FILE GROUP
#
# that loads the records of FILE as load/KIND.* says, in one transaction
# that is rolled back if $dry is yes, and prints what it wrote.  HOW is
# full or new, GROUP the id of the list or segment, or nothing.
#
# What was pulled stays in FOLDER/state until the database has it: a run that
# is killed, at any moment, is continued by the next.

# group WORD...: the list or segment that is named, if one is.
group() {
	local last=
	for word; do
		case $last in
		--list | --segment) echo "$word" ;;
		esac
		last=$word
	done
}

# table WORD...: what its rows are, by which the folder load knows them.
table() {
	case " $* " in
	' members '*'--segment '*) echo segment-members ;;
	' suppressions '*'--list '*) echo list-suppressions ;;
	*) echo "$1" ;;
	esac
}

# owner KIND: whose members they are.  Members of a list and of a segment are
# written alike, into list_person by list_id or segment_person by segment_id:
# these are :members and :owner in what loads them.
owner() {
	case $1 in
	segment-*) echo segment ;;
	*) echo list ;;
	esac
}

# stream HOW WORD...: pull it and load it.
stream() {
	local how=$1 kind name file told options=()
	shift
	kind=$(table "$@")
	compgen -G "load/$kind.*" >/dev/null || die 64 "streams: no table for $1"
	name=$(tr -c 'A-Za-z0-9\n' - <<<"$*")
	file=state/$name.ndjson
	case $how:$kind in
	full:*) ;;
	new:profiles | new:events) options=(--state "state/$name.state") ;;
	new:*) die 64 "streams: new is for profiles and events, not $1" ;;
	*) die 64 "streams: how is full or new, not $how" ;;
	esac
	if [ "$dry" = yes ]; then
		file=$work/$name.ndjson
		[ "$how" = full ] || [ ! -e "state/$name.state" ] || {
			cp "state/$name.state" "$work/$name.state"
			options=(--state "$work/$name.state")
		}
	fi
	# A file that is there was pulled by a run that did not load it.
	[ -e "$file" ] ||
		kl-pull "$@" -q ${options[@]+"${options[@]}"} --output "$file"
	told=$(load "$how" "$kind" "$file" "$(group "$@")")
	printf '%s\t%s\n' "$*" "$told"
	rm -f "$file"
}

# load_streams ARGUMENT...: the whole of such a pipeline; [-n] FOLDER.
load_streams() {
	local words
	dry=no
	if [ "${1:-}" = -n ]; then
		dry=yes
		shift
	fi
	[ $# -eq 1 ] || die 64 "usage: ${0##*/} [-n] FOLDER"
	begin "$1"
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
