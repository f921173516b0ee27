// Code points of a text, byte by byte: as UTF-8, or as the content of a string of JSON with its
// escapes. Between two code points the state is 0.
#pragma once

#include <cstddef>
#include <cstdint>

namespace kinglet::grammar {

/// How the bytes are read.
enum class Spelling : uint8_t {
  plain,  // UTF-8
  // RFC 8259, section 7: UTF-8, but quotes, backslashes and controls are escaped. Other printable
  // characters of ASCII are written as themselves, a slash with a backslash or without.
  json,
};

/// What a byte has led to.
struct Character {
  enum Kind : uint8_t { none, partial, whole, quote } kind = none;
  int32_t state = 0;  // partial
  int32_t code = 0;   // whole
};

inline constexpr int32_t between_characters = 0;
/// The string's own quote is still to come.
inline constexpr int32_t before_string = -1;
/// Bytes from 80 to BF are still to come, whichever: of a character of which no more needs to be
/// known.
constexpr int32_t awaiting(int32_t bytes) { return before_string - bytes; }
constexpr int32_t awaited_bytes(int32_t state) {
  return state < before_string ? before_string - state : 0;
}

/// The byte after `state`. `none`: no text continues so; lone surrogates are no text.
Character next_character(Spelling spelling, int32_t state, uint8_t byte);

/// Code points that a partial one can become, as ranges.
struct CodeRanges {
  struct Range {
    int32_t first;
    int32_t last;
  };
  size_t count = 0;
  Range ranges[6] = {};

  void add(int32_t first, int32_t last) {
    if (first <= last) ranges[count++] = {first, last};
  }
};
CodeRanges possible_codes(int32_t state);

/// How many bytes a partial character awaits, where each of them may be any from 80 to BF; else 0.
int32_t free_bytes(int32_t state);

}  // namespace kinglet::grammar
