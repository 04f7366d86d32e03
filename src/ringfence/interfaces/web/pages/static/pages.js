// What every page does a little better with a script. Everything works without it.

// The appearance changes at once, and the server remembers it through the same address as without a script.
for (const link of document.querySelectorAll("[data-set-theme]")) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    document.documentElement.dataset.theme = link.dataset.setTheme;
    for (const other of document.querySelectorAll("[data-set-theme]")) other.removeAttribute("aria-current");
    link.setAttribute("aria-current", "true");
    fetch(link.href, { credentials: "same-origin" });
  });
}

// "/" goes to the search field of the page, unless somebody is typing.
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  const field = document.querySelector("input[type=search]");
  if (field) {
    event.preventDefault();
    field.focus();
    field.select();
  }
});

// A picture that is wider than the window begins at its end, which is today.
for (const wide of document.querySelectorAll("[data-scroll-end]")) wide.scrollLeft = wide.scrollWidth;

// A form is sent once, however often its button is pressed.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "1";
  addEventListener("pageshow", () => delete form.dataset.sent, { once: true });
});
