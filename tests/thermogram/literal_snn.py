"""The embedded network once more, neuron by neuron and sum by sum, as its specification reads."""

import numpy as np

F = np.float32
POSITIVE, ZERO, NEGATIVE = (1, 255), (0, 0), (-1, 255)


def signal(weight):
    """Return polarity and magnitude of a weight in 0..1."""
    return (1 if weight > F(0.01) else 0), int(min(weight, F(1)) * F(255))


class LiteralSnn:
    """State as lists of rows, changed one number at a time.

    Changes are ``(type, key, (polarity, magnitude) or None, source)``.
    """

    def __init__(self, config, prototypes, weights, ternary):
        self.config = config
        self.prototypes = [[F(x) for x in row] for row in prototypes]
        self.weights = [[[target, F(weight)] for target, weight in row] for row in weights]
        self.ternary = [[[target, weight] for target, weight in row] for row in ternary]
        n = len(prototypes)
        self.traces, self.rates = [F(0)] * n, [F(0)] * n
        self.activations, self.spike_times = [F(0)] * n, [None] * n
        self.ticks = 0

    def tick(self, inputs, levels):
        config, n = self.config, len(self.prototypes)
        self.ticks += 1
        with np.errstate(all="ignore"):
            act = [self.cosine(inputs, prototype) for prototype in self.prototypes]
        strength = F(config.competition_strength) * levels.norepinephrine
        for rank, i in enumerate(sorted(range(n), key=lambda i: -act[i])):
            act[i] = act[i] * (F(1) - F(rank) / F(n) * strength)
        spread = [F(0)] * n
        for i, row in enumerate(self.weights):
            for target, weight in row:
                spread[target] = spread[target] + act[i] * weight
        act = [a + s * levels.acetylcholine for a, s in zip(act, spread, strict=True)]
        spikes = [i for i in range(n) if act[i] > F(config.spike_threshold)]

        changes = self.learn(spikes, F(config.stdp_lr) * levels.dopamine)
        if self.ticks % 100 == 0:
            self.homeostasis(F(0.01) * levels.serotonin)
        if self.ticks % 10 == 0:
            changes += self.decay(F(config.decay_rate) * (F(1) - levels.serotonin))
        for i in range(n):
            self.traces[i] = self.traces[i] * (F(1) - F(config.trace_decay)) + act[i]
            spike = F(i in spikes)
            self.rates[i] = self.rates[i] * (F(1) - F(0.1)) + spike * F(0.1)
        self.activations = act
        return act, spikes, changes

    def cosine(self, inputs, prototype):
        dot, of_input, of_prototype = F(0), F(0), F(0)
        for x, p in zip(inputs, prototype, strict=False):
            dot = dot + x * p
            of_input = of_input + x * x
            of_prototype = of_prototype + p * p
        if not (of_input > 0 and of_prototype > 0):
            return F(0)
        cosine = dot / (np.sqrt(of_input) * np.sqrt(of_prototype))
        return cosine if cosine > 0 else F(0)

    def learn(self, spikes, rate):
        changes = []
        for i in spikes:
            self.spike_times[i] = self.ticks * 100
        for i in spikes:
            for j in spikes:
                edge = next((e for e, (t, _) in enumerate(self.weights[i]) if t == j), None)
                if i == j or edge is None:
                    continue
                key = f"weight_{i}_{j}"
                if self.config.use_ternary:
                    if self.ternary[i][edge][1] == -1:
                        self.ternary[i][edge][1] = 0
                        self.weights[i][edge][1] = F(0)
                        changes.append(("MERGE", key, ZERO, "snn_ternary_stdp"))
                else:
                    weight = min(max(self.weights[i][edge][1] + rate, F(0)), F(1))
                    self.weights[i][edge][1] = weight
                    changes.append(("MERGE", key, signal(weight), "snn_stdp"))
        return changes

    def homeostasis(self, rate):
        for row, firing in zip(self.weights, self.rates, strict=True):
            for edge in row:
                factor = F(1) + (F(self.config.homeostasis_target) - firing) * rate
                edge[1] = min(max(edge[1] * factor, F(0)), F(1))

    def decay(self, rate):
        changes = []
        for i, row in enumerate(self.ternary if self.config.use_ternary else self.weights):
            for edge in row:
                key = f"weight_{i}_{edge[0]}"
                if self.config.use_ternary:
                    if edge[1] == 0:
                        changes.append(("DELETE", key, None, "snn_ternary_decay"))
                    elif rate > 0.5:
                        edge[1] = 0
                        next(w for w in self.weights[i] if w[0] == edge[0])[1] = F(0)
                else:
                    edge[1] = edge[1] * (F(1) - rate)
                    if edge[1] < F(0.01):
                        edge[1] = F(0)
                        changes.append(("DELETE", key, None, "snn_decay"))
        return changes
