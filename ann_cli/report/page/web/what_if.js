// What if: a control for each column, and what the network says as they move.
"use strict";

draw.what_if = (element, data) => {
  const model = new engine.Model(data.model);
  const cells = columnsOf(model, data.rows?.cells);
  const count = data.rows?.actual[0].length ?? 0;
  const rows = Array.from({ length: count }, (_, at) =>
    Object.fromEntries(cells.map(({ name }) => [name, data.rows.cells[name][at]])),
  );
  const seen = rows.map((row) => {
    const x = model.encode(row);
    return { row, x, ...model.run(x) };
  });
  const state = { at: count ? 0 : null, row: { ...(rows[0] ?? medianRow(cells)) }, output: 0, level: null };
  const parts = { model, data, cells, rows, seen, state };

  const picker = rowPicker(parts, () => begin());
  const picture = data.model.picture && pictureControl(parts, () => update());
  const controls = picture ? [picture] : cells.map((cell) => controlOf(cell, (value) => {
    state.row[cell.name] = value;
    update();
  }));
  const answer = answerPanel(parts, () => update());
  const drawn = make("div");
  const pushes = seen.length && !picture ? pushesPanel(parts, () => nearest.again()) : null;
  const nearest = seen.length ? nearestPanel(parts, (row) => {
    state.row = { ...row };
    controls.forEach((each) => each.show(state.row));
    update();
  }) : null;
  element.append(
    picker.element,
    make("div", { class: "what-if" }, picture?.element ?? controlsOf(controls), answer.element),
    make("h4", {}, "What each unit says to this row"),
    make("p", { class: "note" }, lit(data)),
    drawn,
    pushes?.element ?? "",
    nearest?.element ?? "",
  );
  const network = networkDrawing(drawn, data.drawing);
  const activationsOf = (x) => new Map([...model.activations(x), ["", x]]);
  network.scale((seen.length ? seen.map(({ x }) => x) : [model.encode(state.row)]).map(activationsOf));

  function begin() {
    if (state.at !== null) state.row = { ...rows[state.at] };
    controls.forEach((each) => each.show(state.row));
    update();
  }

  /** Answers what the cells are now, all of it at once but what takes many runs. */
  function update() {
    const x = model.encode(state.row);
    const found = { x, ...model.run(x) };
    answer.show(found);
    network.light(activationsOf(x));
    nearest?.show(found);
    pushes?.show(found);
  }

  begin();
  // For who tries the page by a script: what moves a column, and what is said then.
  element.whatIf = { model, state, update };
};

const lit = ({ members, rows }) =>
  `The brighter a unit, the greater what it says${rows ? ", beside what it says to the other rows" : ""}; blue is below 0.` +
  (members > 1 ? ` Of the ensemble's ${members} networks this is the first.` : "");
