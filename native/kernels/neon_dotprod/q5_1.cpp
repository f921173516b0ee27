// Q5_1 with SDOT: d * q + m, with the 5-bit codes as a byte each.
#include "kernels/neon_dotprod/dot_tile.h"
#include "kernels/neon_dotprod/table.h"
#include "quant/block32.h"

namespace kinglet::neon_dotprod {
namespace {

/// Codes of 0 to 31 fit in signed bytes too.
struct Q5_1 : BytesByFours {
  static constexpr size_t file_bytes = quant::q5_1_bytes;

  void pack(size_t row, const std::byte* in) {
    uint8_t codes[q8_block];
    quant::q5_1_codes(codes, in);
    BytesByFours::pack(row, reinterpret_cast<const int8_t*>(codes));
  }

  template <size_t batch, class Add>
  void multiply(const Inputs<batch>& in, size_t index, Add add) const {
    Dots<batch> dots;
    multiply_block(dots, in, index);
    for (size_t b = 0; b < batch; ++b) {
      add(b, 0, dots[0][b]);
      add(b, 1, dots[1][b]);
    }
  }
};

}  // namespace

MatmulKernel q5_1_kernel() { return block_kernel<Affine<Q5_1>>("neon_dotprod/q5_1"); }

}  // namespace kinglet::neon_dotprod
