// Template cards: title, rows, selects, buttons. A press collects the selections of its card.

import { el, safeUrl } from "./dom.js";

export function cardView(card, press) {
  const node = el("div", { class: "card", "data-card": card.card_type });
  node.append(...[
    source(card), title(card), emphasis(card), picture(card), sub(card), quoted(card),
    rows(card), verticals(card), ...questions(card), jumps(card), buttons(card, node, press),
  ].filter(Boolean));
  return node;
}

export function selection(node) {
  const chosen = {};
  for (const select of node.querySelectorAll("select[data-question]")) {
    chosen[select.dataset.question] = [select.value];
  }
  for (const box of node.querySelectorAll("fieldset[data-question]")) {
    chosen[box.dataset.question] = [...box.querySelectorAll("input:checked")].map((input) => input.value);
  }
  return chosen;
}

function source(card) {
  return card.source?.desc ? el("p", { class: "card-source", text: card.source.desc }) : null;
}

function title(card) {
  const main = card.main_title;
  if (!main?.title && !main?.desc) return null;
  const url = safeUrl(card.card_action?.url);
  const heading = url && card.card_action.type === 1
    ? el("a", { href: url, target: "_blank", rel: "noopener noreferrer", text: main.title ?? "" })
    : document.createTextNode(main.title ?? "");
  return el("div", { class: "card-head" },
    el("p", { class: "card-title" }, heading),
    main.desc ? el("p", { class: "card-desc", text: main.desc }) : null);
}

function emphasis(card) {
  const part = card.emphasis_content;
  return part?.title ? el("div", { class: "card-emphasis" },
    el("strong", { text: part.title }), el("span", { text: part.desc ?? "" })) : null;
}

function picture(card) {
  const url = safeUrl(card.card_image?.url);
  return url ? el("img", { class: "card-image", src: url, alt: card.main_title?.title ?? "配图", loading: "lazy" }) : null;
}

function sub(card) {
  return card.sub_title_text ? el("p", { class: "card-sub", text: card.sub_title_text }) : null;
}

function quoted(card) {
  const area = card.quote_area;
  return area?.quote_text || area?.title ? el("blockquote", { class: "card-quote" },
    area.title ? el("strong", { text: area.title }) : null, el("span", { text: area.quote_text ?? "" })) : null;
}

function rows(card) {
  if (!card.horizontal_content_list?.length) return null;
  const list = el("dl", { class: "card-rows" });
  for (const row of card.horizontal_content_list) {
    const url = row.type === 1 ? safeUrl(row.url) : null;
    const value = url
      ? el("a", { href: url, target: "_blank", rel: "noopener noreferrer", text: row.value ?? "查看" })
      : el("span", { class: row.type === 3 ? "mention" : null, text: row.value ?? "" });
    list.append(el("dt", { text: row.keyname }), el("dd", {}, value));
  }
  return list;
}

function verticals(card) {
  if (!card.vertical_content_list?.length) return null;
  return el("div", { class: "card-verticals" }, ...card.vertical_content_list.map((row) => (
    el("p", {}, el("strong", { text: row.title ?? "" }), el("span", { text: row.desc ?? "" })))));
}

function questions(card) {
  const selects = [card.button_selection, ...(card.select_list ?? [])].filter(Boolean).map((question) => (
    el("label", { class: "card-select" },
      el("span", { text: question.title ?? "请选择" }),
      el("select", { "data-question": question.question_key, disabled: question.disable },
        ...question.option_list.map((option) => el("option", {
          value: option.id, selected: option.id === question.selected_id, text: option.text,
        }))))));
  return card.checkbox ? [...selects, choices(card.checkbox)] : selects;
}

function choices(box) {
  const many = box.mode === 1;
  const name = `q-${Math.random().toString(36).slice(2)}`;
  return el("fieldset", { class: "card-choices", "data-question": box.question_key, disabled: box.disable },
    ...box.option_list.map((option) => el("label", {},
      el("input", { type: many ? "checkbox" : "radio", name, value: option.id, checked: option.is_checked }),
      el("span", { text: option.text }))));
}

function jumps(card) {
  const links = (card.jump_list ?? []).map((jump) => [jump, safeUrl(jump.url)]).filter(([, url]) => url);
  return links.length ? el("div", { class: "card-jumps" }, ...links.map(([jump, url]) => (
    el("a", { href: url, target: "_blank", rel: "noopener noreferrer", text: jump.title })))) : null;
}

function buttons(card, node, press) {
  const all = [...(card.button_list ?? []), ...(card.submit_button ? [card.submit_button] : []),
    ...(card.action_menu?.action_list ?? []).map((action) => ({ ...action, style: 4 }))];
  if (!all.length) return null;
  return el("div", { class: "card-buttons" }, ...all.map((button) => el("button", {
    type: "button",
    class: `style-${button.style ?? 1}`,
    "data-testid": `button-${button.key}`,
    text: button.text,
    onclick: () => press(button.key, selection(node)),
  })));
}
