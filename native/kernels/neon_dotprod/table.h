// What Armv8.2-A's dot product instructions do better (Cortex-A76 and so Raspberry Pi 5, Neoverse,
// and most cores since): the formats with int8 activations. The rest is neon's.
#pragma once

#include "kernels/kernels.h"

namespace kinglet::neon_dotprod {

MatmulKernel q8_0_kernel();
MatmulKernel q4_0_kernel();
MatmulKernel q4_1_kernel();
MatmulKernel q5_1_kernel();
MatmulKernel q6_k_kernel();

}  // namespace kinglet::neon_dotprod
