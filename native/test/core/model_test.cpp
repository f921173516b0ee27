// The same logits alone or in any batch, to the last bit; and one sequence's poison stays its own.
#include "model.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "sampler/neutral_draws.h"
#include "sampler/sampler.h"
#include "test/core/model_random.h"

using namespace kinglet;
using namespace kinglet::test;

namespace {

bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

bool all_finite(const std::vector<float>& values) {
  return std::all_of(values.begin(), values.end(),
                     [](float value) { return std::isfinite(value); });
}

// Beyond one split of the context, and no multiple of anything.
constexpr size_t length = 277;

/// The sequence alone, in chunks that the list gives in turn.
Sequence run_alone(Model& model, const std::vector<size_t>& chunks, int32_t first_block = 0) {
  Sequence sequence{
      random_tokens(length, model.spec().vocab_size, 7), some_blocks(length, first_block), 0, {}};
  for (size_t i = 0; sequence.computed < length; ++i) {
    const size_t chunk = std::min(chunks[i % chunks.size()], length - sequence.computed);
    advance(model, {&sequence}, {chunk});
  }
  return sequence;
}

/// The sequence while others decode and prefill beside it, its blocks scattered.
Sequence run_among_others(Model& model) {
  const size_t vocab = model.spec().vocab_size;
  Sequence sequence{random_tokens(length, vocab, 7), some_blocks(length, 90, -3), 0, {}};
  Sequence before{random_tokens(400, vocab, 8), some_blocks(400, 1, 3), 0, {}};
  Sequence after{random_tokens(400, vocab, 9), some_blocks(400, 2, 3), 0, {}};
  const size_t chunks[] = {5, 1, 64, 17, 1, 1, 100, 3};
  for (size_t i = 0; sequence.computed < length; ++i) {
    const size_t chunk = std::min(chunks[i % 8], length - sequence.computed);
    advance(model, {&before, &sequence, &after}, {1 + i % 3 * 20, chunk, 1 + i % 2});
  }
  return sequence;
}

/// Half of the sequence, then its blocks copied elsewhere and the first ones overwritten.
Sequence run_moved(Model& model) {
  Sequence sequence{
      random_tokens(length, model.spec().vocab_size, 7), some_blocks(length, 0), 0, {}};
  advance(model, {&sequence}, {150});
  std::vector<int32_t> pairs;
  for (int32_t& block : sequence.blocks) {
    pairs.push_back(block);
    pairs.push_back(block + 40);
    block += 40;
  }
  model.copy_blocks(pairs.data(), pairs.size() / 2);
  Sequence intruder{
      random_tokens(length, model.spec().vocab_size, 11), some_blocks(length, 0), 0, {}};
  advance(model, {&intruder, &sequence}, {200, length - 150 - 10});
  advance(model, {&sequence}, {10});
  return sequence;
}

void check_invariance(const RandomModel& file, const std::string& isa, Compute compute,
                      KvCacheType kv_cache_type = KvCacheType::f16) {
  LoadOptions options = file.options(isa, 1);
  options.compute = compute;
  options.kv_cache_type = kv_cache_type;
  const auto model = load(options);
  CHECK(model->info().isa == isa);
  const std::vector<float> expected = run_alone(*model, {length}).logits;
  REQUIRE(all_finite(expected));

  CHECK(same_bits(expected, run_alone(*model, {1}).logits));
  CHECK(same_bits(expected, run_alone(*model, {16, 1, 7, 33}, 20).logits));
  CHECK(same_bits(expected, run_among_others(*model).logits));
  CHECK(same_bits(expected, run_moved(*model).logits));
  for (const size_t threads : {2, 3}) {
    options.threads = threads;
    const auto threaded = load(options);
    CHECK(same_bits(expected, run_alone(*threaded, {250, 1}).logits));
    CHECK(same_bits(expected, run_among_others(*threaded).logits));
  }
}

}  // namespace

TEST_CASE("logits do not depend on batch, chunks, threads or blocks") {
  for (const ArchitectureRow& row : architectures()) {
    const std::string name(row.name);
    const RandomModel file(small_spec(name), Format::f32, /*tied=*/name != "qwen2");
    for (const std::string& isa : available_isas()) {
      CAPTURE(name);
      CAPTURE(isa);
      check_invariance(file, isa, Compute::automatic);
    }
  }
}

TEST_CASE("nor do they with KV in 8 bits") {
  const RandomModel file(small_spec("llama"), Format::q8_0);
  for (const std::string& isa : available_isas()) {
    CAPTURE(isa);
    check_invariance(file, isa, Compute::automatic, KvCacheType::q8);
  }
}

TEST_CASE("nor do they in any format") {
  for (const FormatInfo& info : formats()) {
    // The others are converted to these when they are loaded.
    if (!info.is_computed()) continue;
    const RandomModel file(spec_of_blocks(info), info.format);
    for (const std::string& isa : available_isas()) {
      CAPTURE(info.name);
      CAPTURE(isa);
      check_invariance(file, isa, Compute::automatic);
    }
  }
  const RandomModel file(small_spec("llama"), Format::q4_0);
  check_invariance(file, available_isas().front(), Compute::floating);
}

TEST_CASE("filled KV is the same on any number of threads, and another one in each block") {
  for (const Compute compute : {Compute::automatic, Compute::floating}) {
    const RandomModel file(small_spec("llama"), Format::q8_0);
    std::vector<float> first;
    for (const size_t threads : {1, 3}) {
      LoadOptions options = file.options("", threads);
      options.compute = compute;
      const auto model = load(options);
      model->fill_kv();
      const auto decode = [&](int32_t first_block) {
        const auto tokens = random_tokens(length, model->spec().vocab_size, 7);
        Sequence sequence{tokens, some_blocks(length, first_block), length - 1, {}};
        advance(*model, {&sequence}, {1});
        return sequence.logits;
      };
      const std::vector<float> logits = decode(0);
      CHECK(all_finite(logits));
      CHECK_FALSE(same_bits(logits, decode(40)));
      if (threads == 1) first = logits;
      CHECK(same_bits(logits, first));
    }
  }
}

TEST_CASE("a later token changes nothing before it, and an earlier one does") {
  const RandomModel file(small_spec("llama"), Format::f32);
  const auto model = load(file.options());
  const size_t vocab = model->spec().vocab_size;
  Sequence one{random_tokens(40, vocab, 1), some_blocks(40, 0), 0, {}};
  Sequence other = one;
  other.blocks = some_blocks(40, 10);
  other.tokens[20] = (other.tokens[20] + 1) % static_cast<int32_t>(vocab);
  advance(*model, {&one, &other}, {40, 40});
  for (size_t row = 0; row < 40; ++row) {
    const bool same = std::memcmp(&one.logits[row * vocab], &other.logits[row * vocab],
                                  vocab * sizeof(float)) == 0;
    CHECK(same == (row < 20));
  }
}

TEST_CASE("a sequence whose logits are not finite fails alone") {
  // Without a norm before the first product, so that it overflows.
  const ModelSpec spec = small_spec("olmo2");
  for (const std::string& isa : available_isas()) {
    CAPTURE(isa);
    // A file's weights are finite, but what comes of these is not.
    const float poisons[] = {std::numeric_limits<float>::max(),
                             std::numeric_limits<float>::lowest()};
    for (const float poison : poisons) {
      CAPTURE(poison);
      // Untied, so that token 5's embedding is nobody's logit.
      RandomModel file(spec, Format::f32, /*tied=*/false);
      const std::vector<float> expected = [&] {
        const auto model = load(file.options(isa, 2));
        Sequence sequence{{1, 2, 3, 4}, {7}, 0, {}};
        advance(*model, {&sequence}, {4});
        return sequence.logits;
      }();
      for (size_t i = 0; i < spec.hidden_size; ++i) {
        file.poison("token_embd.weight", 5 * spec.hidden_size + i, poison);
      }
      const auto model = load(file.options(isa, 2));
      Sequence bad{{5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5}, {7, 8}, 0, {}};
      Sequence good{{1, 2, 3, 4}, {9}, 0, {}};
      advance(*model, {&bad, &good}, {20, 4});
      CHECK(same_bits(expected, good.logits));
      CHECK_FALSE(all_finite(bad.logits));

      // A block that held such values has no memory of them.
      Sequence reuses{{1, 2, 3, 4}, {7}, 0, {}};
      advance(*model, {&reuses}, {3});
      advance(*model, {&reuses}, {1});
      CHECK(same_bits(expected, reuses.logits));
    }
  }
}

TEST_CASE("draws and scores agree with whole logits") {
  const RandomModel file(small_spec("qwen2"), Format::f32);
  const auto model = load(file.options("", 2));
  const size_t vocab = model->spec().vocab_size;
  // More scored rows than the head holds at once.
  constexpr size_t rows = 150;
  Sequence reference{random_tokens(rows, vocab, 3), some_blocks(rows, 0), 0, {}};
  advance(*model, {&reference}, {rows});

  const std::vector<int32_t> tokens = reference.tokens;
  const std::vector<int32_t> blocks = some_blocks(rows, 20);
  const int32_t row_offsets[] = {0, rows}, first[] = {0};
  const int32_t block_offsets[] = {0, static_cast<int32_t>(blocks.size())};
  std::vector<int32_t> score_rows, targets, tops(rows, 2);
  for (size_t row = 0; row < rows; ++row) {
    score_rows.push_back(static_cast<int32_t>(row));
    targets.push_back(row % 3 == 0 ? -1 : static_cast<int32_t>(row % vocab));
  }
  // Two draws of one row, one of another.
  const int32_t draw_rows[] = {149, 149, 70};
  const float zeros[] = {0, 0, 0};
  const int32_t draw_tops[] = {0, -1, 3};

  StepBatch batch;
  batch.tokens = tokens.data();
  batch.counts.rows = rows;
  batch.row_offsets = row_offsets;
  batch.first_positions = first;
  batch.counts.sequences = 1;
  batch.block_offsets = block_offsets;
  batch.block_tables = blocks.data();
  const NeutralDraws draws({draw_rows, draw_rows + 3});
  draws.put_into(batch);
  batch.draws.temperature = zeros;
  batch.draws.top_logprobs = draw_tops;
  batch.counts.scores = rows;
  batch.scores = {.row = score_rows.data(), .target = targets.data(), .top_logprobs = tops.data()};

  std::vector<int32_t> draw_tokens(3), draw_top_ids(3 * max_top_logprobs);
  std::vector<float> draw_logprobs(3, 1), draw_top(3 * max_top_logprobs);
  std::vector<uint8_t> draw_status(3, 9), score_status(rows, 9);
  std::vector<float> score_logprobs(rows, 1), score_top(rows * max_top_logprobs);
  std::vector<int32_t> score_ids(rows * max_top_logprobs);
  const StepResults results{
      .draw_tokens = draw_tokens.data(),
      .draw_logprobs = draw_logprobs.data(),
      .draw_status = draw_status.data(),
      .draw_top_ids = draw_top_ids.data(),
      .draw_top_logprobs = draw_top.data(),
      .score_logprobs = score_logprobs.data(),
      .score_status = score_status.data(),
      .score_top_ids = score_ids.data(),
      .score_top_logprobs = score_top.data(),
  };
  model->start(batch, results);
  REQUIRE(model->finish().ok());

  const auto logits = [&](size_t row) { return &reference.logits[row * vocab]; };
  const auto best = [&](size_t row) {
    return static_cast<int32_t>(std::max_element(logits(row), logits(row) + vocab) - logits(row));
  };
  const auto logprob = [&](size_t row, int32_t id) {
    double sum = 0;
    for (size_t i = 0; i < vocab; ++i) sum += std::exp(double{logits(row)[i]});
    return double{logits(row)[id]} - std::log(sum);
  };
  for (size_t i = 0; i < batch.counts.draws; ++i) {
    CHECK(draw_status[i] == static_cast<uint8_t>(RowStatus::ok));
    CHECK(draw_tokens[i] == best(static_cast<size_t>(draw_rows[i])));
  }
  CHECK(draw_logprobs[0] == doctest::Approx(logprob(149, draw_tokens[0])).epsilon(1e-4));
  CHECK(draw_logprobs[1] == 1);  // not asked for, so left as it was
  CHECK(draw_logprobs[2] == draw_top[2 * max_top_logprobs]);
  CHECK(draw_top_ids[2 * max_top_logprobs] == best(70));
  for (size_t row = 0; row < rows; ++row) {
    CHECK(score_status[row] == static_cast<uint8_t>(RowStatus::ok));
    CHECK(score_ids[row * max_top_logprobs] == best(row));
    const double expected = targets[row] < 0 ? 1 : logprob(row, targets[row]);
    CHECK(score_logprobs[row] == doctest::Approx(expected).epsilon(1e-4));
  }
}

TEST_CASE("the cancel word ends a step, the heartbeat counts layers") {
  const RandomModel file(small_spec("llama"), Format::f32);
  std::atomic<int32_t> progress{0}, heartbeat{0}, cancel{0};
  std::unique_ptr<Model> model;
  REQUIRE(Model::load(file.options(), {&progress, &heartbeat, &cancel}, &model).ok());
  CHECK(progress == 1000);
  Sequence sequence{{1, 2, 3}, {0}, 0, {}};
  advance(*model, {&sequence}, {2});
  const auto layers = static_cast<int32_t>(model->spec().layers);
  CHECK(heartbeat == layers);

  cancel = 1;
  const int32_t tokens[] = {3}, row_offsets[] = {0, 1}, first[] = {2}, block_offsets[] = {0, 1},
                blocks[] = {0};
  StepBatch batch;
  batch.tokens = tokens;
  batch.counts.rows = 1;
  batch.row_offsets = row_offsets;
  batch.first_positions = first;
  batch.counts.sequences = 1;
  batch.block_offsets = block_offsets;
  batch.block_tables = blocks;
  model->start(batch, {});
  CHECK(model->finish().code() == ErrorCode::cancelled);
  CHECK(heartbeat == layers);

  std::unique_ptr<Model> second;
  CHECK(Model::load(file.options(), {&progress, &heartbeat, &cancel}, &second).code() ==
        ErrorCode::cancelled);
}
