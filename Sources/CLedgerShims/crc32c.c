#include "CLedgerShims.h"

#include <string.h>

#define POLYNOMIAL 0x82f63b78u

/// One bit at a time needs no table; only processors without the instruction come here.
static uint32_t crc_portable(uint32_t crc, const uint8_t *bytes, size_t count) {
    while (count--) {
        crc ^= *bytes++;
        for (int bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ (POLYNOMIAL & (0u - (crc & 1u)));
    }
    return crc;
}

#if defined(__x86_64__)
#include <nmmintrin.h>

__attribute__((target("sse4.2"))) static uint32_t crc_hardware(uint32_t crc, const uint8_t *bytes, size_t count) {
    uint64_t wide = crc;
    for (; count >= 8; bytes += 8, count -= 8) {
        uint64_t word;
        memcpy(&word, bytes, 8);
        wide = _mm_crc32_u64(wide, word);
    }
    crc = (uint32_t)wide;
    while (count--) crc = _mm_crc32_u8(crc, *bytes++);
    return crc;
}

static int has_hardware(void) { return __builtin_cpu_supports("sse4.2"); }

#elif defined(__ARM_FEATURE_CRC32)
#include <arm_acle.h>

static uint32_t crc_hardware(uint32_t crc, const uint8_t *bytes, size_t count) {
    for (; count >= 8; bytes += 8, count -= 8) {
        uint64_t word;
        memcpy(&word, bytes, 8);
        crc = __crc32cd(crc, word);
    }
    while (count--) crc = __crc32cb(crc, *bytes++);
    return crc;
}

static int has_hardware(void) { return 1; }

#else
#define crc_hardware crc_portable
static int has_hardware(void) { return 0; }
#endif

uint32_t memledger_crc32c(const void *bytes, size_t count) {
    uint32_t crc = ~0u;
    crc = has_hardware() ? crc_hardware(crc, bytes, count) : crc_portable(crc, bytes, count);
    return ~crc;
}
