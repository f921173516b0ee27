// Packed with a byte a code: 32 codes, then the scale as a half.
#include <cstring>

#include "kernels/scalar/table.h"
#include "quant/little_endian.h"
#include "quant/sample_q3.h"

namespace kinglet::scalar {
namespace {

using namespace quant;

constexpr size_t packed_block = q8_block + 2;

size_t row_size(size_t cols) { return cols / q8_block * packed_block; }

size_t packed_bytes(size_t rows, size_t cols) { return rows * row_size(cols); }

void pack(std::byte* packed, const std::byte* in, size_t row_begin, size_t row_end, size_t /*rows*/,
          size_t cols) {
  std::byte* out = packed + row_begin * row_size(cols);
  for (size_t block = 0; block < (row_end - row_begin) * cols / q8_block; ++block) {
    sample_q3_codes(reinterpret_cast<int8_t*>(out), in);
    std::memcpy(out + q8_block, in + 12, 2);
    in += sample_q3_bytes;
    out += packed_block;
  }
}

void unpack_row(float* out, const std::byte* packed, size_t row, size_t /*rows*/, size_t cols) {
  const std::byte* block = packed + row * row_size(cols);
  for (size_t begin = 0; begin < cols; begin += q8_block, block += packed_block) {
    const float scale = load_half(block + q8_block);
    const auto* codes = reinterpret_cast<const int8_t*>(block);
    for (size_t i = 0; i < q8_block; ++i) *out++ = scale * static_cast<float>(codes[i]);
  }
}

void multiply(const MatmulTask& task) {
  for (size_t b = 0; b < task.batch; ++b) {
    const Q8Row a = q8_row(task.activations + b * task.activation_stride, task.cols);
    for (size_t r = task.row_begin; r < task.row_end; ++r) {
      const std::byte* block = task.packed + r * row_size(task.cols);
      float sum = 0;
      for (size_t begin = 0; begin < task.cols; begin += q8_block, block += packed_block) {
        const auto* codes = reinterpret_cast<const int8_t*>(block);
        int32_t dot = 0;
        for (size_t i = 0; i < q8_block; ++i) dot += codes[i] * a.values[begin + i];
        sum += load_half(block + q8_block) * static_cast<float>(dot) * a.scales[begin / q8_block];
      }
      task.out[b * task.out_stride + r] = sum;
    }
  }
}

}  // namespace

void add_sample_q3(KernelTable& table) {
  table.units[computed::sample_q3] = {.name = "scalar/sample_q3",
                                      .activation = Activation::q8,
                                      .row_tile = 1,
                                      .packed_bytes = packed_bytes,
                                      .pack = pack,
                                      .unpack_row = unpack_row,
                                      .gemv = multiply,
                                      .gemm = multiply};
}

}  // namespace kinglet::scalar
