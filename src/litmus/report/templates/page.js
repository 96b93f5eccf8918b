"use strict";
(() => {
  const root = document.documentElement;

  // A custom property holds light-dark(…); only a computed colour tells which of the two applies.
  const probe = document.body.appendChild(document.createElement("span"));
  probe.hidden = true;
  const color = (name) => {
    probe.style.color = `var(--${name})`;
    const [red, green, blue] = getComputedStyle(probe).color.match(/[\d.]+/g).map(Number);
    return "#" + [red, green, blue].map((part) => Math.round(part).toString(16).padStart(2, "0")).join("");
  };

  const palette = () => {
    const names = ["accent", "series-2", "series-3", "series-4", "series-5", "series-6", "series-7", "series-8", "series-9", "series-10"];
    return names.map(color);
  };

  const config = () => {
    const ink = color("ink"), muted = color("muted"), line = color("line"), font = getComputedStyle(document.body).fontFamily;
    return {
      background: null,
      font,
      view: { stroke: null },
      axis: {
        labelColor: muted, titleColor: muted, labelFontSize: 12, titleFontSize: 12, titleFontWeight: "normal", titlePadding: 8,
        gridColor: line, domainColor: line, tickColor: line, labelFont: font, titleFont: font,
      },
      axisX: { labelFlush: false, labelOverlap: true, labelSeparation: 8 },
      legend: { labelColor: ink, titleColor: muted, labelFontSize: 12, titleFontSize: 12, titleFontWeight: "normal" },
      text: { color: ink, fontSize: 12 },
      range: { category: palette(), heatmap: [color("raised"), color("accent")] },
    };
  };

  // Colours in a specification are written "theme:ink"; data and titles are the user's and stay as they are.
  const themed = (value, key) => {
    if (key === "data" || key === "title" || key === "description") return value;
    if (typeof value === "string") return value.startsWith("theme:") ? color(value.slice(6)) : value;
    if (Array.isArray(value)) return value.map((item) => themed(item, ""));
    if (value && typeof value === "object") {
      return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, themed(item, name)]));
    }
    return value;
  };

  const isDark = () => getComputedStyle(root).colorScheme === "dark" ||
    (!root.dataset.theme && matchMedia("(prefers-color-scheme: dark)").matches);

  const views = new Map();
  let turn = 0;
  const draw = async () => {
    const mine = ++turn;
    delete root.dataset.charts;
    const options = { actions: false, renderer: "svg", ast: true, config: config(), tooltip: { theme: isDark() ? "dark" : "light" } };
    for (const place of document.querySelectorAll("[data-chart]")) {
      if (mine !== turn) return; // the colours changed while the charts were being drawn: a later call draws them all
      const spec = JSON.parse(place.nextElementSibling.textContent);
      if (views.has(place)) views.get(place).finalize();
      try {
        views.set(place, await vegaEmbed(place, themed(spec, ""), options));
      } catch (error) {
        place.textContent = "This chart could not be drawn; its numbers are below.";
        console.error(error);
      }
    }
    root.dataset.charts = "drawn";
  };

  const button = document.getElementById("theme");
  button.hidden = false;
  button.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    draw();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => root.dataset.theme || draw());

  const sortBy = (table, column, heading) => {
    const ascending = heading.getAttribute("aria-sort") !== "ascending";
    const key = (row) => row.cells[column].dataset.sort ?? row.cells[column].textContent;
    const compare = (a, b) => {
      const left = Number(a), right = Number(b);
      return Number.isNaN(left) || Number.isNaN(right) ? a.localeCompare(b) : left - right;
    };
    const rows = [...table.tBodies[0].rows].sort((a, b) => (ascending ? 1 : -1) * compare(key(a), key(b)));
    table.tBodies[0].append(...rows);
    for (const other of heading.parentNode.cells) other.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", ascending ? "ascending" : "descending");
  };
  for (const table of document.querySelectorAll("table.sortable")) {
    [...table.tHead.rows[0].cells].forEach((heading, column) => {
      const press = document.createElement("button");
      press.type = "button";
      press.append(...heading.childNodes);
      press.addEventListener("click", () => sortBy(table, column, heading));
      heading.replaceChildren(press);
    });
  }

  draw();
})();
