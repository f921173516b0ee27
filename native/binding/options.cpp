#include "binding/options.h"

#include <optional>
#include <string_view>
#include <vector>

#include "binding/value.h"

namespace kinglet::binding {
namespace {

// Beyond these a number can only be a mistake; the model's own limits are tighter.
constexpr uint64_t largest_size = INT32_MAX;
constexpr uint64_t most_threads = 1024;
constexpr uint64_t largest_cpu = 65535;

size_t read_size(const Fields& fields, const char* name, uint64_t least = 1) {
  return read_integer(fields.get(name), fields.path(name), least, largest_size);
}

/// The index of a string among `choices`.
size_t read_choice(const Fields& fields, const char* name,
                   const std::vector<std::string_view>& choices) {
  const std::string text = read_string(fields.get(name), fields.path(name));
  std::string expected;
  for (size_t index = 0; index < choices.size(); ++index) {
    if (text == choices[index]) return index;
    expected += (index == 0 ? "" : ", ") + std::string(choices[index]);
  }
  throw_invalid(fields.object.Env(),
                fields.path(name) + " is \"" + text + "\": expected one of " + expected);
}

/// A format that Kinglet rounds to, or nothing.
std::optional<Format> read_quantize(const Fields& fields) {
  std::vector<std::string_view> names{"none"};
  std::vector<std::optional<Format>> formats_named{std::nullopt};
  for (const FormatInfo& info : formats()) {
    if (info.quantize == nullptr) continue;
    names.push_back(info.name);
    formats_named.push_back(info.format);
  }
  return formats_named[read_choice(fields, "quantize", names)];
}

template <typename T>
std::vector<T> copy_array(const Fields& fields, const char* name, napi_typedarray_type type) {
  const ArrayView view = read_typed_array(fields.get(name), fields.path(name), type);
  const T* data = static_cast<const T*>(view.data);
  return std::vector<T>(data, data + view.length);
}

ModelSpec read_spec(const Fields& fields) {
  ModelSpec spec;
  spec.architecture = read_string(fields.get("architecture"), fields.path("architecture"));
  spec.layers = read_size(fields, "layers");
  spec.hidden_size = read_size(fields, "hiddenSize");
  spec.ffn_size = read_size(fields, "ffnSize");
  spec.heads = read_size(fields, "heads");
  spec.kv_heads = read_size(fields, "kvHeads");
  spec.head_dim = read_size(fields, "headDim");
  spec.vocab_size = read_size(fields, "vocabSize");
  spec.context_length = read_size(fields, "contextLength");
  spec.rms_norm_epsilon = read_float(fields.get("rmsNormEpsilon"), fields.path("rmsNormEpsilon"));
  spec.attention_scale = read_float(fields.get("attentionScale"), fields.path("attentionScale"));

  const Fields rope{read_object(fields.get("rope"), fields.path("rope")), fields.path("rope.")};
  spec.rope_pairing = read_choice(rope, "pairing", {"half", "interleaved"}) == 0
                          ? RopePairing::half
                          : RopePairing::interleaved;
  spec.rope_inverse_frequencies = copy_array<float>(rope, "inverseFrequencies", napi_float32_array);
  spec.rope_magnitude = read_float(rope.get("magnitude"), rope.path("magnitude"));
  spec.rope_layers = copy_array<uint8_t>(rope, "layers", napi_uint8_array);

  spec.qk_norm = read_boolean(fields.get("qkNorm"), fields.path("qkNorm"));
  const Napi::Value temperature = fields.get("attentionTemperature");
  spec.attention_temperature = !temperature.IsNull();
  if (spec.attention_temperature) {
    const std::string path = fields.path("attentionTemperature");
    const Fields scaling{read_object(temperature, path), path + "."};
    spec.temperature_floor = read_float(scaling.get("floor"), scaling.path("floor"));
    spec.temperature_scale = read_float(scaling.get("scale"), scaling.path("scale"));
  }
  return spec;
}

TensorEntry read_tensor(const Fields& fields, size_t files) {
  TensorEntry tensor;
  tensor.name = read_string(fields.get("name"), fields.path("name"));
  const Napi::Value name_in_file = fields.get("nameInFile");
  if (!name_in_file.IsUndefined()) {
    tensor.name_in_file = read_string(name_in_file, fields.path("nameInFile"));
  }
  tensor.file = read_integer(fields.get("file"), fields.path("file"), 0, files - 1);
  const std::string format = read_string(fields.get("format"), fields.path("format"));
  const FormatInfo* info = find_format(format);
  if (info == nullptr) {
    throw_if_error(
        fields.object.Env(),
        Status(ErrorCode::unsupported_model, "tensor " + tensor.shown_name() + " has the format " +
                                                 format + ", which is not built"));
  }
  tensor.format = info->format;
  tensor.rows = read_size(fields, "rows");
  tensor.cols = read_size(fields, "cols");
  tensor.offset =
      read_integer(fields.get("offset"), fields.path("offset"), 0, largest_safe_integer);
  tensor.bytes = read_integer(fields.get("bytes"), fields.path("bytes"), 0, largest_safe_integer);
  return tensor;
}

std::string element(const char* name, uint32_t index) {
  return std::string(name) + "[" + std::to_string(index) + "]";
}

}  // namespace

LoadOptions read_load_options(const Napi::Object& object) {
  const Fields fields{object, ""};
  LoadOptions options;

  const Napi::Array files = read_array(fields.get("files"), "files");
  for (uint32_t i = 0; i < files.Length(); ++i) {
    options.files.push_back(read_string(files.Get(i), element("files", i)));
  }
  if (options.files.empty())
    throw_invalid(object.Env(), "files is empty: expected a model's files");

  options.spec = read_spec({read_object(fields.get("spec"), "spec"), "spec."});

  const Napi::Array tensors = read_array(fields.get("tensors"), "tensors");
  for (uint32_t i = 0; i < tensors.Length(); ++i) {
    const std::string path = element("tensors", i);
    options.tensors.push_back(
        read_tensor({read_object(tensors.Get(i), path), path + "."}, options.files.size()));
  }

  options.compute = read_choice(fields, "compute", {"auto", "float"}) == 0 ? Compute::automatic
                                                                           : Compute::floating;
  options.kv_cache_type =
      read_choice(fields, "kvCacheType", {"f16", "q8"}) == 0 ? KvCacheType::f16 : KvCacheType::q8;
  options.quantize_to = read_quantize(fields);
  options.threads = read_integer(fields.get("threads"), "threads", 1, most_threads);
  const Napi::Array cpus = read_array(fields.get("cpus"), "cpus");
  for (uint32_t i = 0; i < cpus.Length(); ++i) {
    options.placement.cpus.push_back(
        static_cast<int>(read_integer(cpus.Get(i), element("cpus", i), 0, largest_cpu)));
  }
  options.placement.pin = read_boolean(fields.get("pin"), "pin");
  options.kv_blocks = read_size(fields, "kvBlocks");
  options.max_rows = read_size(fields, "maxRows");
  options.isa = read_string(fields.get("isa"), "isa");
  return options;
}

std::optional<PackedCacheOptions> read_packed_cache(const Napi::Value& value) {
  if (value.IsNull()) return std::nullopt;
  const Fields fields{read_object(value, "packedCache"), "packedCache."};
  PackedCacheOptions options;
  options.folder = read_string(fields.get("folder"), fields.path("folder"));
  options.key = read_string(fields.get("key"), fields.path("key"));
  options.most_bytes =
      read_integer(fields.get("mostBytes"), fields.path("mostBytes"), 1, largest_safe_integer);
  return options;
}

Signals read_signals(const Napi::Value& value) {
  const ArrayView view = read_typed_array(value, "signals", napi_int32_array, Buffer::shared);
  if (view.length < signal_words) {
    throw_invalid(value.Env(), "signals has " + std::to_string(view.length) + " words: expected " +
                                   std::to_string(signal_words));
  }
  // JavaScript's Atomics and C++'s atomics agree on aligned words of 32 bits.
  using Word = std::atomic<int32_t>;
  static_assert(sizeof(Word) == sizeof(int32_t) && Word::is_always_lock_free);
  auto* words = static_cast<Word*>(view.data);
  return {.progress = words + signal_progress,
          .heartbeat = words + signal_heartbeat,
          .cancel = words + signal_cancel,
          .delivering = words + signal_delivering,
          .packed_cache = words + signal_packed_cache};
}

}  // namespace kinglet::binding
