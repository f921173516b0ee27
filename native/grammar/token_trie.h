// Texts of tokens as a tree of their bytes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "grammar/character_classes.h"

namespace kinglet::grammar {

/// A tree of texts, its nodes in the order in which a walk meets them: those below a node come
/// directly after it. Its arrays are apart, since a walk reads all of the first and little of the
/// others.
class TokenTrie {
 public:
  struct Entry {
    std::span<const uint8_t> bytes;
    int32_t token;
    uint64_t beginning;  // of `bytes`, for sorting

    bool operator<(const Entry& other) const;
  };

  /// Bytes of the longest text in the tree; longer ones are a list beside it.
  static constexpr size_t most_depth = 255;
  /// Nodes at the most, as wide as a node's size is.
  static constexpr size_t most_nodes = (size_t{1} << 24) - 1;

  class Node {
   public:
    explicit Node(uint8_t byte) : byte_and_size_(byte) {}
    uint8_t byte() const { return static_cast<uint8_t>(byte_and_size_); }
    /// Nodes, this one and all below it.
    uint32_t size() const { return byte_and_size_ >> 8; }
    void set_size(uint32_t size) { byte_and_size_ = size << 8 | byte(); }

   private:
    uint32_t byte_and_size_;
  };

  /// Texts are not empty; several tokens may have the same. All their bytes together are no more
  /// than `most_nodes`.
  explicit TokenTrie(std::vector<Entry> entries);

  /// The token with the longest text that `bytes` begin with; -1 for none.
  int32_t longest(std::span<const uint8_t> bytes) const;

  std::span<const Node> nodes() const { return nodes_; }
  /// The node of a first byte; nodes().size() where no text begins so.
  uint32_t root(uint8_t byte) const { return roots_[byte]; }
  /// [nodes]: 1 for a first byte.
  std::span<const uint8_t> depths() const { return depths_; }
  /// Tokens in the order of their nodes.
  std::span<const int32_t> tokens() const { return tokens_; }
  /// [nodes + 1] into tokens(): those of a node, and behind them those of the nodes after it.
  std::span<const uint32_t> first_tokens() const { return first_tokens_; }
  /// What the bytes below a node are, read as UTF-8 that begins a character there.
  struct Below {
    ClassSet classes : 56 = character_class::none;
    ClassSet length : 8 = 0;  // characters of the longest text, whole or begun
  };
  /// [nodes]
  std::span<const Below> below() const { return below_; }
  /// Texts of more than `most_depth` bytes.
  struct Long {
    std::vector<uint8_t> bytes;
    int32_t token;
  };
  std::span<const Long> longer() const { return longer_; }
  size_t bytes_taken() const;

 private:
  void find_below();
  void add_children(uint32_t node, int32_t state, Below* below) const;

  std::vector<Node> nodes_;
  std::vector<uint8_t> depths_;
  std::array<uint32_t, 256> roots_{};
  std::vector<uint32_t> first_tokens_;
  std::vector<int32_t> tokens_;
  std::vector<Below> below_;
  std::vector<Long> longer_;
};

}  // namespace kinglet::grammar
