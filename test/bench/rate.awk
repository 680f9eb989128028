# rate.awk - the median, smallest and largest rows a second of the runs whose
# lines turns printed; rows is how many each had.
{
	v[NR] = rows / $2
	for (i = NR; i > 1 && v[i - 1] > v[i]; i--) {
		t = v[i]; v[i] = v[i - 1]; v[i - 1] = t
	}
}
END { printf "%.0f\t%.0f\t%.0f", v[int((NR + 1) / 2)], v[1], v[NR] }
