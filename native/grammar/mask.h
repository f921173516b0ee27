// Which tokens may come next.
#pragma once

#include <cstdint>

#include "grammar/automaton.h"
#include "grammar/token_trie.h"

namespace kinglet::grammar {

/// Sets bit id % 32 of word id / 32 for each token after which the text can still become a whole
/// one, and for the tokens that end an answer where it is one; clears all others. `mask`
/// [vocabulary.mask_words()]. Returns how many are set.
size_t fill_mask(Automaton& automaton, StateId state, const Vocabulary& vocabulary, uint32_t* mask);

}  // namespace kinglet::grammar
