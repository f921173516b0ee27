#include "../simd/attention.h"
#include "../simd/vector_kernels.h"
#include "tables.h"
#include "vec.h"

namespace kinglet::avx512_vnni {

void add_float_kernels(KernelTable& table) {
  table.f32 = simd::FloatMatmul<Vec, float>::unit("avx512_vnni/f32");
  table.f16 = simd::FloatMatmul<Vec, uint16_t>::unit("avx512_vnni/f16");
  table.bf16 = simd::FloatMatmul<Vec, simd::Bfloat16>::unit("avx512_vnni/bf16");
  table.attend_f32 = simd::Attention<Vec, float>::attend;
  table.attend_f16 = simd::Attention<Vec, uint16_t>::attend;
  simd::VectorKernels<Vec>::add_to(table);
}

}  // namespace kinglet::avx512_vnni
