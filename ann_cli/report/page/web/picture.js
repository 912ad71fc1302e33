// A row that is a picture: it is painted on, and the network says what it sees.
"use strict";

/** How a row's pixels are read and written: its columns are pixels, or one has all of them. */
function pixelsOf(cells) {
  const [{ name, picture }] = cells;
  if (picture) {
    return {
      read: (row, at) => row[name][at],
      write: (row, at, level) => (row[name] = row[name].map((each, other) => (other === at ? level : each))),
    };
  }
  return {
    read: (row, at) => row[cells[at].name] ?? cells[at].middle,
    write: (row, at, level) => (row[cells[at].name] = level),
  };
}

/** The least and the greatest level of some rows. */
function levelsOf(cells, rows) {
  if (cells[0].picture) return [0, 255];
  const all = rows.flatMap((row) => cells.map(({ name }) => row[name])).filter((each) => each !== null);
  return all.length ? [Math.min(...all), Math.max(...all)] : [cells[0].least, cells[0].greatest];
}

/** Paints a row's picture on a canvas, a square a pixel. */
function paintPicture(canvas, row, [height, width, channels], { read }, [low, high], size) {
  const ratio = window.devicePixelRatio || 1;
  canvas.width = Math.round(width * size * ratio);
  canvas.height = Math.round(height * size * ratio);
  canvas.style.width = `${width * size}px`; // its height follows
  const pen = canvas.getContext("2d");
  pen.scale(ratio, ratio);
  const level = (at) => Math.round((255 * (read(row, at) - low)) / (high - low || 1));
  for (let place = 0; place < height * width; place++) {
    const own = [0, 1, 2].map((channel) => level(place * channels + (channels < 3 ? 0 : channel)));
    pen.fillStyle = `rgb(${own.join(" ")})`;
    pen.fillRect((place % width) * size, Math.floor(place / width) * size, size + 0.5, size + 0.5);
  }
  return pen;
}

/** A row's picture, which a person paints on: with a pointer, or with the keyboard. */
function pictureControl({ data, cells, rows, state }, changed) {
  const shape = data.model.picture;
  const [height, width, channels] = shape;
  const pixels = pixelsOf(cells);
  const levels = levelsOf(cells, rows);
  const size = Math.max(Math.floor(Math.min(300 / width, 300 / height)), 1);
  const told = make("p", { class: "told", "aria-live": "polite" });
  const canvas = make("canvas", {
    class: "picture",
    tabindex: 0,
    role: "img",
    "aria-label": `The row's picture, ${height} × ${width} pixels. The arrow keys move over it, Space paints a pixel light, Delete dark.`,
  });
  const brush = make("select", { id: "what-if-brush" }, make("option", {}, "light"), make("option", {}, "dark"));
  let at = null;

  function show() {
    const pen = paintPicture(canvas, state.row, shape, pixels, levels, size);
    if (!at) return;
    pen.strokeStyle = getComputedStyle(canvas).getPropertyValue("--accent");
    pen.lineWidth = 2;
    pen.strokeRect(at[1] * size + 1, at[0] * size + 1, size - 2, size - 2);
  }

  function paint(row, column, level) {
    for (let channel = 0; channel < channels; channel++) {
      pixels.write(state.row, (row * width + column) * channels + channel, level);
    }
    show();
    changed();
  }

  const level = () => levels[brush.selectedIndex === 0 ? 1 : 0];
  const under = (event) => {
    const box = canvas.getBoundingClientRect();
    const row = Math.floor(((event.clientY - box.top) / box.height) * height);
    const column = Math.floor(((event.clientX - box.left) / box.width) * width);
    return row >= 0 && row < height && column >= 0 && column < width ? [row, column] : null;
  };
  const stroke = (event) => {
    const place = event.buttons === 1 && under(event);
    if (place) paint(...place, level());
  };
  canvas.addEventListener("pointerdown", stroke);
  canvas.addEventListener("pointermove", stroke);
  canvas.addEventListener("blur", () => {
    at = null;
    show();
  });
  canvas.addEventListener("keydown", (event) => {
    const move = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    const painted = { " ": levels[1], Enter: levels[1], Delete: levels[0], Backspace: levels[0] }[event.key];
    if (!move && painted === undefined) return;
    event.preventDefault();
    at ??= [0, 0];
    if (move) at = [Math.min(Math.max(at[0] + move[0], 0), height - 1), Math.min(Math.max(at[1] + move[1], 0), width - 1)];
    if (painted !== undefined) paint(...at, painted);
    const now = pixels.read(state.row, (at[0] * width + at[1]) * channels);
    told.textContent = `Row ${at[0] + 1}, column ${at[1] + 1}: ${shown(now)}.`;
    show();
  });
  const clear = make(
    "button",
    {
      type: "button",
      onclick: () => {
        for (let pixel = 0; pixel < height * width * channels; pixel++) pixels.write(state.row, pixel, levels[0]);
        show();
        changed();
      },
    },
    "All dark",
  );
  return {
    show,
    element: make("div", {}, canvas, told, make("p", {}, make("label", { for: "what-if-brush" }, "Brush: "), brush, " ", clear)),
  };
}
