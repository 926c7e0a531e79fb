// Runs a design that CXXRTL has translated: its clock, its peer at the other end of the line, and
// the C interface that sim/compiled.py loads. sim/verilated.py dresses one of Verilator as such.
//
// One cycle is one eval() and one commit(). CXXRTL's own step() is made for each level of the
// clock, though nothing happens when the clock falls. What this leaves stale is outputs that
// depend on registers or inputs combinationally; settle() brings them up to date before anybody
// reads them.

#include <cstdint>
#include <cstring>
#include <deque>
#include <cxxrtl/cxxrtl.h>

namespace cxxrtl_design {

// These two stand before CXXRTL's, which also compare old and new, for an observer and for a loop
// over delta cycles. There is no observer here, and a design that needs delta cycles is refused.

template<size_t Bits>
struct wire : cxxrtl::wire<Bits> {
  using cxxrtl::wire<Bits>::wire;

  template<class Observer>
  bool commit(Observer &) { this->curr = this->next; return false; }
};

template<size_t Width>
struct memory : cxxrtl::memory<Width> {
  using cxxrtl::memory<Width>::memory;

  void update(size_t index, const cxxrtl::value<Width> &value,
              const cxxrtl::value<Width> &mask, int priority) {
    if (!mask.is_zero()) cxxrtl::memory<Width>::update(index, value, mask, priority);
  }

  template<class Observer>
  bool commit(Observer &observer) {
    return !this->write_queue.empty() && cxxrtl::memory<Width>::commit(observer);
  }
};

}  // namespace cxxrtl_design

#include "design.cc"

template<class Top>
void settle(Top &top) {
  top.p_clk.template set<bool>(false);
  top.Top::eval();
}

template<class Top>
void clock(Top &top) {
  top.p_clk.template set<bool>(true);
  top.prev_p_clk.template set<bool>(false);
  top.Top::eval();
  top.Top::commit();
}

struct Peer {
  std::deque<uint8_t> to_design, from_design;
  unsigned idle_odds = 0, stall_odds = 0;  // of 256 in each cycle: withhold a byte, refuse a byte
  uint32_t random = 1;

  bool chance(unsigned odds) {  // xorshift
    random ^= random << 13, random ^= random >> 17, random ^= random << 5;
    return (random >> 8) % 256 < odds;
  }
};

// Nobody: for designs that are driven port by port.
template<class Top>
struct NoPeer : Peer {
  bool active() const { return false; }
  void cycle(Top &top) { clock(top); }
};

// The other end of a serial line at ports `rx` and `tx`: 8 data bits, no parity, 1 stop bit.
template<class Top, unsigned divisor>
struct SerialPeer : Peer {
  static constexpr unsigned byte_cycles = 10 * divisor;
  unsigned sending = 0, receiving = 0;  // cycles until the end of the byte
  unsigned sent = 0, received = 0;      // its bits, the stop bit last

  bool active() const { return sending || receiving || !to_design.empty(); }

  void cycle(Top &top) {
    if (!sending && !to_design.empty() && !chance(idle_odds)) {
      sent = 1u << 9 | to_design.front() << 1;
      to_design.pop_front();
      sending = byte_cycles;
    }
    bool level = true;
    if (sending) {
      level = sent & 1;
      if (--sending % divisor == 0) sent >>= 1;
    }
    top.p_rx.template set<bool>(level);

    level = top.p_tx.template get<bool>();  // may be a cycle late: a longer wire
    if (receiving) {
      if (--receiving % divisor == 0) {  // the middle of a bit
        received = received >> 1 | level << 9;
        if (!receiving && level) from_design.push_back(received >> 1);
      }
    } else if (!level) {
      receiving = byte_cycles - (divisor + 1) / 2;  // so that the level may also be in time
    }
    clock(top);
  }
};

// The other end of the byte streams `commands` and `reports`.
template<class Top>
struct StreamPeer : Peer {
  bool offering = false;

  bool active() const { return !to_design.empty(); }

  void cycle(Top &top) {
    offering = offering || (!to_design.empty() && !chance(idle_odds));
    bool accepting = !chance(stall_odds);
    top.p_commands____valid.template set<bool>(offering);
    if (offering) top.p_commands____payload.template set<uint8_t>(to_design.front());
    top.p_reports____ready.template set<bool>(accepting);
    settle(top);
    if (offering && top.p_commands____ready.template get<bool>()) {
      to_design.pop_front();
      offering = false;
    }
    if (accepting && top.p_reports____valid.template get<bool>())
      from_design.push_back(top.p_reports____payload.template get<uint8_t>());
    clock(top);
  }
};

using Top = cxxrtl_design::p_top;

struct Port {
  const char *name;
  unsigned width;
  uint64_t (*get)(Top &);
  void (*set)(Top &, uint64_t);  // null for an output
};

#define OUTPUT(name, width, member) {name, width, \
    [](Top &top) { return top.member.get<uint64_t>(); }, nullptr}
#define INPUT(name, width, member) {name, width, \
    [](Top &top) { return top.member.get<uint64_t>(); }, \
    [](Top &top, uint64_t value) { top.member.set<uint64_t>(value); }}

#include "ports.h"  // `ports` and `TopPeer`, written by sim/compiled.py

struct Simulation {
  Top top;
  TopPeer peer;
  uint64_t cycles = 0;
};

#pragma GCC visibility push(default)
extern "C" {

Simulation *simulation_new() {
  auto *simulation = new Simulation;
  settle(simulation->top);  // outputs read 0 before the first evaluation
  return simulation;
}

void simulation_free(Simulation *simulation) { delete simulation; }

void simulation_run(Simulation *simulation, uint64_t cycles) {
  for (uint64_t cycle = 0; cycle < cycles; cycle++) simulation->peer.cycle(simulation->top);
  simulation->cycles += cycles;
  settle(simulation->top);
}

uint64_t simulation_cycles(Simulation *simulation) { return simulation->cycles; }

size_t simulation_pending(Simulation *simulation) { return simulation->peer.to_design.size(); }

bool simulation_active(Simulation *simulation) { return simulation->peer.active(); }

void simulation_pace(Simulation *simulation, unsigned idle, unsigned stall) {
  simulation->peer.idle_odds = idle;
  simulation->peer.stall_odds = stall;
}

void simulation_push(Simulation *simulation, const uint8_t *data, size_t size) {
  auto &queue = simulation->peer.to_design;
  queue.insert(queue.end(), data, data + size);
}

size_t simulation_pull(Simulation *simulation, uint8_t *data, size_t size) {
  auto &queue = simulation->peer.from_design;
  size = std::min(size, queue.size());
  std::copy_n(queue.begin(), size, data);
  queue.erase(queue.begin(), queue.begin() + size);
  return size;
}

int simulation_port(const char *name) {
  for (size_t port = 0; port < std::size(ports); port++)
    if (!strcmp(ports[port].name, name)) return port;
  return -1;
}

uint64_t simulation_get(Simulation *simulation, int port) {
  return ports[port].get(simulation->top);
}

bool simulation_set(Simulation *simulation, int port, uint64_t value) {
  if (!ports[port].set || value >> ports[port].width) return false;
  ports[port].set(simulation->top, value);
  settle(simulation->top);
  return true;
}

}
