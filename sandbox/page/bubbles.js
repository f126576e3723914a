// One message as a chat bubble.

import { avatar, clock, el, safeUrl } from "./dom.js";
import { cardView } from "./cards.js";
import { escape, markdown } from "./markdown.js";

export function bubble(message, room) {
  const mine = message.sender.kind === "user" && message.sender.id === room.me;
  const rung = message.mentions.includes("@all") || message.mentions.includes(room.me);
  const node = el("article", {
    class: ["message", `from-${message.sender.kind}`, mine && "mine", rung && "rung"].filter(Boolean).join(" "),
    "data-testid": `message-${message.id}`,
    "data-seq": message.seq,
    "aria-label": `${message.sender.name} ${clock(message.at)}`,
  });
  const said = el("div", { class: "said" }, head(message, room), body(message, room), rate(message, room));
  node.append(avatar(message.sender.kind, message.sender.id, message.sender.name), said);
  return node;
}

function head(message, room) {
  const tag = { bot: "机器人", webhook: "消息推送" }[message.sender.kind];
  return el("header", { class: "said-head" },
    el("span", { class: "name", text: message.sender.name }),
    tag ? el("span", { class: "tag", text: tag }) : null,
    el("time", { text: clock(message.at) }),
    el("button", {
      class: "quote-this", type: "button", text: "引用", hidden: !room.quote,
      "aria-label": `引用${message.sender.name}的消息`, onclick: () => room.quote(message),
    }));
}

function body(message, room) {
  const card = message.cards_for[room.me] ?? message.card;
  const parts = [
    quoteOf(message, room), text(message, room), photos(message, room), attachment(message),
    ...message.articles.map(article), card ? cardOf(card, message, room) : null,
    pressed(message, room),
  ].filter(Boolean);
  return el("div", {
    class: card?.card_type ? "bubble bubble-card" : "bubble",
    onclick: (event) => {
      const busy = event.target.closest("a, button, select, input, label, img");
      if (!busy && !String(getSelection())) room.quote?.(message);
    },
  }, ...parts);
}

function cardOf(card, message, room) {
  if (card.choices) return choices(card.choices, room);
  if (card.data) return template(card.data);
  return cardView(card, (key, chosen) => room.press(message, key, chosen));
}

// What an official account offers below its words: a tap says the line.
function choices(lines, room) {
  return el("ul", { class: "choices" }, ...lines.map((line) => el("li", {}, el("button", {
    type: "button", text: line.content, onclick: () => room.choose?.(line.content),
  }))));
}

function template(data) {
  return el("dl", { class: "template" }, ...Object.values(data).map((part) => el("dd", { text: part.value })));
}

export function brief(message) {
  if (message.card) return message.card.main_title?.title ?? "卡片";
  if (message.msgtype === "location") return `位置：${message.text}`;
  if (message.msgtype === "voice") return `语音：${message.text}`;
  if (message.other) return `［${message.msgtype}］`;
  if (message.text) return message.text;
  if (message.photos.length) return "图片";
  return message.attachment?.name ?? "消息";
}

function quoteOf(message, room) {
  const quoted = message.quote ? room.find(message.quote) : null;
  if (!quoted) return null;
  return el("div", { class: "quoted" },
    el("span", { text: `${quoted.sender.name}：${brief(quoted)}` }),
    ...quoted.photos.slice(0, 1).map((photo) => el("img", { src: photo.url, alt: "" })));
}

const RICH = new Set(["markdown", "markdown_v2", "stream"]);

function text(message, room) {
  if (message.msgtype === "voice") {
    return el("p", { class: "voice" },
      el("span", { class: "wave", "aria-hidden": "true" }), el("span", { text: message.text || "语音" }));
  }
  if (message.msgtype === "location") return el("p", { class: "place" }, el("span", { text: `📍 ${message.text || message.other?.location?.label || "位置"}` }));
  if (message.other) return el("p", { class: "text", text: `［${message.msgtype}］` });
  if (!message.text && !message.open_stream) return null;
  const node = el("div", { class: "text" });
  node.innerHTML = RICH.has(message.msgtype)
    ? markdown(message.text)
    : `<p>${escape(message.text).replaceAll("\n", "<br>")}</p>`;
  markNames(node, room.names);
  if (message.mentions.length) node.append(rings(message, room));
  if (message.open_stream) node.append(el("span", { class: "typing", "aria-label": "正在输入" }));
  return node;
}

// Highlights @names and keeps 〔case numbers〕 on one line. It works inside text nodes only, so that no
// mark-up is ever built from what people wrote.
function markNames(node, names) {
  const literal = names.map((name) => name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  const pattern = new RegExp(`@(?:${literal.join("|") || "$^"})|〔[^〔〕]{1,30}〕`, "g");
  const walker = document.createTreeWalker(node, NodeFilter.SHOW_TEXT);
  const found = [];
  while (walker.nextNode()) if (walker.currentNode.data.search(pattern) >= 0) found.push(walker.currentNode);
  for (const part of found) {
    const pieces = [];
    let from = 0;
    for (const hit of part.data.matchAll(pattern)) {
      pieces.push(part.data.slice(from, hit.index), el("span", { class: hit[0].startsWith("@") ? "mention" : "marker", text: hit[0] }));
      from = hit.index + hit[0].length;
    }
    part.replaceWith(...pieces, part.data.slice(from));
  }
}

function rings(message, room) {
  return el("p", { class: "rings" }, ...message.mentions.map((userid) => el("span", {
    class: userid === room.me || userid === "@all" ? "mention mention-me" : "mention",
    text: userid === "@all" ? "@所有人" : `@${room.nameOf(userid)}`,
  })));
}

function photos(message, room) {
  if (!message.photos.length) return null;
  return el("div", { class: `photos photos-${Math.min(message.photos.length, 3)}` }, ...message.photos.map((photo) => (
    el("button", { class: "photo", type: "button", "aria-label": `放大${photo.name}`, onclick: () => room.enlarge(photo) },
      el("img", { src: photo.url, alt: photo.name, loading: "lazy" })))));
}

function attachment(message) {
  const file = message.attachment;
  // No browser plays what a platform keeps of a voice.
  if (!file || file.mime === "audio/amr") return null;
  const title = message.caption.title ?? file.name;
  if (file.mime.startsWith("video/")) {
    return el("figure", { class: "video" }, el("video", { src: file.url, controls: true, preload: "metadata" }),
      el("figcaption", { text: [title, message.caption.description].filter(Boolean).join(" · ") }));
  }
  return el("a", { class: "file", href: file.url, download: file.name, text: file.name });
}

function article(row) {
  const url = safeUrl(row.url);
  const picture = safeUrl(row.picurl);
  return el("a", { class: "article", href: url, target: "_blank", rel: "noopener noreferrer" },
    el("span", {}, el("strong", { text: row.title }), el("span", { text: row.description ?? "" })),
    picture ? el("img", { src: picture, alt: "" }) : null);
}

function pressed(message, room) {
  const last = message.clicks.at(-1);
  if (!last) return null;
  return el("p", { class: "pressed", text: `${room.nameOf(last.user)} ${clock(last.at)} 点过` });
}

function rate(message, room) {
  if (!message.feedback_id) return null;
  const button = (type, label) => el("button", { type: "button", text: label, onclick: () => room.rate(message, type) });
  return el("div", { class: "rate" }, button(1, "有用"), button(2, "没用"));
}
