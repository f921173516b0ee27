#include <algorithm>

#include "test/kernels/kernel_inputs.h"

namespace kinglet::test {
namespace {

const size_t lengths[] = {1, 2, 7, 8, 15, 16, 17, 31, 33, 64, 100, 576, 1537, 49152};

}  // namespace

TEST_CASE("quantize_q8: the same bytes on every ISA, extreme blocks too") {
  std::mt19937 random(1);
  for (const size_t cols : {32, 64, 96, 576, 3072}) {
    for (int round = 0; round < 20; ++round) {
      std::vector<float> in = normal_floats(random, cols, std::exp2(float(round * 12 - 120)));
      const float extremes[] = {infinity, -infinity, not_a_number, 3.4e38f, 1e-37f,
                                1e-42f,   0.0f,      -0.0f,        0.5f};
      for (size_t block = 0; block < cols; block += 32) {
        const uint32_t kind = random() % 12;
        if (kind < std::size(extremes)) in[block + random() % 32] = extremes[kind];
        if (kind == 9) std::fill_n(&in[block], 32, 0.0f);
        if (kind == 10) std::fill_n(&in[block], 32, 1e-41f);
        if (kind == 11) {  // ties: amax 127, so values are kept, and halves go to even
          in[block] = 127;
          for (size_t i = 1; i < 32; ++i) in[block + i] = static_cast<float>(i) - 16.5f;
        }
      }
      const size_t bytes = activation_row_bytes(Activation::q8, cols);
      AlignedBytes expected(bytes, std::byte{0});
      scalar_table().quantize_q8(expected.data(), in.data(), cols);
      const Q8Row row = q8_row(expected.data(), cols);
      for (size_t block = 0; block < cols / 32; ++block) {
        int32_t sum = 0;
        int32_t pairs[4] = {};
        for (size_t i = 0; i < 32; ++i) {
          const int8_t value = row.values[block * 32 + i];
          sum += value;
          pairs[i / 16 * 2 + i / 2 % 2] += value;
          CHECK(value != -128);
        }
        CHECK(row.sums[block] == sum);
        CHECK(row.starts[block] == -128 * sum);
        for (size_t i = 0; i < 4; ++i) CHECK(row.pair_sums[4 * block + i] == pairs[i]);
      }
      for_each_isa([&](const KernelTable& table) {
        AlignedBytes out(bytes, std::byte{0});
        table.quantize_q8(out.data(), in.data(), cols);
        const Q8Row result = q8_row(out.data(), cols);
        CHECK(same_bits(result.values, row.values, cols));
        CHECK(same_bits(result.sums, row.sums, cols / 32 * sizeof(int32_t)));
        CHECK(same_bits(result.starts, row.starts, cols / 32 * sizeof(int32_t)));
        CHECK(same_bits(result.pair_sums, row.pair_sums, cols / 32 * 4 * sizeof(int16_t)));
        size_t different = 0;
        for (size_t b = 0; b < cols / 32; ++b) {
          different += !same_value(result.scales[b], row.scales[b]);
        }
        CHECK(different == 0);
      });
    }
  }
}

TEST_CASE("rms_norm agrees with scalar, in place too") {
  for (const size_t n : lengths) {
    std::mt19937 random(static_cast<uint32_t>(n));
    const std::vector<float> in = normal_floats(random, n, 3);
    const std::vector<float> weight = normal_floats(random, n);
    for (const float* w : {weight.data(), static_cast<const float*>(nullptr)}) {
      std::vector<float> expected(n);
      scalar_table().rms_norm(expected.data(), in.data(), w, n, 1e-5f);
      for_each_isa([&](const KernelTable& table) {
        CAPTURE(n);
        std::vector<float> out(n), in_place = in;
        table.rms_norm(out.data(), in.data(), w, n, 1e-5f);
        table.rms_norm(in_place.data(), in_place.data(), w, n, 1e-5f);
        size_t far = 0;
        for (size_t i = 0; i < n; ++i) {
          far += !close(out[i], expected[i], 4e-6 * std::fabs(double{expected[i]}));
        }
        CHECK(far == 0);
        CHECK(same_bits(out, in_place));
      });
    }
  }
}

TEST_CASE("rope agrees with scalar in both pairings") {
  for (const size_t head_dim : {2, 16, 32, 64, 80, 96, 128, 256}) {
    std::mt19937 random(static_cast<uint32_t>(head_dim));
    const std::vector<float> head = normal_floats(random, head_dim);
    std::vector<float> cosines, sines;
    for (size_t i = 0; i < head_dim / 2; ++i) {
      cosines.push_back(std::cos(static_cast<float>(i)));
      sines.push_back(std::sin(static_cast<float>(i)));
    }
    for (const RopePairing pairing : {RopePairing::half, RopePairing::interleaved}) {
      std::vector<float> expected = head;
      scalar_table().rope(expected.data(), cosines.data(), sines.data(), head_dim, pairing);
      for_each_isa([&](const KernelTable& table) {
        std::vector<float> out = head;
        table.rope(out.data(), cosines.data(), sines.data(), head_dim, pairing);
        size_t far = 0;
        for (size_t i = 0; i < head_dim; ++i) far += !close(out[i], expected[i], 1e-6);
        CHECK(far == 0);
      });
    }
  }
}

TEST_CASE("silu_mul agrees with scalar over the whole range, in place too") {
  for (const size_t n : lengths) {
    std::mt19937 random(static_cast<uint32_t>(n));
    std::vector<float> gate = normal_floats(random, n, 8);
    std::vector<float> up = normal_floats(random, n);
    const float extremes[] = {0.0f,    -0.0f, 90.0f,  -80.0f, -87.5f,   -88.8f,      -104.0f,
                              -200.0f, 1e30f, 1e-40f, 1e-6f,  infinity, not_a_number};
    for (size_t i = 0; i < std::min(n, std::size(extremes)); ++i) gate[n - 1 - i] = extremes[i];
    std::vector<float> expected(n);
    scalar_table().silu_mul(expected.data(), gate.data(), up.data(), n);
    for_each_isa([&](const KernelTable& table) {
      std::vector<float> out(n), over_gate = gate, over_up = up;
      table.silu_mul(out.data(), gate.data(), up.data(), n);
      table.silu_mul(over_gate.data(), over_gate.data(), up.data(), n);
      table.silu_mul(over_up.data(), gate.data(), over_up.data(), n);
      size_t far = 0;
      for (size_t i = 0; i < n; ++i) {
        // exp within a few units in the last place; below -87 what is left is next to nothing.
        far += !close(out[i], expected[i], 1e-6 * std::fabs(double{expected[i]}) + 1e-35);
      }
      CHECK(far == 0);
      size_t different = 0;
      for (size_t i = 0; i < n; ++i) {
        different += !same_value(out[i], over_gate[i]) || !same_value(out[i], over_up[i]);
      }
      CHECK(different == 0);
    });
  }
}

TEST_CASE("add and to_f16 give the same bits on every ISA") {
  for (const size_t n : lengths) {
    std::mt19937 random(static_cast<uint32_t>(n));
    std::vector<float> a = normal_floats(random, n, 100);
    const std::vector<float> b = normal_floats(random, n, 100);
    // Any float at all, for to_f16: its bits at random.
    std::vector<float> any(n);
    for (float& x : any) x = bits_float(random());
    if (n > 40) {
      const float ties[] = {65519.0f,   65520.0f, 1.00048828125f, 1.00146484375f, 0x1p-25f,
                            0x1.8p-24f, 0x1p-14f, 0x1.ffcp-15f,   -0x1.ffep-15f};
      std::copy(std::begin(ties), std::end(ties), any.begin());
    }
    for_each_isa([&](const KernelTable& table) {
      std::vector<float> sum = a;
      table.add(sum.data(), b.data(), n);
      std::vector<uint16_t> halves(n);
      table.to_f16(halves.data(), any.data(), n);
      size_t different = 0;
      for (size_t i = 0; i < n; ++i) {
        different += sum[i] != a[i] + b[i];
        different += std::isnan(any[i]) ? !std::isnan(half_to_float(halves[i]))
                                        : halves[i] != float_to_half(any[i]);
      }
      CHECK(different == 0);
    });
  }
}

TEST_CASE("to_kv_q8 gives the same codes and scale on every ISA") {
  const float tiny = 0x1p-130f, huge = std::numeric_limits<float>::max();
  const float extremes[][4] = {{0, 0, 0, 0},
                               {tiny, -tiny, 0, tiny},
                               {huge, -huge, 1, 0.5f * huge},
                               {127, -126.5f, 0.5f, 1.5f},
                               {1, not_a_number, 2, 3},
                               {1, infinity, 2, 3},
                               {1, -infinity, 2, 3},
                               {-254, 1, 3, -1},
                               {0x1p-122f, -0x1p-123f, 0, 0}};
  for (const size_t n : {16, 48, 64, 80, 128}) {
    std::vector<std::vector<float>> rows;
    std::mt19937 random(static_cast<uint32_t>(n));
    for (size_t i = 0; i < 20; ++i) rows.push_back(normal_floats(random, n, 3));
    for (const auto& extreme : extremes) {
      rows.push_back(std::vector<float>(n));
      for (size_t i = 0; i < n; ++i) rows.back()[i] = extreme[i % 4];
    }
    for (const std::vector<float>& row : rows) {
      std::vector<int8_t> expected(n, 99);
      const float scale = scalar_table().to_kv_q8(expected.data(), row.data(), n);
      float amax = 0;
      for (const float x : row) amax = std::isfinite(x) ? std::max(amax, std::fabs(x)) : infinity;
      size_t far = 0;
      for (size_t i = 0; i < n; ++i) {
        // Half a step, and what the product is rounded by.
        far += std::isfinite(amax) && amax > 1e-30f &&
               std::fabs(double{scale} * expected[i] - row[i]) > 0.50001 * scale;
      }
      CHECK(far == 0);
      CHECK(std::isnan(scale) == (amax == infinity));
      for_each_isa([&](const KernelTable& table) {
        std::vector<int8_t> codes(n, 99);
        CHECK(same_value(table.to_kv_q8(codes.data(), row.data(), n), scale));
        CHECK(codes == expected);
      });
    }
  }
}

TEST_CASE("extremes and sum_exp agree with scalar; a NaN anywhere shows") {
  for (const size_t n : lengths) {
    std::mt19937 random(static_cast<uint32_t>(n));
    const std::vector<float> in = normal_floats(random, n, 10);
    for_each_isa([&](const KernelTable& table) {
      CAPTURE(n);
      const float largest = *std::max_element(in.begin(), in.end());
      const Extremes extremes = table.extremes(in.data(), n);
      CHECK(extremes.largest == largest);
      CHECK(extremes.smallest == *std::min_element(in.begin(), in.end()));
      const double expected = scalar_table().sum_exp(in.data(), n, largest);
      CHECK(close(table.sum_exp(in.data(), n, largest), static_cast<float>(expected),
                  2e-6 * expected));
      std::vector<float> poisoned = in;
      poisoned[random() % n] = not_a_number;
      CHECK(std::isnan(table.extremes(poisoned.data(), n).smallest));
      CHECK(std::isnan(table.extremes(poisoned.data(), n).largest));
      CHECK(std::isnan(table.sum_exp(poisoned.data(), n, largest)));
      // A masked vocabulary: minus infinity adds nothing.
      std::vector<float> masked(n, -infinity);
      masked[random() % n] = 3;
      CHECK(table.extremes(masked.data(), n).smallest == (n == 1 ? 3 : -infinity));
      CHECK(table.extremes(masked.data(), n).largest == 3);
      CHECK(table.sum_exp(masked.data(), n, 3) == 1);
      CHECK(table.extremes(std::vector<float>(n, -infinity).data(), n).largest == -infinity);
      CHECK(table.extremes(std::vector<float>(n, infinity).data(), n).smallest == infinity);
    });
  }
}

TEST_CASE("weigh gives scalar's bits on every ISA, in place too") {
  for (const size_t n : lengths) {
    std::mt19937 random(static_cast<uint32_t>(n));
    for (const float spread : {1e-6f, 0.1f, 3.0f, 40.0f, 1e30f, 3e38f}) {
      std::vector<float> in = normal_floats(random, n, spread);
      for (float& x : in) {
        x = std::clamp(x, -std::numeric_limits<float>::max(), std::numeric_limits<float>::max());
      }
      if (n > 3) in[random() % n] = -infinity;
      const float largest = *std::max_element(in.begin(), in.end());
      for (const float factor : {1.0f, 1.7f, 1e30f, 1e-39f}) {
        std::vector<float> expected(n);
        const float sum = scalar_table().weigh(expected.data(), in.data(), n, largest, factor);
        for_each_isa([&](const KernelTable& table) {
          CAPTURE(n);
          CAPTURE(spread);
          std::vector<float> out(n), in_place = in;
          CHECK(table.weigh(out.data(), in.data(), n, largest, factor) == sum);
          CHECK(table.weigh(in_place.data(), in_place.data(), n, largest, factor) == sum);
          CHECK(same_bits(out, expected));
          CHECK(same_bits(in_place, expected));
        });
      }
    }
  }
}

TEST_CASE("keep_from gives scalar's bits on every ISA, in place too") {
  for (const size_t n : lengths) {
    std::mt19937 random(static_cast<uint32_t>(n));
    std::vector<float> values = normal_floats(random, n), weights = normal_floats(random, n, 9);
    for (float& weight : weights) weight = std::fabs(weight);
    if (n > 3) values[random() % n] = -infinity;
    for (const float bound : {-infinity, values[n / 2], 0.3f, infinity}) {
      std::vector<float> expected(n);
      const float sum =
          scalar_table().keep_from(expected.data(), weights.data(), values.data(), n, bound);
      double exact = 0;
      size_t wrong = 0;
      for (size_t i = 0; i < n; ++i) {
        wrong += expected[i] != (values[i] >= bound ? weights[i] : 0.0f);
        exact += expected[i];
      }
      CHECK(wrong == 0);
      CHECK(close(sum, static_cast<float>(exact), 1e-5 * exact));
      for_each_isa([&](const KernelTable& table) {
        CAPTURE(n);
        CAPTURE(bound);
        std::vector<float> out(n), in_place = weights;
        CHECK(table.keep_from(out.data(), weights.data(), values.data(), n, bound) == sum);
        CHECK(table.keep_from(in_place.data(), in_place.data(), values.data(), n, bound) == sum);
        CHECK(same_bits(out, expected));
        CHECK(same_bits(in_place, expected));
      });
    }
  }
}

TEST_CASE("scalar's weigh is an exponential and its sum") {
  std::mt19937 random(1);
  std::vector<float> in, out(1);
  for (int round = 0; round < 20'000; ++round) {
    const float x = -std::exp(std::uniform_real_distribution<float>(-12, 4.7f)(random));
    const float sum = scalar_table().weigh(out.data(), &x, 1, 0, 1);
    CHECK(sum == out[0]);
    // From the smallest normal float on; what is below may be 0.
    const double exact = std::exp(double{x});
    if (exact >= 2e-38) {
      CHECK(std::fabs(out[0] / exact - 1) < 3e-7);
    } else {
      CHECK(out[0] <= 2e-38);
    }
    in.push_back(x);
  }
  in.push_back(0);
  out.resize(in.size());
  const float sum = scalar_table().weigh(out.data(), in.data(), in.size(), 0, 1);
  CHECK(out.back() == 1);
  double expected = 0;
  for (const float weight : out) expected += weight;
  CHECK(std::fabs(sum / expected - 1) < 1e-5);
}

TEST_CASE("exp is within a unit in the last place") {
  std::mt19937 random(1);
  std::uniform_real_distribution<float> range(-87, 88);
  for (int round = 0; round < 20'000; ++round) {
    const float x = range(random);
    const double expected = std::exp(double{x});
    const double unit = std::ldexp(1, std::ilogb(expected) - 23);
    for_each_isa([&](const KernelTable& table) {
      const double units = std::fabs(double{table.sum_exp(&x, 1, 0)} - expected) / unit;
      if (units > 2)
        FAIL_CHECK("exp(", x, ") is ", units, " units off in ", std::string(table.isa));
    });
  }
}

TEST_CASE("scalar's vector kernels are what they are defined to be") {
  const KernelTable& table = scalar_table();
  for (const size_t n : {2, 30, 64, 1536}) {
    CAPTURE(n);
    std::mt19937 random(static_cast<uint32_t>(n));
    const std::vector<float> x = normal_floats(random, n, 3), y = normal_floats(random, n);
    std::vector<float> out(n);
    const auto check = [&](auto expected) {
      for (size_t i = 0; i < n; ++i) {
        const double value = expected(i);
        CHECK(close(out[i], static_cast<float>(value), 1e-6 * std::max(1.0, std::fabs(value))));
      }
    };

    double squares = 0, exponentials = 0;
    for (const float v : x) squares += double{v} * double{v};
    for (const float v : x) exponentials += std::exp(double{v} - 2);
    const double scale = 1 / std::sqrt(squares / static_cast<double>(n) + 0.25);
    table.rms_norm(out.data(), x.data(), y.data(), n, 0.25f);
    check([&](size_t i) { return double{x[i]} * scale * double{y[i]}; });
    table.rms_norm(out.data(), x.data(), nullptr, n, 0.25f);
    check([&](size_t i) { return double{x[i]} * scale; });

    table.silu_mul(out.data(), x.data(), y.data(), n);
    check([&](size_t i) { return double{x[i]} / (1 + std::exp(-double{x[i]})) * double{y[i]}; });

    CHECK(close(table.sum_exp(x.data(), n, 2), static_cast<float>(exponentials),
                1e-5 * exponentials));

    // Pair p turns by the angle p: (x, y) becomes (x cos - y sin, x sin + y cos).
    const size_t pairs = n / 2;
    std::vector<float> cosines(pairs), sines(pairs);
    for (size_t p = 0; p < pairs; ++p) {
      cosines[p] = static_cast<float>(std::cos(static_cast<double>(p)));
      sines[p] = static_cast<float>(std::sin(static_cast<double>(p)));
    }
    for (const RopePairing pairing : {RopePairing::half, RopePairing::interleaved}) {
      const bool half = pairing == RopePairing::half;
      out = x;
      table.rope(out.data(), cosines.data(), sines.data(), n, pairing);
      check([&](size_t i) {
        const size_t p = half ? i % pairs : i / 2;
        const bool is_y = half ? i >= pairs : i % 2 == 1;
        const double at_x = double{x[half ? p : 2 * p]},
                     at_y = double{x[half ? p + pairs : 2 * p + 1]};
        const auto angle = static_cast<double>(p);
        return is_y ? at_x * std::sin(angle) + at_y * std::cos(angle)
                    : at_x * std::cos(angle) - at_y * std::sin(angle);
      });
    }
  }
}

}  // namespace kinglet::test
