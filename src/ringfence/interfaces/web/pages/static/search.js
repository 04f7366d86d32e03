// Search as one types: the form asks for the same page as its button would, and takes the results out of the answer.
const form = document.querySelector("form[data-live]");
const results = document.getElementById(form.dataset.live);
const DELAY = 180; // milliseconds without a key, so that a fast typist asks once
let timer;
let asking;
let shown = address();

function address() {
  const fields = [...new FormData(form)].filter(([, value]) => String(value).trim());
  const query = new URLSearchParams(fields).toString();
  return query ? `${form.action}?${query}` : form.action;
}

async function ask() {
  const wanted = address();
  if (wanted === shown) return;
  asking?.abort();
  asking = new AbortController();
  results.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(wanted, {
      headers: { "X-Fragment": "1" },
      credentials: "same-origin",
      signal: asking.signal,
    });
    const kind = answer.headers.get("Content-Type") ?? "";
    if (!answer.ok || !kind.startsWith("text/html") || answer.redirected) {
      if (answer.status === 401 || answer.redirected) return location.assign(wanted);
      const problem = kind.includes("json") ? await answer.json() : {};
      const told = document.createElement("p");
      told.className = "notice bad";
      told.textContent = problem.detail ?? `${answer.status} ${answer.statusText}`;
      results.replaceChildren(told);
    } else {
      results.innerHTML = await answer.text();
    }
    shown = wanted;
    history.replaceState(null, "", wanted);
  } catch (error) {
    if (error.name === "AbortError") return;
    form.submit(); // the browser says what is wrong better than we can
  }
  results.setAttribute("aria-busy", "false");
}

form.addEventListener("input", (event) => {
  clearTimeout(timer);
  timer = setTimeout(ask, event.target.type === "search" ? DELAY : 0);
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  clearTimeout(timer);
  ask();
});
