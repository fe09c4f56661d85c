# Builds of another kind, each in a folder of its own under build/: with the sanitizers, for fuzzing,
# and for coverage. STRESS_SECONDS (5) and FUZZ_SECONDS (3) say how long each of their runs takes.

STRESS_SECONDS ?= 5
FUZZ_SECONDS   ?= 3

.PHONY: asan tsan ubsan sanitized fuzz coverage

# The runtime of clang's sanitizers is in the program alone: the library finds it there.
asan: ## address and undefined behaviour, by clang
	$(Q)$(MAKE) --no-print-directory BUILD=$(BUILD)/asan CC=clang LTO= LDFLAGS='-Wl,-z,undefs' \
	    CFLAGS='-O1 -fsanitize=address,undefined -fno-sanitize-recover=undefined' sanitized
tsan:
	$(Q)$(MAKE) --no-print-directory BUILD=$(BUILD)/tsan CC=clang LTO= LDFLAGS='-Wl,-z,undefs' \
	    CFLAGS='-O1 -fsanitize=thread' sanitized
ubsan:
	$(Q)$(MAKE) --no-print-directory BUILD=$(BUILD)/ubsan CC=gcc LTO= \
	    CFLAGS='-O2 -fsanitize=undefined -fno-sanitize-recover=undefined' sanitized

# What is worth a second look in these builds: the pure parts, which meet bytes from outside, and the
# hooks in threads, children and signal handlers.
SANITIZED := $(filter-out $(addprefix $(BUILD)/tests/unit/,trace_% imports_% %_under_a_filter),$(UNIT_TESTS)) \
             $(addprefix $(BUILD)/tests/hostile/,threads_may_call_all_at_once \
               stress_of_threads_forks_and_signals names_from_outside_do_no_harm \
               handlers_may_call_while_we_hold_our_lock)

sanitized: $(BUILD)/libreuseshim.so $(SANITIZED)
	$(Q)scripts/run-sanitized $(BUILD) $(STRESS_SECONDS) $(SANITIZED)
