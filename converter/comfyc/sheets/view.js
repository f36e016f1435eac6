// The keyboard, the large view and the films of the cards that grid.js has laid out.
// --- from card to card: one of them takes the focus, and the arrows move it ---------------------------
const shown = () => [...laid.querySelectorAll(".card")];
const rove = (card = laid.querySelector(".card")) => {
  for (const one of laid.querySelectorAll(".shot[tabindex='0']")) one.tabIndex = -1;
  if (card) card.querySelector(".shot").tabIndex = 0;
};
const focus = (card) => {
  rove(card);
  card.querySelector(".shot").focus({ preventScroll: true });
  card.scrollIntoView({ block: "nearest", inline: "nearest" });
};
const inCell = (data) => (data ? [...data.querySelectorAll(".card")] : []);
const besideInTable = (card, data, isLevel, step) => {
  if (isLevel) {
    const here = inCell(data);
    const next = here[here.indexOf(card) + step];
    if (next) return next;
    for (let other = data; (other = step < 0 ? other.previousElementSibling : other.nextElementSibling);) {
      const found = inCell(other);
      if (found.length) return step < 0 ? found[found.length - 1] : found[0];
    }
    return undefined;
  }
  const lines = [...laid.querySelectorAll("tbody tr")];
  for (let at = lines.indexOf(data.parentElement) + step; lines[at]; at += step) {
    const [found] = inCell(lines[at].cells[data.cellIndex]);
    if (found) return found;
  }
  return undefined;
};
const besideInFlow = (card, isLevel, step) => {
  const all = shown();
  const at = all.indexOf(card);
  if (isLevel) return all[at + step];
  // the nearest card of the next line
  const { top, left } = card.getBoundingClientRect();
  const away = (one) => Math.abs(one.getBoundingClientRect().left - left);
  let best;
  for (let next = at + step, line = null; all[next]; next += step) {
    const here = all[next].getBoundingClientRect().top;
    if (Math.abs(here - top) < 8) continue;
    line ??= here;
    if (Math.abs(here - line) >= 8) break;
    if (!best || away(all[next]) < away(best)) best = all[next];
  }
  return best;
};
const beside = (card, key) => {
  const data = card.closest("td");
  const isLevel = key === "ArrowLeft" || key === "ArrowRight";
  const step = key === "ArrowLeft" || key === "ArrowUp" ? -1 : 1;
  for (;;) {
    const found = data ? besideInTable(card, data, isLevel, step) : besideInFlow(card, isLevel, step);
    if (found || !pending || step < 0 || (data && isLevel)) return found;
    layMore();
  }
};

// --- the large view ---------------------------------------------------------------------------------
const dialog = make("dialog", null, document.body, { "aria-labelledby": "large" });
let current = null;
let which = 0;
const stageOf = (shot, stage) => {
  if (shot.classList.contains("text")) {
    make("pre", shot.textContent, stage);
  } else if (shot.classList.contains("video")) {
    const film = make("video", null, stage, { src: shot.href, controls: "", loop: "", playsinline: "" });
    film.muted = true;
    if (!still) film.play().catch(() => {});
  } else if (shot.classList.contains("audio")) {
    make("audio", null, stage, { src: shot.href, controls: "" });
  } else if (shot.classList.contains("picture")) {
    const small = shot.querySelector("img");
    const image = make("img", null, stage, { src: small.src, alt: small.alt });
    if (!shot.href) return;
    const whole = new Image();
    whole.addEventListener("load", () => {
      image.src = whole.src;
      image.classList.toggle("small", whole.naturalWidth < 256 && whole.naturalHeight < 256);
      const size = dialog.querySelector(".size");
      if (size) size.textContent = whole.naturalWidth + " × " + whole.naturalHeight;
    });
    whole.addEventListener("error", () => {
      const size = dialog.querySelector(".size");
      if (size) size.textContent = "The original is not where it was: this is its thumbnail.";
    });
    whole.src = shot.href;
    image.addEventListener("click", () => stage.classList.toggle("whole"));
  } else {
    const bad = rows[current].state === "failed";
    make("p", shot.textContent, stage, { class: bad ? "what bad" : "what" });
  }
};
const show = () => {
  const row = rows[current];
  const shot = row.shots[which];
  dialog.replaceChildren();
  const large = make("div", null, dialog, { class: "large" });
  const stage = make("div", null, large, { class: "stage" });
  const about = make("div", null, large, { class: "about" });
  const head = make("div", null, about, { class: "head" });
  make("h2", "Row " + row.number, head, { id: "large" });
  for (const [text, key, name] of [["←", "ArrowLeft", "Previous"], ["→", "ArrowRight", "Next"]]) {
    const button = make("button", text, head, { type: "button", "aria-label": name });
    button.disabled = !beside(row.card, key);
    button.addEventListener("click", () => go(key));
  }
  const close = make("button", "×", head, { type: "button", "aria-label": "Close" });
  close.addEventListener("click", () => dialog.close());
  if (shot.dataset.name) make("p", shot.dataset.name, about, { class: "value" });
  make("p", "", about, { class: "soft size" });
  if (shot.href) make("a", "Open the original", about, { class: "go", href: shot.href, target: "_blank", rel: "noopener noreferrer" });
  if (row.shots.length > 1) {
    const strip = make("div", null, about, { class: "strip" });
    row.shots.forEach((one, at) => {
      const small = one.querySelector("img");
      const button = make("button", small ? null : String(at + 1), strip, {
        type: "button", "aria-label": "Output " + (at + 1), "aria-current": String(at === which),
      });
      if (small) make("img", null, button, { src: small.src, alt: "" });
      button.addEventListener("click", () => open(current, at));
    });
  }
  const problem = row.card.querySelector(".problem");
  if (problem) make("p", problem.textContent, about, { class: "problem" });
  for (const [severity, text] of row.findings) make("p", text, about, { class: severity === "error" ? "problem" : "" });
  const list = (pairs, parent = make("dl", null, about)) => {
    for (const [name, value, style] of pairs) {
      if (value === "" || value === null) continue;
      make("dt", name, parent);
      make("dd", value, parent, style ? { class: style } : {});
    }
    if (!parent.children.length) parent.remove();
  };
  list(columns.map(({ name, labels }, at) => [name, label(row, at), labels.length > 1 ? "varies" : ""]));
  list(row.seeds.map(([name, value]) => ["seed of " + name, value]));
  list([
    ["state", row.state],
    ["seconds", row.seconds === null ? null : row.seconds.toFixed(2)],
    ["server", row.server],
    ["prompt", row.prompt, "value"],
    ["attempt", row.attempt > 1 ? String(row.attempt) : null],
  ]);
  const keys = make("p", null, about, { class: "keys" });
  for (const [key, text] of [["← → ↑ ↓", " to the rows beside · "], ["Esc", " back"]]) {
    make("kbd", key, keys);
    keys.append(text);
  }
  stageOf(shot, stage);
};
const open = (index, at = 0) => {
  current = index;
  which = at;
  show();
  if (!dialog.open) dialog.showModal();
  dialog.focus();
};
const go = (key) => {
  const next = beside(rows[current].card, key);
  if (next) open(next.row);
};
dialog.tabIndex = -1;
dialog.addEventListener("close", () => {
  dialog.replaceChildren();
  focus(rows[current].card);
});
main.addEventListener("click", (event) => {
  const shot = event.target.closest(".shot");
  if (!shot || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const card = shot.closest(".card");
  open(card.row, rows[card.row].shots.indexOf(shot));
});

// --- keyboard -----------------------------------------------------------------------------------------
addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
  const { key, target } = event;
  if (dialog.open) {
    if (key.startsWith("Arrow") && !target.closest("video, audio")) {
      event.preventDefault();
      go(key);
    }
  } else if (target === search) {
    if (key === "Escape") {
      search.value = "";
      change();
      search.blur();
    } else if (key === "Enter" || key === "ArrowDown") {
      event.preventDefault();
      clearTimeout(pause);
      change();
      const [first] = shown();
      if (first) focus(first);
    }
  } else if (target.closest(".shot")) {
    const card = target.closest(".card");
    if (key.startsWith("Arrow")) {
      event.preventDefault();
      const next = beside(card, key);
      if (next) focus(next);
    } else if (key === "Enter" || key === " ") {
      event.preventDefault();
      open(card.row, rows[card.row].shots.indexOf(target.closest(".shot")));
    }
  } else if (key.startsWith("Arrow") && (target === document.body || target === main)) {
    const [first] = shown();
    if (first) {
      event.preventDefault();
      focus(first);
    }
  }
  if (key === "/" && !dialog.open && !target.closest("input, select")) {
    event.preventDefault();
    search.focus();
    search.select();
  }
});

// --- films show their first picture when they are seen, and play under the pointer -----------------------
const films = [...document.querySelectorAll(".shot video")];
const seen = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    if (!isIntersecting) continue;
    target.preload = "metadata";
    seen.unobserve(target);
  }
}, { rootMargin: "200px" });
for (const film of films) {
  seen.observe(film);
  const shot = film.parentElement;
  const play = () => still || film.play().catch(() => {});
  const stop = () => film.pause();
  shot.addEventListener("pointerenter", play);
  shot.addEventListener("focus", play);
  shot.addEventListener("pointerleave", stop);
  shot.addEventListener("blur", stop);
}

read();
