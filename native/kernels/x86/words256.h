// Registers of 32 bytes for the kernels of packed tiles: 8 words of codes, or 8 floats.
#pragma once

#include <immintrin.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace kinglet::x86 {

/// `Isa` is a type of the including ISA's namespace.
template <class Isa>
struct Words256 {
  static constexpr size_t rows = 8;
  static constexpr size_t bytes = 32;
  using I = __m256i;
  using F = __m256;

  static I load(const std::byte* in) {
    return _mm256_load_si256(reinterpret_cast<const __m256i*>(in));
  }
  static void store(std::byte* out, I x) { _mm256_store_si256(reinterpret_cast<__m256i*>(out), x); }
  static F load_floats(const float* in) { return _mm256_loadu_ps(in); }
  static void store_floats(float* out, F x) { _mm256_storeu_ps(out, x); }
  /// The first `count` floats, 1 to 8.
  static void store_first(float* out, F x, size_t count) {
    if (count == rows) return _mm256_storeu_ps(out, x);
    alignas(32) float floats[rows];
    _mm256_store_ps(floats, x);
    std::memcpy(out, floats, count * sizeof(float));
  }
  static F load_halves(const std::byte* in) {
    return _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(in)));
  }
  static I load_int8(const std::byte* in) {
    return _mm256_cvtepi8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(in)));
  }
  /// 8 unsigned numbers of 8 bits, each in both 16-bit parts of its word.
  static I load_bytes_twice(const std::byte* in) {
    int64_t bytes;
    std::memcpy(&bytes, in, sizeof bytes);
    // The same 8 bytes are in both halves; each takes 4 of them. Indices below 0 give zeros.
    return _mm256_shuffle_epi8(
        _mm256_set1_epi64x(bytes),
        _mm256_setr_epi8(0, -1, 0, -1, 1, -1, 1, -1, 2, -1, 2, -1, 3, -1, 3, -1,  //
                         4, -1, 4, -1, 5, -1, 5, -1, 6, -1, 6, -1, 7, -1, 7, -1));
  }

  static I no_words() { return _mm256_setzero_si256(); }
  static I broadcast(int32_t word) { return _mm256_set1_epi32(word); }
  static I set1_16(int16_t x) { return _mm256_set1_epi16(x); }
  /// 16-bit parts shifted to the left by `bits`, or to the right by -bits.
  template <int bits>
  static I shifted(I x) {
    if constexpr (bits > 0) return _mm256_slli_epi16(x, bits);
    if constexpr (bits < 0) return _mm256_srli_epi16(x, -bits);
    return x;
  }
  /// Each word's bits that are in `mask`.
  static I masked(I x, uint32_t mask) {
    return _mm256_and_si256(x, _mm256_set1_epi32(static_cast<int>(mask)));
  }
  static I merge(I a, I b) { return _mm256_or_si256(a, b); }
  /// The two products of 16-bit numbers in each word, added.
  static I dot_pairs(I a, I b) { return _mm256_madd_epi16(a, b); }
  /// The element of a table for each byte, which is below 16.
  static I look_up(const uint8_t (&table)[16], I bytes) {
    const __m128i elements = _mm_loadu_si128(reinterpret_cast<const __m128i*>(table));
    return _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(elements), bytes);
  }

  static I as_words(F x) { return _mm256_castps_si256(x); }
  static F as_floats(I x) { return _mm256_castsi256_ps(x); }
  static F to_floats(I x) { return _mm256_cvtepi32_ps(x); }
  static F zero() { return _mm256_setzero_ps(); }
  static F set1(float x) { return _mm256_set1_ps(x); }
  static F mul(F a, F b) { return _mm256_mul_ps(a, b); }
  static F fma(F a, F b, F c) { return _mm256_fmadd_ps(a, b, c); }
};

}  // namespace kinglet::x86
