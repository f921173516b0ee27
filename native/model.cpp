#include "model.h"

#include <algorithm>
#include <atomic>
#include <new>
#include <system_error>
#include <thread>

#include "architectures/architecture.h"
#include "compute/head.h"
#include "compute/kv_cache.h"
#include "compute/ops.h"
#include "compute/weights.h"
#include "kernels/dispatch.h"
#include "load/cache_writer.h"
#include "load/load_weights.h"
#include "load/packed_cache.h"
#include "load/piece.h"
#include "load/sample_check.h"
#include "load/weight_plan.h"
#include "platform/affinity.h"
#include "platform/page_memory.h"
#include "platform/thread_pool.h"

namespace kinglet {
namespace {

/// Whom the pool lends a CPU; nobody where the process has one that the pool leaves alone.
const std::atomic<int32_t>* borrower(size_t pool_threads, const Signals& signals) {
  return pool_threads >= std::thread::hardware_concurrency() ? signals.delivering : nullptr;
}

KvFormat kv_format(const LoadOptions& options) {
  if (options.compute == Compute::floating) return KvFormat::f32;
  return options.kv_cache_type == KvCacheType::q8 ? KvFormat::q8 : KvFormat::f16;
}

}  // namespace

struct Model::Impl {
  Impl(const LoadOptions& options, const Architecture& family, const KernelTable& table,
       const Signals& words, size_t pool_threads)
      : spec(options.spec),
        architecture(family),
        signals(words),
        limits{
            .rows = options.max_rows, .kv_blocks = options.kv_blocks, .threads = options.threads},
        pool(pool_threads, options.placement, borrower(pool_threads, words)),
        cache(spec, kv_format(options), options.kv_blocks, table),
        ops(spec, table, pool, cache),
        head(ops, weights) {}
  ~Impl() {
    if (under_way) pool.finish();
  }

  void lay_out_scratch(MemoryLayout& layout) {
    ops.lay_out(layout, limits);
    head.lay_out(layout, limits);
  }

  /// Checks all that can be checked without the files, and plans the weights. `options` outlives
  /// the plan.
  static Status prepare(const LoadOptions& options, const Signals& signals, size_t pool_threads,
                        std::unique_ptr<Impl>* impl, WeightPlan* plan);
  Status measure(WeightPlan& plan, ModelSizes* sizes);
  Status allocate_step();
  Status run();
  void describe(const ModelSizes& sizes, const std::vector<Conversion>& conversions);

  MappedBytes mapped;  // before all that it counts
  const ModelSpec spec;
  const Architecture& architecture;
  const Signals signals;
  const StepLimits limits;
  ModelInfo info;
  ThreadPool pool;
  Weights weights;
  PageMemory pool_memory;
  PageMemory scratch_memory;
  KvCache cache;
  Ops ops;
  Head head;
  // Of the step under way.
  StepBatch batch;
  StepResults results;
  Status outcome;
  bool under_way = false;
  std::unique_ptr<CacheWriter> cache_writer;  // after the weights, which it reads
};

namespace {

Status check_options(const LoadOptions& options) {
  if (options.threads == 0 || options.kv_blocks == 0 || options.max_rows == 0) {
    return Status(ErrorCode::invalid_argument,
                  "threads, kvBlocks and maxRows must each be at least 1");
  }
  if (options.kv_blocks > INT32_MAX || options.max_rows > INT32_MAX) {
    return Status(ErrorCode::invalid_argument, "kvBlocks and maxRows must fit in 31 bits");
  }
  if (options.quantize_to && options.compute == Compute::floating) {
    return Status(ErrorCode::invalid_argument,
                  "quantize and compute 'float' contradict each other: leave one out");
  }
  if (options.kv_cache_type == KvCacheType::q8 && options.compute == Compute::floating) {
    return Status(ErrorCode::invalid_argument,
                  "kvCacheType 'q8' and compute 'float' contradict each other: leave one out");
  }
  if (options.quantize_to && format_info(*options.quantize_to).quantize == nullptr) {
    return Status(ErrorCode::invalid_argument,
                  "quantize names " + std::string(format_info(*options.quantize_to).name) +
                      ": expected a format that Kinglet rounds to");
  }
  return Status();
}

/// Runs what may throw for want of memory or threads.
template <typename Body>
Status guarded(const Body& body) try {
  return body();
} catch (const std::bad_alloc&) {
  return Status(ErrorCode::out_of_memory, "no memory is left for the model's tables");
} catch (const std::system_error& error) {
  return Status(ErrorCode::out_of_memory,
                std::string("the threads cannot be started: ") + error.what());
}

}  // namespace

Model::Model(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Model::~Model() = default;

const ModelInfo& Model::info() const { return impl_->info; }
const ModelSpec& Model::spec() const { return impl_->spec; }

Status Model::measure(const LoadOptions& options, ModelSizes* sizes) {
  return guarded([&] {
    std::unique_ptr<Impl> impl;
    WeightPlan plan;
    // The calling thread is the pool's first, so that a pool of one starts none.
    KINGLET_RETURN_IF_ERROR(Impl::prepare(options, {}, 1, &impl, &plan));
    return impl->measure(plan, sizes);
  });
}

Status Model::load(const LoadOptions& options, const Signals& signals,
                   std::unique_ptr<Model>* model) {
  return guarded([&] {
    std::unique_ptr<Impl> impl;
    WeightPlan plan;
    ModelSizes sizes;
    KINGLET_RETURN_IF_ERROR(Impl::prepare(options, signals, options.threads, &impl, &plan));
    KINGLET_RETURN_IF_ERROR(impl->measure(plan, &sizes));
    PackedCache packed_cache;
    KINGLET_RETURN_IF_ERROR(load_weights(options, plan, impl->pool, signals, impl->mapped,
                                         &impl->weights, &packed_cache));
    KINGLET_RETURN_IF_ERROR(impl->allocate_step());
    impl->describe(sizes, plan.conversions());
    impl->cache_writer = packed_cache.start_writing(impl->weights.memory, signals.packed_cache);
    impl->info.packed_cache = packed_cache.report();
    // Last: threads that it starts would run where it runs.
    const CpuPlacement& placement = options.placement;
    if (placement.pin &&
        restrict_thread(pthread_self(), placement.of_thread(options.threads - 1))) {
      ++impl->info.pinned_threads;
    }
    model->reset(new Model(std::move(impl)));
    return Status();
  });
}

Status Model::Impl::prepare(const LoadOptions& options, const Signals& signals, size_t pool_threads,
                            std::unique_ptr<Impl>* impl, WeightPlan* plan) {
  KINGLET_RETURN_IF_ERROR(check_options(options));
  KINGLET_RETURN_IF_ERROR(check_spec(options.spec));
  const Architecture* architecture = find_architecture(options.spec.architecture);
  if (architecture == nullptr) {
    return Status(ErrorCode::unsupported_model,
                  "spec.architecture is " + options.spec.architecture + ", which is not built");
  }
  const KernelTable* kernels = nullptr;
  KINGLET_RETURN_IF_ERROR(choose_kernels(options.isa, &kernels));
  *impl = std::make_unique<Impl>(options, *architecture, *kernels, signals, pool_threads);
  return WeightPlan::make(options, *architecture, *kernels, &(*impl)->weights, plan);
}

Status Model::Impl::measure(WeightPlan& plan, ModelSizes* sizes) {
  sizes->kv_block = cache.block_bytes();
  KINGLET_RETURN_IF_ERROR(measure_layout(
      "weights", [&](MemoryLayout& layout) { plan.lay_out(layout); }, &sizes->weights));
  KINGLET_RETURN_IF_ERROR(measure_layout(
      "pieces of weights",
      [&](MemoryLayout& layout) { lay_out_pieces(layout, plan.placements(), limits.threads); },
      &sizes->loading));
  size_t samples = 0;
  KINGLET_RETURN_IF_ERROR(measure_layout(
      "samples of weights",
      [&](MemoryLayout& layout) { lay_out_samples(layout, plan.placements()); }, &samples));
  sizes->loading = std::max(sizes->loading, samples);
  KINGLET_RETURN_IF_ERROR(measure_layout(
      "KV pool", [&](MemoryLayout& layout) { cache.lay_out(layout); }, &sizes->kv_pool));
  return measure_layout(
      "scratch of a step", [&](MemoryLayout& layout) { lay_out_scratch(layout); }, &sizes->scratch);
}

Status Model::Impl::allocate_step() {
  KINGLET_RETURN_IF_ERROR(allocate_layout(
      "KV pool", [&](MemoryLayout& layout) { cache.lay_out(layout); }, &pool_memory, &mapped));
  return allocate_layout(
      "scratch of a step", [&](MemoryLayout& layout) { lay_out_scratch(layout); }, &scratch_memory,
      &mapped);
}

void Model::Impl::describe(const ModelSizes& sizes, const std::vector<Conversion>& conversions) {
  info.isa = ops.kernels().isa;
  info.sizes = sizes;
  info.step_weight_bytes = sizes.weights;
  if (const Matrix& embedding = weights.embedding; embedding.packed != weights.head.packed) {
    info.step_weight_bytes -= embedding.kernel->packed_bytes(embedding.rows, embedding.cols);
  }
  info.pinned_threads = pool.pinned();
  info.mapped_bytes = mapped.now();
  info.peak_mapped_bytes = mapped.peak();
  info.conversions = conversions;
  const auto note = [&](const Matrix& matrix) {
    if (matrix.kernel != nullptr) info.kernels.emplace_back(matrix.kernel->name);
  };
  note(weights.embedding);
  note(weights.head);
  for (const LayerWeights& layer : weights.layers) {
    for (const Matrix* matrix :
         {&layer.q, &layer.k, &layer.v, &layer.output, &layer.gate, &layer.up, &layer.down}) {
      note(*matrix);
    }
  }
  std::sort(info.kernels.begin(), info.kernels.end());
  info.kernels.erase(std::unique(info.kernels.begin(), info.kernels.end()), info.kernels.end());
}

void Model::start(const StepBatch& batch, const StepResults& results) {
  impl_->batch = batch;
  impl_->results = results;
  impl_->under_way = true;
  impl_->pool.start([model = impl_.get()] { model->outcome = model->run(); });
}

Status Model::finish() {
  impl_->pool.finish();
  impl_->under_way = false;
  return impl_->outcome;
}

Status Model::Impl::run() {
  if (batch.counts.rows == 0) return Status();
  ops.begin(batch);
  ops.embed(weights.embedding, batch.tokens);
  for (size_t layer = 0; layer < spec.layers; ++layer) {
    if (signals.cancelled()) return Status(ErrorCode::cancelled, "the step was given up");
    architecture.forward(ops, weights.layers[layer], layer);
    if (signals.heartbeat != nullptr) signals.heartbeat->fetch_add(1, std::memory_order_relaxed);
  }
  head.run(batch, results);
  return Status();
}

void Model::fill_kv() {
  const KvCache& cache = impl_->cache;
  const size_t row = 2 * spec().kv_heads * spec().head_dim;
  std::vector<float> rows(impl_->pool.threads() * row);
  impl_->pool.parallel_for(
      cache.layers() * cache.blocks(), 16, [&](size_t begin, size_t end, size_t worker) {
        for (size_t i = begin; i < end; ++i) {
          cache.fill(i / cache.blocks(), i % cache.blocks(), &rows[worker * row]);
        }
      });
}

void Model::copy_blocks(const int32_t* pairs, size_t count) {
  impl_->cache.copy_blocks(pairs, count);
}

}  // namespace kinglet
