# tables.bash - what those pipelines share that load records into tables of a
# database: the SQL, as far as databases agree.  FOLDER/tables says what the
# tables are; each pipeline has
#
#   types         what the database calls text, time, bool and json
#   view          how it makes a view that may be there already
#   indexes       yes or no, whether it is to have any
#   member PATH   prints the SQL for that member of a record's data, as text
#   stage FILE    prints the SQL that makes the table record of the lines of
#                 FILE: data, the record; rest, what is in no other table; of
#                 two records of one thing only the newer
#   people KIND   prints the SQL that makes the table newer of record, whose
#                 data and rest are what is to be kept of a person, who may be
#                 here already and be newer
#   run SQL FILE  runs it in one transaction that ends with $end; FILE is for
#                 what reads standard input
#
# shellcheck disable=SC2154,SC2034 # what each of them has, or reads

# shellcheck source=pipelines/streams.bash
. "$(dirname "${BASH_SOURCE[0]}")/streams.bash"

# The table of each kind of record.
declare -A rows_of=(
	[lists]=list [segments]=segment [metrics]=metric
	[profiles]=person [members]=list_person [segment-members]=segment_person
	[events]=event
	[suppressions]=global_exclusion [list-suppressions]=list_exclusion
)

# described TABLE: what the SQL below says of it.
#   columns       id, name           key       id
#   definitions   id text not null, name text
#   values        the columns of a record
#   sets          name = excluded.name
#   scope         which rows there are of a group, or true
described() {
	local name column type part path value
	table=$1
	columns='' definitions='' values='' key='' sets='' scope=true
	while read -r name column type part path; do
		[ "$name" = "$table" ] || continue
		type=${types[$type]:-$type}
		case $path in
		-) value="'$group'" ;;
		.) value=rest ;;
		*) value="cast($(member "$path") as $type)" ;;
		esac
		columns+=", $column"
		values+=", $value as $column"
		case $part in
		-)
			definitions+=", $column $type"
			sets+=", $column = excluded.$column"
			;;
		*)
			definitions+=", $column $type not null"
			key+=", $column"
			;;
		esac
		[ "$part" != group ] || scope="$column = '$group'"
	done <tables
	columns=${columns#, } definitions=${definitions#, } values=${values#, }
	key=${key#, } sets=${sets#, }
}

# table_names: those that are described.
table_names() {
	sed -n 's/^\([a-z_0-9]\{1,\}\) .*/\1/p' tables | sort -u
}

# create: the tables and the view, where they are not there yet.
create() {
	local each
	for each in $(table_names); do
		described "$each"
		cat <<-SQL
		create table if not exists $table (
		    $definitions,
		    primary key ($key)
		);
		SQL
	done
	# For who asks by address, time or person.
	[ "$indexes" = no ] || cat <<-SQL
	create index if not exists person_email on person (lower(email));
	create index if not exists event_datetime on event (datetime);
	create index if not exists event_person on event (person_id);
	SQL
	# Who may be sent marketing mail, if not why, and since when.  It needs
	# profiles or members pulled with subscriptions.
	cat <<-SQL
	$view email_consent as
	select
	    id,
	    email,
	    cast(m ->> 'can_receive_email_marketing' as ${types[bool]})
	        as may_be_mailed,
	    m ->> 'consent' as consent,
	    m ->> 'method' as method,
	    cast(m ->> 'consent_timestamp' as ${types[time]}) as consented,
	    m -> 'suppression' -> 0 ->> 'reason' as suppressed_for,
	    cast(m -> 'suppression' -> 0 ->> 'timestamp' as ${types[time]})
	        as suppressed
	from (
	    select
	        id,
	        email,
	        data -> 'subscriptions' -> 'email' -> 'marketing' as m
	    from person
	) as p
	where m is not null;
	SQL
}

# merge HOW TABLE FROM: the table has what the records of FROM say.  Only rows
# that differ are written.  With full, what they do not have is deleted.
merge() {
	described "$2"
	cat <<-SQL
	create temporary table ${table}_here as select $values from $3;

	create temporary table ${table}_come as
	select * from ${table}_here
	except
	select $columns from $table where ($key) in (select $key from ${table}_here);

	create temporary table ${table}_gone as
	select $key from $table where '$1' = 'full' and $scope
	except
	select $key from ${table}_here;

	insert into $table ($columns) select * from ${table}_come where true
	on conflict ($key) do update set $sets;
	delete from $table where ($key) in (select * from ${table}_gone);
	SQL
}

# told TABLE [PEOPLE]: how many rows were written and deleted.
told() {
	local before=''
	[ $# -eq 1 ] ||
		before="(select count(*) from ${2}_come) || ' people, ' ||"
	cat <<-SQL
	select $before (select count(*) from ${1}_come)
	    || '${2:+ members} written, '
	    || (select count(*) from ${1}_gone) || ' deleted';
	SQL
}

# load HOW KIND FILE GROUP: what streams.bash asks for.  Records of members are
# of people, too, but not of all people.
load() {
	local how=$1 group=$4 rows=${rows_of[$2]} sql
	[ -r tables ] || die 66 "no such file: $PWD/tables"
	[[ $group =~ ^[A-Za-z0-9]*$ ]] || die 64 "streams: no id: $group"
	sql=$(
		create
		stage "$3"
		case $2 in
		profiles)
			people "$2"
			merge "$how" person newer
			told person
			;;
		members | segment-members)
			people "$2"
			merge new person newer
			merge "$how" "$rows" record
			told "$rows" person
			;;
		*)
			merge "$how" "$rows" record
			told "$rows"
			;;
		esac
	)
	end=commit
	[ "$dry" = no ] || end=rollback
	run "$sql" "$3"
}
