// Each format's reference dequantization against another program's, and what its blocks may hold.
#include <algorithm>
#include <cmath>
#include <random>
#include <set>

#include "test/kernels/reference_blocks.h"

namespace kinglet::test {

TEST_CASE("every format dequantizes its reference blocks to their values") {
  for (const FormatInfo& info : formats()) {
    CAPTURE(info.name);
    const ReferenceBlocks reference = reference_blocks(info);
    if (reference.values.empty()) continue;  // has failed
    REQUIRE(reference.raw.size() == row_bytes(info, reference.values.size()));
    std::vector<float> values(reference.values.size());
    info.dequantize(values.data(), reference.raw.data(), values.size());
    size_t different = 0;
    for (size_t i = 0; i < values.size(); ++i) {
      const float expected = reference.values[i];
      const bool same = std::isnan(expected)
                            ? std::isnan(values[i])
                            : std::fabs(values[i] - expected) <= 1e-6f * std::fabs(expected);
      different += !same;
    }
    CHECK(different == 0);
  }
}

TEST_CASE("every type that the reference has is a format") {
  for (const std::string& name : reference_names()) {
    CAPTURE(name);
    CHECK((find_format(name) != nullptr));
  }
}

TEST_CASE("a format is found by its name and by its number") {
  std::set<uint32_t> numbers;
  std::set<std::string_view> names;
  for (const FormatInfo& info : formats()) {
    CAPTURE(info.name);
    CHECK(find_format(info.name) == &info);
    CHECK(find_format(static_cast<uint32_t>(info.format)) == &info);
    CHECK(&format_info(info.format) == &info);
    CHECK(numbers.insert(static_cast<uint32_t>(info.format)).second);
    CHECK(names.insert(info.name).second);
  }
  CHECK(find_format(UINT32_MAX) == nullptr);
  CHECK(find_format("q4") == nullptr);
}

TEST_CASE("finite tells whether every weight that the blocks mean is finite") {
  std::mt19937 random(11);
  for (const FormatInfo& info : formats()) {
    CAPTURE(info.name);
    // Where a rule of its own decides, codes of 0 may hide what is infinite: the block is refused
    // all the same.
    const bool by_halves = info.halves > 0 || info.is_float();
    const size_t blocks = info.is_float() ? 64 : 4;
    std::vector<std::byte> in(blocks * info.block_bytes);
    std::vector<float> values(blocks * info.block_values);
    size_t finite = 0, not_finite = 0;
    for (int round = 0; round < 4000; ++round) {
      for (std::byte& byte : in) byte = static_cast<std::byte>(random());
      // Else most of 64 random numbers hold one that is none.
      if (round % 2 == 0 && info.is_float()) {
        for (size_t i = info.block_bytes - 1; i < in.size(); i += info.block_bytes) {
          in[i] &= std::byte{0xbf};
        }
      }
      const bool claimed = info.finite(in.data(), values.size());
      info.dequantize(values.data(), in.data(), values.size());
      const bool all =
          std::all_of(values.begin(), values.end(), [](float x) { return std::isfinite(x); });
      if (claimed) CHECK(all);
      if (!claimed && by_halves) CHECK_FALSE(all);
      (claimed ? finite : not_finite) += 1;
    }
    CHECK(finite > 10);
    CHECK(not_finite > 10);
  }
}

}  // namespace kinglet::test
