"use strict";
(() => {
  const svg = document.querySelector("body > svg");
  const { nodes, views } = JSON.parse(document.getElementById("nodes").textContent);
  const boxes = nodes.map((_, index) => document.getElementById("n" + index));
  const aside = document.querySelector("aside");
  const search = document.querySelector("header input");
  const count = document.querySelector("header output");
  const whole = svg.viewBox.baseVal;
  let size = { x: whole.x, y: whole.y, width: whole.width, height: whole.height };
  let view = { ...size };
  const words = nodes.map(({ title, kind, path, values }) =>
    [title, kind, "#" + path, ...values.map((row) => row.join(" "))].join("\n").toLowerCase());

  const show = () => svg.setAttribute("viewBox", [view.x, view.y, view.width, view.height].join(" "));

  // The part of the picture that the window shows, which has the window's shape.
  const fit = (x, y, width, height) => {
    const shape = innerWidth / Math.max(innerHeight, 1);
    const wide = Math.max(width, height * shape) * 1.04;
    view = { x: x + (width - wide) / 2, y: y + (height - wide / shape) / 2, width: wide, height: wide / shape };
    show();
  };
  const fitAll = () => fit(size.x, size.y, size.width, size.height);
  const point = (x, y) => [view.x + (x / innerWidth) * view.width, view.y + (y / innerHeight) * view.height];
  const zoom = (factor, x = innerWidth / 2, y = innerHeight / 2) => {
    const limited = Math.min(Math.max(view.width * factor, 60), 40 * Math.max(size.width, size.height, 60));
    const [left, top] = point(x, y);
    const actual = limited / view.width;
    view = {
      x: left - (left - view.x) * actual,
      y: top - (top - view.y) * actual,
      width: limited,
      height: view.height * actual,
    };
    show();
  };
  const pan = (x, y) => {
    view.x += (x / innerWidth) * view.width;
    view.y += (y / innerHeight) * view.height;
    show();
  };

  // Where something is in the picture, whatever of it is shown now.
  const area = (element) => {
    const seen = element.getBoundingClientRect();
    const [x, y] = point(seen.left, seen.top);
    return [x, y, (seen.width / innerWidth) * view.width, (seen.height / innerHeight) * view.height];
  };
  const goTo = (element) => {
    const panel = element.closest("g.panel-of");
    if (views.length && panel.id !== "p" + current) enter(Number(panel.id.slice(1)));
    const [x, y, width, height] = area(element);
    const least = Math.max(900, width * 1.5, height * 1.5);
    fit(x + (width - least) / 2, y + (height - least) / 2, least, least);
  };

  // With views each graph is a page of its own: the address says which one is shown, so that the browser's
  // way back works.
  let current = 0;
  const crumbs = document.querySelector("nav");
  const enter = (index) => {
    current = index;
    views.forEach((_, at) => document.getElementById("p" + at).classList.toggle("away", at !== index));
    const [x, y, width, height] = area(document.getElementById("p" + index));
    size = { x, y, width, height };
    fitAll();
    crumbs.replaceChildren();
    const around = [];
    for (let at = index; at !== null; at = views[at].parent) around.unshift(at);
    if (around.length > 1) {
      const back = make("button", "←", crumbs);
      back.title = "Back to the graph around it (Backspace)";
      back.addEventListener("click", leave);
    }
    around.forEach((at, step) => {
      if (step) make("span", "›", crumbs);
      const crumb = make("button", views[at].name, crumbs);
      if (at === index) crumb.setAttribute("aria-current", "page");
      crumb.addEventListener("click", () => visit(at));
    });
    if (location.hash !== "#p" + index) history.replaceState(null, "", "#p" + index);
  };
  const visit = (index) => {
    if (index !== current) location.hash = "#p" + index;
  };
  const leave = () => {
    if (views.length && views[current].parent !== null) visit(views[current].parent);
  };
  const asked = () => {
    const index = Number((/^#p(\d+)$/.exec(location.hash) || [0, 0])[1]);
    return index < views.length ? index : 0;
  };

  const make = (name, text, parent) => {
    const element = document.createElement(name);
    if (text !== undefined) element.textContent = text;
    if (parent) parent.append(element);
    return element;
  };
  let ring = null;
  const unmark = () => {
    if (ring) ring.remove();
    ring = null;
  };
  const mark = (box) => {
    unmark();
    const held = box.getBBox();
    ring = document.createElementNS("http://www.w3.org/2000/svg", "rect");
    ring.setAttribute("class", "ring-mark");
    for (const [name, value] of Object.entries({
      x: held.x - 8, y: held.y - 8, width: held.width + 16, height: held.height + 16, rx: 14,
    })) ring.setAttribute(name, value);
    box.append(ring);
  };
  const link = (list, [text, other]) => {
    const item = make("li", undefined, list);
    if (other === null) {
      item.textContent = text;
      return;
    }
    const button = make("button", text, item);
    button.className = "go";
    button.addEventListener("click", () => {
      goTo(boxes[other]);
      open(other);
    });
  };
  const open = (index) => {
    const node = nodes[index];
    aside.replaceChildren();
    const close = make("button", "×", aside);
    close.className = "close";
    close.setAttribute("aria-label", "Close");
    close.addEventListener("click", shut);
    make("h2", node.title, aside);
    make("p", node.kind + "  #" + node.path + (node.state ? "  (" + node.state + ")" : ""), aside);
    if (node.findings.length) {
      make("h3", "Findings", aside);
      const list = make("ul", undefined, aside);
      for (const [severity, text] of node.findings) make("li", text, list).className = severity;
    }
    if (node.values.length) {
      make("h3", "Values", aside);
      const list = make("dl", undefined, aside);
      for (const [name, value] of node.values) {
        make("dt", name, list);
        make("dd", value, list);
      }
    }
    for (const [name, rows] of [["Inputs", node.inputs], ["Outputs", node.outputs]]) {
      if (!rows.length) continue;
      make("h3", name, aside);
      const list = make("ul", undefined, aside);
      for (const row of rows) link(list, row);
    }
    aside.hidden = false;
    aside.dataset.node = node.path;
    mark(boxes[index]);
  };
  const shut = () => {
    aside.hidden = true;
    unmark();
  };

  let found = [];
  let at = -1;
  const find = () => {
    for (const index of found) boxes[index].classList.remove("found");
    const asked = search.value.trim().toLowerCase();
    found = asked ? nodes.flatMap((_, index) => (words[index].includes(asked) ? [index] : [])) : [];
    for (const index of found) boxes[index].classList.add("found");
    at = -1;
    count.textContent = asked ? (found.length === 1 ? "1 node" : found.length + " nodes") : "";
  };
  const next = (step) => {
    if (!found.length) return;
    at = (at + step + found.length) % found.length;
    count.textContent = at + 1 + " of " + found.length;
    goTo(boxes[found[at]]);
    open(found[at]);
  };

  // --- pointer ------------------------------------------------------------------------------------
  const fingers = new Map();
  let moved = 0;
  svg.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    if (!fingers.size) moved = 0;
    fingers.set(event.pointerId, [event.clientX, event.clientY]);
  });
  addEventListener("pointermove", (event) => {
    const before = fingers.get(event.pointerId);
    if (!before) return;
    const now = [event.clientX, event.clientY];
    if (fingers.size === 2) {
      const [other] = [...fingers].filter(([id]) => id !== event.pointerId).map(([, where]) => where);
      const apart = (one) => Math.hypot(one[0] - other[0], one[1] - other[1]);
      zoom(apart(before) / Math.max(apart(now), 1), (now[0] + other[0]) / 2, (now[1] + other[1]) / 2);
      moved = Infinity;
    } else {
      pan(before[0] - now[0], before[1] - now[1]);
      moved += Math.abs(before[0] - now[0]) + Math.abs(before[1] - now[1]);
    }
    if (moved > 4) svg.classList.add("moving");
    fingers.set(event.pointerId, now);
  });
  for (const name of ["pointerup", "pointercancel"]) {
    addEventListener(name, (event) => {
      fingers.delete(event.pointerId);
      if (!fingers.size) svg.classList.remove("moving");
    });
  }
  svg.addEventListener("wheel", (event) => {
    event.preventDefault();
    const lines = event.deltaMode ? 30 : 1;
    if (event.shiftKey) pan(event.deltaY * lines, 0);
    else zoom(Math.exp(Math.max(-1, Math.min(1, event.deltaY * lines * 0.0015))), event.clientX, event.clientY);
  }, { passive: false });
  svg.addEventListener("click", (event) => {
    const anchor = event.target.closest("a");
    if (anchor && anchor.hasAttribute("target")) return;
    if (anchor) {
      event.preventDefault();
      if (views.length) {
        shut();
        visit(Number(anchor.getAttribute("href").slice(2)));
        return;
      }
      const [x, y, width, height] = area(document.getElementById(anchor.getAttribute("href").slice(1)));
      fit(x, y, width, height);
      return;
    }
    if (moved > 4) return;
    const box = event.target.closest(".box");
    if (box) open(Number(box.id.slice(1)));
    else shut();
  });

  // --- keyboard -----------------------------------------------------------------------------------
  boxes.forEach((box, index) => {
    box.setAttribute("tabindex", "0");
    box.setAttribute("role", "button");
    box.setAttribute("aria-label", nodes[index].title + ", " + nodes[index].kind);
    box.addEventListener("focus", () => {
      if (!box.matches(":focus-visible")) return;
      const seen = box.getBoundingClientRect();
      if (seen.right < 0 || seen.bottom < 0 || seen.left > innerWidth || seen.top > innerHeight) goTo(box);
    });
  });
  const keys = {
    "+": () => zoom(0.8), "=": () => zoom(0.8), "-": () => zoom(1.25), 0: fitAll,
    ArrowLeft: () => pan(-80, 0), ArrowRight: () => pan(80, 0),
    ArrowUp: () => pan(0, -80), ArrowDown: () => pan(0, 80),
    "/": () => search.focus(), Escape: shut, Backspace: leave,
  };
  addEventListener("keydown", (event) => {
    if (event.target === search) {
      if (event.key === "Enter") next(event.shiftKey ? -1 : 1);
      if (event.key === "Escape") {
        search.value = "";
        find();
        search.blur();
        shut();
      }
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const box = document.activeElement && document.activeElement.closest(".box");
    if (box && (event.key === "Enter" || event.key === " ")) {
      event.preventDefault();
      open(Number(box.id.slice(1)));
    } else if (keys[event.key]) {
      event.preventDefault();
      keys[event.key]();
    }
  });
  search.addEventListener("input", find);
  document.getElementById("closer").addEventListener("click", () => zoom(0.8));
  document.getElementById("farther").addEventListener("click", () => zoom(1.25));
  document.getElementById("all").addEventListener("click", fitAll);
  addEventListener("resize", () => fit(view.x, view.y, view.width / 1.04, view.height / 1.04));
  fitAll();
  if (views.length) {
    enter(asked());
    addEventListener("hashchange", () => {
      shut();
      enter(asked());
    });
  }
})();
