// Where a servicer of customer service answers: who waits, who is spoken to, and what was said.

import { call, el } from "./dom.js";
import { attempt } from "./uploads.js";

const STATES = ["还没有接待", "机器人在接待", "在排队", "人工接待中", "已结束"];
const POOL = 2;
const BY_PERSON = 3;
const SHOWN = 12;
const PAUSE = 1500;

export class ServiceDesk {
  constructor(app, account) {
    this.app = app;
    this.account = account;
    this.me = app.me;
    this.chat = `desk/${account.open_kfid}`;
    this.key = "desk";
    this.title = "人工接待";
    this.talks = new Map();
    this.list = el("div", { class: "messages" });
    this.empty = el("p", { class: "empty", text: "还没有人来问" });
    this.list.append(this.empty);
    this.node = el("section", { class: "column", id: "column-desk", "data-testid": "column-desk", "aria-label": this.title },
      el("header", { class: "column-head" }, el("div", {},
        el("h2", { text: this.title }), el("p", { text: `${account.name} · ${app.nameOf(this.me)}` }))),
      this.list);
    this.watch();
  }

  // The platform tells the page nothing of a change of state, so it is asked, as long as the desk is open.
  async watch() {
    do {
      await this.refresh();
      await new Promise((wake) => { setTimeout(wake, PAUSE); });
    } while (this.node.isConnected);
  }

  async refresh() {
    const answer = await fetch(`/sandbox/api/services/${this.account.open_kfid}/sessions`).catch(() => null);
    for (const session of answer?.ok ? (await answer.json()).sessions : []) this.draw(session);
  }

  draw(session) {
    this.empty.remove();
    if (!this.talks.has(session.user)) this.add(session);
    const talk = this.talks.get(session.user);
    const state = session.service_state;
    const mine = state === BY_PERSON && session.servicer_userid === this.me;
    talk.state.textContent = `${STATES[state]}${session.servicer_userid ? ` · ${this.app.nameOf(session.servicer_userid)}` : ""}`;
    talk.pick.hidden = state !== POOL;
    talk.form.hidden = !mine;
    const chat = `${this.account.open_kfid}/${session.user}`;
    const said = [...this.app.messages.values()].filter((message) => message.chat === chat).slice(-SHOWN);
    talk.said.replaceChildren(...said.map((message) => el("li", { text: `${message.sender.name}：${message.text || "（图片、语音或文件）"}` })));
  }

  add(session) {
    const { user } = session;
    const input = el("textarea", { rows: 1, "aria-label": `回复${session.name}`, "data-testid": `answer-${user}` });
    const act = (what, words = "") => attempt(async () => {
      await call("customers", { account: this.account.open_kfid, user, do: what, words });
      await this.refresh();
    });
    const form = el("form", { class: "composer", hidden: true, onsubmit: async (event) => {
      event.preventDefault();
      if (input.value.trim() && await act("answer", input.value.trim())) input.value = "";
    } }, input, el("div", { class: "tools" },
      el("button", { type: "button", class: "toggle", text: "结束，交回机器人", "data-testid": `end-${user}`, onclick: () => act("end") }),
      el("span", { class: "spring" }), el("button", { type: "submit", class: "send", text: "发送", "data-testid": `reply-${user}` })));
    const talk = {
      state: el("p", { "data-testid": `state-${user}` }), said: el("ul", {}), form,
      pick: el("button", { type: "button", class: "send", text: "接过来", "data-testid": `pick-${user}`, onclick: () => act("pick", this.me) }),
    };
    this.talks.set(user, talk);
    this.list.append(el("article", { "data-testid": `talk-${user}`, "aria-label": session.name },
      el("h3", { text: session.name }), talk.state, talk.said, talk.pick, form));
  }

  dress() {}
  receive() {}
}
