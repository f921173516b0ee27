// Eight floats, for the templates of kernels/vector.
#pragma once

#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "kernels/vector/float_sum.h"
#include "kernels/vector/vector_type.h"

namespace kinglet::avx2 {

struct Vec {
  static constexpr char isa[] = "avx2";

  using F = __m256;
  static constexpr size_t lanes = 8;

  // How much the 16 registers hold.
  static constexpr size_t gemv_tiles = 8;
  static constexpr size_t gemm_tiles = 2;
  static constexpr size_t attention_queries = 6;
  static constexpr size_t attention_accumulators = 12;

  static constexpr size_t gemv_prefetch = 2048;  // the CPU's own prefetchers stop at page borders
  static constexpr bool prefetches_kv = true;
  static size_t rows_per_pass(size_t) { return SIZE_MAX; }

  using Sum = vector::FloatSum<Vec>;

  static F zero() { return _mm256_setzero_ps(); }
  static F set1(float x) { return _mm256_set1_ps(x); }
  static F load(const float* in) { return _mm256_loadu_ps(in); }
  static F load(const uint16_t* halves) {
    return _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(halves)));
  }
  static F load(const vector::Bfloat16* in) {
    const __m128i bits = _mm_loadu_si128(reinterpret_cast<const __m128i*>(in));
    return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(bits), 16));
  }
  static F load(const int8_t* in) {
    const __m128i bytes = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(in));
    return _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(bytes));
  }
  template <typename Element>
  static constexpr size_t loaded_together = 1;
  template <typename Element>
  static void load_together(const Element* in, F* out) {
    *out = load(in);
  }
  static void store(float* out, F x) { _mm256_storeu_ps(out, x); }
  static void store_f16(uint16_t* out, F x) {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out),
                     _mm256_cvtps_ph(x, _MM_FROUND_TO_NEAREST_INT));
  }

  static void load_pairs(const float* in, F& x, F& y) {
    // Each half of a register has x or y of two points of the one load, then two of the other.
    const F a = load(in), b = load(in + lanes);
    x = exchange_middle(_mm256_shuffle_ps(a, b, 0x88));
    y = exchange_middle(_mm256_shuffle_ps(a, b, 0xdd));
  }
  static void store_pairs(float* out, F x, F y) {
    const F a = exchange_middle(x), b = exchange_middle(y);
    store(out, _mm256_unpacklo_ps(a, b));
    store(out + lanes, _mm256_unpackhi_ps(a, b));
  }

  static F load_first(const float* in, size_t count) {
    return _mm256_maskload_ps(in, first(count));
  }
  static void store_first(float* out, F x, size_t count) {
    _mm256_maskstore_ps(out, first(count), x);
  }
  static F first_or(F x, size_t count, F other) {
    return _mm256_blendv_ps(other, x, _mm256_castsi256_ps(first(count)));
  }

  static F add(F a, F b) { return _mm256_add_ps(a, b); }
  static F sub(F a, F b) { return _mm256_sub_ps(a, b); }
  static F mul(F a, F b) { return _mm256_mul_ps(a, b); }
  static F div(F a, F b) { return _mm256_div_ps(a, b); }
  static F fma(F a, F b, F c) { return _mm256_fmadd_ps(a, b, c); }
  static F fnma(F a, F b, F c) { return _mm256_fnmadd_ps(a, b, c); }

  // A broadcast from memory costs no more than a load.
  static constexpr size_t factors = 1;
  using Factors = float;
  static Factors load_factor(const float* in) { return *in; }
  static Factors load_factors(const float* in) { return *in; }
  static F fma(F x, Factors factor, size_t, F sum) { return fma(x, set1(factor), sum); }

  static constexpr bool max_keeps_nan = false;
  static F max(F a, F b) { return _mm256_max_ps(a, b); }
  static F min(F a, F b) { return _mm256_min_ps(a, b); }
  static F round(F x) { return _mm256_round_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
  static bool any_nan(F x) { return _mm256_movemask_ps(_mm256_cmp_ps(x, x, _CMP_UNORD_Q)) != 0; }

  static F zero_below(F x, F y, F z) { return _mm256_and_ps(x, _mm256_cmp_ps(y, z, _CMP_GE_OQ)); }

  /// In two steps, so that a result may be subnormal or infinite.
  static F scale_by_power_of_two(F x, F n) {
    const __m256i exponent = _mm256_cvtps_epi32(n);
    const __m256i half = _mm256_srai_epi32(exponent, 1);
    return mul(mul(x, power_of_two(half)), power_of_two(_mm256_sub_epi32(exponent, half)));
  }

  static F power_of_two(F n) { return power_of_two(_mm256_cvtps_epi32(n)); }

  static float reduce_add(F x) {
    __m128 sum = _mm_add_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
    sum = _mm_add_ps(sum, _mm_movehl_ps(sum, sum));
    return _mm_cvtss_f32(_mm_add_ss(sum, _mm_movehdup_ps(sum)));
  }
  static float reduce_max(F x) {
    __m128 m = _mm_max_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
    m = _mm_max_ps(m, _mm_movehl_ps(m, m));
    return _mm_cvtss_f32(_mm_max_ss(m, _mm_movehdup_ps(m)));
  }

 private:
  /// Exchanges the second and the third quarter.
  static F exchange_middle(F x) {
    return _mm256_castpd_ps(_mm256_permute4x64_pd(_mm256_castps_pd(x), 0xd8));
  }
  static __m256i first(size_t count) {
    const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(count)), lane);
  }
  static F power_of_two(__m256i n) {
    return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_add_epi32(n, _mm256_set1_epi32(127)), 23));
  }
};

}  // namespace kinglet::avx2
