() => {
  const found = [];
  const shown = (one) => one.getClientRects().length && getComputedStyle(one).visibility !== "hidden";
  const describe = (one) => `${one.tagName.toLowerCase()} ${one.className} ${(one.innerText || one.name || "").trim().slice(0, 20)}`;

  if (document.documentElement.scrollWidth > innerWidth) found.push("the page is wider than the screen");
  if (document.querySelectorAll("h1").length !== 1) found.push("not one heading of the first level");
  if (!document.documentElement.lang || !document.title.trim()) found.push("no language or title");

  const controls = "button, select, textarea, summary, nav a, a.button, input:not([type=hidden])";
  for (const one of document.querySelectorAll(controls)) {
    if (!shown(one) || one.closest("dialog:not([open])")) continue;
    const area = (one.type === "checkbox" || one.type === "radio" ? one.closest("label") || one : one).getBoundingClientRect();
    if (area.height < 43.5 || area.width < 43.5) found.push(`too small: ${describe(one)} ${area.width}x${area.height}`);
    const name = one.getAttribute("aria-label") || one.innerText || Array.from(one.labels || []).map((label) => label.innerText).join("");
    if (!name.trim()) found.push(`no name: ${describe(one)}`);
  }
  for (const one of document.querySelectorAll("img:not([alt])")) found.push(`no words for a picture: ${one.src}`);

  const read = (text) => (text.match(/[\d.]+/g) || []).map(Number);
  const shine = ([r, g, b]) => {
    const part = (value) => { const share = value / 255; return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4; };
    return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  };
  const ground = (one) => {
    for (let at = one; at; at = at.parentElement) {
      const colour = read(getComputedStyle(at).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  for (const one of document.querySelectorAll("body *")) {
    const words = Array.from(one.childNodes).some((node) => node.nodeType === 3 && node.textContent.trim());
    if (!words || !shown(one) || one.closest("dialog:not([open]), [disabled]")) continue;
    const [light, dark] = [shine(read(getComputedStyle(one).color)), shine(ground(one))].sort((a, b) => b - a);
    const ratio = (light + 0.05) / (dark + 0.05);
    if (ratio < 4.5) found.push(`too pale, ${ratio.toFixed(1)}: ${describe(one)}`);
  }
  return Array.from(new Set(found));
}
