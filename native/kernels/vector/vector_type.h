// What the templates of this folder ask of an ISA's vector type, Vec in its vec.h.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>

namespace kinglet::vector {

/// Weights of 16 bits are told apart by type: uint16_t is a half, and this.
struct Bfloat16 {
  uint16_t bits;
};

/// Its ISA, under the name of isas.json. Units are named by it.
template <class V>
concept Named = requires {
  { V::isa } -> std::same_as<const char (&)[sizeof(V::isa)]>;
};

/// How its registers are used best. None of this but `lanes` and `Sum`, which are the ISA's order
/// of reduction, changes a bit of a result.
template <class V>
concept Tiling = requires(size_t bytes) {
  // Floats in F, a divisor of 16; weight rows of a tile.
  { V::lanes } -> std::convertible_to<size_t>;
  // Tiles of weights that a float matmul takes at once for one activation row, and for more.
  { V::gemv_tiles } -> std::convertible_to<size_t>;
  { V::gemm_tiles } -> std::convertible_to<size_t>;
  // How many bytes ahead a gemv asks for weights; 0 where the CPU's own prefetchers do.
  { V::gemv_prefetch } -> std::convertible_to<size_t>;
  // Activation rows of so many bytes that are multiplied with all weights before the next ones.
  { V::rows_per_pass(bytes) } -> std::same_as<size_t>;
  // Queries that attention takes at once, in so many accumulators; whether it asks for keys and
  // values before it needs them.
  { V::attention_queries } -> std::convertible_to<size_t>;
  { V::attention_accumulators } -> std::convertible_to<size_t>;
  { V::prefetches_kv } -> std::convertible_to<bool>;
  // Whether max(), reduce_max() too, is NaN where any operand is. If not, there is any_nan().
  { V::max_keeps_nan } -> std::convertible_to<bool>;
};

/// Memory to registers and back; `in` and `out` need no alignment beyond that of their type.
template <class V>
concept LoadsAndStores =
    requires(typename V::F x, const float* in, const uint16_t* halves, const Bfloat16* bfloats,
             const int8_t* bytes, float* out, uint16_t* out_halves, typename V::F* out_registers,
             size_t count) {
      { V::template loaded_together<uint16_t> } -> std::convertible_to<size_t>;
      { V::zero() } -> std::same_as<typename V::F>;
      { V::set1(1.0f) } -> std::same_as<typename V::F>;
      { V::load(in) } -> std::same_as<typename V::F>;
      { V::load(halves) } -> std::same_as<typename V::F>;
      { V::load(bfloats) } -> std::same_as<typename V::F>;
      { V::load(bytes) } -> std::same_as<typename V::F>;
      // V::loaded_together<Element> registers of keys or values from one load.
      V::load_together(in, out_registers);
      V::load_together(halves, out_registers);
      V::load_together(bytes, out_registers);
      V::store(out, x);
      V::store_f16(out_halves, x);  // ties to even, beyond the range to infinity
      // The x and y of V::lanes points that lie as x0 y0 x1 y1 and so on.
      V::load_pairs(in, x, x);
      V::store_pairs(out, x, x);
      // The first `count` lanes, `count` below V::lanes. What follows is zero in the register, and
      // not touched in memory.
      { V::load_first(in, count) } -> std::same_as<typename V::F>;
      V::store_first(out, x, count);
      // The first `count` lanes of a register, then those of another.
      { V::first_or(x, count, x) } -> std::same_as<typename V::F>;
    };

template <class V>
concept Arithmetic = requires(typename V::F x, const float* in, size_t k) {
  { V::add(x, x) } -> std::same_as<typename V::F>;
  { V::sub(x, x) } -> std::same_as<typename V::F>;
  { V::mul(x, x) } -> std::same_as<typename V::F>;
  { V::div(x, x) } -> std::same_as<typename V::F>;
  { V::fma(x, x, x) } -> std::same_as<typename V::F>;   // a * b + c, rounded once
  { V::fnma(x, x, x) } -> std::same_as<typename V::F>;  // c - a * b, rounded once
  { V::max(x, x) } -> std::same_as<typename V::F>;  // of a NaN and anything: a NaN, or the second
  { V::min(x, x) } -> std::same_as<typename V::F>;
  { V::round(x) } -> std::same_as<typename V::F>;  // ties to even
  // x * 2^n for an x near 1 and a whole n of at most 2 * 126 in magnitude; subnormal, 0 or infinite
  // where that is the result.
  { V::scale_by_power_of_two(x, x) } -> std::same_as<typename V::F>;
  // Of x, y, z: x in the lanes in which y >= z, or else 0.
  { V::zero_below(x, x, x) } -> std::same_as<typename V::F>;
  { V::power_of_two(x) } -> std::same_as<typename V::F>;  // 2^x for a whole x > -127; 0 for -127
  { V::reduce_add(x) } -> std::same_as<float>;
  { V::reduce_max(x) } -> std::same_as<float>;
  // V::factors consecutive floats, or one alone, of which the k-th multiplies a register:
  // a * factors[k] + c, rounded once.
  { V::factors } -> std::convertible_to<size_t>;
  { V::load_factors(in) } -> std::same_as<typename V::Factors>;
  { V::load_factor(in) } -> std::same_as<typename V::Factors>;
  { V::fma(x, V::load_factors(in), k, x) } -> std::same_as<typename V::F>;
};

/// The sum of a row, as FloatSum has it.
template <class V>
concept SumsRows = requires(typename V::Sum sum, typename V::F x, size_t k) {
  { V::Sum::parts } -> std::convertible_to<size_t>;
  sum.add(k, x);
  sum.add_square(k, x);
  { sum.total() } -> std::convertible_to<double>;
};

template <class V>
concept VectorType = Named<V> && Tiling<V> && LoadsAndStores<V> && Arithmetic<V> && SumsRows<V>;

}  // namespace kinglet::vector
