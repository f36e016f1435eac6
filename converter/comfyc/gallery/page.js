"use strict";
// The keys of a page: ← and → lead to the files before and after it, Escape to the gallery.
addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
  if (event.target.closest("pre, .scroll, input, select, iframe")) return;
  const link = {
    ArrowLeft: "a[rel~=prev]", ArrowRight: "a[rel~=next]", Escape: ".crumbs a",
  }[event.key];
  const found = link && document.querySelector(link);
  if (found) {
    event.preventDefault();
    found.click();
  }
});
