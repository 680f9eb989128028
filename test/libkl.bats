#!/usr/bin/env bats

# libkl as others use it: installed, found by pkg-config, linked both ways.

load helper

setup_file() {
	cd "$BATS_TEST_DIRNAME/.." || return
	export MAKEFLAGS=
	export ROOT=$BATS_FILE_TMPDIR/root
	# Variants of the build hand their flags down; the same must be used.
	make -s -o all "B=${KL_BUILD#"$PWD/"}" PREFIX=/opt/kl \
		"DESTDIR=$ROOT" install >/dev/null || return
	export PKG_CONFIG_LIBDIR=$ROOT/opt/kl/lib/pkgconfig
	export PKG_CONFIG_SYSROOT_DIR=$ROOT
	export LD_LIBRARY_PATH=$ROOT/opt/kl/lib
	cd "$BATS_FILE_TMPDIR" || return
	sed -n '/^```c$/,/^```$/{/^```/d;p}' \
		"$BATS_TEST_DIRNAME/../lib/README.md" >shop.c
}

setup() {
	cd "$BATS_FILE_TMPDIR" || return
	SANITIZE=$(grep -oE -- '-f(no-)?sanitize[^ ]*' "$KL_BUILD/flags" |
		tr '\n' ' ') || true
	WARN="-Wall -Wextra -Wpedantic -Werror"
}

teardown() {
	stop_sandbox
}

# compile OUT SOURCE WORD...: as a user would, with all warnings on.  Words
# are flags.
compile() {
	local out=$1 source=$2
	shift 2
	# shellcheck disable=SC2068,SC2086
	cc -std=c11 -g $WARN $SANITIZE -o "$out" "$source" $@
}

as_shared() {
	compile "$1" "$2" "$(pkg-config --cflags --libs kl)"
}

as_archive() {
	compile "$1" "$2" "$(pkg-config --cflags --libs --static kl |
		sed s/-lkl/-l:libkl.a/)"
}

# open_shop FILE [OPTION]...: a sandbox with a list, and the people in FILE.
open_shop() {
	printf '%s\n' \
		'{"type":"list","id":"KKbLLU","attributes":{"name":"Newsletter"}}' |
		cat - "$1" >seed.ndjson
	shift
	start_sandbox --seed seed.ndjson --visibility-delay 0 "$@"
}

joe='{"type":"profile","id":"01JSEEDJ0E000000000000000A","attributes":{"email":"joe@x.example","first_name":"Joe"},"lists":["KKbLLU"]}'

# What the ledger says happened, but for what differs from run to run.
effects() {
	jq -c 'select(.effect != "list.add") | [.effect, .email, .metric,
		.unique_id, (.attributes | del(.time, .profile, .metric))]' \
		"$LEDGER"
}

# The functions of lib/README.md with another main().
with_main() {
	{
		sed '/^int$/,$d' shop.c
		cat
	} >other.c
}

# What became of one run of the program in lib/README.md.
shop_ran() {
	said ''
	same '{"id":"01JSEEDJ0E000000000000000A","email":"joe@x.example","first_name":"Joe"}'
	run -0 effects
	same '["profile.create","ada@lovelace.example",null,null,{"email":"ada@lovelace.example","location":{"city":"London"},"properties":{"Orders":3}}]
["event.record","ada@lovelace.example","Placed Order","4711",{"properties":{},"unique_id":"4711","value":19.9}]'
}

@test "libkl: the program in lib/README.md runs, with the shared object" {
	as_shared shop shop.c
	run -0 bash -c 'readelf -d shop | grep -c "NEEDED.*libkl\.so\.0\.1\]"'
	same 1
	printf '%s\n' "$joe" >joe.ndjson
	open_shop joe.ndjson
	run -0 --separate-stderr ./shop
	shop_ran
}

@test "libkl: the program in lib/README.md runs, with the archive" {
	as_archive shop shop.c
	run -1 bash -c 'readelf -d shop | grep "NEEDED.*libkl"'
	printf '%s\n' "$joe" >joe.ndjson
	open_shop joe.ndjson
	run -0 --separate-stderr ./shop
	shop_ran
}

@test "libkl: what is lost or refused for a while happens once" {
	as_archive shop shop.c
	printf '%s\n' "$joe" >joe.ndjson
	open_shop joe.ndjson --fault lost-reply:create_event:at=1 \
		--fault status=503:create_or_update_profile:at=1 \
		--fault reset-before:get_profiles_for_list:at=1
	run -0 --separate-stderr ./shop
	same '{"id":"01JSEEDJ0E000000000000000A","email":"joe@x.example","first_name":"Joe"}'
	run -0 jq -c '[.effect, .unique_id]' "$LEDGER"
	same '["profile.create",null]
["event.record","4711"]
["event.drop","4711"]'
}

@test "libkl: an event without a unique_id is given one, and repeated with it" {
	cat >event.c <<-'EOF'
	#include <stdio.h>
	#include <kl/klaviyo.h>

	int
	main(void)
	{
		struct kl_client *c = NULL;
		struct kl_record r = { 0 };
		struct kl_err err = { 0 };

		kl_record_text(&r, "metric", "Opened Door");
		kl_record_text(&r, "profile.email", "ada@lovelace.example");
		if (kl_client_open(&c, NULL, &err) != KL_OK ||
		    kl_event_track(c, &r, &err) != KL_OK ||
		    kl_event_track(c, &r, &err) != KL_OK)
			fprintf(stderr, "%s\n", err.msg);
		kl_record_free(&r);
		kl_client_free(c);
		return kl_err_exit(err.rc);
	}
	EOF
	as_shared event event.c
	open_shop /dev/null --fault lost-reply:create_event:at=1
	run -0 --separate-stderr ./event
	said ''
	run -0 jq -sc 'map(select(.metric)) | map(.effect),
		(map(.unique_id) | unique | map(length))' "$LEDGER"
	same '["event.record","event.drop","event.drop"]
[26]'
}

@test "libkl: the program in libkl(3) runs" {
	sed -n '/^\.Sh EXAMPLES/,/^\.Ed/p' \
		"$BATS_TEST_DIRNAME/../lib/libkl.3" |
		sed -n '/^\.Bd -literal$/,/^\.Ed$/{/^\./d;s/\\e/\\/g;p}' >page.c
	as_shared page page.c
	open_shop /dev/null
	run -0 --separate-stderr ./page
	same ''
	said ''
	run -0 effects
	same '["profile.create","ada@lovelace.example",null,null,{"email":"ada@lovelace.example","properties":{"Plan":"gold"}}]'
	KLAVIYO_API_KEY=pk_nobody run -77 --separate-stderr ./page
	said 'klaviyo does not accept the key (401 authentication_failed)
it must be a private key (pk_...) of the account, not revoked; Klaviyo: Settings, API keys'
	unset KLAVIYO_API_KEY
	run -78 --separate-stderr ./page
	said 'no API key was given
set KLAVIYO_API_KEY, or KL_KEY_FILE to a file with it, or klaviyo.api_key in a configuration file'
}

@test "libkl: a list of many pages is read whole, as kl-pull reads it" {
	local n
	with_main <<-'EOF'
	int
	main(void)
	{
		struct kl_client *c = NULL;
		struct kl_err err = { 0 };

		if (kl_client_open(&c, NULL, &err) == KL_OK)
			(void)print_list(c, "KKbLLU", &err);
		if (err.rc != KL_OK)
			fprintf(stderr, "%s\n", err.msg);
		kl_client_free(c);
		(void)save_customer;
		(void)note_order;
		return kl_err_exit(err.rc);
	}
	EOF
	as_shared other other.c
	for n in $(seq 250); do
		echo '{"type":"profile","attributes":{"email":"p'"$n"'@x.example"},"lists":["KKbLLU"]}'
	done >people.ndjson
	open_shop people.ndjson
	run -0 --separate-stderr ./other
	said ''
	[ "$(wc -l <<<"$output")" -eq 250 ]
	same "$(kl-pull members --list KKbLLU --fields email,first_name 2>/dev/null)"
}

@test "libkl: an unknown list is said, with those there are" {
	with_main <<-'EOF'
	int
	main(void)
	{
		struct kl_client *c = NULL;
		struct kl_err err = { 0 };

		if (kl_client_open(&c, NULL, &err) == KL_OK)
			(void)print_list(c, "NOPE01", &err);
		fprintf(stderr, "%s: %s\n%s\n", err.code, err.msg, err.hint);
		kl_client_free(c);
		(void)save_customer;
		(void)note_order;
		return kl_err_exit(err.rc);
	}
	EOF
	as_archive other other.c
	open_shop /dev/null
	run -69 --separate-stderr ./other
	said 'list_unknown: the account of the key has no list with this id
it has KKbLLU (Newsletter)'
}

@test "libkl: threads have a client each" {
	cat >threads.c <<-'EOF'
	#include <pthread.h>
	#include <stdio.h>
	#include <kl/klaviyo.h>

	static void *
	work(void *name)
	{
		struct kl_client *c = NULL;
		struct kl_err err = { 0 };
		char email[40];
		int i;

		if (kl_client_open(&c, NULL, &err) != KL_OK)
			fprintf(stderr, "%s\n", err.msg);
		for (i = 0; i < 25 && c != NULL; i++) {
			struct kl_record r = { 0 };

			snprintf(email, sizeof(email), "%s%d@x.example",
			    (const char *)name, i);
			kl_record_text(&r, "email", email);
			if (kl_profile_upsert(c, &r, NULL, &err) != KL_OK)
				fprintf(stderr, "%s\n", err.msg);
			kl_record_free(&r);
		}
		kl_client_free(c);
		return NULL;
	}

	int
	main(void)
	{
		static char names[4][2] = { "a", "b", "c", "d" };
		pthread_t t[4];
		int i;

		for (i = 0; i < 4; i++)
			pthread_create(&t[i], NULL, work, names[i]);
		for (i = 0; i < 4; i++)
			pthread_join(t[i], NULL);
		return 0;
	}
	EOF
	as_shared threads threads.c
	open_shop /dev/null
	run -0 --separate-stderr ./threads
	said ''
	run -0 jq -s 'map(select(.effect == "profile.create").email) | unique |
		length' "$LEDGER"
	same 100
}

@test "libkl: every public function can be linked, both ways" {
	local map=$KL_BUILD/libkl.map
	{
		for h in "$ROOT"/opt/kl/include/kl/*.h; do
			echo "#include <kl/${h##*/}>"
		done
		echo 'void (*all[])(void) = {'
		# Not every name in the map is a function that is compiled.
		nm -g --defined-only "$KL_BUILD/libkl.a" 2>/dev/null |
			awk 'NF == 3 { print $3 ";" }' | sort |
			comm -12 - <(sort "$map") |
			sed -E 's/(.*);/(void (*)(void))\1,/'
		echo '}; int main(void) { return all[0] == 0; }'
	} >all.c
	[ "$(grep -c '^(void' all.c)" -gt 300 ]
	WARN='' as_shared all all.c
	./all
	WARN='' as_archive all all.c
	./all
	run -1 bash -c 'readelf -d all | grep "NEEDED.*libkl"'
}

@test "libkl: libkl.so shows public functions and nothing else" {
	run -0 bash -c 'nm -D --defined-only "$ROOT/opt/kl/lib/libkl.so" |
		awk "\$2 != \"T\" || \$3 !~ /^kl_[a-z0-9_]+@@LIBKL_0\\.1\$/" |
		grep -v " A LIBKL_0.1"; true'
	same ''
	# Public in name only: shared by the sources of one folder.
	nm "$KL_BUILD/libkl.a" 2>/dev/null | grep -q ' T kl_member_body$'
	run -1 bash -c 'nm -D "$ROOT/opt/kl/lib/libkl.so" | grep kl_member_body'
}

@test "libkl: libkl.a takes no name that is not its own" {
	run -0 bash -c 'nm -g --defined-only "$ROOT/opt/kl/lib/libkl.a" |
		awk "NF == 3 && \$3 !~ /^kl_/"'
	same ''
	# A program may have every name that the library keeps to itself.
	nm -g --defined-only "$KL_BUILD/libkl.a" 2>/dev/null |
		awk 'NF == 3 && $2 == "T" && $3 ~ /^[a-jl-z]/ {
			print "void " $3 "(void);"
			print "void " $3 "(void) { }" }' >queue.c
	[ "$(wc -l <queue.c)" -gt 100 ]
	{
		sed '/^int$/,$d' shop.c
		cat <<-'EOF'
		int
		main(void)
		{
			struct kl_client *c = NULL;
			struct kl_err err = { 0 };

			if (kl_client_open(&c, NULL, &err) == KL_OK)
				(void)print_list(c, "KKbLLU", &err);
			kl_client_free(c);
			(void)save_customer;
			(void)note_order;
			return kl_err_exit(err.rc);
		}
		EOF
	} >>queue.c
	as_archive queue queue.c
	printf '%s\n' "$joe" >joe.ndjson
	open_shop joe.ndjson
	run -0 --separate-stderr ./queue
	same '{"id":"01JSEEDJ0E000000000000000A","email":"joe@x.example","first_name":"Joe"}'
}

@test "libkl: the library has no variables of its own" {
	[ -z "$SANITIZE" ] || skip "sanitizers have some"
	objdump -t "$KL_BUILD/libkl.a" >symbols
	run -0 awk 'NF >= 5 && $(NF - 2) ~ /^\.(data|bss|tdata|tbss)$|^\*COM/ &&
		$NF != $(NF - 2)' symbols
	same ''
}

@test "libkl: headers compile alone, as C and as C++" {
	local h n=0
	for h in "$ROOT"/opt/kl/include/kl/*.h; do
		# shellcheck disable=SC2046,SC2086
		cc -std=c11 $WARN $(pkg-config --cflags kl) -Wno-pedantic \
			-fsyntax-only -x c "$h"
		n=$((n + 1))
	done
	[ "$n" -gt 40 ]
	for h in "$ROOT"/opt/kl/include/kl/*.h; do
		echo "#include <kl/${h##*/}>"
	done >all.cc
	# shellcheck disable=SC2046,SC2086
	c++ -std=c++11 $WARN $(pkg-config --cflags kl) -fsyntax-only all.cc
}

@test "libkl: a C++ program links and runs" {
	cat >cxx.cc <<-'EOF'
	#include <kl/klaviyo.h>

	int
	main()
	{
		kl_client *c = nullptr;
		kl_record r = {};
		kl_err err = {};
		kl_upserted to = {};

		kl_record_text(&r, "email", "ada@lovelace.example");
		if (kl_client_open(&c, nullptr, &err) == KL_OK)
			kl_profile_upsert(c, &r, &to, &err);
		kl_record_free(&r);
		kl_client_free(c);
		return err.rc == KL_OK && to.created ? 0 : 1;
	}
	EOF
	# shellcheck disable=SC2046,SC2086
	c++ -std=c++11 $WARN -Wno-missing-field-initializers $SANITIZE \
		-o cxx cxx.cc $(pkg-config --cflags --libs kl)
	open_shop /dev/null
	./cxx
}
