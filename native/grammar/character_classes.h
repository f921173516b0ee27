// Kinds of characters that patterns hardly ever part. A state that every character of some kinds
// leads back to allows every text of those kinds, however long: a mask need not follow it byte by
// byte.
#pragma once

#include <array>
#include <cstdint>

namespace kinglet::grammar {

/// A bit for each class.
using ClassSet = uint64_t;

namespace character_class {

inline constexpr ClassSet none = 0;
/// U+0080 and beyond, whole or begun.
inline constexpr ClassSet beyond_ascii = ClassSet{1} << 0;
/// Bytes that are no UTF-8 from where the text begins.
inline constexpr ClassSet malformed = ClassSet{1} << 1;
inline constexpr ClassSet control = ClassSet{1} << 2;
inline constexpr ClassSet digit = ClassSet{1} << 3;
// Letters in the halves that hexadecimal digits make of them.
inline constexpr ClassSet upper_hex = ClassSet{1} << 4;
inline constexpr ClassSet upper = ClassSet{1} << 5;
inline constexpr ClassSet lower_hex = ClassSet{1} << 6;
inline constexpr ClassSet lower = ClassSet{1} << 7;
/// The first of the other printable characters, each of which is a class of its own.
inline constexpr int first_of_others = 8;

}  // namespace character_class

/// The class of each character of ASCII.
constexpr std::array<ClassSet, 128> make_ascii_classes() {
  namespace cls = character_class;
  std::array<ClassSet, 128> classes{};
  int other = cls::first_of_others;
  for (int code = 0; code < 128; ++code) {
    ClassSet& found = classes[static_cast<size_t>(code)];
    if (code < 0x20) {
      found = cls::control;
    } else if (code >= '0' && code <= '9') {
      found = cls::digit;
    } else if (code >= 'A' && code <= 'Z') {
      found = code <= 'F' ? cls::upper_hex : cls::upper;
    } else if (code >= 'a' && code <= 'z') {
      found = code <= 'f' ? cls::lower_hex : cls::lower;
    } else {
      found = ClassSet{1} << other++;
    }
  }
  return classes;
}
inline constexpr std::array<ClassSet, 128> ascii_classes = make_ascii_classes();

}  // namespace kinglet::grammar
