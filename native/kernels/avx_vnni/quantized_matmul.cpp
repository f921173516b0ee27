#include "kernels/avx_vnni/table.h"
#include "kernels/avx_vnni/words.h"
#include "kernels/x86/vnni_kernels.h"

namespace kinglet::avx_vnni {

void add_quantized_matmuls(KernelTable& table) {
  using x86::panel_unit, x86::VnniBlock, x86::VnniQ6K;
  MatmulKernel* units = table.units;
  units[computed::q4_0] = panel_unit<VnniBlock<Words, Format::q4_0>>("avx_vnni/q4_0");
  units[computed::q4_1] = panel_unit<VnniBlock<Words, Format::q4_1>>("avx_vnni/q4_1");
  units[computed::q5_1] = panel_unit<VnniBlock<Words, Format::q5_1>>("avx_vnni/q5_1");
  units[computed::q6_k] = panel_unit<VnniQ6K<Words>>("avx_vnni/q6_k");
  units[computed::q8_0] = panel_unit<VnniBlock<Words, Format::q8_0>>("avx_vnni/q8_0");
}

}  // namespace kinglet::avx_vnni
