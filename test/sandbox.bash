# sandbox.bash - for the bats files of kl-sandbox: requests by hand, and
# answers with what differs from run to run replaced by a word.

# api METHOD PATH [BODY] [CURL OPTION]...: status and body of an answer, with
# what differs from run to run replaced by a word.
api() {
	local method=$1 path=$2 body=${3:-}
	shift $(($# > 2 ? 3 : 2))
	curl -gsS -X "$method" -w '\n%{http_code}' \
		-H "Authorization: Klaviyo-API-Key $KLAVIYO_API_KEY" \
		-H 'revision: 2026-07-15' \
		${body:+-H 'Content-Type: application/vnd.api+json' -d "$body"} \
		"$@" "$KL_BASE_URL$path" | tee "$BATS_TEST_TMPDIR/raw" | names
}

names() {
	sed -E -e "s#${KL_BASE_URL:-none}#BASE#g" \
		-e 's/[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\.[0-9]{6}\+00:00/MICRO/g' \
		-e 's/[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\+00:00/SECOND/g' \
		-e 's/[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}/UUID/g' \
		-e 's#("event","id":"|/events/)[0-9A-Za-z]{11}#\1EVENT#g' \
		-e 's/U05EQlgx[A-Za-z0-9_-]+/JOB/g' \
		-e 's/01[0-9A-HJKMNP-TV-Z]{24}/PROFILE/g' \
		-e 's/(cursor%5D=)[A-Za-z0-9_-]+/\1CURSOR/g'
}

# header METHOD PATH [BODY]: the headers that say something.
headers() {
	api "$1" "$2" "${3:-}" "${@:4}" -D - -o /dev/null | tr -d '\r' |
		grep -oiE '(HTTP/1|^content-type|^ratelimit|^retry|^allow|^location).*'
}

# id: the id of the last answer, of one thing.  first: the first of many.
# cursor: the token of the next page.
id() {
	sed -nE '1s/^[^[]*"id":"([^"]*)".*/\1/p' "$BATS_TEST_TMPDIR/raw"
}

first() {
	grep -o '"id":"[^"]*"' "$BATS_TEST_TMPDIR/raw" | head -1 | cut -d'"' -f4
}

cursor() {
	sed -nE 's/.*"next":"[^"]*cursor%5D=([A-Za-z0-9_-]+)".*/\1/p' \
		"$BATS_TEST_TMPDIR/raw"
}

person() {
	printf '{"type":"profile","attributes":{%s}}' "$1"
}

# import ROWS [LIST]: the body of a bulk import.
import() {
	printf '{"data":{"type":"profile-bulk-import-job","attributes":{"profiles":{"data":[%s]}}' "$1"
	[ -z "${2:-}" ] ||
		printf ',"relationships":{"lists":{"data":[{"type":"list","id":"%s"}]}}' "$2"
	printf '}}'
}

# problem STATUS CODE TITLE DETAIL SOURCE [REST]: an error answer.
problem() {
	local rest=${6-',"links":{},"meta":{}'}
	printf '{"errors":[{"id":"UUID","status":%s,"code":"%s","title":"%s","detail":"%s","source":{%s}%s}]}\n%s' \
		"$1" "$2" "$3" "$4" "$5" "$rest" "$1"
}

invalid() {
	problem 400 invalid 'Invalid input.' "$1" "$2"
}

# wait_for_jobs: until no import job is on its way.
wait_for_jobs() {
	for _ in $(seq 100); do
		api GET "$JOBS?filter=any(status,['queued','processing'])" |
			grep -q '"data":\[\]' && return
		sleep 0.02
	done
	return 1
}


# wait_for EFFECT [N]: until the ledger has N lines of it.
wait_for() {
	for _ in $(seq 200); do
		[ "$(grep -c "\"effect\":\"$1\"" "$LEDGER")" -ge "${2:-1}" ] && return
		sleep 0.02
	done
	return 1
}

JOBS=/api/profile-bulk-import-jobs
