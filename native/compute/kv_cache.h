// The keys and values of all sequences, in blocks of kv_block_tokens positions. Which block belongs
// to whom is the engine's business; here they are bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "kernels/kernels.h"
#include "platform/page_memory.h"
#include "platform/status.h"

namespace kinglet {

/// [layer][block][kv_head] { K [head_dim][kv_block_tokens], V [kv_block_tokens][head_dim] }.
class KvCache {
 public:
  /// Takes address space for `blocks` blocks; a page costs memory only once it is written.
  Status allocate(KvFormat format, size_t layers, size_t blocks, size_t kv_heads, size_t head_dim,
                  const KernelTable& kernels);

  KvFormat format() const { return format_; }
  /// Bytes of one block over all layers.
  size_t block_bytes() const { return layers_ * layer_block_bytes_; }

  /// One KV head's part of a block, as kernels read it.
  std::byte* block(size_t layer, size_t block, size_t kv_head) const {
    return memory_.data() + (layer * blocks_ + block) * layer_block_bytes_ +
           kv_head * head_block_bytes_;
  }

  /// Writes all KV heads of one token: k and v are [kv_heads * head_dim].
  void store(size_t layer, size_t block, size_t token, const float* k, const float* v) const;

  /// Copies blocks over all layers: `count` pairs (from, to), in order.
  void copy_blocks(const int32_t* pairs, size_t count);

 private:
  KvFormat format_ = KvFormat::f16;
  size_t layers_ = 0;
  size_t blocks_ = 0;
  size_t kv_heads_ = 0;
  size_t head_dim_ = 0;
  size_t head_block_bytes_ = 0;
  size_t layer_block_bytes_ = 0;
  const KernelTable* kernels_ = nullptr;
  PageMemory memory_;
};

}  // namespace kinglet
