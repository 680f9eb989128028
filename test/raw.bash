# raw.bash - a server that gives one answer to everything, for what no service
# would say.

# raw ANSWER [close|stall [PORT]]: a server that gives every request that
# answer, bytes as printf's %b makes them; sets KL_BASE_URL.
raw() {
	printf '%b' "$1" >answer
	: >raw.out
	perl -MIO::Socket::INET -e '
		$| = 1; local $/; open F, "<", "answer"; $a = <F>;
		$s = IO::Socket::INET->new(Listen => 9,
		    LocalAddr => "127.0.0.1", LocalPort => $ARGV[1],
		    ReuseAddr => 1) or die;
		print "http://127.0.0.1:", $s->sockport, "\n";
		$SIG{PIPE} = "IGNORE";
		while ($c = $s->accept) { sysread $c, $b, 65536;
			syswrite $c, $a; close $c if $ARGV[0] ne "stall";
			push @keep, $c; }' "${2:-close}" "${3:-0}" \
		>raw.out 3>&- &
	export SANDBOX_PID=$! # for stop_sandbox
	for _ in $(seq 200); do
		[ -s raw.out ] && break
		sleep 0.02
	done
	KL_BASE_URL=$(head -1 raw.out)
	KLAVIYO_API_KEY=pk_test
	export KL_BASE_URL KLAVIYO_API_KEY
}

# The head of an answer in JSON.
# shellcheck disable=SC2034 # for those who load this
json='HTTP/1.1 200 OK\r\nContent-Type: application/vnd.api+json\r\n\r\n'
