#!/usr/bin/perl
# judge.pl INPUT... -- LEDGER... - hold what the service did against what it
# was asked to do: every address of the input must be a member, with the
# values it had last.
#
# Says "people P lost L altered A strangers S jobs J" and fails unless L, A
# and S are 0.  Records are those of people() in fault.bash: an address and a
# title.
use strict;
use warnings;

my (%want, %title, %member, %job, @files);
my $now = 'input';
for (@ARGV) {
	if ($_ eq '--') { $now = 'ledger'; next }
	push @files, [$now, $_];
}
for (@files) {
	my ($kind, $name) = @$_;
	open my $in, '<', $name or die "$name: $!\n";
	while (<$in>) {
		my ($email) = /"email":"([^"]*)"/ or next;
		my ($title) = /"title":"([^"]*)"/;
		if ($kind eq 'input') {
			$want{lc $email} = $title;
			next;
		}
		$job{$1} = 1 if /"job":"([^"]*)"/;
		if (/"effect":"list\.add"/) { $member{lc $email} = 1 }
		elsif (defined $title) { $title{lc $email} = $title }
	}
	close $in;
}
my ($lost, $altered, $strangers) = (0, 0, 0);
for (keys %want) {
	if (!$member{$_} || !defined $title{$_}) { $lost++ }
	elsif ($title{$_} ne $want{$_}) { $altered++ }
}
for (keys %member) { $strangers++ unless exists $want{$_} }
printf "people %d lost %d altered %d strangers %d jobs %d\n",
    scalar keys %want, $lost, $altered, $strangers, scalar keys %job;
exit($lost + $altered + $strangers > 0 ? 1 : 0);
