// A control for each column of a row, and for the rows to begin with.
"use strict";

const SEEN_NEVER = "a value not seen in training";

/** What each column is for a person: its kind, its choices, its range. */
function columnsOf(model, cells = {}) {
  return model.features.map((feature) => {
    const own = (cells[feature.name] ?? []).filter((each) => each !== null);
    if (feature.picture !== undefined) {
      return { ...feature, control: "picture", middle: new Array(feature.places.length).fill(0) };
    }
    if (feature.buckets !== undefined || feature.words !== undefined) {
      return { ...feature, control: "text", middle: "" };
    }
    if (feature.categories !== undefined) {
      const known = feature.ranks ? Object.keys(feature.ranks).concat(feature.categories) : feature.categories;
      const choices = [...new Set(known)];
      if (feature.ranks) choices.sort((a, b) => (feature.ranks[a] ?? -1) - (feature.ranks[b] ?? -1));
      const options = choices.map((each) => [each, each]);
      return { ...feature, control: "menu", options, middle: feature.categories[0], open: true };
    }
    if (feature.kind === "boolean") {
      const [no, yes] = feature.notation?.labels ?? ["no", "yes"];
      return { ...feature, control: "menu", options: [[1, yes], [0, no]], middle: feature.fill, open: false };
    }
    const least = Math.min(feature.least ?? feature.fill - 2 * feature.scale, ...own);
    const greatest = Math.max(feature.greatest ?? feature.fill + 2 * feature.scale, ...own);
    const date = feature.kind === "date";
    const whole = [...own, least, greatest].every(Number.isInteger);
    const step = date ? (feature.of_day ? 60 : feature.parts.includes("hour") ? 3600 : 86400) : whole ? 1 : niceStep((greatest - least) / 200);
    return { ...feature, control: date ? "date" : "number", least, greatest, step, middle: feature.fill };
  });
}

const niceStep = (size) => {
  const power = 10 ** Math.floor(Math.log10(size || 1));
  return Number((power * [1, 2, 5, 10].find((each) => each * power >= size)).toPrecision(2));
};

const medianRow = (cells) => Object.fromEntries(cells.map(({ name, middle }) => [name, middle]));

/** A cell as a person reads it. */
function cellText(cell, value) {
  if (value === null) return "missing";
  if (cell.control === "date") return dateText(cell, value).replace("T", " ");
  if (cell.control === "menu") return cell.options.find(([each]) => each === value)?.[1] ?? String(value);
  return typeof value === "number" ? shown(value, 6) : value;
}

const dateType = (cell) => (cell.of_day ? "time" : cell.parts.includes("hour") ? "datetime-local" : "date");

function dateText(cell, seconds) {
  const text = new Date(seconds * 1000).toISOString();
  return { time: text.slice(11, 16), date: text.slice(0, 10), "datetime-local": text.slice(0, 16) }[dateType(cell)];
}

/** The seconds of what stands in a field; a day alone is one in UTC already. */
const secondsOf = (cell, text) =>
  Date.parse({ time: `1970-01-01T${text}Z`, date: text, "datetime-local": `${text}Z` }[dateType(cell)]) / 1000;

let identifiers = 0;

/** The control of a column: what shows a row's cell, and tells when a person changes it. */
function controlOf(cell, changed) {
  const id = `cell-${(identifiers += 1)}`;
  const name = make("label", { for: id, class: "name" }, cell.name);
  const gap = (disable) => {
    const box = make("input", { type: "checkbox", oninput: () => disable(box.checked) });
    return [box, make("label", { class: "gap" }, box, " missing")];
  };
  const boxOf = (...children) => make("div", { class: "cell", role: "group", "aria-label": cell.name }, name, ...children);

  if (cell.control === "menu") {
    const options = [...cell.options, [null, "missing"], ...(cell.open ? [[undefined, SEEN_NEVER]] : [])];
    const menu = make(
      "select",
      { id, onchange: () => changed(options[menu.selectedIndex][0] === undefined ? SEEN_NEVER : options[menu.selectedIndex][0]) },
      ...options.map(([, text]) => make("option", {}, text)),
    );
    const show = (row) => {
      const at = options.findIndex(([value]) => value === row[cell.name]);
      menu.selectedIndex = at >= 0 ? at : options.length - 1;
    };
    return { cell, show, element: boxOf(menu) };
  }

  if (cell.control === "text") {
    const field = make("input", { id, type: "text", oninput: () => changed(field.value) });
    const [box, label] = gap((missing) => {
      field.disabled = missing;
      changed(missing ? null : field.value);
    });
    const show = (row) => {
      const value = row[cell.name];
      [field.value, field.disabled, box.checked] = [value ?? "", value === null, value === null];
    };
    return { cell, show, element: boxOf(field, label) };
  }

  const date = cell.control === "date";
  let value = cell.middle;
  const take = (next, from) => {
    if (!Number.isFinite(next)) return;
    value = next;
    if (from !== slider) slider.value = value;
    if (from !== field) field.value = date ? dateText(cell, value) : value;
    changed(value);
  };
  const slider = make("input", {
    type: "range",
    min: cell.least,
    max: cell.greatest,
    step: cell.step,
    "aria-label": `${cell.name}, slider`,
    oninput: () => take(Number(slider.value), slider),
  });
  const field = make("input", {
    id,
    type: date ? dateType(cell) : "number",
    step: date ? null : "any",
    oninput: () => take(date ? secondsOf(cell, field.value) : field.value === "" ? NaN : Number(field.value), field),
  });
  const enable = (missing) => {
    slider.disabled = field.disabled = missing;
  };
  const [box, label] = gap((missing) => {
    enable(missing);
    changed(missing ? null : value);
  });
  const show = (row) => {
    const given = row[cell.name];
    value = given ?? cell.middle;
    slider.value = value;
    field.value = date ? dateText(cell, value) : value;
    box.checked = given === null;
    enable(given === null);
  };
  const ends = make(
    "span",
    { class: "ends", "aria-hidden": "true" },
    make("span", {}, cellText(cell, cell.least)),
    make("span", {}, cellText(cell, cell.greatest)),
  );
  return { cell, show, element: boxOf(field, label, make("div", { class: "slide" }, slider, ends)) };
}

/** Columns that are shown at once; the others unfold. */
const FIRST = 24;

function controlsOf(controls) {
  const elements = controls.map(({ element }) => element);
  const rest = elements.slice(FIRST);
  return make(
    "div",
    { class: "controls" },
    ...elements.slice(0, FIRST),
    rest.length ? make("details", {}, make("summary", {}, `${rest.length} more columns`), ...rest) : null,
  );
}

function rowPicker({ data, rows, state, model }, begin) {
  if (!rows.length) {
    return { element: make("p", { class: "picker" }, make("button", { type: "button", onclick: begin }, "Back to the median")) };
  }
  const actual = (at) => data.rows.actual.map((each) => (typeof each[at] === "number" ? shown(each[at], 6) : each[at])).join(", ");
  const menu = make(
    "select",
    { id: "what-if-row", onchange: () => go(menu.selectedIndex) },
    ...rows.map((_, at) => make("option", {}, `${at + 1}: ${cut(actual(at), 40)}`)),
  );
  const go = (at) => {
    state.at = (at + rows.length) % rows.length;
    menu.selectedIndex = state.at;
    begin();
  };
  const button = (text, label, pressed) => make("button", { type: "button", "aria-label": label, onclick: pressed }, text);
  const names = model.targets.map(({ name }) => name).join(", ");
  const of = data.rows.of > rows.length ? `${rows.length} of ${shown(data.rows.of)}` : `the ${rows.length}`;
  return {
    element: make(
      "div",
      { class: "picker" },
      make("label", { for: "what-if-row" }, `Begin with a row (${of} ${data.side} rows, with their ${names})`),
      make(
        "div",
        {},
        button("‹", "previous row", () => go(state.at - 1)),
        menu,
        button("›", "next row", () => go(state.at + 1)),
        button("Back to this row", null, () => go(state.at)),
      ),
    ),
  };
}
