// Random and extreme input for kernels, and the loop over the tables that this CPU can run.
#pragma once

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <new>
#include <random>
#include <string>
#include <vector>

#include "kernels/dispatch.h"
#include "kernels/kernels.h"
#include "quant/half.h"

namespace kinglet::test {

/// Bytes at a 64-byte boundary. Not a byte longer than asked for, so that AddressSanitizer sees a
/// kernel that reads or writes beyond.
class AlignedBytes {
 public:
  explicit AlignedBytes(size_t size, std::byte fill = std::byte{0xa5})
      : size_(size), data_(static_cast<std::byte*>(::operator new(size, std::align_val_t{64}))) {
    std::memset(data_, static_cast<int>(fill), size);
  }
  ~AlignedBytes() { ::operator delete(data_, std::align_val_t{64}); }
  AlignedBytes(const AlignedBytes&) = delete;
  AlignedBytes& operator=(const AlignedBytes&) = delete;

  std::byte* data() { return data_; }
  const std::byte* data() const { return data_; }
  size_t size() const { return size_; }

 private:
  size_t size_;
  std::byte* data_;
};

/// Calls body(table) for every table of this build that this CPU can run.
template <typename Body>
void for_each_isa(Body body) {
  for (const KernelVariant& variant : kernel_variants()) {
    if (!variant.supported()) continue;
    CAPTURE(variant.isa);
    body(variant.table());
  }
}

/// Calls body(info) for every format that kernels compute in.
template <typename Body>
void for_each_computed(Body body) {
  for (const FormatInfo& info : formats()) {
    if (!info.is_computed()) continue;
    CAPTURE(info.name);
    body(info);
  }
}

inline const KernelTable& scalar_table() { return kernel_variants().back().table(); }

inline bool same_bits(const void* a, const void* b, size_t bytes) {
  return std::memcmp(a, b, bytes) == 0;
}
inline bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && same_bits(a.data(), b.data(), a.size() * sizeof(float));
}

/// Equal bits, or both NaN (whose payloads are nobody's business).
inline bool same_value(float a, float b) {
  return (std::isnan(a) && std::isnan(b)) || float_bits(a) == float_bits(b);
}

/// Within `bound`; what is not finite in both: the same infinity, or both NaN.
inline bool close(float a, float b, double bound) {
  if (!std::isfinite(a) || !std::isfinite(b)) return same_value(a, b);
  return std::fabs(static_cast<double>(a) - b) <= bound;
}

inline std::vector<float> normal_floats(std::mt19937& random, size_t n, float deviation = 1) {
  std::normal_distribution<float> normal(0, deviation);
  std::vector<float> values(n);
  for (float& x : values) x = normal(random);
  return values;
}

inline constexpr float infinity = std::numeric_limits<float>::infinity();
inline constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();

}  // namespace kinglet::test
