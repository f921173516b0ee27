#include "binding/grammar_objects.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "binding/value.h"
#include "grammar/automaton.h"
#include "grammar/mask.h"
#include "grammar/vocabulary.h"

namespace kinglet::binding {
namespace {

using grammar::Automaton;
using grammar::Program;
using grammar::StateId;
using grammar::Vocabulary;

// What an object is, whatever its prototype says.
constexpr napi_type_tag vocabulary_tag{0x5f2e6cc1a8d24b0eull, 0x93c7d1b64e8f0a27ull};

/// A copy: neither another thread nor a detached buffer changes it after it was checked.
template <typename Element>
std::vector<Element> copied(const Napi::Object& object, const char* name, napi_typedarray_type type,
                            Buffer buffer = Buffer::own) {
  const ArrayView view = read_typed_array(object.Get(name), name, type, buffer);
  const auto* data = static_cast<const Element*>(view.data);
  return std::vector<Element>(data, data + view.length);
}

class VocabularyObject : public Napi::ObjectWrap<VocabularyObject> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, "GrammarVocabulary",
                       {InstanceAccessor<&VocabularyObject::bytes>("bytes")});
  }

  explicit VocabularyObject(const Napi::CallbackInfo& info) : ObjectWrap(info) {
    guarded(info.Env(), [&] {
      const Napi::Object tables = read_object(info[0], "tables");
      const auto bytes = copied<uint8_t>(tables, "bytes", napi_uint8_array, Buffer::shared);
      auto offsets = copied<uint32_t>(tables, "offsets", napi_uint32_array, Buffer::shared);
      const auto usable = copied<uint8_t>(tables, "usable", napi_uint8_array);
      const auto ends = copied<int32_t>(tables, "ends", napi_int32_array);
      // A model may have rows that no token of its tokenizer names.
      if (!offsets.empty() && offsets.size() < usable.size() + 1) {
        offsets.resize(usable.size() + 1, offsets.back());
      }
      std::unique_ptr<Vocabulary> created;
      throw_if_error(info.Env(), Vocabulary::create(bytes, offsets, usable, ends, &created));
      vocabulary_ = std::move(created);
      info.This().As<Napi::Object>().TypeTag(&vocabulary_tag);
    });
  }

  static std::shared_ptr<const Vocabulary> of(const Napi::Value& value) {
    const Napi::Object object = read_object(value, "vocabulary");
    if (!object.CheckTypeTag(&vocabulary_tag)) {
      throw_invalid(value.Env(), "vocabulary is no GrammarVocabulary");
    }
    return Unwrap(object)->vocabulary_;
  }

 private:
  Napi::Value bytes(const Napi::CallbackInfo& info) {
    return Napi::Number::New(info.Env(), static_cast<double>(vocabulary_->bytes_taken()));
  }

  std::shared_ptr<const Vocabulary> vocabulary_;
};

/// Structs of a program whose members are all words.
template <typename Record>
std::vector<Record> records(const Napi::Object& object, const char* name) {
  const auto words = copied<int32_t>(object, name, napi_int32_array);
  constexpr size_t size = sizeof(Record) / sizeof(int32_t);
  if (words.size() % size != 0) {
    throw_invalid(object.Env(), std::string(name) + " has " + std::to_string(words.size()) +
                                    " words: expected a multiple of " + std::to_string(size));
  }
  std::vector<Record> all(words.size() / size);
  if (!all.empty()) std::memcpy(all.data(), words.data(), words.size() * sizeof(int32_t));
  return all;
}

Program read_program(const Napi::Object& object) {
  const auto words = [&](const char* name) {
    return copied<int32_t>(object, name, napi_int32_array);
  };
  Program program;
  program.nodes = records<grammar::Node>(object, "nodes");
  program.lists = words("lists");
  program.bytes = copied<uint8_t>(object, "bytes", napi_uint8_array);
  program.counts = records<grammar::Count>(object, "counts");
  program.objects = records<grammar::Object>(object, "objects");
  program.arrays = records<grammar::Array>(object, "arrays");
  program.state_edges = words("stateEdges");
  program.state_accept = words("stateAccept");
  program.state_flags = words("stateFlags");
  program.state_least = words("stateLeast");
  program.state_most = words("stateMost");
  program.state_labels = words("stateLabels");
  program.labels = words("labels");
  program.edge_first = words("edgeFirst");
  program.edge_last = words("edgeLast");
  program.edge_target = words("edgeTarget");
  program.text_codes = words("textCodes");
  program.text_offsets = words("textOffsets");
  program.text_lists = records<grammar::TextList>(object, "textLists");
  return program;
}

class GrammarObject : public Napi::ObjectWrap<GrammarObject> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, "Grammar",
                       {
                           InstanceAccessor<&GrammarObject::start>("start"),
                           InstanceAccessor<&GrammarObject::bytes>("bytes"),
                           InstanceAccessor<&GrammarObject::exhausted>("exhausted"),
                           InstanceMethod<&GrammarObject::step>("step"),
                           InstanceMethod<&GrammarObject::step_bytes>("stepBytes"),
                           InstanceMethod<&GrammarObject::accepts>("accepts"),
                           InstanceMethod<&GrammarObject::fill_mask>("fillMask"),
                           InstanceMethod<&GrammarObject::forced_tokens>("forcedTokens"),
                       });
  }

  explicit GrammarObject(const Napi::CallbackInfo& info) : ObjectWrap(info) {
    guarded(info.Env(), [&] {
      vocabulary_ = VocabularyObject::of(info[0]);
      program_ = read_program(read_object(info[1], "program"));
      throw_if_error(info.Env(), grammar::expand_text_lists(&program_));
      throw_if_error(info.Env(), grammar::check_program(program_));
      const uint64_t most = info[2].IsUndefined()
                                ? default_most_bytes
                                : read_integer(info[2], "mostBytes", 0, largest_safe_integer);
      automaton_ = std::make_unique<Automaton>(program_, static_cast<size_t>(most));
      tell_memory(info.Env());
    });
  }

  void Finalize(Napi::Env env) override {
    Napi::MemoryManagement::AdjustExternalMemory(env, -told_bytes_);
  }

 private:
  static constexpr uint64_t default_most_bytes = uint64_t{64} << 20;
  /// Changes that are not worth a word.
  static constexpr int64_t least_told_bytes = int64_t{64} << 10;

  size_t bytes_taken() const { return automaton_->bytes_taken() + program_.bytes_taken(); }

  /// Without this the garbage collector sees small objects where many megabytes hang on each.
  void tell_memory(Napi::Env env) {
    const auto bytes = static_cast<int64_t>(bytes_taken());
    if (std::abs(bytes - told_bytes_) < least_told_bytes) return;
    Napi::MemoryManagement::AdjustExternalMemory(env, bytes - told_bytes_);
    told_bytes_ = bytes;
  }

  StateId state_of(const Napi::Value& value) const {
    const auto state = read_integer(value, "state", 0, INT32_MAX);
    if (!automaton_->is_state(static_cast<int64_t>(state))) {
      throw_invalid(value.Env(), "state is " + std::to_string(state) + ": there is no such state");
    }
    return static_cast<StateId>(state);
  }

  Napi::Value start(const Napi::CallbackInfo& info) {
    return Napi::Number::New(info.Env(), automaton_->start());
  }

  Napi::Value bytes(const Napi::CallbackInfo& info) {
    return Napi::Number::New(info.Env(), static_cast<double>(bytes_taken()));
  }

  Napi::Value exhausted(const Napi::CallbackInfo& info) {
    return Napi::Boolean::New(info.Env(), automaton_->is_overwhelmed());
  }

  Napi::Value step(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&]() -> Napi::Value {
      const StateId state = state_of(info[0]);
      const auto token =
          static_cast<int32_t>(read_integer(info[1], "token", 0, vocabulary_->tokens() - 1));
      const bool usable = vocabulary_->is_usable(token) && !vocabulary_->token(token).empty();
      const StateId next =
          usable ? automaton_->step(state, vocabulary_->token(token)) : grammar::dead;
      return Napi::Number::New(info.Env(), next);
    });
  }

  Napi::Value step_bytes(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&]() -> Napi::Value {
      const StateId state = state_of(info[0]);
      const ArrayView bytes = read_typed_array(info[1], "bytes", napi_uint8_array);
      const auto* first = static_cast<const uint8_t*>(bytes.data);
      const StateId next = automaton_->step(state, {first, bytes.length});
      tell_memory(info.Env());
      return Napi::Number::New(info.Env(), next);
    });
  }

  Napi::Value accepts(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&]() -> Napi::Value {
      return Napi::Boolean::New(info.Env(), automaton_->accepts(state_of(info[0])));
    });
  }

  Napi::Value fill_mask(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&]() -> Napi::Value {
      const StateId state = state_of(info[0]);
      const ArrayView mask = read_typed_array(info[1], "mask", napi_uint32_array);
      const size_t words = vocabulary_->mask_words();
      const uint64_t offset = read_integer(info[2], "offset", 0, largest_safe_integer);
      if (offset > mask.length || mask.length - offset < words) {
        throw_invalid(info.Env(), "mask has no " + std::to_string(words) + " words from " +
                                      std::to_string(offset) + " on");
      }
      uint32_t* const first = static_cast<uint32_t*>(mask.data) + offset;
      const bool leads_on = grammar::fill_mask(*automaton_, state, *vocabulary_, first);
      tell_memory(info.Env());
      return Napi::Boolean::New(info.Env(), leads_on);
    });
  }

  Napi::Value forced_tokens(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&]() -> Napi::Value {
      const StateId state = state_of(info[0]);
      constexpr size_t most_tokens = 1024;
      const uint64_t most = read_integer(info[1], "most", 0, most_tokens);
      // Hardly a token has more bytes than that.
      const std::vector<uint8_t> bytes = automaton_->forced_bytes(state, 8 * most);
      std::span<const uint8_t> rest(bytes);
      std::vector<int32_t> tokens;
      while (tokens.size() < most && !rest.empty()) {
        const int32_t token = vocabulary_->all().longest(rest);
        if (token < 0) break;
        tokens.push_back(token);
        rest = rest.subspan(vocabulary_->token(token).size());
      }
      Napi::Int32Array array = Napi::Int32Array::New(info.Env(), tokens.size());
      std::copy(tokens.begin(), tokens.end(), array.Data());
      return array;
    });
  }

  std::shared_ptr<const Vocabulary> vocabulary_;
  Program program_;
  std::unique_ptr<Automaton> automaton_;
  int64_t told_bytes_ = 0;
};

}  // namespace

void export_grammar_classes(Napi::Env env, Napi::Object exports) {
  exports.Set("GrammarVocabulary", VocabularyObject::define(env));
  exports.Set("Grammar", GrammarObject::define(env));
}

}  // namespace kinglet::binding
