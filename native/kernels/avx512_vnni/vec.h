// Sixteen floats, for the templates of kernels/vector.
#pragma once

#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "kernels/vector/float_sum.h"
#include "kernels/vector/vector_type.h"

namespace kinglet::avx512_vnni {

struct Vec {
  static constexpr char isa[] = "avx512_vnni";

  using F = __m512;
  static constexpr size_t lanes = 16;

  // How much the 32 registers hold.
  static constexpr size_t gemv_tiles = 8;
  static constexpr size_t gemm_tiles = 4;
  static constexpr size_t attention_queries = 6;
  static constexpr size_t attention_accumulators = 24;

  static constexpr size_t gemv_prefetch = 2048;  // the CPU's own prefetchers stop at page borders
  static constexpr bool prefetches_kv = true;
  static size_t rows_per_pass(size_t) { return SIZE_MAX; }

  using Sum = vector::FloatSum<Vec>;

  static F zero() { return _mm512_setzero_ps(); }
  static F set1(float x) { return _mm512_set1_ps(x); }
  static F load(const float* in) { return _mm512_loadu_ps(in); }
  static F load(const uint16_t* halves) {
    return _mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(halves)));
  }
  static F load(const vector::Bfloat16* in) {
    const __m256i bits = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(in));
    return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(bits), 16));
  }
  static F load(const int8_t* in) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(in));
    return _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(bytes));
  }
  // Halves come a line of memory at a time: two loads of a line that is on its way both wait for
  // it.
  template <typename Element>
  static constexpr size_t loaded_together = sizeof(Element) == sizeof(uint16_t) ? 2 : 1;
  static void load_together(const float* in, F* out) { *out = load(in); }
  static void load_together(const int8_t* in, F* out) { *out = load(in); }
  static void load_together(const uint16_t* in, F* out) {
    __m512i halves = _mm512_loadu_si512(in);
    __asm__("" : "+v"(halves));  // or gcc loads its parts one by one
    out[0] = _mm512_cvtph_ps(_mm512_castsi512_si256(halves));
    out[1] = _mm512_cvtph_ps(_mm512_extracti64x4_epi64(halves, 1));
  }
  static void store(float* out, F x) { _mm512_storeu_ps(out, x); }
  static void store_f16(uint16_t* out, F x) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out),
                        _mm512_cvtps_ph(x, _MM_FROUND_TO_NEAREST_INT));
  }

  static void load_pairs(const float* in, F& x, F& y) {
    const F a = load(in), b = load(in + lanes);
    const __m512i even =
        _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
    const __m512i odd =
        _mm512_setr_epi32(1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
    x = _mm512_permutex2var_ps(a, even, b);
    y = _mm512_permutex2var_ps(a, odd, b);
  }
  static void store_pairs(float* out, F x, F y) {
    const __m512i first = _mm512_setr_epi32(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    const __m512i last =
        _mm512_setr_epi32(8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
    store(out, _mm512_permutex2var_ps(x, first, y));
    store(out + lanes, _mm512_permutex2var_ps(x, last, y));
  }

  static F load_first(const float* in, size_t count) {
    return _mm512_maskz_loadu_ps(first(count), in);
  }
  static void store_first(float* out, F x, size_t count) {
    _mm512_mask_storeu_ps(out, first(count), x);
  }
  static F first_or(F x, size_t count, F other) {
    return _mm512_mask_blend_ps(first(count), other, x);
  }

  static F add(F a, F b) { return _mm512_add_ps(a, b); }
  static F sub(F a, F b) { return _mm512_sub_ps(a, b); }
  static F mul(F a, F b) { return _mm512_mul_ps(a, b); }
  static F div(F a, F b) { return _mm512_div_ps(a, b); }
  static F fma(F a, F b, F c) { return _mm512_fmadd_ps(a, b, c); }
  static F fnma(F a, F b, F c) { return _mm512_fnmadd_ps(a, b, c); }

  // A broadcast from memory costs no more than a load.
  static constexpr size_t factors = 1;
  using Factors = float;
  static Factors load_factor(const float* in) { return *in; }
  static Factors load_factors(const float* in) { return *in; }
  static F fma(F x, Factors factor, size_t, F sum) { return fma(x, set1(factor), sum); }

  static constexpr bool max_keeps_nan = false;
  static F max(F a, F b) { return _mm512_max_ps(a, b); }
  static F min(F a, F b) { return _mm512_min_ps(a, b); }
  static F round(F x) {
    return _mm512_roundscale_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  }
  static bool any_nan(F x) { return _mm512_cmp_ps_mask(x, x, _CMP_UNORD_Q) != 0; }

  static F zero_below(F x, F y, F z) {
    return _mm512_maskz_mov_ps(_mm512_cmp_ps_mask(y, z, _CMP_GE_OQ), x);
  }

  static F scale_by_power_of_two(F x, F n) { return _mm512_scalef_ps(x, n); }

  static F power_of_two(F n) {
    const __m512i exponent = _mm512_add_epi32(_mm512_cvtps_epi32(n), _mm512_set1_epi32(127));
    return _mm512_castsi512_ps(_mm512_slli_epi32(exponent, 23));
  }

  static float reduce_add(F x) { return _mm512_reduce_add_ps(x); }
  static float reduce_max(F x) { return _mm512_reduce_max_ps(x); }

 private:
  static __mmask16 first(size_t count) { return static_cast<__mmask16>((1u << count) - 1); }
};

}  // namespace kinglet::avx512_vnni
