#include "kernels/neon_dotprod/table.h"

namespace kinglet::neon_dotprod {

void override_table(KernelTable& table) {
  table.units[computed::q8_0] = q8_0_kernel();
  table.units[computed::q4_0] = q4_0_kernel();
  table.units[computed::q4_1] = q4_1_kernel();
  table.units[computed::q5_1] = q5_1_kernel();
  table.units[computed::q6_k] = q6_k_kernel();
}

}  // namespace kinglet::neon_dotprod
