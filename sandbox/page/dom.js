// Small helpers: elements without innerHTML, names, colours, times.

export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "text") node.textContent = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

export function avatar(kind, id, name) {
  const node = el("span", { class: `avatar avatar-${kind}`, "aria-hidden": "true" });
  if (kind === "webhook") node.textContent = "铃";
  else if (kind === "bot") node.textContent = "助";
  else node.textContent = firstOf(name);
  if (kind === "user") node.style.setProperty("--hue", String(hue(id)));
  return node;
}

function firstOf(name) {
  return name.startsWith("网格员") ? name.slice(-1) : name.slice(0, 1);
}

function hue(id) {
  let sum = 7;
  for (const letter of id) sum = (sum * 31 + letter.codePointAt(0)) % 360;
  return sum;
}

export function clock(seconds) {
  return new Date(seconds * 1000).toLocaleTimeString("zh-CN", {
    hour: "2-digit", minute: "2-digit", hour12: false, timeZone: "Asia/Shanghai",
  });
}

// Only addresses a browser may follow; anything else becomes null.
export function safeUrl(url) {
  return typeof url === "string" && /^(https?:\/\/|\/)/i.test(url) ? url : null;
}

export async function call(act, body) {
  const response = await fetch(`/sandbox/api/${act}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error || "没有成功，请再试一次");
  return answer;
}

export function toast(text) {
  const node = document.getElementById("toast");
  node.textContent = text;
  node.hidden = false;
  clearTimeout(toast.timer);
  toast.timer = setTimeout(() => { node.hidden = true; }, 3200);
}
