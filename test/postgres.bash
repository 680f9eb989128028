# postgres.bash - a PostgreSQL server of the test's own: no port, a socket in
# a folder of its own, nothing that outlives the test file.  For setup_file
# and teardown_file; psql finds it by the variables that are exported.

# The programs of the newest server that is installed.
postgres_bin() {
	local dir
	dir=$(find /usr/lib/postgresql -mindepth 2 -maxdepth 2 -name bin \
		2>/dev/null | sort -V | tail -1)
	[ -n "$dir" ] || dir=$(dirname "$(command -v initdb)")
	echo "$dir"
}

# as_postgres COMMAND...: the server refuses to be run by root.
as_postgres() {
	if [ "$(id -u)" -eq 0 ]; then
		setpriv --reuid postgres --regid postgres --init-groups \
			env -C / HOME=/ "$@"
	else
		"$@"
	fi
}

# start_postgres: an empty database named kl, whose owner asks.
start_postgres() {
	# The path of a socket has 107 bytes at most: bats' folder may have more.
	PGHOST=$(mktemp -d "${TMPDIR:-/tmp}/kl-pg.XXXXXX")
	PGUSER=kl PGDATABASE=kl
	export PGHOST PGUSER PGDATABASE
	unset PGPORT PGPASSWORD PGSERVICE PGOPTIONS
	[ "$(id -u)" -ne 0 ] || chown postgres "$PGHOST"
	as_postgres "$(postgres_bin)/initdb" -D "$PGHOST/data" -U kl -A trust \
		-E UTF8 --locale C.UTF-8 --no-sync >"$BATS_FILE_TMPDIR/initdb.log"
	as_postgres "$(postgres_bin)/pg_ctl" -D "$PGHOST/data" -w -s \
		-l "$PGHOST/log" -o "-c listen_addresses= -c fsync=off \
		-c unix_socket_directories=$PGHOST" start 3>&-
	psql -X -q -d postgres -c 'create database kl'
}

stop_postgres() {
	[ -n "${PGHOST:-}" ] || return 0
	as_postgres "$(postgres_bin)/pg_ctl" -D "$PGHOST/data" -s -m immediate stop ||
		true
	rm -rf "$PGHOST"
}

# sql TEXT: rows without decoration, values separated by a bar.
sql() {
	psql -X -q -A -t -v ON_ERROR_STOP=1 -c "$1"
}
