#include "kernels/cpu_features.h"

#if defined(__x86_64__)
#include <cpuid.h>

#include <cstdint>
#include <span>
#elif defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>
#endif

namespace kinglet {
namespace {

#if defined(__x86_64__)

// XCR0, the register sets that the operating system saves (Intel SDM volume 1, 13.3).
uint64_t saved_state() {
  uint32_t low = 0;
  uint32_t high = 0;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return low | static_cast<uint64_t>(high) << 32;
}

/// A bit of what CPUID says (Intel SDM volume 2, "CPUID").
struct CpuidBit {
  CpuFeature feature;
  uint32_t bit;
};

CpuFeatures detect() {
  constexpr uint32_t osxsave = 1u << 27, avx = 1u << 28;  // leaf 1, ECX
  constexpr uint64_t ymm_state = 0x06, zmm_state = 0xe6;  // SSE, AVX; and opmask, ZMM
  constexpr CpuidBit leaf1_ecx[] = {{CpuFeature::fma, 1u << 12}, {CpuFeature::f16c, 1u << 29}};
  constexpr CpuidBit leaf7_ebx[] = {{CpuFeature::avx2, 1u << 5}};
  constexpr CpuidBit leaf7_ebx_zmm[] = {{CpuFeature::avx512f, 1u << 16},
                                        {CpuFeature::avx512dq, 1u << 17},
                                        {CpuFeature::avx512bw, 1u << 30},
                                        {CpuFeature::avx512vl, 1u << 31}};
  constexpr CpuidBit leaf7_ecx_zmm[] = {{CpuFeature::avx512_vnni, 1u << 11}};

  CpuFeatures features{};
  const auto add = [&](uint32_t word, std::span<const CpuidBit> bits) {
    for (const auto& [feature, bit] : bits) {
      if ((word & bit) != 0) features.add(feature);
    }
  };
  uint32_t eax, ebx, ecx, edx;
  constexpr uint32_t saving = osxsave | avx;
  if (!__get_cpuid(1, &eax, &ebx, &ecx, &edx) || (ecx & saving) != saving) return features;
  const uint64_t state = saved_state();
  if ((state & ymm_state) != ymm_state) return features;
  add(ecx, leaf1_ecx);
  if (!__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx)) return features;
  add(ebx, leaf7_ebx);
  if ((state & zmm_state) != zmm_state) return features;
  add(ebx, leaf7_ebx_zmm);
  add(ecx, leaf7_ecx_zmm);
  return features;
}

#elif defined(__aarch64__)

CpuFeatures detect() {
#if defined(__linux__)
  // AT_HWCAP of the AArch64 Linux ABI.
  constexpr unsigned long hwcap_asimd = 1ul << 1, hwcap_asimddp = 1ul << 20;
  const unsigned long hwcap = getauxval(AT_HWCAP);
  CpuFeatures features{};
  if ((hwcap & hwcap_asimd) != 0) features.add(CpuFeature::asimd);
  if ((hwcap & hwcap_asimddp) != 0) features.add(CpuFeature::asimddp);
  return features;
#else
  return {CpuFeature::asimd};  // part of the base architecture
#endif
}

#else

CpuFeatures detect() { return {}; }

#endif

}  // namespace

const CpuFeatures& cpu_features() {
  static const CpuFeatures features = detect();
  return features;
}

}  // namespace kinglet
