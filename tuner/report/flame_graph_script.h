// What a flame graph does in a browser. It works on the drawing alone: boxes and their titles.
#pragma once

namespace pytune {

inline constexpr const char* kFlameGraphScript = R"JS("use strict";
(function () {
  const full = 1180, margin = 10, letter = 6.6;
  const said = document.getElementById("said"), first = said.textContent;
  const frames = Array.from(document.querySelectorAll("g.f"), function (g) {
    const rect = g.querySelector("rect");
    return {g: g, rect: rect, text: g.querySelector("text"), name: g.dataset.n, title: g.querySelector("title").textContent,
            x: +rect.getAttribute("x"), y: +rect.getAttribute("y"), w: +rect.getAttribute("width")};
  });

  function cut(name, width) {
    const letters = Math.floor((width - 6) / letter), all = Array.from(name);
    return letters < 3 ? "" : all.length <= letters ? name : all.slice(0, letters - 2).join("") + "..";
  }

  function zoom(to) {
    const slack = 0.02;  // the coordinates are rounded
    for (const f of frames) {
      const caller = f.y < to.y && f.x <= to.x + slack && f.x + f.w >= to.x + to.w - slack;
      const inside = f.y >= to.y && f.x >= to.x - slack && f.x + f.w <= to.x + to.w + slack;
      f.g.classList.toggle("gone", !caller && !inside);
      f.g.classList.toggle("caller", caller);
      if (!caller && !inside) continue;
      const x = caller ? margin : margin + (f.x - to.x) / to.w * full, w = caller ? full : f.w / to.w * full;
      f.rect.setAttribute("x", x);
      f.rect.setAttribute("width", Math.max(w, 0));
      f.text.setAttribute("x", x + 3);
      f.text.textContent = cut(f.name, w);
    }
  }

  // Samples are counted once, however many of a stack's frames match: no frame within a found one.
  function search(words) {
    let wanted = null;
    try { wanted = words ? new RegExp(words, "i") : null; } catch (error) { said.textContent = String(error.message); return; }
    const found = [];
    for (const f of frames) {
      const hit = wanted !== null && wanted.test(f.title.replace(/ \(\d+ samples, [\d.]+ %\)$/, ""));
      f.g.classList.toggle("found", hit);
      if (hit) found.push(f);
    }
    const outermost = found.filter(function (f) {
      return !found.some(function (o) { return o.y < f.y && o.x <= f.x + 0.02 && o.x + o.w >= f.x + f.w - 0.02; });
    });
    const share = outermost.reduce(function (sum, f) { return sum + f.w; }, 0) / full * 100;
    said.textContent = wanted === null ? first : found.length + " frames match: " + share.toFixed(2) + " % of the samples";
  }

  for (const f of frames) f.g.addEventListener("click", function () { zoom(f); });
  const box = document.getElementById("search");
  box.addEventListener("input", function () { search(box.value); });
})();
)JS";

}  // namespace pytune
