// The network itself, run in the page: from the cells of a row to its prediction.
// It reads what `model_document.py` wrote; all numbers are float64.
"use strict";

Object.assign(engine, (() => {
  const { within, encoderOf } = engine.columns;
  const { activation, chainOf, formula } = engine.layers;

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

    /** What encoded inputs become: the outputs, and the members' weighted sums with their shares. */
    run(x) {
      const each = this.variations
        .filter(({ share }) => share)
        .map(({ share, members }) => [share, members.map((member) => member(x))]);
      const total = new Float64Array(each[0][1][0].length);
      for (const [share, sums] of each) {
        for (const z of sums) {
          for (let at = 0; at < z.length; at++) total[at] += (share / sums.length) * z[at];
        }
      }
      return { outputs: this.output(total), each };
    }

    /** What each unit of the first network makes of inputs, by the place of its layer. */
    activations(x) {
      const z = this.variations[0].members[0](x);
      const last = String(this.document.networks[0].layers.length - 1);
      return this.seen.set(last, this.output(z));
    }

    /** How far apart the members' outputs are, as the intervals of an ensemble go by it. */
    spread(each) {
      const { folds } = this.document;
      const every = each.map(([share, sums]) => [share, sums.map(this.output)]);
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
    interval({ outputs, each }, level) {
      const quantiles = this.levels[level];
      if (this.classes) {
        const shares = this.probabilities(outputs);
        const likeliest = shares.indexOf(Math.max(...shares));
        return [this.classes.filter((_, at) => at === likeliest || 1 - shares[at] <= quantiles[0])];
      }
      const { floors } = this;
      const spread = floors.some((floor) => floor !== null) ? this.spread(each) : null;
      return this.byTarget(outputs).map((own, at) => {
        const [target, low, high] = [this.targets[at], own[0], own[own.length - 1]];
        const divisor = floors[at] === null ? 1 : spread[at] + floors[at];
        const width = Math.max(quantiles[at] * divisor, (low - high) / 2);
        return [this.quantile(target, low - width), this.quantile(target, high + width)];
      });
    }
  }

  return { Model, Network, unpacked };
})());
