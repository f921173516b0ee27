/** The keys of a generation_config.json that Kinglet does nothing about. */

/** By key, the values that ask for nothing; any other is named in the log. null always asks for nothing. */
export const NOT_HONOURED: ReadonlyMap<string, readonly (number | boolean)[]> = new Map([
  ['max_length', [20]],
  ['min_length', [0]],
  ['max_time', []],
  ['typical_p', [1]],
  ['top_h', []],
  ['epsilon_cutoff', [0]],
  ['eta_cutoff', [0]],
  ['penalty_alpha', [0]],
  ['num_beams', [1]],
  ['num_beam_groups', [1]],
  ['num_return_sequences', [1]],
  ['diversity_penalty', [0]],
  ['encoder_repetition_penalty', [1]],
  ['encoder_no_repeat_ngram_size', [0]],
  ['guidance_scale', [1]],
  ['renormalize_logits', [false]],
  ['remove_invalid_values', [false]],
  ['exponential_decay_length_penalty', []],
  ['force_words_ids', []],
  ['constraints', []],
  ['forced_bos_token_id', []],
  ['forced_eos_token_id', []],
  ['forced_decoder_ids', []],
  ['watermarking_config', []],
  ['dola_layers', []],
  ['token_healing', [false]],
]);

/** What changes no token of an answer: bookkeeping, caches, speculation, what beams alone look at. */
export const QUIET: ReadonlySet<string> = new Set([
  ...['_from_model_config', '_commit_hash', 'transformers_version', 'trust_remote_code'],
  ...['bos_token_id', 'pad_token_id', 'decoder_start_token_id'],
  ...['use_cache', 'cache_implementation', 'cache_config', 'return_legacy_cache', 'low_memory'],
  ...['prefill_chunk_size', 'compile_config', 'disable_compile', 'max_batch_tokens'],
  ...['continuous_batching_config', 'return_dict_in_generate', 'output_attentions'],
  ...['output_hidden_states', 'output_scores', 'output_logits'],
  ...['early_stopping', 'length_penalty'],
  ...['is_assistant', 'num_assistant_tokens', 'num_assistant_tokens_schedule'],
  ...['assistant_confidence_threshold', 'prompt_lookup_num_tokens', 'max_matching_ngram_size'],
  ...['assistant_early_exit', 'assistant_lookbehind', 'target_lookbehind'],
]);
