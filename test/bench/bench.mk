# Speed against what people use for the same work: included by the Makefile.

BENCH_DIR   := $(B)/test/bench
BENCH_TOOLS := $(addprefix $(BENCH_DIR)/,gen turns receipts trail libcsv)
bench_cc     = $(CC) $(KL_CPPFLAGS) -D_GNU_SOURCE $(KL_CFLAGS) $(CFLAGS) \
	-o $@ $(filter %.c %.a,$^) $(LDFLAGS)

# The records to work on: build/test/bench/gen ROWS KIND.
$(BENCH_DIR)/gen: $(wildcard test/bench/gen*.c) test/bench/gen.h
	@mkdir -p $(@D)
	$(call say,BENCH)$(bench_cc)

# The scanner alone: build/test/bench/scan FILE [ROUNDS].
$(BENCH_DIR)/scan: test/bench/scan.c $(B)/libkl.a
	@mkdir -p $(@D)
	$(call say,BENCH)$(bench_cc)

$(BENCH_DIR)/turns: test/bench/turns.c
	@mkdir -p $(@D)
	$(call say,BENCH)$(bench_cc)

$(BENCH_DIR)/receipts: test/bench/receipts.c $(B)/libkl.a
	@mkdir -p $(@D)
	$(call say,BENCH)$(bench_cc) -lcrypto

$(BENCH_DIR)/trail: test/bench/trail.c $(B)/libkl.a
	@mkdir -p $(@D)
	$(call say,BENCH)$(bench_cc) -lcrypto

$(BENCH_DIR)/libcsv: test/bench/rivals/libcsv.c
	@mkdir -p $(@D)
	$(call say,BENCH)$(bench_cc) -lcsv

# Where libsimdjson is; "make bench" says so if it is not.
BENCH_TOOLS += $(if $(wildcard /usr/include/simdjson.h),$(BENCH_DIR)/map-simdjson)
$(BENCH_DIR)/map-simdjson: test/bench/rivals/map-simdjson.cc
	@mkdir -p $(@D)
	$(call say,BENCH)$(CXX) -std=c++17 -O3 -Wall -Wextra -o $@ $< -lsimdjson

.PHONY: bench-tools chart
bench-tools: $(BENCH_TOOLS)

bench: ## measure against jq, Miller and others: test/bench/bench.sh
	@.ci/deps build bench
	@$(MAKE) --no-print-directory all bench-tools
	@KL_BUILD=$(abspath $(B)) test/bench/bench.sh

chart: ## show in README what the last bench drew
	@[ "$$(grep -c 'class="job"' $(B)/bench.svg)" -eq 5 ] || \
	    { echo 'chart: that run left jobs out; run all of make bench'; exit 1; }
	cp $(B)/bench.svg test/bench/chart.svg
