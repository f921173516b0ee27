// loadModel()'s argument, read and checked.
#pragma once

#include <napi.h>

#include <optional>

#include "load/load_options.h"
#include "platform/signals.h"

namespace kinglet::binding {

/// Reads `ModelLoad` of addon.ts. Numbers are whole or finite and in the range
/// of their C++ types; what they mean is checked by Model::load. Throws on anything else.
LoadOptions read_load_options(const Napi::Object& object);

/// Reads `LoadOptions.packedCache`.
std::optional<PackedCacheOptions> read_packed_cache(const Napi::Value& value);

/// Reads `LoadOptions.signals`: an Int32Array of SIGNAL_WORDS on a SharedArrayBuffer, which unlike
/// an ArrayBuffer can be neither detached nor shrunk. Valid as long as JavaScript holds the array.
Signals read_signals(const Napi::Value& value);

}  // namespace kinglet::binding
