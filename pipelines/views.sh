#!/usr/bin/env bash
# views.sh - page views of a web server's log into Klaviyo, as they come: an
# event "Viewed Page" for each page that a known customer has seen.
#
# Usage:   views.sh FOLDER LOG
# Input:   LOG, a JSON object a line; FOLDER/views.json, what is made of it.
#          The key as for kl-track.
# Output:  FOLDER/state/rejects.ndjson, what was set aside, and views.journal,
#          what was sent; receipts on stdout.
# Exit:    0 after SIGTERM or SIGINT, when what had been written to the log by
#          then is sent; 1 if some were set aside; others as in kl(7).
#
# An event is in Klaviyo's hands FLUSH (5s) after its line was written, at the
# latest, and many share a request.  The request's own number is the event's id.
# The log is read from its beginning, and the journal knows what was sent: so
# that after a stop, or a crash, what came meanwhile is sent, and nothing twice.
# FROM=0 begins at the end of the log instead.  A log that is rotated is
# followed; what a run that was killed had not read of it before is sent by one
# more, with the old file for LOG.  Rejects of what is read again are there again.
#
# Under systemd: Type=exec, Restart=on-failure, and KillMode=mixed, so that only
# this script is told to stop.  nginx writes such a log with
#	log_format views escape=json '{"time":"$time_iso8601","request":'
#	  '"$request_id","customer":"$cookie_customer","method":"$request_method",'
#	  '"uri":"$uri","status":$status,"referer":"$http_referer"}';
set -euo pipefail

# shellcheck source=pipelines/common.bash
. "$(dirname "${BASH_SOURCE[0]}")/common.bash"

[ $# -eq 2 ] || die 64 'usage: views.sh FOLDER LOG'
log=$(realpath "$2")
[ -r "$log" ] || die 66 "no such log: $2"
begin "$1"
rm -f state/lines
mkfifo state/lines

# Who stops this script stops the reading: the rest ends by itself, with all
# that was read.
tail -q -n "${FROM:-+1}" -F "$log" >state/lines 2>/dev/null &
reader=$!
trap 'kill $reader 2>/dev/null || true' TERM INT EXIT

work() {
	local s
	set +e
	kl-map -q --kind event -c views.json -r state/rejects.ndjson \
		--where customer? --where method=GET --where status=200 \
		--where asset= <state/lines |
		kl-track --flush "${FLUSH:-5s}" --journal state/views.journal \
			-r state/rejects.ndjson
	s=("${PIPESTATUS[@]}")
	set -e
	passable "${s[@]}"
	return $((s[0] | s[1]))
}

work &
status=0
wait $! || status=$?
# A signal ends a wait before its time.
while kill -0 $! 2>/dev/null; do
	status=0
	wait $! || status=$?
done
exit "$status"
