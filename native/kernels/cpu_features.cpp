#include "kernels/cpu_features.h"

#include <cstddef>
#include <cstdint>

#if defined(__x86_64__)
#include <cpuid.h>
#elif defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>
#endif

namespace kinglet {
namespace {

// The tables of both processors are part of every build, so that each build checks both.

/// A register of CPUID's answer, in the order of __get_cpuid_count().
enum Register : uint8_t { eax, ebx, ecx, edx };

// XCR0, the register sets that the operating system saves (Intel SDM volume 1, 13.3): SSE and AVX;
// these, opmask and ZMM.
constexpr uint64_t ymm_state = 0x06, zmm_state = 0xe6;

/// Where CPUID shows a feature (Intel SDM volume 2, "CPUID"), and what must be saved.
struct X86Feature {
  CpuFeature feature;
  uint32_t leaf;
  uint32_t subleaf;
  Register word;
  unsigned bit;
  uint64_t saved;
};

constexpr X86Feature x86_features[] = {
    {CpuFeature::fma, 1, 0, ecx, 12, ymm_state},
    {CpuFeature::f16c, 1, 0, ecx, 29, ymm_state},
    {CpuFeature::avx2, 7, 0, ebx, 5, ymm_state},
    {CpuFeature::avx_vnni, 7, 1, eax, 4, ymm_state},
    {CpuFeature::avx512f, 7, 0, ebx, 16, zmm_state},
    {CpuFeature::avx512dq, 7, 0, ebx, 17, zmm_state},
    {CpuFeature::avx512bw, 7, 0, ebx, 30, zmm_state},
    {CpuFeature::avx512vl, 7, 0, ebx, 31, zmm_state},
    {CpuFeature::avx512_vnni, 7, 0, ecx, 11, zmm_state},
};

/// A bit of AT_HWCAP or of AT_HWCAP2 (AArch64 Linux ABI). Linux saves the registers of all that it
/// shows there.
struct ArmFeature {
  CpuFeature feature;
  unsigned word;  // 0: AT_HWCAP, 1: AT_HWCAP2
  unsigned bit;
  bool base;  // part of the architecture wherever there is no Linux to ask
};

constexpr ArmFeature arm_features[] = {
    {CpuFeature::asimd, 0, 1, true},
    {CpuFeature::asimddp, 0, 20, false},
    {CpuFeature::i8mm, 1, 13, false},
};

constexpr bool each_has_one_row() {
  size_t rows[static_cast<size_t>(CpuFeature::count)] = {};
  for (const X86Feature& row : x86_features) ++rows[static_cast<size_t>(row.feature)];
  for (const ArmFeature& row : arm_features) ++rows[static_cast<size_t>(row.feature)];
  for (const size_t count : rows) {
    if (count != 1) return false;
  }
  return true;
}
static_assert(
    each_has_one_row(),
    "a CpuFeature needs one row, in x86_features or in arm_features: without it every ISA "
    "that requires the feature 'cannot run here'");

#if defined(__x86_64__)

/// XCR0, or 0 where the system does not use XSAVE or the CPU lacks AVX.
uint64_t saved_state() {
  constexpr uint32_t osxsave = 1u << 27, avx = 1u << 28;  // leaf 1, ECX
  constexpr uint32_t saving = osxsave | avx;
  uint32_t words[4];
  if (!__get_cpuid(1, &words[eax], &words[ebx], &words[ecx], &words[edx])) return 0;
  if ((words[ecx] & saving) != saving) return 0;
  uint32_t low = 0;
  uint32_t high = 0;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return low | static_cast<uint64_t>(high) << 32;
}

CpuFeatures detect() {
  CpuFeatures features{};
  const uint64_t state = saved_state();
  for (const X86Feature& row : x86_features) {
    uint32_t words[4];
    if ((state & row.saved) != row.saved) continue;
    if (!__get_cpuid_count(row.leaf, row.subleaf, &words[eax], &words[ebx], &words[ecx],
                           &words[edx])) {
      continue;
    }
    if ((words[row.word] >> row.bit & 1) != 0) features.add(row.feature);
  }
  return features;
}

#elif defined(__aarch64__)

CpuFeatures detect() {
  CpuFeatures features{};
#if defined(__linux__)
  const unsigned long words[] = {getauxval(AT_HWCAP), getauxval(AT_HWCAP2)};
#endif
  for (const ArmFeature& row : arm_features) {
#if defined(__linux__)
    const bool there = (words[row.word] >> row.bit & 1) != 0;
#else
    const bool there = row.base;
#endif
    if (there) features.add(row.feature);
  }
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
