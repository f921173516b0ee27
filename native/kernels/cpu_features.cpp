#include "kernels/cpu_features.h"

#if defined(__x86_64__)
#include <cpuid.h>

#include <cstdint>
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

CpuFeatures detect() {
  constexpr uint32_t fma = 1u << 12, osxsave = 1u << 27, avx = 1u << 28, f16c = 1u << 29;
  constexpr uint32_t avx2 = 1u << 5, avx512f = 1u << 16, avx512dq = 1u << 17;
  constexpr uint32_t avx512bw = 1u << 30, avx512vl = 1u << 31, avx512_vnni = 1u << 11;
  constexpr uint64_t ymm_state = 0x06, zmm_state = 0xe6;  // SSE, AVX; and opmask, ZMM
  const auto has = [](uint64_t set, uint64_t all) { return (set & all) == all; };

  CpuFeatures features;
  uint32_t eax, ebx, ecx, edx;
  if (!__get_cpuid(1, &eax, &ebx, &ecx, &edx) || !has(ecx, fma | osxsave | avx | f16c)) {
    return features;
  }
  if (!__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx)) return features;
  const uint64_t state = saved_state();
  features.avx2 = has(ebx, avx2) && has(state, ymm_state);
  features.avx512_vnni = features.avx2 && has(ebx, avx512f | avx512dq | avx512bw | avx512vl) &&
                         has(ecx, avx512_vnni) && has(state, zmm_state);
  return features;
}

#elif defined(__aarch64__)

CpuFeatures detect() {
  CpuFeatures features;
#if defined(__linux__)
  // AT_HWCAP of the AArch64 Linux ABI.
  constexpr unsigned long hwcap_asimd = 1ul << 1, hwcap_asimddp = 1ul << 20;
  const unsigned long hwcap = getauxval(AT_HWCAP);
  features.neon = (hwcap & hwcap_asimd) != 0;
  features.neon_dotprod = features.neon && (hwcap & hwcap_asimddp) != 0;
#else
  features.neon = true;  // part of the base architecture
#endif
  return features;
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
