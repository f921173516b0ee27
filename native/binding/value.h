// Reading JavaScript values with full checks. Everything here throws a Napi::Error whose `code` is
// one of src/errors.ts.
#pragma once

#include <napi.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "platform/status.h"

namespace kinglet::binding {

/// A JavaScript Error with `code` and message.
Napi::Error make_error(Napi::Env env, ErrorCode code, const std::string& message);
[[noreturn]] void throw_invalid(Napi::Env env, const std::string& message);
void throw_if_error(Napi::Env env, const Status& status);

/// Runs a callback from JavaScript; what C++ throws in it becomes a JavaScript error with a code.
template <typename Body>
auto guarded(Napi::Env env, const Body& body) {
  try {
    return body();
  } catch (const std::bad_alloc&) {
    throw make_error(env, ErrorCode::out_of_memory, "no memory is left");
  } catch (const Napi::Error&) {
    throw;
  } catch (const std::exception& error) {
    throw make_error(env, ErrorCode::internal_error, error.what());
  }
}

/// An object and how messages call it: "spec.rope." with its dot, or "".
struct Fields {
  Napi::Object object;
  std::string prefix;

  Napi::Value get(const char* name) const { return object.Get(name); }
  std::string path(const char* name) const { return prefix + name; }
};

/// `value` as an object (an array too); `path` names it in messages.
Napi::Object read_object(const Napi::Value& value, const std::string& path);
Napi::Array read_array(const Napi::Value& value, const std::string& path);
std::string read_string(const Napi::Value& value, const std::string& path);
bool read_boolean(const Napi::Value& value, const std::string& path);
/// A whole number in [least, most]; most <= 2^53 - 1.
uint64_t read_integer(const Napi::Value& value, const std::string& path, uint64_t least,
                      uint64_t most);
/// A number that is finite as a float.
float read_float(const Napi::Value& value, const std::string& path);

inline constexpr uint64_t largest_safe_integer = (uint64_t{1} << 53) - 1;

/// Elements of a typed array. Valid until JavaScript runs.
struct ArrayView {
  void* data = nullptr;
  size_t length = 0;  // elements
  size_t bytes = 0;
};

/// The buffer that a typed array must lie in. What other threads may write to cannot be checked and
/// then used, so only the signals, which are atomics, are shared.
enum class Buffer : uint8_t { own, shared };

/// `value` as a typed array of just this type ("Int32Array"). Runs no JavaScript.
ArrayView read_typed_array(const Napi::Value& value, std::string_view path,
                           napi_typedarray_type type, Buffer expected = Buffer::own);

}  // namespace kinglet::binding
