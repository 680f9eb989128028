# libkl for programs elsewhere: the shared object, and what pkg-config says.

VERSION     := $(shell sed -n 's/^\#define KL_VERSION "\(.*\)"/\1/p' \
	include/kl/version.h)
# Before 1.0 a minor version may change what is compiled into others.
SOVERSION   := $(basename $(VERSION))
LIBSO       := libkl.so.$(VERSION)
NM          ?= nm
OBJCOPY     ?= objcopy
# What others link with.
SHARE       := $(B)/libkl.so $(B)/share/libkl.a
# What of KL_LIBS the library itself uses.
PRIVATE_LIBS = $(filter-out -lmicrohttpd,$(KL_LIBS))

share: $(SHARE)

# Only what the public headers declare can be seen from outside.
$(B)/libkl.map: $(wildcard include/kl/*.h) lib/lib.mk $(B)/flags
	@mkdir -p $(@D)
	@{ echo 'LIBKL_$(SOVERSION) {'; echo 'global:'; \
	    for h in include/kl/*.h; do echo "#include \"kl/$${h##*/}\""; done | \
	    $(CC) $(KL_CPPFLAGS) $(CPPFLAGS) -E -P - | \
	    grep -oE '\<kl_[a-z0-9_]+\(' | LC_ALL=C sort -u | sed 's/($$/;/'; \
	    echo 'local: *;'; echo '};'; } > $@

$(B)/libkl.so: $(OBJ) $(B)/libkl.map
	$(call say,LINK)$(CC) $(CFLAGS) -shared -Wl,-soname,libkl.so.$(SOVERSION) \
	    -Wl,--version-script=$(B)/libkl.map -Wl,-Bsymbolic-functions \
	    $(if $(findstring -fsanitize,$(CFLAGS)),,-Wl,-z,defs) \
	    -Wl,-z,relro,-z,now,-z,noexecstack,--as-needed \
	    $(LDFLAGS) -o $@ $(OBJ) $(PRIVATE_LIBS) $(LDLIBS)

# Names that are not public get a prefix that nobody else's have: an archive
# has no other way to keep them to itself.
$(B)/share/libkl.a: $(B)/libkl.a
	@mkdir -p $(@D)
	@$(NM) -g --defined-only $< | awk 'NF == 3 && $$3 !~ /^kl_/ \
	    { print $$3, "kl__" $$3 }' | LC_ALL=C sort -u > $@.names
	$(call say,AR)$(OBJCOPY) --redefine-syms=$@.names $< $@

# Written at every install: it holds the paths.
define pc
prefix=$(PREFIX)
libdir=$(patsubst $(PREFIX)/%,$${prefix}/%,$(LIBDIR))
includedir=$(patsubst $(PREFIX)/%,$${prefix}/%,$(INCLUDEDIR))

Name: kl
Description: Klaviyo for C programs: profiles, events, lists
Version: $(VERSION)
Cflags: -I$${includedir}
Libs: -L$${libdir} -lkl
Libs.private: $(PRIVATE_LIBS)
endef
export pc

.PHONY: install-lib uninstall-lib
install-lib: all $(SHARE)
	install -d "$(DESTDIR)$(LIBDIR)/pkgconfig" "$(DESTDIR)$(INCLUDEDIR)/kl" \
	    "$(DESTDIR)$(MANDIR)/man3"
	install -m 644 include/kl/*.h "$(DESTDIR)$(INCLUDEDIR)/kl"
	install -m 644 $(B)/share/libkl.a "$(DESTDIR)$(LIBDIR)"
	install -m 644 $(B)/libkl.so "$(DESTDIR)$(LIBDIR)/$(LIBSO)"
	ln -sf $(LIBSO) "$(DESTDIR)$(LIBDIR)/libkl.so.$(SOVERSION)"
	ln -sf $(LIBSO) "$(DESTDIR)$(LIBDIR)/libkl.so"
	echo "$$pc" > "$(DESTDIR)$(LIBDIR)/pkgconfig/kl.pc"
	install -m 644 $(filter %.3,$(PAGES)) "$(DESTDIR)$(MANDIR)/man3"

uninstall-lib:
	for f in $(notdir $(wildcard include/kl/*.h)); do \
	    rm -f "$(DESTDIR)$(INCLUDEDIR)/kl/$$f"; done
	for f in libkl.a $(LIBSO) libkl.so.$(SOVERSION) libkl.so \
	    pkgconfig/kl.pc; do rm -f "$(DESTDIR)$(LIBDIR)/$$f"; done
	for f in $(notdir $(filter %.3,$(PAGES))); do \
	    rm -f "$(DESTDIR)$(MANDIR)/man3/$$f"; done
	-rmdir "$(DESTDIR)$(INCLUDEDIR)/kl" 2>/dev/null
