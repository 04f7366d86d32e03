// A path of the table is shown in the picture, and a party of the picture in the table; the picture can be made larger.
"use strict";
(() => {
  const picture = document.querySelector(".picture svg");
  if (!picture) return;
  const drawn = [...picture.querySelectorAll(".tie, .box")];
  const rows = [...document.querySelectorAll("tr[data-path]")];

  const show = (row) => {
    const name = row?.dataset.path;
    for (const part of drawn) {
      const on = Boolean(name) && part.classList.contains(name);
      part.classList.toggle("lit", on);
      part.classList.toggle("dim", Boolean(name) && !on);
    }
    for (const one of rows) {
      one.classList.toggle("on", one === row);
      one.querySelector("button")?.setAttribute("aria-pressed", String(one === row));
    }
  };
  for (const row of rows) {
    if (!drawn.some((part) => part.classList.contains(row.dataset.path))) continue;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "second";
    button.textContent = row.closest("table").dataset.show;
    button.setAttribute("aria-pressed", String(row.classList.contains("on")));
    button.addEventListener("click", () => {
      const off = row.classList.contains("on");
      show(off ? null : row);
      const first = !off && picture.querySelector(`.tie.${row.dataset.path}`);
      if (first) first.scrollIntoView({ block: "nearest", inline: "center" });
    });
    const link = row.querySelector("a.light"); // what leads to the same picture without a script
    if (link) link.replaceWith(button);
    else row.querySelector(".way").append(button);
  }

  // A box that leads nowhere shows its row.
  for (const box of picture.querySelectorAll(".box")) {
    const row = !box.closest("a") && rows.find((one) => box.classList.contains(one.dataset.path));
    if (!row) continue;
    box.style.cursor = "pointer";
    box.addEventListener("click", () => {
      show(row);
      row.scrollIntoView({ block: "center" });
    });
  }

  // From a box that has the focus, the arrow keys lead to the nearest box in that direction.
  const links = [...picture.querySelectorAll("a")];
  const middle = (link) => {
    const place = link.getBoundingClientRect();
    return [place.x + place.width / 2, place.y + place.height / 2];
  };
  const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  picture.addEventListener("keydown", (event) => {
    const from = document.activeElement.closest?.(".picture svg a");
    const way = ways[event.key];
    if (!from || !way) return;
    event.preventDefault();
    const [x, y] = middle(from);
    let best;
    let least = Infinity;
    for (const link of links) {
      const [dx, dy] = [middle(link)[0] - x, middle(link)[1] - y];
      const along = dx * way[0] + dy * way[1];
      const aside = Math.abs(dx * way[1]) + Math.abs(dy * way[0]);
      if (along > 1 && along + 3 * aside < least) [best, least] = [link, along + 3 * aside];
    }
    if (best) {
      best.focus();
      best.scrollIntoView({ block: "nearest", inline: "nearest" });
    }
  });

  // Larger and smaller, where the page has words for it.
  const frame = picture.closest(".picture");
  if (frame.dataset.nearer) {
    const [width, height] = [picture.width.baseVal.value, picture.height.baseVal.value];
    let scale = 1;
    const tools = document.createElement("p");
    tools.className = "picture-tools";
    for (const [text, factor] of [[frame.dataset.nearer, 1.25], [frame.dataset.farther, 0.8]]) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "second";
      button.textContent = text;
      button.addEventListener("click", () => {
        scale = Math.min(4, Math.max(0.2, scale * factor));
        picture.setAttribute("width", Math.round(width * scale));
        picture.setAttribute("height", Math.round(height * scale));
      });
      tools.append(button);
    }
    frame.before(tools);
  }
})();
