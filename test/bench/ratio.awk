# ratio.awk - the median of the ratios of pairs of runs, from the lines of
# turns: command 1 is ours and had a rows, command 2 is theirs and had b.
#
# form=speed: how many times the rows a second; form=time: how many times the
# seconds a row; form=cpu: the same of the processor; form=spared: how many
# times the processor theirs takes, for a row, without its start, which is
# command 3.
# Prints, with tabs: the median, the smallest and the largest ratio, the
# medians of our and their rows a second; and for form=spared, in words, of the
# processor.

BEGIN { FS = OFS = "\t" }

{
	n = $1 == 1 ? a : b
	rate[$1, ++runs[$1]] = n / $2
	if ($1 == 3)
		cost[2, runs[3]] -= $3 / b
	else
		cost[$1, runs[$1]] = ($3 > 0 ? $3 : 1e-6) / n
}

# sort(v, n): v[1] to v[n], ascending; few they are.
function sort(v, n,    i, j, t) {
	for (i = 2; i <= n; i++)
		for (j = i; j > 1 && v[j - 1] > v[j]; j--) {
			t = v[j]; v[j] = v[j - 1]; v[j - 1] = t
		}
}

function median(v, n) {
	sort(v, n)
	return n % 2 ? v[(n + 1) / 2] : (v[n / 2] + v[n / 2 + 1]) / 2
}

END {
	n = runs[1]
	for (i = 1; i <= n; i++) {
		ours[i] = rate[1, i]
		theirs[i] = rate[2, i]
		r[i] = form == "speed" ? ours[i] / theirs[i] : \
		    form == "time" ? theirs[i] / ours[i] : \
		    form == "spared" ? cost[2, i] / cost[1, i] : \
		    cost[1, i] / cost[2, i]
	}
	m = median(r, n)
	printf "%.4g\t%.4g\t%.4g\t%.0f\t%.0f", m, r[1], r[n],
	    median(ours, n), median(theirs, n)
	for (i = 1; i <= n; i++) {
		ours[i] = cost[1, i] * 1e6
		theirs[i] = cost[2, i] * 1e6
	}
	if (form == "spared")
		printf "\t%.2f and %.1f s of CPU for a million",
		    median(ours, n), median(theirs, n)
	print ""
}
