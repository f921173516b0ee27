// What this machine can do at most, measured each time it is asked for: a machine that shares its
// memory or its cores with others can do twice as much a second later.
#pragma once

#include <cstddef>

#include "../bench/native/bandwidth.h"
#include "../bench/native/peaks.h"
#include "kernels/dispatch.h"

namespace kinglet {

class MeasuredPeaks {
 public:
  explicit MeasuredPeaks(const PageMemory& memory) : memory_(memory) {}

  /// Bytes a second that `threads` threads read.
  double bandwidth(size_t threads) const;
  /// Operations a second of `threads` threads; NaN where neither the instruction set nor those that
  /// it starts from have a row.
  double operations(const KernelVariant& variant, PeakKind kind, size_t threads) const;

  /// Prints all that `variant` has.
  void print(const KernelVariant& variant, size_t threads) const;

 private:
  const PageMemory& memory_;
};

}  // namespace kinglet
