// One step's input and output, as addon.ts lays them out: batch/fields.def says what each array
// holds. The binding fills these from typed arrays and checks every number once; below it nothing
// is checked again.
#pragma once

#include <cstddef>
#include <cstdint>

namespace kinglet {

inline constexpr size_t max_top_logprobs = 20;

/// The place of each word of `counts`.
enum BatchCount : size_t {
#define KINGLET_COUNT(count) count_##count,
#include "batch/fields.def"
  batch_counts,
};

/// How much of each array is in use.
struct BatchCounts {
#define KINGLET_COUNT(count) size_t count = 0;
#include "batch/fields.def"
};

struct StepBatch {
  BatchCounts counts;
#define KINGLET_STEP(member, name, Element, length, legal) const Element* member = nullptr;
#define KINGLET_LIST(member, name, Element, list, legal) const Element* member = nullptr;
#include "batch/fields.def"

  struct Draws {
#define KINGLET_DRAW(member, name, Element, length, legal) const Element* member = nullptr;
#include "batch/fields.def"
  } draws;

  struct Scores {
#define KINGLET_SCORE(member, name, Element, length, legal) const Element* member = nullptr;
#include "batch/fields.def"
  } scores;
};

struct StepResults {
#define KINGLET_RESULT(member, name, Element, length) Element* member = nullptr;
#include "batch/fields.def"
};

}  // namespace kinglet
