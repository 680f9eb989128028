# kl: Unix filters for customer data in and out of Klaviyo.
# "make help" lists the targets.  Variants live beside each other: make B=...

B           ?= build
PREFIX      ?= /usr/local
DESTDIR     ?=
BINDIR      ?= $(PREFIX)/bin
LIBDIR      ?= $(PREFIX)/lib
INCLUDEDIR  ?= $(PREFIX)/include
MANDIR      ?= $(PREFIX)/share/man
PKG_CONFIG  ?= pkg-config
CXX         ?= c++

CFLAGS      ?= -O2 -g
CXXFLAGS    ?= -O2 -g
HARDEN      ?= -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -fstack-protector-strong \
	-fstack-clash-protection -fcf-protection=full
KL_CPPFLAGS  = -D_POSIX_C_SOURCE=200809L -Iinclude
KL_WARN      = -Wall -Wextra -Wpedantic -Wshadow -Wconversion \
	-Wstrict-prototypes -Wmissing-prototypes -Wwrite-strings -Wvla \
	-Wformat=2 -Wundef -Wpointer-arith $(if $(WERROR),-Werror)
KL_CFLAGS    = -std=c11 -fPIC -fno-strict-overflow $(KL_WARN) $(HARDEN)
KL_LDFLAGS   = -pie -Wl,-z,relro,-z,now,-z,noexecstack,--as-needed
# Every command names them all; --as-needed keeps those it uses.
KL_LIBS      = -lcurl -lcsv -lidn2 -lcrypto -lsqlite3 -lmicrohttpd -ldl -lm -lpthread

# _GNU_SOURCE where the kernel's own calls are needed, nowhere else; tests
# look at what they like.
GNU_DIRS     = lib/base/% lib/stream/% lib/net/% test/%

# lib/data/jq.c is a plug-in: few runs have a use for libjq.
SRC     := $(filter-out lib/data/jq.c,$(sort $(wildcard lib/*/*.c)))
OBJ     := $(SRC:%.c=$(B)/%.o)
CMDS    := $(sort $(patsubst cmd/%.c,%,$(wildcard cmd/kl-*.c)))
COMMON  := $(patsubst %.c,$(B)/%.o,$(filter-out cmd/kl-%,$(wildcard cmd/*.c)))
SBOX    := $(patsubst %.c,$(B)/%.o,$(sort $(wildcard cmd/kl-sandbox/*.c)))
BINS    := $(CMDS:%=$(B)/bin/%) $(if $(SBOX),$(B)/bin/kl-sandbox)
UNITS   := $(patsubst test/unit/%.c,$(B)/test/unit/%,$(sort \
	$(wildcard test/unit/t_*.c)))
FUZZERS := $(patsubst test/fuzz/%.c,$(B)/test/fuzz/%,$(sort \
	$(wildcard test/fuzz/f_*.c)))
PLUGINS := $(B)/lib/kl/kl-phone.so $(B)/lib/kl/kl-jq.so
PAGES   := $(sort $(wildcard cmd/*.1 cmd/*.7 cmd/*/*.1 lib/*.3))

# "make V=1" shows whole commands.
say = $(if $(V),,@printf '  %-4s %s\n' '$(1)' '$(patsubst $(B)/%,%,$@)';)

.DELETE_ON_ERROR:
.PHONY: all check lint asan tsan bench demo install uninstall clean help FORCE \
	deps fuzz fuzzers units share

all: $(BINS) $(PLUGINS) share ## build the programs into build/bin

# --- building -------------------------------------------------------------

# Rebuild everything when the compiler or its flags change.
$(B)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(CC) $(KL_CPPFLAGS) $(CPPFLAGS) $(KL_CFLAGS) $(CFLAGS)' | \
	    cmp -s - $@ || \
	    echo '$(CC) $(KL_CPPFLAGS) $(CPPFLAGS) $(KL_CFLAGS) $(CFLAGS)' > $@

gnu = $(if $(filter $(GNU_DIRS),$(1)),-D_GNU_SOURCE)

$(B)/%.o: %.c $(B)/flags
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(KL_CPPFLAGS) $(call gnu,$<) $(CPPFLAGS) $(KL_CFLAGS) $(CFLAGS) \
	    -MMD -MP -c -o $@ $<

$(B)/libkl.a: $(OBJ)
	@rm -f $@
	$(call say,AR)$(AR) rcs $@ $(OBJ)

# An archive: a filter must not load what only a client needs.
$(B)/libcmd.a: $(COMMON)
	@rm -f $@
	$(call say,AR)$(AR) rcs $@ $(COMMON)

$(CMDS:%=$(B)/bin/%): $(B)/bin/%: $(B)/cmd/%.o $(B)/libcmd.a $(B)/libkl.a
	@mkdir -p $(@D)
	$(call say,LINK)$(CC) $(CFLAGS) $(KL_LDFLAGS) $(LDFLAGS) -o $@ $^ $(KL_LIBS) $(LDLIBS)

$(B)/bin/kl-sandbox: $(SBOX) $(B)/libcmd.a $(B)/libkl.a
	@mkdir -p $(@D)
	$(call say,LINK)$(CC) $(CFLAGS) $(KL_LDFLAGS) $(LDFLAGS) -o $@ $^ $(KL_LIBS) $(LDLIBS)

# The one piece of C++: libphonenumber has no C interface.
$(B)/lib/kl/kl-phone.so: $(wildcard lib/data/phone-*.cc lib/data/phone-*.h) $(B)/flags
	@mkdir -p $(@D)
	$(call say,CXX)$(CXX) -std=c++17 -Iinclude $(CPPFLAGS) $(CXXFLAGS) -fPIC -shared \
	    -Wall -Wextra -fvisibility=hidden -o $@ $(filter %.cc,$^) \
	    $(LDFLAGS) -Wl,-z,relro,-z,now -lphonenumber -lprotobuf

$(B)/lib/kl/kl-jq.so: lib/data/jq.c lib/data/jq-plugin.h $(B)/flags
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(KL_CPPFLAGS) $(CPPFLAGS) $(KL_CFLAGS) $(CFLAGS) \
	    -shared -o $@ $< \
	    $(LDFLAGS) -Wl,-z,relro,-z,now -ljq

.SECONDARY: $(UNITS:%=%.o)
$(B)/test/unit/%: $(B)/test/unit/%.o $(B)/libcmd.a $(B)/libkl.a
	$(call say,LINK)$(CC) $(CFLAGS) $(KL_LDFLAGS) $(LDFLAGS) -o $@ $^ $(KL_LIBS) $(LDLIBS)

units: $(UNITS)

include lib/lib.mk

-include $(OBJ:.o=.d) $(COMMON:.o=.d) $(SBOX:.o=.d) $(CMDS:%=$(B)/cmd/%.d) \
	$(UNITS:%=%.d)

include test/test.mk

demo: ## watch customers go into a list and back (brings in what it needs)
	@.ci/deps build demo
	@$(MAKE) -j2 --no-print-directory all
	@PATH="$(abspath $(B))/bin:$$PATH" pipelines/demo.sh

-include test/bench/bench.mk

# --- installing -----------------------------------------------------------

install: all install-lib ## install under PREFIX (DESTDIR is put before it)
	install -d "$(DESTDIR)$(BINDIR)" "$(DESTDIR)$(LIBDIR)/kl" \
	    "$(DESTDIR)$(MANDIR)/man1" "$(DESTDIR)$(MANDIR)/man7"
	install -m 755 $(BINS) "$(DESTDIR)$(BINDIR)"
	install -m 644 $(PLUGINS) "$(DESTDIR)$(LIBDIR)/kl"
	install -m 644 $(filter %.1,$(PAGES)) "$(DESTDIR)$(MANDIR)/man1"
	install -m 644 $(filter %.7,$(PAGES)) "$(DESTDIR)$(MANDIR)/man7"

uninstall: uninstall-lib ## remove what install put there
	for f in $(notdir $(BINS)); do rm -f "$(DESTDIR)$(BINDIR)/$$f"; done
	for f in $(notdir $(PLUGINS)); do rm -f "$(DESTDIR)$(LIBDIR)/kl/$$f"; done
	for f in $(notdir $(filter %.1,$(PAGES))); do \
	    rm -f "$(DESTDIR)$(MANDIR)/man1/$$f"; done
	for f in $(notdir $(filter %.7,$(PAGES))); do \
	    rm -f "$(DESTDIR)$(MANDIR)/man7/$$f"; done
	-rmdir "$(DESTDIR)$(LIBDIR)/kl" 2>/dev/null

clean: ## remove everything that was built
	rm -rf build

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-10s %s\n", $$1, $$2 }' \
	    $(MAKEFILE_LIST)
