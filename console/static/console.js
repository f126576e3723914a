// What pages do better with a script; each works without it.
"use strict";

const find = (selector, root = document) => root.querySelector(selector);
const findAll = (selector, root = document) => Array.from(root.querySelectorAll(selector));
const isTyping = (target) => /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) && target.type !== "checkbox";

// A form goes once, however often its button is pressed.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  if (form.dataset.sent) { event.preventDefault(); return; }
  form.dataset.sent = "1";
  setTimeout(() => findAll("button", form).forEach((button) => { button.disabled = true; }));
});
window.addEventListener("pageshow", () => {
  findAll("form[data-sent]").forEach((form) => {
    delete form.dataset.sent;
    findAll("button", form).forEach((button) => { button.disabled = false; });
  });
});

// Keys on lists: one row is the current one.
const rows = () => findAll("[data-list] > [data-case]");
const here = () => find("[data-list] > .here");
function moveTo(row) {
  if (!row) return;
  if (here()) here().classList.remove("here");
  row.classList.add("here");
}
function step(by) {
  const all = rows();
  const row = all[Math.max(0, Math.min(all.length - 1, all.indexOf(here()) + by))];
  moveTo(row);
  if (!row) return;
  row.scrollIntoView({ block: "nearest" });
  const link = find("a.open", row);
  if (link) link.focus({ preventScroll: true });
}
function press(selector) {
  const button = here() && find(selector, here());
  if (button) button.click();
}
function showKeys() {
  const dialog = find("#keys");
  if (dialog && dialog.showModal && !dialog.open) dialog.showModal();
}
const KEYS = {
  j: () => step(1),
  k: () => step(-1),
  o: () => press("a.open"),
  x: () => press(".pick input"),
  a: () => press('[data-act="accept"] button'),
  d: () => press(".do button"),
  e: () => { const button = find('button[name="then"]'); if (button) button.click(); },
  "/": () => { const field = find("input[type=search]"); if (field) { field.focus(); field.select(); } },
  "?": showKeys,
};
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.key === "Escape" && isTyping(event.target)) event.target.blur();
  if (isTyping(event.target) || find("dialog[open]")) return;
  const act = KEYS[event.key];
  if (act) { event.preventDefault(); act(); }
});
moveTo(rows()[0]);

// On a phone the pages and the folders are wider than the screen: where one is stands in sight.
for (const entry of document.querySelectorAll("nav [aria-current]")) {
  const strip = entry.parentElement;
  strip.scrollLeft += entry.getBoundingClientRect().left - strip.getBoundingClientRect().left - (strip.clientWidth - entry.offsetWidth) / 2;
}

// Photos open over the page, and where that is not possible in its place.
const shot = find("#shot");
document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-shot]");
  if (!link || !shot || !shot.showModal) return;
  event.preventDefault();
  const picture = find("img", shot);
  picture.src = link.href;
  picture.alt = find("img", link).alt;
  shot.showModal();
});
if (shot) shot.addEventListener("click", (event) => { if (event.target === shot) shot.close(); });
