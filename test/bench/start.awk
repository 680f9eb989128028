# start.awk - for each command of turns but the first: its number, and the
# median, smallest and largest difference from the first in the same round,
# in milliseconds.
{ at[$1, ++runs[$1]] = $2; last = $1 > last ? $1 : last }
END {
	for (k = 2; k <= last; k++) {
		for (n = 1; n <= runs[k]; n++) {
			v[n] = (at[k, n] - at[1, n]) * 1000
			for (i = n; i > 1 && v[i - 1] > v[i]; i--) {
				t = v[i]; v[i] = v[i - 1]; v[i - 1] = t
			}
		}
		n = runs[k]
		printf "%d %.2f %.2f %.2f\n", k, v[int((n + 1) / 2)], v[1], v[n]
	}
}
