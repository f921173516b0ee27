// What the tests of this program could not try, as lines that script/test adds to its summary.
#include <doctest/doctest.h>

#include <cstdio>
#include <string>

#include "kernels/dispatch.h"

namespace kinglet::test {
namespace {

struct SkippedTables : doctest::IReporter {
  explicit SkippedTables(const doctest::ContextOptions&) {}

  void test_run_end(const doctest::TestRunStats&) override {
    std::string tested;
    size_t skipped = 0;
    for (const KernelVariant& variant : kernel_variants()) {
      if (variant.supported()) tested.append(" ").append(variant.isa);
    }
    std::printf("kernel tables tested:%s\n", tested.c_str());
    for (const KernelVariant& variant : kernel_variants()) {
      if (variant.supported()) continue;
      ++skipped;
      std::printf("SKIPPED: the kernel table %s, which cannot run here\n",
                  std::string(variant.isa).c_str());
    }
    if (skipped > 0) std::printf("%zu skipped\n", skipped);
  }

  void report_query(const doctest::QueryData&) override {}
  void test_run_start() override {}
  void test_case_start(const doctest::TestCaseData&) override {}
  void test_case_reenter(const doctest::TestCaseData&) override {}
  void test_case_end(const doctest::CurrentTestCaseStats&) override {}
  void test_case_exception(const doctest::TestCaseException&) override {}
  void subcase_start(const doctest::SubcaseSignature&) override {}
  void subcase_end() override {}
  void log_assert(const doctest::AssertData&) override {}
  void log_message(const doctest::MessageData&) override {}
  void test_case_skipped(const doctest::TestCaseData&) override {}
};

REGISTER_LISTENER("skipped_tables", 1, SkippedTables);

}  // namespace
}  // namespace kinglet::test
