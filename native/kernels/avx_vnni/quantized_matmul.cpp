#include "kernels/avx_vnni/table.h"
#include "kernels/avx_vnni/words.h"
#include "kernels/x86/vnni_kernels.h"

namespace kinglet::avx_vnni {

void add_quantized_matmuls(KernelTable& table) {
  using x86::panel_unit, x86::VnniBlock, x86::VnniHalves;
  using enum Format;
  MatmulKernel* units = table.units;
  units[computed::q4_0] = panel_unit<VnniBlock<Words, q4_0>>("avx_vnni/q4_0");
  units[computed::q4_1] = panel_unit<VnniBlock<Words, q4_1>>("avx_vnni/q4_1");
  units[computed::q5_0] = panel_unit<VnniBlock<Words, q5_0>>("avx_vnni/q5_0");
  units[computed::q5_1] = panel_unit<VnniBlock<Words, q5_1>>("avx_vnni/q5_1");
  units[computed::q8_0] = panel_unit<VnniBlock<Words, q8_0>>("avx_vnni/q8_0");
  units[computed::q2_k] = panel_unit<VnniHalves<Words, q2_k>>("avx_vnni/q2_k");
  units[computed::q3_k] = panel_unit<VnniHalves<Words, q3_k>>("avx_vnni/q3_k");
  units[computed::q4_k] = panel_unit<VnniBlock<Words, q4_k>>("avx_vnni/q4_k");
  units[computed::q5_k] = panel_unit<VnniBlock<Words, q5_k>>("avx_vnni/q5_k");
  units[computed::q6_k] = panel_unit<VnniHalves<Words, q6_k>>("avx_vnni/q6_k");
  units[computed::iq1_s] = panel_unit<VnniBlock<Words, iq1_s>>("avx_vnni/iq1_s");
  units[computed::iq2_xxs] = panel_unit<VnniBlock<Words, iq2_xxs>>("avx_vnni/iq2_xxs");
  units[computed::iq2_xs] = panel_unit<VnniHalves<Words, iq2_xs>>("avx_vnni/iq2_xs");
  units[computed::iq2_s] = panel_unit<VnniHalves<Words, iq2_s>>("avx_vnni/iq2_s");
  units[computed::iq3_xxs] = panel_unit<VnniBlock<Words, iq3_xxs>>("avx_vnni/iq3_xxs");
  units[computed::iq3_s] = panel_unit<VnniBlock<Words, iq3_s>>("avx_vnni/iq3_s");
  units[computed::iq4_nl] = panel_unit<VnniBlock<Words, iq4_nl>>("avx_vnni/iq4_nl");
  units[computed::iq4_xs] = panel_unit<VnniBlock<Words, iq4_xs>>("avx_vnni/iq4_xs");
}

}  // namespace kinglet::avx_vnni
