#!/usr/bin/perl
# judge-events.pl INPUT LEDGER - hold the events a service recorded against
# those it was sent: each must be there as often as it stands in the input,
# with the same properties, time and value.
#
# Says "events E lost L doubled D altered A drops N" and fails unless L, D and
# A are 0.  Records are those of events() in track-kill.bats: what tells one
# from others is properties.n of one person.
use strict;
use warnings;

my (%want, %what, %got);
my ($lost, $doubled, $altered, $drops, $n) = (0, 0, 0, 0, 0);

# The bytes of a record that must arrive, and what it is known by.
sub read_event {
	my ($line) = @_;
	my ($email) = $line =~ /"email":"([^"]*)"/ or die "no email: $line";
	my ($props, $no) = $line =~ /"properties":(\{"n":(\d+)[^}]*\})/
	    or die "no properties: $line";
	my ($value) = $line =~ /"value":([0-9.]+)/;
	my ($time) = $line =~ /"time":"([^".Z+]*)/;
	return (lc "$email $no", join ' ', $props, $value, $time);
}

open my $in, '<', $ARGV[0] or die "$ARGV[0]: $!\n";
while (<$in>) {
	my ($key, $text) = read_event($_);
	$want{$key}++;
	$what{$key} = $text;
	$n++;
}
close $in;
open $in, '<', $ARGV[1] or die "$ARGV[1]: $!\n";
while (<$in>) {
	if (/"effect":"event\.drop"/) { $drops++ }
	next unless /"effect":"event\.record"/;
	my ($key, $text) = read_event($_);
	$got{$key}++;
	$altered++ if !defined $what{$key} || $what{$key} ne $text;
}
close $in;
for (keys %want) {
	my $more = ($got{$_} // 0) - $want{$_};
	if ($more < 0) { $lost -= $more } else { $doubled += $more }
}
print "events $n lost $lost doubled $doubled altered $altered drops $drops\n";
exit($lost + $doubled + $altered > 0 ? 1 : 0);
