#include <algorithm>
#include <functional>
#include <memory>

#include "kernels/q8_fours.h"
#include "test/kernels/kernel_inputs.h"
#include "test/kernels/matmul_weights.h"

namespace kinglet::test {
namespace {

/// Activation rows in the format that a kernel takes.
struct Activations {
  size_t stride;
  AlignedBytes bytes;
};

std::unique_ptr<Activations> activations_of(Activation format, const std::vector<float>& values,
                                            size_t cols) {
  const size_t batch = values.size() / cols;
  const size_t stride = activation_row_bytes(format, cols);
  std::unique_ptr<Activations> rows(new Activations{stride, AlignedBytes(batch * stride)});
  for (size_t b = 0; b < batch; ++b) {
    std::byte* row = rows->bytes.data() + b * stride;
    if (format == Activation::f32) {
      std::memcpy(row, &values[b * cols], cols * sizeof(float));
    } else {
      scalar_table().quantize_q8(row, &values[b * cols], cols);
    }
  }
  return rows;
}

/// A matrix packed for one kernel, in pieces of a tile where `piecewise`.
struct Packed {
  const MatmulKernel& kernel;
  size_t rows;
  size_t cols;
  AlignedBytes bytes;

  Packed(const MatmulKernel& kernel, const Weights& weights, bool piecewise)
      : kernel(kernel),
        rows(weights.rows),
        cols(weights.cols),
        bytes(kernel.packed_bytes(weights.rows, weights.cols)) {
    const size_t step = piecewise ? kernel.row_tile : rows;
    for (size_t r = 0; r < rows; r += step) {
      kernel.pack(bytes.data(), weights.row(r), r, std::min(r + step, rows), rows, cols);
    }
  }

  /// out[batch][rows], computed over [row_begin, row_end), the rest left as it was.
  void run(std::vector<float>& out, const Activations& activations, size_t batch_begin,
           size_t batch, size_t row_begin, size_t row_end, bool gemv) const {
    const std::byte* const first = activations.bytes.data() + batch_begin * activations.stride;
    const bool by_fours = reads_fours(kernel, batch);
    AlignedBytes fours(by_fours ? rows_of_fours(batch) * activations.stride : 0);
    for (size_t b = 0; by_fours && b < batch; ++b) {
      interleave_row(kernel, fours.data(), activations.stride, b, batch,
                     first + b * activations.stride, cols);
    }
    const MatmulTask task{.out = out.data() + batch_begin * rows,
                          .out_stride = rows,
                          .packed = bytes.data(),
                          .activations = by_fours ? fours.data() : first,
                          .activation_stride = activations.stride,
                          .batch = batch,
                          .row_begin = row_begin,
                          .row_end = row_end,
                          .rows = rows,
                          .cols = cols};
    (gemv ? kernel.gemv : kernel.gemm)(task);
  }

  std::vector<float> gemm(const Activations& activations, size_t batch) const {
    std::vector<float> out(batch * rows, -7.0f);
    run(out, activations, 0, batch, 0, rows, false);
    return out;
  }
};

/// How far float results of two orders of summation may differ: each of the terms of
/// sum |weight * activation| (with a minimum and a scaled code counted apart) may be rounded once
/// in each of `cols / lanes` additions and a few products.
std::vector<double> error_bounds(const Weights& weights, const std::vector<float>& activations,
                                 size_t batch) {
  const FormatInfo& info = weights.info;
  const size_t cols = weights.cols;
  std::vector<double> magnitude(weights.rows * cols);
  std::vector<float> values(cols);
  for (size_t r = 0; r < weights.rows; ++r) {
    info.dequantize(values.data(), weights.row(r), cols);
    for (size_t c = 0; c < cols; ++c) magnitude[r * cols + c] = std::fabs(double{values[c]});
    if (info.layout == nullptr || !info.layout->has_minima) continue;
    for (size_t begin = 0; begin < cols; begin += info.block_values) {
      std::vector<quant::CodeBlock> blocks(info.block_values / quant::code_columns);
      info.layout->read(blocks.data(),
                        weights.row(r) + begin / info.block_values * info.block_bytes);
      for (size_t i = 0; i < info.block_values; ++i) {
        const quant::CodeBlock& block = blocks[i / quant::code_columns];
        const double m = double{half_to_float(block.m)} * block.minima[i / 16 % 2];
        magnitude[r * cols + begin + i] += 2 * std::fabs(m);
      }
    }
  }
  const double terms = !info.is_float() ? cols / 32.0 + 8 : cols + 8.0;
  std::vector<double> bounds(batch * weights.rows);
  for (size_t b = 0; b < batch; ++b) {
    for (size_t r = 0; r < weights.rows; ++r) {
      double sum = 0;
      for (size_t c = 0; c < cols; ++c) {
        sum += magnitude[r * cols + c] * std::fabs(double{activations[b * cols + c]});
      }
      bounds[b * weights.rows + r] = sum * terms * 0x1p-23 + 1e-37;
    }
  }
  return bounds;
}

/// Sums that are not finite need not be the same: infinity in one order is NaN in another.
size_t count_far(const std::vector<float>& a, const std::vector<float>& b,
                 const std::vector<double>& bounds) {
  size_t far = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    far += !close(a[i], b[i], bounds[i]) && (std::isfinite(a[i]) || std::isfinite(b[i]));
  }
  return far;
}

struct Shape {
  size_t rows, cols, batch;
};

const Shape shapes[] = {{1, 32, 1},     {3, 64, 2},   {8, 96, 3},    {13, 160, 4},  {16, 256, 5},
                        {17, 32, 7},    {31, 576, 9}, {33, 320, 16}, {64, 128, 17}, {65, 1536, 33},
                        {100, 576, 70}, {7, 4096, 6}, {40, 1056, 8}, {48, 64, 131}};

/// Float formats take any number of columns.
Shape shape_for(const FormatInfo& info, Shape shape) {
  if (info.is_float() && shape.cols % 64 != 0) shape.cols -= 5;
  shape.cols = whole_blocks(info, shape.cols);
  return shape;
}

/// The unit of a format; one that is missing ends the test case.
const MatmulKernel& unit(const KernelTable& table, const FormatInfo& info) {
  const MatmulKernel* found = find_unit(table, info.format);
  if (found == nullptr)
    FAIL("the table ", std::string(table.isa), " has no unit for the format ", info.name);
  return *found;
}

void for_each_kernel(
    const std::function<void(const MatmulKernel& kernel, const MatmulKernel& oracle,
                             const FormatInfo& info)>& body) {
  for_each_isa([&](const KernelTable& table) {
    for_each_computed(
        [&](const FormatInfo& info) { body(unit(table, info), unit(scalar_table(), info), info); });
  });
}

}  // namespace

TEST_CASE("matmul: every ISA agrees with scalar on random input of many shapes") {
  for_each_kernel([](const MatmulKernel& kernel, const MatmulKernel& oracle,
                     const FormatInfo& info) {
    for (const Shape& base : shapes) {
      const auto [rows, cols, batch] = shape_for(info, base);
      CAPTURE(rows);
      CAPTURE(cols);
      CAPTURE(batch);
      std::mt19937 random(static_cast<uint32_t>(rows * cols + batch));
      const Weights weights = random_weights(random, info, rows, cols);
      const std::vector<float> values = normal_floats(random, batch * cols);
      REQUIRE(kernel.activation == oracle.activation);
      const auto activations = activations_of(kernel.activation, values, cols);
      const std::vector<float> expected = Packed(oracle, weights, false).gemm(*activations, batch);
      const std::vector<float> result = Packed(kernel, weights, false).gemm(*activations, batch);
      CHECK(count_far(result, expected, error_bounds(weights, values, batch)) == 0);
    }
  });
}

TEST_CASE("matmul: a result depends on its row and its activation alone, to the last bit") {
  for_each_kernel([](const MatmulKernel& kernel, const MatmulKernel&, const FormatInfo& info) {
    for (const Shape& base : shapes) {
      const auto [rows, cols, batch] = shape_for(info, base);
      CAPTURE(rows);
      CAPTURE(cols);
      CAPTURE(batch);
      std::mt19937 random(static_cast<uint32_t>(rows + cols * batch));
      const Weights weights = random_weights(random, info, rows, cols);
      const auto activations =
          activations_of(kernel.activation, normal_floats(random, batch * cols), cols);
      const Packed packed(kernel, weights, true);
      const std::vector<float> whole = packed.gemm(*activations, batch);

      std::vector<float> by_gemv(whole.size(), 0.0f);
      for (size_t b = 0; b < batch; ++b) packed.run(by_gemv, *activations, b, 1, 0, rows, true);
      CHECK(same_bits(by_gemv, whole));

      // Random splits of the batch, each with random splits of the rows at tile borders.
      for (int round = 0; round < 3; ++round) {
        std::vector<float> by_parts(whole.size(), 0.0f);
        for (size_t b = 0; b < batch;) {
          const size_t part = 1 + random() % (batch - b);
          for (size_t r = 0; r < rows;) {
            const size_t tiles = (rows - r + kernel.row_tile - 1) / kernel.row_tile;
            const size_t end = std::min(rows, r + (1 + random() % tiles) * kernel.row_tile);
            packed.run(by_parts, *activations, b, part, r, end, part == 1 && random() % 2 == 0);
            r = end;
          }
          b += part;
        }
        CHECK(same_bits(by_parts, whole));
      }

      // A matrix of fewer rows gives its rows the same bits.
      const Weights fewer = weights.first((rows + 1) / 2);
      const std::vector<float> half = Packed(kernel, fewer, false).gemm(*activations, batch);
      size_t different = 0;
      for (size_t b = 0; b < batch; ++b) {
        different +=
            !same_bits(&half[b * fewer.rows], &whole[b * rows], fewer.rows * sizeof(float));
      }
      CHECK(different == 0);
    }
  });
}

TEST_CASE("matmul: nothing is written outside the task's rows") {
  for_each_kernel([](const MatmulKernel& kernel, const MatmulKernel&, const FormatInfo& info) {
    const size_t tile = kernel.row_tile;
    const size_t rows = 3 * tile + (tile > 1 ? tile / 2 : 0);
    std::mt19937 random(3);
    const size_t cols = whole_blocks(info, 64);
    const Weights weights = random_weights(random, info, rows, cols);
    const auto activations =
        activations_of(kernel.activation, normal_floats(random, 3 * cols), cols);
    const Packed packed(kernel, weights, false);
    for (const auto& [begin, end] : {std::pair{tile, 2 * tile}, std::pair{2 * tile, rows}}) {
      std::vector<float> out(3 * rows, 12345.0f);
      packed.run(out, *activations, 0, 3, begin, end, false);
      size_t touched = 0;
      for (size_t i = 0; i < out.size(); ++i) {
        touched += (out[i] != 12345.0f) != (i % rows >= begin && i % rows < end);
      }
      CHECK(touched == 0);
    }
  });
}

TEST_CASE("matmul: integers are exact where 16 bits would saturate") {
  // What a block adds is an integer below 2^24, to which every ISA must come by itself; so these
  // give the same bits. Scalar's are held to what the weights mean.
  const size_t rows = 35, cols = 256;
  for_each_isa([&](const KernelTable& table) {
    for_each_computed([&](const FormatInfo& info) {
      const MatmulKernel& kernel = unit(table, info);
      if (kernel.activation != Activation::q8) return;
      if (info.layout == nullptr) FAIL("format ", info.name, " has no code_layout");
      const bool has_scales = info.layout->integer_scales > 0;
      REQUIRE((scale_bytes(info.format).second > 0) == has_scales);
      // All +127, all -127, and signs in turn; again and again, for kernels that treat few rows
      // and many differently.
      constexpr size_t batch = 15;
      std::vector<float> values(batch * cols);
      for (size_t b = 0; b < batch; ++b) {
        for (size_t c = 0; c < cols; ++c) {
          const int32_t sign = b % 3 == 0 ? 1 : b % 3 == 1 ? -1 : c % 3 == 0 ? -1 : 1;
          values[b * cols + c] = static_cast<float>(127 * sign);
        }
      }
      const auto activations = activations_of(Activation::q8, values, cols);
      for (const int codes : {0x00, 0xff, 0x80, 0x7f}) {
        for (const int scales : {0x00, 0xff, 0x80, 0x7f}) {
          if (!has_scales && scales != 0) continue;
          for (const float min : {0.0f, 2.0f, -15.0f}) {
            CAPTURE(codes);
            CAPTURE(scales);
            CAPTURE(min);
            Weights weights(info, rows, cols);
            weights.fill(static_cast<std::byte>(codes), static_cast<std::byte>(scales));
            weights.set_halves(1.0f, min);
            const Packed packed(kernel, weights, false);
            const Packed oracle(unit(scalar_table(), info), weights, false);
            std::vector<float> row(cols);
            info.dequantize(row.data(), weights.row(0), cols);
            for (const size_t count : {size_t{3}, batch}) {
              const std::vector<float> out = packed.gemm(*activations, count);
              CHECK(same_bits(out, oracle.gemm(*activations, count)));
              size_t wrong = 0;
              for (size_t b = 0; b < count; ++b) {
                double sum = 0, magnitude = 0;
                for (size_t c = 0; c < cols; ++c) {
                  sum += double{row[c]} * values[b * cols + c];
                  magnitude += std::fabs(double{row[c]}) * 127;
                }
                wrong += !(std::fabs(out[b * rows] - sum) <= 1e-6 * magnitude);
              }
              CHECK(wrong == 0);
            }
          }
        }
      }
    });
    // Random codes under scales of 1.
    for_each_computed([&](const FormatInfo& info) {
      const MatmulKernel& kernel = unit(table, info);
      if (kernel.activation != Activation::q8 || info.halves == 0) return;
      std::mt19937 random(5);
      Weights weights = random_weights(random, info, rows, cols);
      weights.set_halves(1, -3);
      std::vector<float> values(9 * cols);
      for (float& x : values) x = static_cast<float>(static_cast<int>(random() % 255) - 127);
      for (size_t i = 0; i < values.size(); i += 32) values[i] = 127;  // so that scales are 1
      const auto activations = activations_of(Activation::q8, values, cols);
      CHECK(same_bits(Packed(kernel, weights, false).gemm(*activations, 9),
                      Packed(unit(scalar_table(), info), weights, false).gemm(*activations, 9)));
    });
  });
}

TEST_CASE("matmul: extreme scales and activations show as in scalar, and only in their own row") {
  for_each_kernel([](const MatmulKernel& kernel, const MatmulKernel& oracle,
                     const FormatInfo& info) {
    const size_t rows = 19, cols = whole_blocks(info, 128);
    std::mt19937 random(11);
    Weights weights = random_weights(random, info, rows, cols);
    const bool has_scales = info.halves > 0 && !info.is_float();
    if (has_scales) {
      // Row 3: an infinite scale, row 4: a NaN, row 5: zeros, row 6: the smallest subnormal half.
      const uint16_t scales[] = {0x7c00, 0x7e00, 0x0000, 0x0001};
      for (size_t i = 0; i < 4; ++i) {
        std::memcpy(weights.bytes.data() + (3 + i) * weights.row_size() + info.halves_at[0],
                    &scales[i], 2);
      }
    }
    const float extremes[] = {infinity, -infinity, not_a_number, 1e38f, 1e-38f, 1e-42f, 0.0f};
    const size_t batch = 2 + std::size(extremes);
    std::vector<float> values = normal_floats(random, batch * cols);
    for (size_t i = 0; i < std::size(extremes); ++i) {
      std::fill_n(&values[(1 + i) * cols + 40], std::fabs(extremes[i]) < 1 ? 60 : 1, extremes[i]);
    }
    const auto activations = activations_of(kernel.activation, values, cols);
    const std::vector<float> expected = Packed(oracle, weights, false).gemm(*activations, batch);
    const std::vector<float> result = Packed(kernel, weights, false).gemm(*activations, batch);
    std::vector<double> bounds = error_bounds(weights, values, batch);
    for (double& bound : bounds) bound = std::isfinite(bound) ? bound : 0;
    CHECK(count_far(result, expected, bounds) == 0);
    for (size_t b = 0; b < batch; ++b) {
      const bool poisoned = b >= 1 && b <= 3;
      size_t wrong = 0;
      for (size_t r = 0; r < rows; ++r) {
        const bool bad_scale = has_scales && (r == 3 || r == 4);
        if (poisoned || bad_scale) {
          wrong += std::isfinite(result[b * rows + r]);
        } else if (b != 4) {
          wrong += !std::isfinite(result[b * rows + r]);
        }
      }
      CHECK(wrong == 0);
    }
  });
}

TEST_CASE("matmul: unpacking a row gives what dequantizing it gives, to the last bit") {
  for_each_kernel([](const MatmulKernel& kernel, const MatmulKernel&, const FormatInfo& info) {
    for (const size_t rows : {1, 7, 16, 37}) {
      const size_t cols = info.is_float() ? 77 : whole_blocks(info, 160);
      std::mt19937 random(static_cast<uint32_t>(rows));
      Weights weights = random_weights(random, info, rows, cols);
      // Any bytes are weights, NaN and infinite scales too.
      for (size_t i = 0; i < weights.row_size(); ++i) {
        weights.bytes[i] = static_cast<std::byte>(random());
      }
      const Packed packed(kernel, weights, true);
      std::vector<float> expected(cols), unpacked(cols);
      size_t different = 0;
      for (size_t r = 0; r < rows; ++r) {
        info.dequantize(expected.data(), weights.row(r), cols);
        kernel.unpack_row(unpacked.data(), packed.bytes.data(), r, rows, cols);
        for (size_t c = 0; c < cols; ++c) different += !same_value(unpacked[c], expected[c]);
      }
      CHECK(different == 0);
    }
  });
}

}  // namespace kinglet::test
