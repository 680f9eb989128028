# Speed against what people use for the same work: included by the Makefile.

# The records to work on: build/test/bench/gen ROWS KIND.
$(B)/test/bench/gen: $(wildcard test/bench/gen*.c) test/bench/gen.h
	@mkdir -p $(@D)
	$(call say,BENCH)$(CC) $(KL_CPPFLAGS) $(KL_CFLAGS) $(CFLAGS) -o $@ $(filter %.c,$^)

# The scanner alone: build/test/bench/scan FILE [ROUNDS].
$(B)/test/bench/scan: test/bench/scan.c $(B)/libkl.a
	@mkdir -p $(@D)
	$(call say,BENCH)$(CC) $(KL_CPPFLAGS) $(KL_CFLAGS) $(CFLAGS) -o $@ $^

bench: ## measure kl-map against jq and Miller
	@.ci/deps build bench
	@$(MAKE) --no-print-directory all $(B)/test/bench/gen
	@KL_BUILD=$(abspath $(B)) test/bench/map.sh
