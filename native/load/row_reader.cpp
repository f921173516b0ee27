#include "load/row_reader.h"

#include <string>

namespace kinglet {

namespace {

/// Rewrites a row of `cols` weights into another format. `scratch` holds `cols` floats.
void rewrite_row(std::byte* out, const FormatInfo& to, const std::byte* in, const FormatInfo& from,
                 size_t cols, float* scratch) {
  if (to.format == Format::f32) {
    from.dequantize(reinterpret_cast<float*>(out), in, cols);
  } else if (to.format == from.computed_as) {
    from.convert(out, in, cols);
  } else {
    from.dequantize(scratch, in, cols);
    to.quantize(out, scratch, cols);
  }
}

}  // namespace

Status RowReader::read_matrix(const Placement& placement, size_t begin, size_t end,
                              const PieceScratch& scratch) const {
  const TensorEntry& entry = *placement.entry;
  const FormatInfo& from = format_info(entry.format);
  const FormatInfo& to = format_info(placement.format);
  KINGLET_RETURN_IF_ERROR(read_rows(entry, begin, end, scratch.read));
  if (from.format == to.format) return Status();
  const size_t from_bytes = row_bytes(from, entry.cols);
  const size_t to_bytes = row_bytes(to, entry.cols);
  for (size_t row = 0; row < end - begin; ++row) {
    rewrite_row(scratch.rows + row * to_bytes, to, scratch.read + row * from_bytes, from,
                entry.cols, scratch.floats);
  }
  return to.finite(scratch.rows, (end - begin) * entry.cols) ? Status() : too_large(entry, to);
}

Status RowReader::read_vector(const Placement& placement, const PieceScratch& scratch,
                              float* out) const {
  const TensorEntry& entry = *placement.entry;
  KINGLET_RETURN_IF_ERROR(read_rows(entry, 0, 1, scratch.read));
  format_info(entry.format).dequantize(out, scratch.read, entry.cols);
  return Status();
}

void RowReader::read_ahead(const Placement& placement, size_t begin, size_t end) const {
  const TensorEntry& entry = *placement.entry;
  const size_t bytes = row_bytes(format_info(entry.format), entry.cols);
  files_[entry.file].read_ahead(entry.offset + begin * bytes, (end - begin) * bytes);
}

Status RowReader::read_rows(const TensorEntry& entry, size_t begin, size_t end,
                            std::byte* out) const {
  const FormatInfo& format = format_info(entry.format);
  const size_t bytes = row_bytes(format, entry.cols);
  const ModelFile& file = files_[entry.file];
  KINGLET_RETURN_IF_ERROR(file.read(entry.offset + begin * bytes, (end - begin) * bytes, out));
  if (!format.finite(out, (end - begin) * entry.cols)) {
    return Status(ErrorCode::file_malformed,
                  file.path() + ": tensor " + entry.shown_name() + ": rows " +
                      std::to_string(begin) + " to " + std::to_string(end - 1) +
                      " hold weights that are infinite or no numbers: the file is damaged, or "
                      "its training or conversion went wrong");
  }
  return Status();
}

Status RowReader::too_large(const TensorEntry& entry, const FormatInfo& to) const {
  return Status(ErrorCode::unsupported_model,
                files_[entry.file].path() + ": tensor " + entry.shown_name() +
                    " has weights too large for " + std::string(to.name) + ", in which " +
                    std::string(format_info(entry.format).name) +
                    " is computed here: --compute float computes them as they are");
}

}  // namespace kinglet
