// A grammar as it is run: src/grammar/program/program.ts in C++. The binding copies the arrays and
// checks every number in them once; below it nothing is checked again.
#pragma once

#include <cstdint>
#include <vector>

#include "platform/status.h"

namespace kinglet::grammar {

/// `UNBOUNDED` of TypeScript: a count without a bound.
inline constexpr int32_t unbounded = INT32_MAX;
/// Where a list names a node: there is none, no value fits.
inline constexpr int32_t no_node = -1;

enum class Op : int32_t {
  return_,  // the rule's end
  literal,
  text,
  string,
  call,
  fork,
  repeat,
  object,
  array,
};
inline constexpr int32_t op_count = 9;

/// What an object's node waits for.
enum ObjectPhase : int32_t {
  object_open,
  object_first,  // behind the {
  object_key,    // within a name
  object_colon,
  object_value,  // behind the colon
  object_spaced_value,
  object_after,  // behind a value
  object_comma,  // behind a comma
  object_phases,
};

enum ArrayPhase : int32_t {
  array_open,
  array_first,
  array_after,
  array_comma,
  array_spaced,
  array_phases,
};

enum StateFlag : int32_t {
  state_total = 1,
  state_other = 2,
};

struct Node {
  Op op;
  int32_t a;
  int32_t b;
  int32_t next;
};

struct Count {
  int32_t least;
  int32_t most;
};

/// Names of an object: first those listed, by their place, then kinds of others.
struct Object {
  int32_t keys;  // state
  int32_t names;
  int32_t others;
  int32_t least;
  int32_t most;
  int32_t values;         // lists[values + label]: node or no_node
  int32_t next_required;  // lists[next_required + place], place <= names
  int32_t from;           // lists[from + place]: required from there on; + names + 1: possible
};

struct Array {
  int32_t prefix;
  int32_t prefix_nodes;  // lists
  int32_t rest;          // node or no_node
  int32_t least;
  int32_t most;
  int32_t kept;  // node of items that `contains` counts, or no_node
  int32_t kept_least;
  int32_t kept_most;  // 0: there is no `contains`
  int32_t unique;     // values that come at most once each, at most 31
  int32_t unique_nodes;
};

/// Texts that a language has one by one, each accepted as its place in the list. A node or an
/// object names the list by the complement of its number, which `expand_text_lists` makes a state.
struct TextList {
  int32_t first;  // text
  int32_t count;
  int32_t open;      // 1: any other text is accepted too, as `count`
  int32_t labelled;  // 1: texts are an object's names
};

struct Program {
  std::vector<Node> nodes;
  std::vector<int32_t> lists;
  std::vector<uint8_t> bytes;
  std::vector<Count> counts;
  std::vector<Object> objects;
  std::vector<Array> arrays;
  std::vector<int32_t> state_edges;  // [states + 1]
  std::vector<int32_t> state_accept;
  std::vector<int32_t> state_flags;
  std::vector<int32_t> state_least;
  std::vector<int32_t> state_most;
  std::vector<int32_t> state_labels;  // [states + 1]
  std::vector<int32_t> labels;
  std::vector<int32_t> edge_first;
  std::vector<int32_t> edge_last;
  std::vector<int32_t> edge_target;
  std::vector<int32_t> text_codes;    // code points
  std::vector<int32_t> text_offsets;  // [texts + 1]
  std::vector<TextList> text_lists;
  /// States that came with the program: those of lists are behind them.
  size_t language_states = 0;

  size_t states() const { return state_accept.size(); }
  const Node& node(int32_t index) const { return nodes[static_cast<size_t>(index)]; }
  size_t bytes_taken() const;
};

/// Adds the states of the lists of texts, which must be done before `check_program`, and drops the
/// texts. The states' arrays must be as long as one another.
Status expand_text_lists(Program* program);

/// Everything that running a program relies on: indices within their arrays, edges in order, and no
/// rule that leads back to itself without reading a byte.
Status check_program(const Program& program);

}  // namespace kinglet::grammar
