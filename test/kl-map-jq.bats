#!/usr/bin/env bats
# kl-map --jq, and the function jq: expressions and what they may not do.

setup() {
	load helper
	load mapping
	cd "$BATS_TEST_TMPDIR" || return
}

@test "kl-map: --jq alone writes what the expression makes of each record" {
	run -0 --separate-stderr kl-map --jq 'select(.n > 1) | .a[] | {v: .}' <<-'EOF'
		{"n":1,"a":[1]}
		{"n":2,"a":["x","y"]}
		{"n":3,"a":[]}
		{"n":4,"a":[{"z":"\u00e9\n"}]}
	EOF
	same '{"v":"x"}
{"v":"y"}
{"v":{"z":"é\n"}}'
	said 'kl-map: read 4 = 2 accepted + 2 filtered; wrote 3'
}

@test "kl-map: --jq beside fields: the results are mapped, as its manual shows" {
	run -0 --separate-stderr kl-map --jq '{mail} + .lines[]' --kind event \
		--metric Ordered --map mail=profile.email --map sku=SKU \
		<<<'{"mail":"ann@shop.example","lines":[{"sku":"A1"},{"sku":"B2"}]}'
	same '{"metric":"Ordered","profile":{"email":"ann@shop.example"},"properties":{"SKU":"A1"}}
{"metric":"Ordered","profile":{"email":"ann@shop.example"},"properties":{"SKU":"B2"}}'
	said 'kl-map: read 1 = 1 accepted; wrote 2'
	mapping m email '' >sync.json
	run -0 --separate-stderr kl-map -c sync.json --where 'k!=2' --jq '.[]' \
		<<<'{"a":{"m":"a@x.org","k":1},"b":{"m":"b@x.org","k":2}}'
	same '{"email":"a@x.org"}'
	said 'kl-map: read 1 = 1 accepted; wrote 1'
}

@test "kl-map: --jq works on the rows of a table" {
	run -0 --separate-stderr kl-map --from csv --types auto --jq '{email: .m, n: (.n + 1)}' \
		< <(printf 'm,n\na@x.org,1\n"b@x.org",2\n')
	same '{"email":"a@x.org","n":2}
{"email":"b@x.org","n":3}'
	said 'kl-map: read 2 = 2 accepted; wrote 2'
	run -0 kl-map -q --from csv --jq 'select(.n == "2")' --map m=email \
		< <(printf 'm,n\na@x.org,1\n"b@x.org",2\n')
	same '{"email":"b@x.org"}'
}

@test "kl-map: a record is set aside whole if a result is wrong" {
	run -1 --separate-stderr kl-map --jq '.a[]' --rejects bad.ndjson <<-'EOF'
		{"a":[{"x":1},2,{"x":3}]}
		{"a":[{"x":4}]}
		{"a":7}
	EOF
	same '{"x":4}'
	said 'kl-map: 2 set aside in bad.ndjson: 1 not_object, 1 jq_failed
kl-map: read 3 = 1 accepted + 2 rejected; wrote 1'
	sed -E 's/"run":"[^"]*"/"run":"R"/' bad.ndjson >got
	diff - got <<-'EOF'
		{"_kl_reject":{"v":1,"tool":"kl-map","run":"R","line":1,"code":"not_object","message":"jq: a result is no object","hint":"a record is one: {email: .Mail}; use select(...) to leave records out","class":"permanent"},"record":{"a":[{"x":1},2,{"x":3}]}}
		{"_kl_reject":{"v":1,"tool":"kl-map","run":"R","line":3,"code":"jq_failed","message":"jq: cannot iterate over number","hint":"jq's own message holds values and is left out; run jq on the record to read it","class":"permanent"},"record":{"a":7}}
	EOF
}

@test "kl-map: what jq says of values is in no message" {
	secret=ann@secret.example
	while read -r e; do
		run -65 --separate-stderr kl-map --jq "$e" <<<"{\"e\":\"$secret\",\"n\":41375}"
		same ''
		[[ $stderr != *secret* && $stderr != *41375* && $stderr != *ann@* ]] || {
			echo "$e: $stderr"
			return 1
		}
	done <<-'EOF'
		.e + .n
		.e - .n
		.e | tonumber
		.e | fromjson
		.e | .[]
		.n | keys
		.[.e].x.y.z | .[.n] | error
		.e | .[$__loc__.file]
		{(.n): 1}
		.n / 0
		error(.e)
		error({a: .e})
		error
		.e | strptime("%Y")
		.n | test(.e)
		.e | test("(" + .)
		.e | test("a"; .)
		.n | has(.e)
		.e | @base64d
		[[.]] | @csv
		setpath([.e, "x", .e]; 1) | .[.e].x[.n].y | error
		.e.x = 1
		.n | ltrimstr(.e) | error
		@text "\(.e)" | error
		.e |= error(.)
		. as [$x] | $x
	EOF
}

@test "kl-map: a text of the expression itself is said" {
	run -65 --separate-stderr kl-map --jq 'if .plan then . else error("no plan") end' <<<'{}'
	same ""
	[ "${stderr%%$'\n'*}" = 'kl-map: line 1: jq: no plan' ]
}

@test "kl-map: expressions see no environment, no file, no other record" {
	export SECRET=s3cret
	for e in env '.[env:]' '$ENV' '{a: $ENV.SECRET}' input '[inputs]' _input \
		input_filename input_line_number debug stderr halt halt_error \
		'halt_error(1)' '"a" | modulemeta' get_search_list \
		'"\(env.SECRET)"' '{a: 1} | {env: env}'; do
		run -64 --separate-stderr kl-map --jq "$e" <<<'{"a":1}'
		same ''
		[[ ${stderr%%$'\n'*} == 'kl-map: jq: '*' is not there for expressions; '* ]] || {
			echo "$e: $stderr"
			return 1
		}
	done
	for e in 'import "m" as m; m::f' 'include "m"; f' 'import "d" as $d; $d'; do
		run -64 --separate-stderr kl-map --jq "$e" <<<'{"a":1}'
		[[ $stderr == 'kl-map: jq: syntax error, unexpected '* ]]
	done
	run -0 kl-map -q --jq '$ ENV' <<<'{"a":1}'
	same '{}'
	run -0 kl-map -q --jq '{env, i: .input, debug: .halt}' \
		<<<'{"env":1,"input":2,"halt":3}'
	same '{"env":1,"i":2,"debug":3}'
}

@test "kl-map: ~/.jq is not read" {
	mkdir home
	echo 'def f: {home: 1}; def map(g): "mine";' >home/.jq
	HOME=$PWD/home run -64 --separate-stderr kl-map --jq f <<<'{}'
	said 'kl-map: jq: f/0 is not defined at <top-level>, line 1'
	HOME=$PWD/home run -0 kl-map -q --jq '{a: ([1] | map(.))}' <<<'{}'
	same '{"a":[1]}'
}

@test "kl-map: an expression that is none ends with 64, in the configuration with 78" {
	run -64 --separate-stderr kl-map --jq '.a | foo(1)' <<<'{}'
	same ''
	said 'kl-map: jq: foo/1 is not defined at <top-level>, line 1'
	run -64 --separate-stderr kl-map --jq '.a +' <<<'{}'
	said 'kl-map: jq: syntax error, unexpected $end'
	mapping e email '' a a 'jq:.a | foo(1)' >sync.json
	run -78 --separate-stderr kl-map -c sync.json <<<'{}'
	said 'kl-map: mapped_fields[1]: jq: foo/1 is not defined at <top-level>, line 1'
	mapping e email '' a a 'trim|jq:env' >sync.json
	run -78 --separate-stderr kl-map -c sync.json <<<'{}'
	said 'kl-map: mapped_fields[1]: jq: env is not there for expressions; an expression sees its record, no environment, no file, no other record'
}

@test "kl-map: numbers that jq would change set the record aside" {
	run -1 --separate-stderr kl-map --jq '{n: .n}' --rejects bad.ndjson <<-'EOF'
		{"n":9007199254740992}
		{"n":9007199254740993}
		{"n":1,"id":12345678901234567890}
		{"n":1.10}
		{"n":0.30000000000000004}
		{"n":1e400}
		{"n":[{"x":1e-400}]}
		{"n":"12345678901234567890"}
	EOF
	same '{"n":9007199254740992}
{"n":1.1}
{"n":0.30000000000000004}
{"n":"12345678901234567890"}'
	said 'kl-map: 4 set aside in bad.ndjson: 4 jq_number
kl-map: read 8 = 4 accepted + 4 rejected; wrote 4'
	grep -q '"line":3,"field":"id","code":"jq_number"' bad.ndjson
	grep -q '"line":7,"field":"n","code":"jq_number"' bad.ndjson
}

@test "kl-map: results without end are stopped" {
	run -65 --separate-stderr kl-map --jq 'repeat({a: 1})' <<<'{}'
	same ''
	[ "${stderr%%$'\n'*}" = 'kl-map: line 1: jq: over 10000 results, or 16777216 bytes of them; limit them in the expression: limit(100; ...)' ]
	run -65 --separate-stderr kl-map --jq '{a: ("x" * 2000000)} | ., ., ., ., ., ., ., ., .' <<<'{}'
	same ''
	run -0 --separate-stderr kl-map --jq 'range(10000) | {a: .}' <<<'{}'
	[ "${#lines[@]}" -eq 10000 ]
	said 'kl-map: read 1 = 1 accepted; wrote 10000'
}

@test "kl-map: the function jq takes all that follows, as it is written" {
	run -0 --separate-stderr kl-map --map 'e=email:lower|jq:split("@") | .[0] + "\u0040" + (.[1] // "x.org")' \
		--map 'a=Sum:jq:[.[].n] | add' --map 'n=Small:jq:select(. < 3)' \
		--map 'm=M:jq:{a:., b:"|"}' \
		<<<'{"e":"ANN@X.org","a":[{"n":1},{"n":2}],"n":3,"m":"\n"}'
	same '{"email":"ann@x.org","properties":{"Sum":3,"M":{"a":"\n","b":"|"}}}'
	said 'kl-map: read 1 = 1 accepted; wrote 1'
}

@test "kl-map: the function jq must have one result" {
	run -1 --separate-stderr kl-map --rejects bad.ndjson --map e=email \
		--map 'a=a:jq:.[]' <<-'EOF'
			{"e":"a@x.org","a":[1]}
			{"e":"b@x.org","a":[1,2]}
			{"e":"c@x.org","a":5}
			{"e":"d@x.org","a":12345678901234567890}
			{"e":"e@x.org","a":null,"id":12345678901234567890}
		EOF
	same '{"email":"a@x.org","properties":{"a":1}}
{"email":"e@x.org"}'
	said 'kl-map: 3 set aside in bad.ndjson: 1 jq_many, 1 jq_failed, 1 jq_number
kl-map: read 5 = 2 accepted + 3 rejected; wrote 2'
	grep -q '"line":2,"field":"a","code":"jq_many"' bad.ndjson
}

@test "kl-map: --reverse leaves out what jq did" {
	run -0 --separate-stderr kl-map --reverse --map e=email --map 'a=a:jq:.+1' \
		<<<'{"email":"a@x.org","properties":{"a":1}}'
	same '{"e":"a@x.org"}'
	said 'kl-map: a is left out: jq cannot be undone
kl-map: read 1 = 1 accepted; wrote 1'
}

@test "kl-map: what belongs to fields ends with 64 beside --jq without them" {
	for o in --keep-empty --where=a=1 --kind=event --reverse --on-error=omit; do
		run -64 --separate-stderr kl-map --jq . "$o" </dev/null
		[ "${stderr%%$'\n'*}" = "kl-map: ${o%%=*} needs fields to map, beside --jq" ]
	done
}

@test "kl-map: says so when the plug-in for expressions is not there, and needs it only then" {
	mkdir -p alone/bin
	cp "$KL_BUILD/bin/kl-map" alone/bin/
	run -78 --separate-stderr alone/bin/kl-map --jq . </dev/null
	said "kl-map: $PWD/alone/bin/../lib/kl/kl-jq.so: no such file; jq expressions need the plug-in kl-jq.so; the other convert functions do not"
	run -0 alone/bin/kl-map -q --map e=email <<<'{"e":"a@x.org"}'
	same '{"email":"a@x.org"}'
	run -1 grep -c libjq < <(ldd "$KL_BUILD/bin/kl-map")
}
