"use strict";
(() => {
  // Both pictures show the same part of the main graph, whose upper left corner each has somewhere else;
  // `moved` is how much farther the old one is when it shows a node that was elsewhere then.
  const panes = ["old", "new"].map((id) => {
    const svg = document.getElementById(id);
    const { e, f } = svg.querySelector("g.panel-of").transform.baseVal.getItem(0).matrix;
    const { width, height } = svg.viewBox.baseVal;
    return { svg, x: e, y: f, width, height };
  });
  const [before, after] = panes;
  const main = document.querySelector("main");
  const items = [...document.querySelectorAll("aside li > button")];
  const count = document.querySelector("output");
  const boxesOf = (item) => [item.dataset.old, item.dataset.new].map((id) => (id ? document.getElementById(id) : null));
  let view = { x: 0, y: 0, width: 1, height: 1 };
  let moved = [0, 0];
  let at = -1;

  const shown = (pane) => [
    view.x + pane.x + (pane === before ? moved[0] : 0),
    view.y + pane.y + (pane === before ? moved[1] : 0),
  ];
  const show = () => {
    for (const pane of panes) {
      pane.svg.setAttribute("viewBox", [...shown(pane), view.width, view.height].join(" "));
    }
  };
  const shape = () => after.svg.clientWidth / Math.max(after.svg.clientHeight, 1);
  const fit = (x, y, width, height) => {
    const wide = Math.max(width, height * shape());
    view = { x: x + (width - wide) / 2, y: y + (height - wide / shape()) / 2, width: wide, height: wide / shape() };
    show();
  };
  const fitAll = () => {
    moved = [0, 0];
    const left = Math.min(...panes.map((pane) => -pane.x));
    const top = Math.min(...panes.map((pane) => -pane.y));
    const right = Math.max(...panes.map((pane) => pane.width - pane.x));
    const bottom = Math.max(...panes.map((pane) => pane.height - pane.y));
    fit(left, top, (right - left) * 1.03, (bottom - top) * 1.03);
  };
  const zoom = (factor, across = 0.5, down = 0.5) => {
    const limit = 60 * Math.max(before.width, after.width);
    const width = Math.min(Math.max(view.width * factor, 80), limit);
    const actual = width / view.width;
    view = {
      x: view.x + across * view.width * (1 - actual),
      y: view.y + down * view.height * (1 - actual),
      width,
      height: view.height * actual,
    };
    show();
  };
  const pan = (across, down) => {
    view.x += across * view.width;
    view.y += down * view.height;
    show();
  };

  // The middle of a node in the main graph, and its size.
  const spot = (pane, element) => {
    const seen = element.getBoundingClientRect();
    const around = pane.svg.getBoundingClientRect();
    const [left, top] = shown(pane);
    const scale = view.width / around.width;
    return {
      x: left + (seen.left + seen.width / 2 - around.left) * scale - pane.x,
      y: top + (seen.top + seen.height / 2 - around.top) * scale - pane.y,
      width: seen.width * scale,
      height: seen.height * scale,
    };
  };
  const select = (index) => {
    if (!items.length) return;
    at = (index + items.length) % items.length;
    for (const item of document.querySelectorAll("[aria-current]")) item.removeAttribute("aria-current");
    for (const box of document.querySelectorAll(".now")) box.classList.remove("now");
    items[at].setAttribute("aria-current", "true");
    items[at].scrollIntoView({ block: "nearest" });
    count.textContent = at + 1 + " of " + items.length;
    const boxes = boxesOf(items[at]);
    const spots = boxes.map((box, side) => (box ? spot(panes[side], box) : null));
    for (const box of boxes) if (box) box.classList.add("now");
    const middle = spots[1] || spots[0];
    if (!middle) return;
    moved = spots[0] && spots[1] ? [spots[0].x - spots[1].x, spots[0].y - spots[1].y] : [0, 0];
    const width = Math.max(800, middle.width * 2, middle.height * 2 * shape());
    fit(middle.x - width / 2, middle.y - width / shape() / 2, width, width / shape());
  };
  const turn = () => {
    main.classList.toggle("below");
    if (at < 0) fitAll();
    else select(at);
  };

  items.forEach((item, index) => {
    for (const box of boxesOf(item)) if (box && !box.dataset.change) box.dataset.change = index;
    item.addEventListener("click", () => select(index));
  });

  // --- pointer ------------------------------------------------------------------------------------
  for (const { svg } of panes) {
    let from = null;
    let far = 0;
    svg.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      from = [event.clientX, event.clientY];
      far = 0;
    });
    addEventListener("pointermove", (event) => {
      if (!from) return;
      const [x, y] = [event.clientX - from[0], event.clientY - from[1]];
      far += Math.abs(x) + Math.abs(y);
      if (far > 4) svg.classList.add("moving");
      pan(-x / svg.clientWidth, -y / svg.clientHeight);
      from = [event.clientX, event.clientY];
    });
    for (const name of ["pointerup", "pointercancel"]) {
      addEventListener(name, () => {
        from = null;
        svg.classList.remove("moving");
      });
    }
    svg.addEventListener("wheel", (event) => {
      event.preventDefault();
      const around = svg.getBoundingClientRect();
      const step = Math.max(-1, Math.min(1, event.deltaY * (event.deltaMode ? 30 : 1) * 0.0015));
      zoom(Math.exp(step), (event.clientX - around.left) / around.width, (event.clientY - around.top) / around.height);
    }, { passive: false });
    svg.addEventListener("click", (event) => {
      const anchor = event.target.closest("a");
      if (anchor && anchor.hasAttribute("target")) return;
      if (anchor) event.preventDefault();
      const box = event.target.closest(".box[data-change]");
      if (box && far <= 4) select(Number(box.dataset.change));
    });
  }

  // --- keyboard -----------------------------------------------------------------------------------
  const keys = {
    n: () => select(at + 1), p: () => select(at < 0 ? -1 : at - 1), s: turn,
    "+": () => zoom(0.8), "=": () => zoom(0.8), "-": () => zoom(1.25), 0: fitAll,
    ArrowLeft: () => pan(-0.08, 0), ArrowRight: () => pan(0.08, 0),
    ArrowUp: () => pan(0, -0.08), ArrowDown: () => pan(0, 0.08),
  };
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  });
  for (const [id, action] of Object.entries({
    back: keys.p, on: keys.n, closer: keys["+"], farther: keys["-"], all: fitAll, turn,
  })) document.getElementById(id).addEventListener("click", action);
  addEventListener("resize", () => fit(view.x, view.y, view.width, view.height));
  if (after.width > after.height * 1.4) main.classList.add("below");
  fitAll();
})();
