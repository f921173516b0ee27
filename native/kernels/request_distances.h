// How far ahead of packed weights, which pass by once, memory is asked for on x86.
#pragma once

#include <cstddef>

namespace kinglet {

/// Bytes ahead of the block that is computed: for the L1 cache, and for the L2 cache.
struct RequestDistances {
  size_t l1, l2;
};

/// What suits this CPU; `waits` where a block takes less time to compute than memory takes to bring
/// it, whichever CPU it is.
RequestDistances request_distances(bool waits);

/// Whether asking for the L2 cache pays on this CPU wherever a few rows pass by packed weights, and
/// not only where there is hardly anything to compute.
bool requests_pay_with_columns();

}  // namespace kinglet
