#include "kernels/neon_dotprod/neon_dotprod.h"

namespace kinglet::neon_dotprod {

void override_table(KernelTable& table) {
  table.isa = "neon_dotprod";
  table.q8_0 = q8_0_kernel();
  table.q4_0 = q4_0_kernel();
  table.q4_1 = q4_1_kernel();
  table.q5_1 = q5_1_kernel();
  table.q6_k = q6_k_kernel();
}

}  // namespace kinglet::neon_dotprod
