// Colours of the page's style sheet as numbers, for what is drawn in pixels.

let known = {};

const parsed = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));

export function readColours() {
  const style = getComputedStyle(document.documentElement);
  const names = ["paper", "ink", "line", "muted", "positive", "negative"];
  const series = [1, 2, 3, 4, 5, 6].map((number) => `series-${number}`);
  known = Object.fromEntries(
    [...names, ...series].map((name) => [name, parsed(style.getPropertyValue(`--${name}`).trim())]),
  );
}

export const colour = (name) => known[name];

const mixed = (from, to, share) => from.map((one, at) => one + (to[at] - one) * share);

// Of -1 to 1: negative over paper to positive.
export function diverging(value) {
  const share = Math.min(Math.abs(value), 1);
  return mixed(known.paper, value < 0 ? known.negative : known.positive, share);
}

export const ofClass = (number) => known[`series-${(number % 6) + 1}`];

// Of a class and the share of it that is more than chance.
export const sureOf = (number, share) => mixed(known.paper, ofClass(number), 0.12 + 0.4 * share);

export const towards = (number, share) => mixed(known.paper, ofClass(number), share);

export const css = (rgb) => `rgb(${rgb.map(Math.round).join(" ")})`;

export const bytes = (base64) => Uint8Array.from(atob(base64), (one) => one.charCodeAt(0));

export function paint(canvas, side, at) {
  if (canvas.width !== side) canvas.width = canvas.height = side;
  const context = canvas.getContext("2d");
  const image = context.createImageData(side, side);
  for (let cell = 0; cell < side * side; cell += 1) {
    const [red, green, blue] = at(cell);
    image.data.set([red, green, blue, 255], 4 * cell);
  }
  context.putImageData(image, 0, 0);
}

// As "%.4g" writes it.
export function number(value, digits = 4) {
  if (value === null || value === undefined) return "none";
  if (value === 0) return "0";
  const power = Math.floor(Math.log10(Math.abs(value)));
  if (power < -5 || power >= 15) return value.toExponential(digits - 1).replace(/\.?0+e/, "e");
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString("en");
  return String(Number(value.toPrecision(digits)));
}
