#include "CCallgrind.h"

#if __has_include(<valgrind/callgrind.h>)
#include <valgrind/callgrind.h>

bool callgrind_is_there(void) { return RUNNING_ON_VALGRIND > 0; }

void callgrind_start(void) {
    CALLGRIND_START_INSTRUMENTATION;
    CALLGRIND_ZERO_STATS;
}

void callgrind_stop(const char *name) {
    // The dump resets what was counted.
    CALLGRIND_DUMP_STATS_AT(name);
    CALLGRIND_STOP_INSTRUMENTATION;
}
#else
bool callgrind_is_there(void) { return false; }
void callgrind_start(void) {}
void callgrind_stop(const char *name) { (void)name; }
#endif
