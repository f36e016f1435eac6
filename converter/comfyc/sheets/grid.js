// The cards of rows.js in tables or in a flow, as the address of the page says.
// --- the layout: sections of tables, or sections of a flow ------------------------------------------
const push = (map, key, value) => {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
};
const groups = (list, at) => {
  if (at === null) return [[null, list]];
  const found = new Map();
  for (const row of list) push(found, row.values[at], row);
  return [...found].sort(([a], [b]) => a - b);
};
const heading = (element, at, value) => {
  make("b", columns[at].name + " ", element);
  element.append(columns[at].labels[value]);
  element.title = columns[at].labels[value];
};
const dress = (row, chosen, isGrid) => {
  const chips = [...row.card.querySelectorAll(".chip")];
  for (const chip of chips) chip.hidden = chosen.includes(Number(chip.dataset.column));
  row.card.querySelector(".caption").hidden = isGrid && chips.every((chip) => chip.hidden);
  return row.card;
};
// What a sheet is laid out of, bit by bit; each bit says how many cards it has.
const BATCH = 200;
function* pieces(list, chosen) {
  const [section, down, across] = chosen;
  const isGrid = down !== null || across !== null;
  const heads = groups(list, across).map(([value]) => value ?? 0);
  for (const [value, part] of groups(list, section)) {
    const holder = make("section", null, laid);
    if (value !== null) heading(make("h2", null, holder), section, value);
    if (isGrid) {
      yield* linesOf(part, heads, chosen, tableIn(holder, heads, chosen));
      continue;
    }
    const held = make("ul", null, holder, { class: "cards" });
    for (let at = 0; at < part.length; at += BATCH) {
      const some = part.slice(at, at + BATCH);
      held.append(...some.map((row) => dress(row, chosen, isGrid)));
      yield some.length;
    }
  }
}
const tableIn = (holder, heads, [, down, across]) => {
  const made = make("table", null, holder);
  const top = make("tr", null, make("thead", null, made));
  const names = [down !== null && columns[down].name + " ↓", across !== null && columns[across].name + " →"];
  const corner = make("td", null, top, { class: "corner" });
  for (const name of names) if (name) make("span", name, corner, { class: "axis" });
  for (const value of heads) {
    const head = make("th", null, top, { scope: "col" });
    const inner = make("span", null, head, { class: "clamp" });
    if (across !== null) heading(inner, across, value);
  }
  return make("tbody", null, made);
};
function* linesOf(list, heads, chosen, body) {
  const [, down, across] = chosen;
  for (const [value, rest] of groups(list, down)) {
    const line = make("tr", null, body);
    const inner = make("span", null, make("th", null, line, { scope: "row" }), { class: "clamp" });
    if (value !== null) heading(inner, down, value);
    const cells = new Map(groups(rest, across).map(([other, found]) => [other ?? 0, found]));
    for (const other of heads) {
      const found = cells.get(other);
      const data = make("td", null, line, found ? {} : { class: "free" });
      if (!found) continue;
      const held = make("ul", null, data, { class: "cards" });
      held.append(...found.map((row) => dress(row, chosen, true)));
      if (found.length > 1) {
        held.classList.add("many");
        held.style.setProperty("--across", Math.ceil(Math.sqrt(found.length)));
      }
    }
    yield rest.length;
  }
}
// Thousands of cards are slow to lay out: those far below are added when the reader comes near them.
let pending = null;
const end = make("div");
laid.after(end);
const near = new IntersectionObserver((entries) => {
  if (entries.some((one) => one.isIntersecting)) layMore();
}, { root: main, rootMargin: "1500px" });
const layMore = () => {
  near.unobserve(end);
  for (let added = 0; pending && added < BATCH;) {
    const { value, done } = pending.next();
    if (done) pending = null;
    else added += value;
  }
  if (pending) near.observe(end);
};
const lay = () => {
  const chosen = picks.length ? picks.map((pick) => (pick.value === "" ? null : Number(pick.value))) : [null, null, null];
  const list = ordered().filter(fits());
  laid.replaceChildren();
  main.classList.toggle("flow", chosen[1] === null && chosen[2] === null);
  pending = pieces(list, chosen);
  layMore();
  count.textContent = list.length === rows.length ? "" : list.length + " of " + rows.length + " rows";
  none.hidden = list.length > 0;
  const on = boxes.filter(({ box }) => box.checked).length;
  filter.textContent = on ? "Filter (" + on + ")" : "Filter";
  filter.classList.toggle("on", on > 0);
  rove();
};
addEventListener("beforeprint", () => {
  while (pending) layMore();
});

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
  const size = zoom.value + "px";
  if (root.style.getPropertyValue("--size") !== size) root.style.setProperty("--size", size);
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
  if (rows.length > 500) pause = setTimeout(change, 100);
  else change();
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
