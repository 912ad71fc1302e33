"use strict";

// What draws on the page: draw.<script> = (element, data) => …, filled by the scripts that follow.
const draw = {};

// The data of a figure, as JSON within the page.
function dataOf(figure) {
  return JSON.parse(figure.querySelector("script[data-of]").textContent);
}

// Draws all charts and drawings, once the page is there.
function start() {
  for (const element of document.querySelectorAll("[data-chart]")) {
    vegaEmbed(element, dataOf(element.closest("figure")), {
      mode: "vega-lite",
      renderer: "svg",
      actions: false,
    }).then(() => {
      element.querySelector("svg").setAttribute("aria-hidden", "true");
      element.dataset.drawn = "yes";
    });
  }
  for (const element of document.querySelectorAll("[data-drawing]")) {
    draw[element.dataset.drawing](element, dataOf(element.closest("figure")));
    element.dataset.drawn = "yes";
  }
}
