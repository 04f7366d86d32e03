// The desk from the keyboard. Every key does what a link or a button of the page does; without a script those are there.

const rows = [...document.querySelectorAll("[data-row]")];
const help = document.querySelector(".keys dialog");
let here = -1;

function mark(place) {
  here = place;
  rows.forEach((row, other) => row.classList.toggle("here", other === place));
}

function go(to) {
  if (!rows.length) return;
  mark(Math.max(0, Math.min(rows.length - 1, to)));
  const link = rows[here].querySelector("th a");
  link.focus({ preventScroll: true });
  rows[here].scrollIntoView({ block: "nearest" });
}

function follow(selector) {
  document.querySelector(selector)?.click();
}

function reveal(id) {
  const part = document.getElementById(id);
  if (!part) return;
  part.open = true;
  part.querySelector("select, textarea, input:not([type=hidden])")?.focus();
}

// On the queue, c, e and n open the alert at that form.
function open(id) {
  if (!rows.length) reveal(id);
  else if (here >= 0) location.assign(`${rows[here].querySelector("th a").href}#${id}`);
}

const keys = {
  j: () => (rows.length ? go(here + 1) : follow("a[rel=next]")),
  k: () => (rows.length ? go(here - 1) : follow("a[rel=prev]")),
  x: () => here >= 0 && rows[here].querySelector("[name=alert]:not([disabled])")?.click(),
  a: () => (rows.length ? here >= 0 && rows[here].querySelector("[data-take]")?.click() : follow("[data-take]")),
  c: () => open("clear"),
  e: () => open("escalate"),
  n: () => open("note"),
  u: () => follow("[data-up]"),
  "?": () => (help.open ? help.close() : help.showModal()),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]")) return;
  if (help?.open && event.key !== "?") return;
  if (!(event.key in keys)) return;
  event.preventDefault();
  keys[event.key]();
});

for (const button of document.querySelectorAll("[data-keys]")) {
  button.hidden = false;
  button.addEventListener("click", keys["?"]);
}

const chosen = document.querySelector("[data-chosen]");

function count() {
  const many = document.querySelectorAll("[name=alert]:checked").length;
  if (chosen) chosen.textContent = many ? chosen.dataset.chosen.replace("#", many) : "";
}

for (const all of document.querySelectorAll("[data-all]")) {
  all.hidden = false;
  all.addEventListener("change", () => {
    for (const one of document.querySelectorAll("[name=alert]:not([disabled])")) one.checked = all.checked;
  });
}
document.addEventListener("change", count);
count();

// Only marked: to scroll between the press and the release of a click would lose it.
rows.forEach((row, place) => row.querySelector("th a").addEventListener("focus", () => mark(place)));

if (location.hash.length > 1) reveal(location.hash.slice(1));
