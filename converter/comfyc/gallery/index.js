"use strict";
(() => {
  const list = document.querySelector(".cards");
  const cards = [...list.children];
  const rows = JSON.parse(document.getElementById("cards").textContent).map((row, index) => {
    const [words, outcome, pack, model, partner, code, found, nodes] = row;
    return { words, outcome: [outcome], pack, model, partner, code, found, nodes, index, card: cards[index] };
  });
  const tools = document.querySelector(".tools");
  const search = tools.querySelector("input");
  const selects = [...tools.querySelectorAll("select")];
  const count = tools.querySelector("output");
  const none = document.querySelector(".none");
  const orders = {
    name: (a, b) => a.index - b.index,
    errors: (a, b) => b.found - a.found || a.index - b.index,
    nodes: (a, b) => b.nodes - a.nodes || a.index - b.index,
    fewest: (a, b) => a.nodes - b.nodes || a.index - b.index,
  };
  let order = "name";

  const show = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const asked = selects.filter(({ name, value }) => name !== "sort" && value);
    let shown = 0;
    for (const row of rows) {
      const fits = words.every((word) => row.words.includes(word))
        && asked.every(({ name, value }) => row[name].includes(value));
      row.card.hidden = !fits;
      shown += fits;
    }
    const sort = selects.find(({ name }) => name === "sort").value;
    if (sort !== order) {
      order = sort;
      list.append(...[...rows].sort(orders[order]).map(({ card }) => card));
    }
    count.textContent = shown === rows.length ? rows.length + " shown" : shown + " of " + rows.length;
    none.hidden = shown > 0;
  };

  // What is asked for is in the address, so that it can be kept, sent and linked to.
  const write = () => {
    const asked = new URLSearchParams();
    for (const { name, value } of [search, ...selects]) if (value && value !== "name") asked.set(name, value);
    const text = asked.toString();
    history.replaceState(null, "", text ? "#" + text : location.pathname + location.search);
    show();
  };
  const read = () => {
    const asked = new URLSearchParams(location.hash.slice(1));
    search.value = asked.get("q") || "";
    for (const select of selects) {
      const wanted = asked.get(select.name);
      const known = [...select.options].some(({ value }) => value === wanted);
      select.value = known ? wanted : select.options[0].value;
    }
    show();
  };
  addEventListener("hashchange", () => {
    read();
    if (location.hash) tools.scrollIntoView({ block: "start" });
  });
  tools.addEventListener("input", write);
  tools.querySelector("button").addEventListener("click", () => {
    search.value = "";
    for (const select of selects) select.selectedIndex = 0;
    write();
    search.focus();
  });

  // --- keyboard: / searches, Escape clears, the arrows go from card to card -------------------------
  const visible = () => [...list.children].filter((card) => !card.hidden);
  const go = (card) => card && card.querySelector("h3 a").focus();
  const step = (card, key) => {
    const shown = visible();
    const at = shown.indexOf(card);
    if (key === "ArrowLeft") return shown[at - 1];
    if (key === "ArrowRight") return shown[at + 1];
    const columns = Math.max(1, shown.findIndex((one) => one.offsetTop > shown[0].offsetTop));
    return shown[at + (key === "ArrowUp" ? -columns : columns)];
  };
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const target = event.target;
    if (target === search) {
      if (event.key === "Escape") {
        search.value = "";
        write();
        search.blur();
      } else if (event.key === "ArrowDown" || event.key === "Enter") {
        event.preventDefault();
        go(visible()[0]);
      }
    } else if (target.closest(".card") && event.key.startsWith("Arrow")) {
      event.preventDefault();
      const next = step(target.closest(".card"), event.key);
      if (next) go(next);
      else if (event.key === "ArrowUp") search.focus();
    } else if (event.key === "/" && !target.closest("select")) {
      event.preventDefault();
      search.focus();
      search.select();
    }
  });

  tools.hidden = false;
  read();
})();
