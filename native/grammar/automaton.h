// A program's automaton, built as far as texts lead: a state is the set of all places in the
// program where the text so far can have come to, each with the stack of rules to return to. Equal
// sets are one state, and stacks that differ only further down share what they have in common, so
// that an ambiguous grammar takes no more than the product of its places (Tomita: Efficient Parsing
// for Natural Language, 1986, calls this a graph-structured stack).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <tuple>
#include <vector>

#include "grammar/character_classes.h"
#include "grammar/characters.h"
#include "grammar/program.h"

namespace kinglet::grammar {

/// A place in the program.
struct Item {
  int32_t node;
  /// What has been read of the node: bytes of a literal, a language's state, items of an array.
  int32_t a;
  /// A count, or how far an object has come.
  int32_t b;
  /// A partial character, or which unique values have come.
  int32_t c;
  /// The set of items to go on with at the rule's end.
  int32_t stack;

  bool operator==(const Item& other) const { return same_place(other) && stack == other.stack; }
  bool operator<(const Item& other) const {
    return std::tie(node, a, b, c, stack) <
           std::tie(other.node, other.a, other.b, other.c, other.stack);
  }
  bool same_place(const Item& other) const {
    return node == other.node && a == other.a && b == other.b && c == other.c;
  }
};

/// A set of items; `dead` is the empty one.
using StateId = int32_t;
inline constexpr StateId dead = 0;
/// `Item::node` of the one item at the text's end.
inline constexpr int32_t end_node = -1;

/// Bits of the bytes that lead on.
using ByteSet = std::array<uint64_t, 4>;

/// `Item::b` of a string whose length no longer matters.
inline constexpr int32_t uncounted = -1;

class Automaton {
 public:
  /// `program` must have passed check_program and outlive this. Beyond `most_bytes` of memory all
  /// is `dead`.
  Automaton(const Program& program, size_t most_bytes);

  StateId start() const { return start_; }
  /// The state after a byte; `dead` where nothing continues so.
  StateId step(StateId state, uint8_t byte);
  /// The same for who knows the state's row already.
  StateId step(StateId state, int32_t row, uint8_t byte) {
    const StateId known = rows_[static_cast<size_t>(row) * row_size + byte];
    return known != unbuilt ? known : build_step(state, byte);
  }
  StateId step(StateId state, std::span<const uint8_t> bytes);
  /// A state's row of transitions, which is made at the first call for it.
  int32_t row(StateId state) {
    const int32_t known = sets_[static_cast<size_t>(state)].row;
    return known >= 0 ? known : build_row(state);
  }
  /// Forgets all rows where they have come to take much memory: they are made again where they are
  /// asked for.
  void forget_rows();
  /// Bytes that may lead on; some may turn out not to.
  const ByteSet& possible_bytes(int32_t row) const { return row_bytes_[static_cast<size_t>(row)]; }
  /// Texts of at most `length` characters, all of `classes`, lead on.
  struct Run {
    ClassSet classes = character_class::none;
    int32_t length = 0;
  };
  Run run(StateId state) {
    Set& set = sets_[static_cast<size_t>(state)];
    if (set.run.length < 0) {
      const Run found = find_run(state);
      sets_[static_cast<size_t>(state)].run = found;
      return found;
    }
    return set.run;
  }
  /// The bytes that must follow, `most` at the most: each is the only one that can.
  std::vector<uint8_t> forced_bytes(StateId state, size_t most);
  /// The text may end here.
  bool accepts(StateId state) const;
  std::span<const Item> items(StateId state) const;
  /// The state of these items alone, each of which some state has.
  StateId state_of(std::vector<Item> items);
  const Program& program() const { return program_; }

  /// Memory of all states; they are never given back one by one.
  size_t bytes_taken() const;
  /// The automaton has taken all the memory that it may: everything is `dead` from then on.
  bool is_overwhelmed() const { return overwhelmed_; }
  bool is_state(int64_t id) const { return id >= 0 && static_cast<uint64_t>(id) < sets_.size(); }

  /// Where an item's string stands: null where the item is in none, or within a character.
  struct StringPlace {
    int32_t state;    // of its language
    Count count;      // code points that may come
    bool open_names;  // of a key: other names than those listed are possible
  };
  bool string_place(const Item& item, StringPlace* place) const;

 private:
  struct Set {
    uint32_t first;
    uint32_t count;
    int32_t row;  // of transitions, or -1
    Run run;      // of length -1 until it is asked for
  };
  struct CommonStep {
    ClassSet classes;
    int32_t target;
  };
  /// Labels of an object's names that may come next.
  struct Window {
    int32_t first;
    int32_t last;
    bool others;
  };

  StateId intern(std::vector<Item>& items);
  void normalize(std::vector<Item>& items, int depth);
  int32_t unite(int32_t a, int32_t b, int depth);
  int32_t intern_one(const Item& item);
  StateId close(std::vector<Item>& seeds);
  void expand(const Item& item);
  void push(const Item& item);
  Item first_item(int32_t node, int32_t stack) const;
  void enter(int32_t node, int32_t stack);
  void expand_object(const Item& item, const Node& node);
  void expand_array(const Item& item, const Node& node);
  int32_t build_row(StateId state);
  StateId build_step(StateId state, uint8_t byte);
  Run find_run(StateId state);
  Run run_of(const Item& item);
  const CommonStep& common_step(int32_t state);
  void mark_bytes(const Item& item, ByteSet& bytes) const;
  void mark_language(const Item& item, Spelling spelling, ByteSet& bytes) const;
  void advance(const Item& item, uint8_t byte);
  void advance_string(const Item& item, const Node& node, uint8_t byte);
  void advance_object(const Item& item, const Node& node, uint8_t byte);
  void advance_array(const Item& item, const Node& node, uint8_t byte);
  bool take_character(const Item& item, Spelling spelling, uint8_t byte, Item* after,
                      bool* quote) const;

  void complete(Item* item, int32_t target) const;

  int32_t target_of(int32_t state, int32_t code) const;
  int32_t common_target(int32_t state, int32_t first, int32_t last) const;
  bool goes_on(const Item& item, int32_t target) const;
  bool any_goes_on(const Item& item, int32_t first, int32_t last) const;
  bool closes(const Item& item) const;
  Window window(const Object& object, int32_t progress) const;
  bool has_label(const Object& object, int32_t state, const Window& window) const;
  bool can_have_key(const Object& object, int32_t progress) const;
  bool can_close(const Object& object, int32_t progress) const;
  bool array_goes_on(const Array& array, const Item& item) const;
  bool array_closes(const Array& array, const Item& item) const;
  template <typename Visit>
  void each_array_item(const Array& array, const Item& item, const Visit& visit) const;

  static constexpr size_t row_size = 256;
  static constexpr StateId unbuilt = -2;

  const Program& program_;
  const size_t most_bytes_;
  std::vector<Item> items_;
  std::vector<Set> sets_;
  std::vector<StateId> table_;  // open addressing; -1: free
  std::vector<StateId> rows_;   // [rows][row_size]
  std::vector<ByteSet> row_bytes_;
  std::vector<CommonStep> common_steps_;  // [the languages' states], once one is asked for
  std::vector<Item> work_;                // of close()
  StateId start_ = dead;
  /// States have too many items, or take too much memory: all is dead from then on.
  bool overwhelmed_ = false;
};

}  // namespace kinglet::grammar
