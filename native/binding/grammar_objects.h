// Vocabularies and grammars as JavaScript has them: `GrammarVocabulary` and `Grammar` of addon.ts.
#pragma once

#include <napi.h>

namespace kinglet::binding {

/// Adds both classes to the addon's exports.
void export_grammar_classes(Napi::Env env, Napi::Object exports);

}  // namespace kinglet::binding
