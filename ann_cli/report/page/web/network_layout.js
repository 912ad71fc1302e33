// Where the parts of a drawn network lie, and what its colours mean.
"use strict";

/** Where the units of layers lie in so many pixels: columns, evenly spaced. */
function layoutOf(layers, width) {
  const narrow = width < 560;
  const most = Math.max(...layers.map((each) => each.units.length));
  const gap = most > 20 ? 19 : most > 10 ? 26 : 36;
  const top = 58;
  const height = top + Math.max(most, 4) * gap + 8;
  const labelled = (names) => Math.min(Math.max(...names.map((each) => each.length)) * 6.7 + 14, width * (narrow ? 0.26 : 0.22));
  const left = labelled(layers[0].units);
  const right = Math.max(labelled(layers.at(-1).units), narrow ? 56 : 76);
  const across = (width - left - right - 16) / Math.max(layers.length - 1, 1);
  const x = (layer) => left + 8 + layer * across;
  const y = (layer, unit) => {
    const { length } = layers[layer].units;
    const own = Math.min(gap * 1.6, (height - top) / length);
    return top + (height - top) / 2 + (unit - (length - 1) / 2) * own;
  };
  return { width, height, left, right, x, y, radius: Math.min(gap / 2 - 2.5, 11) };
}

/** A synapse as a curve from unit to unit. */
function pathOf([from, source, to, target], { x, y, height }) {
  const [x0, y0, x1, y1] = [x(from), y(from, source), x(to), y(to, target)];
  const bend = (x1 - x0) * 0.45;
  // Past a layer between them a synapse goes below it.
  const low = to - from > 1 ? height - 4 : null;
  return `M${x0} ${y0}C${x0 + bend} ${low ?? y0} ${x1 - bend} ${low ?? y1} ${x1} ${y1}`;
}

/** What the lines mean. */
function networkLegend() {
  const line = (kind, width) =>
    makeSvg(
      "svg",
      { width: 34, height: 10, "aria-hidden": "true" },
      makeSvg("path", { d: "M2 5H32", class: `synapse ${kind}`, "stroke-width": width }),
    );
  return make(
    "p",
    { class: "legend" },
    make("span", {}, line("positive", 3), " positive weight"),
    make("span", {}, line("negative", 3), " negative weight"),
    make("span", {}, line("positive", 1), " small, ", line("positive", 4), " large, among those between the same layers"),
    make("span", {}, "weights of 0 are left out"),
  );
}
