#include "grammar/mask.h"

#include <algorithm>
#include <bit>
#include <vector>

namespace kinglet::grammar {
namespace {

class MaskWalk {
 public:
  MaskWalk(Automaton& automaton, const Vocabulary& vocabulary, uint32_t* mask)
      : automaton_(automaton), vocabulary_(vocabulary), mask_(mask) {}

  void fill(StateId state) {
    // Within strings that take any text nearly all tokens are the same ones everywhere: those are
    // known, and only what lies behind the string's end is looked at.
    std::vector<Item> others;
    std::vector<Item> strings;
    for (const Item& item : automaton_.items(state)) {
      (is_open(item) ? strings : others).push_back(item);
    }
    for (const Item& item : strings) fill_string(item);
    if (strings.empty()) {
      walk(vocabulary_.all(), state);
    } else if (!others.empty()) {
      walk(vocabulary_.all(), automaton_.state_of(std::move(others)));
    }
    if (automaton_.accepts(state)) {
      for (const int32_t end : vocabulary_.ends()) set(end);
    }
  }

 private:
  void set(int32_t token) { mask_[token / 32] |= uint32_t{1} << (token % 32); }

  /// Whether any text may follow where the item stands, as far as its length allows.
  bool is_open(const Item& item) const {
    Automaton::StringPlace place;
    if (!automaton_.string_place(item, &place)) return false;
    const Program& program = automaton_.program();
    const int32_t flags = program.state_flags[place.state];
    if ((flags & state_total) == 0) return false;
    if ((flags & state_other) != 0) return place.open_names;
    return place.count.most == unbounded || is_anything(place.state);
  }

  /// Whether the state's language takes any text, so that all its states are this one.
  bool is_anything(int32_t state) const {
    const Program& program = automaton_.program();
    if (program.state_accept[state] < 0) return false;
    for (int32_t edge = program.state_edges[state]; edge < program.state_edges[state + 1]; ++edge) {
      if (program.edge_target[edge] != state) return false;
    }
    return true;
  }

  void fill_string(const Item& item) {
    Automaton::StringPlace place;
    automaton_.string_place(item, &place);
    const Count count = place.count;
    vocabulary_.add_staying(count.most == unbounded ? INT64_MAX : count.most, mask_);
    const auto longest = static_cast<int64_t>(vocabulary_.longest_closing());
    if (count.least > longest) return;
    // Far from its bounds a string's length is nothing to count.
    const bool free = count.least == 0 && (count.most == unbounded || count.most >= longest);
    Item at = item;
    if (free && automaton_.program().node(item.node).op == Op::string) at.b = uncounted;
    const StateId state = automaton_.state_of({at});
    const bool same = free && is_anything(place.state);
    walk(same ? vocabulary_.tails() : vocabulary_.closing(), state);
  }

  /// Sets the tokens of a tree that lead a state on.
  void walk(const TokenTrie& trie, StateId state) {
    const std::span<const TokenTrie::Node> nodes = trie.nodes();
    const std::span<const int32_t> tokens = trie.tokens();
    path_.resize(std::max(path_.size(), trie.depth() + 1));
    path_[0] = state;
    const size_t size = nodes.size();
    for (size_t i = 0; i < size;) {
      const TokenTrie::Node& node = nodes[i];
      const StateId next = automaton_.step(path_[node.depth - 1], node.byte);
      if (next == dead) {
        i = node.end;
        continue;
      }
      path_[node.depth] = next;
      for (uint32_t token = node.first; token < node.last; ++token) set(tokens[token]);
      ++i;
    }
  }

  Automaton& automaton_;
  const Vocabulary& vocabulary_;
  uint32_t* mask_;
  std::vector<StateId> path_;
};

}  // namespace

size_t fill_mask(Automaton& automaton, StateId state, const Vocabulary& vocabulary,
                 uint32_t* mask) {
  const size_t words = vocabulary.mask_words();
  std::fill(mask, mask + words, 0);
  if (state != dead) MaskWalk(automaton, vocabulary, mask).fill(state);
  size_t count = 0;
  for (size_t word = 0; word < words; ++word) count += std::popcount(mask[word]);
  return count;
}

}  // namespace kinglet::grammar
