#include "../bench/native/measured_peaks.h"

#include <cmath>
#include <cstdio>
#include <string>

#include "../bench/native/rate.h"

namespace kinglet {
namespace {

const Peak* find_peak(const KernelVariant* variant, PeakKind kind) {
  for (; variant != nullptr; variant = variant->parent) {
    for (const IsaPeaks& isa : isa_peaks()) {
      if (isa.isa != variant->isa) continue;
      for (const Peak& peak : isa.peaks) {
        if (peak.kind == kind) return &peak;
      }
    }
  }
  return nullptr;
}

}  // namespace

double MeasuredPeaks::bandwidth(size_t threads) const { return read_bandwidth(memory_, threads); }

double MeasuredPeaks::operations(const KernelVariant& variant, PeakKind kind,
                                 size_t threads) const {
  const Peak* peak = find_peak(&variant, kind);
  if (peak == nullptr) return NAN;
  constexpr size_t iterations = 4096;
  return work_rate(threads, [&](size_t) {
    peak->run(iterations);
    return peak->operations * static_cast<double>(iterations);
  });
}

void MeasuredPeaks::print(const KernelVariant& variant, size_t threads) const {
  std::printf("peaks of %zu %s: reads %.1f GB/s\n", threads, threads == 1 ? "thread" : "threads",
              bandwidth(threads) * 1e-9);
  constexpr const char* names[] = {"4-bit codes", "int8", "fp32"};
  for (const PeakKind kind : {PeakKind::q4, PeakKind::q8, PeakKind::fp32}) {
    const Peak* peak = find_peak(&variant, kind);
    if (peak == nullptr) continue;
    std::printf("  %-12s %-11s %8.1f GOP/s  %s\n", std::string(variant.isa).c_str(),
                names[static_cast<size_t>(kind)], operations(variant, kind, threads) * 1e-9,
                peak->instructions);
  }
}

}  // namespace kinglet
