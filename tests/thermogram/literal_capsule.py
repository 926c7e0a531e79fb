"""The capsule written down literally: one entry after the other, in dictionaries."""

from dataclasses import dataclass, field, replace

import numpy as np

from host.thermogram.delta import DeltaKind
from host.thermogram.instant import NANO
from host.thermogram.plasticity import UpdatePolicy

F = np.float32


def u8(x):
    return 0 if np.isnan(x) else int(min(max(x, F(0)), F(255)))


def fraction(magnitude):
    return F(magnitude) / F(255)


def scale(signal, factor):
    magnitude = u8(F(signal[1]) * factor)
    return (signal[0] if magnitude else 0, magnitude)


def add(a, b):
    total = F(a[0]) * fraction(a[1]) + F(b[0]) * fraction(b[1])
    polarity = 1 if total > F(0.01) else -1 if total < F(-0.01) else 0
    return polarity, u8(min(abs(total), F(1)) * F(255))


def update(rule, current, new, seconds):
    c, n = fraction(current[1]), fraction(new[1])
    d, l_ = fraction(rule.decay_rate.magnitude), fraction(rule.learning_rate.magnitude)
    match rule.policy:
        case UpdatePolicy.STDP:
            result = c * (F(1) - d * F(float(seconds)) / F(86400)) + l_ * n
            result = min(max(result, F(0)), F(1))
        case UpdatePolicy.Replace:
            result = n
        case UpdatePolicy.EMA:
            result = l_ * n + (F(1) - l_) * c
        case UpdatePolicy.Bayesian:
            result = (c * c + n * n) / (c + n) if c + n > 0 else F(0)
        case UpdatePolicy.WTA:
            result = max(c, n)
    return (new if n >= c else current)[0], u8(result * F(255))


@dataclass
class Cell:
    value: bytes
    strength: tuple
    time: tuple
    count: int


@dataclass
class Literal:
    """Layers from hot to cold: dictionaries of cells by key."""

    layers: list = field(default_factory=lambda: [{}, {}, {}, {}])

    def consolidate(self, deltas, rule, thermal, policy):
        hot, merged = self.layers[0], 0
        for delta in deltas:
            cell = hot.get(delta.key)
            if delta.kind == DeltaKind.Delete:
                hot.pop(delta.key, None)
            elif cell:
                later, earlier = (s * NANO + ns for s, ns in (delta.instant, cell.time))
                sign = 1 if later >= earlier else -1
                seconds = sign * (abs(later - earlier) // NANO)
                cell.strength = update(rule, cell.strength, delta.strength, seconds)
                cell.time, cell.count = delta.instant, cell.count + 1
                if delta.kind == DeltaKind.Merge:
                    merged += 1
                else:
                    cell.value = delta.value
            elif delta.kind != DeltaKind.Merge:
                hot[delta.key] = Cell(delta.value, delta.strength, delta.instant, 1)
        pruned = 0
        if policy.enable_pruning:
            weak = [key for key, cell in hot.items()
                    if cell.strength[1] < rule.prune_threshold.magnitude]
            pruned = len([hot.pop(key) for key in weak])
        after = len(hot)
        fresh = self.promote(0, 3, thermal.crystallization_threshold.magnitude,
                             thermal.min_observations[0])
        return len(deltas), after, pruned, merged + fresh, 0

    def promote(self, source, target, threshold, observations):
        fresh = 0
        for key, cell in list(self.layers[source].items()):
            if cell.strength[1] >= threshold and cell.count >= observations:
                del self.layers[source][key]
                if there := self.layers[target].get(key):
                    there.strength = add(scale(there.strength, F(0.3)),
                                         scale(cell.strength, F(0.7)))
                    there.value, there.time = cell.value, cell.time
                    there.count += cell.count
                else:
                    self.layers[target][key] = cell
                    fresh += 1
        return fresh

    def demote(self, source, threshold, now):
        for key, cell in list(self.layers[source].items()):
            if cell.strength[1] < threshold:
                del self.layers[source][key]
                strength = scale(cell.strength, F(0.95))
                cell = replace(cell, strength=strength if strength[1] else (1, 1), time=now)
                if there := self.layers[source - 1].get(key):
                    if cell.strength[1] > there.strength[1]:
                        there.strength = cell.strength
                    there.time = now
                else:
                    self.layers[source - 1][key] = cell

    def transitions(self, thermal, now):
        for source in (0, 1, 2):
            self.promote(source, source + 1, thermal.promotion_thresholds[source].magnitude,
                         thermal.min_observations[source])
        for source in (3, 2, 1):
            if thermal.allow_demotion[source]:
                self.demote(source, thermal.demotion_thresholds[source].magnitude, now)
        for layer in self.layers:
            for key in [key for key, cell in layer.items()
                        if cell.strength[1] < thermal.prune_threshold.magnitude]:
                del layer[key]

    def decay(self, thermal):
        for layer, rate in zip(self.layers, thermal.decay_rates, strict=True):
            for cell in layer.values():
                cell.strength = scale(cell.strength, F(1) - fraction(rate.magnitude))

    def hottest(self, key):
        return next((layer[key] for layer in self.layers if key in layer), None)

    def reinforce(self, key, amount, now):
        if cell := self.hottest(key):
            cell.strength = add(cell.strength, amount)
            cell.count, cell.time = cell.count + 1, now
        return cell is not None

    def weaken(self, key, amount, now):
        if cell := self.hottest(key):
            left = max(cell.strength[1] - amount[1], 0)
            cell.strength, cell.time = (cell.strength[0], left) if left else (0, 0), now
        return cell is not None

    def warm(self, key, thermal, now):
        cell = self.layers[3].pop(key, None) if thermal.allow_warming else None
        if cell:
            cost = fraction(thermal.warming_delta.magnitude) * F(0.1)
            cell.strength = cell.strength[0], max(1, u8(F(cell.strength[1]) * (F(1) - cost)))
            cell.time = now
            self.layers[0][key] = cell
        return cell is not None
