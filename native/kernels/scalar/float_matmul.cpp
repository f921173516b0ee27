#include "kernels/scalar/row_major.h"
#include "kernels/scalar/table.h"
#include "quant/little_endian.h"

namespace kinglet::scalar {
namespace {

float load_f32(const std::byte* in) { return bits_float(load_u32(in)); }
float load_f16(const std::byte* in) { return load_half(in); }
float load_bf16(const std::byte* in) { return bfloat_to_float(load_u16(in)); }

template <Format format, float (*load)(const std::byte*), size_t bytes>
void matmul(const MatmulTask& task) {
  for_each_output<format>(task,
                          [](const std::byte* weights, const std::byte* activation, size_t cols) {
                            const auto* a = reinterpret_cast<const float*>(activation);
                            float sum = 0;
                            for (size_t c = 0; c < cols; ++c)
                              sum += load(weights + c * bytes) * a[c];
                            return sum;
                          });
}

template <Format format, float (*load)(const std::byte*), size_t bytes>
MatmulKernel unit(const char* name) {
  const auto run = matmul<format, load, bytes>;
  return {.name = name,
          .activation = Activation::f32,
          .row_tile = 1,
          .packed_bytes = packed_bytes<format>,
          .pack = pack<format>,
          .unpack_row = unpack_row<format>,
          .gemv = run,
          .gemm = run};
}

}  // namespace

void add_float_matmuls(KernelTable& table) {
  table.units[computed::f32] = unit<Format::f32, load_f32, quant::f32_bytes>("scalar/f32");
  table.units[computed::f16] = unit<Format::f16, load_f16, quant::f16_bytes>("scalar/f16");
  table.units[computed::bf16] = unit<Format::bf16, load_bf16, quant::bf16_bytes>("scalar/bf16");
}

}  // namespace kinglet::scalar
