// Which tokens may come next.
#pragma once

#include <cstdint>

#include "grammar/automaton.h"
#include "grammar/vocabulary.h"

namespace kinglet::grammar {

/// Sets bit id % 32 of word id / 32 for each token after which the text can still become a whole
/// one, and for the tokens that end an answer where it is one; clears all others. `mask`
/// [vocabulary.mask_words()]. Returns whether any of the first kind is set.
bool fill_mask(Automaton& automaton, StateId state, const Vocabulary& vocabulary, uint32_t* mask);

}  // namespace kinglet::grammar
