#include "quant/sample_q3.h"

#include "quant/format_list.h"
#include "quant/little_endian.h"

namespace kinglet::quant {

void sample_q3_codes(int8_t* codes, const std::byte* block) {
  for (size_t i = 0; i < sample_q3_values; ++i) {
    int code = 0;
    for (size_t bit = 0; bit < 3; ++bit) {
      const size_t at = 3 * i + bit;
      code |= (load_u8(block + at / 8) >> at % 8 & 1) << bit;
    }
    codes[i] = static_cast<int8_t>(code - 4);
  }
}

void dequantize_sample_q3(float* out, const std::byte* in, size_t values) {
  int8_t codes[sample_q3_values];
  for (; values > 0; values -= sample_q3_values, in += sample_q3_bytes) {
    sample_q3_codes(codes, in);
    const float scale = load_half(in + 12);
    for (const int8_t code : codes) *out++ = scale * static_cast<float>(code);
  }
}

}  // namespace kinglet::quant
