// The network itself, run in the page: from the cells of a row to its prediction.
// It reads what `model_document.py` wrote; all numbers are float64.
"use strict";

const engine = (() => {
  const LARGEST = 3.4028234663852886e38;

  /** Numbers that were packed as text, the least byte of each first. */
  function unpacked(text, precision) {
    const bytes = Uint8Array.from(atob(text), (each) => each.charCodeAt(0));
    const float64 = precision === "float64";
    const [size, view] = [float64 ? 8 : 4, new DataView(bytes.buffer)];
    const found = new (float64 ? Float64Array : Float32Array)(bytes.length / size);
    for (let at = 0; at < found.length; at++) {
      found[at] = float64 ? view.getFloat64(8 * at, true) : view.getFloat32(4 * at, true);
    }
    return found;
  }

  /** A formula of ours, which was translated from Python. */
  const formula = (text) => new Function(`"use strict"; return ${text};`)();

  // ---- Cells to inputs -------------------------------------------------------------------------

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
    piecewise: ({ edges, means }, z, share) =>
      means.map((mean, at) => share(z, edges[at], edges[at + 1]) - mean),
    periodic: ({ frequencies }, z) =>
      frequencies.flatMap((each) => [Math.sin(2 * Math.PI * each * z), Math.cos(2 * Math.PI * each * z)]),
  };

  function encodedNumber(feature, cell, share) {
    const given = numberOf(feature, cell);
    const missing = Number.isNaN(given);
    const value = within(missing ? feature.fill : given, feature.low, feature.high);
    const z = limited(value, feature.center, feature.scale, feature.limit);
    const found = feature.was_missing ? [z, Number(missing)] : [z];
    if (!feature.encoding) return found;
    const curves = ENCODINGS[feature.encoding.name](feature.encoding, z, share);
    return [...found, ...(missing ? curves.map(() => 0) : curves)];
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

  function encodedDate(feature, cell) {
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
    return feature.was_missing ? [...found, Number(missing)] : found;
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

  function encoderOf(feature) {
    if (feature.buckets !== undefined) return encodedHash;
    if (feature.categories !== undefined) return encodedCategory;
    return feature.parts === undefined ? encodedNumber : encodedDate;
  }

  // ---- Layers ----------------------------------------------------------------------------------

  /** Weighted sums: x W + b, with W inputs × units. */
  const sums = (x, weights, bias) => {
    const [units, z] = [bias.length, Float64Array.from(bias)];
    for (let input = 0; input < x.length; input++) {
      const value = x[input];
      if (value === 0) continue;
      const start = input * units;
      for (let unit = 0; unit < units; unit++) z[unit] += value * weights[start + unit];
    }
    return z;
  };

  const joined = (...parts) => {
    const found = new Float64Array(parts.reduce((size, each) => size + each.length, 0));
    let at = 0;
    for (const each of parts) {
      found.set(each, at);
      at += each.length;
    }
    return found;
  };

  /** The numbers under each window on a picture of height × width × channels; zeros around it. */
  function* windowsOn(x, { image, at: first, size, stride, places }) {
    const [height, width, channels] = image;
    for (let down = 0; down < places[0]; down++) {
      for (let right = 0; right < places[1]; right++) {
        const found = new Float64Array(size[0] * size[1] * channels);
        for (let line = 0; line < size[0]; line++) {
          const row = down * stride[0] + line - first[0];
          if (row < 0 || row >= height) continue;
          for (let place = 0; place < size[1]; place++) {
            const column = right * stride[1] + place - first[1];
            if (column < 0 || column >= width) continue;
            const start = (row * width + column) * channels;
            found.set(x.subarray(start, start + channels), (line * size[1] + place) * channels);
          }
        }
        yield found;
      }
    }
  }

  const POOLINGS = {
    max: (numbers) => numbers.reduce((a, b) => Math.max(a, b)),
    mean: (numbers) => numbers.reduce((a, b) => a + b) / numbers.length,
  };

  /** Each kind of layer: of its document and its parameters a function of a row's numbers. */
  const LAYERS = {
    output: (layer, { weights, bias }) => (x) => sums(x, weights, bias),
    dense: (layer, { weights, bias }) => {
      const curve = activation(layer.activation);
      return (x) => curve(sums(x, weights, bias));
    },
    dropout: () => (x) => x,
    scale: (layer, { factor }) => (x) => x.map((value, at) => value * factor[at]),
    take: ({ places }) => (x) => Float64Array.from(places, (at) => x[at]),
    embedding: ({ numbers, columns, settings }, parameters) => (x) => {
      const own = Float64Array.from(numbers, (at) => x[at]);
      const none = new Float64Array(settings.embedding);
      const vectors = columns.map(({ inputs: [start, stop], vectors: name }) =>
        sums(x.subarray(start, stop), parameters[name], none),
      );
      return joined(own, ...vectors);
    },
    normalize: ({ settings }, { gain, shift, running_mean: means, running_variance: variances }) => {
      const { epsilon } = settings.normalize;
      const channels = gain.length;
      return (x) => {
        let [mean, variance] = [0, 0];
        if (!means) {
          mean = x.reduce((a, b) => a + b) / x.length;
          variance = x.reduce((total, each) => total + (each - mean) ** 2, 0) / x.length;
        }
        return x.map((value, at) => {
          const channel = at % channels;
          const [middle, width] = means ? [means[channel], variances[channel]] : [mean, variance];
          return (gain[channel] * (value - middle)) / Math.sqrt(width + epsilon) + shift[channel];
        });
      };
    },
    residual: (layer, parameters, watch) => {
      const chain = chainOf(layer.parts, parameters, watch);
      return (x) => {
        const made = chain(x);
        return x.map((value, at) => value + made[at]);
      };
    },
    skip: (layer, parameters, watch) => {
      const chain = chainOf(layer.parts, parameters, watch);
      return (x) => joined(chain(x), x);
    },
    conv: (layer, { weights, bias }) => {
      const curve = activation(layer.activation);
      return (x) =>
        curve(joined(...Array.from(windowsOn(x, layer.windows), (each) => sums(each, weights, bias))));
    },
    pool: ({ image, window, settings }) => {
      const pooled = POOLINGS[settings.pooling.name];
      const places = [Math.floor(image[0] / window[0]), Math.floor(image[1] / window[1])];
      const windows = { image, at: [0, 0], size: window, stride: window, places };
      const channels = image[2];
      return (x) =>
        joined(
          ...Array.from(windowsOn(x, windows), (each) =>
            Float64Array.from({ length: channels }, (_, channel) =>
              pooled(each.filter((_, at) => at % channels === channel)),
            ),
          ),
        );
    },
    rnn: recurrent,
    gru: recurrent,
    lstm: recurrent,
  };

  /** Layers that go through the steps of a series: z = [h x 1] M at each, and a formula of gates. */
  function recurrent({ steps, channels, units, all, width, places, form, step }, parameters) {
    const depth = units + channels + 1;
    const matrix = new Float64Array(depth * width);
    for (const [name, [row, column]] of Object.entries(places)) {
      parameters[name].forEach((value, at) => {
        matrix[(row + Math.floor(at / units)) * width + column + (at % units)] = value;
      });
    }
    const go = formula(step);
    const gates = form.sigmoids + form.tanhs + form.linear;
    const none = new Float64Array(width);
    const gate = (number, z) => {
      if (number < form.sigmoids) return 1 / (1 + Math.exp(-z));
      return number < form.sigmoids + form.tanhs ? Math.tanh(z) : z;
    };
    return (x) => {
      let states = Array.from({ length: units }, () => new Array(1 + form.kept).fill(0));
      const out = [];
      for (let at = 0; at < steps; at++) {
        const seen = joined(
          states.map((each) => each[0]),
          x.subarray(at * channels, (at + 1) * channels),
          [1],
        );
        const z = sums(seen, matrix, none);
        states = states.map((before, unit) => {
          const own = Array.from({ length: gates }, (_, number) => gate(number, z[number * units + unit]));
          return go(...own, ...before);
        });
        out.push(states.map((each) => each[0]));
      }
      return Float64Array.from(all ? out.flat() : out.at(-1));
    };
  }

  function activation({ formula: text, values }) {
    const curve = formula(text);
    return (z) => curve(z, ...values);
  }

  /** Layers one after the other; `watch(place, numbers)` is told what each makes of a row. */
  function chainOf(layers, parameters, watch, around = "") {
    const steps = layers.map((layer, at) => {
      const place = `${around}${at}`;
      if (!Object.hasOwn(LAYERS, layer.kind)) throw new Error(`no page runs a ${layer.kind} layer`);
      const told = watch && ((inner, numbers) => watch(`${place}.${inner}`, numbers));
      const own = layer.parts ? parameters : named(layer, parameters);
      return [place, LAYERS[layer.kind](layer, own, told)];
    });
    return (x) => {
      for (const [place, step] of steps) {
        x = step(x);
        watch?.(place, x);
      }
      return x;
    };
  }

  /** A layer's parameters by name, of a function that finds each. */
  const named = (layer, find) =>
    Object.fromEntries(Object.entries(layer.parameters).map(([name, place]) => [name, find(place)]));

  // ---- A network, and a model around it --------------------------------------------------------

  /** One network, or an ensemble of some: from encoded inputs to outputs. */
  class Network {
    constructor(document) {
      this.document = document;
      this.output = activation(document.activation);
      const numbers = unpacked(document.weights, document.precision);
      this.seen = new Map();
      this.variations = document.networks.map(({ members, share, layers }, variation) => ({
        share,
        members: Array.from({ length: members }, (_, member) => {
          const own = ({ at, shape }) => {
            const size = shape.reduce((a, b) => a * b, 1);
            return numbers.subarray(at + member * size, at + (member + 1) * size);
          };
          const first = variation === 0 && member === 0;
          return chainOf(layers, own, first ? (place, a) => this.seen.set(place, a) : null);
        }),
      }));
    }

    /** The outputs of all networks together, for encoded inputs. */
    outputs(x) {
      let total = null;
      for (const { share, members } of this.variations) {
        if (!share) continue;
        for (const member of members) {
          const z = member(x);
          total ??= new Float64Array(z.length);
          for (let at = 0; at < z.length; at++) total[at] += (share / members.length) * z[at];
        }
      }
      return this.output(total);
    }

    /** What each unit of the first network makes of inputs, by the place of its layer. */
    activations(x) {
      const z = this.variations[0].members[0](x);
      const last = String(this.document.networks[0].layers.length - 1);
      return this.seen.set(last, this.output(z));
    }

    /** How far apart the members' outputs are, as the intervals of an ensemble go by it. */
    spread(x) {
      const { folds } = this.document;
      const every = this.variations
        .filter(({ share }) => share)
        .map(({ share, members }) => [share, members.map((member) => this.output(member(x)))]);
      const size = every[0][1][0].length;
      const found = new Float64Array(size);
      for (let fold = 0; fold < folds; fold++) {
        const own = every.flatMap(([share, all]) => {
          const some = all.filter((_, member) => member % folds === fold);
          return some.map((a) => [share / some.length, a]);
        });
        const weight = own.reduce((total, [each]) => total + each, 0);
        for (let at = 0; at < size; at++) {
          const mean = own.reduce((total, [each, a]) => total + each * a[at], 0) / weight;
          const variance = own.reduce((total, [each, a]) => total + each * (a[at] - mean) ** 2, 0) / weight;
          found[at] += Math.sqrt(variance) / folds;
        }
      }
      return found;
    }

  }

  /** A network with the columns before it and the targets behind it. */
  class Model extends Network {
    constructor(document) {
      super(document.network);
      this.features = document.features;
      this.share = formula(document.share);
      this.targets = document.targets.map((each) => ({
        ...each,
        back: each.backward ? formula(each.backward) : null,
      }));
      this.classes = document.targets[0].classes ?? null;
      this.encoders = this.features.map(encoderOf);
      this.decision = document.output;
      this.levels = document.levels;
      this.floors = document.floors;
      this.inputs = document.inputs.length;
    }

    /** The network's inputs, of cells by the columns' names: a number, a text, or null. */
    encode(row) {
      const x = new Float64Array(this.inputs);
      this.features.forEach((feature, at) => {
        const cell = row[feature.name] ?? null;
        const inputs = this.encoders[at](feature, cell, this.share);
        feature.places.forEach((place, number) => (x[place] = inputs[number]));
      });
      return x;
    }

    /** One output in the units of its target. */
    decoded(target, output) {
      const value = output * target.scale + target.center;
      return target.back ? target.back(value, target.transform) : value;
    }

    /** The same for what was predicted: the mean of what may be, within the target's range. */
    predicted(target, output) {
      const left = target.left ?? [0];
      const total = left.reduce((sum, each) => sum + this.decoded(target, output + each) / left.length, 0);
      return within(total, target.low, target.high);
    }

    quantile(target, output) {
      return within(this.decoded(target, output), target.low, target.high);
    }

    /** The outputs of each target, from low to high. */
    byTarget(outputs) {
      const each = outputs.length / this.targets.length;
      return this.targets.map((_, at) => outputs.slice(at * each, (at + 1) * each).sort());
    }

    /** Of numbers [{prediction, quantiles}], one a target; of classes [{prediction, place, probabilities}]. */
    decode(outputs) {
      const { middle, boundary, probabilities } = this.decision;
      if (this.classes) {
        const place = outputs.length > 1 ? outputs.indexOf(Math.max(...outputs)) : Number(outputs[0] > boundary);
        const shares = probabilities ? this.probabilities(outputs) : null;
        return [{ prediction: this.classes[place], place, probabilities: shares }];
      }
      return this.byTarget(outputs).map((own, at) => {
        const all = Array.from(own, (each) => this.predicted(this.targets[at], each));
        return { prediction: all[middle], quantiles: all.length > 1 ? all : [] };
      });
    }

    probabilities(outputs) {
      if (outputs.length === 1) return [1 - outputs[0], outputs[0]];
      const total = outputs.reduce((a, b) => a + b);
      return Array.from(outputs, (each) => (total > 0 ? each / total : 1 / outputs.length));
    }

    /** Of numbers [low, high] a target, of classes [labels]: what holds the actual value so often. */
    interval(x, outputs, level) {
      const quantiles = this.levels[level];
      if (this.classes) {
        const shares = this.probabilities(outputs);
        const likeliest = shares.indexOf(Math.max(...shares));
        return [this.classes.filter((_, at) => at === likeliest || 1 - shares[at] <= quantiles[0])];
      }
      const { floors } = this;
      const spread = floors.some((each) => each !== null) ? this.spread(x) : null;
      return this.byTarget(outputs).map((own, at) => {
        const [target, low, high] = [this.targets[at], own[0], own[own.length - 1]];
        const divisor = floors[at] === null ? 1 : spread[at] + floors[at];
        const width = Math.max(quantiles[at] * divisor, (low - high) / 2);
        return [this.quantile(target, low - width), this.quantile(target, high + width)];
      });
    }
  }

  return { Model, Network, formula, hashOf, unpacked };
})();
