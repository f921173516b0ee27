#include "kernels/avx2/table.h"
#include "kernels/avx2/vec.h"
#include "kernels/vector/attention.h"
#include "kernels/vector/float_matmul.h"
#include "kernels/vector/vector_kernels.h"

namespace kinglet::avx2 {

void add_float_kernels(KernelTable& table) {
  table.units[computed::f32] = vector::FloatMatmul<Vec, float>::unit("avx2/f32");
  table.units[computed::f16] = vector::FloatMatmul<Vec, uint16_t>::unit("avx2/f16");
  table.units[computed::bf16] = vector::FloatMatmul<Vec, vector::Bfloat16>::unit("avx2/bf16");
  table.attend_f32 = vector::Attention<Vec, float>::attend;
  table.attend_f16 = vector::Attention<Vec, uint16_t>::attend;
  vector::VectorKernels<Vec>::add_to(table);
}

}  // namespace kinglet::avx2
