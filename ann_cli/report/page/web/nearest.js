// The nearest row that the network decides otherwise.
"use strict";

function nearestPanel(parts, take) {
  const { model, data, cells, seen, state } = parts;
  const predictions = seen.map(({ outputs }) => model.decode(outputs));
  const middle = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
  let bounds = model.classes ? [] : model.targets.map((_, at) => middle(predictions.map((each) => each[at].prediction)));
  bounds = bounds.map((each) => Number(each.toPrecision(3)));
  const bound = model.classes ? null : make("input", {
    id: "what-if-bound", type: "number", step: "any", value: bounds[0],
    oninput: () => { bounds[state.output] = Number(bound.value); find(); },
  });
  const label = make("label", { for: "what-if-bound" });
  const words = make("p", { "aria-live": "polite" });
  const body = make("tbody");
  const table = make(
    "table",
    {},
    make("caption", {}, "The cells in which the two rows differ"),
    make("thead", {}, make("tr", {}, ...["column", "now", "nearest row"].map((each) => make("th", { scope: "col" }, each)))),
    body,
  );
  let [nearest, last, timer] = [null, null, 0];
  const putIn = () => {
    find(); // the cells may have changed a moment ago
    if (nearest) take(nearest.row);
  };
  const button = make("button", { type: "button", onclick: putIn }, "Put these cells in");
  const scroll = make("div", { class: "wide", role: "region", tabindex: 0, "aria-label": "The nearest row" }, table);
  const { own } = data.model;

  /** How far apart two rows are: of encoded cells, without what bends numbers. */
  const distance = (a, b) => {
    let total = 0;
    for (let at = 0; at < own; at++) total += (a[at] - b[at]) ** 2;
    return Math.sqrt(total);
  };
  const shape = data.model.picture;
  const canvas = make("canvas", { class: "picture", role: "img", "aria-label": "The nearest picture that is decided otherwise" });
  if (shape) scroll.replaceChildren(canvas);
  const decisionOf = (decoded) => (model.classes ? decoded[0].place : decoded[state.output].prediction > bounds[state.output]);
  const said = (decoded) => (model.classes ? decoded[0].prediction : shown(decoded[state.output].prediction, 6));

  function find() {
    const found = last;
    clearTimeout(timer);
    if (bound && document.activeElement !== bound) bound.value = bounds[state.output];
    label.textContent = `A decision falls at this ${model.targets[state.output]?.name ?? ""}: `;
    const decision = decisionOf(model.decode(found.outputs));
    nearest = null;
    let least = Infinity;
    seen.forEach((each, at) => {
      if (decisionOf(predictions[at]) === decision) return;
      const far = distance(found.x, each.x);
      if (far < least) [least, nearest] = [far, { ...each, at }];
    });
    scroll.hidden = button.hidden = !nearest;
    if (!nearest) {
      words.textContent = `None of the ${seen.length} rows is decided otherwise.`;
      return;
    }
    words.textContent =
      `Of the ${seen.length} rows the nearest that is decided otherwise is row ${nearest.at + 1}: ${said(predictions[nearest.at])}. ` +
      `Its cells, scaled as the network sees them, are ${shown(least, 3)} away.`;
    if (shape) {
      const size = Math.max(Math.floor(160 / Math.max(shape[0], shape[1])), 1);
      paintPicture(canvas, nearest.row, shape, pixelsOf(cells), levelsOf(cells, seen.map(({ row }) => row)), size);
      return;
    }
    const differing = cells.filter(({ name }) => (state.row[name] ?? null) !== (nearest.row[name] ?? null));
    body.replaceChildren(
      ...differing.map((cell) =>
        make(
          "tr",
          {},
          make("th", { scope: "row" }, cell.name),
          make("td", {}, cut(cellText(cell, state.row[cell.name] ?? null), 40)),
          make("td", {}, cut(cellText(cell, nearest.row[cell.name] ?? null), 40)),
        ),
      ),
    );
  }

  return {
    element: make(
      "div",
      { class: "panel" },
      make("h4", {}, "The nearest row that is decided otherwise"),
      bound ? make("p", {}, label, bound) : null,
      words,
      scroll,
      button,
    ),
    again: find,
    show(found) {
      last = found;
      clearTimeout(timer);
      timer = setTimeout(find, QUIET);
    },
  };
}
