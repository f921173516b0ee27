// The recipe's instruction set: scalar code, but for q8_0 a unit with a layout of its own, which
// scalar's would read as other weights.
#include <cstring>

#include "kernels/kernels.h"
#include "quant/half.h"

namespace kinglet::sample_isa {
namespace {

// A row: its scales as floats, then its codes from the last column to the first.
size_t row_size(size_t cols) { return cols / q8_block * sizeof(float) + cols; }

size_t packed_bytes(size_t rows, size_t cols) { return rows * row_size(cols); }

void pack(std::byte* packed, const std::byte* in, size_t row_begin, size_t row_end, size_t /*rows*/,
          size_t cols) {
  for (size_t row = row_begin; row < row_end; ++row) {
    std::byte* scales = packed + row * row_size(cols);
    std::byte* codes = scales + cols / q8_block * sizeof(float);
    for (size_t block = 0; block < cols / q8_block; ++block) {
      uint16_t half = 0;
      std::memcpy(&half, in, sizeof half);
      in += sizeof half;
      const float scale = half_to_float(half);
      std::memcpy(scales + block * sizeof scale, &scale, sizeof scale);
      for (size_t i = 0; i < q8_block; ++i) codes[cols - 1 - (block * q8_block + i)] = *in++;
    }
  }
}

struct Row {
  const float* scales;
  const int8_t* codes;
};

Row row_at(const std::byte* packed, size_t row, size_t cols) {
  const std::byte* begin = packed + row * row_size(cols);
  return {reinterpret_cast<const float*>(begin),
          reinterpret_cast<const int8_t*>(begin + cols / q8_block * sizeof(float))};
}

void unpack_row(float* out, const std::byte* packed, size_t row, size_t /*rows*/, size_t cols) {
  const Row weights = row_at(packed, row, cols);
  for (size_t c = 0; c < cols; ++c) {
    out[c] = weights.scales[c / q8_block] * static_cast<float>(weights.codes[cols - 1 - c]);
  }
}

void multiply(const MatmulTask& task) {
  const size_t cols = task.cols;
  for (size_t b = 0; b < task.batch; ++b) {
    const Q8Row a = q8_row(task.activations + b * task.activation_stride, cols);
    for (size_t r = task.row_begin; r < task.row_end; ++r) {
      const Row weights = row_at(task.packed, r, cols);
      float sum = 0;
      for (size_t block = 0; block < cols / q8_block; ++block) {
        int32_t dot = 0;
        for (size_t c = block * q8_block; c < (block + 1) * q8_block; ++c) {
          dot += weights.codes[cols - 1 - c] * a.values[c];
        }
        sum += weights.scales[block] * static_cast<float>(dot) * a.scales[block];
      }
      task.out[b * task.out_stride + r] = sum;
    }
  }
}

}  // namespace

void override_table(KernelTable& table) {
  table.units[computed::q8_0] = {.name = "sample_isa/q8_0",
                                 .activation = Activation::q8,
                                 .row_tile = 1,
                                 .packed_bytes = packed_bytes,
                                 .pack = pack,
                                 .unpack_row = unpack_row,
                                 .gemv = multiply,
                                 .gemm = multiply};
}

}  // namespace kinglet::sample_isa
