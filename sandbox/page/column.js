// A group or a single chat as one column.

import { avatar, call, el, toast } from "./dom.js";
import { bubble } from "./bubbles.js";
import { Composer } from "./composer.js";

export class Column {
  constructor(app, chat) {
    this.app = app;
    this.chat = chat;
    this.group = app.groups.get(chat) ?? null;
    this.isGroup = this.group !== null;
    this.bot = app.bots.get(this.isGroup ? this.group.bots[0] : chat.split("/")[0]) ?? null;
    this.botName = this.bot?.name ?? null;
    this.key = this.isGroup ? chat : "single";
    this.title = this.isGroup ? this.group.name : `和${this.botName}单聊`;
    this.samples = app.samples;
    this.messages = new Map();
    this.nodes = new Map();
    this.build();
  }

  get me() { return this.app.me; }
  get names() { return this.app.mentionable; }
  get archived() { return this.group?.archived ?? false; }
  get seated() { return !this.isGroup || this.group.members.includes(this.me); }

  build() {
    this.list = el("div", { class: "messages", role: "log", "aria-label": `${this.title}的消息`, tabindex: "0" });
    this.foot = el("footer", { class: "foot" });
    this.composer = new Composer(this);
    this.node = el("section", { class: "column", id: `column-${this.key}`, "data-testid": `column-${this.key}`, "aria-label": this.title },
      this.head(), this.list, this.foot);
    this.empty = el("p", { class: "empty", text: this.group?.about || "还没有消息" });
    this.list.append(this.empty);
    this.follow();
    this.dress();
  }

  // Whoever reads the newest message goes on reading it when the composer grows or the window shrinks.
  follow() {
    this.atEnd = true;
    this.list.addEventListener("scroll", () => {
      this.atEnd = this.list.scrollHeight - this.list.scrollTop - this.list.clientHeight < 120;
    }, { passive: true });
    new ResizeObserver(() => { if (this.atEnd) this.toEnd(); }).observe(this.list);
  }

  head() {
    const members = this.isGroup ? this.group.members : [this.chat.split("/")[1]];
    return el("header", { class: "column-head" },
      el("div", {},
        el("h2", { text: this.title }),
        el("p", { text: this.isGroup ? `${members.length} 人 · ${this.group.about}` : this.app.nameOf(members[0]) })),
      el("div", { class: "faces", "aria-hidden": "true" },
        ...members.slice(0, 4).map((userid) => avatar("user", userid, this.app.nameOf(userid)))));
  }

  // Called whenever "who am I" changes.
  dress() {
    this.node.classList.toggle("away", !this.seated);
    if (this.seated) {
      if (!this.composer.node.isConnected) this.foot.replaceChildren(this.composer.node);
    } else {
      this.foot.replaceChildren(this.invitation());
    }
    for (const message of this.messages.values()) this.draw(message);
  }

  invitation() {
    return el("div", { class: "invite" },
      el("span", { text: `${this.app.nameOf(this.me)}不在本群，换成` }),
      ...this.group.members.slice(0, 4).map((userid) => el("button", {
        type: "button", text: this.app.nameOf(userid), "data-testid": `become-${userid}-${this.key}`,
        onclick: () => this.app.become(userid),
      })));
  }

  receive(message, { quiet = false } = {}) {
    const near = this.atEnd || message.sender.id === this.me;
    const fresh = !this.messages.has(message.id);
    this.messages.set(message.id, message);
    this.empty.remove();
    const node = this.draw(message);
    if (!quiet) flash(node, fresh ? "arrived" : "changed");
    if (!quiet && fresh) flash(this.node, "news");
    if (near || quiet) this.toEnd();
  }

  draw(message) {
    const node = bubble(message, this);
    const old = this.nodes.get(message.id);
    if (old) old.replaceWith(node);
    else this.list.append(node);
    this.nodes.set(message.id, node);
    return node;
  }

  toEnd() {
    requestAnimationFrame(() => { this.list.scrollTop = this.list.scrollHeight; });
  }

  // What a bubble may ask of its room.
  find(id) { return this.messages.get(id) ?? this.app.messages.get(id) ?? null; }
  nameOf(userid) { return this.app.nameOf(userid); }
  enlarge(photo) { this.app.enlarge(photo); }

  quote(message) {
    if (!this.seated) toast("先换成群里的人，再引用");
    else this.composer.quote(message);
  }

  async press(message, key, selected) {
    await this.attempt("click", { message: message.id, user: this.me, key, selected });
  }

  async rate(message, type) {
    if (await this.attempt("rate", { message: message.id, user: this.me, type })) toast("谢谢评价");
  }

  async attempt(act, body) {
    try {
      await call(act, body);
      return true;
    } catch (error) {
      toast(error.message);
      return false;
    }
  }
}

function flash(node, name) {
  node.classList.remove(name);
  void node.offsetWidth;
  node.classList.add(name);
  setTimeout(() => node.classList.remove(name), 2400);
}
