// How fast the kernel tables are on this CPU. That it has the instructions of one does not say that
// they are the fast ones: some chips take them apart, or lower their clock for them.
#pragma once

#include "kernels/kernels.h"

namespace kinglet {

/// Seconds that a table takes for one activation row and for some of them times a q4_0 matrix that
/// fits a first-level cache: the best of some rounds, a few milliseconds in all. Measured once a
/// table.
double measured_seconds(const KernelTable& table);

}  // namespace kinglet
