// Asking for memory before it is needed.
#pragma once

#include <cstddef>

namespace kinglet::x86 {

// All that calls this is [[gnu::always_inline]] too: gcc drops calls of functions that only
// prefetch, since they compute nothing.

/// Into the L2 cache: the few line buffers of the L1 cache would be taken for as long as memory
/// needs, and a gemv on Sapphire Rapids reads 1.25 times as fast this way.
[[gnu::always_inline]] static inline void prefetch_l2(const std::byte* line) {
  constexpr int for_reading = 0, into_l2 = 2;
  __builtin_prefetch(line, for_reading, into_l2);
}

}  // namespace kinglet::x86
