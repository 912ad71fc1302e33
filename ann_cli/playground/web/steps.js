// One step of training on one row: the seven steps of the textbook, with the numbers of ann trace.

import { number } from "./colours.js";

const MOST = 12;

export function showStep(told, about, epoch) {
  const step = told.steps[0];
  const output = step.layers.at(-1);
  const actual = about.target;
  const classes = about.classes.length > 0;
  const predicted = Array.isArray(step.predicted_value) ? step.predicted_value[0] : step.predicted_value;
  const first = step.layers[0];
  const items = [
    ["Weights", [
      step.step > 1
        ? `The weights are those that step ${step.step - 1} on this row left.`
        : epoch
          ? `The weights are those that ${count(epoch, "epoch")} of training left.`
          : `The weights start at random, by seed ${about.settings.seed}.`,
    ]],
    ["Inputs", [
      `Row ${told.row.toLocaleString("en")} enters, a feature a node: ${Object.entries(told.cells).filter(([name]) => name !== actual).map(([name, cell]) => `${name} ${cell}`).join(", ")}.`,
      table("What enters", ["input", "enters as"], told.inputs.map((name, at) => [name, first.inputs[at]])),
    ]],
    ["Forward", [
      "From left to right: each unit sums its inputs times their weights and its bias; the activation makes a number of it.",
      ...step.layers.map((layer) => table(`${title(layer)}: ${layer.function}`, ["unit", "weighted sum", "activation"],
        units(layer).map((name, at) => [name, layer.weighted_sum[at], layer.activation[at]]))),
      products(first),
    ]],
    ["Compare", [
      `${actual} is predicted as ${typeof predicted === "number" ? number(predicted) : predicted}, and is ${told.cells[actual]}.`,
      `Cost: ${number(step.cost)}, by ${told.loss.replaceAll("_", " ")}.`,
      classes ? "" : `It compares the scaled numbers: ${number(list(step.prediction)[0])} predicted, ${number(list(step.actual)[0])} actual.`,
    ]],
    ["Backward", [
      `From right to left: the cost's slope by each weighted sum, times the input of a weight, is its gradient; ${told.optimizer.name}, at learning rate ${number(step.learning_rate)}, makes the change of it.`,
      ...[...step.layers].reverse().map((layer) => table(`Weights of ${title(layer).toLowerCase()}`,
        ["weight", "slope", "input", "gradient", "change", "after"], weights(layer))),
    ]],
    ["Repeat", ["Training does this for every row, or for a batch of rows at a time. One step more on this row goes on from here."]],
    ["Epochs", [`An epoch is ${count(about.rows.training, "row")}; training takes ${count(Number(about.settings.epochs), "epoch")}.`]],
  ];
  document.getElementById("seven").replaceChildren(...items.map(([head, parts]) => {
    const item = document.createElement("li");
    const heading = document.createElement("h3");
    heading.textContent = head;
    item.append(heading, ...parts.filter(Boolean).map((part) => (typeof part === "string" ? paragraph(part) : part)));
    return item;
  }));
  document.getElementById("steps-title").textContent =
    `Step ${step.step} on row ${told.row.toLocaleString("en")}, by its numbers`;
  document.getElementById("steps").hidden = false;
  return output;
}

const list = (value) => (Array.isArray(value) ? value : [value]);

const count = (number_, noun) => `${number_.toLocaleString("en")} ${noun}${number_ === 1 ? "" : "s"}`;

const title = (layer) => layer.name[0].toUpperCase() + layer.name.slice(1);

const units = (layer) => layer.biases.map((each) => each.unit);

function weights(layer) {
  const slope = Object.fromEntries(units(layer).map((name, at) => [name, layer.slope[at]]));
  const inputs = layer.inputs;
  const size = inputs.length;
  const rows = layer.weights.map((each, at) => [
    `${each.input} → ${each.unit}`, slope[each.unit], inputs[at % size], each.gradient, each.change, each.after,
  ]);
  const biases = layer.biases.map((each) => [`bias of ${each.unit}`, slope[each.unit], 1, each.gradient, each.change, each.after]);
  return [...rows, ...biases];
}

function products(layer) {
  const size = layer.inputs.length;
  const parts = layer.weights.slice(0, size).map((each, at) => `${number(layer.inputs[at])} × ${number(each.before)}`);
  if (!parts.length) return "";
  const shown = parts.slice(0, 6);
  const more = parts.length - shown.length;
  const rest = more ? ` + … ${more.toLocaleString("en")} more` : "";
  return `${layer.biases[0].unit} of ${layer.name}: ${shown.join(" + ")}${rest} + bias ${number(layer.biases[0].before)} = ${number(layer.weighted_sum[0])}`;
}

function paragraph(text) {
  const made = document.createElement("p");
  made.textContent = text;
  return made;
}

function table(caption, heads, rows) {
  const wide = document.createElement("div");
  wide.className = "wide";
  wide.tabIndex = 0;
  wide.setAttribute("role", "region");
  wide.setAttribute("aria-label", caption);
  const made = document.createElement("table");
  const shown = rows.slice(0, MOST);
  made.createCaption().textContent = rows.length > shown.length ? `${caption} (${shown.length} of ${rows.length.toLocaleString("en")})` : caption;
  const head = made.createTHead().insertRow();
  for (const each of heads) {
    const cell = document.createElement("th");
    cell.scope = "col";
    cell.textContent = each;
    head.append(cell);
  }
  const body = made.createTBody();
  for (const [name, ...values] of shown) {
    const row = body.insertRow();
    const cell = document.createElement("th");
    cell.scope = "row";
    cell.textContent = name;
    row.append(cell);
    for (const each of values) row.insertCell().textContent = number(each);
  }
  wide.append(made);
  return wide;
}
