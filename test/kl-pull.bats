#!/usr/bin/env bats

setup() {
	load helper
	load raw
	cd "$BATS_TEST_TMPDIR" || return
}

teardown() {
	stop_sandbox
}

# lists: a sandbox with two lists and three people on the first.
lists() {
	cat >seed.ndjson <<-'EOF'
		{"type":"list","id":"KKbLLU","attributes":{"name":"Newsletter"}}
		{"type":"list","id":"VIP001","attributes":{"name":"VIP"}}
		{"type":"profile","id":"01JA0000000000000000000001","attributes":{"email":"ada@shop.example","first_name":"Ada","properties":{"Plan":"pro","Score":1.50}},"lists":["KKbLLU"]}
		{"type":"profile","id":"01JA0000000000000000000002","attributes":{"email":"bo@shop.example","first_name":"Bö \"B\"","location":{"city":"Lyon"}},"lists":["KKbLLU"]}
		{"type":"profile","id":"01JA0000000000000000000003","attributes":{"phone_number":"+33123456789"},"lists":["KKbLLU"]}
	EOF
	start_sandbox --seed seed.ndjson --limits off "$@"
}

@test "kl-pull: members writes the profiles of a list, attributes at the top" {
	lists
	run -0 --separate-stderr kl-pull members --list KKbLLU \
		--fields email,first_name,phone_number
	same '{"id":"01JA0000000000000000000001","email":"ada@shop.example","phone_number":null,"first_name":"Ada"}
{"id":"01JA0000000000000000000002","email":"bo@shop.example","phone_number":null,"first_name":"Bö \"B\""}
{"id":"01JA0000000000000000000003","email":null,"phone_number":"+33123456789","first_name":null}'
	said 'kl-pull: wrote 3 from 1 page'
}

@test "kl-pull: members passes on every attribute and says since when" {
	lists
	run -0 --separate-stderr kl-pull members --list KKbLLU
	[ "$(wc -l <<<"$output")" -eq 3 ]
	[ "$(jq -r 'select(.first_name == "Ada").properties.Plan' \
		<<<"$output")" = pro ]
	[ "$(jq -r '.joined_group_at' <<<"$output" | grep -c T)" -eq 3 ]
	[[ $output = *'"Score":1.50'* ]]
}

@test "kl-pull: members walks all pages and loses nobody" {
	start_sandbox --list KKbLLU=News --generate members=1234 --limits off
	run -0 --separate-stderr kl-pull members --list KKbLLU --fields email
	[ "$(wc -l <<<"$output")" -eq 1234 ]
	[ "$(jq -r .email <<<"$output" | sort -u | wc -l)" -eq 1234 ]
	said 'kl-pull: wrote 1234 from 13 pages'
}

@test "kl-pull: members takes the list from the configuration" {
	lists
	echo '{"klaviyo":{"list_id":"KKbLLU"}}' >sync.json
	run -0 --separate-stderr kl-pull members -q -c sync.json --fields email
	[ "$(wc -l <<<"$output")" -eq 3 ]
	said ''
}

@test "kl-pull: --list-name finds the list of that name" {
	lists
	run -0 --separate-stderr kl-pull members -q --list-name Newsletter
	[ "$(wc -l <<<"$output")" -eq 3 ]
}

@test "kl-pull: --list-name refuses a name that several lists have" {
	start_sandbox --list AAAAA1=News --list BBBBB2=News --list CCCCC3=news
	run -64 --separate-stderr kl-pull members --list-name News
	same ''
	said 'kl-pull: 2 lists have this name; use --list with one of AAAAA1, BBBBB2'
}

@test "kl-pull: --list-name takes quotes and backslashes for what they are" {
	start_sandbox --list AAAAA1='A "q" \ b, c'
	run -0 --separate-stderr kl-pull members --list-name 'A "q" \ b, c'
	said 'kl-pull: wrote 0 from 1 page'
}

@test "kl-pull: names the lists there are when the list is unknown" {
	lists
	run -69 --separate-stderr kl-pull members --list NOPE01
	said 'kl-pull: the account of the key has no list with this id; it has KKbLLU (Newsletter), VIP001 (VIP)
kl-pull: wrote 0, which is not all'
	run -69 --separate-stderr kl-pull members --list-name Nope
	said 'kl-pull: the account of the key has no list with this name; it has KKbLLU (Newsletter), VIP001 (VIP)
kl-pull: wrote 0, which is not all'
}

@test "kl-pull: --with subscriptions asks for consent as well" {
	lists
	run -0 --separate-stderr kl-pull members -q --list KKbLLU \
		--fields email --with subscriptions
	[ "$(jq -r .subscriptions.email.marketing.consent <<<"$output" |
		sort -u)" = NEVER_SUBSCRIBED ]
}

@test "kl-pull: --fields refuses what Klaviyo does not offer" {
	lists
	run -64 --separate-stderr kl-pull members --list KKbLLU --fields emial
	said 'kl-pull: fields: klaviyo offers no emial; email?'
	run -64 --separate-stderr kl-pull members --list KKbLLU \
		--fields email,properties.Plan
	said 'kl-pull: fields: klaviyo offers no properties.Plan; ask for properties, and choose with kl-map or kl-to-csv --columns'
	run -64 --separate-stderr kl-pull members --list KKbLLU --with all
	said 'kl-pull: with: klaviyo offers no all'
}

@test "kl-pull: lists writes a record for each list" {
	lists
	run -0 --separate-stderr kl-pull lists
	[ "$(jq -r '[.id, .name] | join(" ")' <<<"$output")" = 'KKbLLU Newsletter
VIP001 VIP' ]
	[ "$(head -1 <<<"$output" | jq -r 'keys_unsorted | join(" ")')" = \
		'id name created updated opt_in_process' ]
	said 'kl-pull: wrote 2 from 1 page'
}

@test "kl-pull: account writes whose key it is" {
	lists
	run -0 --separate-stderr kl-pull account
	[ "$(jq -r .contact_information.organization_name <<<"$output")" = \
		kl-sandbox ]
	said 'kl-pull: wrote 1 from 1 page'
}

@test "kl-pull: account --check says what the key may do, and changes nothing" {
	lists
	run -0 --separate-stderr kl-pull account --check --list KKbLLU
	same '{"check":"key","ok":true,"text":"accepted; account SNDBX1 kl-sandbox"}
{"check":"accounts:read","ok":true,"text":"the account can be read"}
{"check":"lists:read","ok":true,"text":"lists can be read"}
{"check":"profiles:read","ok":true,"text":"profiles can be read"}
{"check":"lists:write","ok":null,"text":"needed to add members; only adding can prove it"}
{"check":"profiles:write","ok":null,"text":"needed to add members; only adding can prove it"}
{"check":"list","ok":true,"text":"KKbLLU is there: Newsletter"}'
	said 'kl-pull: key            ok         accepted; account SNDBX1 kl-sandbox
kl-pull: accounts:read  ok         the account can be read
kl-pull: lists:read     ok         lists can be read
kl-pull: profiles:read  ok         profiles can be read
kl-pull: lists:write    not tried  needed to add members; only adding can prove it
kl-pull: profiles:write not tried  needed to add members; only adding can prove it
kl-pull: list           ok         KKbLLU is there: Newsletter
kl-pull: wrote 7'
	[ ! -s "$LEDGER" ]
}

@test "kl-pull: account --check goes on after a missing scope" {
	lists --key pk_some:profiles:read,lists:read
	KLAVIYO_API_KEY=pk_some run -77 --separate-stderr \
		kl-pull account --check -q --list NOPE01
	[ "$(jq -r '[.check, .ok, .code // "-"] | map(tostring) | join(" ")' \
		<<<"$output")" = 'key true -
accounts:read false scope_missing
lists:read true -
profiles:read true -
lists:write null -
profiles:write null -
list false list_unknown' ]
}

@test "kl-pull: account --check ends at a key that is not accepted" {
	lists
	KLAVIYO_API_KEY=pk_wrong run -77 --separate-stderr \
		kl-pull account --check -q
	[ "$(jq -r '[.check, .ok, .code] | map(tostring) | join(" ")' \
		<<<"$output")" = 'key false key_refused' ]
}

@test "kl-pull: exits 77 and says what to do about a wrong key" {
	lists
	KLAVIYO_API_KEY=pk_wrong run -77 --separate-stderr kl-pull lists -v
	same ''
	[[ $stderr = *'kl-pull: klaviyo does not accept the key (401 authentication_failed); it must be a private key (pk_...) of the account, not revoked; Klaviyo: Settings, API keys'* ]]
	[[ $stderr != *pk_wrong* ]]
}

@test "kl-pull: exits 77 and names the scope that is missing" {
	lists --key pk_some:lists:read
	KLAVIYO_API_KEY=pk_some run -77 --separate-stderr \
		kl-pull members --list KKbLLU
	[[ $stderr = 'kl-pull: the key lacks the scope profiles:read, needed for list members; '* ]]
}

@test "kl-pull: --output makes a whole file, readable by its owner alone" {
	lists
	run -0 --separate-stderr kl-pull members --list KKbLLU -o out.ndjson
	same ''
	[ "$(wc -l <out.ndjson)" -eq 3 ]
	[ "$(stat -c %a out.ndjson)" = 600 ]
	said 'kl-pull: wrote 3 from 1 page'
	[ -z "$(compgen -G '*.tmp')" ]
}

@test "kl-pull: --output leaves the old file when a page fails" {
	start_sandbox --list KKbLLU=News --generate members=300 --limits off \
		--fault status=404:get_profiles_for_list:at=2
	echo old >out.ndjson
	run -69 --separate-stderr kl-pull members --list KKbLLU -o out.ndjson
	[ "$(cat out.ndjson)" = old ]
	[ -z "$(compgen -G '*.tmp')" ]
	[[ $stderr = *'kl-pull: wrote 100 from 1 page, which is not all; no file was made' ]]
}

@test "kl-pull: --output that cannot be made is 73" {
	lists
	run -73 --separate-stderr kl-pull lists -o nowhere/x
	[[ ${stderr_lines[0]} = 'kl-pull: cannot create nowhere/x: No such file or directory' ]]
}

@test "kl-pull: --output takes the place of a regular file alone" {
	lists
	ln -s /dev/null link
	run -73 --separate-stderr kl-pull members --list KKbLLU -o link
	said 'kl-pull: cannot replace link: it is no regular file; name a file, not a device or a link
kl-pull: wrote 0, which is not all; no file was made'
	run -73 --separate-stderr kl-pull profiles --state s -o link
	[[ ${stderr_lines[-2]} = 'kl-pull: cannot replace link: '* ]]
	run -73 --separate-stderr kl-pull members -q --list KKbLLU --summary link
	said 'kl-pull: cannot replace link: it is no regular file; name a file, not a device or a link'
	[ -L link ]
	[ -z "$(compgen -G '*.tmp')" ]
}

@test "kl-pull: --summary has the counts" {
	lists
	run -0 --separate-stderr kl-pull members -q --list KKbLLU --summary s
	[ "$(jq -c '[.tool, .written, .pages, .requests, .exit]' s)" = \
		'["kl-pull",3,1,3,0]' ] # account, members, count
}

@test "kl-pull: --progress always asks for the number of members" {
	start_sandbox --list KKbLLU=News --generate members=300 --limits off
	run -0 --separate-stderr kl-pull members -v --list KKbLLU \
		--fields email --progress always
	[ "$(wc -l <<<"$output")" -eq 300 ]
	[[ $stderr = *'additional-fields[list]=profile_count'* ]]
}

# count N...: a service whose one list has one member and counts N, the first
# time and every further time.
count() {
	cat >count.pl <<-'EOS'
		use IO::Socket::INET; $| = 1;
		$s = IO::Socket::INET->new(Listen => 9, LocalAddr => "127.0.0.1");
		print "http://127.0.0.1:", $s->sockport, "\n";
		while ($c = $s->accept) {
			sysread $c, $b, 65536;
			$n = shift @ARGV if $b =~ /profile_count/ && @ARGV;
			$d = $b =~ /profile_count/ ? qq({"id":"L","attributes":{"profile_count":$n}})
			    : q([{"id":"A","attributes":{"email":null}}]);
			syswrite $c, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{\"data\":$d}";
			close $c;
		}
	EOS
	perl count.pl "$@" >raw.out 3>&- &
	export SANDBOX_PID=$!
	for _ in $(seq 200); do
		[ -s raw.out ] && break
		sleep 0.02
	done
	KL_BASE_URL=$(head -1 raw.out) KLAVIYO_API_KEY=pk_test
	export KL_BASE_URL KLAVIYO_API_KEY
}

@test "kl-pull: says when Klaviyo counts other members than were read" {
	count 5
	run -0 --separate-stderr kl-pull members --list KKbLLU --fields email
	said 'kl-pull: klaviyo counts 5 members, and 1 was read: its count may lag, or they changed meanwhile
kl-pull: wrote 1 from 1 page'
}

@test "kl-pull: --strict-count makes 75 of that, and no file" {
	count 5
	run -75 --separate-stderr kl-pull members --list KKbLLU \
		--fields email --strict-count -o out.ndjson
	said 'kl-pull: klaviyo counts 5 members, and 1 was read; the count may lag, or the members change; run the same command again
kl-pull: wrote 1 from 1 page, which is not all; no file was made'
	[ ! -e out.ndjson ]
}

@test "kl-pull: asks once more for a count that differs, since it may lag" {
	count 5 1
	run -0 --separate-stderr kl-pull members --list KKbLLU --fields email
	said 'kl-pull: wrote 1 from 1 page'
}

@test "kl-pull: --strict-count is content with the right count" {
	count 1
	run -0 --separate-stderr kl-pull members --list KKbLLU \
		--fields email --strict-count
	said 'kl-pull: wrote 1 from 1 page'
}

@test "kl-pull: does not count what a filter leaves of a list" {
	lists
	run -0 --separate-stderr kl-pull members --list KKbLLU --summary s \
		--email ada@shop.example
	[ "$(jq -c '[.written, .counted]' s)" = '[1,null]' ]
}

@test "kl-pull: -v shows each request, without key and cursor" {
	start_sandbox --list KKbLLU=News --generate members=150 --limits off
	run -0 --separate-stderr kl-pull members -v --list KKbLLU --fields email
	[[ ${stderr_lines[2]} = 'kl-pull: GET /api/lists/KKbLLU/profiles?page[size]=100&fields[profile]=email,joined_group_at&sort=joined_group_at&page[cursor]=... 200 in '* ]]
	[ "${#stderr_lines[@]}" -eq 5 ]
	[[ $stderr != *pk_sandbox* ]]
}

@test "kl-pull: waits out a rate limit and loses nobody" {
	start_sandbox --list KKbLLU=News --generate members=300 --limits off \
		--fault status=429:get_profiles_for_list:at=2:ms=1000
	run -0 --separate-stderr kl-pull members --list KKbLLU --fields email
	[ "$(jq -r .email <<<"$output" | sort -u | wc -l)" -eq 300 ]
	[[ ${stderr_lines[0]} = 'kl-pull: waiting: rate limit, '*' s' ]]
	[ "${stderr_lines[1]}" = 'kl-pull: wrote 300 from 3 pages' ]
}

@test "kl-pull: keeps within the limits the service has" {
	start_sandbox --list KKbLLU=News --generate members=9000
	run -0 --separate-stderr kl-pull members --list KKbLLU --fields email \
		--summary s
	[ "$(wc -l <<<"$output")" -eq 9000 ]
	# 90 pages, account, count, and a few to divide the work.
	[ "$(jq -c '[.requests < 110, .limited]' s)" = '[true,0]' ]
}

@test "kl-pull: comes through every kind of trouble on the way" {
	start_sandbox --list KKbLLU=News --generate members=1500 --limits off \
		--random-seed 7 --fault reset-before:p=0.1 \
		--fault reset-headers:p=0.1 --fault reset-body:p=0.1 \
		--fault truncate:p=0.1 --fault status=503:p=0.1 \
		--fault close-idle:p=0.1 --fault html:p=0.05
	run -0 --separate-stderr kl-pull members -q --list KKbLLU --fields email
	[ "$(jq -r .email <<<"$output" | sort -u | wc -l)" -eq 1500 ]
	[ "$(wc -l <<<"$output")" -eq 1500 ]
}

@test "kl-pull: exits 76 at a redirect, and does not follow it" {
	lists --fault redirect
	run -76 --separate-stderr kl-pull lists
	[[ ${stderr_lines[0]} = 'kl-pull: 127.0.0.1 answers with a redirect (30'*'), which is not followed; check the base URL; the key is sent to no other place' ]]
}

@test "kl-pull: exits 76 at pages for people" {
	raw 'HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>'
	run -76 --separate-stderr kl-pull lists
	said 'kl-pull: 127.0.0.1 answers 200 with an HTML page instead of JSON; is it Klaviyo? check the base URL, and for a proxy or login page in between
kl-pull: wrote 0, which is not all'
}

@test "kl-pull: exits 75 when the service stays away, saying so in time" {
	lists --fault html
	run -75 --separate-stderr kl-pull lists --give-up-after 300ms
	[[ ${stderr_lines[0]} = 'kl-pull: klaviyo is not available: status 50'*' attempts; run the same command again later' ]]
}

@test "kl-pull: exits 76 at a next link that leads elsewhere" {
	raw "$json"'{"data":[{"id":"A","attributes":{}}],"links":{"next":"https://evil.example/api/lists?page[cursor]=x"}}'
	run -76 --separate-stderr kl-pull lists
	said 'kl-pull: the link to the next page leads to another server; it is not followed
kl-pull: wrote 0, which is not all'
}

@test "kl-pull: exits 76 at pages that go in a circle" {
	# The link has to name the server's own port.
	raw ''
	stop_sandbox
	raw "$json"'{"data":[{"id":"A","attributes":{}}],"links":{"next":"'"$KL_BASE_URL"'/api/lists?page[cursor]=x"}}' \
		close "${KL_BASE_URL##*:}"
	run -76 --separate-stderr kl-pull lists
	[[ ${stderr_lines[0]} = 'kl-pull: the pages go in a circle: the cursor after page 2 was there before' ]]
}

@test "kl-pull: exits 76 at JSON that is cut short" {
	raw "$json"'{"data":[{"id":"A","attr'
	run -76 --separate-stderr kl-pull lists
	same ''
	[[ ${stderr_lines[0]} = 'kl-pull: 127.0.0.1 answers 200 with JSON that is malformed or cut short, 24 bytes; '* ]]
}

@test "kl-pull: exits 76 at a resource without an id, after what came before" {
	raw "$json"'{"data":[{"id":"A","attributes":{"n":1}},{"attributes":{}}]}'
	run -76 --separate-stderr kl-pull lists
	same '{"id":"A","n":1}'
	said 'kl-pull: klaviyo sent an object without id or attributes
kl-pull: wrote 1 from 1 page, which is not all'
}

@test "kl-pull: --timeout and --give-up-after end a server that stalls" {
	raw '' stall
	run -75 --separate-stderr kl-pull lists --timeout 100ms \
		--give-up-after 300ms
	[[ ${stderr_lines[0]} = 'kl-pull: the connection to 127.0.0.1 failed '*'no byte came for 100 ms; run the same command again later' ]]
}

@test "kl-pull: exits 75 when nobody listens" {
	raw ''
	stop_sandbox
	run -75 --separate-stderr kl-pull lists --give-up-after 100ms
	[[ ${stderr_lines[0]} = 'kl-pull: cannot connect to 127.0.0.1 (127.0.0.1): '* ]]
}

@test "kl-pull: exits 78 before it sends a key in the clear" {
	KLAVIYO_API_KEY=pk_x run -78 --separate-stderr \
		kl-pull lists --base-url http://klaviyo.example
	said 'kl-pull: the base URL is http: the key would be sent in the clear; use https; http is for loopback addresses only'
}

@test "kl-pull: exits 78 without a key" {
	run -78 --separate-stderr kl-pull lists
	said 'kl-pull: no API key was given; use --key-file FILE, --key-command COMMAND, the variable KLAVIYO_API_KEY, or klaviyo.api_key in the configuration file'
}

@test "kl-pull: --key-file is read, and refused if others can read it" {
	lists
	unset KLAVIYO_API_KEY
	echo pk_sandbox >key
	chmod 600 key
	run -0 --separate-stderr kl-pull lists -q --key-file key
	chmod 640 key
	run -78 --separate-stderr kl-pull lists --key-file key
	said 'kl-pull: the key file key can be read by others (mode 0640); chmod 600 key'
}

@test "kl-pull: --key-command prints the key" {
	lists
	unset KLAVIYO_API_KEY
	run -0 --separate-stderr kl-pull lists -q --key-command 'echo pk_sandbox'
	run -78 --separate-stderr kl-pull lists --key-command 'exit 3'
	said 'kl-pull: the key command failed with status 3; run it by hand to see what it says'
}

@test "kl-pull: a configuration with a key is refused if others can read it" {
	lists
	echo '{"klaviyo":{"api_key":"pk_sandbox"}}' >sync.json
	unset KLAVIYO_API_KEY
	chmod 600 sync.json
	run -0 --separate-stderr kl-pull lists -q -c sync.json
	chmod 644 sync.json
	run -78 --separate-stderr kl-pull lists -c sync.json
	[[ $stderr = *'sync.json holds a key and others can read it (mode 0644); chmod 600 sync.json' ]]
}

@test "kl-pull: the key is not in its environment while it runs" {
	raw '' stall
	kl-pull lists --timeout 20s 3>&- 2>/dev/null &
	pid=$!
	sleep 0.3
	run grep -c pk_test "/proc/$pid/environ"
	kill "$pid"
	[ "$output" != 1 ]
}

@test "kl-pull: a signal ends it with 130 or 143, and nothing half-written" {
	raw '' stall
	kl-pull lists -o out.ndjson 3>&- 2>err &
	pid=$!
	sleep 0.3
	kill -TERM "$pid"
	code=0
	wait "$pid" || code=$?
	[ "$code" -eq 143 ]
	[ ! -e out.ndjson ]
	[ -z "$(compgen -G '*.tmp')" ]
}

@test "kl-pull: refuses options that the verb has no use for" {
	export KLAVIYO_API_KEY=pk_x
	run -64 --separate-stderr kl-pull lists --with subscriptions
	[[ $stderr = 'kl-pull: lists takes no --with'* ]]
	run -64 --separate-stderr kl-pull members --check --list KKbLLU
	[[ $stderr = 'kl-pull: --check is for account'* ]]
	run -64 --separate-stderr kl-pull lists --list KKbLLU
	[[ $stderr = 'kl-pull: lists takes no --list'* ]]
	run -64 --separate-stderr kl-pull account --list KKbLLU
	[[ $stderr = 'kl-pull: --list is for account --check'* ]]
	run -64 --separate-stderr kl-pull members --list A --list-name B
	[[ $stderr = 'kl-pull: --list and --list-name name the same thing: one'* ]]
	run -64 --separate-stderr kl-pull members
	[[ $stderr = 'kl-pull: which list? --list ID or --list-name NAME; kl-pull lists shows them'* ]]
}

@test "kl-pull: wants one verb that it knows" {
	run -64 --separate-stderr kl-pull
	[[ $stderr = 'kl-pull: say what to read: members, profiles, events, lists, segments, metrics, suppressions, jobs or account'* ]]
	run -64 --separate-stderr kl-pull people
	[[ $stderr = 'kl-pull: cannot read people: members, profiles, '* ]]
	run -64 --separate-stderr kl-pull lists account
	[[ $stderr = 'kl-pull: only one thing at a time: lists or account'* ]]
}

@test "kl-pull: a bad option is 64" {
	run -64 --separate-stderr kl-pull lists --outptu x
	[[ $stderr = *output* ]]
}

@test "kl-pull: exits 74 when stdout is full" {
	[ -w /dev/full ] || skip "no /dev/full"
	lists
	run -74 bash -c 'kl-pull members --list KKbLLU >/dev/full'
	[[ $output = 'kl-pull: cannot write standard output: '* ]]
}

@test "kl-pull: exits 74 when nobody reads on" {
	start_sandbox --list KKbLLU=News --generate members=20000 --limits off
	run -0 bash -c 'kl-pull members --list KKbLLU | head -1 >/dev/null
		exit $((PIPESTATUS[0] - 74))'
}

@test "kl-pull: --help and the manual page name the same options" {
	page_matches kl-pull
}
