#include "quant/sample_q3.h"

#include "quant/little_endian.h"

namespace kinglet::quant {

void read_sample_q3(CodeBlock* out, const std::byte* in) {
  *out = {.codes = {}, .scales = {1, 1}, .minima = {}, .d = load_u16(in + 12), .m = 0};
  for (size_t bit = 0; bit < 3 * code_columns; ++bit) {
    const int set = load_u8(in + bit / 8) >> bit % 8 & 1;
    out->codes[bit / 3] |= static_cast<uint8_t>(set << bit % 3);
  }
}

void dequantize_sample_q3(float* out, const std::byte* in, size_t values) {
  dequantize_blocks<Format::sample_q3>(out, in, values);
}

}  // namespace kinglet::quant
