// step()'s argument: the typed arrays of a StepBatch of addon.ts.
#pragma once

#include <napi.h>

#include "batch/batch.h"
#include "batch/batch_check.h"

namespace kinglet::binding {

/// The place of each array in the table, under the name of its kind and member.
enum Field : size_t {
#define KINGLET_INPUT(member, ...) input_##member,
#define KINGLET_STEP(member, ...) step_##member,
#define KINGLET_LIST(member, ...) step_##member,
#define KINGLET_DRAW(member, ...) draw_##member,
#define KINGLET_SCORE(member, ...) score_##member,
#define KINGLET_RESULT(member, ...) result_##member,
#include "batch/fields.def"
  field_end,
};

/// A batch's arrays, in the order of batch/fields.def. They are held, since looking up forty names
/// takes as long as everything else that a step of one row does in the binding.
class BatchArrays {
 public:
  /// Reads all properties. This may run JavaScript (getters), so nothing is looked at yet.
  explicit BatchArrays(const Napi::Object& batch);

  /// Whether they are those of `batch`.
  bool are_of(const Napi::Object& batch) const { return batch_.Value().StrictEquals(batch); }

  struct View {
    StepBatch batch;
    StepResults results;
    BatchLists lists;
  };
  /// Looks at the arrays: types, the counts, lengths against the counts, and that no result shares
  /// memory with anything else. Runs no JavaScript, so the view holds until the caller returns.
  View view(size_t vocab) const;

 private:
  Napi::ObjectReference batch_;
  Napi::Reference<Napi::Array> values_;
};

}  // namespace kinglet::binding
