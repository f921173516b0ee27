// One step's input and output, as addon.ts lays them out. binding.cpp fills this from typed arrays
// and checks every number once; below it nothing is checked again.
#pragma once

#include <cstddef>
#include <cstdint>

namespace kinglet {

inline constexpr size_t max_top_logprobs = 20;

struct StepBatch {
  // Rows are grouped by sequence: sequence s owns rows [row_offsets[s], row_offsets[s + 1]), whose
  // absolute positions are first_positions[s], first_positions[s] + 1, ...
  const int32_t* tokens = nullptr;  // [rows]
  size_t rows = 0;
  const int32_t* row_offsets = nullptr;      // [sequences + 1]
  const int32_t* first_positions = nullptr;  // [sequences]
  size_t sequences = 0;

  // Sequence s keeps position p in block block_tables[block_offsets[s] + p / kv_block_tokens].
  const int32_t* block_offsets = nullptr;  // [sequences + 1]
  const int32_t* block_tables = nullptr;

  struct Draws {
    size_t count = 0;
    const int32_t* row = nullptr;
    const float* temperature = nullptr;
    const int32_t* top_k = nullptr;
    const float* top_p = nullptr;
    const float* min_p = nullptr;
    const float* repetition_penalty = nullptr;
    const float* presence_penalty = nullptr;
    const float* frequency_penalty = nullptr;
    const uint64_t* seed = nullptr;
    const uint32_t* sample_index = nullptr;
    const uint32_t* draw_index = nullptr;
    const int32_t* count_range = nullptr;  // [2 * count]: begin, end in count_ids
    const int32_t* bias_range = nullptr;   // [2 * count]: begin, end in bias_ids
    const int32_t* mask_offset = nullptr;  // first word in masks, or -1
    const int32_t* top_logprobs =
        nullptr;  // -1: no log-probability; 0: the drawn token's; else top-k too
  } draws;
  const int32_t* count_ids = nullptr;
  const int32_t* count_values = nullptr;
  const int32_t* bias_ids = nullptr;
  const float* bias_values = nullptr;
  const uint32_t* masks = nullptr;

  struct Scores {
    size_t count = 0;
    const int32_t* row = nullptr;
    const int32_t* target = nullptr;        // a token id, or -1
    const int32_t* top_logprobs = nullptr;  // 0: none
  } scores;

  const int32_t* logit_rows = nullptr;  // rows whose whole logits are wanted
  size_t logit_row_count = 0;
};

struct StepResults {
  int32_t* draw_tokens = nullptr;  // [draws]
  float* draw_logprobs = nullptr;
  uint8_t* draw_status = nullptr;      // RowStatus
  int32_t* draw_top_ids = nullptr;     // [draws][max_top_logprobs]
  float* draw_top_logprobs = nullptr;  // [draws][max_top_logprobs]
  float* score_logprobs = nullptr;     // [scores]
  uint8_t* score_status = nullptr;
  int32_t* score_top_ids = nullptr;  // [scores][max_top_logprobs]
  float* score_top_logprobs = nullptr;
  float* logits = nullptr;  // [logit_row_count][vocab]
};

}  // namespace kinglet
