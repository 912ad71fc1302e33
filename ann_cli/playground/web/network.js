// The network: a square a unit, which shows what it gives over the plane, and a line a weight.

import { bytes, colour, css, diverging, number, paint, towards } from "./colours.js";

const SVG = "http://www.w3.org/2000/svg";

export class NetworkDrawing {
  constructor(place, told, selected) {
    this.place = place;
    this.told = told;
    this.selected = selected;
    new ResizeObserver(() => this.about && this.lay()).observe(place);
  }

  // Makes the nodes anew, for another network.
  show(about) {
    this.about = about;
    this.pinned = this.hovered = this.weights = this.maps = null;
    this.nodes = [];
    const layers = about.drawn.length;
    this.svg = document.createElementNS(SVG, "svg");
    this.svg.setAttribute("aria-hidden", "true");
    this.lines = [];
    this.heads = about.drawn.map((_, at) => this.head(at, layers));
    about.drawn.forEach((count, layer) => {
      for (let unit = 0; unit < count; unit += 1) this.nodes.push(this.node(layer, unit));
    });
    for (let layer = 1; layer < layers; layer += 1) {
      for (let from = 0; from < about.drawn[layer - 1]; from += 1) {
        for (let to = 0; to < about.drawn[layer]; to += 1) {
          const path = document.createElementNS(SVG, "path");
          this.svg.append(path);
          this.lines.push({ path, layer, from, to });
        }
      }
    }
    this.place.replaceChildren(this.svg, ...this.heads, ...this.nodes.map((each) => each.button));
    this.lay();
    this.tell();
  }

  head(layer, layers) {
    const { sizes, drawn, settings } = this.about;
    const head = document.createElement("p");
    head.className = "head";
    const title = document.createElement("strong");
    const what = document.createElement("span");
    const hidden = settings.layers[layer - 1];
    if (layer === 0) title.textContent = "Inputs";
    else if (layer === layers - 1) title.textContent = "Output";
    else title.textContent = `Layer ${layer}`;
    what.textContent = layer === layers - 1 ? this.about.output : "";
    if (hidden && layer < layers - 1) what.textContent = hidden.activation.name ?? hidden.activation;
    head.append(title, what);
    if (sizes[layer] > drawn[layer]) {
      const more = document.createElement("span");
      more.textContent = `${drawn[layer]} of ${sizes[layer].toLocaleString("en")}`;
      head.append(more);
    }
    return head;
  }

  node(layer, unit) {
    const layers = this.about.drawn.length;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "node";
    const canvas = document.createElement("canvas");
    canvas.setAttribute("aria-hidden", "true");
    button.append(canvas);
    let name = `layer ${layer}, unit ${unit + 1}`;
    if (layer === 0) name = this.about.inputs[unit];
    if (layer === layers - 1) name = this.about.outputs[unit] ?? `output ${unit + 1}`;
    if (layer === 0 || layer === layers - 1) {
      const label = document.createElement("span");
      label.textContent = name;
      label.title = name;
      button.append(label);
    }
    button.setAttribute("aria-label", name);
    button.setAttribute("aria-describedby", "unit");
    button.setAttribute("aria-pressed", "false");
    const node = { button, canvas, layer, unit, name };
    const hover = (on) => () => {
      this.hovered = on ? node : null;
      this.tell();
    };
    button.addEventListener("pointerenter", hover(true));
    button.addEventListener("pointerleave", hover(false));
    button.addEventListener("focus", hover(true));
    button.addEventListener("blur", hover(false));
    button.addEventListener("click", () => {
      this.pinned = this.pinned === node ? null : node;
      for (const each of this.nodes) {
        each.button.setAttribute("aria-pressed", String(each === this.pinned));
      }
      this.tell();
    });
    return node;
  }

  // Puts the nodes and lines where the room that there is has them.
  lay() {
    const { drawn } = this.about;
    const width = this.place.clientWidth;
    const columns = drawn.length;
    const size = Math.max(26, Math.min(44, width / columns - 14));
    const most = Math.max(...drawn);
    const top = 58;
    const gap = (layer) => size + (layer === 0 || layer === columns - 1 ? 24 : 10);
    const height = top + Math.max(...drawn.map((count, layer) => count * gap(layer))) + 6;
    const edge = Math.max(size, Math.min(84, width / columns)) / 2;
    const x = (layer) => edge + ((width - 2 * edge) * layer) / Math.max(columns - 1, 1);
    const room = height - top;
    const y = (layer, unit) =>
      top + room / 2 + (unit - (drawn[layer] - 1) / 2) * gap(layer) - (most ? 8 : 0);
    this.place.style.height = `${height}px`;
    this.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.heads.forEach((head, layer) => {
      head.style.left = `${x(layer)}px`;
      head.style.maxWidth = `${Math.max(width / columns, 48)}px`;
    });
    for (const node of this.nodes) {
      node.button.style.left = `${x(node.layer)}px`;
      node.button.style.top = `${y(node.layer, node.unit)}px`;
      node.button.style.setProperty("--size", `${size}px`);
      node.button.style.setProperty("--room", `${Math.min(width / columns - 4, 92)}px`);
    }
    for (const { path, layer, from, to } of this.lines) {
      const [x1, y1] = [x(layer - 1) + size / 2, y(layer - 1, from)];
      const [x2, y2] = [x(layer) - size / 2, y(layer, to)];
      const bend = (x2 - x1) / 2;
      path.setAttribute("d", `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`);
    }
  }

  draw(state) {
    const { drawn, unit_side: side } = this.about;
    this.maps = new Int8Array(bytes(state.maps).buffer);
    this.sizes = state.map_sizes;
    const flat = new Float32Array(bytes(state.synapses).buffer);
    this.weights = [];
    this.biases = [];
    let start = 0;
    for (let layer = 1; layer < drawn.length; layer += 1) {
      const count = drawn[layer - 1] * drawn[layer];
      this.weights[layer] = flat.subarray(start, start + count);
      this.biases[layer] = flat.subarray(start + count, start + count + drawn[layer]);
      start += count + drawn[layer];
    }
    this.nodes.forEach((node, at) => {
      const map = this.maps.subarray(at * side * side, (at + 1) * side * side);
      paint(node.canvas, side, this.colouring(node, map));
    });
    this.stroke();
    this.tell();
  }

  // What a cell is painted: an output of a class as the class is, all others by their sign.
  colouring(node, map) {
    const { classes, drawn, output } = this.about;
    const last = node.layer === drawn.length - 1;
    if (last && classes.length && drawn[node.layer] > 1) {
      return (cell) => towards(node.unit, Math.max(0, (map[cell] / 127) * this.sizes[node.layer]));
    }
    const half = last && classes.length && ["sigmoid", "threshold"].includes(output);
    const size = this.sizes[node.layer];
    return (cell) => diverging(half ? (2 * size * map[cell]) / 127 - 1 : map[cell] / 127);
  }

  weight({ layer, from, to }) {
    return this.weights[layer][from * this.about.drawn[layer] + to];
  }

  stroke() {
    const largest = Math.max(1e-12, ...this.lines.map((each) => Math.abs(this.weight(each))));
    const chosen = this.chosen();
    for (const line of this.lines) {
      const share = Math.abs(this.weight(line)) / largest;
      line.path.setAttribute("stroke", css(colour(this.weight(line) < 0 ? "negative" : "positive")));
      line.path.setAttribute("stroke-width", (0.4 + 5 * share).toFixed(2));
      const ends = chosen && (this.at(line.layer, line.to) === chosen || this.at(line.layer - 1, line.from) === chosen);
      const seen = 0.15 + 0.6 * Math.sqrt(share);
      line.path.setAttribute("stroke-opacity", (chosen ? (ends ? 0.95 : 0.06) : seen).toFixed(2));
    }
  }

  at(layer, unit) {
    return this.nodes.find((each) => each.layer === layer && each.unit === unit);
  }

  chosen() {
    return this.hovered ?? this.pinned;
  }

  // Says in words what the node that is looked at does, and lets the plane show it.
  tell() {
    const node = this.chosen();
    const text = node && this.weights ? this.words(node) : "Point at a unit, or move to it by Tab: its numbers stand here, and the plane shows it alone.";
    if (this.told.textContent !== text) this.told.textContent = text;
    if (this.weights) this.stroke();
    this.selected(node && this.maps ? this.map(node) : null);
  }

  map(node) {
    const side = this.about.unit_side;
    const at = this.nodes.indexOf(node);
    return {
      name: node.name,
      colour: this.colouring(node, this.maps.subarray(at * side * side, (at + 1) * side * side)),
    };
  }

  words(node) {
    const size = this.sizes[node.layer];
    const name = node.name[0].toUpperCase() + node.name.slice(1);
    if (node.layer === 0) return `${name}, as it enters. The strongest colour of the layer is ${number(size)}.`;
    const before = this.nodes.filter((each) => each.layer === node.layer - 1);
    const parts = before.map((each) => {
      const weight = this.weight({ layer: node.layer, from: each.unit, to: node.unit });
      return `${number(weight)} × ${each.layer ? `unit ${each.unit + 1}` : each.name}`;
    });
    const more = this.about.sizes[node.layer - 1] - before.length;
    const rest = more ? ` + ${more.toLocaleString("en")} more` : "";
    const bias = number(this.biases[node.layer][node.unit]);
    return `${name} sums ${parts.join(" + ")}${rest} + bias ${bias}. The strongest colour of its layer is ${number(size)}.`;
  }
}
