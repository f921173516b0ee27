// Lists of texts as automata: the trees of their code points, one after the other behind the
// languages.
#include <algorithm>
#include <numeric>
#include <span>
#include <string>

#include "grammar/program.h"

namespace kinglet::grammar {
namespace {

constexpr int32_t last_code = 0x10FFFF;
constexpr int32_t first_surrogate = 0xD800;
constexpr int32_t last_surrogate = 0xDFFF;

Status invalid(const std::string& what) {
  return {ErrorCode::invalid_argument, "the grammar's program " + what};
}

class Expansion {
 public:
  explicit Expansion(Program* program) : p_(*program) {}

  Status expand() {
    KINGLET_RETURN_IF_ERROR(check_texts());
    for (const TextList& list : p_.text_lists) {
      if (list.first < 0 || list.count < 0 || texts() - list.first < list.count) {
        return invalid("has a list of texts that is none");
      }
      starts_.push_back(static_cast<int32_t>(p_.states()));
      add(list);
    }
    return resolve();
  }

 private:
  /// Texts of a list that begin alike, from one place of its order to another.
  struct Branch {
    int32_t from;
    int32_t to;
    int32_t depth;
  };

  int32_t texts() const { return static_cast<int32_t>(p_.text_offsets.size()) - 1; }

  Status check_texts() const {
    const std::vector<int32_t>& offsets = p_.text_offsets;
    if (offsets.empty() || offsets.front() != 0 ||
        offsets.back() != static_cast<int32_t>(p_.text_codes.size()) ||
        !std::is_sorted(offsets.begin(), offsets.end())) {
      return invalid("has texts that don't fill their array");
    }
    for (const int32_t code : p_.text_codes) {
      if (code < 0 || code > last_code) {
        return invalid("has a text with a code point that is none");
      }
    }
    return {};
  }

  std::span<const int32_t> text(int32_t label) const {
    const int32_t index = list_.first + label;
    const int32_t begin = p_.text_offsets[index];
    return std::span(p_.text_codes).subspan(begin, p_.text_offsets[index + 1] - begin);
  }

  void add(const TextList& list) {
    list_ = list;
    order_.resize(static_cast<size_t>(list.count));
    std::iota(order_.begin(), order_.end(), 0);
    // A lone surrogate is in no text that can be written.
    std::erase_if(order_, [&](int32_t label) {
      return std::any_of(text(label).begin(), text(label).end(), [](int32_t code) {
        return code >= first_surrogate && code <= last_surrogate;
      });
    });
    std::stable_sort(order_.begin(), order_.end(), [&](int32_t a, int32_t b) {
      const auto [one, other] = std::pair(text(a), text(b));
      return std::lexicographical_compare(one.begin(), one.end(), other.begin(), other.end());
    });
    const auto same = [&](int32_t a, int32_t b) {
      const auto [one, other] = std::pair(text(a), text(b));
      return std::equal(one.begin(), one.end(), other.begin(), other.end());
    };
    order_.erase(std::unique(order_.begin(), order_.end(), same), order_.end());
    elsewhere_ = static_cast<int32_t>(p_.states()) + 1;
    next_ = elsewhere_ + (list.open != 0 ? 1 : 0);
    branches_.assign(1, {0, static_cast<int32_t>(order_.size()), 0});
    add_state(branches_.front());
    if (list.open != 0) {
      add_edge(0, last_code, elsewhere_);
      end_state(list.count, {});
    }
    for (size_t i = 1; i < branches_.size(); ++i) add_state(branches_[i]);
  }

  void add_state(const Branch branch) {
    const bool open = list_.open != 0;
    int32_t label = open ? list_.count : -1;
    int32_t at = branch.from;
    const auto depth = static_cast<size_t>(branch.depth);
    if (at < branch.to && text(order_[at]).size() == depth) label = order_[at++];
    int32_t code = 0;
    while (at < branch.to) {
      const int32_t next = text(order_[at])[depth];
      int32_t end = at + 1;
      while (end < branch.to && text(order_[end])[depth] == next) ++end;
      if (open && next > code) add_edge(code, next - 1, elsewhere_);
      add_edge(next, next, next_++);
      branches_.push_back({at, end, branch.depth + 1});
      code = next + 1;
      at = end;
    }
    if (open && code <= last_code) add_edge(code, last_code, elsewhere_);
    end_state(label, std::span(order_).subspan(branch.from, branch.to - branch.from));
  }

  /// No edge has a surrogate.
  void add_edge(int32_t first, int32_t last, int32_t target) {
    if (first < first_surrogate && last > last_surrogate) {
      add_edge(first, first_surrogate - 1, target);
      first = last_surrogate + 1;
    }
    p_.edge_first.push_back(first);
    p_.edge_last.push_back(last);
    p_.edge_target.push_back(target);
  }

  void end_state(int32_t label, std::span<const int32_t> labels) {
    p_.state_accept.push_back(label);
    p_.state_flags.push_back(list_.open != 0 ? state_total | state_other : 0);
    p_.state_least.push_back(0);
    p_.state_most.push_back(unbounded);
    p_.state_edges.push_back(static_cast<int32_t>(p_.edge_first.size()));
    if (list_.labelled != 0) {
      const auto first = static_cast<std::ptrdiff_t>(p_.labels.size());
      p_.labels.insert(p_.labels.end(), labels.begin(), labels.end());
      std::sort(p_.labels.begin() + first, p_.labels.end());
    }
    p_.state_labels.push_back(static_cast<int32_t>(p_.labels.size()));
  }

  /// Puts states where lists are named, as their number's complement.
  Status resolve() {
    const auto has = [&](int32_t reference) {
      return static_cast<uint32_t>(~reference) < starts_.size();
    };
    for (Node& node : p_.nodes) {
      if ((node.op != Op::text && node.op != Op::string) || node.a >= 0) continue;
      if (!has(node.a)) return invalid("has a node whose list of texts is none");
      node.a = starts_[~node.a];
    }
    for (Object& object : p_.objects) {
      if (object.keys >= 0) continue;
      if (!has(object.keys)) return invalid("has an object whose list of names is none");
      const TextList& list = p_.text_lists[~object.keys];
      if (list.count != object.names || list.labelled == 0) {
        return invalid("has an object with another list's names");
      }
      object.keys = starts_[~object.keys];
    }
    return {};
  }

  Program& p_;
  TextList list_{};
  std::vector<int32_t> starts_;
  std::vector<int32_t> order_;
  std::vector<Branch> branches_;
  int32_t elsewhere_ = 0;
  int32_t next_ = 0;
};

}  // namespace

Status expand_text_lists(Program* program) {
  program->language_states = program->states();
  KINGLET_RETURN_IF_ERROR(Expansion(program).expand());
  program->text_codes = {};
  program->text_offsets = {};
  program->text_lists = {};
  return {};
}

}  // namespace kinglet::grammar
