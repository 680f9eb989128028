# warehouse.bash - for the pipelines that bring Klaviyo into databases: what
# each of them must do, whichever the database is.  Its file has
#
#   sql TEXT    prints the rows of a query, values separated by bars
#   row_state   prints what a row of person has that a write would change
#
# and calls prepare in its setup.
# shellcheck disable=SC2154 # folder and others are set by prepare

# start_everything: a sandbox with something of each kind; the streams of
# $folder pull it.  SEGMENT is a segment of it.
start_everything() {
	stop_sandbox
	start_sandbox --list DEMO01=Newsletter --job-delay 0 --limits off \
		--generate members=9,segments=1,events=6,suppressed=2
	SEGMENT=$(kl-pull segments -q | jq -r .id)
	printf 'full %s\n' lists segments metrics profiles events suppressions \
		'members --list=DEMO01' "members --segment $SEGMENT" \
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

# prepare DATABASE [PREFIX]: a sandbox with three members, and a folder that
# is to have its lists and members; PREFIX stands before the tables' names.
prepare() {
	database=$1 in=${2:-}
	start_sandbox --list DEMO01=Newsletter --job-delay 0 --visibility-delay 0 \
		--limits off
	pipelines=$BATS_TEST_DIRNAME/../pipelines
	folder=$BATS_TEST_TMPDIR/warehouse
	cp -r "$pipelines/warehouse" "$folder"
	printf 'full %s\n' lists 'members --list DEMO01' >"$folder/streams"
	people='{"email":"ada@shop.example","first_name":"Ada","properties":{"n":12345678901234567890.10}}
{"email":"bob@shop.example","first_name":"Bob\u0000by \\u0000"}
{"phone_number":"+43660123456","external_id":"C,\"3\""}'
	kl-push add -q --list DEMO01 <<<"$people" >/dev/null
}

load_all() {
	"$pipelines/to-$database.sh" "$@" "$folder"
}

# first_run: what it says.
first_run() {
	printf 'lists\t1 written, 0 deleted\n'
	printf 'members --list DEMO01\t3 people, 3 members written, 0 deleted'
}

# fills QUERY ROWS: the tables are made; the people of them are those.
fills() {
	run -0 --separate-stderr load_all
	same "$(first_run)"
	run -0 sql "$1"
	same "$2"
	run -0 sql "select l.name, count(*), count(m.joined) from ${in}list l
		join ${in}list_person m on m.list_id = l.id group by 1"
	same 'Newsletter|3|3'
}

# writes_nothing: a run now has nothing to write.
writes_nothing() {
	run -0 --separate-stderr load_all
	run -0 cut -f2 <<<"$output"
	run -0 sort -u <<<"$output"
	same '0 people, 0 members written, 0 deleted
0 written, 0 deleted'
}

# has_everything: all that kl-pull has is in its table.
has_everything() {
	local t union='' query=''
	start_everything
	run -0 load_all
	for t in event global_exclusion list list_exclusion list_person metric \
		person segment segment_person; do
		query+="$union select '$t' as t, count(*) from $in$t"
		union=' union all'
	done
	run -0 sql "$query order by t"
	same "$(everything)"
	run -0 sql "select count(*) from ${in}event e
		join ${in}metric m on m.id = e.metric_id
		join ${in}person p on p.id = e.person_id
		where m.name is not null and e.datetime is not null
		and e.uuid is not null"
	same 6
	writes_nothing
}

# brings_what_is_new: and deletes nothing.
brings_what_is_new() {
	printf 'new %s\n' profiles events >"$folder/streams"
	run -0 --separate-stderr load_all
	same $'profiles\t3 written, 0 deleted\nevents\t0 written, 0 deleted'
	kl-push upsert -q >/dev/null \
		<<<'{"email":"ada@shop.example","first_name":"Augusta"}'
	run -0 --separate-stderr load_all
	[ "${lines[0]}" = $'profiles\t1 written, 0 deleted' ]
	run -0 sql "select first_name, count(*) from ${in}person
		where email like 'ada@%' group by 1"
	same 'Augusta|1'
	run -0 sql "select count(*) from ${in}person"
	same 3
}

# is_idle_again: a second run leaves the rows as they are.
is_idle_again() {
	run -0 load_all
	before=$(row_state)
	writes_nothing
	run -0 row_state
	same "$before"
}

# follows_changes: a changed person is written, who left is no member.
follows_changes() {
	run -0 load_all
	kl-push add -q --list DEMO01 >/dev/null \
		<<<'{"email":"ada@shop.example","first_name":"Augusta"}'
	id=$(sql "select id from ${in}person where first_name like 'Bob%'")
	curl -sS -X DELETE -H "Authorization: Klaviyo-API-Key $KLAVIYO_API_KEY" \
		-H 'revision: 2026-07-15' -H 'Content-Type: application/vnd.api+json' \
		-d "{\"data\":[{\"type\":\"profile\",\"id\":\"$id\"}]}" \
		"$KL_BASE_URL/api/lists/DEMO01/relationships/profiles"
	run -0 load_all
	[ "${lines[1]}" = $'members --list DEMO01\t1 people, 0 members written, 1 deleted' ]
	run -0 sql "select email, first_name, external_id from ${in}person
		join ${in}list_person on person_id = id
		order by email nulls last"
	same 'ada@shop.example|Augusta|
||C,"3"'
}

# knows_consent: who may be mailed, if not why, and since when.
knows_consent() {
	echo 'full profiles --with subscriptions' >"$folder/streams"
	kl-push suppress -q >/dev/null <<<'{"email":"bob@shop.example"}'
	kl-push subscribe -q --list DEMO01 >/dev/null <<-'EOF'
	{"email":"ada@shop.example","consent":{"source":"Shop","email":{"status":"SUBSCRIBED"}}}
	EOF
	run -0 load_all
	run -0 sql "select email, consent, consented is not null as c,
		suppressed_for, suppressed is not null as s
		from ${in}email_consent where email is not null
		and (may_be_mailed or email like 'bob%') order by email"
	output=${output//true/1} output=${output//false/0}
	output=${output//|t/|1} output=${output//|f/|0}
	same 'ada@shop.example|SUBSCRIBED|1||0
bob@shop.example|NEVER_SUBSCRIBED|0|USER_SUPPRESSED|1'
}

# takes_a_column: one more line in tables is one more column.
keeps_what_did_not_come() {
	run -0 load_all
	echo 'full profiles --with subscriptions' >"$folder/streams"
	run -0 load_all
	echo 'full members --list DEMO01' >"$folder/streams"
	kl-push upsert -q >/dev/null \
		<<<'{"email":"ada@shop.example","title":"Countess","first_name":"Augusta"}'
	run -0 --separate-stderr load_all
	same $'members --list DEMO01\t1 people, 0 members written, 0 deleted'
	run -0 sql "select first_name, data ->> 'title',
		data -> 'subscriptions' is not null, count(*) from ${in}person
		where email like 'ada@%' group by 1, 2, 3"
	output=${output//|t|/|1|}
	same 'Augusta|Countess|1|1'
	run -0 --separate-stderr load_all
	same $'members --list DEMO01\t0 people, 0 members written, 0 deleted'
}

takes_a_column() {
	echo 'person points text - properties.n' >>"$folder/tables"
	run -0 load_all
	run -0 sql "select count(points), count(*) from ${in}person"
	same '1|3'
	writes_nothing
}

# only_tries: with -n the database is left as it was: empty; and what is new
# is as new to the next run.
only_tries() {
	echo 'new profiles' >>"$folder/streams"
	run -0 --separate-stderr load_all -n
	same "$(first_run)
$(printf 'profiles\t3 written, 0 deleted')"
	run -0 ls "$folder/state"
	same lock
}

deletes_nobody_when_cut_short() {
	run -0 load_all
	stop_sandbox
	KL_GIVE_UP_AFTER=200 run -75 --separate-stderr load_all
	run -0 sql "select count(*) from ${in}list_person"
	same 3
}

# goes_on: with what a run that was killed has pulled.
goes_on() {
	mkdir -p "$folder/state/$database"
	printf '{"id":"OTHER","name":"Pulled before","created":"2026-01-01T00:00:00+00:00"}\n' \
		>"$folder/state/$database/lists.ndjson"
	run -0 load_all
	run -0 sql "select id, name from ${in}list"
	same 'OTHER|Pulled before'
	[ ! -e "$folder/state/$database/lists.ndjson" ]
}

# keeps_what_was_pulled STATUS MESSAGE VARIABLE: the variable makes that the
# database is away.
keeps_what_was_pulled() {
	run "-$1" --separate-stderr env "$3" "$pipelines/to-$database.sh" "$folder"
	[[ $stderr == *"$2"* ]]
	[ -s "$folder/state/$database/lists.ndjson" ]
	run -0 load_all
	run -0 sql "select count(*) from ${in}list"
	same 1
}

# is_wrong STATUS MESSAGE: a run ends so.
is_wrong() {
	run "-$1" --separate-stderr load_all
	said "to-$database.sh: $2"
}

knows_mistakes() {
	echo 'sometimes lists' >"$folder/streams"
	is_wrong 64 'streams: how is full or new, not sometimes'
	echo 'new members --list DEMO01' >"$folder/streams"
	is_wrong 64 'streams: new is for profiles and events, not members'
	echo 'full account' >"$folder/streams"
	is_wrong 64 'streams: no table for account'
	echo 'full members --list-name Newsletter' >"$folder/streams"
	is_wrong 64 'streams: a list or segment is named by its id: members --list-name Newsletter'
	echo 'full suppressions --list-name Newsletter' >"$folder/streams"
	is_wrong 64 'streams: a list or segment is named by its id: suppressions --list-name Newsletter'
	echo 'full lists' >"$folder/streams"
	rm "$folder/tables"
	is_wrong 66 "no such file: $folder/tables"
	rm "$folder/streams"
	is_wrong 66 "no such file: $folder/streams"
	run -64 --separate-stderr "$pipelines/to-$database.sh"
	said "to-$database.sh: usage: to-$database.sh [-n] FOLDER"
}
