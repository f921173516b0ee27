#include "binding/value.h"

#include <cmath>
#include <limits>

namespace kinglet::binding {
namespace {

struct TypedArrayKind {
  const char* name;
  size_t element_bytes;
};

TypedArrayKind typed_array_kind(napi_typedarray_type type) {
  switch (type) {
    case napi_int8_array: return {"Int8Array", 1};
    case napi_uint8_array: return {"Uint8Array", 1};
    case napi_uint8_clamped_array: return {"Uint8ClampedArray", 1};
    case napi_int16_array: return {"Int16Array", 2};
    case napi_uint16_array: return {"Uint16Array", 2};
    case napi_int32_array: return {"Int32Array", 4};
    case napi_uint32_array: return {"Uint32Array", 4};
    case napi_float32_array: return {"Float32Array", 4};
    case napi_float64_array: return {"Float64Array", 8};
    case napi_bigint64_array: return {"BigInt64Array", 8};
    case napi_biguint64_array: return {"BigUint64Array", 8};
    default: return {"typed array of another type", 1};  // newer headers know more
  }
}

std::string shown(const Napi::Value& value) {
  switch (value.Type()) {
    case napi_undefined: return "missing";
    case napi_null: return "null";
    case napi_boolean: return value.As<Napi::Boolean>().Value() ? "true" : "false";
    case napi_number: {
      const double number = value.As<Napi::Number>().DoubleValue();
      if (std::isnan(number)) return "NaN";
      return value.ToString().Utf8Value();
    }
    case napi_string: {
      const std::string text = value.As<Napi::String>().Utf8Value();
      constexpr size_t most = 60;
      return '"' + (text.size() <= most ? text : text.substr(0, most) + "…") + '"';
    }
    case napi_symbol: return "a symbol";
    case napi_object: return value.IsArray() ? "an array" : "an object";
    case napi_function: return "a function";
    case napi_external: return "an external value";
    case napi_bigint: return "a bigint";
  }
  return "something else";
}

[[noreturn]] void throw_unexpected(const Napi::Value& value, const std::string& path,
                                   const std::string& expected) {
  throw_invalid(value.Env(), path + " is " + shown(value) + ": expected " + expected);
}

}  // namespace

Napi::Error make_error(Napi::Env env, ErrorCode code, const std::string& message) {
  Napi::Error error = Napi::Error::New(env, message);
  error.Set("code", Napi::String::New(env, error_code_name(code)));
  return error;
}

void throw_invalid(Napi::Env env, const std::string& message) {
  throw make_error(env, ErrorCode::invalid_argument, message);
}

void throw_if_error(Napi::Env env, const Status& status) {
  if (!status.ok()) throw make_error(env, status.code(), status.message());
}

Napi::Object read_object(const Napi::Value& value, const std::string& path) {
  if (!value.IsObject()) throw_unexpected(value, path, "an object");
  return value.As<Napi::Object>();
}

Napi::Array read_array(const Napi::Value& value, const std::string& path) {
  if (!value.IsArray()) throw_unexpected(value, path, "an array");
  return value.As<Napi::Array>();
}

std::string read_string(const Napi::Value& value, const std::string& path) {
  if (!value.IsString()) throw_unexpected(value, path, "a string");
  std::string text = value.As<Napi::String>().Utf8Value();
  if (text.find('\0') != std::string::npos) {
    throw_invalid(value.Env(), path + " holds a NUL character");
  }
  return text;
}

bool read_boolean(const Napi::Value& value, const std::string& path) {
  if (!value.IsBoolean()) throw_unexpected(value, path, "true or false");
  return value.As<Napi::Boolean>().Value();
}

uint64_t read_integer(const Napi::Value& value, const std::string& path, uint64_t least,
                      uint64_t most) {
  const double number = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : std::nan("");
  // NaN fails every comparison. Both bounds are exact as doubles.
  if (!(number >= static_cast<double>(least) && number <= static_cast<double>(most) &&
        number == std::floor(number))) {
    throw_unexpected(
        value, path,
        "a whole number from " + std::to_string(least) + " to " + std::to_string(most));
  }
  return static_cast<uint64_t>(number);
}

float read_float(const Napi::Value& value, const std::string& path) {
  const double number = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : std::nan("");
  if (!(std::abs(number) <= std::numeric_limits<float>::max())) {
    throw_unexpected(value, path, "a finite number");
  }
  return static_cast<float>(number);
}

ArrayView read_typed_array(const Napi::Value& value, std::string_view path,
                           napi_typedarray_type type, Buffer expected) {
  const TypedArrayKind kind = typed_array_kind(type);
  if (!value.IsTypedArray()) throw_unexpected(value, std::string(path), kind.name);
  napi_typedarray_type actual{};
  ArrayView view;
  napi_value buffer = nullptr;
  bool is_array_buffer = false;
  if (napi_get_typedarray_info(value.Env(), value, &actual, &view.length, &view.data, &buffer,
                               nullptr) != napi_ok ||
      napi_is_arraybuffer(value.Env(), buffer, &is_array_buffer) != napi_ok) {
    throw_invalid(value.Env(), std::string(path) + " is a typed array that cannot be read");
  }
  if (actual != type) {
    throw_invalid(value.Env(), std::string(path) + " is a " + typed_array_kind(actual).name +
                                   ": expected a " + kind.name);
  }
  if (is_array_buffer != (expected == Buffer::own)) {
    const char* const names[] = {"a SharedArrayBuffer", "an ArrayBuffer"};
    throw_invalid(value.Env(), std::string(path) + " lies in " + names[is_array_buffer] +
                                   ": expected " + names[!is_array_buffer]);
  }
  view.bytes = view.length * kind.element_bytes;
  return view;
}

}  // namespace kinglet::binding
