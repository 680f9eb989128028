# Testing, linting, sanitizers: included by the Makefile.

CLANG       ?= clang
TIDY        ?= clang-tidy
SAN          = -fsanitize=address,undefined -fno-sanitize-recover=all
BATS        := $(sort $(wildcard test/*.bats))
PROVE_JOBS  ?= 2

check: all units ## run the whole test suite
	KL_BUILD=$(abspath $(B)) prove -j $(PROVE_JOBS) \
	    $(if $(UNITS),--source Executable) $(UNITS) $(BATS)

# The same suite on a build that watches memory and undefined behaviour.
asan: ## run the suite under ASan and UBSan
	$(MAKE) B=build/asan CFLAGS='-O1 -g $(SAN) -fno-omit-frame-pointer' \
	    HARDEN= check

$(B)/test/fuzz/%: test/fuzz/%.c $(SRC) $(wildcard include/kl/*.h)
	@mkdir -p $(@D)
	$(CLANG) $(KL_CPPFLAGS) -D_GNU_SOURCE -std=c11 -O1 -g \
	    -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all \
	    -o $@ $< $(SRC) $(KL_LIBS)

fuzzers: $(FUZZERS)
