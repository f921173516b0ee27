// A vocabulary's tokens, and what each does within a string of JSON.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "grammar/token_trie.h"
#include "platform/status.h"

namespace kinglet::grammar {

/// A vocabulary's tokens, as masks are made from them.
class Vocabulary {
 public:
  /// `offsets` [tokens + 1] into `bytes`; `usable` [tokens] 1: a token of text, which a grammar may
  /// allow. `ends`: tokens that end an answer.
  static Status create(std::span<const uint8_t> bytes, std::span<const uint32_t> offsets,
                       std::span<const uint8_t> usable, std::span<const int32_t> ends,
                       std::unique_ptr<Vocabulary>* created);

  size_t tokens() const { return offsets_.size() - 1; }
  size_t mask_words() const { return (tokens() + 31) / 32; }
  std::span<const uint8_t> token(int32_t id) const {
    return std::span(bytes_).subspan(offsets_[id], offsets_[id + 1] - offsets_[id]);
  }
  std::span<const int32_t> ends() const { return ends_; }
  bool is_usable(int32_t id) const { return usable_[id] != 0; }

  const TokenTrie& all() const { return all_; }
  /// Tokens that end a string of JSON they begin in, and go on behind it.
  const TokenTrie& closing() const { return closing_; }
  /// The same, each as what stands behind the string's quote.
  const TokenTrie& tails() const { return tails_; }
  /// The most code points that one of them has before the string's quote.
  size_t longest_closing() const { return longest_closing_; }
  /// Adds the tokens of at most `most` code points that stay within a string; false where none
  /// does.
  bool add_staying(int64_t most, uint32_t* mask) const;
  size_t bytes_taken() const;

 private:
  Vocabulary(std::span<const uint8_t> bytes, std::span<const uint32_t> offsets,
             std::span<const uint8_t> usable, std::span<const int32_t> ends);

  std::vector<uint8_t> bytes_;
  std::vector<uint32_t> offsets_;
  std::vector<uint8_t> usable_;
  std::vector<int32_t> ends_;
  /// [lengths][words]: masks of the tokens of at most 0, 1, 2 ... code points that stay.
  std::vector<uint32_t> staying_;
  size_t staying_lengths_ = 0;
  /// Longer ones, by their length.
  struct Long {
    int32_t length;
    int32_t token;
  };
  std::vector<Long> long_staying_;
  size_t longest_closing_ = 0;
  TokenTrie all_;
  TokenTrie closing_;
  TokenTrie tails_;
};

}  // namespace kinglet::grammar
