#include "quant/formats.h"

#include <algorithm>
#include <cassert>

#include "quant/format_table.h"

namespace kinglet {
namespace {

using quant::format_table;

template <typename Predicate>
const FormatInfo* find(Predicate predicate) {
  const auto* row = std::find_if(std::begin(format_table), std::end(format_table), predicate);
  return row == std::end(format_table) ? nullptr : row;
}

}  // namespace

std::span<const FormatInfo> formats() { return format_table; }

const FormatInfo* find_format(uint32_t number) {
  return find([&](const FormatInfo& row) { return static_cast<uint32_t>(row.format) == number; });
}

const FormatInfo* find_format(std::string_view name) {
  return find([&](const FormatInfo& row) { return row.name == name; });
}

const FormatInfo& format_info(Format format) {
  const FormatInfo* row = find_format(static_cast<uint32_t>(format));
  assert(row != nullptr);
  return *row;
}

}  // namespace kinglet
