// Rounding floats to the formats that Kinglet quantizes to.
#include <algorithm>
#include <random>
#include <utility>

#include "test/kernels/kernel_inputs.h"
#include "test/kernels/rounding.h"

namespace kinglet::test {
namespace {

/// 32 floats, 0 but for `values`, and bytes of the block that ggml's rules make of them.
struct KnownBlock {
  Format format;
  std::vector<std::pair<size_t, float>> values;
  std::vector<std::pair<size_t, int>> bytes;
};

const KnownBlock known_blocks[] = {
    // The scale is -extreme / 8, here -0.5, so the extreme is code 0; what lies beyond code 15 is
    // clamped, and ties truncate from + 8.5.
    {Format::q4_0,
     {{0, 4.0f}, {1, -4.0f}, {2, 1.0f}, {16, 0.25f}},
     {{0, 0x00}, {1, 0xb8}, {2, 0 | 8 << 4}, {3, 15 | 8 << 4}, {4, 6 | 8 << 4}}},
    // The scale is a 15th of the range, here 1, and the minimum is code 0; ties go up.
    {Format::q4_1,
     {{0, -5.0f}, {1, 10.0f}, {2, -2.5f}, {16, 4.375f}},
     {{0, 0x00},
      {1, 0x3c},
      {2, 0x00},
      {3, 0xc5},
      {4, 0 | 9 << 4},
      {5, 15 | 5 << 4},
      {6, 3 | 5 << 4}}},
    // The scale is 1; ties go away from zero.
    {Format::q8_0,
     {{0, 127.0f}, {1, 2.5f}, {2, -2.5f}},
     {{0, 0x00}, {1, 0x3c}, {2, 127}, {3, 3}, {4, 0xfd}}},
};

}  // namespace

TEST_CASE("quantizing rounds to the nearest code") {
  std::mt19937 random(1);
  const std::vector<float> values = normal_floats(random, 2048);
  for_each_quantized([&](const FormatInfo& info) {
    std::vector<std::byte> blocks(row_bytes(info, values.size()));
    std::vector<float> back(values.size());
    info.quantize(blocks.data(), values.data(), values.size());
    info.dequantize(back.data(), blocks.data(), back.size());
    for (size_t block = 0; block < values.size(); block += info.block_values) {
      const auto [low, high] =
          std::minmax_element(&values[block], &values[block] + info.block_values);
      const float amax = std::max(std::fabs(*low), std::fabs(*high));
      const float bound = largest_rounding(info, *low, *high) * 1.01f + amax * 2e-3f;
      for (size_t i = block; i < block + info.block_values; ++i) {
        CHECK(std::fabs(back[i] - values[i]) <= bound);
      }
    }
  });
}

TEST_CASE("quantizing hits the codes that ggml's rules give") {
  for_each_quantized([](const FormatInfo& info) {
    size_t found = 0;
    for (const KnownBlock& known : known_blocks) {
      if (known.format != info.format) continue;
      ++found;
      std::vector<float> values(info.block_values, 0.0f);
      for (const auto& [at, value] : known.values) values[at] = value;
      std::vector<std::byte> block(info.block_bytes);
      info.quantize(block.data(), values.data(), values.size());
      for (const auto& [at, byte] : known.bytes) {
        CAPTURE(at);
        CHECK(std::to_integer<int>(block[at]) == byte);
      }
    }
    if (found == 0) FAIL_CHECK("quantize_test.cpp: known_blocks[] has none of format ", info.name);
  });
}

TEST_CASE("values that are not finite, or tiny, quantize to what shows or to zero") {
  for_each_quantized([](const FormatInfo& info) {
    std::mt19937 random(2);
    for (const float extreme : {not_a_number, infinity, 1e-42f, 0.0f}) {
      std::vector<float> values = normal_floats(random, info.block_values);
      if (std::fabs(extreme) < 1) std::fill(values.begin(), values.end(), 0.0f);
      values[5] = extreme;
      std::vector<std::byte> block(info.block_bytes);
      info.quantize(block.data(), values.data(), values.size());
      info.dequantize(values.data(), block.data(), values.size());
      CHECK(std::isnan(values[5]) == !std::isfinite(extreme));
      if (std::isfinite(extreme)) CHECK(values[5] == 0.0f);
    }
  });
}

}  // namespace kinglet::test
