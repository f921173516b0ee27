#include "grammar/automaton.h"

#include <algorithm>
#include <bit>

namespace kinglet::grammar {
namespace {

constexpr StateId end_set = 1;
constexpr size_t most_items = 4096;  // of one state
constexpr int most_depth = 2000;     // of stacks that are united

uint64_t hash_of(std::span<const Item> items) {
  uint64_t hash = items.size();
  const auto mix = [&](int32_t value) {
    hash = (hash ^ static_cast<uint32_t>(value)) * 0x9E3779B97F4A7C15ull;
    hash ^= hash >> 29;
  };
  for (const Item& item : items) {
    mix(item.node);
    mix(item.a);
    mix(item.b);
    mix(item.c);
    mix(item.stack);
  }
  return hash;
}

void set_bit(ByteSet& bytes, int32_t byte) {
  bytes[static_cast<size_t>(byte) >> 6] |= uint64_t{1} << (byte & 63);
}

void set_bits(ByteSet& bytes, int32_t first, int32_t last) {
  for (int32_t byte = first; byte <= last; ++byte) set_bit(bytes, byte);
}

}  // namespace

Automaton::Automaton(const Program& program, size_t most_bytes)
    : program_(program), most_bytes_(most_bytes) {
  table_.assign(1024, -1);
  std::vector<Item> none;
  intern(none);
  std::vector<Item> end{{end_node, 0, 0, 0, dead}};
  intern(end);
  work_.clear();
  std::vector<Item> seeds;
  enter(0, end_set);
  start_ = close(seeds);
}

std::span<const Item> Automaton::items(StateId state) const {
  const Set& set = sets_[state];
  return {items_.data() + set.first, set.count};
}

bool Automaton::accepts(StateId state) const {
  const std::span<const Item> all = items(state);
  // Items are in order, and the end's node is the smallest.
  return !all.empty() && all.front().node == end_node;
}

size_t Automaton::bytes_taken() const {
  return items_.capacity() * sizeof(Item) + sets_.capacity() * sizeof(Set) +
         table_.capacity() * sizeof(StateId) + rows_.capacity() * sizeof(StateId) +
         row_bytes_.capacity() * sizeof(ByteSet) + common_steps_.capacity() * sizeof(CommonStep);
}

// --- sets of items

StateId Automaton::intern(std::vector<Item>& items) {
  const std::span<const Item> span(items);
  size_t mask = table_.size() - 1;
  size_t slot = hash_of(span) & mask;
  for (; table_[slot] >= 0; slot = (slot + 1) & mask) {
    const std::span<const Item> other = this->items(table_[slot]);
    if (other.size() == span.size() && std::equal(other.begin(), other.end(), span.begin())) {
      return table_[slot];
    }
  }
  const auto id = static_cast<StateId>(sets_.size());
  sets_.push_back({static_cast<uint32_t>(items_.size()),
                   static_cast<uint32_t>(items.size()),
                   -1,
                   {character_class::none, -1}});
  items_.insert(items_.end(), items.begin(), items.end());
  table_[slot] = id;
  if (sets_.size() * 2 > table_.size()) {
    table_.assign(table_.size() * 2, -1);
    mask = table_.size() - 1;
    for (StateId set = 0; set <= id; ++set) {
      size_t at = hash_of(this->items(set)) & mask;
      while (table_[at] >= 0) at = (at + 1) & mask;
      table_[at] = set;
    }
  }
  return id;
}

int32_t Automaton::intern_one(const Item& item) {
  std::vector<Item> one{item};
  return intern(one);
}

/// Puts items in order, and unites the stacks of those at one place.
void Automaton::normalize(std::vector<Item>& items, int depth) {
  if (items.size() < 2) return;
  std::sort(items.begin(), items.end());
  size_t kept = 0;
  for (size_t i = 1; i < items.size(); ++i) {
    if (items[i] == items[kept]) continue;
    if (items[i].same_place(items[kept])) {
      items[kept].stack = unite(items[kept].stack, items[i].stack, depth + 1);
    } else {
      items[++kept] = items[i];
    }
  }
  items.resize(kept + 1);
}

int32_t Automaton::unite(int32_t a, int32_t b, int depth) {
  if (a == b) return a;
  std::vector<Item> all(items(a).begin(), items(a).end());
  const std::span<const Item> more = items(b);
  all.insert(all.end(), more.begin(), more.end());
  if (all.size() > most_items || depth > most_depth) {
    overwhelmed_ = true;
    return a;
  }
  normalize(all, depth);
  return intern(all);
}

StateId Automaton::state_of(std::vector<Item> items) {
  normalize(items, 0);
  return intern(items);
}

// --- what can be read without a byte

void Automaton::push(const Item& item) {
  // Few items at a time: a search beats a table.
  if (std::find(work_.begin(), work_.end(), item) != work_.end()) return;
  if (work_.size() >= most_items) {
    overwhelmed_ = true;
    return;
  }
  work_.push_back(item);
}

/// A node at its beginning.
Item Automaton::first_item(int32_t index, int32_t stack) const {
  const Node& node = program_.node(index);
  switch (node.op) {
    case Op::text: return {index, node.a, 0, 0, stack};
    case Op::string: return {index, node.a, 0, before_string, stack};
    default: return {index, 0, 0, 0, stack};
  }
}

void Automaton::enter(int32_t index, int32_t stack) {
  if (index != no_node) push(first_item(index, stack));
}

/// The state of everything that `work_` leads to without a byte.
StateId Automaton::close(std::vector<Item>& kept) {
  for (size_t i = 0; i < work_.size(); ++i) {
    const Item item = work_[i];
    if (item.node == end_node) {
      kept.push_back(item);
      continue;
    }
    const Node& node = program_.node(item.node);
    switch (node.op) {
      case Op::return_:
        for (size_t j = 0; j < items(item.stack).size(); ++j) push(items(item.stack)[j]);
        break;
      case Op::fork:
        for (int32_t j = 0; j < node.b; ++j) enter(program_.lists[node.a + j], item.stack);
        break;
      case Op::call: {
        // A rule that ends with the call needs no place to return to.
        const bool last = program_.node(node.next).op == Op::return_;
        enter(node.a, last ? item.stack : intern_one(first_item(node.next, item.stack)));
        break;
      }
      case Op::repeat: {
        const Count count = program_.counts[node.b];
        if (item.a >= count.least) enter(node.next, item.stack);
        if (item.a < count.most) {
          const int32_t cap = count.most == unbounded ? count.least : count.most;
          const Item again{item.node, std::min(item.a + 1, cap), 0, 0, item.stack};
          enter(node.a, intern_one(again));
        }
        break;
      }
      default: kept.push_back(item); expand(item);
    }
  }
  work_.clear();
  normalize(kept, 0);
  // Texts without an end, such as one bracket after the other, would take all memory there is.
  if (bytes_taken() > most_bytes_) overwhelmed_ = true;
  if (overwhelmed_) return dead;
  return intern(kept);
}

/// Adds what an item that waits for a byte leads to without one.
void Automaton::expand(const Item& item) {
  const Node& node = program_.node(item.node);
  switch (node.op) {
    case Op::text:
      if (item.c == between_characters && program_.state_accept[item.a] >= 0) {
        enter(node.next, item.stack);
      }
      return;
    case Op::object: expand_object(item, node); return;
    case Op::array: expand_array(item, node); return;
    default: return;
  }
}

// --- bytes

int32_t Automaton::build_row(StateId state) {
  const auto row = static_cast<int32_t>(row_bytes_.size());
  sets_[state].row = row;
  ByteSet bytes{};
  for (const Item& item : items(state)) {
    if (item.node != end_node) mark_bytes(item, bytes);
  }
  row_bytes_.push_back(bytes);
  // Rows are most of an automaton's memory, and half of it empty would be too much.
  if (rows_.size() == rows_.capacity()) rows_.reserve(rows_.size() + rows_.size() / 4 + row_size);
  rows_.resize(rows_.size() + row_size, dead);
  StateId* const transitions = rows_.data() + rows_.size() - row_size;
  for (size_t word = 0; word < bytes.size(); ++word) {
    for (uint64_t bits = bytes[word]; bits != 0; bits &= bits - 1) {
      transitions[word * 64 + static_cast<size_t>(std::countr_zero(bits))] = unbuilt;
    }
  }
  return row;
}

void Automaton::forget_rows() {
  if (rows_.size() * sizeof(StateId) <= most_bytes_ / 4) return;
  for (Set& set : sets_) set.row = -1;
  rows_ = {};
  row_bytes_ = {};
}

StateId Automaton::build_step(StateId state, uint8_t byte) {
  if (overwhelmed_) return dead;
  work_.clear();
  for (size_t i = 0; i < items(state).size(); ++i) {
    const Item item = items(state)[i];
    if (item.node != end_node) advance(item, byte);
  }
  std::vector<Item> kept;
  const StateId next = close(kept);
  rows_[static_cast<size_t>(row(state)) * row_size + byte] = next;
  return next;
}

StateId Automaton::step(StateId state, uint8_t byte) {
  return overwhelmed_ ? dead : step(state, row(state), byte);
}

StateId Automaton::step(StateId state, std::span<const uint8_t> bytes) {
  for (const uint8_t byte : bytes) {
    if (state == dead) return dead;
    state = step(state, byte);
  }
  return state;
}

std::vector<uint8_t> Automaton::forced_bytes(StateId state, size_t most) {
  std::vector<uint8_t> forced;
  while (forced.size() < most && state != dead && !accepts(state)) {
    StateId next = dead;
    int choices = 0;
    uint8_t only = 0;
    for (int byte = 0; byte < 256 && choices < 2; ++byte) {
      const StateId after = step(state, static_cast<uint8_t>(byte));
      if (after == dead) continue;
      ++choices;
      next = after;
      only = static_cast<uint8_t>(byte);
    }
    if (choices != 1) break;
    forced.push_back(only);
    state = next;
  }
  return forced;
}

/// Bytes that may lead an item on; some may turn out to lead nowhere.
void Automaton::mark_bytes(const Item& item, ByteSet& bytes) const {
  const Node& node = program_.node(item.node);
  switch (node.op) {
    case Op::literal: set_bit(bytes, program_.bytes[node.a + item.a]); return;
    case Op::text: mark_language(item, Spelling::plain, bytes); return;
    case Op::string: mark_language(item, Spelling::json, bytes); return;
    case Op::object:
      switch (node.b) {
        case object_open: set_bit(bytes, '{'); return;
        case object_key: mark_language(item, Spelling::json, bytes); return;
        case object_colon: set_bit(bytes, ':'); return;
        case object_value: set_bit(bytes, ' '); return;
        case object_after:
          set_bit(bytes, ',');
          set_bit(bytes, '}');
          return;
        case object_first: set_bit(bytes, '}'); [[fallthrough]];
        case object_comma:
          set_bit(bytes, '"');
          set_bit(bytes, ' ');
          return;
        default: return;
      }
    case Op::array:
      switch (node.b) {
        case array_open: set_bit(bytes, '['); return;
        case array_first: set_bit(bytes, ']'); return;
        case array_after:
          set_bit(bytes, ',');
          set_bit(bytes, ']');
          return;
        case array_comma: set_bit(bytes, ' '); return;
        default: return;
      }
    default: return;
  }
}

void Automaton::mark_language(const Item& item, Spelling spelling, ByteSet& bytes) const {
  if (item.c == before_string) {
    set_bit(bytes, '"');
    return;
  }
  if (awaited_bytes(item.c) > 0) {
    set_bits(bytes, 0x80, 0xBF);
    return;
  }
  if (item.c != between_characters) {
    // Continuation bytes, or what comes in an escape.
    set_bits(bytes, 0x22, 0x75);
    set_bits(bytes, 0x80, 0xBF);
    return;
  }
  ByteSet found{};
  for (int32_t edge = program_.state_edges[item.a]; edge < program_.state_edges[item.a + 1];
       ++edge) {
    if (!goes_on(item, program_.edge_target[edge])) continue;
    const int32_t first = program_.edge_first[edge];
    const int32_t last = program_.edge_last[edge];
    if (first < 0x80) set_bits(found, first, std::min(last, 0x7F));
    if (last >= 0x80) set_bits(found, 0xC2, 0xF4);
  }
  if (spelling == Spelling::json) {
    const bool any =
        std::any_of(found.begin(), found.end(), [](uint64_t word) { return word != 0; });
    found[0] &= ~uint64_t{0xFFFFFFFF};  // controls are escaped
    found[0] &= ~(uint64_t{1} << '"');
    if (closes(item)) set_bit(found, '"');
    found[1] &= ~(uint64_t{1} << ('\\' & 63));
    if (any) set_bit(found, '\\');
  }
  for (size_t word = 0; word < bytes.size(); ++word) bytes[word] |= found[word];
}

/// Adds to `work_` what an item becomes with a byte.
void Automaton::advance(const Item& item, uint8_t byte) {
  const Node& node = program_.node(item.node);
  switch (node.op) {
    case Op::literal:
      if (program_.bytes[node.a + item.a] != byte) return;
      if (item.a + 1 == node.b) {
        enter(node.next, item.stack);
      } else {
        push({item.node, item.a + 1, 0, 0, item.stack});
      }
      return;
    case Op::text: {
      Item after;
      bool quote = false;
      if (take_character(item, Spelling::plain, byte, &after, &quote)) push(after);
      return;
    }
    case Op::string: advance_string(item, node, byte); return;
    case Op::object: advance_object(item, node, byte); return;
    case Op::array: advance_array(item, node, byte); return;
    default: return;
  }
}

void Automaton::advance_string(const Item& item, const Node& node, uint8_t byte) {
  if (item.c == before_string) {
    if (byte == '"') push({item.node, item.a, item.b, between_characters, item.stack});
    return;
  }
  Item after;
  bool quote = false;
  if (take_character(item, Spelling::json, byte, &after, &quote)) push(after);
  if (quote && closes(item)) enter(node.next, item.stack);
}

}  // namespace kinglet::grammar
