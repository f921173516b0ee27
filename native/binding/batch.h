// step()'s argument: the typed arrays of a StepBatch of addon.ts.
#pragma once

#include <napi.h>

#include "batch/batch.h"
#include "batch/batch_check.h"

namespace kinglet::binding {

/// The napi_values of a batch's arrays, in the order of the table in binding/batch.cpp.
class BatchArrays {
 public:
  /// Reads all properties. This may run JavaScript (getters), so nothing is looked at yet.
  explicit BatchArrays(const Napi::Object& batch);

  struct View {
    StepBatch batch;
    StepResults results;
    BatchLists lists;
  };
  /// Looks at the arrays: types, the counts, lengths against the counts, and that no result shares
  /// memory with anything else. Runs no JavaScript, so the view holds until the caller returns.
  View view(size_t vocab) const;

  static constexpr size_t array_count = 40;

 private:
  Napi::Env env_;
  napi_value values_[array_count];
};

}  // namespace kinglet::binding
