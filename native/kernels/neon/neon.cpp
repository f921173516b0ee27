#include "kernels/neon/neon.h"

namespace kinglet::neon {

void override_table(KernelTable& table) {
  table.units[computed::f32] = f32_kernel();
  table.units[computed::f16] = f16_kernel();
  table.units[computed::bf16] = bf16_kernel();
  table.units[computed::q8_0] = q8_0_kernel();
  table.units[computed::q4_0] = q4_0_kernel();
  table.units[computed::q4_1] = q4_1_kernel();
  table.units[computed::q5_1] = q5_1_kernel();
  table.units[computed::q6_k] = q6_k_kernel();
  table.quantize_q8 = quantize_q8;
  table.attend_f16 = attend_f16;
  table.attend_f32 = attend_f32;
  table.rms_norm = rms_norm;
  table.rope = rope;
  table.silu_mul = silu_mul;
  table.add = add;
  table.to_f16 = to_f16;
  table.max = max;
  table.sum_exp = sum_exp;
}

}  // namespace kinglet::neon
