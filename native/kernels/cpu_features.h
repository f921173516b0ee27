// What this CPU can run and the operating system lets it: an instruction set whose registers the
// system does not save must not be used.
#pragma once

namespace kinglet {

struct CpuFeatures {
  // x86-64
  bool avx2 = false;         // AVX2, FMA and F16C; YMM state saved
  bool avx512_vnni = false;  // AVX-512 F, BW, DQ, VL and VNNI, and the above; ZMM state saved
  // AArch64
  bool neon = false;          // Advanced SIMD
  bool neon_dotprod = false;  // and SDOT/UDOT
};

/// Asked of the CPU once.
const CpuFeatures& cpu_features();

}  // namespace kinglet
