// The plane of predictions with the rows on it, and the curves of the loss.

import { bytes, colour, css, diverging, number, ofClass, paint, sureOf } from "./colours.js";

const SVG = "http://www.w3.org/2000/svg";
const SHARP = 2;

function shownValue(axis, value) {
  if (axis.kind === "date") return new Date(value * 1000).toISOString().slice(0, 10);
  return number(value, 3);
}

export class Plane {
  constructor(pick) {
    this.canvas = document.getElementById("plane");
    this.cells = document.createElement("canvas");
    this.canvas.addEventListener("click", (event) => {
      const row = this.nearest(event);
      if (row) pick(row);
    });
    new ResizeObserver(() => this.state && this.draw()).observe(this.canvas);
  }

  show(about) {
    this.about = about;
    this.unit = this.state = null;
    const axis = (name) => about.columns.find((each) => each.name === name);
    this.x = axis(about.x);
    this.y = axis(about.y);
    const ends = (each) => each.values.length ? [each.values.join(", "), ""] : [shownValue(each, each.low), shownValue(each, each.high)];
    document.getElementById("left").textContent = ends(this.x)[0];
    document.getElementById("right").textContent = ends(this.x)[1];
    const flat = about.x === about.y;
    document.getElementById("top").textContent = flat ? "" : this.y.values.length ? `up: ${[...this.y.values].join(", ")}` : `up: ${ends(this.y).join(" to ")}`;
    const others = Object.entries(about.middle).filter(([name]) => name !== about.x && name !== about.y);
    const held = others.slice(0, 6).map(([name, value]) => `${name} ${typeof value === "number" ? shownValue(axis(name), value) : value}`);
    const more = others.length > 6 ? `, and ${others.length - 6} more` : "";
    document.getElementById("middle").textContent = others.length ? `The other columns stay as in the middle row: ${held.join(", ")}${more}.` : "";
    this.legend();
  }

  legend() {
    const { classes, target, low, high } = this.about;
    const place = document.getElementById("legend");
    const items = [];
    const item = (className, text, style) => {
      const span = document.createElement("span");
      const mark = document.createElement("i");
      mark.className = className;
      if (style) mark.style.background = style;
      span.append(mark, document.createTextNode(text));
      items.push(span);
    };
    classes.slice(0, 12).forEach((name, at) => item("patch", name, css(ofClass(at))));
    if (classes.length > 12) item("patch", `and ${classes.length - 12} more classes`);
    if (!classes.length) {
      const [from, to] = ["negative", "positive"].map((name) => css(colour(name)));
      item("scale", `${target} from ${number(low, 3)} to ${number(high, 3)}`, `linear-gradient(90deg, ${from}, ${css(colour("paper"))}, ${to})`);
    }
    item("row filled", "training rows");
    if (this.about.rows.validation) item("row", "validation rows");
    place.replaceChildren(...items);
  }

  colourOf(value) {
    if (this.about.classes.length) return ofClass(value);
    const { low, high } = this.about;
    return diverging(Math.max(-1, Math.min(1, (2 * (value - low)) / (high - low) - 1)));
  }

  select(unit) {
    const before = this.unit;
    this.unit = unit;
    if (this.state && (unit || before)) this.draw();
  }

  update(state) {
    this.state = state;
    this.draw();
  }

  draw() {
    const { side, unit_side: small, classes } = this.about;
    const surface = bytes(this.state.surface);
    const chance = 1 / Math.max(classes.length, 2);
    if (this.unit) {
      paint(this.cells, small, this.unit.colour);
    } else if (classes.length) {
      const sure = bytes(this.state.sure);
      paint(this.cells, side, (cell) => sureOf(surface[cell], Math.max(0, (sure[cell] / 255 - chance) / (1 - chance))));
    } else {
      paint(this.cells, side, (cell) => diverging((surface[cell] / 127.5 - 1) * 0.6));
    }
    const size = Math.round(this.canvas.clientWidth * SHARP);
    if (this.canvas.width !== size) this.canvas.width = this.canvas.height = size;
    const context = this.canvas.getContext("2d");
    context.imageSmoothingEnabled = true;
    context.drawImage(this.cells, 0, 0, size, size);
    for (const side_ of ["validation", "training"]) this.points(context, size, side_);
    const about = this.unit ? `What ${this.unit.name} gives` : `Predictions of ${this.about.target}`;
    this.canvas.setAttribute("aria-label", `${about} over ${this.about.x} and ${this.about.y}, with rows of the table`);
    document.getElementById("surface-title").textContent = this.unit ? `What ${this.unit.name} gives` : "Predictions";
  }

  points(context, size, side) {
    const { x, y, value } = this.about.points[side];
    for (let at = 0; at < x.length; at += 1) {
      if (x[at] === null || y[at] === null || value[at] === null) continue;
      context.beginPath();
      context.arc(x[at] * size, (1 - y[at]) * size, 3.1 * SHARP, 0, 2 * Math.PI);
      const own = css(this.colourOf(value[at]));
      context.lineWidth = 0.8 * SHARP;
      if (side === "training") {
        context.fillStyle = own;
        context.strokeStyle = css(colour("ink"));
        context.fill();
      } else {
        context.lineWidth = 1.6 * SHARP;
        context.strokeStyle = own;
        context.fillStyle = css(colour("paper"));
        context.fill();
      }
      context.stroke();
      if (side === "validation") {
        context.beginPath();
        context.arc(x[at] * size, (1 - y[at]) * size, 4.1 * SHARP, 0, 2 * Math.PI);
        context.lineWidth = 0.5 * SHARP;
        context.strokeStyle = css(colour("muted"));
        context.stroke();
      }
    }
  }

  nearest(event) {
    const box = this.canvas.getBoundingClientRect();
    const place = [(event.clientX - box.left) / box.width, 1 - (event.clientY - box.top) / box.height];
    let best = null;
    let least = 0.03;
    for (const { x, y, row } of Object.values(this.about.points)) {
      for (let at = 0; row && at < x.length; at += 1) {
        const far = Math.hypot(x[at] - place[0], y[at] - place[1]);
        if (x[at] !== null && far < least) [least, best] = [far, row[at]];
      }
    }
    return best;
  }
}

const WIDTH = 340;
const HEIGHT = 190;
const LEFT = 46;
const BOTTOM = 32;
const MOST = 400;

export class Curve {
  constructor() {
    this.place = document.getElementById("curve");
    this.history = [];
  }

  show(about) {
    this.loss = about.loss.replaceAll("_", " ");
    this.history = [...about.history];
    document.getElementById("loss-title").textContent = `Loss (${this.loss})`;
  }

  update(state) {
    this.history.push(...state.history);
    this.draw(state.best);
    if (document.querySelector("#loss details").open || !state.playing) this.table();
  }

  draw(best) {
    const chosen = this.thinned();
    const losses = chosen.flatMap(([, one, two]) => [one, two]).filter((each) => each > 0);
    if (!losses.length) {
      const empty = document.createElement("p");
      empty.className = "note empty";
      empty.textContent = "The curves begin with the first epoch.";
      this.place.replaceChildren(empty);
      return;
    }
    const last = this.history.at(-1)[0];
    let [low, high] = [Math.log10(Math.min(...losses)), Math.log10(Math.max(...losses))];
    if (high - low < 0.05) [low, high] = [low - 0.1, high + 0.1];
    const x = (epoch) => LEFT + ((WIDTH - LEFT - 8) * epoch) / Math.max(last, 1);
    const y = (loss) => 8 + ((HEIGHT - BOTTOM - 8) * (high - Math.log10(loss))) / (high - low);
    const svg = element("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img" });
    const [epoch, training, validation] = this.history.at(-1);
    const also = validation === null ? "" : `, of the validation rows ${number(validation)}`;
    svg.setAttribute("aria-label", `Loss after ${epoch} epochs: of the training rows ${number(training)}${also}`);
    for (const tick of ticks(low, high)) {
      svg.append(element("line", { class: "grid", x1: LEFT, x2: WIDTH - 8, y1: y(tick), y2: y(tick) }));
      svg.append(element("text", { x: LEFT - 6, y: y(tick) + 4, "text-anchor": "end" }, number(tick, 3)));
    }
    for (const tick of [0, last / 2, last].map(Math.round)) {
      svg.append(element("text", { x: x(tick), y: HEIGHT - 15, "text-anchor": tick ? "end" : "start" }, tick.toLocaleString("en")));
    }
    svg.append(element("text", { x: (LEFT + WIDTH) / 2, y: HEIGHT - 2, "text-anchor": "middle" }, "epoch"));
    if (best && best < last) {
      svg.append(element("line", { class: "best", x1: x(best), x2: x(best), y1: 8, y2: HEIGHT - BOTTOM }));
    }
    [1, 2].forEach((column) => {
      const points = chosen.filter((each) => each[column] > 0);
      const path = points.map((each) => `${x(each[0]).toFixed(1)},${y(each[column]).toFixed(1)}`);
      if (points.length) svg.append(element("polyline", { class: column === 1 ? "training" : "validation", points: path.join(" ") }));
    });
    this.place.replaceChildren(svg);
  }

  thinned() {
    const step = Math.max(1, Math.ceil(this.history.length / MOST));
    const end = this.history.length - 1;
    return this.history.filter((_, at) => at % step === 0 || at === end);
  }

  table() {
    const rows = this.history.slice(-10).reverse().map(([epoch, training, validation]) => {
      const row = document.createElement("tr");
      const head = document.createElement("th");
      head.scope = "row";
      head.textContent = epoch.toLocaleString("en");
      const cells = [training, validation].map((each) => {
        const cell = document.createElement("td");
        cell.textContent = number(each, 6);
        return cell;
      });
      row.append(head, ...cells);
      return row;
    });
    document.getElementById("history").replaceChildren(...rows);
  }
}

function element(name, attributes, text) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

// 1, 2 and 5 times powers of ten within a range of logarithms; of many the powers alone.
function ticks(low, high) {
  const found = [];
  for (let power = Math.floor(low); power <= Math.ceil(high); power += 1) {
    for (const times of high - low > 2 ? [1] : high - low > 0.9 ? [1, 3] : [1, 1.5, 2, 3, 5, 7]) {
      const tick = times * 10 ** power;
      if (Math.log10(tick) >= low - 1e-9 && Math.log10(tick) <= high + 1e-9) found.push(tick);
    }
  }
  if (found.length < 2) return [10 ** low, 10 ** high];
  return found;
}
