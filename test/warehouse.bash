# warehouse.bash - for the pipelines that bring Klaviyo into databases: all it
# has, and what must then be where.

# start_everything: a sandbox with something of each kind; the streams of
# $folder pull it.  SEGMENT is a segment of it.
# shellcheck disable=SC2154 # folder is the test's
start_everything() {
	stop_sandbox
	start_sandbox --list DEMO01=Newsletter --job-delay 0 --limits off \
		--generate members=9,segments=1,events=6,suppressed=2
	SEGMENT=$(kl-pull segments -q | jq -r .id)
	printf 'full %s\n' lists segments metrics profiles events suppressions \
		'members --list DEMO01' "members --segment $SEGMENT" \
		'suppressions --list DEMO01' >"$folder/streams"
}

# everything: how many rows each table must have, by what kl-pull says.
everything() {
	local table words
	while read -r table words; do
		# shellcheck disable=SC2086 # they are words
		printf '%s|%d\n' "$table" "$(kl-pull -q $words | wc -l)"
	done <<-EOF
	event events
	global_exclusion suppressions
	list lists
	list_exclusion suppressions --list DEMO01
	list_person members --list DEMO01
	metric metrics
	person profiles
	segment segments
	segment_person members --segment $SEGMENT
	EOF
}

# counted PREFIX: the query that counts them.
counted() {
	local t union=
	for t in event global_exclusion list list_exclusion list_person metric \
		person segment segment_person; do
		printf "%s select '%s' as t, count(*) from %s%s" "$union" "$t" \
			"${1:-}" "$t"
		union=' union all'
	done
	printf ' order by t'
}

# joined PREFIX: a query over events, their metrics and people.
joined() {
	printf 'select count(*) from %sevent e
		join %smetric m on m.id = e.metric_id
		join %sperson p on p.id = e.person_id
		where m.name is not null and e.datetime is not null
		and e.uuid is not null' "$1" "$1" "$1"
}
