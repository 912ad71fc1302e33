// What each kind of layer makes of a row's numbers, and the formulas that it goes by.
"use strict";

engine.layers = (() => {
  /** A formula of ours, which was translated from Python. */
  const formula = (text) => new Function(`"use strict"; return ${text};`)();

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

  return { activation, chainOf, formula };
})();
