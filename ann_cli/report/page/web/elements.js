// What the scripts of a page make elements with. Texts become text, never markup.
"use strict";

const SVG = "http://www.w3.org/2000/svg";

/** An element with attributes (`on…` are listeners) and children, which are elements or texts. */
function make(name, attributes = {}, ...children) {
  return filled(document.createElement(name), attributes, children);
}

/** The same of an SVG. */
function makeSvg(name, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, name), attributes, children);
}

function filled(element, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (value === true) element.setAttribute(key, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(key, value);
  }
  element.append(...children.filter((each) => each !== null && each !== undefined));
  return element;
}

/** A number for a person: some five digits, with a comma each three. */
function shown(number, digits = 5) {
  if (!Number.isFinite(number)) return String(number);
  const size = Math.abs(number);
  if (size !== 0 && (size < 1e-4 || size >= 1e9)) return number.toExponential(digits - 2).replace("-", "−");
  const options = size >= 10 ** (digits - 1)
    ? { maximumFractionDigits: 0 }
    : { maximumSignificantDigits: digits };
  return new Intl.NumberFormat("en-US", options).format(number).replace("-", "−");
}

/** A number with its sign, as an amount that is added. */
const signed = (number, digits = 4) => (number > 0 ? "+" : "") + shown(number, digits);

/** A text cut to so many characters. */
const cut = (text, most) => (text.length > most ? `${text.slice(0, Math.max(1, most - 1))}…` : text);

/** The same with its end kept, which tells apart names that begin alike. */
function cutWithin(text, most) {
  if (text.length <= most) return text;
  const end = Math.floor((most - 1) / 2);
  return `${text.slice(0, Math.max(1, most - 1 - end))}…${text.slice(text.length - end)}`;
}

const counted = (count, noun) => `${shown(count)} ${noun}${count === 1 ? "" : "s"}`;

/** Milliseconds without a change after which what takes longer is found out. */
const QUIET = 120;
