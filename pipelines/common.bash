# common.bash - what the pipelines share: a folder that only one run uses at a
# time, steps that are kept once they are whole, and rows out of a database.

# No file of a pipeline is anybody else's business: they hold addresses.
umask 077

die() {
	local status=$1
	shift
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit "$status"
}

note() {
	printf '%s: %s\n' "${0##*/}" "$*" >&2
}

# begin FOLDER: go there, make its state, and keep other runs out.
begin() {
	cd "$1" 2>/dev/null || die 66 "no such folder: $1"
	mkdir -p state
	exec 9>state/lock
	flock -n 9 || die 75 "another run is using $1: try again later"
}

# The filters end with 1 where they set a record aside, which is no reason to
# stop: it is in the rejects.  The first other status that is not 0 ends the
# run with it.
passable() {
	local s
	for s in "$@"; do
		[ "$s" -le 1 ] || exit "$s"
	done
}

# aside FILE HOW: say how many records are in the rejects, if any, and why.  HOW
# is "were" or "would be".
aside() {
	local why where=
	[ -s "$1" ] || return 0
	[ "$2" = 'would be' ] || where=" in $PWD/$1"
	why=$(sed -n 's/^{"_kl_reject":{[^{}]*"code":"\([a-z0-9_]*\)".*/\1/p' "$1" |
		sort | uniq -c | sort -rn |
		awk '{ printf "%s%d %s", (NR > 1 ? ", " : ""), $1, $2 }')
	note "$(wc -l <"$1") $2 set aside$where: $why"
}

# query FILE [NAME=VALUE]...: the rows of the SQL query in FILE as CSV with a
# header, from the database that DATABASE names: the word postgres (reached
# by libpq's own variables, PGHOST, PGSERVICE, ...), or a file of SQLite.
# In the query :'name' stands for the value.  75 if there is no connection,
# 66 for what else goes wrong: never 1, which would be passable.
query() {
	local file=$1 set=() pair text
	shift
	[ -r "$file" ] || die 66 "no such query: $file"
	if [ "$DATABASE" = postgres ]; then
		for pair; do
			set+=(-v "$pair")
		done
		psql -X -q --csv -v ON_ERROR_STOP=1 -v FETCH_COUNT=5000 \
			"${set[@]}" -f "$file" || return $(($? == 2 ? 75 : 66))
		return 0
	fi
	[ -r "$DATABASE" ] || die 66 "no such database: $DATABASE"
	text=$(<"$file")
	for pair; do
		text=${text//":'${pair%%=*}'"/"'${pair#*=}'"}
	done
	sqlite3 -readonly -bail -csv -header "$DATABASE" <<<"$text" || return 66
}

# whole FILE COMMAND...: make FILE of what the command prints; it appears only
# if the command has passed.
whole() {
	local to=$1 s=0
	shift
	"$@" >"$to.part" || s=$?
	passable "$s"
	mv "$to.part" "$to"
}
