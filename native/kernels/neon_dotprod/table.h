// What Armv8.2-A's dot product instructions do better (Cortex-A76 and so Raspberry Pi 5, Neoverse,
// and most cores since): the formats with int8 activations. The rest is neon's.
#pragma once

#include "kernels/kernels.h"

namespace kinglet::neon_dotprod {

void add_quantized_matmuls(KernelTable& table);

}  // namespace kinglet::neon_dotprod
