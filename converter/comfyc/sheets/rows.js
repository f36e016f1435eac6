// What the sheet holds, the tools above it, and which rows are asked for in what order.
const { columns, rows: given, axes, size } = JSON.parse(document.getElementById("sheet").textContent);
const root = document.documentElement;
const main = document.querySelector("main");
const laid = main.querySelector(".laid");
const none = document.querySelector(".none");
const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
const make = (name, text, parent, attributes) => {
  const element = document.createElement(name);
  if (text !== undefined && text !== null) element.textContent = text;
  for (const [key, value] of Object.entries(attributes || {})) element.setAttribute(key, value);
  if (parent) parent.append(element);
  return element;
};

// --- what there is ------------------------------------------------------------------------------
const cards = [...document.querySelectorAll(".card")];
const rows = given.map(([number, state, values, seconds, server, prompt, attempt, seeds, findings], index) => {
  const card = cards[index];
  card.row = index;
  const shots = [...card.querySelectorAll(".shot")];
  card.querySelector(".shots").classList.toggle("several", shots.length > 1);
  for (const shot of shots) {
    shot.tabIndex = -1;
    if (shot.tagName !== "A") shot.setAttribute("role", "button");
    shot.setAttribute("aria-haspopup", "dialog");
  }
  return { number, state, values, seconds, server, prompt, attempt, seeds, findings, index, card, shots, words: null };
});
for (const image of document.querySelectorAll(".shot img")) {
  image.addEventListener("error", () => {
    image.closest(".shot").classList.add("empty");
    image.replaceWith("cannot be shown");
  });
}
const label = (row, column) => columns[column].labels[row.values[column]];
const wordsOf = (row) => {
  if (row.words === null) {
    const all = [row.number, row.state, row.server, row.card.textContent];
    row.words = [...all, ...columns.map((_, at) => label(row, at))].join("\n").toLowerCase();
  }
  return row.words;
};
const varying = columns.map((_, at) => at).filter((at) => columns[at].labels.length > 1);
const pictures = [...document.querySelectorAll(".shot img")];
const ratios = pictures.slice(0, 400).map((one) => one.getAttribute("height") / one.getAttribute("width"))
  .filter((one) => one > 0).sort((a, b) => a - b);
const ratio = Math.min(2, Math.max(0.5, ratios.length ? ratios[ratios.length >> 1] : 1));
root.style.setProperty("--ratio", ratio);
const natural = Math.round(size / Math.max(1, ratio));

// --- the tools ----------------------------------------------------------------------------------
document.body.classList.add("app");
const tools = make("div", null, null, { class: "tools", role: "search" });
main.before(tools);
const numbers = varying.find((at) => columns[at].number && !/\s/.test(columns[at].name));
const example = numbers === undefined ? "" : ", " + columns[numbers].name + ">" + columns[numbers].labels[0];
const search = make("input", null, tools, {
  type: "search", placeholder: "Search ( / )" + example, "aria-label": "Search rows",
});
const select = (name, options, parent) => {
  const around = make("label", name, parent);
  const made = make("select", null, around, { name: name.toLowerCase().split(" ")[0] });
  for (const [value, text] of options) make("option", text, made, { value });
  return made;
};
const choices = [["", "none"], ...varying.map((at) => [at, columns[at].name])];
const picks = varying.length
  ? ["Sections", "Rows", "Columns"].map((name) => select(name, choices, tools))
  : [];
const sorts = [["", "row"], ["seconds", "seconds"], ...varying.map((at) => [at, columns[at].name])];
const sort = select("Sort by", sorts, tools);
sort.parentElement.className = "order";
const reverse = make("button", "↑", sort.parentElement, { type: "button", "aria-label": "Reverse the order" });
const filter = make("button", "Filter", tools, { type: "button", "aria-expanded": "false" });
const count = make("output", null, tools, { "aria-live": "polite" });
const corner = make("div", null, document.querySelector("header"), { class: "view" });
const zoom = make("input", null, make("label", "Size", corner), { type: "range", min: 48, max: 512 });
const theme = make("button", "◐", corner, { type: "button", "aria-label": "Light or dark", title: "Light or dark" });

const filters = make("div", null, null, { class: "filters", hidden: "" });
tools.after(filters);
const boxes = [];
const group = (name, key, options) => {
  const set = make("fieldset", null, filters);
  make("legend", name, set);
  for (const [value, text] of options) {
    const around = make("label", null, set, { class: "pick" });
    const box = make("input", null, around, { type: "checkbox" });
    make("span", text, around, { title: text });
    boxes.push({ key, value, box });
  }
};
const states = [...new Set(rows.map((row) => row.state))];
if (states.length > 1) group("State", "state", states.map((one) => [one, one]));
const servers = [...new Set(rows.map((row) => row.server).filter(Boolean))];
if (servers.length > 1) group("Server", "server", servers.map((one) => [one, one]));
for (const at of varying) {
  const { name, labels } = columns[at];
  if (labels.length <= 60) group(name, at, labels.map((text, value) => [value, text]));
}
filter.hidden = !boxes.length;

// --- which rows, and in what order ----------------------------------------------------------------
// A word is looked for everywhere; NAME=VALUE, NAME<VALUE and NAME>=VALUE in the columns of that name, for
// which the part behind its last dot will do.
const squeezed = (name) => name.toLowerCase().replace(/\s+/g, "");
const asked = (word) => {
  const parts = /^([^<>=]+)(<=|>=|=|<|>)(.+)$/.exec(word);
  const known = parts && columns.findIndex(({ name }) => {
    const short = squeezed(name);
    return short === parts[1] || short.slice(short.lastIndexOf(".") + 1) === parts[1];
  });
  if (!parts || known < 0) return (row) => wordsOf(row).includes(word);
  const [, , sign, wanted] = parts;
  const number = Number(wanted);
  return (row) => {
    const text = label(row, known).toLowerCase();
    const value = Number(text);
    if (sign === "=") return columns[known].number ? value === number : text.includes(wanted);
    return { "<": value < number, ">": value > number, "<=": value <= number, ">=": value >= number }[sign];
  };
};
const fits = () => {
  const tests = search.value.toLowerCase().split(/\s+/).filter(Boolean).map(asked);
  const wanted = new Map();
  for (const { key, value, box } of boxes) {
    if (box.checked) wanted.set(key, (wanted.get(key) || new Set()).add(value));
  }
  for (const [key, values] of wanted) {
    tests.push((row) => values.has(key in row ? row[key] : row.values[key]));
  }
  return (row) => tests.every((test) => test(row));
};
let downward = false;
const ordered = () => {
  const by = sort.value;
  const key = by === "" ? () => 0 : by === "seconds" ? (row) => row.seconds ?? Infinity : (row) => row.values[by];
  const list = [...rows].sort((a, b) => key(a) - key(b) || a.index - b.index);
  return downward ? list.reverse() : list;
};
