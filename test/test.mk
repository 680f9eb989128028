# Testing, linting, sanitizers: included by the Makefile.

CLANG       ?= clang
TIDY        ?= clang-tidy
FORMAT      ?= clang-format
SAN          = -fsanitize=address,undefined -fno-sanitize-recover=all
BATS        := $(sort $(wildcard test/*.bats))
FAULTS      := $(sort $(wildcard test/fault/*.bats))
JOBS        ?= $(shell nproc 2>/dev/null || echo 2)

# --- the suite ------------------------------------------------------------

.PHONY: suite fault
check: ## run the test suite (brings in what it needs)
	@.ci/deps build test
	@$(MAKE) -j$(JOBS) --no-print-directory suite

suite: all units bench-tools
	@KL_BUILD=$(abspath $(B)) prove -j $(JOBS) $(UNITS) $(BATS) $(FAULTS)

fault: ## kill, cut off, refuse, starve: the long form (half an hour)
	@.ci/deps build test fault
	@$(MAKE) -j$(JOBS) --no-print-directory all
	@KL_BUILD=$(abspath $(B)) FAULT=long bats -T $(FAULTS)

asan: ## run the suite under ASan and UBSan
	@.ci/deps build test
	@$(MAKE) -j$(JOBS) --no-print-directory B=build/asan HARDEN= \
	    CFLAGS='-O1 -g $(SAN) -fno-omit-frame-pointer' suite

# TSan maps memory where a randomized layout may have put something.
tsan: ## run what has threads under TSan
	@.ci/deps build test
	@$(MAKE) -j$(JOBS) --no-print-directory B=build/tsan HARDEN= \
	    CFLAGS='-O1 -g -fsanitize=thread' CXXFLAGS='-O1 -g -fsanitize=thread' \
	    all build/tsan/test/unit/t_pool
	@KL_BUILD=$(abspath build/tsan) setarch -R prove \
	    build/tsan/test/unit/t_pool test/threads.bats

# --- fuzzing: each target until it has run FUZZ_TIME seconds ----------------

FUZZ_TIME   ?= 20

$(B)/test/fuzz/%: test/fuzz/%.c $(SRC) $(wildcard include/kl/*.h)
	@mkdir -p $(@D)
	$(call say,FUZZ)$(CLANG) $(KL_CPPFLAGS) -D_GNU_SOURCE -std=c11 -O1 -g \
	    -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all \
	    -Icmd/kl-sandbox -o $@ $< $(SRC) $(KL_LIBS)

# These load it.
$(B)/test/fuzz/f_jq $(B)/test/fuzz/f_json_jq: | $(B)/lib/kl/kl-jq.so

fuzz: ## run every fuzz target for FUZZ_TIME seconds
	@.ci/deps build fuzz
	@$(MAKE) --no-print-directory $(FUZZERS)
	@for f in $(FUZZERS); do n=$$(basename $$f); \
	    mkdir -p build/corpus/$$n; echo "fuzz: $$n"; \
	    $$f -max_total_time=$(FUZZ_TIME) -print_final_stats=0 -verbosity=0 \
	        -artifact_prefix=build/corpus/ build/corpus/$$n \
	        $$(ls -d test/fuzz/corpus/$$n 2>/dev/null) || exit 1; done

# --- lint -------------------------------------------------------------------

C_FILES      = $(shell git ls-files '*.c' '*.h' 2>/dev/null)
C_SOURCES    = $(filter %.c,$(C_FILES))
SHELL_FILES  = .ci/run .ci/deps $(shell git ls-files '*.sh' '*.bash' '*.bats')
BANNED       = strcpy|strcat|sprintf|vsprintf|gets|strtok|strncpy|strncat|atoi|atol|atof|sscanf|system|popen|mktemp|tmpnam|gmtime|localtime|setlocale|alloca

lint: ## format, static checks, manual pages, layers, banned calls
	@.ci/deps build lint
	@$(MAKE) -j$(JOBS) --no-print-directory lint-format lint-tidy \
	    lint-cppcheck lint-shell lint-pages lint-complexity lint-layers

.PHONY: lint-format lint-tidy lint-cppcheck lint-shell lint-pages \
	lint-complexity lint-layers
lint-format:
	@$(FORMAT) --dry-run -Werror $(C_FILES)

# One file per run: version 14 reports false valist findings otherwise.
TIDY_MARKS  := $(patsubst %.c,$(B)/tidy/%.ok,$(filter-out test/%,$(shell \
	git ls-files '*.c' 2>/dev/null)))
lint-tidy: $(TIDY_MARKS)
$(B)/tidy/%.ok: %.c .clang-tidy $(wildcard include/kl/*.h)
	@mkdir -p $(@D)
	@$(TIDY) --quiet $< -- -std=c11 $(KL_CPPFLAGS) $(call gnu,$<) \
	    -Icmd -Wno-unknown-warning-option 2>$(B)/tidy/$(subst /,_,$*).log \
	    || { cat $(B)/tidy/$(subst /,_,$*).log; exit 1; }
	@touch $@

lint-cppcheck:
	@cppcheck --quiet --std=c11 --error-exitcode=1 --inline-suppr \
	    --enable=warning,portability,performance -j $(JOBS) \
	    --suppress=missingIncludeSystem --suppress=normalCheckLevelMaxBranches \
	    -Iinclude -Icmd $(KL_CPPFLAGS) $(filter-out test/%,$(C_SOURCES))

lint-shell:
	@shellcheck -x $(filter-out %.bats,$(SHELL_FILES))
	@shellcheck -x -e SC2016,SC2154,SC2030,SC2031,SC1003,SC1078,SC1079,SC1091,SC2094 \
	    $(filter %.bats,$(SHELL_FILES))

lint-pages:
	@mandoc -Tlint -Wwarning $(PAGES)

# One file per run: it has been seen to die, and then says nothing of the rest.
lint-complexity:
	@for f in $(filter-out test/%,$(C_SOURCES)); do \
	    pmccabe $$f || { echo "pmccabe cannot read $$f"; exit 1; }; done | \
	    awk -F '\t' '!/\t/ { print; bad = 1 } \
	    $$1 > 25 || $$5 > 100 { print "too complex: " $$0; bad = 1 } \
	    END { exit bad }'

lint-layers:
	@test/layers.sh '$(BANNED)'
