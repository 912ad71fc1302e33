// The weights of layers as maps: a row an input, a column a unit. Data: `sections/network.py`.
"use strict";

draw.weights = (element, maps) => element.append(...maps.map(weightMap));

/** The height of a map at most, in pixels of the page. */
const TALLEST = 400;

function weightMap({ title, weights, rows: inputs, columns: units, note }) {
  const bytes = Uint8Array.from(atob(weights), (each) => each.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  // What is taller than wide lies on its side.
  const turned = inputs.length > units.length;
  const [rows, columns] = turned ? [units, inputs] : [inputs, units];
  const valueAt = (row, column) => {
    const [input, unit] = turned ? [column, row] : [row, column];
    return view.getFloat32(4 * (input * units.length + unit), true);
  };
  const values = rows.map((_, row) => columns.map((_, column) => valueAt(row, column)));
  const greatest = Math.max(...values.flat().map(Math.abs)) || 1;
  const told = make("p", { class: "told", "aria-live": "polite" });
  const canvas = make("canvas", {
    tabindex: 0,
    role: "img",
    "aria-label": `${title}: ${inputs.length} × ${units.length} weights. The arrow keys tell one after the other.`,
  });
  let at = null;

  /** How large a cell is, in pixels of the page. */
  const size = () => {
    const width = Math.max(canvas.parentElement?.clientWidth || 600, 120);
    return Math.min(width / columns.length, TALLEST / rows.length, 22);
  };

  function paint() {
    const style = getComputedStyle(document.documentElement);
    const [positive, negative, line, ink] = ["positive", "negative", "line", "ink"].map((each) => style.getPropertyValue(`--${each}`));
    const [cell, ratio] = [size(), window.devicePixelRatio || 1];
    const [width, height] = [cell * columns.length, cell * rows.length];
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    canvas.style.width = `${width}px`; // its height follows, on paper, too
    const pen = canvas.getContext("2d");
    pen.scale(ratio, ratio);
    values.forEach((own, row) =>
      own.forEach((value, column) => {
        pen.globalAlpha = Math.abs(value) / greatest;
        pen.fillStyle = value < 0 ? negative : positive;
        pen.fillRect(column * cell, row * cell, cell, cell);
      }),
    );
    pen.globalAlpha = 1;
    pen.strokeStyle = line;
    pen.strokeRect(0.5, 0.5, width - 1, height - 1);
    if (!at) return;
    pen.strokeStyle = ink;
    pen.lineWidth = 2;
    pen.strokeRect(at[1] * cell, at[0] * cell, cell, cell);
  }

  function tell(row, column) {
    at = [row, column];
    const [input, unit] = turned ? [columns[column], rows[row]] : [rows[row], columns[column]];
    told.textContent = `${input} → ${unit}: ${shown(values[row][column])}`;
    paint();
  }

  canvas.addEventListener("pointermove", (event) => {
    const box = canvas.getBoundingClientRect();
    const row = Math.floor(((event.clientY - box.top) / box.height) * rows.length);
    const column = Math.floor(((event.clientX - box.left) / box.width) * columns.length);
    if (rows[row] !== undefined && columns[column] !== undefined) tell(row, column);
  });
  const forget = () => {
    at = null;
    const [down, across] = turned ? ["units", "inputs"] : ["inputs", "units"];
    told.textContent = `Down: ${counted(rows.length, down.slice(0, -1))}. Across: ${counted(columns.length, across.slice(0, -1))}. The greatest weight is ${shown(greatest, 4)} in size.`;
    paint();
  };
  canvas.addEventListener("pointerleave", forget);
  canvas.addEventListener("blur", forget);
  canvas.addEventListener("keydown", (event) => {
    const [down, right] = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key] ?? [0, 0];
    if (!down && !right) return;
    event.preventDefault();
    const [row, column] = at ?? [0, right ? -1 : 0];
    const start = at ?? [down ? -1 : 0, 0];
    const next = at ? [row + down, column + right] : [start[0] + down, start[1] + right];
    tell(
      Math.min(Math.max(next[0], 0), rows.length - 1),
      Math.min(Math.max(next[1], 0), columns.length - 1),
    );
  });
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", paint);
  const box = make("div", { class: "map" }, canvas);
  new ResizeObserver(paint).observe(box);
  forget();
  return make("div", { class: "weights" }, make("h4", {}, title), box, told, note ? make("p", { class: "note" }, note) : null);
}
