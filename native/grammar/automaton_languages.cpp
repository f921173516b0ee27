// Texts of a language, read character by character: where each leads, and what can still come.
#include <algorithm>

#include "grammar/automaton.h"

namespace kinglet::grammar {

/// The item behind a byte of its text; false where none can follow. A quote only sets `quote`.
bool Automaton::take_character(const Item& item, Spelling spelling, uint8_t byte, Item* after,
                               bool* quote) const {
  *after = item;
  if (const int32_t bytes = awaited_bytes(item.c); bytes > 0) {
    if ((byte & 0xC0) != 0x80) return false;
    if (bytes == 1) {
      complete(after, item.a);
    } else {
      after->c = awaiting(bytes - 1);
    }
    return true;
  }
  const Character character = next_character(spelling, item.c, byte);
  switch (character.kind) {
    case Character::none: return false;
    case Character::quote: *quote = true; return false;
    case Character::partial: {
      after->c = character.state;
      const CodeRanges codes = possible_codes(character.state);
      // Where all that it can become leads to one state, that is all there is to know: there are
      // thousands of characters.
      if (const int32_t bytes = free_bytes(character.state); bytes > 0) {
        const int32_t target = common_target(item.a, codes.ranges[0].first, codes.ranges[0].last);
        if (target >= 0) {
          after->a = target;
          after->c = awaiting(bytes);
          return goes_on(item, target);
        }
      }
      return std::any_of(codes.ranges, codes.ranges + codes.count, [&](const auto& range) {
        return any_goes_on(item, range.first, range.last);
      });
    }
    case Character::whole: {
      const int32_t target = target_of(item.a, character.code);
      if (target < 0 || !goes_on(item, target)) return false;
      complete(after, target);
      return true;
    }
  }
  return false;
}

/// Brings an item behind a character, to its language's state `target`.
void Automaton::complete(Item* item, int32_t target) const {
  item->a = target;
  item->c = between_characters;
  const Node& node = program_.node(item->node);
  if (node.op != Op::string || node.b < 0 || item->b == uncounted) return;
  const Count& count = program_.counts[node.b];
  const int32_t cap = count.most == unbounded ? count.least : count.most;
  if (item->b < cap) ++item->b;
}

int32_t Automaton::target_of(int32_t state, int32_t code) const {
  const auto begin = program_.edge_last.begin() + program_.state_edges[state];
  const auto end = program_.edge_last.begin() + program_.state_edges[state + 1];
  const auto edge = std::lower_bound(begin, end, code);
  if (edge == end) return -1;
  const auto index = static_cast<size_t>(edge - program_.edge_last.begin());
  return program_.edge_first[index] <= code ? program_.edge_target[index] : -1;
}

/// Where all code points of a range lead; -1: nowhere, or not all to one state.
int32_t Automaton::common_target(int32_t state, int32_t first, int32_t last) const {
  const auto begin = program_.edge_last.begin() + program_.state_edges[state];
  const auto end = program_.edge_last.begin() + program_.state_edges[state + 1];
  const auto edge = std::lower_bound(begin, end, first);
  if (edge == end || *edge < last) return -1;
  const auto index = static_cast<size_t>(edge - program_.edge_last.begin());
  return program_.edge_first[index] <= first ? program_.edge_target[index] : -1;
}

/// Whether a text that a code point has brought to `target` can still become a whole one.
bool Automaton::goes_on(const Item& item, int32_t target) const {
  const Node& node = program_.node(item.node);
  if (node.op == Op::object) {
    const Object& object = program_.objects[node.a];
    return has_label(object, target, window(object, item.b));
  }
  if (node.op != Op::string || node.b < 0 || item.b == uncounted) return true;
  const Count& count = program_.counts[node.b];
  const int64_t read = int64_t{item.b} + 1;
  if (count.most != unbounded && read + program_.state_least[target] > count.most) return false;
  const int32_t most = program_.state_most[target];
  return most == unbounded || read + most >= count.least;
}

bool Automaton::any_goes_on(const Item& item, int32_t first, int32_t last) const {
  if (first > last) return false;
  const auto begin = program_.edge_last.begin() + program_.state_edges[item.a];
  const auto end = program_.edge_last.begin() + program_.state_edges[item.a + 1];
  auto edge = static_cast<size_t>(std::lower_bound(begin, end, first) - program_.edge_last.begin());
  const auto stop = static_cast<size_t>(program_.state_edges[item.a + 1]);
  for (; edge < stop && program_.edge_first[edge] <= last; ++edge) {
    if (goes_on(item, program_.edge_target[edge])) return true;
  }
  return false;
}

/// Whether a string or name may end where the item stands, between two characters.
bool Automaton::closes(const Item& item) const {
  const int32_t label = program_.state_accept[item.a];
  if (label < 0) return false;
  const Node& node = program_.node(item.node);
  if (node.op == Op::object) {
    const Object& object = program_.objects[node.a];
    const Window next = window(object, item.b);
    if (label >= object.names) return next.others;
    return label >= next.first && label <= next.last &&
           program_.lists[object.values + label] != no_node;
  }
  if (node.b < 0 || item.b == uncounted) return true;
  const Count& count = program_.counts[node.b];
  return item.b >= count.least && item.b <= count.most;
}

bool Automaton::string_place(const Item& item, StringPlace* place) const {
  if (item.node == end_node || item.c != between_characters) return false;
  const Node& node = program_.node(item.node);
  if (node.op == Op::object) {
    if (node.b != object_key) return false;
    *place = {item.a, {0, unbounded}, window(program_.objects[node.a], item.b).others};
    return true;
  }
  if (node.op != Op::string) return false;
  *place = {item.a, {0, unbounded}, false};
  if (node.b >= 0 && item.b != uncounted) {
    const Count& count = program_.counts[node.b];
    place->count.least = std::max(0, count.least - item.b);
    if (count.most != unbounded) place->count.most = count.most - item.b;
  }
  return true;
}

}  // namespace kinglet::grammar
