// Errors inside C++ are values; only native/binding turns one into a JavaScript exception.
#pragma once

#include <string>
#include <utility>

namespace kinglet {

/// The codes that C++ can report. `src/errors.ts` has a row for each, under the name that
/// error_code_name() gives; test/unit/errors.test.ts compares the two lists.
enum class ErrorCode {
  ok,
  invalid_argument,   // a caller broke the contract of addon.ts
  file_unreadable,    // a model file cannot be opened, examined or read
  file_malformed,     // a tensor lies outside its file, overlaps, has a wrong size or no numbers
  unsupported_model,  // a feature or format that is not built
  out_of_memory,      // weights, KV pool or scratch could not be allocated
  isa_unavailable,    // --isa or KINGLET_ISA names a table that this CPU cannot run
  cancelled,          // the cancel word was set during a step or a load
  internal_error,     // an exception that nobody foresaw; the binding alone reports it
};

/// The name of a code as JavaScript sees it in `error.code`, e.g. "file_malformed".
const char* error_code_name(ErrorCode code);

/// Success, or a code with a message that names what was wrong, where, and what to do.
class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(ErrorCode code, std::string message) : code_(code), message_(std::move(message)) {}

  bool ok() const { return code_ == ErrorCode::ok; }
  ErrorCode code() const { return code_; }
  const std::string& message() const { return message_; }

 private:
  ErrorCode code_ = ErrorCode::ok;
  std::string message_;
};

}  // namespace kinglet

/// Leaves the function with the status of `expression` unless it is ok.
#define KINGLET_RETURN_IF_ERROR(expression)                                        \
  do {                                                                             \
    if (::kinglet::Status kinglet_status_ = (expression); !kinglet_status_.ok()) { \
      return kinglet_status_;                                                      \
    }                                                                              \
  } while (false)
