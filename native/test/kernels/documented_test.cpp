// The table of docs/formats.md, against what kernels compute in and how they pack it.
#include <doctest/doctest.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "quant/code_block.h"
#include "test/kernels/kernel_inputs.h"

namespace kinglet::test {
namespace {

using Cells = std::vector<std::string>;

struct Document {
  // Of its first table.
  Cells head;
  std::map<std::string, Cells> rows;  // by their first cell, in lower case
  std::string text;                   // all of it
};

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

/// What a line has between its bars.
Cells cells_of(const std::string& line) {
  Cells cells;
  for (size_t begin = 1, end; (end = line.find('|', begin)) != std::string::npos; begin = end + 1) {
    std::string cell = line.substr(begin, end - begin);
    cell.erase(cell.find_last_not_of(' ') + 1);
    cell.erase(0, cell.find_first_not_of(' '));
    cells.push_back(cell);
  }
  return cells;
}

/// One without rows where the file is not there.
Document documented() {
  std::ifstream file(std::string(KINGLET_GOLDEN) + "/../../docs/formats.md");
  Document document;
  bool in_table = false, was_in_table = false;
  for (std::string line; std::getline(file, line);) {
    document.text.append(line).push_back('\n');
    in_table = line.starts_with('|') && (in_table || !was_in_table);
    if (!in_table) continue;
    const Cells cells = cells_of(line);
    if (!was_in_table) document.head = cells;
    was_in_table = true;
    document.rows[lower(cells.front())] = cells;
  }
  return document;
}

std::string as_code(std::string_view text) {
  std::string code(text);
  code.insert(0, 1, '`').push_back('`');
  return code;
}

/// The column whose head names an instruction set, or else its parent; 0 for scalar, which packs as
/// files do.
size_t memory_column(const Document& document, const KernelVariant& variant) {
  for (size_t i = 0; i < document.head.size(); ++i) {
    if (document.head[i].find(as_code(variant.isa)) != std::string::npos) return i;
  }
  return variant.parent == nullptr ? 0 : memory_column(document, *variant.parent);
}

/// The second column.
std::string computed_in(const FormatInfo& info) {
  if (info.is_float()) return "as it is";
  if (info.is_computed()) {
    // The points of a codebook have fewer bits in a file than their weights have.
    const bool has_points = 8 * info.block_bytes < info.layout->bits * info.block_values;
    return has_points ? std::to_string(info.layout->bits) + " bits, exactly" : "its own bits";
  }
  std::string to(format_info(info.computed_as).name);
  switch (info.rounds) {
    case Rounding::nothing: return to + ", exactly";
    case Rounding::scales: return to + ", scales rounded to halves";
  }
  return to;
}

/// Whether a cell is a number, up to its fourth digit behind the point.
bool says(const Cells& row, size_t column, double number) {
  return column < row.size() &&
         std::fabs(std::strtod(row[column].c_str(), nullptr) - number) < 5e-5;
}

}  // namespace

TEST_CASE("docs/formats.md says how each format is computed, and the bits of a weight") {
  const Document document = documented();
  for (const FormatInfo& info : formats()) {
    CAPTURE(info.name);
    const auto found = document.rows.find(std::string(info.name));
    if (found == document.rows.end()) {
      FAIL_CHECK("docs/formats.md has no row of the format ", info.name);
      continue;
    }
    const Cells& row = found->second;
    REQUIRE(row.size() > 1);
    CHECK(lower(row[1]) == computed_in(info));
    const double in_file = 8.0 * static_cast<double>(info.block_bytes);
    CHECK(says(row, 2, in_file / static_cast<double>(info.block_values)));
    for (const KernelVariant& variant : kernel_variants()) {
      // What the document doesn't name it says nothing of.
      if (document.text.find(as_code(variant.isa)) == std::string::npos) continue;
      const size_t column = memory_column(document, variant);
      const MatmulKernel* unit =
          variant.supported() ? find_unit(variant.table(), info.computed_as) : nullptr;
      CAPTURE(variant.isa);
      CHECK(column > 0);
      if (column == 0 || unit == nullptr) continue;
      constexpr size_t side = 4096;
      const double in_memory = 8.0 * static_cast<double>(unit->packed_bytes(side, side));
      CHECK(says(row, column, in_memory / (side * side)));
    }
  }
}

}  // namespace kinglet::test
