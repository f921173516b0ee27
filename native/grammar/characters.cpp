#include "grammar/characters.h"

#include <algorithm>

namespace kinglet::grammar {
namespace {

// A partial character: what is awaited in bits 28 to 30, then what the bytes so far said.
enum Awaits : int32_t {
  utf8 = 1,           // bits 26-27: length in bytes, 24-25: bytes left, 0-20: value so far
  escape = 2,         // behind the backslash
  digits = 3,         // of \u: bits 24-25: digits so far, 0-11: their value
  low_backslash = 4,  // of the second escape of a pair: bits 0-9: the first one's value
  low_u = 5,
  low_digits = 6,  // bits 24-25: digits so far, 10-21: their value, 0-9: the first escape's value
};

constexpr int32_t pack(Awaits awaits, int32_t rest) { return awaits << 28 | rest; }
constexpr Awaits awaits_of(int32_t state) { return static_cast<Awaits>(state >> 28); }

constexpr Character none{};
constexpr Character partial(int32_t state) { return {Character::partial, state, 0}; }
constexpr Character whole(int32_t code) { return {Character::whole, 0, code}; }

constexpr int32_t least_of_length[] = {0, 0, 0x80, 0x800, 0x10000};

struct Utf8 {
  int32_t length;
  int32_t left;
  int32_t value;

  static Utf8 of(int32_t state) {
    return {(state >> 26 & 3) + 1, state >> 24 & 3, state & 0x1FFFFF};
  }
  int32_t packed() const { return pack(utf8, (length - 1) << 26 | left << 24 | value); }
  int32_t first() const {
    const int32_t smallest = value << 6 * left;
    return smallest > least_of_length[length] ? smallest : least_of_length[length];
  }
  int32_t last() const {
    const int32_t largest = (value + 1) * (1 << 6 * left) - 1;
    return largest < 0x10FFFF ? largest : 0x10FFFF;
  }
  bool possible() const { return first() <= last() && !(first() >= 0xD800 && last() <= 0xDFFF); }
};

Character lead(uint8_t byte) {
  if (byte < 0xC2 || byte > 0xF4) return none;
  const int32_t length = byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
  const Utf8 begun{length, length - 1, byte & (0x7F >> length)};
  return partial(begun.packed());
}

Character continued(int32_t state, uint8_t byte) {
  if ((byte & 0xC0) != 0x80) return none;
  Utf8 character = Utf8::of(state);
  character.left--;
  character.value = character.value << 6 | (byte & 0x3F);
  if (!character.possible()) return none;
  return character.left == 0 ? whole(character.value) : partial(character.packed());
}

Character escaped(uint8_t byte) {
  switch (byte) {
    case '"':
    case '\\':
    case '/': return whole(byte);
    case 'b': return whole(0x08);
    case 'f': return whole(0x0C);
    case 'n': return whole(0x0A);
    case 'r': return whole(0x0D);
    case 't': return whole(0x09);
    case 'u': return partial(pack(digits, 0));
    default: return none;
  }
}

int32_t hex_digit(uint8_t byte) {
  if (byte >= '0' && byte <= '9') return byte - '0';
  const int32_t lower = byte | 0x20;
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// Whether \u may spell it: nobody writes "\u0061" for "a", but a mask that leaves little else
/// would lead a model to it.
constexpr bool is_spelled_by_number(int32_t code) { return code < 0x20 || code > 0x7E; }

Character digit(int32_t state, uint8_t byte) {
  const int32_t hex = hex_digit(byte);
  if (hex < 0) return none;
  const int32_t count = (state >> 24 & 3) + 1;
  const int32_t value = (state & 0xFFF) << 4 | hex;
  if (count < 4) {
    // A second half never comes first.
    if (count == 2 && value >= 0xDC && value <= 0xDF) return none;
    if (count == 3 && value >= 0x2 && value <= 0x6) return none;
    return partial(pack(digits, count << 24 | value));
  }
  if (value >= 0xD800 && value < 0xDC00) return partial(pack(low_backslash, value & 0x3FF));
  return is_spelled_by_number(value) ? whole(value) : none;
}

Character low_digit(int32_t state, uint8_t byte) {
  const int32_t hex = hex_digit(byte);
  if (hex < 0) return none;
  const int32_t count = (state >> 24 & 3) + 1;
  const int32_t value = (state >> 10 & 0xFFF) << 4 | hex;
  const int32_t high = state & 0x3FF;
  if (count == 1 && value != 0xD) return none;
  if (count == 2 && value < 0xDC) return none;
  if (count < 4) return partial(pack(low_digits, count << 24 | value << 10 | high));
  return whole(0x10000 + (high << 10 | (value & 0x3FF)));
}

}  // namespace

Character next_character(Spelling spelling, int32_t state, uint8_t byte) {
  if (state == between_characters) {
    if (byte >= 0x80) return lead(byte);
    if (spelling == Spelling::plain) return whole(byte);
    if (byte == '"') return {Character::quote, 0, 0};
    if (byte == '\\') return partial(pack(escape, 0));
    return byte < 0x20 ? none : whole(byte);
  }
  switch (awaits_of(state)) {
    case utf8: return continued(state, byte);
    case escape: return escaped(byte);
    case digits: return digit(state, byte);
    case low_backslash: return byte == '\\' ? partial(pack(low_u, state & 0x3FF)) : none;
    case low_u: return byte == 'u' ? partial(pack(low_digits, state & 0x3FF)) : none;
    case low_digits: return low_digit(state, byte);
  }
  return none;
}

int32_t free_bytes(int32_t state) {
  if (awaits_of(state) != utf8) return 0;
  const Utf8 character = Utf8::of(state);
  const int32_t first = character.value << 6 * character.left;
  const int32_t last = first + (1 << 6 * character.left) - 1;
  const bool some_are_none = first < least_of_length[character.length] || last > 0x10FFFF ||
                             (first <= 0xDFFF && last >= 0xD800);
  return some_are_none ? 0 : character.left;
}

CodeRanges possible_codes(int32_t state) {
  CodeRanges codes;
  switch (awaits_of(state)) {
    case utf8: {
      const Utf8 character = Utf8::of(state);
      codes.add(character.first(), character.last());
      return codes;
    }
    case escape:
      codes.add('"', '"');
      codes.add('/', '/');
      codes.add('\\', '\\');
      codes.add(0, 0x1F);
      codes.add(0x7F, 0x10FFFF);
      return codes;
    case digits: {
      const int32_t count = state >> 24 & 3;
      const int32_t left = 4 * (4 - count);
      const int32_t first = (state & 0xFFF) << left;
      const int32_t last = first + (1 << left) - 1;
      codes.add(first, std::min(last, 0x1F));
      codes.add(std::max(first, 0x7F), last);
      // First halves of pairs: 1024 characters each.
      const int32_t high_first = std::max(first, 0xD800);
      const int32_t high_last = std::min(last, 0xDBFF);
      if (high_first <= high_last) {
        codes.add(0x10000 + (high_first - 0xD800) * 0x400,
                  0x10000 + (high_last - 0xD800) * 0x400 + 0x3FF);
      }
      return codes;
    }
    case low_backslash:
    case low_u: {
      const int32_t first = 0x10000 + (state & 0x3FF) * 0x400;
      codes.add(first, first + 0x3FF);
      return codes;
    }
    case low_digits: {
      const int32_t count = state >> 24 & 3;
      const int32_t high = 0x10000 + (state & 0x3FF) * 0x400;
      if (count <= 1) {
        codes.add(high, high + 0x3FF);
        return codes;
      }
      const int32_t left = 4 * (4 - count);
      const int32_t first = (state >> 10 & 0xFFF) << left & 0x3FF;
      codes.add(high + first, high + first + (1 << left) - 1);
      return codes;
    }
  }
  return codes;
}

}  // namespace kinglet::grammar
