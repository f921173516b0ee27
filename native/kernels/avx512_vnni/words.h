// Registers of 64 bytes for the kernels of packed tiles: 16 words of codes, or 16 floats.
#pragma once

#include <immintrin.h>

#include <cstddef>
#include <cstdint>

namespace kinglet::avx512_vnni {

struct Words {
  static constexpr size_t rows = 16;
  static constexpr size_t bytes = 64;
  static constexpr bool signed_bytes = false;
  using I = __m512i;
  using F = __m512;

  // 12 sums of integers, 12 of floats, 2 of codes and one of activations are 27 of 32 registers.
  static constexpr size_t panel_tiles = 2;
  static constexpr size_t panel_columns = 6;
  static constexpr size_t direct_columns = 8;
  static constexpr size_t direct_tiles = 2;
  static constexpr size_t direct_dots = 8;
  static constexpr size_t l2_columns = 2;
  static constexpr size_t column_bytes = 10;

  static I load(const std::byte* in) { return _mm512_load_si512(in); }
  static void store(std::byte* out, I x) { _mm512_store_si512(out, x); }
  static F load_floats(const float* in) { return _mm512_loadu_ps(in); }
  static void store_floats(float* out, F x) { _mm512_storeu_ps(out, x); }
  /// The first `count` floats, 1 to 16.
  static void store_first(float* out, F x, size_t count) {
    _mm512_mask_storeu_ps(out, static_cast<__mmask16>((1u << count) - 1), x);
  }
  static F load_halves(const std::byte* in) {
    return _mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(in)));
  }
  static I load_int8(const std::byte* in) {
    return _mm512_cvtepi8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(in)));
  }
  /// 16 unsigned numbers of 8 bits, each in both 16-bit parts of its word.
  static I load_bytes_twice(const std::byte* in) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(in));
    const __m512i rows = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    // Each quarter has all 16 bytes to choose from; an index of 0x80 gives a zero.
    const __m512i twice = _mm512_or_si512(rows, _mm512_slli_epi32(rows, 16));
    const __m512i zeros = _mm512_set1_epi16(static_cast<int16_t>(0x8000));
    return _mm512_shuffle_epi8(_mm512_broadcast_i32x4(bytes), _mm512_or_si512(twice, zeros));
  }

  static I no_words() { return _mm512_setzero_si512(); }
  static I broadcast(int32_t word) { return _mm512_set1_epi32(word); }
  static I set1_16(int16_t x) { return _mm512_set1_epi16(x); }
  /// 16-bit parts shifted to the left by `bits`, or to the right by -bits.
  template <int bits>
  static I shifted(I x) {
    if constexpr (bits > 0) return _mm512_slli_epi16(x, bits);
    if constexpr (bits < 0) return _mm512_srli_epi16(x, -bits);
    return x;
  }
  /// Each word's bits that are in `mask`.
  static I masked(I x, uint32_t mask) {
    return _mm512_and_si512(x, _mm512_set1_epi32(static_cast<int>(mask)));
  }
  static I merge(I a, I b) { return _mm512_or_si512(a, b); }
  /// The 4 products of unsigned codes and signed values in each word, added to it.
  static I dot(I sum, I codes, I values) { return _mm512_dpbusd_epi32(sum, codes, values); }
  /// The two products of 16-bit numbers in each word, added.
  static I dot_pairs(I a, I b) { return _mm512_madd_epi16(a, b); }
  static I add_dot_pairs(I sum, I a, I b) { return _mm512_dpwssd_epi32(sum, a, b); }
  /// The element of a table for each byte, which is below 16.
  static I look_up(const uint8_t (&table)[16], I bytes) {
    const __m128i elements = _mm_loadu_si128(reinterpret_cast<const __m128i*>(table));
    return _mm512_shuffle_epi8(_mm512_broadcast_i32x4(elements), bytes);
  }

  static I as_words(F x) { return _mm512_castps_si512(x); }
  static F as_floats(I x) { return _mm512_castsi512_ps(x); }
  static F to_floats(I x) { return _mm512_cvtepi32_ps(x); }
  static F zero() { return _mm512_setzero_ps(); }
  static F set1(float x) { return _mm512_set1_ps(x); }
  static F mul(F a, F b) { return _mm512_mul_ps(a, b); }
  static F fma(F a, F b, F c) { return _mm512_fmadd_ps(a, b, c); }
};

}  // namespace kinglet::avx512_vnni
