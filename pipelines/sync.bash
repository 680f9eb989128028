# sync.bash - what those pipelines share that carry what changed in a database
# to Klaviyo.  Each of them has three functions, all of which set records aside
# in $rejects:
#
#   records SINCE   prints who is new or changed since that time, as records
#   push OPTION...  sends records; kl-push's verb and its own options
#   after DRY       does what else is to be done (yes: says it), or nothing
#
# and then calls sync.  $keys are kl-diff's options about keys.

# shellcheck source=pipelines/common.bash
. "$(dirname "${BASH_SOURCE[0]}")/common.bash"

sync_beginning='0001-01-01 00:00:00+00:00'

# changed SINCE: of the records, those that are new to Klaviyo.
changed() {
	local s
	set +e
	# shellcheck disable=SC2154 # keys are the pipeline's own
	records "$1" |
		kl-diff -q --state "$known" "${keys[@]}" -r "$rejects"
	s=("${PIPESTATUS[@]}")
	set -e
	passable "${s[@]}"
}

# sync_dry SINCE: with a copy of what is known.
sync_dry() {
	work=$(mktemp -d)
	trap 'rm -rf "$work"' EXIT
	rejects=$work/rejects known=$work/known.db
	[ ! -e state/known.db ] || sqlite3 state/known.db ".backup '$known'"
	changed "$1" >"$work/changed"
	aside "$rejects" 'would be'
	push -n <"$work/changed"
	after yes
}

# sync_read SINCE NEXT: what is to be sent, and when the next run begins.
sync_read() {
	# What an earlier run has read and not brought to its end comes first.
	if [ -e state/changed.ndjson ]; then
		note 'going on with what an earlier run has begun'
		rejects=$(<state/rejects)
		return
	fi
	rejects=state/rejects-$(date -u +%Y%m%dT%H%M%S.%3NZ).ndjson
	echo "$rejects" >state/rejects
	echo "$2" >state/next
	whole state/changed.ndjson changed "$1"
}

# sync DRY FULL: the whole run; never returns.
sync() {
	local since=$sync_beginning next status=0
	if [ "$2" = no ] && [ -s state/since ]; then
		since=$(<state/since)
	fi
	# The clock that the next run begins at is read before the rows are.
	next=$(date -u -d "@$(($(date +%s) - ${OVERLAP:-600}))" '+%F %T+00:00')
	if [ "$1" = yes ]; then
		sync_dry "$since"
		exit 0
	fi
	known=state/known.db
	sync_read "$since" "$next"
	push -r "$rejects" --journal state/journal --receipt-records \
		<state/changed.ndjson >state/receipts.ndjson || status=$?
	# What has arrived is known, whatever became of the rest.
	kl-diff -q --state "$known" --commit <state/receipts.ndjson
	cat state/receipts.ndjson
	passable "$status"
	after no
	aside "$rejects" were
	[ ! -s "$rejects" ] || status=1
	mv state/next state/since
	rm -f state/changed.ndjson state/receipts.ndjson state/journal* \
		state/rejects
	exit "$status"
}
