// Pictures of raw pixels, each with its text. The data are those of `sections/pictures.py`.
"use strict";

draw.pictures = (element, { pictures, size }) => {
  const list = make("ul", { class: "pictures" });
  for (const { height, width, bytes, text } of pictures) {
    const canvas = make("canvas", { width, height, role: "img", "aria-label": text });
    canvas.style.width = `${size}px`;
    const levels = atob(bytes);
    const image = new ImageData(width, height);
    for (let at = 0; at < width * height; at++) {
      for (let channel = 0; channel < 3; channel++) {
        image.data[4 * at + channel] = levels.charCodeAt(3 * at + channel);
      }
      image.data[4 * at + 3] = 255;
    }
    canvas.getContext("2d").putImageData(image, 0, 0);
    list.append(make("li", { style: `width: ${Math.max(size, 40)}px` }, canvas, make("span", {}, text)));
  }
  element.append(list);
};
