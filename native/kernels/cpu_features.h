// What this CPU can run and the operating system lets it: an instruction set whose registers the
// system does not save must not be used.
#pragma once

#include <cstdint>
#include <initializer_list>

namespace kinglet {

/// What isas.json may require, each with a row in cpu_features.cpp. Those of another processor are
/// never there.
enum class CpuFeature : uint8_t {
  // x86-64, with the registers saved that it works on
  avx2,
  fma,
  f16c,
  avx_vnni,
  avx512f,
  avx512bw,
  avx512dq,
  avx512vl,
  avx512_vnni,
  // AArch64, under Linux's names
  asimd,    // Advanced SIMD
  asimddp,  // SDOT and UDOT
  i8mm,     // SMMLA
  // none, but how many there are
  count,
};

/// A set of them.
class CpuFeatures {
 public:
  constexpr CpuFeatures(std::initializer_list<CpuFeature> features) {
    for (const CpuFeature feature : features) add(feature);
  }
  constexpr void add(CpuFeature feature) { bits_ |= uint32_t{1} << static_cast<unsigned>(feature); }
  constexpr bool has_all(CpuFeatures others) const { return (others.bits_ & ~bits_) == 0; }

 private:
  uint32_t bits_ = 0;
  static_assert(static_cast<unsigned>(CpuFeature::count) <= 32, "a CpuFeature has no bit");
};

/// Asked of the CPU once.
const CpuFeatures& cpu_features();

}  // namespace kinglet
