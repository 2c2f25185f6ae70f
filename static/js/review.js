/* Going through a draft by keyboard. Without this file every term still has its buttons and links. */
(function () {
  "use strict";

  const terms = () => [...document.querySelectorAll(".term")];
  const here = () => document.activeElement.closest(".term");
  const typing = (element) => element.matches("input:not([type=checkbox], [type=radio]), textarea, select");

  function go(term) {
    if (!term) return;
    term.focus({ preventScroll: true });
    term.scrollIntoView({ block: "nearest" });
    show(term);
  }

  function show(term) {
    document.querySelectorAll(".from.now").forEach((words) => words.classList.remove("now"));
    if (!term) return;
    const mine = [...document.querySelectorAll(".from")].filter((words) =>
      words.dataset.terms.split(" ").includes(term.id),
    );
    mine.forEach((words) => words.classList.add("now"));
    const pane = document.getElementById("text");
    if (mine.length && getComputedStyle(pane).overflowY === "auto") {
      const top = mine[0].getBoundingClientRect().top - pane.getBoundingClientRect().top;
      pane.scrollTop += top - pane.clientHeight / 3;
    }
  }

  const next = (from) => {
    const all = terms();
    const at = from ? all.findIndex((term) => term.id === from) : -1;
    const open = (term) => term.dataset.state === "open";
    return all.slice(at + 1).find(open) || all.find(open);
  };

  document.addEventListener("keydown", (event) => {
    // Single keys act only where the focus is among the terms or on the text (WCAG 2.1.4).
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    if (!event.target.closest(".review")) return;
    const all = terms();
    const term = here();
    const at = all.indexOf(term);
    if (event.key === "j") go(all[Math.min(at + 1, all.length - 1)]);
    else if (event.key === "k") go(all[Math.max(at - 1, 0)]);
    else if (event.key === "n") go(next(term && term.id));
    else if (event.key === "t") {
      const pane = document.getElementById("text");
      if (document.activeElement === pane) go(document.getElementById(pane.dataset.from) || all[0]);
      else if (term) {
        pane.dataset.from = term.id;
        show(term);
        pane.focus();
      }
    } else if (term && "acr".includes(event.key) && event.key.length === 1) {
      const button = term.querySelector(`[data-key=${event.key}]`);
      if (!button) return;
      button.click();
    } else return;
    event.preventDefault();
  });

  document.addEventListener("focusin", (event) => {
    const term = event.target.closest(".term");
    if (term) show(term);
  });
  document.addEventListener("click", (event) => {
    const words = event.target.closest(".from");
    if (!words) return;
    event.preventDefault();
    go(document.getElementById(words.getAttribute("href").slice(1)));
  });

  /* What came back took the place of the term that had the focus: go on with the next that waits. */
  document.addEventListener("htmx:afterSettle", (event) => {
    const asked = event.detail.target;
    const term = asked && asked.classList.contains("term") && document.getElementById(asked.id);
    if (!term) return;
    const wrong = term.querySelector(".fix [aria-invalid=true]");
    const field = wrong || term.querySelector(".fix input:not([type=hidden]), .fix textarea, .fix select");
    if (field) field.focus();
    else if (term.querySelector(".fault")) go(term);
    else go(next(term.id) || term);
  });
})();
