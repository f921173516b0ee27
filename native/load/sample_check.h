// Whether packed weights that were kept are still those that would be packed now.
#pragma once

#include <vector>

#include "load/row_reader.h"
#include "load/weight_plan.h"
#include "platform/page_memory.h"
#include "platform/status.h"

namespace kinglet {

/// Memory for what check_samples() packs.
void lay_out_samples(MemoryLayout& layout, const std::vector<Placement>& placements);

/// Reads all vectors and one tile of rows of every matrix from the model's files, packs the rows
/// anew and compares what one of them means with what lies in the plan's memory: to compare all
/// takes half as long as the checksums of all weights. That finds a file with other weights, if not
/// with ones that differ in a few rows only, and a build that packs otherwise. `file_malformed`
/// names the tensor; other errors are those of reading.
Status check_samples(const std::vector<Placement>& placements, const RowReader& reader,
                     MappedBytes& mapped);

}  // namespace kinglet
