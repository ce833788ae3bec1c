#pragma once
#include <stdbool.h>

/// Steers the counting of `valgrind --tool=callgrind` from inside of the program that it runs.

/// Whether the program runs under valgrind; false, too, if it was built without valgrind's header.
bool callgrind_is_there(void);

/// Counts from here on; without `--instr-atstart=no` it has counted all along.
void callgrind_start(void);

/// Counts no longer, and writes what was counted since the start to a file of its own that has the name in it.
void callgrind_stop(const char *name);
