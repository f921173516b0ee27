// Objects and arrays of JSON: what may come next in them, and what a byte makes of that.
#include <algorithm>

#include "grammar/automaton.h"

namespace kinglet::grammar {
namespace {

// An object's progress: the place of the next listed name, and how many properties have come as far
// as its bounds ask.
constexpr int32_t place_of(int32_t progress) { return progress & 0xFFFF; }
constexpr int32_t count_of(int32_t progress) { return progress >> 16; }
constexpr int32_t most_counted = 0x7FFF;

int32_t progress_after(const Object& object, int32_t progress, int32_t label) {
  const int32_t place = label < object.names ? label + 1 : object.names;
  int32_t count = count_of(progress);
  const int32_t cap = object.most == unbounded ? object.least : object.most;
  if (count < std::min(cap, most_counted)) ++count;
  return count << 16 | place;
}

}  // namespace

template <typename Visit>
void Automaton::each_array_item(const Array& array, const Item& item, const Visit& visit) const {
  if (item.a >= array.most && array.most != unbounded) return;
  if (array.unique > 0) {
    for (int32_t value = 0; value < array.unique; ++value) {
      const int32_t bit = int32_t{1} << value;
      const int32_t node = program_.lists[array.unique_nodes + value];
      if (node != no_node && (item.c & bit) == 0) visit(node, item.b, item.c | bit);
    }
    return;
  }
  if (array.kept == no_node && array.kept_most == 0) {
    const bool first = item.a < array.prefix;
    const int32_t node = first ? program_.lists[array.prefix_nodes + item.a] : array.rest;
    if (node != no_node) visit(node, item.b, item.c);
    return;
  }
  // Items that are counted, and others, as long as those that must still come have room.
  const int64_t room = array.most == unbounded ? INT64_MAX : int64_t{array.most} - item.a;
  const int32_t missing = std::max(0, array.kept_least - item.b);
  if (array.kept != no_node && item.b < array.kept_most) {
    const int32_t cap = array.kept_most == unbounded ? array.kept_least : array.kept_most;
    visit(array.kept, std::min(item.b + 1, cap), item.c);
  }
  if (array.rest != no_node && room > missing) visit(array.rest, item.b, item.c);
}

void Automaton::expand_object(const Item& item, const Node& node) {
  if (node.b != object_value && node.b != object_spaced_value) return;
  const Object& object = program_.objects[node.a];
  const int32_t value = program_.lists[object.values + item.a];
  if (value == no_node) return;
  const int32_t after = item.node - node.b + object_after;
  const int32_t progress = progress_after(object, item.b, item.a);
  enter(value, intern_one({after, 0, progress, 0, item.stack}));
}

void Automaton::expand_array(const Item& item, const Node& node) {
  if (node.b != array_first && node.b != array_comma && node.b != array_spaced) return;
  const Array& array = program_.arrays[node.a];
  const int32_t after = item.node - node.b + array_after;
  each_array_item(array, item, [&](int32_t value, int32_t kept, int32_t used) {
    const int32_t cap = array.most == unbounded ? std::max(array.least, array.prefix) : array.most;
    enter(value, intern_one({after, std::min(item.a + 1, cap), kept, used, item.stack}));
  });
}

void Automaton::advance_object(const Item& item, const Node& node, uint8_t byte) {
  const Object& object = program_.objects[node.a];
  const int32_t open = item.node - node.b;  // the first phase's node
  const auto go = [&](int32_t phase, int32_t a, int32_t progress) {
    push({open + phase, a, progress, 0, item.stack});
  };
  const auto begin_key = [&] {
    if (can_have_key(object, item.b)) go(object_key, object.keys, item.b);
  };
  switch (node.b) {
    case object_open:
      if (byte == '{') go(object_first, 0, 0);
      return;
    case object_first:
      if (byte == '"') begin_key();
      if (byte == '}' && can_close(object, item.b)) enter(node.next, item.stack);
      return;
    case object_key: {
      Item after;
      bool quote = false;
      if (take_character(item, Spelling::json, byte, &after, &quote)) push(after);
      if (quote && closes(item)) go(object_colon, program_.state_accept[item.a], item.b);
      return;
    }
    case object_colon:
      if (byte == ':') go(object_value, item.a, item.b);
      return;
    case object_value:
      if (byte == ' ') go(object_spaced_value, item.a, item.b);
      return;
    case object_after:
      if (byte == ',' && can_have_key(object, item.b)) go(object_comma, 0, item.b);
      if (byte == '}' && can_close(object, item.b)) enter(node.next, item.stack);
      return;
    case object_comma:  // a: a space has come
      if (byte == ' ' && item.a == 0) go(object_comma, 1, item.b);
      if (byte == '"') begin_key();
      return;
    default: return;
  }
}

void Automaton::advance_array(const Item& item, const Node& node, uint8_t byte) {
  const Array& array = program_.arrays[node.a];
  const int32_t open = item.node - node.b;
  const auto go = [&](int32_t phase) { push({open + phase, item.a, item.b, item.c, item.stack}); };
  switch (node.b) {
    case array_open:
      if (byte == '[') go(array_first);
      return;
    case array_first:
      if (byte == ']' && array_closes(array, item)) enter(node.next, item.stack);
      return;
    case array_after:
      if (byte == ',' && array_goes_on(array, item)) go(array_comma);
      if (byte == ']' && array_closes(array, item)) enter(node.next, item.stack);
      return;
    case array_comma:
      if (byte == ' ') go(array_spaced);
      return;
    default: return;
  }
}

Automaton::Window Automaton::window(const Object& object, int32_t progress) const {
  const int32_t place = place_of(progress);
  const int32_t count = count_of(progress);
  const int32_t next = program_.lists[object.next_required + place];
  const int32_t required = program_.lists[object.from + place];
  Window window{place, std::min(next, object.names - 1), object.others > 0 && required == 0};
  if (object.most != unbounded && count + required >= object.most) {
    // No more than the required ones have room.
    window.others = false;
    window.first = next;
    if (next == object.names) window.last = next - 1;
  }
  if (object.others == 0) {
    // Names that are skipped don't come back: enough must be left for the fewest.
    const int32_t* possible = program_.lists.data() + object.from + object.names + 1;
    while (window.last >= window.first && count + 1 + possible[window.last + 1] < object.least) {
      --window.last;
    }
  }
  return window;
}

/// Whether a name of the window can still come of a key.
bool Automaton::has_label(const Object& object, int32_t state, const Window& window) const {
  if (window.others && (program_.state_flags[state] & state_other) != 0) return true;
  const auto begin = program_.labels.begin() + program_.state_labels[state];
  const auto end = program_.labels.begin() + program_.state_labels[state + 1];
  for (auto label = std::lower_bound(begin, end, window.first);
       label != end && *label <= window.last; ++label) {
    if (program_.lists[object.values + *label] != no_node) return true;
  }
  return false;
}

bool Automaton::can_have_key(const Object& object, int32_t progress) const {
  return has_label(object, object.keys, window(object, progress));
}

bool Automaton::can_close(const Object& object, int32_t progress) const {
  return program_.lists[object.from + place_of(progress)] == 0 &&
         count_of(progress) >= std::min(object.least, most_counted);
}

bool Automaton::array_goes_on(const Array& array, const Item& item) const {
  bool any = false;
  each_array_item(array, item, [&](int32_t, int32_t, int32_t) { any = true; });
  return any;
}

bool Automaton::array_closes(const Array& array, const Item& item) const {
  return item.a >= array.least && item.b >= array.kept_least;
}

}  // namespace kinglet::grammar
