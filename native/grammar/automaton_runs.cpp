// Texts that lead on from a state whatever their characters are, as long as these are of certain
// classes.
#include <algorithm>
#include <bit>

#include "grammar/automaton.h"

namespace kinglet::grammar {
namespace {

constexpr int32_t last_code = 0x10FFFF;
constexpr int32_t first_surrogate = 0xD800;
constexpr int32_t after_surrogates = 0xE000;
constexpr int32_t no_target = -1;
/// Hardly a token has more characters.
constexpr int32_t most_followed = 32;
/// What begins and ends escapes and strings of JSON, or stands in them in escapes only.
constexpr ClassSet json_syntax =
    character_class::control | ascii_classes['"'] | ascii_classes['\\'];

}  // namespace

Automaton::Run Automaton::find_run(StateId state) {
  // One item that a text leads on is enough.
  Run best;
  for (const Item& item : items(state)) {
    const Run found = run_of(item);
    const auto size = [](const Run& run) { return std::popcount(run.classes); };
    if (size(found) > size(best) || (size(found) == size(best) && found.length > best.length)) {
      best = found;
    }
  }
  return best;
}

Automaton::Run Automaton::run_of(const Item& item) {
  if (item.node == end_node || item.c != between_characters) return {};
  const Node& node = program_.node(item.node);
  const bool in_name = node.op == Op::object && node.b == object_key;
  if (node.op != Op::text && node.op != Op::string && !in_name) return {};
  const bool counts = node.op == Op::string && node.b >= 0 && item.b != uncounted;
  Item at = item;
  Run run{common_step(item.a).classes, 0};
  if (node.op != Op::text) run.classes &= ~json_syntax;
  if (run.classes == character_class::none) return {};
  for (; run.length < most_followed; ++run.length) {
    const CommonStep& step = common_step(at.a);
    if ((run.classes & ~step.classes) != 0 || !goes_on(at, step.target)) break;
    if (step.target == at.a && !counts) return {run.classes, unbounded};
    at.a = step.target;
    if (counts) ++at.b;
  }
  return run;
}

/// Where most classes lead from a language's state, each with all its characters.
const Automaton::CommonStep& Automaton::common_step(int32_t state) {
  if (common_steps_.empty())
    common_steps_.assign(program_.states(), {character_class::none, unbuilt});
  CommonStep& common = common_steps_[static_cast<size_t>(state)];
  if (common.target != unbuilt) return common;
  std::array<int32_t, 128> targets;
  targets.fill(no_target);
  int32_t beyond = no_target;
  int32_t reached =
      static_cast<int32_t>(targets.size());  // all from 128 up to this lead to `beyond`
  for (int32_t edge = program_.state_edges[state]; edge < program_.state_edges[state + 1]; ++edge) {
    const int32_t first = program_.edge_first[edge];
    const int32_t last = program_.edge_last[edge];
    const int32_t target = program_.edge_target[edge];
    for (int32_t code = first; code <= last && code < 128; ++code)
      targets[static_cast<size_t>(code)] = target;
    if (last < 128) continue;
    if (reached == 128) beyond = target;
    if (first <= reached && target == beyond) reached = std::max(reached, last + 1);
    if (reached >= first_surrogate && reached < after_surrogates) reached = after_surrogates;
  }
  // Classes whose characters part are left out.
  std::array<int32_t, 64> of_class;
  of_class.fill(unbuilt);
  for (size_t code = 0; code < targets.size(); ++code) {
    int32_t& target = of_class[static_cast<size_t>(std::countr_zero(ascii_classes[code]))];
    target = target == unbuilt || target == targets[code] ? targets[code] : no_target;
  }
  constexpr auto beyond_class =
      static_cast<size_t>(std::countr_zero(character_class::beyond_ascii));
  of_class[beyond_class] = reached > last_code ? beyond : no_target;
  common = {character_class::none, no_target};
  for (const int32_t target : of_class) {
    if (target < 0 || target == common.target) continue;
    ClassSet classes = character_class::none;
    for (size_t one = 0; one < of_class.size(); ++one) {
      if (of_class[one] == target) classes |= ClassSet{1} << one;
    }
    if (std::popcount(classes) > std::popcount(common.classes)) common = {classes, target};
  }
  return common;
}

}  // namespace kinglet::grammar
