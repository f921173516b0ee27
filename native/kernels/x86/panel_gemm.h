// The loops of a matmul over packed tiles, for a Kernel that knows one block of them.
//
// A few activation rows pass by a tile together, block by block, as it is packed: memory is the
// limit. With more, `chunk` blocks of a few tiles are made ready once in a panel that stays in the
// L1 cache, and all activation rows pass by it in groups, whose sums are registers.
//
// The order of additions to a sum is that of the blocks either way.
//
// `Kernel` has
//   V            words and floats of `V::rows` weight rows, and how its registers are used best:
//                direct_columns are those up to which all pass by packed tiles together,
//                direct_tiles the tiles at once, where they are more than a few, and direct_dots
//                the dot products at once; up to l2_columns of them, or all where that pays
//                (request_distances.h), ask for memory into the L2 cache first; column_bytes of a
//                block of a row come from memory in the time in which it is multiplied by a column;
//                panel_tiles are the tiles of a panel, and panel_columns the columns of a group
//   Tiles        the packed layout
//   registers    of V that a block of a tile takes when it is ready
//   get(block, i)  register i below `registers` of a Tiles::Block
//   add_block(sums, weights, columns), which adds a block to sums[columns][tiles];
//                weights.get(t, i) is register i of tile t, and weights.after_word(w) is called
//                when word w has been added
// Everything is a template over types of the including ISA's namespace: no instantiation is shared
// between sources that are compiled with different flags.
#pragma once

#include <bit>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "kernels/kernels.h"
#include "kernels/request_distances.h"
#include "kernels/x86/prefetch.h"
#include "kernels/x86/q8_columns.h"

namespace kinglet::x86 {

template <class Kernel>
struct PanelGemm {
  using V = typename Kernel::V;
  using F = typename V::F;
  using Tiles = typename Kernel::Tiles;
  using Columns = Q8Columns<V>;

  static void gemv(const MatmulTask& task) {
    assert(task.batch == 1);
    direct(task);
  }
  static void gemm(const MatmulTask& task) {
    if (task.batch <= V::direct_columns) return direct(task);
    for_each_part(task.batch, max_columns, [&](size_t begin, size_t count) {
      constexpr size_t at_once = V::panel_tiles * V::rows;
      size_t row = task.row_begin;
      for (; row + at_once <= task.row_end; row += at_once) {
        panel<V::panel_tiles>(task, begin, count, row);
      }
      for (; row < task.row_end; row += V::rows) panel<1>(task, begin, count, row);
    });
  }

 private:
  // Blocks in a panel: two tiles of 16 rows take 18 KB of the L1 cache with them.
  static constexpr size_t chunk = 16;
  // Columns that pass by a panel: so many that making it ready is a small part, so few that what is
  // used of their rows stays in the L2 cache.
  static constexpr size_t max_columns = 128;
  // How far ahead of a block of packed tiles memory is asked for, for more columns than
  // V::l2_columns: into the L1 cache alone, where more requests cost more than they bring.
  // With fewer columns both caches are asked, at request_distances(). The CPU's own prefetchers
  // stop at page borders and are easily diverted: where results had left the L2 cache, one line of
  // them for two tiles cost a quarter of the bandwidth, and costs nothing with both.
  static constexpr size_t l1_distance = 2560;
  // Columns up to which all time is memory's.
  static constexpr size_t waiting_columns =
      Tiles::unit_bytes / Tiles::unit_blocks / V::rows / V::column_bytes;

  /// Blocks of tiles that lie one after the other, where they are packed.
  struct Packed {
    const std::byte* first_tile;
    size_t tile_bytes;
    size_t block;

    /// `blocks` later.
    Packed at(size_t blocks) const { return {first_tile, tile_bytes, block + blocks}; }
    /// `bytes` further on in each tile.
    Packed further(size_t bytes) const { return {first_tile + bytes, tile_bytes, block}; }
    [[gnu::always_inline]] const std::byte* tile(size_t t) const {
      return first_tile + t * tile_bytes;
    }
    [[gnu::always_inline]] typename V::I get(size_t t, size_t i) const {
      return Kernel::get(typename Tiles::Block(tile(t), block), i);
    }
  };

  static Packed packed_tiles(const MatmulTask& task, size_t row) {
    return {Tiles::tile(task.packed, row, task.cols), Tiles::tile_bytes(task.cols), 0};
  }

  /// A block of packed tiles, as pass `pass` of `passes` over some columns reads it. Each word of
  /// each pass asks for an equal part of what lies ahead, which is the block's share of its unit:
  /// requests at once would wait for the few line buffers of the L1 cache, and what is computed
  /// would wait behind them.
  template <size_t tiles, size_t levels, size_t pass, size_t passes>
  struct Streamed {
    const Packed& packed;
    const std::byte* const (&ahead)[levels];  // in tile 0, for the L1 cache, then for the L2 cache

    [[gnu::always_inline]] typename V::I get(size_t t, size_t i) const { return packed.get(t, i); }
    [[gnu::always_inline]] void after_word(size_t w) const {
      constexpr size_t lines = (Tiles::unit_bytes / Tiles::unit_blocks + 63) / 64;
      constexpr size_t requests = levels * tiles * lines, words = passes * 8;
      const size_t word = pass * 8 + w;
#pragma GCC unroll 8
      for (size_t i = word * requests / words; i < (word + 1) * requests / words; ++i) {
        const size_t level = i % levels, t = i / levels % tiles, line = i / levels / tiles;
        const std::byte* there = ahead[level] + t * packed.tile_bytes + line * 64;
        level == 0 ? prefetch_l1(there) : prefetch_l2(there);
      }
    }
  };

  /// Memory that is needed soon. The words of a block ask for it in `requests` places, `step` bytes
  /// apart: at once they would wait for each other, and what is computed for them.
  struct Ahead {
    // Few, but enough for steps of about a line where the fewest columns pass by a panel.
    static constexpr size_t lines_at_once =
        V::panel_tiles * Tiles::unit_bytes / Tiles::unit_blocks / 256;
    static constexpr size_t requests = lines_at_once == 0 ? 1 : std::bit_floor(lines_at_once);
    static_assert(8 % requests == 0);
    const std::byte* begin;
    const std::byte* end;
    size_t step;

    Ahead at(size_t block) const { return {begin + block * requests * step, end, step}; }
    /// What to ask for with so many blocks.
    Ahead next(size_t blocks) {
      const Ahead part{begin, end, begin < end ? step : 0};
      begin += blocks * requests * part.step;
      return part;
    }
    [[gnu::always_inline]] void after_word(size_t w) const {
      constexpr size_t words = 8 / requests;
      if (w % words == 0) prefetch_l2(begin + w / words * step);
    }
  };

  /// Blocks of some tiles that were made ready: [block][register][tile].
  template <size_t tiles>
  struct Ready {
    static constexpr size_t block_bytes = Kernel::registers * tiles * V::bytes;
    const std::byte* data;
    Ahead ahead;

    Ready at(size_t block) const { return {data + block * block_bytes, ahead.at(block)}; }
    typename V::I get(size_t t, size_t i) const {
      return V::load(data + (i * tiles + t) * V::bytes);
    }
    [[gnu::always_inline]] void after_word(size_t w) const { ahead.after_word(w); }
  };

  /// Where sums are between chunks, or at last: [columns], each [tiles * V::rows].
  template <size_t tiles>
  struct Sums {
    float* data = nullptr;  // null: all are zero
    size_t stride = 0;

    float* column(size_t c) const { return data + c * stride; }
    Sums from_column(size_t c) const { return {column(c), stride}; }
  };

  /// What add_chunk does: blocks of weights times those of some activation rows.
  template <size_t tiles>
  struct Chunk {
    Ready<tiles> weights;
    Columns activations;
    size_t blocks;
    Sums<tiles> from, to;
  };

  /// The tiles after those of `row`, for as long as these are made ready and `columns` columns pass
  /// by them.
  template <size_t tiles>
  static Ahead next_tiles(const MatmulTask& task, size_t columns, size_t row) {
    const size_t bytes = Tiles::tile_bytes(task.cols);
    const std::byte* begin = Tiles::tile(task.packed, row, task.cols) + tiles * bytes;
    const size_t left = (task.row_end - row + V::rows - 1) / V::rows;
    const size_t next = left < 2 * tiles ? left - tiles : tiles;
    const size_t groups = (columns + V::panel_columns - 1) / V::panel_columns;
    const size_t requests = (1 + groups) * (task.cols / q8_block) * Ahead::requests;
    return {begin, begin + next * bytes, (next * bytes + requests - 1) / requests};
  }

  /// Calls body(begin, count) for parts of at most `most`, as equal as can be.
  template <class Body>
  static void for_each_part(size_t n, size_t most, const Body& body) {
    const size_t parts = (n + most - 1) / most;
    for (size_t part = 0, begin = 0; part < parts; ++part) {
      const size_t end = n * (part + 1) / parts;
      body(begin, end - begin);
      begin = end;
    }
  }

  /// Calls body<columns>() for a number of columns from `least` to `most`.
  template <size_t least, size_t most, class Body>
  static void with_columns(size_t columns, const Body& body) {
    if constexpr (least < most) {
      if (columns < most) return with_columns<least, most - 1>(columns, body);
    }
    assert(columns == most);
    body.template operator()<most>();
  }

  static void direct(const MatmulTask& task) {
    assert(task.cols % q8_block == 0 && task.row_begin % V::rows == 0);
    with_columns<1, V::direct_columns>(task.batch, [&]<size_t columns>() {
      if (columns <= V::l2_columns || requests_pay_with_columns()) {
        const auto [l1, l2] = request_distances(columns <= waiting_columns);
        direct_rows<columns, (columns > 3 ? V::direct_tiles : 1)>(task, {l1, l2});
        return;
      }
      if constexpr (columns > V::l2_columns) {
        direct_rows<columns, (columns > 2 ? V::direct_tiles : 1)>(task, {l1_distance});
      }
    });
  }

  /// `distances` are how far ahead memory is asked for, for each of the Streamed levels.
  template <size_t columns, size_t tiles, size_t levels>
  static void direct_rows(const MatmulTask& task, const size_t (&distances)[levels]) {
    size_t row = task.row_begin;
    for (; row + tiles * V::rows <= task.row_end; row += tiles * V::rows) {
      direct_tiles<tiles, columns>(task, row, distances);
    }
    for (; row < task.row_end; row += V::rows) direct_tiles<1, columns>(task, row, distances);
  }

  /// Adds a block to the sums of all columns, in passes over so many that registers hold their dot
  /// products beside all sums. `ahead` is of Streamed.
  template <size_t pass, size_t columns, size_t tiles, size_t levels>
  [[gnu::always_inline]] static void add_columns(F (&sums)[columns][tiles], const Packed& weights,
                                                 const Columns& activations,
                                                 const std::byte* const (&ahead)[levels]) {
    constexpr size_t passes = (columns * tiles + V::direct_dots - 1) / V::direct_dots;
    constexpr size_t first = columns * pass / passes;
    constexpr size_t count = columns * (pass + 1) / passes - first;
    Kernel::add_block(reinterpret_cast<F(&)[count][tiles]>(sums[first]),
                      Streamed<tiles, levels, pass, passes>{weights, ahead},
                      activations.from_column(first));
    if constexpr (pass + 1 < passes) add_columns<pass + 1>(sums, weights, activations, ahead);
  }

  template <size_t tiles, size_t columns, size_t levels>
  [[gnu::noinline]] static void direct_tiles(const MatmulTask& task, size_t row,
                                             const size_t (&distances)[levels]) {
    const Packed packed = packed_tiles(task, row);
    const Columns activations(task.activations, task.activation_stride, task.cols);
    F sums[columns][tiles];
    for (size_t c = 0; c < columns; ++c) {
      for (size_t t = 0; t < tiles; ++t) sums[c][t] = V::zero();
    }
    const size_t tile_bytes = packed.tile_bytes;
    // Behind the end of a tile comes what its place has in the next `tiles` ones.
    const auto ahead = [&](size_t place) {
      return place + (place < tile_bytes ? 0 : (tiles - 1) * tile_bytes);
    };
    // What the blocks of a loop share is read before it.
    constexpr size_t shared = Tiles::half_blocks;
    for (size_t first = 0, unit = 0; first < task.cols / q8_block; first += shared) {
      const Packed weights = shared == 1 ? packed.at(first) : packed.further(unit);
      for (size_t i = 0; i < shared; ++i) {
        const size_t begin = (shared == 1 ? first : i) * (Tiles::unit_bytes / Tiles::unit_blocks);
        const std::byte* there[levels];
        for (size_t level = 0; level < levels; ++level) {
          there[level] = packed.first_tile + ahead(unit + begin + distances[level]);
        }
        add_columns<0>(sums, weights.at(i), activations.at(first + i), there);
      }
      if constexpr (shared > 1) unit += Tiles::unit_bytes;
    }
#pragma GCC unroll 8
    for (size_t c = 0; c < columns; ++c) {
#pragma GCC unroll 2
      for (size_t t = 0; t < tiles; ++t) {
        const size_t first = row + t * V::rows;
        const size_t left = task.row_end - first;
        V::store_first(task.out + c * task.out_stride + first, sums[c][t],
                       left < V::rows ? left : size_t{V::rows});
      }
    }
  }

  /// `count` columns from `begin` on, times the rows of `tiles` tiles from `row` on.
  template <size_t tiles>
  static void panel(const MatmulTask& task, size_t begin, size_t count, size_t row) {
    alignas(64) std::byte ready[chunk * Ready<tiles>::block_bytes];
    alignas(64) float memory[max_columns * tiles * V::rows];
    const Sums<tiles> sums{memory, tiles * V::rows};
    const Sums<tiles> out{task.out + begin * task.out_stride + row, task.out_stride};
    const size_t valid = task.row_end - row;
    const Packed packed = packed_tiles(task, row);
    const Columns activations(task.activations + begin * task.activation_stride,
                              task.activation_stride, task.cols);
    Ahead ahead = next_tiles<tiles>(task, count, row);
    const size_t blocks = task.cols / q8_block;
    for (size_t first = 0; first < blocks; first += chunk) {
      const size_t chunk_blocks = blocks - first < chunk ? blocks - first : chunk;
      make_ready<tiles>(ready, packed, first, chunk_blocks, ahead.next(chunk_blocks));
      const bool to_out = first + chunk >= blocks && valid >= tiles * V::rows;
      for_each_part(count, V::panel_columns, [&](size_t c, size_t columns) {
        const Chunk<tiles> work{{ready, ahead.next(chunk_blocks)},
                                activations.from_column(c).at(first),
                                chunk_blocks,
                                first == 0 ? Sums<tiles>{} : sums.from_column(c),
                                (to_out ? out : sums).from_column(c)};
        with_columns<(V::panel_columns + 1) / 2, V::panel_columns>(
            columns, [&]<size_t group>() { add_chunk<tiles, group>(work); });
      });
    }
    if (valid >= tiles * V::rows) return;
    for (size_t c = 0; c < count; ++c) {
      std::memcpy(out.column(c), sums.column(c), valid * sizeof(float));
    }
  }

  template <size_t tiles>
  [[gnu::noinline]] static void make_ready(std::byte* ready, const Packed& packed, size_t first,
                                           size_t blocks, const Ahead& ahead) {
    for (size_t block = 0; block < blocks; ++block) {
      const Packed weights = packed.at(first + block);
      const Ahead there = ahead.at(block);
#pragma GCC unroll 20
      for (size_t i = 0; i < Kernel::registers; ++i) {
#pragma GCC unroll 2
        for (size_t t = 0; t < tiles; ++t, ready += V::bytes) V::store(ready, weights.get(t, i));
        if (i < 8) there.after_word(i);
      }
    }
  }

  template <size_t tiles, size_t columns>
  [[gnu::noinline]] static void add_chunk(const Chunk<tiles>& work) {
    F sums[columns][tiles];
#pragma GCC unroll 8
    for (size_t c = 0; c < columns; ++c) {
#pragma GCC unroll 2
      for (size_t t = 0; t < tiles; ++t) {
        sums[c][t] = work.from.data == nullptr ? V::zero()
                                               : V::load_floats(work.from.column(c) + t * V::rows);
      }
    }
    Ready<tiles> weights = work.weights;
    Columns activations = work.activations;
    for (size_t block = 0; block < work.blocks; ++block) {
      Kernel::add_block(sums, weights.at(block), activations.at(block));
    }
#pragma GCC unroll 8
    for (size_t c = 0; c < columns; ++c) {
#pragma GCC unroll 2
      for (size_t t = 0; t < tiles; ++t)
        V::store_floats(work.to.column(c) + t * V::rows, sums[c][t]);
    }
  }
};

/// The unit of a Kernel.
template <class Kernel>
MatmulKernel panel_unit(const char* name) {
  using Tiles = typename Kernel::Tiles;
  return {.name = name,
          .activation = Activation::q8,
          .row_tile = Tiles::rows,
          .packed_bytes = Tiles::packed_bytes,
          .pack = Tiles::pack,
          .unpack_row = Tiles::unpack_row,
          .gemv = PanelGemm<Kernel>::gemv,
          .gemm = PanelGemm<Kernel>::gemm};
}

}  // namespace kinglet::x86
