// The cards of rows.js in tables or in a flow, as the address of the page says.
// --- the layout: sections of tables, or sections of a flow ------------------------------------------
let before = "";
const groups = (list, at) => {
  if (at === null) return [[null, list]];
  const found = new Map();
  for (const row of list) found.set(row.values[at], [...(found.get(row.values[at]) || []), row]);
  return [...found].sort(([a], [b]) => a - b);
};
const heading = (element, at, value) => {
  make("b", columns[at].name + " ", element);
  element.append(columns[at].labels[value]);
  element.title = columns[at].labels[value];
};
const cell = (list, parent) => {
  const held = make("ul", null, parent, { class: "cards" });
  held.append(...list.map((row) => row.card));
  if (list.length > 1) {
    held.classList.add("many");
    held.style.setProperty("--across", Math.ceil(Math.sqrt(list.length)));
  }
};
const table = (list, [, down, across], parent) => {
  const held = new Map();
  for (const row of list) {
    const key = (down === null ? 0 : row.values[down]) + ":" + (across === null ? 0 : row.values[across]);
    held.set(key, [...(held.get(key) || []), row]);
  }
  const lines = down === null ? [0] : groups(list, down).map(([value]) => value);
  const heads = across === null ? [0] : groups(list, across).map(([value]) => value);
  const made = make("table", null, parent);
  const top = make("tr", null, make("thead", null, made));
  const names = [down !== null && columns[down].name + " ↓", across !== null && columns[across].name + " →"];
  const corner = make("td", null, top, { class: "corner" });
  for (const name of names) if (name) make("span", name, corner, { class: "axis" });
  for (const value of heads) {
    const head = make("th", null, top, { scope: "col" });
    const inner = make("span", null, head, { class: "clamp" });
    if (across !== null) heading(inner, across, value);
  }
  const body = make("tbody", null, made);
  for (const value of lines) {
    const line = make("tr", null, body);
    const inner = make("span", null, make("th", null, line, { scope: "row" }), { class: "clamp" });
    if (down !== null) heading(inner, down, value);
    for (const other of heads) {
      const found = held.get(value + ":" + other);
      const data = make("td", null, line, found ? {} : { class: "free" });
      if (found) cell(found, data);
    }
  }
};
const lay = () => {
  const chosen = picks.map((pick) => (pick.value === "" ? null : Number(pick.value)));
  const [section, down, across] = chosen.length ? chosen : [null, null, null];
  const isGrid = down !== null || across !== null;
  const now = JSON.stringify([chosen, sort.value, downward]);
  if (now !== before) {
    before = now;
    laid.replaceChildren();
    main.classList.toggle("flow", !isGrid);
    for (const [value, list] of groups(ordered(), section)) {
      const part = make("section", null, laid);
      if (value !== null) heading(make("h2", null, part), section, value);
      if (isGrid) table(list, [section, down, across], part);
      else make("ul", null, part, { class: "cards" }).append(...list.map((row) => row.card));
    }
    for (const chip of document.querySelectorAll(".chip")) chip.hidden = chosen.includes(Number(chip.dataset.column));
    for (const caption of document.querySelectorAll(".caption")) {
      caption.hidden = isGrid && !caption.querySelector(".chip:not([hidden])");
    }
  }
  const test = fits();
  let shown = 0;
  for (const row of rows) {
    row.card.hidden = !test(row);
    shown += !row.card.hidden;
  }
  for (const part of laid.children) tidy(part);
  count.textContent = shown === rows.length ? "" : shown + " of " + rows.length + " rows";
  none.hidden = shown > 0;
  const on = boxes.filter(({ box }) => box.checked).length;
  filter.textContent = on ? "Filter (" + on + ")" : "Filter";
  filter.classList.toggle("on", on > 0);
  rove();
};
// What holds no row that fits is hidden: lines and columns of a table, and sections.
const tidy = (part) => {
  part.hidden = !part.querySelector(".card:not([hidden])");
  const made = part.querySelector("table");
  if (part.hidden || !made) return;
  const used = new Set();
  for (const line of made.tBodies[0].rows) {
    let filled = false;
    for (const data of line.cells) {
      if (data.querySelector(".card:not([hidden])")) {
        filled = true;
        used.add(data.cellIndex);
      }
    }
    line.hidden = !filled;
  }
  for (const line of made.rows) {
    for (const data of line.cells) data.hidden = data.cellIndex > 0 && !used.has(data.cellIndex);
  }
};

// --- the address has what is asked for, so that it can be kept and sent -----------------------------
const write = () => {
  const kept = new URLSearchParams();
  if (search.value) kept.set("q", search.value);
  const names = ["sections", "rows", "columns"];
  picks.forEach((pick, at) => {
    if (pick.value !== String(axes[at] ?? "")) kept.set(names[at], pick.value);
  });
  if (sort.value) kept.set("sort", sort.value);
  if (downward) kept.set("down", "1");
  if (sized) kept.set("size", zoom.value);
  for (const { key, value, box } of boxes) if (box.checked) kept.append("only." + key, value);
  const text = kept.toString();
  history.replaceState(null, "", text ? "#" + text : location.pathname + location.search);
};
const read = () => {
  const kept = new URLSearchParams(location.hash.slice(1));
  const set = (pick, value) => {
    pick.value = [...pick.options].some((one) => one.value === value) ? value : "";
  };
  search.value = kept.get("q") || "";
  ["sections", "rows", "columns"].forEach((name, at) => {
    if (picks[at]) set(picks[at], kept.get(name) ?? String(axes[at] ?? ""));
  });
  set(sort, kept.get("sort") || "");
  downward = kept.has("down");
  sized = kept.has("size");
  zoom.value = kept.get("size") || natural;
  for (const { key, value, box } of boxes) box.checked = kept.getAll("only." + key).includes(String(value));
  lay();
  scale();
};
// Unless a size is asked for, cards are as wide as fills the window, and no wider than their thumbnails.
const [GAP, FRAME, GAP_AROUND] = [16, 14, 24];
let sized = false;
const fitted = () => {
  const tables = [...main.querySelectorAll("table")];
  const across = Math.max(0, ...tables.map((one) => one.rows[0].cells.length - 1));
  if (!across) {
    const width = laid.clientWidth - 2 * GAP_AROUND;
    const many = Math.ceil((width + GAP) / (natural + FRAME + GAP));
    return Math.max(96, Math.floor((width + GAP) / many) - GAP - FRAME);
  }
  const head = Math.max(...tables.map((one) => one.rows[0].cells[0].offsetWidth));
  return Math.max(96, Math.min(natural, Math.floor((main.clientWidth - head - 30) / across) - 10));
};
const scale = () => {
  if (!sized) zoom.value = fitted();
  root.style.setProperty("--size", zoom.value + "px");
  reverse.textContent = downward ? "↓" : "↑";
};
const change = () => {
  write();
  lay();
  scale();
};
let pause = 0;
search.addEventListener("input", () => {
  clearTimeout(pause);
  pause = setTimeout(change, rows.length > 500 ? 150 : 0);
});
// An axis that is chosen for another parameter leaves the one that it had.
for (const pick of picks) {
  pick.addEventListener("change", () => {
    for (const other of picks) if (other !== pick && other.value === pick.value) other.value = "";
    change();
  });
}
sort.addEventListener("change", change);
filters.addEventListener("change", change);
zoom.addEventListener("input", () => {
  sized = true;
  scale();
});
zoom.addEventListener("change", write);
reverse.addEventListener("click", () => {
  downward = !downward;
  change();
});
filter.addEventListener("click", () => {
  filters.hidden = !filters.hidden;
  filter.setAttribute("aria-expanded", String(!filters.hidden));
});
theme.addEventListener("click", () => {
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
});
addEventListener("hashchange", read);
addEventListener("resize", scale);
