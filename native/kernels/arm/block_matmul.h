// The matmuls of the Arm tables: loops around a tile, and the one expression by which a block is
// added to its results, in every batch. A lane of the results is a row, and nothing is ever summed
// across the blocks but by a fused multiply-add into that lane, block after block, so a result
// cannot depend on how many activation rows a tile takes.
//
// A few activation rows pass by a tile as it is packed: memory is the limit. With more, a chunk of
// a tile is made ready in a panel that stays in the first-level cache, and all activation rows pass
// by it in fours.
//
// Each table has its own `Isa`:
//   Lanes           what a register of codes covers
//   sixteenfold     whether codes may be 16 times too large: see QuadPlanes
//   Tokens<batch>   the lanes of results, of a tile as it is packed
//   Four            how four activation rows are interleaved, that pass by a panel
//   dots<Tokens>(codes, in, block, start, add)
//                   calls add(t, group, dot) with a block's exact dot products, plus start(t)
//   half_dots<Tokens>(codes, scales, in, block, add)
//                   the same, of those of each half of the block times scales[group][half]
// and what panel.h asks for.
// In an anonymous namespace for the reason that code_tile.h gives.
#pragma once

#include "kernels/arm/block_scales.h"
#include "kernels/arm/code_tile.h"
#include "kernels/arm/four.h"
#include "kernels/arm/panel.h"
#include "kernels/arm/repeat.h"
#include "kernels/arm/rows_per_pass.h"
#include "kernels/arm/tokens.h"
#include "kernels/arm/unpack.h"

namespace kinglet::arm {
namespace {

template <class Isa, Format format>
struct BlockMatmul {
  using Tile = CodeTile<format, typename Isa::Lanes>;

  static MatmulKernel kernel(const char* name) {
    return {.name = name,
            .activation = Activation::q8,
            .row_tile = tile_rows,
            .packed_bytes = Tile::packed_bytes,
            .pack = Tile::pack,
            .unpack_row = Tile::unpack_row,
            .interleave = Isa::Four::write,
            .gemv = gemv,
            .gemm = gemm};
  }

 private:
  using Panel = arm::Panel<Isa, Tile>;
  using Packed = PackedCodes<Tile, Isa::sixteenfold>;
  template <size_t batch>
  using DirectTokens = typename Isa::template Tokens<batch>;
  template <class Tokens>
  using Results = typename Tokens::Results;
  template <class Tokens>
  using Scales = BlockScales<Tile, Tokens>;

  // Activation rows of a pass, whose sums are in memory between chunks.
  static constexpr size_t most_rows = 128;
  static_assert(most_rows % tile_batch == 0);

  static void gemv(const MatmulTask& task) {
    assert(task.batch == 1);
    direct<1>(task);
  }

  static void gemm(const MatmulTask& task) {
    assert(task.batch > 0);
    switch (task.batch) {
      case 1: return direct<1>(task);
      case 2: return direct<2>(task);
      case 3: return direct<3>(task);
      case 4: return direct<4>(task);
    }
    const size_t most = smaller(most_rows, rows_per_pass(task.activation_stride));
    const size_t passes = (task.batch + most - 1) / most;
    // As equal as whole fours can be.
    const size_t pass =
        ((task.batch + passes - 1) / passes + tile_batch - 1) / tile_batch * tile_batch;
    for (size_t begin = 0; begin < task.batch; begin += pass) {
      const size_t count = smaller(pass, task.batch - begin);
      for (size_t row = task.row_begin; row < task.row_end; row += tile_rows) {
        panel(task, begin, count, row);
      }
    }
  }

  /// Adds block `block` of the activations times weights.
  template <class Tokens, class Codes, class In>
  [[gnu::always_inline]] static void accumulate(Results<Tokens>& results, Codes& codes,
                                                const Scales<Tokens>& scales, const In& in,
                                                size_t block) {
    using S = Scales<Tokens>;
    // By value: what is referred to is stored.
    const auto add = [&results, &in, scales, block](size_t t, size_t group,
                                                    int32x4_t dot) __attribute__((always_inline)) {
      float32x4_t scaled = vmulq_f32(exact<Codes::shift>(dot), scales.scale[group]);
      if constexpr (S::has_minima && S::by_halves) {
        const int32x4_t minima = Tokens::minima(scales.minima[group], in, t, block);
        scaled = vfmaq_f32(scaled, vcvtq_f32_s32(minima), scales.minimum[group]);
      } else if constexpr (S::has_minima) {
        scaled = Tokens::add_minimum(scaled, scales.minimum[group], in, t, block);
      }
      results[t][group] = Tokens::multiply_add(results[t][group], scaled, in, t, block);
    };
    if constexpr (S::by_halves) {
      Isa::template half_dots<Tokens>(codes, scales.scales, in, block, add);
    } else {
      const auto start = [&](size_t t) __attribute__((always_inline)) {
        if constexpr (Codes::lowered != 0) return Tokens::sixteen_sums(in, t, block);
        if constexpr (Codes::lowered == 0) return vdupq_n_s32(0);
      };
      static_assert(Codes::lowered == 0 || Codes::lowered == 16);
      Isa::template dots<Tokens>(codes, in, block, start, add);
    }
  }

  /// 2^-shift * dot.
  template <int shift>
  [[gnu::always_inline]] static float32x4_t exact(int32x4_t dot) {
    if constexpr (shift == 0) return vcvtq_f32_s32(dot);
    if constexpr (shift != 0) return vcvtq_n_f32_s32(dot, shift);
  }

  template <class Tokens>
  [[gnu::always_inline]] static void clear(Results<Tokens>& results) {
    repeat<Tokens::count>([&]<size_t t>() __attribute__((always_inline)) {
      repeat<Tokens::groups>(
          [&]<size_t g>() __attribute__((always_inline)) { results[t][g] = vdupq_n_f32(0); });
    });
  }

  template <class Tokens>
  [[gnu::always_inline]] static void copy(Results<Tokens>& to, const Results<Tokens>& from) {
    repeat<Tokens::count>([&]<size_t t>() __attribute__((always_inline)) {
      repeat<Tokens::groups>([&]<size_t g>()
                                 __attribute__((always_inline)) { to[t][g] = from[t][g]; });
    });
  }

  /// Writes the results of the tile at `row`, of which the matrix may have fewer rows.
  template <class Tokens>
  [[gnu::always_inline]] static void store(const MatmulTask& task, size_t row,
                                           const Results<Tokens>& results) {
    if (task.row_end - row >= tile_rows) {
      Tokens::store(task.out + row, task.out_stride, results);
    } else {
      store_some<Tokens>(task, 0, Tokens::batch, row, results);
    }
  }

  /// Writes the results of `count` activation rows from row `b` on.
  template <class Tokens>
  static void store_some(const MatmulTask& task, size_t b, size_t count, size_t row,
                         const Results<Tokens>& results) {
    float* to = task.out + b * task.out_stride + row;
    const size_t rows = smaller(tile_rows, task.row_end - row);
    if (rows == tile_rows && count == Tokens::batch) {
      return Tokens::store(to, task.out_stride, results);
    }
    float all[Tokens::batch][tile_rows];
    Tokens::store(all[0], tile_rows, results);
    for (size_t i = 0; i < count; ++i) {
      std::memcpy(to + i * task.out_stride, all[i], rows * sizeof(float));
    }
  }

  /// All activation rows, from packed tiles.
  template <size_t batch>
  static void direct(const MatmulTask& task) {
    assert(task.cols % Tile::columns == 0 && task.row_begin % tile_rows == 0);
    const Inputs<batch> in(task.activations, task.activation_stride, task.cols);
    // Two tiles share the loads of one activation row.
    constexpr size_t tiles = batch == 1 ? 2 : 1;
    size_t row = task.row_begin;
    for (; row + tiles * tile_rows <= task.row_end; row += tiles * tile_rows) {
      direct_tiles<batch, tiles>(task, in, row);
    }
    for (; row < task.row_end; row += tile_rows) direct_tiles<batch, 1>(task, in, row);
  }

  template <size_t batch, size_t tiles>
  [[gnu::always_inline]] static void direct_tiles(const MatmulTask& task, const Inputs<batch>& in,
                                                  size_t row) {
    using Tokens = DirectTokens<batch>;
    const std::byte* at[tiles];
    Results<Tokens> results[tiles];
    repeat<tiles>([&]<size_t t>() __attribute__((always_inline)) {
      at[t] = Tile::tile(task.packed, row + t * tile_rows, task.cols);
      clear<Tokens>(results[t]);
    });
    for (size_t block = 0; block < task.cols / q8_block;) {
      if constexpr (Tile::parts == 1) {
        repeat<tiles>([&]<size_t t>() __attribute__((always_inline)) {
          const UnitScales<Tile> halves(at[t]);
          at[t] = Tile::part(at[t], 0);
          add_part<Tokens>(results[t], halves, at[t], in, block);
        });
        ++block;
      } else {
        const UnitScales<Tile> halves[2] = {UnitScales<Tile>(at[0]),
                                            UnitScales<Tile>(at[tiles - 1])};
        repeat<tiles>([&]<size_t t>()
                          __attribute__((always_inline)) { at[t] = Tile::part(at[t], 0); });
        for (size_t p = 0; p < Tile::parts; ++p, ++block) {
          repeat<tiles>([&]<size_t t>() __attribute__((always_inline)) {
            add_part<Tokens>(results[t], halves[t], at[t], in, block);
          });
        }
      }
    }
    repeat<tiles>([&]<size_t t>() __attribute__((always_inline)) {
      store<Tokens>(task, row + t * tile_rows, results[t]);
    });
  }

  /// Adds the part at `at`, which moves on behind it.
  template <class Tokens>
  [[gnu::always_inline]] static void add_part(Results<Tokens>& results,
                                              const UnitScales<Tile>& halves, const std::byte*& at,
                                              const Inputs<Tokens::batch>& in, size_t block) {
    const Scales<Tokens> scales(halves, at);
    Packed codes(at);
    accumulate<Tokens>(results, codes, scales, in, block);
    at = codes.end();
  }

  using PanelTokens = typename Panel::Tokens;
  using In = typename Isa::Four;
  static_assert(In::batch == tile_batch);

  /// Activation rows [begin, begin + count) times the tile at `row`.
  static void panel(const MatmulTask& task, size_t begin, size_t count, size_t row) {
    Panel ready;
    Results<PanelTokens> sums[most_rows / tile_batch];
    const std::byte* tile = Tile::tile(task.packed, row, task.cols);
    const size_t blocks = task.cols / q8_block, fours = (count + tile_batch - 1) / tile_batch;
    for (size_t four = 0; four < fours; ++four) clear<PanelTokens>(sums[four]);
    for (size_t first = 0; first < blocks; first += Panel::capacity) {
      const size_t some = smaller(Panel::capacity, blocks - first);
      ready.fill(tile + first / Tile::parts * Tile::unit_bytes, some);
      for (size_t four = 0; four < fours; ++four) {
        const size_t b = begin + four * tile_batch;
        const In in(task.activations + b * task.activation_stride, task.cols, first);
        add_panel(sums[four], ready, some, in);
      }
    }
    for (size_t four = 0; four < fours; ++four) {
      const size_t b = four * tile_batch;
      store_some<PanelTokens>(task, begin + b, smaller(tile_batch, count - b), row, sums[four]);
    }
  }

  /// Adds the first `blocks` blocks of a panel times four activation rows, which begin with these.
  [[gnu::always_inline]] static void add_panel(Results<PanelTokens>& sums, const Panel& panel,
                                               size_t blocks, const In& in) {
    if constexpr (Panel::for_assembly) {
      Isa::template add_blocks<Tile::layout.has_minima>(reinterpret_cast<float*>(sums),
                                                        panel.blocks()->codes[0], blocks, in);
    } else {
      add_panel_blocks(sums, panel, blocks, in);
    }
  }

  // Not inline: the loop around it would take registers from it.
  [[gnu::noinline]] static void add_panel_blocks(Results<PanelTokens>& sums, const Panel& panel,
                                                 size_t blocks, const In& in) {
    Results<PanelTokens> results;
    copy<PanelTokens>(results, sums);
    for (size_t i = 0; i < blocks; ++i) {
      const typename Panel::Block& block = panel.blocks()[i];
      typename Panel::Codes codes{block};
      accumulate<PanelTokens>(results, codes, Scales<PanelTokens>(block.scales), in, i);
    }
    copy<PanelTokens>(sums, results);
  }
};

}  // namespace
}  // namespace kinglet::arm
