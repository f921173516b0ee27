// What this machine can do at most, measured when it is asked for.
#pragma once

#include <cstddef>
#include <map>
#include <tuple>

#include "../bench/native/bandwidth.h"
#include "../bench/native/peaks.h"
#include "kernels/dispatch.h"

namespace kinglet {

class MeasuredPeaks {
 public:
  explicit MeasuredPeaks(const PageMemory& memory) : memory_(memory) {}

  /// Bytes a second that `threads` threads read.
  double bandwidth(size_t threads);
  /// Operations a second of `threads` threads; NaN where neither the instruction set nor those that
  /// it starts from have a row.
  double operations(const KernelVariant& variant, PeakKind kind, size_t threads);

  /// Prints all that `variant` has.
  void print(const KernelVariant& variant, size_t threads);

 private:
  const PageMemory& memory_;
  std::map<size_t, double> bandwidths_;
  std::map<std::tuple<const Peak*, size_t>, double> operations_;
};

}  // namespace kinglet
