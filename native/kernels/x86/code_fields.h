// Where the codes of a block lie in packed words.
//
// A block's 32 codes are 8 words of 4 columns. Codes of `bits` bits take as many packed words: what
// the same byte of the 8 words holds, the same byte of these holds without a bit to spare. In each
// packed byte lie as many codes as fit whole. What is left of some of them makes up another code:
// of 5 bits, the 3 left in each of 5 bytes are three codes.
//
// So most words take a mask and a shift, or a mask alone. To unpack a block takes 19 operations for
// 5 bits, where a three-way logical operation counts as one; nibbles with a plane of fifth bits
// beside them would take 27. It is 18 for 6 bits instead of 26, and 17 for 3 bits instead of 29.
#pragma once

#include <cstddef>

#include "kernels/kernels.h"

namespace kinglet::x86 {

/// Words of a block, before they are packed.
inline constexpr size_t block_words = 8;
inline constexpr size_t word_columns = q8_block / block_words;

/// Some bits of the codes of a word.
struct CodeField {
  size_t packed;      // the packed word that has them
  unsigned at;        // the lowest of them in its bytes
  unsigned code_bit;  // the lowest of them in the code
  unsigned bits;
};

/// Of each word, up to three fields that are all bits of its codes. Those after the last have no
/// bits.
struct CodeFields {
  CodeField word[block_words][3];
};

/// Codes of 2, 4 and 8 bits lie one above the other. Of the others, neighbours among the words
/// share packed words, so that few of these are in registers at a time.
template <unsigned bits>
inline constexpr CodeFields unturned_fields = [] {
  static_assert(8 % bits == 0);
  CodeFields fields{};
  for (unsigned w = 0; w < block_words; ++w) {
    fields.word[w][0] = {w % bits, w / bits * bits, 0, bits};
  }
  return fields;
}();
template <>
inline constexpr CodeFields unturned_fields<3> = {{
    {{0, 0, 0, 3}},
    {{0, 3, 0, 3}},
    {{1, 0, 0, 3}},
    {{0, 6, 0, 2}, {1, 6, 2, 1}},
    {{1, 3, 0, 3}},
    {{2, 0, 0, 3}},
    {{2, 3, 0, 3}},
    {{2, 6, 0, 2}, {1, 7, 2, 1}},
}};
template <>
inline constexpr CodeFields unturned_fields<5> = {{
    {{0, 0, 0, 5}},
    {{1, 0, 0, 5}},
    {{0, 5, 0, 3}, {1, 5, 3, 2}},
    {{2, 0, 0, 5}},
    {{3, 0, 0, 5}},
    {{2, 5, 0, 3}, {3, 5, 3, 2}},
    {{4, 0, 0, 5}},
    {{4, 5, 0, 3}, {1, 7, 3, 1}, {3, 7, 4, 1}},
}};
template <>
inline constexpr CodeFields unturned_fields<6> = {{
    {{0, 0, 0, 6}},
    {{1, 0, 0, 6}},
    {{2, 0, 0, 6}},
    {{0, 6, 0, 2}, {1, 6, 2, 2}, {2, 6, 4, 2}},
    {{3, 0, 0, 6}},
    {{4, 0, 0, 6}},
    {{5, 0, 0, 6}},
    {{3, 6, 0, 2}, {4, 6, 2, 2}, {5, 6, 4, 2}},
}};

/// The same where all bytes of packed words are turned to the left by `turn` bits.
template <unsigned bits>
consteval CodeFields code_fields(unsigned turn) {
  CodeFields fields = unturned_fields<bits>;
  for (auto& word : fields.word) {
    for (CodeField& field : word) field.at = (field.at + turn) % 8;
  }
  return fields;
}

}  // namespace kinglet::x86
