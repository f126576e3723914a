// The platform's markdown as safe HTML: everything is escaped first, then a few marks are put back.

import { safeUrl } from "./dom.js";

const ESCAPES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

export function escape(text) {
  return text.replace(/[&<>"']/g, (letter) => ESCAPES[letter]);
}

export function markdown(text) {
  const lines = escape(text).split("\n");
  const out = [];
  for (let at = 0; at < lines.length;) at = block(lines, at, out);
  return out.join("");
}

function block(lines, at, out) {
  const line = lines[at];
  if (line.startsWith("```")) return fence(lines, at, out);
  if (/^\s*\|.*\|\s*$/.test(line) && /^\s*\|[\s:|-]+\|\s*$/.test(lines[at + 1] ?? "")) return table(lines, at, out);
  if (/^&gt;/.test(line)) return gather(lines, at, /^&gt;\s?/, out, (rows) => `<blockquote>${rows.map(inline).join("<br>")}</blockquote>`);
  if (/^\s*[-*+]\s+/.test(line)) return gather(lines, at, /^\s*[-*+]\s+/, out, (rows) => `<ul>${items(rows)}</ul>`);
  if (/^\s*\d+\.\s+/.test(line)) return gather(lines, at, /^\s*\d+\.\s+/, out, (rows) => `<ol>${items(rows)}</ol>`);
  const heading = /^(#{1,6})\s+(.*)$/.exec(line);
  if (heading) out.push(`<p class="h h${heading[1].length}">${inline(heading[2])}</p>`);
  else if (/^\s*(-{3,}|\*{3,})\s*$/.test(line)) out.push("<hr>");
  else out.push(line.trim() ? `<p>${inline(line)}</p>` : '<p class="gap"></p>');
  return at + 1;
}

function items(rows) {
  return rows.map((row) => `<li>${inline(row)}</li>`).join("");
}

function gather(lines, at, mark, out, build) {
  const rows = [];
  while (at < lines.length && mark.test(lines[at])) rows.push(lines[at++].replace(mark, ""));
  out.push(build(rows));
  return at;
}

function fence(lines, at, out) {
  const rows = [];
  for (at += 1; at < lines.length && !lines[at].startsWith("```"); at += 1) rows.push(lines[at]);
  out.push(`<pre>${rows.join("\n")}</pre>`);
  return at + 1;
}

function table(lines, at, out) {
  const cells = (line, tag) => line.trim().slice(1, -1).split("|").map((cell) => `<${tag}>${inline(cell.trim())}</${tag}>`).join("");
  const head = `<tr>${cells(lines[at], "th")}</tr>`;
  const rows = [];
  for (at += 2; at < lines.length && /^\s*\|.*\|\s*$/.test(lines[at]); at += 1) rows.push(`<tr>${cells(lines[at], "td")}</tr>`);
  out.push(`<table><thead>${head}</thead><tbody>${rows.join("")}</tbody></table>`);
  return at;
}

function inline(text) {
  return text.split(/(`[^`]+`)/).map((part) => (
    part.length > 2 && part.startsWith("`") ? `<code>${part.slice(1, -1)}</code>` : marks(part)
  )).join("");
}

function marks(text) {
  return text
    .replace(/!?\[([^\]]*)\]\(([^)\s]+)\)/g, (whole, label, url) => link(label || url, url) ?? whole)
    .replace(/\*\*([^*]+)\*\*/g, "<strong>$1</strong>")
    .replace(/&lt;font color=(?:&quot;|&#39;)(info|comment|warning)(?:&quot;|&#39;)&gt;(.*?)&lt;\/font&gt;/g,
      '<span class="font-$1">$2</span>');
}

// `url` is escaped already, so it cannot leave its attribute.
function link(label, url) {
  return safeUrl(url) ? `<a href="${url}" target="_blank" rel="noopener noreferrer">${label}</a>` : null;
}
