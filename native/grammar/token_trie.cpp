#include "grammar/token_trie.h"

#include <algorithm>
#include <cstring>

#include "grammar/characters.h"

namespace kinglet::grammar {

bool TokenTrie::Entry::operator<(const Entry& other) const {
  if (beginning != other.beginning) return beginning < other.beginning;
  const size_t common = std::min(bytes.size(), other.bytes.size());
  const int order = std::memcmp(bytes.data(), other.bytes.data(), common);
  if (order != 0) return order < 0;
  if (bytes.size() != other.bytes.size()) return bytes.size() < other.bytes.size();
  return token < other.token;
}

TokenTrie::TokenTrie(std::vector<Entry> entries) {
  std::sort(entries.begin(), entries.end());
  std::vector<uint32_t> path;  // the nodes of the entry before
  std::span<const uint8_t> before;
  const auto leave = [&](size_t shared) {
    while (path.size() > shared) {
      nodes_[path.back()].set_size(static_cast<uint32_t>(nodes_.size()) - path.back());
      path.pop_back();
    }
  };
  for (const Entry& entry : entries) {
    if (entry.bytes.size() > most_depth) {
      longer_.push_back({{entry.bytes.begin(), entry.bytes.end()}, entry.token});
      continue;
    }
    const auto [a, b] =
        std::mismatch(before.begin(), before.end(), entry.bytes.begin(), entry.bytes.end());
    leave(static_cast<size_t>(a - before.begin()));
    for (size_t i = path.size(); i < entry.bytes.size(); ++i) {
      path.push_back(static_cast<uint32_t>(nodes_.size()));
      first_tokens_.push_back(static_cast<uint32_t>(tokens_.size()));
      nodes_.emplace_back(entry.bytes[i]);
      depths_.push_back(static_cast<uint8_t>(i + 1));
    }
    tokens_.push_back(entry.token);
    before = entry.bytes;
  }
  leave(0);
  first_tokens_.push_back(static_cast<uint32_t>(tokens_.size()));
  roots_.fill(static_cast<uint32_t>(nodes_.size()));
  for (uint32_t i = 0; i < nodes_.size(); i += nodes_[i].size()) roots_[nodes_[i].byte()] = i;
  nodes_.shrink_to_fit();
  depths_.shrink_to_fit();
  first_tokens_.shrink_to_fit();
  tokens_.shrink_to_fit();
  find_below();
}

void TokenTrie::find_below() {
  below_.assign(nodes_.size(), {});
  // Those further down are known first.
  for (auto i = static_cast<uint32_t>(nodes_.size()); i-- > 0;) {
    add_children(i, between_characters, &below_[i]);
  }
}

/// Adds what the children of a node are, where a character stands at `state` before them.
void TokenTrie::add_children(uint32_t node, int32_t state, Below* below) const {
  const ClassSet begun = state == between_characters ? 1 : 0;
  const uint32_t end = node + nodes_[node].size();
  for (uint32_t child = node + 1; child < end; child += nodes_[child].size()) {
    const uint8_t byte = nodes_[child].byte();
    const Character character = next_character(Spelling::plain, state, byte);
    Below found;
    switch (character.kind) {
      case Character::whole:
        found = below_[child];
        found.classes |=
            character.code < 0x80 ? ascii_classes[byte] : character_class::beyond_ascii;
        break;
      case Character::partial:
        found.classes = character_class::beyond_ascii;
        add_children(child, character.state, &found);
        break;
      default: found.classes = character_class::malformed;
    }
    below->classes |= found.classes;
    below->length = std::max<ClassSet>(below->length, found.length + begun);
  }
}

int32_t TokenTrie::longest(std::span<const uint8_t> bytes) const {
  int32_t found = -1;
  if (bytes.empty()) return found;
  uint32_t node = root(bytes[0]);
  auto end = static_cast<uint32_t>(nodes_.size());
  for (const uint8_t byte : bytes) {
    while (node < end && nodes_[node].byte() != byte) node += nodes_[node].size();
    if (node >= end) break;
    if (first_tokens_[node] < first_tokens_[node + 1]) found = tokens_[first_tokens_[node]];
    end = node + nodes_[node].size();
    ++node;
  }
  return found;
}

size_t TokenTrie::bytes_taken() const {
  size_t bytes = nodes_.capacity() * sizeof(Node) + depths_.capacity() +
                 first_tokens_.capacity() * sizeof(uint32_t) +
                 tokens_.capacity() * sizeof(int32_t) + below_.capacity() * sizeof(Below);
  for (const Long& text : longer_) bytes += sizeof(Long) + text.bytes.capacity();
  return bytes;
}

}  // namespace kinglet::grammar
