// What pushes a prediction away from that of the average row, in a table with bars.
"use strict";

/** The number that pushes and decisions are told of: a prediction, a probability, or an output. */
function toldOf({ model, state }) {
  if (!model.classes) {
    const target = model.targets[state.output];
    return { name: target.name, of: ({ outputs }) => model.decode(outputs)[state.output].prediction };
  }
  const last = model.classes.length - 1;
  if (model.decision.probabilities) {
    return { name: `the probability of ${model.classes[state.output]}`, of: ({ outputs }) => model.probabilities(outputs)[state.output] };
  }
  const single = ({ outputs }) => (state.output === last ? 1 : -1) * outputs[0];
  return {
    name: `what speaks for ${model.classes[state.output]}`,
    of: (found) => (found.outputs.length === 1 ? single(found) : found.outputs[state.output]),
  };
}

/** Milliseconds that the page computes without a pause. */
const SLICE = 7;

const MOST_PUSHES = 15;

function pushesPanel(parts, changed) {
  const { model, cells, state, seen } = parts;
  const names = model.classes ?? model.targets.map(({ name }) => name);
  const menu = names.length > 1 && make(
    "select",
    { id: "what-if-told", onchange: () => { state.output = menu.selectedIndex; chosen = true; start(); changed(); } },
    ...names.map((each) => make("option", {}, each)),
  );
  const words = make("p", { class: "note" });
  const body = make("tbody");
  const table = make(
    "table",
    { class: "pushes" },
    make("caption", {}, "The greatest first; ± is one standard error of the sampling"),
    make("thead", {}, make("tr", {}, ...["column", "cell", "push", "±"].map((each) => make("th", { scope: "col" }, each)), make("td", { "aria-hidden": "true" }))),
    body,
  );
  const scroll = make("div", { class: "wide", role: "region", tabindex: 0, "aria-label": "Pushes of the columns" }, table);
  const element = make(
    "div",
    { class: "panel" },
    make("h4", {}, "What pushes this row away from the average row"),
    menu ? make("p", {}, make("label", { for: "what-if-told" }, model.classes ? "Class: " : "Target: "), menu) : null,
    words,
    scroll,
  );
  const groups = model.features.map(({ places }) => places);
  const background = seen.map(({ x }) => x);
  let [found, chosen, timer] = [null, false, 0];

  function start() {
    clearTimeout(timer);
    element.classList.add("stale");
    timer = setTimeout(sample, QUIET);
  }

  function sample() {
    const told = toldOf(parts);
    const { x, row } = found;
    const value = (inputs) => told.of(model.run(inputs));
    const values = shapleyValues(value, x, background, groups);
    const slice = () => {
      const end = performance.now() + SLICE;
      let next = values.next();
      while (!next.done && performance.now() < end) next = values.next();
      if (next.done) return fill(next.value, told, row, value);
      timer = setTimeout(slice, 0);
    };
    slice();
  }

  function fill({ pushes, orders, rows }, told, row, value) {
    const own = background.slice(0, rows);
    const average = own.reduce((total, x) => total + value(x), 0) / own.length;
    const whole = value(found.x);
    const order = pushes.map((_, at) => at).sort((a, b) => Math.abs(pushes[b].push) - Math.abs(pushes[a].push));
    const greatest = Math.abs(pushes[order[0]].push) || 1;
    const lines = order.slice(0, MOST_PUSHES).map((at) => {
      const { push, error } = pushes[at];
      const bar = make("div", { class: `bar ${push < 0 ? "negative" : ""}` });
      bar.style.width = `${(50 * Math.abs(push)) / greatest}%`;
      return make(
        "tr",
        {},
        make("th", { scope: "row" }, cells[at].name),
        make("td", {}, cut(cellText(cells[at], row[cells[at].name]), 40)),
        make("td", {}, signed(push)),
        make("td", {}, shown(error, 2)),
        make("td", { class: "bars", "aria-hidden": "true" }, bar),
      );
    });
    const others = order.slice(MOST_PUSHES);
    if (others.length) {
      const rest = others.reduce((total, at) => total + pushes[at].push, 0);
      lines.push(make("tr", {}, make("th", { scope: "row" }, `${others.length} others together`), make("td"), make("td", {}, signed(rest)), make("td"), make("td")));
    }
    body.replaceChildren(...lines);
    words.textContent =
      `Of ${told.name} the mean over ${rows} rows is ${shown(average, 6)}; with all pushes it is ${shown(whole, 6)}. ` +
      `These are Shapley values, estimated from ${shown(orders)} random orders: what a column adds when the columns join ` +
      "in random order, where those that have not joined have the cells of another row.";
    element.classList.remove("stale");
    element.dataset.done = String(Number(element.dataset.done ?? 0) + 1);
  }

  return {
    element,
    show(next) {
      found = { x: next.x, row: { ...state.row } };
      if (model.classes && !chosen) {
        state.output = model.decode(next.outputs)[0].place;
        if (menu) menu.selectedIndex = state.output;
      }
      start();
    },
  };
}
