#include <string>

#include "grammar/program.h"

namespace kinglet::grammar {
namespace {

Status invalid(const std::string& what) {
  return {ErrorCode::invalid_argument, "the grammar's program " + what};
}

class Checker {
 public:
  explicit Checker(const Program& program) : p_(program) {}

  Status check() {
    if (p_.nodes.empty()) return invalid("has no nodes");
    KINGLET_RETURN_IF_ERROR(check_states());
    KINGLET_RETURN_IF_ERROR(check_counts());
    seen_.assign(p_.states(), 0);
    for (const Object& object : p_.objects) KINGLET_RETURN_IF_ERROR(check_object(object));
    for (const Array& array : p_.arrays) KINGLET_RETURN_IF_ERROR(check_array(array));
    for (size_t node = 0; node < p_.nodes.size(); ++node) {
      KINGLET_RETURN_IF_ERROR(check_node(node));
    }
    return check_loops();
  }

 private:
  static bool within(int64_t index, size_t size) {
    return index >= 0 && static_cast<uint64_t>(index) < size;
  }
  /// `count` elements from `first` on.
  static bool within(int64_t first, int64_t count, size_t size) {
    return first >= 0 && count >= 0 && static_cast<uint64_t>(first + count) <= size;
  }
  bool is_node(int32_t node) const { return within(node, p_.nodes.size()); }
  bool is_node_or_none(int32_t node) const { return node == no_node || is_node(node); }
  bool are_nodes(int32_t first, int32_t count) const {
    if (!within(first, count, p_.lists.size())) return false;
    for (int32_t i = 0; i < count; ++i) {
      if (!is_node_or_none(p_.lists[first + i])) return false;
    }
    return true;
  }

  Status check_states() const {
    const size_t states = p_.states();
    const size_t edges = p_.edge_first.size();
    if (p_.state_edges.size() != states + 1 || p_.state_flags.size() != states ||
        p_.state_least.size() != states || p_.state_most.size() != states ||
        p_.state_labels.size() != states + 1 || p_.edge_last.size() != edges ||
        p_.edge_target.size() != edges) {
      return invalid("has arrays of states or edges of different lengths");
    }
    if (p_.state_edges[0] != 0 || p_.state_edges[states] != static_cast<int32_t>(edges) ||
        p_.state_labels[0] != 0 ||
        p_.state_labels[states] != static_cast<int32_t>(p_.labels.size())) {
      return invalid("has states whose edges or labels don't fill their arrays");
    }
    for (size_t state = 0; state < states; ++state) {
      if (p_.state_edges[state] > p_.state_edges[state + 1] ||
          p_.state_labels[state] > p_.state_labels[state + 1] || p_.state_accept[state] < -1 ||
          p_.state_least[state] < 0 || p_.state_most[state] < 0) {
        return invalid("has a state that is none: " + std::to_string(state));
      }
    }
    // Offsets ascend and end at the arrays' lengths, so that all are within.
    for (size_t state = 0; state < states; ++state) {
      int32_t next = 0;
      for (int32_t edge = p_.state_edges[state]; edge < p_.state_edges[state + 1]; ++edge) {
        const int32_t first = p_.edge_first[edge];
        const int32_t last = p_.edge_last[edge];
        if (first < next || last < first || last > 0x10FFFF ||
            !within(p_.edge_target[edge], states)) {
          return invalid("has an edge that is none: " + std::to_string(edge));
        }
        next = last + 1;
      }
    }
    return {};
  }

  Status check_counts() const {
    for (const Count& count : p_.counts) {
      if (count.least < 0 || count.most < count.least) return invalid("has a count that is none");
    }
    return {};
  }

  Status check_object(const Object& o) {
    const bool sizes = o.names >= 0 && o.names < 1 << 16 && o.others >= 0 && o.others < 1 << 16 &&
                       o.least >= 0 && o.most >= o.least && within(o.keys, p_.states());
    if (!sizes || !are_nodes(o.values, o.names + o.others) ||
        !within(o.next_required, o.names + 1, p_.lists.size()) ||
        !within(o.from, 2 * (o.names + 1), p_.lists.size())) {
      return invalid("has an object that is none");
    }
    for (int32_t place = 0; place <= o.names; ++place) {
      const int32_t next = p_.lists[o.next_required + place];
      const int32_t required = p_.lists[o.from + place];
      if (next < place || next > o.names || required < 0 || required > o.names - place) {
        return invalid("has an object whose required names are none");
      }
    }
    return check_labels(o);
  }

  /// What the keys accept, and which names can come, are names of the object. Those of lists are.
  Status check_labels(const Object& o) {
    if (static_cast<size_t>(o.keys) >= p_.language_states) return {};
    std::vector<int32_t> open{o.keys};
    ++walk_;
    seen_[o.keys] = walk_;
    while (!open.empty()) {
      const int32_t state = open.back();
      open.pop_back();
      // Kinds of other names are none where no other name is possible.
      if (o.others > 0 && p_.state_accept[state] >= o.names + o.others) {
        return invalid("has a key that is no name of its object");
      }
      int32_t before = -1;
      for (int32_t i = p_.state_labels[state]; i < p_.state_labels[state + 1]; ++i) {
        if (p_.labels[i] <= before || p_.labels[i] >= o.names) {
          return invalid("has a key with labels that are no names of its object");
        }
        before = p_.labels[i];
      }
      for (int32_t edge = p_.state_edges[state]; edge < p_.state_edges[state + 1]; ++edge) {
        const int32_t target = p_.edge_target[edge];
        if (seen_[target] == walk_) continue;
        seen_[target] = walk_;
        open.push_back(target);
      }
    }
    return {};
  }

  Status check_array(const Array& a) const {
    if (a.prefix < 0 || !are_nodes(a.prefix_nodes, a.prefix) || !is_node_or_none(a.rest) ||
        a.least < 0 || a.most < a.least || !is_node_or_none(a.kept) || a.kept_least < 0 ||
        a.kept_most < a.kept_least || a.unique < 0 || a.unique > 31 ||
        !are_nodes(a.unique_nodes, a.unique)) {
      return invalid("has an array that is none");
    }
    return {};
  }

  Status check_node(size_t index) const {
    const Node& node = p_.nodes[index];
    const auto fits = [&] {
      switch (node.op) {
        case Op::return_: return true;
        case Op::literal: return node.b > 0 && within(node.a, node.b, p_.bytes.size());
        case Op::text: return within(node.a, p_.states());
        case Op::string:
          return within(node.a, p_.states()) && (node.b == -1 || within(node.b, p_.counts.size()));
        case Op::call: return is_node(node.a);
        case Op::fork: return node.b >= 0 && are_nodes(node.a, node.b);
        case Op::repeat: return is_node(node.a) && within(node.b, p_.counts.size());
        case Op::object: return is_phase(index, p_.objects.size(), object_phases);
        case Op::array: return is_phase(index, p_.arrays.size(), array_phases);
      }
      return false;
    };
    if (!fits() || !is_node(node.next)) return invalid("has no node " + std::to_string(index));
    return {};
  }

  /// All phases stand one after the other.
  bool is_phase(size_t index, size_t places, int32_t phases) const {
    const Node& node = p_.nodes[index];
    if (!within(node.a, places) || !within(node.b, phases)) return false;
    const int64_t first = static_cast<int64_t>(index) - node.b;
    if (!within(first, phases, p_.nodes.size())) return false;
    for (int32_t phase = 0; phase < phases; ++phase) {
      const Node& other = p_.nodes[first + phase];
      if (other.op != node.op || other.a != node.a || other.b != phase) return false;
    }
    return true;
  }

  /// The node can be passed without a byte.
  std::vector<bool> nullable_nodes() const {
    std::vector<bool> nullable(p_.nodes.size(), false);
    for (bool grown = true; grown;) {
      grown = false;
      for (size_t i = p_.nodes.size(); i-- > 0;) {
        if (nullable[i] || !passes(p_.nodes[i], nullable)) continue;
        nullable[i] = true;
        grown = true;
      }
    }
    return nullable;
  }

  /// Whether the rule's end is reached from a node without a byte.
  bool passes(const Node& node, const std::vector<bool>& nullable) const {
    switch (node.op) {
      case Op::return_: return true;
      case Op::text: return p_.state_accept[node.a] >= 0 && nullable[node.next];
      case Op::call: return nullable[node.a] && nullable[node.next];
      case Op::repeat:
        return (p_.counts[node.b].least == 0 || nullable[node.a]) && nullable[node.next];
      case Op::fork:
        for (int32_t i = 0; i < node.b; ++i) {
          const int32_t target = p_.lists[node.a + i];
          if (target != no_node && nullable[target]) return true;
        }
        return false;
      default: return false;
    }
  }

  /// Nodes that are reached from a node without a byte.
  template <typename Visit>
  void each_next(size_t index, const std::vector<bool>& nullable, const Visit& visit) const {
    const Node& node = p_.nodes[index];
    switch (node.op) {
      case Op::text:
        if (p_.state_accept[node.a] >= 0) visit(node.next);
        return;
      case Op::call:
        visit(node.a);
        if (nullable[node.a]) visit(node.next);
        return;
      case Op::repeat:
        visit(node.a);
        visit(node.next);
        return;
      case Op::fork:
        for (int32_t i = 0; i < node.b; ++i) {
          if (p_.lists[node.a + i] != no_node) visit(p_.lists[node.a + i]);
        }
        return;
      default: return;
    }
  }

  Status check_loops() const {
    const std::vector<bool> nullable = nullable_nodes();
    std::vector<uint8_t> mark(p_.nodes.size(), 0);  // 1: on the path, 2: done
    std::vector<int32_t> open;
    for (size_t root = 0; root < p_.nodes.size(); ++root) {
      if (mark[root] != 0) continue;
      open.assign(1, static_cast<int32_t>(root));
      while (!open.empty()) {
        const int32_t node = open.back();
        if (mark[node] != 0) {
          mark[node] = 2;
          open.pop_back();
          continue;
        }
        mark[node] = 1;
        bool loops = false;
        each_next(node, nullable, [&](int32_t next) {
          if (mark[next] == 1) loops = true;
          if (mark[next] == 0) open.push_back(next);
        });
        if (loops) return invalid("comes back to node " + std::to_string(node) + " unread");
      }
    }
    return {};
  }

  const Program& p_;
  std::vector<uint32_t> seen_;  // [states] the last walk over keys that met the state
  uint32_t walk_ = 0;
};

}  // namespace

size_t Program::bytes_taken() const {
  const auto bytes = [](const auto& values) {
    return values.capacity() * sizeof(typename std::decay_t<decltype(values)>::value_type);
  };
  return bytes(nodes) + bytes(lists) + bytes(this->bytes) + bytes(counts) + bytes(objects) +
         bytes(arrays) + bytes(state_edges) + bytes(state_accept) + bytes(state_flags) +
         bytes(state_least) + bytes(state_most) + bytes(state_labels) + bytes(labels) +
         bytes(edge_first) + bytes(edge_last) + bytes(edge_target);
}

Status check_program(const Program& program) { return Checker(program).check(); }

}  // namespace kinglet::grammar
