// How fast this machine reads memory.
#pragma once

#include <cstddef>

#include "platform/page_memory.h"

namespace kinglet {

/// What benchmarks read over: beyond what caches hold.
inline constexpr size_t bandwidth_footprint = size_t{1} << 30;

/// `bandwidth_footprint` bytes in huge pages, written once; ends the program where there are none.
PageMemory footprint_memory();

/// Bytes a second that `threads` threads together read of `memory`, each a part of its own.
double read_bandwidth(const PageMemory& memory, size_t threads);

}  // namespace kinglet
