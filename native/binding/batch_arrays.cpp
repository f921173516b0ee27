#include "binding/batch_arrays.h"

#include <algorithm>
#include <array>
#include <string>
#include <type_traits>

#include "binding/value.h"

namespace kinglet::binding {
namespace {

template <typename Element>
constexpr napi_typedarray_type typed_array_of() {
  if constexpr (std::is_same_v<Element, uint8_t>) return napi_uint8_array;
  if constexpr (std::is_same_v<Element, int32_t>) return napi_int32_array;
  if constexpr (std::is_same_v<Element, uint32_t>) return napi_uint32_array;
  if constexpr (std::is_same_v<Element, uint64_t>) return napi_biguint64_array;
  if constexpr (std::is_same_v<Element, float>) return napi_float32_array;
}

struct FieldInfo {
  const char* name;  // in addon.ts
  const char* path;  // in messages
  napi_typedarray_type type;
  bool is_result;
};

constexpr std::array<FieldInfo, field_end> field_table{{
#define KINGLET_INPUT(member, name, Element, ...) {name, name, typed_array_of<Element>(), false},
#define KINGLET_RESULT(member, name, Element, ...) \
  {name, "results." name, typed_array_of<Element>(), true},
#include "batch/fields.def"
}};

BatchCounts read_counts(Napi::Env env, const ArrayView& view) {
  if (view.length < batch_counts) {
    throw_invalid(env, "counts has " + std::to_string(view.length) + " words: expected " +
                           std::to_string(batch_counts));
  }
  const int32_t* words = static_cast<const int32_t*>(view.data);
  for (size_t i = 0; i < batch_counts; ++i) {
    if (words[i] < 0) {
      throw_invalid(env, "counts[" + std::to_string(i) + "] is " + std::to_string(words[i]) +
                             ": expected 0 or more");
    }
  }
  BatchCounts counts;
#define KINGLET_COUNT(count) counts.count = static_cast<size_t>(words[count_##count]);
#include "batch/fields.def"
  return counts;
}

/// How many elements each array must have at the least; ranges say which part of a list is used.
/// Counts are below 2^31 and the vocabulary below 2^24, so no product overflows.
std::array<size_t, field_end> least_lengths(const BatchCounts& counts, size_t vocab) {
#define KINGLET_COUNT(count) const size_t count = counts.count;
#include "batch/fields.def"
  return {
#define KINGLET_INPUT(member, name, Element, length, legal) length,
#define KINGLET_LIST(...) 0,
#define KINGLET_RESULT(member, name, Element, length) length,
#include "batch/fields.def"
  };
}

using Arrays = std::array<ArrayView, field_end>;

bool overlap(const ArrayView& a, const ArrayView& b) {
  const auto a_begin = reinterpret_cast<uintptr_t>(a.data);
  const auto b_begin = reinterpret_cast<uintptr_t>(b.data);
  return a.bytes > 0 && b.bytes > 0 && a_begin < b_begin + b.bytes && b_begin < a_begin + a.bytes;
}

/// Results are written while inputs are still read, so none may lie on anything else.
void check_overlaps(Napi::Env env, const Arrays& arrays) {
  for (size_t result = 0; result < field_end; ++result) {
    if (!field_table[result].is_result) continue;
    for (size_t other = 0; other < field_end; ++other) {
      const bool seen = field_table[other].is_result && other >= result;  // itself, or in its turn
      if (!seen && overlap(arrays[result], arrays[other])) {
        throw_invalid(env, std::string(field_table[result].path) + " shares memory with " +
                               field_table[other].path);
      }
    }
  }
}

/// Points the structs' members at the arrays, which are of the members' types.
BatchArrays::View point_at(const Arrays& arrays, const BatchCounts& counts) {
  BatchArrays::View view;
  view.batch.counts = counts;
#define KINGLET_LIST(member, name, Element, list, legal) view.lists.list = SIZE_MAX;
#include "batch/fields.def"
#define KINGLET_STEP(member, name, Element, ...) \
  view.batch.member = static_cast<const Element*>(arrays[step_##member].data);
#define KINGLET_LIST(member, name, Element, list, legal)                       \
  view.batch.member = static_cast<const Element*>(arrays[step_##member].data); \
  view.lists.list = std::min(view.lists.list, arrays[step_##member].length);
#define KINGLET_DRAW(member, name, Element, ...) \
  view.batch.draws.member = static_cast<const Element*>(arrays[draw_##member].data);
#define KINGLET_SCORE(member, name, Element, ...) \
  view.batch.scores.member = static_cast<const Element*>(arrays[score_##member].data);
#define KINGLET_RESULT(member, name, Element, ...) \
  view.results.member = static_cast<Element*>(arrays[result_##member].data);
#include "batch/fields.def"
  return view;
}

}  // namespace

BatchArrays::BatchArrays(const Napi::Object& batch)
    : batch_(Napi::Persistent(batch)),
      values_(Napi::Persistent(Napi::Array::New(batch.Env(), field_end))) {
  const Napi::Object results = read_object(batch.Get("results"), "results");
  Napi::Array values = values_.Value();
  for (size_t field = 0; field < field_end; ++field) {
    const FieldInfo& info = field_table[field];
    values.Set(static_cast<uint32_t>(field), (info.is_result ? results : batch).Get(info.name));
  }
}

BatchArrays::View BatchArrays::view(size_t vocab) const {
  const Napi::Env env = values_.Env();
  const Napi::Array values = values_.Value();
  Arrays arrays;
  for (size_t field = 0; field < field_end; ++field) {
    const FieldInfo& info = field_table[field];
    const Napi::Value value = values.Get(static_cast<uint32_t>(field));
    arrays[field] = read_typed_array(value, info.path, info.type);
  }
  const BatchCounts counts = read_counts(env, arrays[input_counts]);
  const std::array<size_t, field_end> least = least_lengths(counts, vocab);
  for (size_t field = 0; field < field_end; ++field) {
    if (arrays[field].length < least[field]) {
      throw_invalid(env, std::string(field_table[field].path) + " has " +
                             std::to_string(arrays[field].length) + " values: expected at least " +
                             std::to_string(least[field]));
    }
  }
  check_overlaps(env, arrays);
  return point_at(arrays, counts);
}

}  // namespace kinglet::binding
