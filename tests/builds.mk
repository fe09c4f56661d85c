# Builds of another kind, each in a folder of its own under build/: with the sanitizers, for fuzzing,
# and for coverage. STRESS_SECONDS (5) and FUZZ_SECONDS (3) say how long each of their runs takes.

STRESS_SECONDS ?= 5
FUZZ_SECONDS   ?= 3

.PHONY: asan tsan ubsan sanitized fuzz coverage

# The runtime of clang's sanitizers is in the program alone: the library finds it there.
asan: ## address and undefined behaviour, by clang
	$(Q)$(MAKE) --no-print-directory BUILD=$(BUILD)/asan CC=clang LDFLAGS='-Wl,-z,undefs' \
	    CFLAGS='-O1 -fsanitize=address,undefined -fno-sanitize-recover=undefined' sanitized
tsan:
	$(Q)$(MAKE) --no-print-directory BUILD=$(BUILD)/tsan CC=clang LDFLAGS='-Wl,-z,undefs' \
	    CFLAGS='-O1 -fsanitize=thread' SANITIZED='$$(THREADED)' sanitized
ubsan:
	$(Q)$(MAKE) --no-print-directory BUILD=$(BUILD)/ubsan CC=gcc \
	    CFLAGS='-O2 -fsanitize=undefined -fno-sanitize-recover=undefined' sanitized

# What is worth a second look in these builds: the pure parts, which meet bytes from outside, and the
# hooks in threads, children and signal handlers.
THREADED  := $(addprefix $(BUILD)/tests/hostile/,threads_may_call_all_at_once \
               stress_of_threads_forks_and_signals)
SANITIZED := $(filter-out $(addprefix $(BUILD)/tests/unit/,trace_% imports_% %_under_a_filter history_survives_%),$(UNIT_TESTS)) \
             $(THREADED) $(addprefix $(BUILD)/tests/hostile/,names_from_outside_do_no_harm \
               handlers_may_call_while_we_hold_our_lock)

sanitized: $(BUILD)/libreuseshim.so $(SANITIZED)
	$(Q)scripts/run-sanitized $(BUILD) $(STRESS_SECONDS) $(SANITIZED)

# Fuzz targets: the shared sources, built for libFuzzer, and each tests/fuzz/NAME.c with its corpus.
FUZZERS := $(patsubst tests/fuzz/%.c,$(BUILD)/fuzz/%,$(wildcard tests/fuzz/*.c))
FUZZ_FLAGS = -std=c11 -O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined
FUZZ_OBJECTS := $(patsubst %.c,$(BUILD)/fuzz/%.o,$(SHARED))

$(BUILD)/fuzz/%.o: %.c
	$(call say,CC,$< for fuzzing)
	$(Q)mkdir -p $(@D)
	$(Q)clang $(OUR_CPPFLAGS) $(CPPFLAGS) $(FUZZ_FLAGS) $(WARNINGS) -c -o $@ $<

# A report's memory is one piece there, given back by the target itself.
FUZZ_REPORT := $(patsubst %.c,$(BUILD)/fuzz/%.o,$(filter-out shim/command/report.c shim/command/report_input.c \
               shim/command/report_json.c shim/command/report_history.c,$(wildcard shim/command/report*.c)) shim/command/intern.c)
$(FUZZ_REPORT): FUZZ_FLAGS += -Dfree=report_free
$(BUILD)/fuzz/report: $(FUZZ_REPORT)

$(FUZZERS): $(BUILD)/fuzz/%: tests/fuzz/%.c $(FUZZ_OBJECTS)
	$(call say,LINK,$@)
	$(Q)clang $(OUR_CPPFLAGS) $(CPPFLAGS) $(FUZZ_FLAGS) -fsanitize=fuzzer -o $@ $(filter %.c %.o,$^) -pthread $(if $(filter report,$*),-lcjson)

fuzz: $(FUZZERS)
	$(Q)scripts/run-fuzzers $(FUZZ_SECONDS) $(FUZZERS)

# The library, the command and the unit tests, counting: what the tests of COVER run of shim/. The other
# tests have nothing of shim/ in them, and are those of the default build. Without the matrices and the
# storms, which run the same lines over and over, it is as much in a third of the time. What supervises
# ends before the counts are written; the command is counted in a long run (scripts/check-coverage).
COVER ?= unit preload/[abdejk-u]* preload/clear* preload/colour* preload/cures* preload/force* \
         preload/history_[ans]* preload/v6* hostile/a_[jt]* hostile/[dnu]* hostile/fi* world/supervisors
COVER_LEFT_OUT ?= supervise|command
coverage: tests
	$(Q)$(MAKE) --no-print-directory BUILD=$(BUILD)/coverage CC=gcc OPTIMISE=-O0 \
	    CFLAGS='--coverage -fprofile-update=atomic -fprofile-abs-path' all unit-tests
	$(Q)ln -sfn $(abspath $(BUILD))/tests/preload $(abspath $(BUILD))/tests/hostile $(BUILD)/coverage/tests/
	$(Q)set -f; scripts/run-coverage $(BUILD)/coverage '$(COVER_LEFT_OUT)' $(COVER)
