# make            build/libreuseshim.so and build/reuseshim
# make tests      every test program under build/tests
# make check      all that scripts/check runs        make demo    the main job, shown
# make install    PREFIX (/usr/local), DESTDIR       make bench   docs/performance.md, measured
# make deb        a Debian package in build/; make dist the sources, for those of packages/
# make asan tsan ubsan fuzz lint clean
# V=1 shows the commands; CFLAGS, CPPFLAGS and LDFLAGS of yours come last.

PREFIX  ?= /usr/local

# For 32-bit programs on a 64-bit system: the library alone, installed where the loader's $LIB is for
# them. Whether linux-libc-dev's folder is searched depends on which packages of gcc are there.
ifneq ($(M32),)
BUILD   ?= build/32
LIB     := $(firstword $(foreach folder,lib32 lib/i386-linux-gnu,$(if \
               $(wildcard /$(folder)/ld-linux.so.2),$(folder))) lib)
override CC := $(CC) -m32 -Wno-psabi $(addprefix -idirafter /usr/include/,$(shell $(CC) -print-multiarch))
else
LIB     := lib
endif
LIBDIR  ?= $(PREFIX)/$(LIB)
MANDIR  ?= $(PREFIX)/share/man
BUILD   ?= build
VERSION := 0.1.0

# musl-gcc of a glibc system looks at musl's headers alone: the kernel's and uthash are linked into a
# folder that it looks at last.
MUSL_GCC := $(filter musl-gcc,$(notdir $(firstword $(CC))))
ifneq ($(MUSL_GCC),)
HEADERS := $(abspath $(BUILD))/headers
MULTIARCH := /usr/include/$(shell $(CC) -print-multiarch)
override CC := $(CC) -idirafter $(HEADERS)
endif

# clang puts so much of one function into another that a small signal stack has no room for the sum.
OPTIMISE := -Os -fasynchronous-unwind-tables $(if $(findstring clang,$(CC)),-fno-inline-functions)
WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
            -Wconversion -Wcast-qual -Wwrite-strings -Wundef -Wvla -Wformat=2
OUR_CPPFLAGS = -Ishim -D_DEFAULT_SOURCE -DREUSESHIM_VERSION='"$(VERSION)"' -MMD -MP
OUR_CFLAGS   = -std=c11 $(OPTIMISE) -g $(WARNINGS)
LIBRARY_CFLAGS = -fPIC -fvisibility=hidden -ftls-model=initial-exec -fstack-protector \
                 -ffunction-sections -fdata-sections
LIBRARY_LDFLAGS = -Wl,--version-script=shim/hook/exports.map -Wl,-soname,libreuseshim.so -Wl,-z,defs \
                  -Wl,-z,relro -Wl,-z,now -Wl,-z,noseparate-code -Wl,-Bsymbolic-functions -Wl,--as-needed \
                  -Wl,--gc-sections -ldl

# A failure is explained while the program's signals wait (hook/say.c), so hardly any handler could
# unwind through these rooms. A debugger has their tables in .debug_frame.
EXPLAINING := proc facts inquiry report

BASE    := $(wildcard shim/base/*.c)
SHARED  := $(BASE) $(wildcard $(foreach room,rules proc unwind table past confine facts inquiry report,shim/$(room)/*.c))
HOOKS   := $(wildcard shim/hook/*.c)
COMMAND_LIBS := -ldw -lelf -lcjson

# For another processor, elfutils are often not there: then without the command.
MACHINE := $(firstword $(subst -, ,$(shell $(CC) -dumpmachine 2>/dev/null)))
FOREIGN := $(or $(M32),$(MUSL_GCC),$(filter-out $(shell uname -m),$(MACHINE)))
COMMAND := $(if $(FOREIGN),$(shell echo 'int main(void) { return 0; }' | \
               $(CC) -x c - -o /dev/null $(COMMAND_LIBS) 2>/dev/null || echo none))
COMMAND := $(if $(filter none,$(COMMAND)),,$(wildcard shim/command/*.c shim/supervise/*.c))

# libiberty demangles whatever C++, Rust and D have; without it the command knows nested names alone.
IBERTY := $(if $(COMMAND),$(shell echo 'int cplus_demangle(); int main(void) { return cplus_demangle() != 0; }' | \
              $(firstword $(CC)) -x c - -o /dev/null -liberty 2>/dev/null && echo -liberty))
COMMAND_LIBS += $(IBERTY)

objects = $(patsubst %.c,$(BUILD)/$(1)/%.o,$(2))
SHARED_OBJECTS  := $(call objects,pic,$(SHARED))
LIBRARY_OBJECTS := $(call objects,pic,$(HOOKS)) $(SHARED_OBJECTS)
COMMAND_OBJECTS := $(call objects,pic,$(COMMAND)) $(BUILD)/pic/reasons_text.o $(SHARED_OBJECTS)

Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-8s %s\n' '$(1)' '$(2)')

.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: all tests check demo install uninstall deb dist bench clean

all: $(BUILD)/libreuseshim.so $(if $(COMMAND),$(BUILD)/reuseshim)

$(BUILD)/libreuseshim.so: $(LIBRARY_OBJECTS) shim/hook/exports.map
	$(call say,LINK,$@)
	$(Q)$(CC) -shared -o $@ $(LIBRARY_OBJECTS) $(LIBRARY_LDFLAGS) $(CFLAGS) $(LDFLAGS)

$(BUILD)/reuseshim: $(COMMAND_OBJECTS)
	$(call say,LINK,$@)
	$(Q)$(CC) -o $@ $(COMMAND_OBJECTS) -Wl,--as-needed,-z,relro,-z,now $(COMMAND_LIBS) $(CFLAGS) $(LDFLAGS)

$(HEADERS):
	$(Q)mkdir -p $@
	$(Q)for name in /usr/include/linux /usr/include/asm-generic $(MULTIARCH)/asm /usr/include/asm \
	    /usr/include/uthash.h; do [ ! -e $$name ] || ln -sfn $$name $@/; done

# What is not there is one sentence, before anything is built: headers, and their packages on Debian.
NEEDS := stdio.h:libc6-dev linux/inet_diag.h:linux-libc-dev uthash.h:uthash-dev \
         $(if $(COMMAND),elfutils/libdwfl.h:libdw-dev cjson/cJSON.h:libcjson-dev)
$(BUILD)/needs: $(HEADERS)
	$(Q)command -v $(firstword $(CC)) >/dev/null || \
	    { echo "there is no $(firstword $(CC)): install it, or run scripts/bootstrap" >&2; exit 1; }
	$(Q)for need in $(NEEDS); do \
	    echo "#include <$${need%:*}>" | $(CC) $(CPPFLAGS) -E -x c - >/dev/null 2>&1 || \
	    { echo "<$${need%:*}> is missing: install $${need#*:}, as Debian calls it, or run scripts/bootstrap" >&2; exit 1; }; done
	$(Q)mkdir -p $(@D) && touch $@

$(BUILD)/pic/%.o: %.c | $(BUILD)/needs
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(OUR_CPPFLAGS) $(CPPFLAGS) $(OUR_CFLAGS) $(LIBRARY_CFLAGS) $(CFLAGS) -c -o $@ $<

$(BUILD)/pic/shim/command/symbol_name.o: OUR_CPPFLAGS += $(if $(IBERTY),-DREUSESHIM_HAVE_LIBIBERTY)
$(foreach room,$(EXPLAINING),$(BUILD)/pic/shim/$(room)/%.o): LIBRARY_CFLAGS += -fno-asynchronous-unwind-tables

# docs/reasons.md and programs.md as arrays of their lines, for `reuseshim explain`.
$(BUILD)/reasons_text.c: docs/reasons.md docs/programs.md Makefile | $(BUILD)/needs
	$(call say,TEXT,$<)
	$(Q)mkdir -p $(@D)
	$(Q){ printf '#include "command/reasons_text.h"\n'; for page in reasons programs; do \
	    printf '\nconst char *const %s_text[] = {\n' $$page; \
	    sed 's/["\\]/\\&/g; s/.*/    "&",/' docs/$$page.md; printf '    0,\n};\n'; done; } >$@

$(BUILD)/pic/reasons_text.o: $(BUILD)/reasons_text.c
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(OUR_CPPFLAGS) $(CPPFLAGS) $(OUR_CFLAGS) $(LIBRARY_CFLAGS) $(CFLAGS) -c -o $@ $<

# Tests: one program a file. Unit tests are linked with what the library is made of; the others
# stand alone with the helpers of tests/fixtures, and find the library through REUSESHIM_LIB.
# What the unit tests know of the command: parts that need no library.
TESTED        := $(call objects,pic,$(addprefix shim/command/,destroy.c))
FIXTURES      := $(call objects,tests,$(wildcard tests/fixtures/*.c))
UNIT_TESTS    := $(patsubst tests/%.c,$(BUILD)/tests/%,$(wildcard tests/unit/*.c))
PROGRAM_TESTS := $(patsubst tests/%.c,$(BUILD)/tests/%,$(wildcard tests/kernel/*.c tests/preload/*.c \
                   tests/hostile/*.c tests/cases/*.c tests/real/*.c))
TEST_FLAGS = -Itests/fixtures -std=c11 -O1 -g $(WARNINGS) -pthread

# Libraries that hostile tests preload or open, beside the programs: build/tests/hostile/NAME.so. What
# they use of the fixtures they find in the program.
TEST_LIBRARIES := $(patsubst tests/hostile/libraries/%.c,$(BUILD)/tests/hostile/%.so, \
                    $(wildcard tests/hostile/libraries/*.c))

# Times and offsets of files have 64 bits where the library has to be told.
SHORT := $(filter 4,$(shell echo __SIZEOF_POINTER__ | $(CC) -E -P -x c - 2>/dev/null))

# Another processor's cmocka is not there as a rule: tests/cross has what the tests use of it.
CMOCKA := $(if $(FOREIGN),,-lcmocka)
# Where unwind tables are not the default, the tests of stacks want them.
TEST_FLAGS += $(if $(FOREIGN),-Itests/cross -fasynchronous-unwind-tables) $(if $(SHORT),-D_FILE_OFFSET_BITS=64 -D_TIME_BITS=64)

.PHONY: unit-tests hostile-tests test-objects
unit-tests: $(UNIT_TESTS)
hostile-tests: $(filter $(BUILD)/tests/hostile/%,$(PROGRAM_TESTS)) $(TEST_LIBRARIES)

# For a look at what a compiler has to say.
test-objects: $(patsubst $(BUILD)/tests/%,$(BUILD)/tests/tests/%.o,$(UNIT_TESTS) $(PROGRAM_TESTS)) $(FIXTURES)

tests: all $(UNIT_TESTS) $(PROGRAM_TESTS) $(TEST_LIBRARIES)

$(BUILD)/tests/%.o: %.c
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(OUR_CPPFLAGS) -D_GNU_SOURCE $(CPPFLAGS) $(TEST_FLAGS) $(CFLAGS) -c -o $@ $<

# Of it a test gets what it uses, which links in half the time.
$(BUILD)/tests/tested.a: $(SHARED_OBJECTS) $(TESTED) $(FIXTURES)
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(UNIT_TESTS): $(BUILD)/tests/%: $(BUILD)/tests/tests/%.o $(BUILD)/tests/tested.a
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -o $@ $^ $(CMOCKA) -pthread $(CFLAGS) $(LDFLAGS)

$(PROGRAM_TESTS): $(BUILD)/tests/%: $(BUILD)/tests/tests/%.o $(FIXTURES)
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -rdynamic -o $@ $^ -pthread $(CFLAGS) $(LDFLAGS)

$(TEST_LIBRARIES): $(BUILD)/tests/hostile/%.so: tests/hostile/libraries/%.c
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -shared -fPIC $(OUR_CPPFLAGS) -D_GNU_SOURCE $(CPPFLAGS) $(TEST_FLAGS) -MF $(@:.so=.d) \
	    -o $@ $< $(CFLAGS) $(LDFLAGS)

$(BUILD)/tests/preload/a_start_adds_little: | $(BUILD)/tests/hostile/empty.so

check:
	$(Q)scripts/check
demo:
	$(Q)scripts/demo
bench: all
	$(Q)scripts/bench

# What is installed: MODE:FILE:PLACE.
SHARE   := $(PREFIX)/share
ZSHDIR  ?= $(SHARE)/zsh/site-functions
INSTALLED = 644:$(BUILD)/libreuseshim.so:$(LIBDIR)/libreuseshim.so $(if $(M32),,$(INSTALLED_BESIDE))
INSTALLED_BESIDE = $(if $(COMMAND),755:$(BUILD)/reuseshim:$(PREFIX)/bin/reuseshim) \
    644:docs/reuseshim.1:$(MANDIR)/man1/reuseshim.1 \
    644:docs/libreuseshim.7:$(MANDIR)/man7/libreuseshim.7 \
    644:docs/reuseshim.catalog:$(PREFIX)/lib/systemd/catalog/reuseshim.catalog \
    644:scripts/completion/reuseshim.bash:$(SHARE)/bash-completion/completions/reuseshim \
    644:scripts/completion/_reuseshim:$(ZSHDIR)/_reuseshim \
    644:scripts/completion/reuseshim.fish:$(SHARE)/fish/vendor_completions.d/reuseshim.fish
# The caches of the loader and of the journal, which others keep for a DESTDIR.
refresh = $(if $(DESTDIR),,-$(Q)ldconfig; \
    if command -v journalctl >/dev/null; then journalctl --update-catalog; fi)
installed_part = $(word $(1),$(subst :, ,$(2)))

define install_one
install -D -m $(call installed_part,1,$(1)) $(call installed_part,2,$(1)) $(DESTDIR)$(call installed_part,3,$(1))

endef

install: all
	$(foreach one,$(INSTALLED),$(call install_one,$(one)))
	$(refresh)

uninstall:
	rm -f $(foreach one,$(INSTALLED),$(DESTDIR)$(call installed_part,3,$(one)))
	$(refresh)

# The sources of what is committed, as the packages of packages/ take them.
dist:
	$(Q)mkdir -p $(BUILD)
	$(Q)git archive --prefix=reuseshim-$(VERSION)/ -o $(BUILD)/reuseshim-$(VERSION).tar.gz HEAD
	@echo $(BUILD)/reuseshim-$(VERSION).tar.gz

deb: all
	$(Q)scripts/build-deb $(BUILD) $(VERSION)

clean:
	rm -rf $(BUILD)

-include $(shell find $(BUILD) -type f -name '*.d' 2>/dev/null)

include tests/builds.mk
