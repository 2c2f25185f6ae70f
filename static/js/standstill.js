/* What makes working pages quicker: every one of them also works without this file. */
(function () {
  "use strict";

  document.documentElement.classList.add("js");

  const typing = (element) =>
    element.matches("select, textarea, [contenteditable], input:not([type=range], [type=checkbox], [type=radio])");
  const spoken = (iso) => {
    const on = new Date(iso + "T00:00:00Z");
    const part = (options) => on.toLocaleDateString("en-GB", { ...options, timeZone: "UTC" });
    return `${part({ day: "numeric", month: "long", year: "numeric" })}, ${part({ weekday: "short" })}`;
  };
  const later = (iso, days) => new Date(Date.parse(iso + "T00:00:00Z") + days * 86400000).toISOString().slice(0, 10);

  /* The search box: "/" goes to it, arrows go through what was found, Escape comes back. */

  const box = () => document.getElementById("search");
  const dropdown = () => document.querySelector(".find .results");

  function close() {
    const found = dropdown();
    if (found) found.hidden = true;
  }

  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !typing(event.target) && !event.ctrlKey && !event.metaKey && !event.altKey && box()) {
      event.preventDefault();
      box().focus();
      box().select();
      return;
    }
    const found = dropdown();
    if (!found || !event.target.closest(".find")) return;
    const links = [...found.querySelectorAll("a")];
    const at = links.indexOf(document.activeElement);
    if (event.key === "Escape") {
      close();
      box().focus();
    } else if (event.key === "ArrowDown" && !found.hidden && links.length) {
      event.preventDefault();
      links[Math.min(at + 1, links.length - 1)].focus();
    } else if (event.key === "ArrowUp" && !found.hidden && at >= 0) {
      event.preventDefault();
      (at === 0 ? box() : links[at - 1]).focus();
    }
  });
  document.addEventListener("focusin", (event) => {
    if (!event.target.closest(".find")) close();
  });
  document.addEventListener("click", (event) => {
    if (!event.target.closest(".find")) close();
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target.id === "results" && !event.detail.xhr.responseText.includes('id="results"')) {
      event.detail.shouldSwap = false;
      window.location.reload(); // the session has ended: what came is the page to sign in
    }
  });

  /* The timeline's as-of line: a range input lies over the drawing, and its thumb is the line. */

  let waiting;

  function draw(slider) {
    const svg = slider.parentElement.querySelector("svg");
    const group = svg.querySelector("[data-as-of]");
    if (!group) return;
    const left = Number(slider.dataset.left), right = Number(slider.dataset.right);
    const x = left + (right - left) * (Number(slider.value) / Number(slider.max));
    const on = later(slider.dataset.first, Number(slider.value));
    group.setAttribute("transform", `translate(${x.toFixed(2)} 0)`);
    group.querySelector("text").textContent = spoken(on);
    slider.setAttribute("aria-valuetext", spoken(on));
    return on;
  }

  function place(slider) {
    const width = Number(slider.dataset.width), thumb = 24;
    const box = slider.parentElement.getBoundingClientRect().width;
    const left = (Number(slider.dataset.left) / width) * box - thumb / 2;
    const right = (Number(slider.dataset.right) / width) * box + thumb / 2;
    slider.style.left = `${left}px`;
    slider.style.width = `${right - left}px`;
    draw(slider);
  }

  function wire() {
    document.querySelectorAll(".slider").forEach(place);
    document.querySelectorAll(".scroller").forEach((scroller) => {
      const line = scroller.querySelector("[data-as-of]");
      if (line && scroller.scrollWidth > scroller.clientWidth) {
        const seen = line.getBoundingClientRect().left - scroller.getBoundingClientRect().left;
        scroller.scrollLeft += seen - scroller.clientWidth / 2;
      }
    });
  }

  document.addEventListener("input", (event) => {
    if (event.target.matches(".slider")) draw(event.target);
  });
  document.addEventListener("change", (event) => {
    if (!event.target.matches(".slider")) return;
    const slider = event.target;
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      const address = new URL(window.location.href);
      address.searchParams.set("as_of", draw(slider));
      sessionStorage.setItem("slid", JSON.stringify({ id: slider.id, top: window.scrollY }));
      window.location.assign(address);
    }, 350);
  });
  window.addEventListener("resize", () => document.querySelectorAll(".slider").forEach(place));
  document.addEventListener("DOMContentLoaded", () => {
    wire();
    const slid = JSON.parse(sessionStorage.getItem("slid") || "null");
    sessionStorage.removeItem("slid");
    const slider = slid && document.getElementById(slid.id);
    if (slider) {
      window.scrollTo({ top: slid.top, behavior: "instant" });
      slider.focus({ preventScroll: true });
    }
  });

  /* A form that is under way is not sent again; the server would notice it too. */

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post") return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    form.querySelectorAll("button").forEach((button) => button.setAttribute("aria-disabled", "true"));
  });
  window.addEventListener("pageshow", () => {
    document.querySelectorAll("form[data-sent]").forEach((form) => {
      delete form.dataset.sent;
      form.querySelectorAll("button").forEach((button) => button.removeAttribute("aria-disabled"));
    });
  });
})();
