// The addon: src/native/addon.ts in C++. JavaScript's numbers are checked here and in
// batch/batch_check.cpp, once; nothing of JavaScript's is held after a call but the array of
// signals and those of the last step's batch, which belong to a step until it is finished.
//
// Every environment (the main thread, each worker) gets its own Environment through Node-API's
// instance data; there is no other state, so the addon runs in several threads at once.
#include <napi.h>

#include <memory>
#include <set>
#include <string>

#include "architectures/architecture.h"
#include "batch/batch_check.h"
#include "binding/batch_arrays.h"
#include "binding/grammar_objects.h"
#include "binding/options.h"
#include "binding/value.h"
#include "kernels/dispatch.h"
#include "model.h"

namespace kinglet::binding {
namespace {

class ModelObject;

struct Environment {
  Napi::FunctionReference model_class;
  /// What the next ModelObject takes over; null when JavaScript calls the class by itself.
  std::unique_ptr<Model> loaded;
  BatchBounds bounds;
  Napi::Reference<Napi::Value> signals;
  std::set<ModelObject*> open;

  static Environment& of(Napi::Env env) { return *env.GetInstanceData<Environment>(); }
};

Napi::Number number(Napi::Env env, uint64_t value) {
  return Napi::Number::New(env, static_cast<double>(value));
}

Napi::Object frozen(Napi::Object object) {
  object.Freeze();
  return object;
}

/// The properties of `ModelSizes` in addon.ts.
void describe_sizes(Napi::Object object, const ModelSizes& sizes) {
  const Napi::Env env = object.Env();
  object.Set("weightBytes", number(env, sizes.weights));
  object.Set("loadingBytes", number(env, sizes.loading));
  object.Set("kvBlockBytes", number(env, sizes.kv_block));
  object.Set("kvPoolBytes", number(env, sizes.kv_pool));
  object.Set("scratchBytes", number(env, sizes.scratch));
}

/// `PackedCacheReport` of addon.ts, or null.
Napi::Value describe_cache(Napi::Env env, const CacheReport& report) {
  const auto name = [&]() -> const char* {
    switch (report.use) {
      case CacheUse::none: return nullptr;
      case CacheUse::read: return "read";
      case CacheUse::writing: return "writing";
      case CacheUse::not_usable: return "notUsable";
    }
    return nullptr;
  }();
  if (name == nullptr) return env.Null();
  Napi::Object object = Napi::Object::New(env);
  object.Set("use", name);
  object.Set("path", report.path);
  object.Set("note", report.note);
  return frozen(object);
}

Napi::Object describe(Napi::Env env, const ModelInfo& info) {
  Napi::Array kernels = Napi::Array::New(env, info.kernels.size());
  for (uint32_t i = 0; i < info.kernels.size(); ++i) kernels.Set(i, info.kernels[i]);
  Napi::Array conversions = Napi::Array::New(env, info.conversions.size());
  for (uint32_t i = 0; i < info.conversions.size(); ++i) {
    const Conversion& conversion = info.conversions[i];
    Napi::Object entry = Napi::Object::New(env);
    entry.Set("tensor", conversion.tensor);
    entry.Set("from", std::string(format_info(conversion.from).name));
    entry.Set("to", std::string(format_info(conversion.to).name));
    entry.Set("bytesBefore", number(env, conversion.bytes_before));
    entry.Set("bytesAfter", number(env, conversion.bytes_after));
    conversions.Set(i, frozen(entry));
  }
  Napi::Object object = Napi::Object::New(env);
  object.Set("isa", info.isa);
  object.Set("kernels", frozen(kernels));
  object.Set("kvBlockTokens", number(env, kv_block_tokens));
  describe_sizes(object, info.sizes);
  object.Set("stepWeightBytes", number(env, info.step_weight_bytes));
  object.Set("pinnedThreads", number(env, info.pinned_threads));
  object.Set("mappedBytes", number(env, info.mapped_bytes));
  object.Set("peakMappedBytes", number(env, info.peak_mapped_bytes));
  object.Set("conversions", frozen(conversions));
  object.Set("packedCache", describe_cache(env, info.packed_cache));
  return frozen(object);
}

class ModelObject : public Napi::ObjectWrap<ModelObject> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, "NativeModel",
                       {
                           InstanceMethod<&ModelObject::start_step>("startStep"),
                           InstanceMethod<&ModelObject::finish_step>("finishStep"),
                           InstanceMethod<&ModelObject::copy_blocks>("copyBlocks"),
                           InstanceMethod<&ModelObject::fill_kv>("fillKv"),
                           InstanceMethod<&ModelObject::close>("close"),
                       });
  }

  explicit ModelObject(const Napi::CallbackInfo& info) : ObjectWrap(info) {
    Environment& environment = Environment::of(info.Env());
    if (environment.loaded == nullptr) {
      throw_invalid(info.Env(), "a model comes from loadModel() alone");
    }
    guarded(info.Env(), [&] {
      bounds_ = environment.bounds;
      checker_ = std::make_unique<BatchChecker>(bounds_);
      Napi::Object self = info.This().As<Napi::Object>();
      self.DefineProperty(Napi::PropertyDescriptor::Value(
          "info", describe(info.Env(), environment.loaded->info()), napi_enumerable));
      environment.open.insert(this);
    });
    environment_ = &environment;
    model_ = std::move(environment.loaded);
    signals_ = std::move(environment.signals);
  }

  ~ModelObject() override { release(); }

  /// Joins the pool's threads, after the step under way, and frees the memory. Also called when the
  /// environment ends.
  void release() {
    under_way_ = false;
    model_.reset();
    checker_.reset();
    arrays_.reset();
    signals_.Reset();
    if (environment_ != nullptr) environment_->open.erase(this);
    environment_ = nullptr;
  }

 private:
  void start_step(const Napi::CallbackInfo& info) {
    guarded(info.Env(), [&] {
      const Napi::Object batch = read_object(info[0], "batch");
      if (arrays_ == nullptr || !arrays_->are_of(batch)) {
        auto arrays = std::make_unique<BatchArrays>(batch);
        // Reading properties may have run JavaScript, and that may have closed the model.
        open_model(info.Env());
        arrays_ = std::move(arrays);
      }
      Model& model = open_model(info.Env());
      const BatchArrays::View view = arrays_->view(bounds_.vocab);
      throw_if_error(info.Env(), checker_->check(view.batch, view.lists));
      model.start(view.batch, view.results);
      under_way_ = true;
    });
  }

  void finish_step(const Napi::CallbackInfo& info) {
    guarded(info.Env(), [&] {
      if (!under_way_) throw_invalid(info.Env(), "no step is under way");
      under_way_ = false;
      throw_if_error(info.Env(), model_->finish());
    });
  }

  void copy_blocks(const Napi::CallbackInfo& info) {
    guarded(info.Env(), [&] {
      Model& model = open_model(info.Env());
      const ArrayView pairs = read_typed_array(info[0], "pairs", napi_int32_array);
      const auto* ids = static_cast<const int32_t*>(pairs.data);
      throw_if_error(info.Env(), checker_->check_block_pairs(ids, pairs.length));
      model.copy_blocks(ids, pairs.length / 2);
    });
  }

  void fill_kv(const Napi::CallbackInfo& info) {
    guarded(info.Env(), [&] { open_model(info.Env()).fill_kv(); });
  }

  void close(const Napi::CallbackInfo&) { release(); }

  Model& open_model(Napi::Env env) const {
    if (model_ == nullptr) throw_invalid(env, "the model is closed");
    if (under_way_) throw_invalid(env, "a step is under way");
    return *model_;
  }

  Environment* environment_ = nullptr;
  BatchBounds bounds_;
  std::unique_ptr<BatchChecker> checker_;
  std::unique_ptr<Model> model_;
  bool under_way_ = false;
  /// Of the batch of the last step.
  std::unique_ptr<BatchArrays> arrays_;
  // Keeps the memory of the signals that model_ writes to.
  Napi::Reference<Napi::Value> signals_;
};

Napi::Value measure_model(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&] {
    ModelSizes sizes;
    throw_if_error(env, Model::measure(read_load_options(read_object(info[0], "options")), &sizes));
    Napi::Object object = Napi::Object::New(env);
    describe_sizes(object, sizes);
    return static_cast<Napi::Value>(frozen(object));
  });
}

Napi::Value load_model(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&] {
    const Napi::Object object = read_object(info[0], "options");
    LoadOptions options = read_load_options(object);
    options.packed_cache = read_packed_cache(object.Get("packedCache"));
    const Napi::Value signals = object.Get("signals");
    const Signals words = read_signals(signals);

    std::unique_ptr<Model> model;
    throw_if_error(env, Model::load(options, words, &model));
    Environment& environment = Environment::of(env);
    environment.bounds = {
        .vocab = options.spec.vocab_size,
        .context_length = options.spec.context_length,
        .kv_blocks = options.kv_blocks,
        .max_rows = options.max_rows,
    };
    environment.signals = Napi::Persistent(signals);
    environment.loaded = std::move(model);
    try {
      return static_cast<Napi::Value>(environment.model_class.New({}));
    } catch (...) {
      environment.loaded.reset();
      environment.signals.Reset();
      throw;
    }
  });
}

Napi::Value cpu_info(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&] {
    const KernelTable* table = nullptr;
    throw_if_error(env, choose_kernels("", &table));
    Napi::Array available = Napi::Array::New(env);
    Napi::Array built = Napi::Array::New(env);
    for (const KernelVariant& variant : kernel_variants()) {
      const Napi::String name = Napi::String::New(env, std::string(variant.isa));
      built.Set(built.Length(), name);
      if (variant.supported()) available.Set(available.Length(), name);
    }
    Napi::Object object = Napi::Object::New(env);
    object.Set("isa", table->isa);
    object.Set("available", available);
    object.Set("built", built);
    return static_cast<Napi::Value>(object);
  });
}

Napi::Object initialize(Napi::Env env, Napi::Object exports) {
  auto* environment = new Environment;
  env.SetInstanceData(environment);
  environment->model_class = Napi::Persistent(ModelObject::define(env));
  // Runs before the environment's finalizers, in the thread of the environment, so that no pool
  // outlives the thread that used it, nor the addon's code.
  env.AddCleanupHook(
      [](Environment* ending) {
        while (!ending->open.empty()) (*ending->open.begin())->release();
      },
      environment);
  exports.Set("cpuInfo", Napi::Function::New<cpu_info>(env, "cpuInfo"));
  exports.Set("measureModel", Napi::Function::New<measure_model>(env, "measureModel"));
  Napi::Array names = Napi::Array::New(env);
  for (const ArchitectureRow& row : architectures()) {
    names.Set(names.Length(), std::string(row.name));
  }
  exports.Set("architectures", names);
  exports.Set("loadModel", Napi::Function::New<load_model>(env, "loadModel"));
  export_grammar_classes(env, exports);
  return exports;
}

}  // namespace

NODE_API_MODULE(kinglet, initialize)

}  // namespace kinglet::binding
