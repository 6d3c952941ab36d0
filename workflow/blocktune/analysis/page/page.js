"use strict";
// Pictures by Plotly, tables that sort, light and dark. Without this script every text and table is still there.
const charts = [...document.querySelectorAll("script[data-chart]")].map((holder) => {
  const figure = JSON.parse(holder.textContent);
  return { place: document.getElementById(holder.dataset.chart), figure, bright: figure.data.map((trace) => trace.line?.color) };
});

function paint(dark) {
  const text = dark ? "#e8ecf1" : "#1b1f24";
  const line = dark ? "#3b4552" : "#c9d1da";
  for (const { place, figure, bright } of charts) {
    figure.data.forEach((trace, index) => {
      const colour = dark && trace.meta?.dark ? trace.meta.dark : bright[index];
      if (colour) {
        trace.line.color = colour;
        if (trace.meta?.dark && trace.marker) trace.marker.color = colour;
      }
    });
    figure.layout.font = { color: text, size: 13 };
    figure.layout.hoverlabel = { bgcolor: dark ? "#1f262e" : "#ffffff", font: { color: text } };
    for (const axis of ["xaxis", "yaxis"]) Object.assign(figure.layout[axis], { gridcolor: line, linecolor: line, tickcolor: line });
    Plotly.react(place, figure.data, figure.layout, {
      displaylogo: false,
      responsive: true,
      modeBarButtons: [["toImage", "zoomIn2d", "zoomOut2d", "resetScale2d"]],
    });
  }
}

function theme(dark) {
  document.documentElement.dataset.theme = dark ? "dark" : "light";
  const button = document.getElementById("theme");
  button.setAttribute("aria-pressed", String(dark));
  paint(dark);
}

function sortable(table) {
  const body = table.tBodies[0];
  [...table.tHead.rows[0].cells].forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const rows = [...body.rows].sort((a, b) => compare(a.cells[column], b.cells[column]));
      body.append(...(down ? rows.reverse() : rows));
    });
  });
}

function compare(one, other) {
  const [a, b] = [one, other].map((cell) => cell.dataset.sort ?? cell.textContent);
  const [x, y] = [Number(a), Number(b)];
  return Number.isFinite(x) && Number.isFinite(y) ? x - y : a.localeCompare(b);
}

document.querySelectorAll("table.sortable").forEach(sortable);
const wanted = matchMedia("(prefers-color-scheme: dark)");
theme(wanted.matches);
wanted.addEventListener("change", (event) => theme(event.matches));
document.getElementById("theme").addEventListener("click", () => theme(document.documentElement.dataset.theme !== "dark"));
// Paper is white
addEventListener("beforeprint", () => { if (document.documentElement.dataset.theme === "dark") { paint(false); document.documentElement.dataset.theme = "light"; addEventListener("afterprint", () => theme(true), { once: true }); } });
