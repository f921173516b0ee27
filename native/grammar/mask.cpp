#include "grammar/mask.h"

#include <algorithm>
#include <array>
#include <bit>
#include <vector>

namespace kinglet::grammar {
namespace {

/// Nodes that are worth a look at what they are.
constexpr uint32_t least_skipped = 4;

class MaskWalk {
 public:
  MaskWalk(Automaton& automaton, const Vocabulary& vocabulary, uint32_t* mask)
      : automaton_(automaton), vocabulary_(vocabulary), mask_(mask) {}

  /// Returns whether a token of text is allowed.
  bool fill(StateId state) {
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
    return leads_on_;
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
    const int64_t most = count.most == unbounded ? INT64_MAX : count.most;
    if (vocabulary_.add_staying(most, mask_)) leads_on_ = true;
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
    path_[0] = {state, automaton_.row(state)};
    const ByteSet first = automaton_.possible_bytes(path_[0].row);
    for (size_t word = 0; word < first.size(); ++word) {
      for (uint64_t bits = first[word]; bits != 0; bits &= bits - 1) {
        const auto byte = static_cast<uint8_t>(word * 64 + std::countr_zero(bits));
        const uint32_t root = trie.root(byte);
        if (root < trie.nodes().size()) walk_below(trie, root);
      }
    }
    for (const TokenTrie::Long& text : trie.longer()) {
      if (automaton_.step(state, text.bytes) == dead) continue;
      set(text.token);
      leads_on_ = true;
    }
  }

  /// The same for the tokens that begin with a first byte: `path_[0]` is the state before it.
  void walk_below(const TokenTrie& trie, uint32_t root) {
    const TokenTrie::Node* const nodes = trie.nodes().data();
    const uint8_t* const depths = trie.depths().data();
    const uint32_t end = root + nodes[root].size();
    uint32_t run = root;  // from here to `i` all nodes lead on
    for (uint32_t i = root; i < end;) {
      const TokenTrie::Node node = nodes[i];
      const Place& before = path_[depths[i] - 1];
      const StateId next = automaton_.step(before.state, before.row, node.byte());
      if (next == dead) {
        set_run(trie, run, i);
        i += node.size();
        run = i;
        continue;
      }
      if (node.size() > 1) {
        if (node.size() >= least_skipped && all_lead_on(trie, i, automaton_.run(next))) {
          i += node.size();
          continue;
        }
        path_[depths[i]] = {next, automaton_.row(next)};
      }
      ++i;
    }
    set_run(trie, run, end);
  }

  /// Whether a state that runs on so allows everything below a node.
  static bool all_lead_on(const TokenTrie& trie, uint32_t node, const Automaton::Run& run) {
    const TokenTrie::Below& below = trie.below()[node];
    return (below.classes & ~run.classes) == 0 && static_cast<int32_t>(below.length) <= run.length;
  }

  void set_run(const TokenTrie& trie, uint32_t node, uint32_t end) {
    const uint32_t first = trie.first_tokens()[node];
    const uint32_t last = trie.first_tokens()[end];
    if (first < last) leads_on_ = true;
    for (uint32_t i = first; i < last; ++i) set(trie.tokens()[i]);
  }

  struct Place {
    StateId state;
    int32_t row;
  };

  Automaton& automaton_;
  const Vocabulary& vocabulary_;
  uint32_t* mask_;
  bool leads_on_ = false;
  std::array<Place, TokenTrie::most_depth + 1> path_;
};

}  // namespace

bool fill_mask(Automaton& automaton, StateId state, const Vocabulary& vocabulary, uint32_t* mask) {
  const size_t words = vocabulary.mask_words();
  std::fill(mask, mask + words, 0);
  if (state == dead) return false;
  automaton.forget_rows();
  const bool leads_on = MaskWalk(automaton, vocabulary, mask).fill(state);
  if (!automaton.is_overwhelmed()) return leads_on;
  std::fill(mask, mask + words, 0);
  return false;
}

}  // namespace kinglet::grammar
