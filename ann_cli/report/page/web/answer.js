// What the network says to a row: predictions, intervals, probabilities.
"use strict";

function answerPanel(parts, changed) {
  const { model, state, data, seen } = parts;
  const levels = Object.keys(model.levels);
  state.level = levels.includes("0.9") ? "0.9" : (levels.at(-1) ?? null);
  const level = levels.length > 1 && make(
    "select",
    { id: "what-if-level", onchange: () => { state.level = levels[level.selectedIndex]; changed(); } },
    ...levels.map((each) => make("option", { selected: each === state.level }, `${shown(100 * each)}%`)),
  );
  const actualOf = (target) => {
    const value = state.at === null ? null : data.rows.actual[target][state.at];
    return value ?? null;
  };
  const outputs = model.classes ? [classAnswer(parts)] : model.targets.map((target, at) => numberAnswer(parts, target, at));
  const seenDecoded = seen.map(({ outputs: each }) => model.decode(each));
  outputs.forEach((each, at) => each.range?.(seenDecoded.map((decoded) => decoded[at].prediction), data.rows?.actual[at] ?? []));
  const element = make(
    "div",
    { class: "answer" },
    ...outputs.map((each) => each.element),
    level ? make("p", { class: "level" }, make("label", { for: "what-if-level" }, model.classes ? "Sets that hold " : "Intervals that hold "), level, model.classes ? " of actual classes" : " of actual values") : null,
    levels.length ? null : make("p", { class: "note" }, "No interval: the weights do not tell how far off the network was on rows it was not trained on."),
  );
  return {
    element,
    show(found) {
      const decoded = model.decode(found.outputs);
      const intervals = state.level && model.interval(found, state.level);
      outputs.forEach((each, at) => each.show(decoded[at], intervals ? intervals[at] : null, actualOf(at)));
    },
  };
}

/** A number's prediction, with its interval on a line that holds those of the rows. */
function numberAnswer({ model, state }, target, at) {
  const value = make("output", { class: "prediction" });
  const words = make("p", { class: "interval" });
  const [band, dot, tick] = ["band", "dot", "actual"].map((each) => make("div", { class: each }));
  const axis = [make("span"), make("span")];
  const name = model.targets.length > 1 ? `prediction of ${target.name}` : "prediction";
  const element = make(
    "div",
    {},
    make("p", { class: "what" }, name),
    value,
    words,
    make("div", { class: "track", "aria-hidden": "true" }, band, tick, dot),
    make("div", { class: "ends", "aria-hidden": "true" }, ...axis),
  );
  let [low, high] = [Infinity, -Infinity];
  const place = (number) => `${Math.min(Math.max((100 * (number - low)) / (high - low || 1), 0), 100)}%`;
  const quantiles = (all) => (all.length ? `Its quantiles are ${all.map((each) => shown(each, 6)).join(", ")}. ` : "");
  return {
    element,
    range(predictions, actual) {
      const all = [...predictions, ...actual.filter((each) => each !== null)];
      if (all.length) [low, high] = [Math.min(...all), Math.max(...all)];
    },
    show({ prediction, quantiles: all }, interval, actual) {
      value.textContent = shown(prediction, 7);
      const ends = [prediction, ...(interval ?? []), ...(actual === null ? [] : [actual])].filter(Number.isFinite);
      [low, high] = [Math.min(low, ...ends), Math.max(high, ...ends)];
      dot.style.left = place(prediction);
      band.hidden = !interval;
      if (interval) {
        band.style.left = place(interval[0]);
        band.style.right = `calc(100% - ${place(interval[1])})`;
      }
      tick.hidden = actual === null;
      if (actual !== null) tick.style.left = place(actual);
      [axis[0].textContent, axis[1].textContent] = [shown(low), shown(high)];
      const between = interval
        ? `${shown(interval[0], 6)} to ${shown(interval[1], 6)} is an interval of those that hold ${shown(100 * state.level)}% of actual values. `
        : "";
      words.textContent = quantiles(all) + between + (actual === null ? "" : `The row it began with has ${shown(actual, 6)}.`);
    },
  };
}

/** Classes whose bars are shown; of more, the likeliest. */
const MOST_CLASSES = 20;

/** A class's prediction, with a bar for the probability of each. */
function classAnswer({ model, state }) {
  const value = make("output", { class: "prediction" });
  const words = make("p", { class: "interval" });
  const bars = Array.from({ length: Math.min(model.classes.length, MOST_CLASSES) }, () => {
    const [label, number, bar] = [make("th", { scope: "row" }), make("td"), make("div", { class: "bar" })];
    return { label, number, bar, row: make("tr", {}, label, number, make("td", { class: "bars", "aria-hidden": "true" }, bar)) };
  });
  const table = make(
    "table",
    { class: "classes" },
    make("caption", {}, "Probability of each class"),
    make("tbody", {}, ...bars.map(({ row }) => row)),
  );
  return {
    element: make("div", {}, make("p", { class: "what" }, "prediction"), value, words, table),
    show({ prediction, place, probabilities }, set, actual) {
      value.textContent = prediction;
      table.hidden = !probabilities;
      if (probabilities) {
        let order = probabilities.map((_, at) => at);
        if (order.length > bars.length) order.sort((a, b) => probabilities[b] - probabilities[a]);
        order = order.slice(0, bars.length);
        bars.forEach(({ label, number, bar, row }, at) => {
          label.textContent = model.classes[order[at]];
          number.textContent = probabilities[order[at]].toFixed(4);
          bar.style.width = `${100 * probabilities[order[at]]}%`;
          row.classList.toggle("chosen", order[at] === place);
        });
      }
      const among = set ? `{${set.join(", ")}} is a set of those that hold ${shown(100 * state.level)}% of actual classes. ` : "";
      const known = actual === null ? "" : `The row it began with is ${actual}.`;
      words.textContent = (probabilities ? "" : "The network decides, and has no probabilities. ") + among + known;
    },
  };
}
