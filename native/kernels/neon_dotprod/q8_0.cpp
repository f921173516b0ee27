// Q8_0 with SDOT: a block is d (half), then 32 signed bytes.
#include "kernels/neon_dotprod/dot_tile.h"
#include "kernels/neon_dotprod/table.h"
#include "quant/block32.h"

namespace kinglet::neon_dotprod {
namespace {

struct Q8_0 : BytesByFours {
  static constexpr size_t file_bytes = quant::q8_0_bytes;

  void pack(size_t row, const std::byte* in) {
    BytesByFours::pack(row, reinterpret_cast<const int8_t*>(in + sizeof(uint16_t)));
  }

  template <size_t batch, class Add>
  void multiply(const Inputs<batch>& in, size_t index, Add add) const {
    Dots<batch> dots;
    multiply_block(dots, in, index);
    for (size_t b = 0; b < batch; ++b) {
      add(b, 0, vcvtq_f32_s32(dots[0][b]));
      add(b, 1, vcvtq_f32_s32(dots[1][b]));
    }
  }
};

}  // namespace

MatmulKernel q8_0_kernel() { return block_kernel<Scaled<Q8_0>>("neon_dotprod/q8_0"); }

}  // namespace kinglet::neon_dotprod
