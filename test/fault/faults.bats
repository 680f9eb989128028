#!/usr/bin/env bats
# Whatever goes wrong on the way, everything arrives, and once.

setup() {
	load fault
	cd "$BATS_TEST_TMPDIR" || return
	export KL_PUSH_LIST=KKbLLU
}

teardown() {
	stop_sandbox
}

# What can go wrong with the request for an import.
KINDS='refuse reset-before reset-headers reset-body lost-reply truncate
	wrong-length html stall:ms=20000 slow:ms=1 redirect close-idle
	status=408 status=429:ms=0 status=500 status=502 status=503:ms=0
	status=504 status=522 status=524'

# spec KIND P: the option; connections are refused, everything else happens to
# requests for imports.
spec() {
	case $1 in
	refuse) echo "refuse:p=$2:ms=20" ;;
	*:ms=*) echo "${1%%:*}:bulk_import_profiles:p=$2:${1#*:}" ;;
	*) echo "$1:bulk_import_profiles:p=$2" ;;
	esac
}

# push: in, until it is done; a redirect, or nonsense four times, ends a run.
# Requests for imports are counted in $posts, runs in $runs.
push() {
	local status
	runs=0
	: >trace
	while [ $runs -lt 400 ]; do
		runs=$((runs + 1))
		status=0
		kl-push add -v --journal j --timeout 250 --chunk-size "$chunk" \
			<in >receipts 2>err || status=$?
		cat err >>trace
		[ $status -eq 75 ] || [ $status -eq 76 ] || break
	done
	posts=$(grep -c 'POST /api/profile-bulk-import-jobs' trace) || true
	[ $status -eq 0 ] || {
		tail -5 err
		return 1
	}
}

# within POSTS BATCHES PERCENT: so many requests are no more than that.
within() {
	[ $(($1 * 100)) -le $(($2 * $3)) ]
}

@test "each fault alone, of a tenth and of a quarter of requests" {
	local kind p most said n batches
	long || skip "in the long form"
	n=100000 chunk=500
	people $n >in
	batches=$((n / chunk))
	for kind in $KINDS; do
		for p in 0.1 0.25; do
			rm -f j j-wal
			sandbox --job-delay 20 --fault "$(spec "$kind" $p)"
			push
			said=$(judged in)
			tell "$kind $p: $said requests $posts batches $batches runs $runs"
			most=125
			[ $p = 0.1 ] || most=170
			within "$posts" $batches $most
		done
	done
}

@test "all faults mixed, of three requests in ten" {
	local kind specs=() said n
	n=$(pick 3000 100000)
	chunk=$(pick 100 500)
	people "$n" >in
	for kind in $KINDS; do
		# nineteen of them, and the rest for connections
		specs+=(--fault "$(spec "$kind" 0.0175)")
	done
	sandbox --job-delay 20 "${specs[@]}"
	push
	said=$(judged in)
	tell "$said requests $posts batches $((n / chunk)) runs $runs"
	[ "$(jq -s 'map(.counts.accepted) | add' receipts)" -eq "$n" ]
	within "$posts" $((n / chunk)) "$(pick 230 170)"
}

@test "faults of every request, of lookups and jobs too" {
	local n chunk=100 said
	n=$(pick 1000 20000)
	people "$n" >in
	sandbox --job-delay 20 --fault lost-reply:p=0.1 --fault truncate:p=0.05 \
		--fault reset-before:p=0.1 --fault status=503:ms=0:p=0.1
	push
	said=$(judged in)
	tell "$said requests $posts batches $((n / chunk)) runs $runs"
}

@test "five bad records of 10,000 that nobody names are found" {
	local said extra
	{
		seq 1 10000 | awk '{ printf "{\"email\":\"%s%d@shop.example\",\"title\":\"%d\"}\n",
			$1 == 7 || $1 == 3000 || $1 == 3001 || $1 == 6502 ||
			$1 == 9999 ? "worst" : "p", $1, $1 }'
	} >all
	grep -v worst all >in
	sandbox --job-delay 20 --poison worst
	run -1 --separate-stderr kl-push add --journal j -r bad \
		--chunk-size 10000 <all
	[ "$(jq -r ._kl_reject.line bad | tr '\n' ' ')" = '7 3000 3001 6502 9999 ' ]
	said=$(judged in)
	extra=$(($(jq -r .attempts <<<"$output") - 1))
	tell "$said extra requests $extra"
	[ "$extra" -le 140 ] # 2 * 5 * ceil(log2(10000))
}

@test "ten minutes of outage cost few requests, then 75, then all goes on" {
	local posts said status=0
	cc -shared -fPIC -O1 -o fast.so "$FAULTS/fasttime.c" -ldl ||
		skip "no compiler"
	LD_PRELOAD=$PWD/fast.so kl-push --version >/dev/null ||
		skip "not with a sanitizer"
	people 2000 >in
	sandbox --job-delay 20 --fault status=503:bulk_import_profiles:ms=0
	# sixty times as fast: ten seconds; or one
	FASTTIME=$(pick 600 60) LD_PRELOAD=$PWD/fast.so kl-push add -v --journal j \
		--chunk-size 500 --give-up-after 10m <in >receipts 2>err || status=$?
	[ $status -eq 75 ]
	posts=$(grep -c 'POST /api/profile-bulk-import-jobs' err)
	tell "requests $posts"
	[ "$posts" -le 44 ] # those of four batches, and forty more
	[[ $(tail -2 err | head -1) = 'kl-push: to go on: '* ]]
	stop_sandbox
	sandbox --job-delay 20
	run -0 --separate-stderr kl-push add --journal j <in
	said=$(judged in)
}
