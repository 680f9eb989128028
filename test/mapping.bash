# mapping.bash - configurations with fields, for kl-map.

# mapping [ORIGIN DESTINATION FUNCTIONS]...: a configuration of them.
mapping() {
	printf '{"mapped_fields":['
	while [ $# -gt 0 ]; do
		printf '{"origin_field":"%s","destination_field":"%s","convert_function":"%s"}' \
			"$1" "$2" "$3"
		shift 3
		[ $# -eq 0 ] || printf ','
	done
	printf ']}'
}
