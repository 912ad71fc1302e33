// A network drawn: units in columns, synapses with width and colour by their weights.
// Its data are those of `network_drawing.py`.
"use strict";

draw.network = (element, data) => networkDrawing(element, data);

/** Draws a network into an element; `light` then fills its units by what they say of a row. */
function networkDrawing(element, data) {
  const { layers, synapses } = data;
  const told = make("p", { class: "told", "aria-live": "polite" });
  const canvas = make("div", { class: "network" });
  const keys =
    "With the keyboard: the arrow keys move from unit to unit, Page Down and Page Up along the " +
    "synapses of a unit, and Enter keeps a unit marked.";
  element.append(networkLegend(), told, canvas, make("p", { class: "note" }, [...data.notes, keys].join(" ")));

  const greatest = new Map();
  const pairOf = ([from, , to]) => `${from} ${to}`;
  for (const each of synapses.filter(([, , , , , fixed]) => !fixed)) {
    greatest.set(pairOf(each), Math.max(greatest.get(pairOf(each)) ?? 0, Math.abs(each[4])));
  }
  const units = layers.map(({ units: names }) => names.map(() => ({ synapses: [] })));
  synapses.forEach((each, at) => {
    units[each[0]][each[1]].synapses.push(at);
    units[each[2]][each[3]].synapses.push(at);
  });
  for (const unit of units.flat()) {
    unit.synapses.sort((a, b) => Math.abs(synapses[b][4]) - Math.abs(synapses[a][4]));
  }
  let lines = [];
  let kept = null; // the unit that stays marked
  let active = [0, 0]; // the unit that the keyboard is at
  let step = -1; // and which of its synapses
  let values = null;

  // ---- What is told ----------------------------------------------------------------------------

  const nameOf = (layer, unit) => {
    const name = layers[layer].units[unit];
    return layer === 0 || layer === layers.length - 1 ? name : `${name} of ${layers[layer].title}`;
  };

  function saidOf(layer, unit) {
    const { biases } = layers[layer];
    const incoming = units[layer][unit].synapses.map((at) => synapses[at]).filter((each) => each[2] === layer && each[3] === unit);
    const parts = [nameOf(layer, unit)];
    const value = values?.[layer]?.[unit];
    if (value !== undefined) parts.push(`now ${shown(value, 4)}`);
    if (biases) parts.push(`bias ${shown(biases[unit], 4)}`);
    if (incoming.length) {
      const strongest = incoming.slice(0, 4).map((each) => `${nameOf(each[0], each[1])} × ${shown(each[4], 4)}`);
      parts.push(`listens most to ${strongest.join(", ")}`);
    } else if (layer === 0) {
      const outgoing = units[layer][unit].synapses.slice(0, 3).map((at) => synapses[at]);
      const strongest = outgoing.map((each) => `${nameOf(each[2], each[3])} × ${shown(each[4], 4)}`);
      parts.push(outgoing.length ? `heard most by ${strongest.join(", ")}` : "no unit listens to it");
    }
    return `${parts.join("; ")}.`;
  }

  function saidOfSynapse([from, source, to, target, weight, fixed]) {
    const ends = `${nameOf(from, source)} → ${nameOf(to, target)}`;
    return fixed ? `${ends}: added as it is.` : `${ends}: weight ${shown(weight, 5)}.`;
  }

  function mark(layer, unit, alone = null) {
    const own = alone === null ? new Set(units[layer][unit].synapses) : new Set([alone]);
    canvas.classList.add("marked");
    lines.forEach((line, at) => line.classList.toggle("on", own.has(at)));
    const ends = new Set([...own].flatMap((at) => [synapses[at].slice(0, 2).join(), synapses[at].slice(2, 4).join()]));
    units.forEach((column, at) =>
      column.forEach(({ group }, number) =>
        group?.classList.toggle("on", ends.has(`${at},${number}`) || (at === layer && number === unit)),
      ),
    );
    told.textContent = alone === null ? saidOf(layer, unit) : saidOfSynapse(synapses[alone]);
  }

  function unmark() {
    if (kept) return mark(...kept);
    canvas.classList.remove("marked");
    told.textContent = "Point at a unit or a synapse, or move over them with the keyboard.";
  }

  // ---- The picture -----------------------------------------------------------------------------

  function paint(width) {
    const place = layoutOf(layers, width);
    const { x, y, radius } = place;
    lines = synapses.map((each) => {
      const share = each[5] ? 0.3 : Math.abs(each[4]) / (greatest.get(pairOf(each)) || 1);
      return makeSvg("path", {
        d: pathOf(each, place),
        class: `synapse ${each[5] ? "fixed" : each[4] < 0 ? "negative" : "positive"}`,
        "stroke-width": (0.5 + 3.5 * share).toFixed(2),
        "stroke-opacity": (0.07 + 0.83 * share ** 1.5).toFixed(2),
      });
    });
    lines.forEach((line, at) => (line.dataset.at = at));
    const titles = layers.map((layer, at) => {
      const anchor = at === 0 ? "start" : at === layers.length - 1 ? "end" : "middle";
      const across = at === 0 ? 0 : at === layers.length - 1 ? width : x(at);
      const [first, ...rest] = layer.title.split(/ (?=[a-z_]+$)/);
      const { length } = layer.units;
      const count = length < layer.total ? `${length} of ${shown(layer.total)}` : shown(length);
      return makeSvg(
        "text",
        { class: "title", "text-anchor": anchor, x: across, y: 12 },
        makeSvg("tspan", { x: across }, first),
        makeSvg("tspan", { x: across, dy: 15, class: "muted" }, rest.join(" ") || count),
        rest.length ? makeSvg("tspan", { x: across, dy: 15, class: "muted" }, count) : null,
      );
    });
    const groups = layers.flatMap((layer, at) =>
      layer.units.map((name, unit) => {
        const [own, last] = [units[at][unit], at === layers.length - 1];
        own.glow = makeSvg("circle", { class: "glow", cx: x(at), cy: y(at, unit), r: radius, "fill-opacity": 0 });
        const label = at === 0 || last ? cutWithin(name, Math.max(3, Math.floor(((at === 0 ? place.left : place.right) - 12) / 6.7))) : null;
        own.label = label === null ? null : makeSvg(
          "text",
          {
            class: "label",
            x: x(at) + (at === 0 ? -radius - 5 : radius + 5),
            y: y(at, unit) + 4,
            "text-anchor": at === 0 ? "end" : "start",
          },
          label,
        );
        own.group = makeSvg(
          "g",
          {
            class: "unit",
            role: "button",
            "aria-pressed": "false",
            "aria-label": saidOf(at, unit),
            tabindex: at === active[0] && unit === active[1] ? 0 : -1,
          },
          makeSvg("circle", { class: "base", cx: x(at), cy: y(at, unit), r: radius }),
          own.glow,
          own.label,
        );
        own.group.dataset.unit = `${at} ${unit}`;
        return own.group;
      }),
    );
    const svg = makeSvg(
      "svg",
      {
        viewBox: `0 0 ${width} ${place.height}`,
        width,
        height: place.height,
        role: "group",
        "aria-label": `The network: ${layers.map((each) => `${each.title}, ${each.total}`).join("; ")}`,
      },
      makeSvg("g", { "aria-hidden": "true" }, ...titles),
      makeSvg("g", { "aria-hidden": "true", class: "synapses" }, ...lines),
      ...groups,
    );
    canvas.replaceChildren(svg);
    if (values) glow();
    unmark();
  }

  // ---- Pointer and keyboard --------------------------------------------------------------------

  const unitAt = (target) => target.closest?.("[data-unit]")?.dataset.unit.split(" ").map(Number);

  /** The synapse under a point, or near it: thin lines are hard to hit. */
  function synapseNear({ clientX, clientY }) {
    for (const [right, down] of [[0, 0], [0, 2], [0, -2], [2, 0], [-2, 0], [0, 4], [0, -4]]) {
      const found = document.elementFromPoint(clientX + right, clientY + down);
      if (found?.dataset.at !== undefined && canvas.contains(found)) return Number(found.dataset.at);
    }
    return null;
  }

  canvas.addEventListener("pointermove", (event) => {
    const unit = unitAt(event.target);
    if (unit) return mark(...unit);
    const synapse = synapseNear(event);
    return synapse === null ? unmark() : mark(-1, -1, synapse);
  });
  canvas.addEventListener("pointerleave", unmark);
  canvas.addEventListener("click", (event) => {
    const unit = unitAt(event.target);
    if (unit) keep(...unit);
  });
  canvas.addEventListener("focusin", (event) => {
    const unit = unitAt(event.target);
    if (unit) [active, step] = [unit, -1];
    if (unit) mark(...unit);
  });
  canvas.addEventListener("focusout", unmark);

  function keep(layer, unit) {
    if (kept) units[kept[0]][kept[1]].group.setAttribute("aria-pressed", "false");
    kept = kept && kept.join() === `${layer},${unit}` ? null : [layer, unit];
    units[layer][unit].group.setAttribute("aria-pressed", String(kept !== null));
    mark(layer, unit);
  }

  function focus(layer, unit) {
    units[active[0]][active[1]].group.setAttribute("tabindex", "-1");
    const { group } = units[layer][unit];
    group.setAttribute("tabindex", "0");
    group.focus();
  }

  const beside = ([layer, unit], by) => {
    const other = Math.min(Math.max(layer + by, 0), layers.length - 1);
    const share = (unit + 0.5) / units[layer].length;
    return [other, Math.min(Math.floor(share * units[other].length), units[other].length - 1)];
  };

  canvas.addEventListener("keydown", (event) => {
    const [layer, unit] = active;
    const last = units[layer].length - 1;
    const own = units[layer][unit].synapses;
    const moves = {
      ArrowUp: () => focus(layer, Math.max(unit - 1, 0)),
      ArrowDown: () => focus(layer, Math.min(unit + 1, last)),
      ArrowLeft: () => focus(...beside(active, -1)),
      ArrowRight: () => focus(...beside(active, 1)),
      Home: () => focus(layer, 0),
      End: () => focus(layer, last),
      PageDown: () => own.length && mark(layer, unit, own[(step = Math.min(step + 1, own.length - 1))]),
      PageUp: () => own.length && mark(layer, unit, own[(step = Math.max(step - 1, 0))]),
      Enter: () => keep(layer, unit),
      " ": () => keep(layer, unit),
    };
    if (!moves[event.key]) return;
    event.preventDefault();
    moves[event.key]();
  });

  // ---- Activations -----------------------------------------------------------------------------

  let sizes = layers.map(() => 1);

  function glow() {
    layers.forEach((layer, at) =>
      units[at].forEach((unit, number) => {
        const value = values[at]?.[number];
        if (value === undefined) return;
        unit.glow.setAttribute("fill-opacity", Math.min(Math.abs(value) / sizes[at], 1).toFixed(2));
        unit.glow.classList.toggle("negative", value < 0);
      }),
    );
  }

  /** The numbers of the drawn units, of those of all units by the places of the layers. */
  const drawnOf = (byPlace) =>
    layers.map(({ place, at, places, total }) => {
      const numbers = byPlace.get(place);
      if (!numbers) return undefined;
      if (numbers.length === total) return at.map((unit) => numbers[unit]);
      const sum = (unit) => numbers.reduce((all, each, number) => all + (number % total === unit ? each : 0), 0);
      return at.map((unit) => sum(unit) / places);
    });

  const watcher = new ResizeObserver(([entry]) => {
    const width = Math.floor(entry.contentRect.width);
    if (width > 0 && width !== painted) paint((painted = width));
  });
  let painted = Math.floor(canvas.getBoundingClientRect().width) || 900;
  paint(painted);
  watcher.observe(canvas);

  return {
    /** Fill the units by what they say, as the greatest of some rows says how bright. */
    light(byPlace) {
      values = drawnOf(byPlace);
      glow();
      if (kept) told.textContent = saidOf(...kept);
    },
    /** Take the greatest numbers of some rows as the brightest. */
    scale(every) {
      const rows = every.map(drawnOf);
      sizes = layers.map((_, at) => Math.max(1e-12, ...rows.flatMap((own) => (own[at] ?? []).map(Math.abs))));
    },
  };
}
