// How much each column of a row moves its prediction: Shapley values, by sampling.
"use strict";

/** Numbers in [0, 1) that follow from a seed: Mulberry32. */
function seededNumbers(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** How often networks run for one row's values, about. */
const RUNS = 6000;

/**
 * Yields after each run of the network, and returns [{push, error}] for each group of inputs.
 *
 * A column's Shapley value is the mean of what it adds when the columns join in random order, where
 * those that have not joined have the cells of a row of the background (Štrumbelj & Kononenko 2014,
 * "Explaining prediction models and individual predictions with feature contributions", algorithm 2).
 * Each order is also gone through backwards, which is as likely and errs the other way (Mitchell,
 * Cooper, Frank & Holmes 2022, "Sampling permutations for Shapley value estimation", section 4.1).
 * Each background row comes equally often, so that the values' sum is exact. `error` is one standard
 * error of the mean.
 */
function* shapleyValues(value, x, background, groups) {
  const pairs = Math.max(10, Math.round(RUNS / (2 * groups.length)));
  const used = background.slice(0, pairs);
  const rounds = Math.max(1, Math.min(Math.round(pairs / used.length), Math.floor(400 / used.length) || 1));
  const random = seededNumbers(1);
  const means = groups.map(() => 0);
  const squares = groups.map(() => 0);
  const order = groups.map((_, at) => at);
  const whole = value(x);
  let count = 0;
  for (let round = 0; round < rounds; round++) {
    for (const row of used) {
      for (let at = order.length - 1; at > 0; at--) {
        const other = Math.floor(random() * (at + 1));
        [order[at], order[other]] = [order[other], order[at]];
      }
      const base = value(row);
      const found = groups.map(() => 0);
      for (const path of [order, [...order].reverse()]) {
        const mixed = row.slice();
        let before = base;
        for (const [position, group] of path.entries()) {
          let same = true;
          for (const input of groups[group]) {
            same &&= mixed[input] === x[input];
            mixed[input] = x[input];
          }
          if (same) continue;
          const after = position === path.length - 1 ? whole : value(mixed);
          found[group] += (after - before) / 2;
          before = after;
          yield count;
        }
      }
      count += 1;
      found.forEach((each, at) => {
        const difference = each - means[at];
        means[at] += difference / count;
        squares[at] += difference * (each - means[at]);
      });
    }
  }
  const error = (at) => (count > 1 ? Math.sqrt(squares[at] / (count - 1) / count) : NaN);
  return { pushes: means.map((push, at) => ({ push, error: error(at) })), orders: 2 * count, rows: used.length };
}
