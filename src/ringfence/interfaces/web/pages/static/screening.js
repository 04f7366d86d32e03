// Follows a run: its progress comes in without loading the page anew; when it has ended, the page does.
const place = document.querySelector("[data-follow]");
if (place) {
  const follow = async () => {
    try {
      const answer = await fetch(place.dataset.follow, {
        headers: { "X-Fragment": "1" },
        credentials: "same-origin",
      });
      if (!answer.ok) return location.reload();
      place.innerHTML = await answer.text();
    } catch {
      return setTimeout(follow, 3000); // the network is away; the run goes on
    }
    const state = place.querySelector("[data-state]")?.dataset.state;
    if (state === "queued" || state === "running") setTimeout(follow, 1000);
    else location.reload();
  };
  setTimeout(follow, 400);
}
