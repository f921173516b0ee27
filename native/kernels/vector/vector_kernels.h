// The kernels over plain rows of floats, for a vector type V.
#pragma once

#include <cassert>

#include "kernels/kernels.h"
#include "kernels/vector/exp.h"
#include "kernels/vector/vector_type.h"

namespace kinglet::vector {

template <VectorType V>
struct VectorKernels {
  using F = typename V::F;
  static constexpr size_t lanes = V::lanes;

  // Kernels are flattened: what they hand to sum() and map() must be inlined there.

  /// Calls body(i, count) for each register of a row; count is V::lanes but in the last.
  template <typename Body>
  static void for_each_register(size_t n, Body body) {
    size_t i = 0;
    for (; i + lanes <= n; i += lanes) body(i, lanes);
    if (i < n) body(i, n - i);
  }

  /// The sum of a row in V's order: add(sum, k, i, count) adds a register to the k-th part of it.
  template <typename Add>
  static auto sum(size_t n, Add add) {
    using Sum = typename V::Sum;
    Sum sum;
    size_t i = 0;
    for (; i + Sum::parts * lanes <= n; i += Sum::parts * lanes) {
      for (size_t k = 0; k < Sum::parts; ++k) add(sum, k, i + k * lanes, lanes);
    }
    for (; i < n; i += lanes) add(sum, 0, i, n - i < lanes ? n - i : lanes);
    return sum.total();
  }

  static F load(const float* in, size_t count) {
    return count == lanes ? V::load(in) : V::load_first(in, count);
  }
  static void store(float* out, F x, size_t count) {
    if (count == lanes) {
      V::store(out, x);
    } else {
      V::store_first(out, x, count);
    }
  }

  /// out[i] = value(i, count) in registers.
  template <typename Value>
  static void map(float* out, size_t n, Value value) {
    for_each_register(n, [&](size_t i, size_t count) { store(out + i, value(i, count), count); });
  }

  [[gnu::flatten]] static void rms_norm(float* out, const float* in, const float* weight, size_t n,
                                        float epsilon) {
    const auto squares = sum(n, [&](auto& sum, size_t k, size_t i, size_t count) {
      sum.add_square(k, load(in + i, count));
    });
    const auto mean = static_cast<float>(squares / static_cast<decltype(squares)>(n));
    const F scale = V::set1(1.0f / __builtin_sqrtf(mean + epsilon));
    const auto normed = [&](size_t i, size_t count) { return V::mul(load(in + i, count), scale); };
    if (weight == nullptr) return map(out, n, normed);
    map(out, n,
        [&](size_t i, size_t count) { return V::mul(normed(i, count), load(weight + i, count)); });
  }

  [[gnu::flatten]] static void rope(float* head, const float* cosines, const float* sines,
                                    size_t head_dim, RopePairing pairing) {
    const size_t pairs = head_dim / 2;
    if (pairing == RopePairing::half) {
      rotate(cosines, sines, pairs, HalfPoints{head, head + pairs});
    } else {
      rotate(cosines, sines, pairs, InterleavedPoints{head});
    }
  }

  /// Points (x, y) of a head: a register of each from the i-th on, and one alone.
  struct HalfPoints {
    float *xs, *ys;

    void load(size_t i, F& x, F& y) const {
      x = V::load(xs + i);
      y = V::load(ys + i);
    }
    void store(size_t i, F x, F y) const {
      V::store(xs + i, x);
      V::store(ys + i, y);
    }
    float& x(size_t i) const { return xs[i]; }
    float& y(size_t i) const { return ys[i]; }
  };
  struct InterleavedPoints {
    float* points;

    void load(size_t i, F& x, F& y) const { V::load_pairs(points + 2 * i, x, y); }
    void store(size_t i, F x, F y) const { V::store_pairs(points + 2 * i, x, y); }
    float& x(size_t i) const { return points[2 * i]; }
    float& y(size_t i) const { return points[2 * i + 1]; }
  };

  /// Products are not fused with the sums, so that these are scalar's bits.
  template <class Points>
  static void rotate(const float* __restrict cosines, const float* __restrict sines, size_t pairs,
                     Points points) {
    size_t i = 0;
    for (; i + lanes <= pairs; i += lanes) {
      F x, y;
      points.load(i, x, y);
      const F c = V::load(cosines + i), s = V::load(sines + i);
      points.store(i, V::sub(V::mul(x, c), V::mul(y, s)), V::add(V::mul(x, s), V::mul(y, c)));
    }
    for (; i < pairs; ++i) {
      const float x = points.x(i), y = points.y(i);
      points.x(i) = x * cosines[i] - y * sines[i];
      points.y(i) = x * sines[i] + y * cosines[i];
    }
  }

  [[gnu::flatten]] static void silu_mul(float* out, const float* gate, const float* up, size_t n) {
    map(out, n, [&](size_t i, size_t count) {
      const F g = load(gate + i, count);
      const F denominator = V::add(V::set1(1.0f), exp<V>(V::sub(V::zero(), g)));
      return V::mul(V::div(g, denominator), load(up + i, count));
    });
  }

  [[gnu::flatten]] static void add(float* out, const float* in, size_t n) {
    map(out, n,
        [&](size_t i, size_t count) { return V::add(load(out + i, count), load(in + i, count)); });
  }

  [[gnu::flatten]] static void to_f16(uint16_t* out, const float* in, size_t n) {
    size_t i = 0;
    for (; i + lanes <= n; i += lanes) V::store_f16(out + i, V::load(in + i));
    if (i < n) {
      alignas(64) uint16_t rest[lanes];
      V::store_f16(rest, V::load_first(in + i, n - i));
      for (size_t k = 0; i + k < n; ++k) out[i + k] = rest[k];
    }
  }

  /// NaN where any element is no finite number: x - x is 0 for every other.
  static F add_unless_finite(F sum, F x) { return V::add(sum, V::sub(x, x)); }

  [[gnu::flatten]] static float to_kv_q8(int8_t* out, const float* in, size_t n) {
    assert(n % lanes == 0);
    F largest = V::zero(), not_finite = V::zero();
    for (size_t i = 0; i < n; i += lanes) {
      const F x = V::load(in + i);
      largest = V::max(largest, V::max(x, V::sub(V::zero(), x)));
      not_finite = add_unless_finite(not_finite, x);
    }
    const float amax = V::reduce_max(largest);
    float scale = amax / 127;
    float inverse = 127 / amax;
    if (V::reduce_add(not_finite) != 0) scale = __builtin_nanf("");
    if (!(scale > 0 && inverse <= __FLT_MAX__)) {
      for (size_t i = 0; i < n; ++i) out[i] = 0;
      return scale > 0 ? 0 : scale;
    }
    const F factor = V::set1(inverse);
    for (size_t i = 0; i < n; i += lanes) {
      alignas(64) float rounded[lanes];
      V::store(rounded, V::round(V::mul(V::load(in + i), factor)));
      for (size_t k = 0; k < lanes; ++k) out[i + k] = static_cast<int8_t>(rounded[k]);
    }
    return scale;
  }

  [[gnu::flatten]] static Extremes extremes(const float* in, size_t n) {
    const F lowest = V::set1(-__builtin_inff());
    F largest = lowest, negated = lowest;  // the largest of -x is the smallest
    bool any_nan = false;
    for_each_register(n, [&](size_t i, size_t count) {
      const F x = load(in + i, count), y = V::sub(V::zero(), x);
      if constexpr (!V::max_keeps_nan) any_nan = any_nan || V::any_nan(x);
      largest = V::max(largest, count == lanes ? x : V::first_or(x, count, lowest));
      negated = V::max(negated, count == lanes ? y : V::first_or(y, count, lowest));
    });
    if (any_nan) return {__builtin_nanf(""), __builtin_nanf("")};
    return {-V::reduce_max(negated), V::reduce_max(largest)};
  }

  [[gnu::flatten]] static float sum_exp(const float* in, size_t n, float max) {
    const F m = V::set1(max);
    const auto total = sum(n, [&](auto& sum, size_t k, size_t i, size_t count) {
      const F e = exp<V>(V::sub(load(in + i, count), m));
      sum.add(k, count == lanes ? e : V::first_or(e, count, V::zero()));
    });
    return static_cast<float>(total);
  }

  /// The sum of value(i, count), in the lanes and the order of kernels.h's weigh().
  template <typename Value>
  static float sum_in_lanes(size_t n, Value value) {
    constexpr size_t sums = 16;
    F part[sums / lanes];
    for (F& x : part) x = V::zero();
    size_t i = 0;
    for (; i + sums <= n; i += sums) {
      for (size_t k = 0; k < sums / lanes; ++k) {
        part[k] = V::add(part[k], value(i + k * lanes, lanes));
      }
    }
    for (size_t k = 0; i < n; i += lanes, ++k) {
      const size_t count = n - i < lanes ? n - i : lanes;
      part[k] = V::add(part[k], V::first_or(value(i, count), count, V::zero()));
    }
    float sum[sums];
    for (size_t k = 0; k < sums / lanes; ++k) V::store(sum + k * lanes, part[k]);
    for (size_t half = sums / 2; half > 0; half /= 2) {
      for (size_t lane = 0; lane < half; ++lane) sum[lane] += sum[lane + half];
    }
    return sum[0];
  }

  [[gnu::flatten]] static float weigh(float* weights, const float* in, size_t n, float largest,
                                      float inverse_temperature) {
    const F top = V::set1(largest), factor = V::set1(inverse_temperature);
    return sum_in_lanes(n, [&](size_t i, size_t count) {
      const F e = weight_exp<V>(V::mul(V::sub(load(in + i, count), top), factor));
      store(weights + i, e, count);
      return e;
    });
  }

  [[gnu::flatten]] static float keep_from(float* out, const float* weights, const float* values,
                                          size_t n, float bound) {
    const F least = V::set1(bound);
    return sum_in_lanes(n, [&](size_t i, size_t count) {
      const F kept = V::zero_below(load(weights + i, count), load(values + i, count), least);
      store(out + i, kept, count);
      return kept;
    });
  }

  /// All but quantize_q8, whose integers are another register type.
  static void add_to(KernelTable& table) {
    table.rms_norm = rms_norm;
    table.rope = rope;
    table.silu_mul = silu_mul;
    table.add = add;
    table.to_f16 = to_f16;
    table.to_kv_q8 = to_kv_q8;
    table.extremes = extremes;
    table.sum_exp = sum_exp;
    table.weigh = weigh;
    table.keep_from = keep_from;
  }
};

}  // namespace kinglet::vector
