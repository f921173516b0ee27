// Times a draw over the vocabulary of a large model, on one thread, with every kernel table that
// this CPU can run.
//
//   sampler_bench [--isa NAME] [--case TEXT] [--draws]
//
// --case runs those alone whose name contains the text. The logits are flat (of one height but for
// a little noise), equal but for the last bits, or as a model's: one token stands out, a few
// thousand are possible. --draws prints the first draws too: every table must make the same ones.
#include <time.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <random>
#include <string>
#include <vector>

#include "kernels/dispatch.h"
#include "sampler/sampler.h"

namespace {

using namespace kinglet;

constexpr size_t vocab = 128'256;

struct Free {
  void operator()(std::byte* data) const { ::operator delete(data, std::align_val_t{64}); }
};

struct Logits {
  const char* name;
  std::vector<float> values;
};

std::vector<float> normal(float sigma, float peak) {
  std::mt19937 random(1);
  std::normal_distribution<float> normal(3, sigma);
  std::vector<float> values(vocab);
  for (float& value : values) value = normal(random);
  values[vocab / 3] += peak;
  return values;
}

struct Rule {
  const char* name;
  SamplingParameters parameters;
};

std::vector<Rule> rules() {
  std::vector<Rule> all(7);
  all[0].name = "top_p 0.95";
  all[0].parameters.top_p = 0.95f;
  all[1].name = "top_p 0.5";
  all[1].parameters.top_p = 0.5f;
  all[2].name = "top_k 40";
  all[2].parameters.top_k = 40;
  all[3].name = "top_k 40, top_p 0.95";
  all[3].parameters.top_k = 40;
  all[3].parameters.top_p = 0.95f;
  all[4].name = "min_p 0.05";
  all[4].parameters.min_p = 0.05f;
  all[5].name = "temperature 0.6";
  all[5].parameters.temperature = 0.6f;
  all[6].name = "greedy";
  all[6].parameters.temperature = 0;
  return all;
}

/// CPU time of this thread: what other processes take from it does not count.
double thread_seconds() {
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

void run(const KernelTable& table, const std::vector<float>& logits, const std::string& name,
         SamplingParameters parameters, bool draws) {
  const std::unique_ptr<std::byte, Free> scratch(
      static_cast<std::byte*>(::operator new(sampler_scratch_bytes(vocab), std::align_val_t{64})));
  constexpr int rounds = 201;
  std::vector<double> times;
  std::string tokens;
  for (int round = 0; round < rounds; ++round) {
    parameters.draw_index = static_cast<uint32_t>(round);
    int32_t token = -1;
    const double start = thread_seconds();
    if (draw(table, logits.data(), vocab, parameters, {}, scratch.get(), &token, nullptr) !=
        RowStatus::ok) {
      exit(1);
    }
    times.push_back(thread_seconds() - start);
    if (draws) tokens += ' ' + std::to_string(token);
  }
  std::nth_element(times.begin(), times.begin() + rounds / 2, times.end());
  printf("%-12s %-30s %8.3f ms%s\n", table.isa, name.c_str(), 1e3 * times[rounds / 2],
         tokens.c_str());
}

}  // namespace

int main(int argc, char** argv) {
  std::string isa, chosen;
  bool draws = false;
  for (int i = 1; i < argc; ++i) {
    const std::string flag = argv[i];
    if (flag == "--draws") {
      draws = true;
    } else if (i + 1 < argc && flag == "--isa") {
      isa = argv[++i];
    } else if (i + 1 < argc && flag == "--case") {
      chosen = argv[++i];
    } else {
      fprintf(stderr, "usage: sampler_bench [--isa NAME] [--case TEXT] [--draws]\n");
      return 2;
    }
  }
  const Logits all[] = {
      {"flat", normal(0.1f, 0)}, {"equal", normal(1e-6f, 0)}, {"model", normal(2.5f, 8)}};
  for (const KernelVariant& variant : kernel_variants()) {
    if (!variant.supported() || (!isa.empty() && isa != variant.isa)) continue;
    for (const Logits& logits : all) {
      for (const Rule& rule : rules()) {
        const std::string name = std::string(logits.name) + ", " + rule.name;
        if (name.find(chosen) == std::string::npos) continue;
        run(variant.table(), logits.values, name, rule.parameters, draws);
      }
    }
  }
  return 0;
}
