// The settings as fields: what they hold, what they are filled with, and what is wrong with them.

const by = (id) => document.getElementById(id);

export class Fields {
  constructor(offers, changed) {
    this.offers = offers;
    this.changed = changed;
    options(by("data"), offers.tables.map((each) => [each.name, each.title]));
    options(by("optimizer"), offers.optimizers.map((each) => [each.name, each.name, each.description]));
    by("noise").max = String(offers.most_noise / 2);
    for (const [key, help] of Object.entries(offers.help)) {
      const field = by(key === "optimizer" ? "optimizer" : key);
      if (field && key !== "layers") field.title = help;
    }
    by("settings").addEventListener("submit", (event) => event.preventDefault());
    by("settings").addEventListener("change", (event) => this.change(event.target));
    by("noise").addEventListener("input", () => this.writeNoise());
    by("add").addEventListener("click", () => {
      const last = this.layers().at(-1) ?? { units: 8, activation: "tanh" };
      by("layers").append(this.layer({ ...last, units: last.units }));
      this.number();
      this.changed();
    });
  }

  change(field) {
    if (field.id === "data") {
      const table = this.offers.tables.find((each) => each.name === field.value);
      this.fill(table.settings);
    }
    if (field.id === "optimizer") {
      const found = this.offers.optimizers.find((each) => each.name === field.value);
      by("learning_rate").value = found.learning_rate;
      this.optimizer = { name: field.value };
    }
    this.changed(field.id === "data");
  }

  // Returns what the fields hold. Numbers stay the text that was typed: ann reads and judges it.
  values() {
    return {
      data: by("data").value,
      noise: Number(by("noise").value),
      layers: this.layers(),
      optimizer: { ...this.optimizer, learning_rate: by("learning_rate").value.trim() },
      batch_size: by("batch_size").value.trim(),
      epochs: by("epochs").value.trim(),
      seed: by("seed").value.trim(),
    };
  }

  layers() {
    return [...by("layers").children].map((row) => {
      const [units, activation] = row.querySelectorAll("input, select");
      const given = row.given.activation;
      const kept = given?.name === activation.value ? given : activation.value;
      return { ...row.given, units: units.value.trim(), activation: kept };
    });
  }

  fill(settings) {
    by("data").value = settings.data;
    by("noise").value = settings.noise;
    by("optimizer").value = settings.optimizer.name ?? settings.optimizer;
    this.optimizer = typeof settings.optimizer === "string" ? { name: settings.optimizer } : settings.optimizer;
    const usual = this.offers.optimizers.find((each) => each.name === by("optimizer").value);
    by("learning_rate").value = this.optimizer.learning_rate ?? usual?.learning_rate ?? "";
    for (const key of ["batch_size", "epochs", "seed"]) by(key).value = settings[key];
    by("layers").replaceChildren(...settings.layers.map((each) => this.layer(each)));
    this.number();
    this.writeNoise();
  }

  writeNoise() {
    by("noise-value").textContent = by("noise").value;
    const table = this.offers.tables.find((each) => each.name === by("data").value);
    by("noise-note").textContent = `It ${table.noise}.`;
  }

  layer(given) {
    const row = document.createElement("div");
    row.className = "layer";
    row.given = given;
    const units = document.createElement("input");
    units.type = "number";
    units.min = "1";
    units.value = given.units;
    const activation = document.createElement("select");
    options(activation, this.offers.activations.map((each) => [each.name, each.name, each.description]));
    activation.value = given.activation.name ?? given.activation;
    const remove = document.createElement("button");
    remove.type = "button";
    remove.textContent = "Remove";
    remove.addEventListener("click", () => {
      row.remove();
      this.number();
      this.changed();
      by("add").focus();
    });
    row.append(units, activation, remove);
    return row;
  }

  // Says to each layer's fields which layer it is, as its key in a config does.
  number() {
    [...by("layers").children].forEach((row, at) => {
      const [units, activation] = row.querySelectorAll("input, select");
      units.dataset.key = `layers.${at}.units`;
      units.setAttribute("aria-label", `units of layer ${at + 1}`);
      activation.dataset.key = `layers.${at}.activation`;
      activation.setAttribute("aria-label", `activation of layer ${at + 1}`);
      row.querySelector("button").setAttribute("aria-label", `Remove layer ${at + 1}`);
    });
  }

  clear() {
    for (const each of document.querySelectorAll(".wrong")) each.remove();
    for (const each of document.querySelectorAll("[aria-invalid]")) {
      each.removeAttribute("aria-invalid");
      each.setAttribute("aria-describedby", each.dataset.described ?? "");
      if (!each.dataset.described) each.removeAttribute("aria-describedby");
    }
    by("problems").hidden = true;
    by("problems").replaceChildren();
  }

  // Shows each problem at its field, or at the top where it has none.
  show(problems) {
    this.clear();
    problems.forEach((problem, at) => {
      const field = this.field(problem.place);
      const text = [problem.message, problem.remedy].filter(Boolean).join("; ");
      const told = document.createElement(field ? "p" : "li");
      told.textContent = field || !problem.place ? text : `${problem.place}: ${text}`;
      if (!field) {
        by("problems").hidden = false;
        by("problems").append(told);
        return;
      }
      told.className = "wrong";
      told.setAttribute("role", "alert");
      told.id = `wrong-${at}`;
      field.setAttribute("aria-invalid", "true");
      field.dataset.described ??= field.getAttribute("aria-describedby") ?? "";
      field.setAttribute("aria-describedby", `${field.dataset.described} ${told.id}`.trim());
      (field.closest(".field, .layer, .training-controls, .axes") ?? field).after(told);
    });
  }

  field(place) {
    const steps = place.split(".");
    for (; steps.length; steps.pop()) {
      const key = steps.join(".");
      const found = [...document.querySelectorAll("[data-key]")].find((each) => each.dataset.key === key);
      if (found) return found;
    }
    return null;
  }
}

export function options(select, pairs) {
  const made = pairs.map(([value, text, title]) => {
    const option = document.createElement("option");
    option.value = value;
    option.textContent = text;
    if (title) option.title = title;
    return option;
  });
  select.replaceChildren(...made);
}
