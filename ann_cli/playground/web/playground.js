// The page: it sends what a person asks for, and shows what the training says.

import { number, readColours } from "./colours.js";
import { Fields, options } from "./fields.js";
import { NetworkDrawing } from "./network.js";
import { Curve, Plane } from "./pictures.js";
import { showStep } from "./steps.js";

const by = (id) => document.getElementById(id);
const VIEW = ["x", "y", "speed"];

let session = null;
let about = null;
let state = null;
let latest = null;
let wanted = null;
let changes = 0;

readColours();
const plane = new Plane((row) => {
  by("row").value = row;
  keep();
});
const network = new NetworkDrawing(by("nodes"), by("unit"), (unit) => plane.select(unit));
const curve = new Curve();
let fields;

// What is asked for, and what it says to that.

async function ask(action, value = null) {
  const answer = await fetch(`${session}/${action}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(value),
  });
  const told = await answer.json();
  if (answer.ok) return told ?? {};
  fields.show(told.problems);
  return null;
}

const say = (text) => {
  by("said").textContent = text;
};

async function change(other = false) {
  if (other) Object.assign(view(), { x: null, y: null });
  if (other) wanted = null;
  changes += 1;
  const own = changes;
  const told = await ask("settings", fields.values());
  if (!told || own !== changes) return; // what is typed meanwhile has an answer of its own
  fields.clear();
  by("steps").hidden = true;
}

const view = () => {
  wanted ??= { x: about?.x ?? null, y: about?.y ?? null };
  return wanted;
};

async function look() {
  const speed = by("speed").value;
  await ask("view", { ...view(), speed: speed ? Number(speed) : null });
}

async function play(once) {
  if (state?.over && (await ask("restart")) === null) return;
  if ((await ask("play", once)) === null) return;
  fields.clear();
  say("The training plays.");
}

async function step() {
  const row = Number(by("row").value);
  const told = await ask("step", Number.isInteger(row) ? row : by("row").value);
  if (!told) return;
  fields.clear();
  showStep(told, about, state?.epoch ?? 0);
  by("steps").scrollIntoView({ block: "nearest" });
  say(`Step ${told.steps[0].step} on row ${told.row}: the cost is ${number(told.steps[0].cost)}. Its numbers stand below.`);
}

// The settings in the address: a link that holds them, and what a reload takes them from.

function keep() {
  const values = { ...about.settings, x: about.x, y: about.y, speed: by("speed").value, row: by("row").value };
  const texts = Object.entries(values).map(([key, value]) => [key, typeof value === "object" ? JSON.stringify(value) : String(value)]);
  history.replaceState(null, "", `#${new URLSearchParams(texts)}`);
}

function kept() {
  const found = {};
  for (const [key, text] of new URLSearchParams(location.hash.slice(1))) {
    try {
      found[key] = text.startsWith("{") || text.startsWith("[") ? JSON.parse(text) : text;
    } catch {
      say("A part of the link cannot be read, and is left out.");
    }
  }
  return found;
}

function takeUp() {
  const { x, y, speed, row, ...given } = kept();
  const table = fields.offers.tables.find((each) => each.name === given.data) ?? fields.offers.tables[0];
  const settings = { ...table.settings, ...given, data: table.name };
  if (!Array.isArray(settings.layers)) settings.layers = table.settings.layers;
  fields.fill(settings);
  wanted = { x: x ?? null, y: y ?? null };
  by("speed").value = speed ?? "";
  if (row) by("row").value = row;
}

// What comes from the training.

function showAbout(told) {
  about = told;
  wanted = { x: told.x, y: told.y };
  const names = told.columns.map((each) => [each.name, each.name]);
  for (const axis of ["x", "y"]) {
    options(by(axis), names);
    by(axis).value = told[axis];
    by(axis).disabled = names.length < 2;
  }
  const sides = Object.entries(told.rows).map(([side, rows]) => `${rows.toLocaleString("en")} ${side}`);
  by("rows").textContent = `${sides.join(", ")} rows; ${told.task} of ${told.target}`;
  by("notes").textContent = told.notes.length ? `Notes: ${told.notes.join("; ")}.` : "";
  const own = told.settings.data === "own";
  by("save").href = `${session}/config.yaml`;
  by("save-rows").hidden = own;
  if (!own) {
    by("save-rows").href = `${session}/rows.csv`;
    by("save-rows").download = `${told.settings.data}.csv`;
    by("save-rows").textContent = `Save its rows as ${told.settings.data}.csv`;
  }
  state = latest = null;
  curve.show(told);
  plane.show(told);
  network.show(told);
  keep();
}

function showState(told) {
  if (latest) told.history.unshift(...latest.history);
  if (!latest) requestAnimationFrame(draw);
  latest = told;
}

function draw() {
  if (!latest) return;
  const before = state;
  [state, latest] = [latest, null];
  by("play").textContent = state.playing ? "Pause" : state.over ? "Play again" : "Play";
  document.body.dataset.playing = state.playing;
  document.body.dataset.epoch = state.epoch;
  document.body.dataset.states = Number(document.body.dataset.states ?? 0) + 1;
  if (before?.playing && !state.playing) {
    say(state.over ? "All epochs are done; the best weights are kept." : `Paused after epoch ${state.epoch}.`);
  }
  figures();
  curve.update(state);
  plane.update(state);
  network.draw(state);
}

function figures() {
  const last = curve.history.concat(state.history).at(-1);
  const rows = [["Epoch", `${state.epoch.toLocaleString("en")} of ${state.epochs.toLocaleString("en")}`]];
  if (state.by_hand) rows.push(["Steps by hand", state.by_hand.toLocaleString("en")]);
  rows.push(["Training loss", last ? number(last[1]) : "none yet", "training"]);
  if (about.rows.validation) rows.push(["Validation loss", last ? number(last[2]) : "none yet", "validation"]);
  if (state.best && about.rows.validation) rows.push(["Best epoch (dashed)", state.best.toLocaleString("en")]);
  for (const [name, value] of Object.entries(state.metrics)) {
    if (["accuracy", "r2", "rmse"].includes(name)) rows.push([`${NAMES[name]} (${state.judged})`, number(value)]);
  }
  by("figures").replaceChildren(...rows.flatMap(([name, value, mark]) => {
    const group = document.createElement("div");
    const term = document.createElement("dt");
    const figure = document.createElement("dd");
    term.textContent = name;
    if (mark) term.className = mark;
    figure.textContent = value;
    group.append(term, figure);
    return [group];
  }));
}

const NAMES = { accuracy: "Share right", r2: "R²", rmse: "Error, rmse" };

function listen() {
  const events = new EventSource("events");
  let playing = false;
  events.onmessage = async ({ data }) => {
    const told = JSON.parse(data);
    if (told.refused) {
      events.close();
      fields.show([{ message: told.refused, place: "", remedy: "" }]);
    }
    if (told.session) {
      session = told.session;
      await look();
      await change();
      if (playing) await play(false);
    }
    if (told.about) showAbout(told.about);
    if (told.state) {
      playing = told.state.playing;
      showState(told.state);
    }
    if (told.problems) fields.show(told.problems);
  };
  events.onerror = () => say("The playground does not answer; it is tried again.");
}

function wire() {
  by("play").addEventListener("click", () => (state?.playing ? ask("pause") : play(false)));
  by("epoch").addEventListener("click", () => play(true));
  by("step").addEventListener("click", step);
  by("restart").addEventListener("click", async () => {
    if ((await ask("restart")) === null) return;
    fields.clear();
    fields.fill(about.settings);
    by("steps").hidden = true;
    say("Back at the start.");
  });
  by("speed").addEventListener("change", async () => {
    await look();
    keep();
  });
  by("row").addEventListener("change", keep);
  for (const axis of ["x", "y"]) {
    by(axis).addEventListener("change", () => {
      wanted = { ...view(), [axis]: by(axis).value };
      look();
    });
  }
  by("copy").addEventListener("click", async () => {
    await navigator.clipboard.writeText(location.href);
    by("copy").textContent = "Copied";
    setTimeout(() => {
      by("copy").textContent = "Copy a link that holds the settings";
    }, 2000);
  });
  addEventListener("hashchange", () => {
    takeUp();
    look().then(() => change());
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    readColours();
    if (about) plane.legend();
    if (state) showState({ ...state, history: [] });
  });
}

const offers = await (await fetch("tables")).json();
fields = new Fields(offers, change);
takeUp();
wire();
listen();
