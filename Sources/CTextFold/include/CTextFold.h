#pragma once
#include <stdint.h>

/// What the tokenizer takes each Unicode scalar for, and what it folds it to: made by Tools/generate_fold_table.py. In C,
/// since a Swift array of this size is built at each start.

extern const uint16_t memledger_fold_stages[];
extern const uint32_t memledger_fold_blocks[];
extern const uint32_t memledger_fold_expansions[];

/// The four highest bits say what the scalar is, in the order of `ScalarKind`. Of the rest, 0 is the scalar itself; with
/// bit 27 it is a place in the expansions, which begins with a count; else it is another scalar.
static inline uint32_t memledger_fold(uint32_t scalar) {
    if (scalar > 0x10FFFF) return 0;
    return memledger_fold_blocks[((uint32_t)memledger_fold_stages[scalar >> 7] << 7) | (scalar & 127)];
}

/// One number of the expansions.
static inline uint32_t memledger_fold_expansion(uint32_t place) { return memledger_fold_expansions[place]; }
