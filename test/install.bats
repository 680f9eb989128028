#!/usr/bin/env bats

load helper

setup() {
	cd "$BATS_TEST_DIRNAME/.." || return
	ROOT="$BATS_TEST_TMPDIR/a root"
	export MAKEFLAGS=
	# Variants of the build hand their flags down; the same must be used.
	B=${KL_BUILD#"$PWD/"}
}

files() {
	find "$ROOT" ! -type d | sed "s|^$ROOT||" | sort
}

@test "make install: puts programs, pages, headers and libraries in place" {
	run -0 make -s -o all "B=$B" PREFIX=/usr "DESTDIR=$ROOT" install
	run -0 diff <(files) <(
		{
			for p in cmd/kl-*.c; do
				p=${p#cmd/}
				echo "/usr/bin/${p%.c}"
			done
			echo /usr/bin/kl-sandbox
			for l in a so so.0.1 so.0.1.0; do
				echo "/usr/lib/libkl.$l"
			done
			echo /usr/lib/pkgconfig/kl.pc
			echo /usr/lib/kl/kl-phone.so
			echo /usr/lib/kl/kl-jq.so
			for h in include/kl/*.h; do
				echo "/usr/include/kl/${h##*/}"
			done
			for m in cmd/*.1 cmd/*/*.1; do
				echo "/usr/share/man/man1/${m##*/}"
			done
			echo /usr/share/man/man3/libkl.3
			echo /usr/share/man/man7/kl.7
		} | sort
	)
	same ''
	"$ROOT/usr/bin/kl-map" --version
}

@test "make install: an installed kl-map finds the jq plug-in" {
	make -s -o all "B=$B" PREFIX=/usr "DESTDIR=$ROOT" install
	run -0 --separate-stderr "$ROOT/usr/bin/kl-map" -q --jq '{a: .b}' \
		<<<'{"b":1}'
	same '{"a":1}'
}

@test "make install: an installed kl-map finds the phone plug-in" {
	make -s -o all "B=$B" PREFIX=/usr "DESTDIR=$ROOT" install
	run -0 --separate-stderr "$ROOT/usr/bin/kl-map" -q \
		--map 'p=phone_number:phone:FR' <<<'{"p":"06 12 34 56 78"}'
	same '{"phone_number":"+33612345678"}'
}

@test "make install: kl.pc says where things are, relative to the prefix" {
	make -s -o all "B=$B" PREFIX=/usr "DESTDIR=$ROOT" install
	run -0 cat "$ROOT/usr/lib/pkgconfig/kl.pc"
	same 'prefix=/usr
libdir=${prefix}/lib
includedir=${prefix}/include

Name: kl
Description: Klaviyo for C programs: profiles, events, lists
Version: 0.1.0
Cflags: -I${includedir}
Libs: -L${libdir} -lkl
Libs.private: -lcurl -lcsv -lidn2 -lcrypto -lsqlite3 -ldl -lm -lpthread'
	make -s -o all "B=$B" PREFIX=/usr LIBDIR=/lib64 \
		"DESTDIR=$ROOT" install
	run -0 grep libdir= "$ROOT/lib64/pkgconfig/kl.pc"
	same 'libdir=/lib64'
}

@test "make uninstall: leaves nothing behind" {
	make -s -o all "B=$B" PREFIX=/usr "DESTDIR=$ROOT" install
	make -s "B=$B" PREFIX=/usr "DESTDIR=$ROOT" uninstall
	run -0 files
	same ''
}

@test "make help: names every target a person needs" {
	run -0 make -s help
	for t in all check lint asan bench demo install uninstall clean help; do
		grep -qE "^  $t +[a-z]" <<<"$output" || {
			echo "no $t"
			false
		}
	done
}
