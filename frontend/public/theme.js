// Runs before the first paint, as a file of its own: the page's policy allows no inline script.
// `src/lib/theme.ts` does the same for a later change.
(function () {
  var choice = null;
  try {
    choice = localStorage.getItem("eval-kanban.theme");
  } catch {
    choice = null;
  }
  var dark = choice === "dark" || (choice !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.classList.toggle("dark", dark);
})();
