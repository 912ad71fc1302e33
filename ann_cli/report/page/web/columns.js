// The cells of a row as the network's inputs, a function for each kind of column.
// Their records are those of weights.npz, as `model_document.py` hands them on.
"use strict";

const engine = {};

engine.columns = (() => {
  const LARGEST = 3.4028234663852886e38;

  /** z / √(1 + (z / limit)²): a scaled number, bent where there is a limit. */
  function limited(value, center, scale, limit) {
    const z = Math.min(Math.max((value - center) / scale, -LARGEST), LARGEST);
    return limit === undefined ? z : z / Math.hypot(1, z / limit);
  }

  /** A cell's number; NaN where it is missing. */
  function numberOf(feature, cell) {
    if (cell === null || !(Math.abs(cell) <= LARGEST)) return NaN;
    return (feature.notation?.none ?? []).includes(cell) ? NaN : cell;
  }

  const within = (value, low, high) =>
    Math.min(Math.max(value, low ?? -Infinity), high ?? Infinity);

  const ENCODINGS = {
    piecewise: ({ edges, means, nearest = [] }, z, share) => {
      const bins = means.map((mean, at) => share(z, edges[at], edges[at + 1]) - mean);
      const own = nearest.slice(1).filter((each, at) => z > (nearest[at] + each) / 2).length;
      return [...bins, ...nearest.map((_, at) => Number(at === own))];
    },
    periodic: ({ frequencies }, z) =>
      frequencies.flatMap((each) => [Math.sin(2 * Math.PI * each * z), Math.cos(2 * Math.PI * each * z)]),
  };

  /** What the encoding makes of a first input; 0 where the cell is missing. */
  function beside({ encoding }, z, missing, share) {
    if (!encoding) return [];
    const curves = ENCODINGS[encoding.name](encoding, z, share);
    return missing ? curves.map(() => 0) : curves;
  }

  function encodedNumber(feature, cell, share) {
    const given = numberOf(feature, cell);
    const missing = Number.isNaN(given);
    const value = within(missing ? feature.fill : given, feature.low, feature.high);
    const z = limited(value, feature.center, feature.scale, feature.limit);
    const found = feature.was_missing ? [z, Number(missing)] : [z];
    return [...found, ...beside(feature, z, missing, share)];
  }

  const DAY = 86400;
  const YEAR = 365.2425 * DAY;
  const CALENDAR = {
    year: [0, (date) => date.getUTCFullYear()],
    month: [12, (date) => date.getUTCMonth()],
    "day of week": [7, (date) => (date.getUTCDay() + 6) % 7],
    "day of year": [
      365.2425,
      (date) => Math.floor(date / 1000 / DAY) - Math.floor(new Date(date).setUTCMonth(0, 1) / 1000 / DAY),
    ],
    hour: [24, (date, seconds) => (seconds - Math.floor(seconds / DAY) * DAY) / 3600],
  };

  function encodedDate(feature, cell, share) {
    const given = numberOf(feature, cell);
    const missing = Number.isNaN(given);
    const value = within(missing ? feature.fill : given, feature.low, feature.high);
    const found = [limited(value, feature.center, feature.scale, feature.limit)];
    const date = new Date(Math.floor(value) * 1000);
    for (const part of feature.parts) {
      const [period, of] = CALENDAR[part];
      const turn = of(date, value);
      if (period) {
        const angle = (2 * Math.PI * turn) / period;
        found.push(Math.sin(angle), Math.cos(angle));
      } else {
        found.push(limited(turn, 1970 + feature.center / YEAR, feature.scale / YEAR, feature.limit));
      }
    }
    if (feature.was_missing) found.push(Number(missing));
    return [...found, ...beside(feature, found[0], missing, share)];
  }

  function encodedCategory(feature, cell) {
    const { categories, was_missing: gaps, ranks } = feature;
    const found = new Array(categories.length + (gaps ? 1 : 0)).fill(0);
    const at = cell === null ? (gaps ? categories.length : -1) : categories.indexOf(cell);
    if (at >= 0) found[at] = 1;
    if (!ranks) return found;
    const rank = cell !== null && Object.hasOwn(ranks, cell) ? ranks[cell] : -1;
    return [...found, rank < 0 ? 0 : (rank - feature.center) / feature.scale];
  }

  function encodedHash(feature, cell) {
    const found = new Array(feature.buckets + (feature.was_missing ? 2 : 1)).fill(0);
    if (cell === null) {
      if (feature.was_missing) found[feature.buckets] = 1;
      return found;
    }
    const hash = hashOf(cell);
    const count = feature.counts[Math.floor(hash / 65536)] ?? 0;
    found[hash % feature.buckets] = 1;
    found[found.length - 1] = (Math.log1p(count) - feature.center) / feature.scale;
    return found;
  }

  function encodedWords({ words, was_missing: gaps }, cell) {
    const there = new Set(cell === null ? [] : cell.toLowerCase().match(/[\p{L}\p{N}]{2,}/gu));
    const found = words.map((each) => Number(there.has(each)));
    return gaps ? [...found, Number(cell === null)] : found;
  }

  /** The first 32 bits of BLAKE2b with a digest of 4 bytes, of a text in UTF-8: RFC 7693. */
  function hashOf(text) {
    const ORDERS = [
      "0123456789abcdef", "ea489fd61c02b753", "b8c052fdae367194", "7931dcbe265a40f8",
      "905724afe1bc683d", "2c6a0b834d75fe19", "c51fed4a0763928b",
      "db7ec13950f4862a", "6fe9b308c2d714a5", "a2847615fb9e3cd0",
    ];
    const MASK = (1n << 64n) - 1n;
    const START = [
      0x6a09e667f3bcc908n, 0xbb67ae8584caa73bn, 0x3c6ef372fe94f82bn, 0xa54ff53a5f1d36f1n,
      0x510e527fade682d1n, 0x9b05688c2b3e6c1fn, 0x1f83d9abfb41bd6bn, 0x5be0cd19137e2179n,
    ];
    const turned = (word, by) => ((word >> by) | (word << (64n - by))) & MASK;
    const bytes = new TextEncoder().encode(text);
    const state = [...START];
    state[0] ^= 0x01010004n;
    const blocks = Math.max(1, Math.ceil(bytes.length / 128));
    for (let block = 0; block < blocks; block++) {
      const padded = new Uint8Array(128);
      padded.set(bytes.subarray(128 * block, 128 * block + 128));
      const words = new BigUint64Array(16);
      const view = new DataView(padded.buffer);
      for (let at = 0; at < 16; at++) words[at] = view.getBigUint64(8 * at, true);
      const v = [...state, ...START];
      const last = block === blocks - 1;
      v[12] ^= BigInt(last ? bytes.length : 128 * (block + 1));
      if (last) v[14] ^= MASK;
      const mix = (a, b, c, d, x, y) => {
        v[a] = (v[a] + v[b] + x) & MASK;
        v[d] = turned(v[d] ^ v[a], 32n);
        v[c] = (v[c] + v[d]) & MASK;
        v[b] = turned(v[b] ^ v[c], 24n);
        v[a] = (v[a] + v[b] + y) & MASK;
        v[d] = turned(v[d] ^ v[a], 16n);
        v[c] = (v[c] + v[d]) & MASK;
        v[b] = turned(v[b] ^ v[c], 63n);
      };
      for (let round = 0; round < 12; round++) {
        const order = [...ORDERS[round % 10]].map((each) => words[parseInt(each, 16)]);
        for (let at = 0; at < 4; at++) {
          mix(at, 4 + at, 8 + at, 12 + at, order[2 * at], order[2 * at + 1]);
        }
        for (let at = 0; at < 4; at++) {
          mix(at, 4 + ((at + 1) % 4), 8 + ((at + 2) % 4), 12 + ((at + 3) % 4), order[8 + 2 * at], order[9 + 2 * at]);
        }
      }
      for (let at = 0; at < 8; at++) state[at] ^= v[at] ^ v[at + 8];
    }
    const word = Number(state[0] & 0xffffffffn);
    return new DataView(Uint32Array.of(word).buffer).getUint32(0, false);
  }

  /** A picture's pixels, row by row, 0 to 255; a channel has one center and one scale. */
  const encodedPicture = ({ centers, scales, limit }, cell) =>
    cell.map((level, at) => limited(level, centers[at % centers.length], scales[at % scales.length], limit));

  /** By the field that the records of such a column have, and no others; a number's have none. */
  const ENCODERS = {
    picture: encodedPicture,
    buckets: encodedHash,
    words: encodedWords,
    categories: encodedCategory,
    parts: encodedDate,
  };

  const encoderOf = (feature) =>
    ENCODERS[Object.keys(ENCODERS).find((field) => Object.hasOwn(feature, field))] ?? encodedNumber;

  return { encoderOf, hashOf, within };
})();
