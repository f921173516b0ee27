#include "grammar/vocabulary.h"

#include <algorithm>
#include <string>

#include "grammar/characters.h"

namespace kinglet::grammar {
namespace {

/// Lengths that have a mask of their own; hardly any token is longer.
constexpr size_t mask_lengths = 17;

/// What a token does that begins between two characters of a string.
struct InString {
  enum Kind : uint8_t { never, stays, closes } kind;
  size_t length;  // code points begun until the end or the quote
  size_t quote;   // closes: where
};

InString in_string(std::span<const uint8_t> token) {
  int32_t state = between_characters;
  size_t length = 0;
  for (size_t i = 0; i < token.size(); ++i) {
    const bool begins = state == between_characters;
    const Character character = next_character(Spelling::json, state, token[i]);
    if (character.kind == Character::none) return {InString::never, 0, 0};
    if (character.kind == Character::quote) return {InString::closes, length, i};
    if (begins) ++length;
    state = character.kind == Character::partial ? character.state : between_characters;
  }
  return {InString::stays, length, 0};
}

/// The first bytes as a number that orders as they do.
uint64_t beginning_of(std::span<const uint8_t> bytes) {
  uint64_t beginning = 0;
  for (size_t i = 0; i < 8; ++i) beginning = beginning << 8 | (i < bytes.size() ? bytes[i] : 0);
  return beginning;
}

std::vector<TokenTrie::Entry> entries_of(std::span<const uint8_t> bytes,
                                         std::span<const uint32_t> offsets,
                                         std::span<const uint8_t> usable,
                                         bool (*select)(std::span<const uint8_t>* token)) {
  std::vector<TokenTrie::Entry> entries;
  for (size_t token = 0; token + 1 < offsets.size(); ++token) {
    if (usable[token] == 0 || offsets[token] == offsets[token + 1]) continue;
    std::span<const uint8_t> text =
        bytes.subspan(offsets[token], offsets[token + 1] - offsets[token]);
    if (select(&text)) entries.push_back({text, static_cast<int32_t>(token), beginning_of(text)});
  }
  return entries;
}

bool every(std::span<const uint8_t>*) { return true; }

bool if_closing(std::span<const uint8_t>* token) {
  return in_string(*token).kind == InString::closes;
}

/// With its quote: a tree has no empty text.
bool tail_if_closing(std::span<const uint8_t>* token) {
  const InString found = in_string(*token);
  if (found.kind != InString::closes) return false;
  *token = token->subspan(found.quote);
  return true;
}

}  // namespace

Status Vocabulary::create(std::span<const uint8_t> bytes, std::span<const uint32_t> offsets,
                          std::span<const uint8_t> usable, std::span<const int32_t> ends,
                          std::unique_ptr<Vocabulary>* created) {
  const auto invalid = [](const std::string& what) {
    return Status(ErrorCode::invalid_argument, "the vocabulary " + what);
  };
  if (offsets.empty() || usable.size() != offsets.size() - 1) {
    return invalid("has arrays of different lengths");
  }
  if (bytes.size() > TokenTrie::most_nodes) {
    return invalid("has " + std::to_string(bytes.size()) + " bytes: at most " +
                   std::to_string(TokenTrie::most_nodes) + " are possible");
  }
  for (size_t i = 0; i + 1 < offsets.size(); ++i) {
    if (offsets[i] > offsets[i + 1] || offsets[i + 1] > bytes.size()) {
      return invalid("has no bytes for token " + std::to_string(i));
    }
  }
  for (const int32_t end : ends) {
    if (end < 0 || static_cast<size_t>(end) >= usable.size()) {
      return invalid("has no token " + std::to_string(end) + " to end with");
    }
  }
  created->reset(new Vocabulary(bytes, offsets, usable, ends));
  return {};
}

Vocabulary::Vocabulary(std::span<const uint8_t> bytes, std::span<const uint32_t> offsets,
                       std::span<const uint8_t> usable, std::span<const int32_t> ends)
    : bytes_(bytes.begin(), bytes.end()),
      offsets_(offsets.begin(), offsets.end()),
      usable_(usable.begin(), usable.end()),
      ends_(ends.begin(), ends.end()),
      all_(entries_of(bytes_, offsets_, usable_, every)),
      closing_(entries_of(bytes_, offsets_, usable_, if_closing)),
      tails_(entries_of(bytes_, offsets_, usable_, tail_if_closing)) {
  const size_t words = mask_words();
  staying_lengths_ = mask_lengths;
  staying_.assign(staying_lengths_ * words, 0);
  for (size_t id = 0; id < tokens(); ++id) {
    const std::span<const uint8_t> text = token(static_cast<int32_t>(id));
    if (usable_[id] == 0 || text.empty()) continue;
    const InString found = in_string(text);
    if (found.kind == InString::closes) longest_closing_ = std::max(longest_closing_, found.length);
    if (found.kind != InString::stays) continue;
    for (size_t length = found.length; length < staying_lengths_; ++length) {
      staying_[length * words + id / 32] |= uint32_t{1} << (id % 32);
    }
    if (found.length >= staying_lengths_) {
      long_staying_.push_back({static_cast<int32_t>(found.length), static_cast<int32_t>(id)});
    }
  }
  std::sort(long_staying_.begin(), long_staying_.end(),
            [](const Long& a, const Long& b) { return a.length < b.length; });
}

bool Vocabulary::add_staying(int64_t most, uint32_t* mask) const {
  if (most <= 0) return false;
  const size_t words = mask_words();
  const size_t length = std::min<size_t>(static_cast<size_t>(most), staying_lengths_ - 1);
  const uint32_t* from = staying_.data() + length * words;
  uint32_t any = 0;
  for (size_t word = 0; word < words; ++word) {
    mask[word] |= from[word];
    any |= from[word];
  }
  for (const Long& token : long_staying_) {
    if (token.length > most) break;
    mask[token.token / 32] |= uint32_t{1} << (token.token % 32);
    any = 1;
  }
  return any != 0;
}

size_t Vocabulary::bytes_taken() const {
  return bytes_.capacity() + offsets_.capacity() * sizeof(uint32_t) + usable_.capacity() +
         ends_.capacity() * sizeof(int32_t) + staying_.capacity() * sizeof(uint32_t) +
         long_staying_.capacity() * sizeof(Long) + all_.bytes_taken() + closing_.bytes_taken() +
         tails_.bytes_taken();
}

}  // namespace kinglet::grammar
