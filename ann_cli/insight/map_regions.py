"""Regions of a map: neighbouring units that are alike, and what sets them apart from the others."""

from heapq import heapify, heappop, heappush

import numpy as np

from ann_cli.engine.maps.map import Map
from ann_cli.engine.settings import Array

FEWEST, MOST = 2, 8
"""Regions that a map is cut into."""


def regions(network: Map) -> Array:
    """Return the number of each unit's region, from 0; the largest region comes first.

    Neighbours are joined, at each time the two regions whose joining adds least to the squared
    distances of the training rows' units from their regions' means (Ward 1963, "Hierarchical
    grouping to optimize an objective function"), until only the last few joins are left; of these
    the cut is where the next join costs most beside the one before it (Vesanto & Alhoniemi 2000,
    "Clustering of the self-organizing map"). A unit without rows weighs nothing, and goes with
    the neighbour that it is joined to first.
    """
    units = network.grid.units
    joins = _joins(network)
    costs = np.array([cost for _, _, cost in joins])
    least = max(float(costs.max(initial=0)) * 1e-9, 1e-300)
    best, most = 1, 0.0
    for count in range(FEWEST, min(MOST, units) + 1):
        # With `count` regions, units - count joins are done: the next one's cost, and the last's.
        done = units - count
        ratio = costs[done] / max(costs[done - 1] if done else 0.0, least)
        if costs[done] > least and ratio > most:
            best, most = count, ratio
    parents = list(range(units))

    def root(unit: int) -> int:
        while parents[unit] != unit:
            unit = parents[unit]
        return unit

    for first, second, _ in joins[: units - best]:
        parents[root(second)] = root(first)
    roots = np.array([root(unit) for unit in range(units)])
    names, found = np.unique(roots, return_inverse=True)
    rows = np.bincount(found, network.hits, len(names))
    order = np.argsort(-rows, kind="stable")
    places = np.empty_like(order)
    places[order] = np.arange(len(order))
    return places[found]


def _joins(network: Map) -> list[tuple[int, int, float]]:
    """Return the joins of regions in their order: a unit of each, and what the join costs."""
    count = network.grid.units
    weights = {unit: float(hits) for unit, hits in enumerate(network.hits)}
    means = dict(enumerate(network.weights.astype(np.float64)))
    members = {unit: unit for unit in range(count)}  # a unit of each region
    beside: dict[int, set[int]] = {unit: set() for unit in range(count)}
    for first, second in network.grid.pairs.tolist():
        beside[first].add(second)
        beside[second].add(first)

    def cost(first: int, second: int) -> float:
        own, other = weights[first], weights[second]
        apart = np.square(means[first] - means[second]).sum()
        # Regions without rows are joined first, and of these the ones that are most alike.
        return float(own * other / (own + other) * apart) if own and other else float(apart) * 1e-12

    heap = [(cost(*pair), *pair) for pair in network.grid.pairs.tolist()]
    heapify(heap)
    joins, number = list[tuple[int, int, float]](), count
    while len(beside) > 1:
        price, first, second = heappop(heap)
        if first not in beside or second not in beside:
            continue  # one of them is part of another region by now
        joins.append((members[first], members[second], price))
        total = weights[first] + weights[second]
        share = weights[first] / total if total else 0.5
        weights[number] = total
        means[number] = share * means[first] + (1 - share) * means[second]
        members[number] = members[first]
        beside[number] = (beside.pop(first) | beside.pop(second)) - {first, second}
        for other in beside[number]:
            beside[other] -= {first, second}
            beside[other].add(number)
            heappush(heap, (cost(number, other), number, other))
        number += 1
    return joins
