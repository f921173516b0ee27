// The keys and values of all sequences, in blocks of kv_block_tokens positions. Which block belongs
// to whom is the engine's business; here they are bytes.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/kernels.h"
#include "model_spec.h"
#include "platform/page_memory.h"

namespace kinglet {

/// [layer][run][kv_head] { keys [block in the run], values [block in the run] }; kernels/kv_block.h
/// has the layout of these. A run is blocks with consecutive numbers: a head's keys in it, and its
/// values, are streams that last, where a sequence has such blocks. In runs of one block a context
/// was read at four fifths of the speed.
class KvCache {
 public:
  KvCache(const ModelSpec& spec, KvFormat format, size_t blocks, const KernelTable& kernels);

  /// Takes room for all blocks: of the address space, since a page costs memory only once it is
  /// written.
  void lay_out(MemoryLayout& layout) { data_ = layout.add_bytes(blocks_, block_bytes()); }

  KvFormat format() const { return format_; }
  /// Bytes of one block over all layers.
  size_t block_bytes() const { return layers_ * layer_block_bytes(); }
  size_t layers() const { return layers_; }
  size_t blocks() const { return blocks_; }

  /// One KV head's part of a block, as kernels read it.
  KvBlock block(size_t layer, size_t block, size_t kv_head) const {
    const Halves halves = halves_of(layer, block, kv_head);
    return {halves.keys, halves.values};
  }

  /// Writes all KV heads of one token: k and v are [kv_heads * head_dim].
  void store(size_t layer, size_t block, size_t token, const float* k, const float* v) const;

  /// Writes one block of one layer as store() does, with random numbers in [-1, 1) that are a
  /// function of `layer` and `block`: of the size that normalised keys have. `scratch` holds
  /// 2 * kv_heads * head_dim floats.
  void fill(size_t layer, size_t block, float* scratch) const;

  /// Copies blocks over all layers: `count` pairs (from, to), in order.
  void copy_blocks(const int32_t* pairs, size_t count);

 private:
  struct Halves {
    std::byte* keys;
    std::byte* values;
  };

  Halves halves_of(size_t layer, size_t block, size_t kv_head) const;
  size_t layer_block_bytes() const { return kv_heads_ * 2 * half_bytes_; }

  // Of one head.
  void store_f16(const Halves& to, size_t token, const float* k, const float* v) const;
  void store_q8(const Halves& to, size_t token, const float* k, const float* v) const;

  const KernelTable& kernels_;
  const KvFormat format_;
  const size_t layers_;
  const size_t blocks_;
  const size_t kv_heads_;
  const size_t head_dim_;
  const size_t half_bytes_;
  const size_t run_blocks_;  // a power of two
  std::byte* data_ = nullptr;
};

}  // namespace kinglet
