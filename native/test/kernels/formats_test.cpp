#include "quant/formats.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <limits>
#include <random>
#include <set>

#include "quant/half.h"
#include "test/kernels/safetensors.h"

namespace kinglet::test {
namespace {

std::vector<float> as_floats(const std::vector<std::byte>& bytes) {
  std::vector<float> floats(bytes.size() / sizeof(float));
  std::memcpy(floats.data(), bytes.data(), floats.size() * sizeof(float));
  return floats;
}

const Tensors& reference() {
  static const Tensors tensors =
      read_safetensors(std::string(KINGLET_GOLDEN) + "/reference/gguf/dequant.safetensors");
  return tensors;
}

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

std::vector<float> random_floats(size_t n, uint32_t seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  std::vector<float> values(n);
  for (float& x : values) x = normal(random);
  return values;
}

}  // namespace

TEST_CASE("every tensor type of the reference dequantizes to its values") {
  std::set<std::string> checked;
  for (const auto& [key, raw] : reference()) {
    if (!key.ends_with(".raw")) continue;
    const std::string type = key.substr(0, key.size() - 4);
    CAPTURE(type);
    const FormatInfo* info = find_format(lower(type));
    REQUIRE((info != nullptr));
    const std::vector<float> expected = as_floats(reference().at(type + ".values"));
    REQUIRE(raw.size() == row_bytes(*info, expected.size()));
    std::vector<float> values(expected.size());
    info->dequantize(values.data(), raw.data(), values.size());
    size_t different = 0;
    for (size_t i = 0; i < values.size(); ++i) {
      const bool same = std::isnan(expected[i])
                            ? std::isnan(values[i])
                            : std::fabs(values[i] - expected[i]) <= 1e-6f * std::fabs(expected[i]);
      different += !same;
    }
    CHECK(different == 0);
    checked.insert(lower(type));
  }
  checked.insert("f32");  // has no reference and needs none
  for (uint32_t number = 0; number < 64; ++number) {
    const FormatInfo* info = find_format(number);
    if (info == nullptr) continue;
    CAPTURE(info->name);
    CHECK(static_cast<uint32_t>(info->format) == number);
    CHECK(find_format(info->name) == info);
    CHECK(checked.count(std::string(info->name)) == 1);
  }
  CHECK(checked.size() == 24);
  CHECK(find_format(9u) == nullptr);
  CHECK(find_format("q8_1") == nullptr);
}

TEST_CASE("halves convert both ways as IEEE 754 says") {
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    const auto half = static_cast<uint16_t>(bits);
    const float x = half_to_float(half);
    if ((half & 0x7fff) > 0x7c00) {
      CHECK(std::isnan(x));
      CHECK(std::isnan(half_to_float(float_to_half(x))));
    } else if (float_to_half(x) != half) {
      FAIL("half ", bits, " does not survive");
    }
    // Halfway to the next half of the same sign goes to the even one, a little more goes up.
    if ((half & 0x7fff) < 0x7bff) {
      const float next = half_to_float(static_cast<uint16_t>(half + 1));
      const float middle = x + (next - x) / 2;
      const auto even = static_cast<uint16_t>(half + (half & 1));
      if (float_to_half(middle) != even ||
          float_to_half(std::nextafter(middle, next * 2)) != half + 1) {
        FAIL("between halves ", bits, " and ", bits + 1);
      }
    }
  }
  CHECK(float_to_half(65519.996f) == 0x7bff);
  CHECK(float_to_half(65520.0f) == 0x7c00);
  CHECK(float_to_half(-1e30f) == 0xfc00);
  CHECK(float_to_half(1e-30f) == 0);
}

TEST_CASE("quantizing rounds to the nearest code") {
  const std::vector<float> values = random_floats(32 * 64, 1);
  for (const char* name : {"q8_0", "q4_0", "q4_1"}) {
    CAPTURE(name);
    const FormatInfo& info = *find_format(name);
    REQUIRE((info.quantize != nullptr));
    std::vector<std::byte> blocks(row_bytes(info, values.size()));
    std::vector<float> back(values.size());
    info.quantize(blocks.data(), values.data(), values.size());
    info.dequantize(back.data(), blocks.data(), back.size());
    for (size_t block = 0; block < values.size(); block += 32) {
      const auto [low, high] = std::minmax_element(&values[block], &values[block] + 32);
      const float amax = std::max(std::fabs(*low), std::fabs(*high));
      // Half a step, the half precision of the scale on top. q4_0 has no code for -extreme, which
      // costs it one whole step there.
      const float step = info.format == Format::q8_0   ? amax / 127 / 2
                         : info.format == Format::q4_0 ? amax / 8
                                                       : (*high - *low) / 15 / 2;
      for (size_t i = block; i < block + 32; ++i) {
        CHECK(std::fabs(back[i] - values[i]) <= step * 1.01f + amax * 2e-3f);
      }
    }
  }
}

TEST_CASE("quantizing hits the codes that ggml's rules give") {
  // q4_0: the scale is -extreme / 8, so the extreme is code 0; ties truncate from +8.5.
  std::vector<float> values(32, 0.0f);
  values[0] = 4.0f;
  values[1] = -4.0f;
  values[2] = 1.0f;
  values[16] = 0.25f;
  std::vector<std::byte> q4_0(18);
  format_info(Format::q4_0).quantize(q4_0.data(), values.data(), 32);
  CHECK(q4_0[0] == std::byte{0x00});
  CHECK(q4_0[1] == std::byte{0xb8});                      // -0.5
  CHECK(q4_0[2] == static_cast<std::byte>(0 | 8 << 4));   // 4.0 and 0.25 (-0.5 + 8.5)
  CHECK(q4_0[3] == static_cast<std::byte>(15 | 8 << 4));  // -4.0 is clamped
  CHECK(q4_0[4] == static_cast<std::byte>(6 | 8 << 4));   // 1.0 (-2 + 8.5)

  // q8_0: ties go away from zero.
  std::fill(values.begin(), values.end(), 0.0f);
  values[0] = 127.0f;
  values[1] = 2.5f;
  values[2] = -2.5f;
  std::vector<std::byte> q8_0(34);
  format_info(Format::q8_0).quantize(q8_0.data(), values.data(), 32);
  CHECK(q8_0[2] == std::byte{127});
  CHECK(q8_0[3] == std::byte{3});
  CHECK(q8_0[4] == static_cast<std::byte>(-3));
}

TEST_CASE("values that are not finite, or tiny, quantize to what shows or to zero") {
  for (const char* name : {"q8_0", "q4_0", "q4_1"}) {
    CAPTURE(name);
    const FormatInfo& info = *find_format(name);
    for (const float extreme : {std::numeric_limits<float>::quiet_NaN(),
                                std::numeric_limits<float>::infinity(), 1e-42f, 0.0f}) {
      std::vector<float> values = random_floats(32, 2);
      if (std::fabs(extreme) < 1) std::fill(values.begin(), values.end(), 0.0f);
      values[5] = extreme;
      std::vector<std::byte> block(info.block_bytes);
      info.quantize(block.data(), values.data(), 32);
      info.dequantize(values.data(), block.data(), 32);
      CHECK(std::isnan(values[5]) == !std::isfinite(extreme));
      if (std::isfinite(extreme)) CHECK(values[5] == 0.0f);
    }
  }
}

namespace {

/// How far a converted weight may lie from the exact one in a block of 32: each scale, and minimum,
/// is rounded to a half, or below the normal halves to a multiple of 2^-24.
double conversion_bound(const FormatInfo& from, const float* block, bool rounded) {
  const auto [low, high] = std::minmax_element(block, block + 32);
  const double amax = std::max(std::fabs(*low), std::fabs(*high));
  // No bound for a rounded format is better than q8_0's own.
  if (rounded) return amax / 127 * 0.51 + amax * 0x1p-11 + 128 * 0x1p-25;
  if (from.computed_as == Format::q6_k) return 0;
  // d * q and m are up to twice as large as what they add up to.
  const bool has_min = from.computed_as == Format::q4_1 || from.computed_as == Format::q5_1;
  return (has_min ? 3 : 1) * amax * 0x1p-11 + 128 * 0x1p-25;
}

/// `rounded`: codes may be rounded too, and not only scales.
size_t count_far(const FormatInfo& from, const std::byte* in, size_t cols, bool rounded) {
  const FormatInfo& to = format_info(from.computed_as);
  std::vector<float> exact(cols), scratch(cols), converted(cols);
  std::vector<std::byte> out(row_bytes(to, cols));
  from.dequantize(exact.data(), in, cols);
  convert_row(out.data(), from, in, cols, scratch.data());
  to.dequantize(converted.data(), out.data(), cols);
  size_t far = 0;
  for (size_t block = 0; block < cols; block += 32) {
    const double bound = conversion_bound(from, &exact[block], rounded);
    for (size_t i = block; i < block + 32; ++i) {
      far += !(std::fabs(double{converted[i]} - exact[i]) <= bound);
    }
  }
  return far;
}

}  // namespace

TEST_CASE("rows convert to the format they are computed in by rounding scales alone") {
  std::set<std::string> rounded;
  for (const auto& [key, raw] : reference()) {
    if (!key.ends_with(".raw")) continue;
    const FormatInfo& from = *find_format(lower(key.substr(0, key.size() - 4)));
    if (from.computed_as == from.format) {
      CHECK((from.convert == nullptr));
      continue;
    }
    CAPTURE(from.name);
    const size_t cols = 512;
    size_t far = 0;
    for (size_t row = 0; row < 3; ++row) {
      far +=
          count_far(from, raw.data() + row * row_bytes(from, cols), cols, from.convert == nullptr);
    }
    CHECK(far == 0);
    if (from.convert == nullptr) rounded.insert(std::string(from.name));
  }
  CHECK(rounded == std::set<std::string>{"iq2_s", "iq2_xs", "q2_k"});
}

TEST_CASE("finite tells whether every weight that the blocks mean is finite") {
  std::mt19937 random(11);
  for (uint32_t number = 0; number < 64; ++number) {
    const FormatInfo* info = find_format(number);
    if (info == nullptr) continue;
    CAPTURE(info->name);
    const size_t blocks = info->block_values == 1 ? 64 : 4;
    std::vector<std::byte> in(blocks * info->block_bytes);
    std::vector<float> values(blocks * info->block_values);
    size_t finite = 0, not_finite = 0;
    for (int round = 0; round < 4000; ++round) {
      for (std::byte& byte : in) byte = static_cast<std::byte>(random());
      // Else most of 64 random numbers hold one that is none.
      if (round % 2 == 0 && info->block_values == 1) {
        for (size_t i = info->block_bytes - 1; i < in.size(); i += info->block_bytes) {
          in[i] &= std::byte{0xbf};
        }
      }
      const bool claimed = info->finite(in.data(), values.size());
      info->dequantize(values.data(), in.data(), values.size());
      const bool all =
          std::all_of(values.begin(), values.end(), [](float x) { return std::isfinite(x); });
      // Codes of 0 may hide an infinite power of two, whose block is refused all the same.
      if (claimed) CHECK(all);
      if (!claimed && info->format != Format::mxfp4) CHECK_FALSE(all);
      (claimed ? finite : not_finite) += 1;
    }
    CHECK(finite > 10);
    CHECK(not_finite > 10);
  }
}

TEST_CASE("scales at the end of the halves convert rightly, or to what finite refuses") {
  // Random blocks whose weights are the largest that their format can mean: many a scale is beyond
  // the halves once it is multiplied out.
  std::mt19937 random(13);
  std::set<std::string> overflow;
  for (uint32_t number = 0; number < 64; ++number) {
    const FormatInfo* from = find_format(number);
    if (from == nullptr || from->computed_as == from->format) continue;
    CAPTURE(from->name);
    const FormatInfo& to = format_info(from->computed_as);
    const size_t cols = 256;
    std::vector<std::byte> in(row_bytes(*from, cols)), out(row_bytes(to, cols));
    std::vector<float> exact(cols), scratch(cols);
    for (int round = 0; round < 20000; ++round) {
      for (std::byte& byte : in) byte = static_cast<std::byte>(random());
      if (!from->finite(in.data(), cols)) continue;
      from->dequantize(exact.data(), in.data(), cols);
      const auto [low, high] = std::minmax_element(exact.begin(), exact.end());
      if (std::max(*high, -*low) < 65504) continue;
      convert_row(out.data(), *from, in.data(), cols, scratch.data());
      if (!to.finite(out.data(), cols)) {
        overflow.insert(std::string(from->name));
      } else {
        // A scale that is too large for a half has its codes rounded anew, as q8_0 rounds.
        CHECK(count_far(*from, in.data(), cols, to.format == Format::q8_0) == 0);
      }
    }
  }
  std::string names;
  for (const std::string& name : overflow) names += name + ' ';
  CHECK(names == "iq2_s iq2_xs iq2_xxs iq3_s iq3_xxs iq4_xs mxfp4 q4_k q5_k ");
}

TEST_CASE("mxfp4 converts exactly wherever halves reach") {
  const FormatInfo& from = format_info(Format::mxfp4);
  std::mt19937 random(7);
  for (int e = 0; e < 256; ++e) {
    CAPTURE(e);
    for (int round = 0; round < 8; ++round) {
      std::byte block[17];
      for (std::byte& byte : block) byte = static_cast<std::byte>(random());
      block[0] = static_cast<std::byte>(e);
      float exact[32], scratch[32], converted[32];
      std::byte out[34];
      from.dequantize(exact, block, 32);
      convert_row(out, from, block, 32, scratch);
      format_info(Format::q8_0).dequantize(converted, out, 32);
      // The scale is 2^(e - 128). Halves have 2^-24 to 2^15, and codes up to 12 take 2^3 more.
      if (e >= 128 - 24 && e <= 128 + 18) {
        CHECK(std::equal(exact, exact + 32, converted));
      } else {
        // Where even rounding cannot reach, weights vanish or become infinite, as in any q8_0.
        for (size_t i = 0; i < 32; ++i) {
          const float error = std::fabs(converted[i] - exact[i]);
          if (e < 128 - 24) CHECK(error <= 16 * 0x1p-25);
          if (e == 128 + 19) CHECK(error <= std::ldexp(12.0f, 19) * (0.51f / 127 + 0x1p-11f));
          if (e > 128 + 24) CHECK((exact[i] == 0 || !std::isfinite(converted[i])));
        }
      }
    }
  }
}

}  // namespace kinglet::test
