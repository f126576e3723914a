// The page: who am I, the columns, the stories, and the live line to the sandbox.

import { avatar, call, el, toast } from "./dom.js";
import { Column } from "./column.js";
import { AccountDoor, AppDoor, Phone, ServiceDoor } from "./phone.js";
import { ServiceDesk } from "./service_desk.js";

const byId = (id) => document.getElementById(id);

class App {
  constructor() {
    this.members = new Map();
    this.groups = new Map();
    this.bots = new Map();
    this.messages = new Map();
    this.columns = new Map();
    this.phones = [];
    this.apps = [];
    this.services = [];
    this.spots = [];
    this.samples = [];
    this.mentionable = [];
    this.me = null;
    this.boot = null;
    this.revision = 0;
    this.wait = 500;
  }

  nameOf(userid) { return this.members.get(userid)?.name ?? this.ownerOf(userid)?.name ?? userid; }
  ownerOf(user) { return this.phones.find((door) => door.me === user)?.person; }

  connect() {
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const line = new WebSocket(`${scheme}//${location.host}/sandbox/api/events?after=${this.revision}`);
    line.onmessage = (event) => this.hear(JSON.parse(event.data));
    line.onclose = () => {
      this.showStatus(null);
      setTimeout(() => this.connect(), this.wait);
      this.wait = Math.min(this.wait * 2, 8000);
    };
  }

  hear(event) {
    if (event.type === "state") this.begin(event);
    else if (event.type === "online") this.showStatus(event.online);
    else this.take(event.message);
  }

  begin(state) {
    this.wait = 500;
    // Another run of the sandbox knows other messages: start afresh.
    if (this.boot && this.boot !== state.boot) location.reload();
    const first = this.boot === null;
    this.boot = state.boot;
    if (first) this.settle(state);
    for (const message of state.messages) this.take(message, { quiet: first });
    this.revision = Math.max(this.revision, state.revision);
    this.showStatus(state.online);
  }

  settle(state) {
    for (const member of state.members) this.members.set(member.userid, member);
    for (const group of state.groups) this.groups.set(group.chatid, group);
    for (const bot of state.bots) this.bots.set(bot.bot_id, bot);
    this.samples = state.samples;
    this.phones = [
      ...state.accounts.flatMap((account) => account.phones.map((owner) => new AccountDoor(account, owner))),
      ...state.services.flatMap((account) => account.phones.map((owner) => new ServiceDoor(account, owner))),
    ];
    this.apps = state.apps;
    this.services = state.services;
    this.spots = state.spots;
    this.mentionable = [...state.bots, ...state.members].map((one) => one.name).sort((a, b) => b.length - a.length);
    byId("district").textContent = `${state.name || "网格"}沙盘`;
    document.title = `${state.name || "网格"}沙盘`;
    const kept = localStorage.getItem("sandbox.me");
    this.me = this.members.has(kept) ? kept : state.members[0]?.userid ?? null;
    for (const chat of this.groups.keys()) this.open(chat);
    this.drawPeople();
    this.drawPhones();
    this.drawStories(state.stories);
    this.offerSingle();
    this.offerApp();
    this.offerDesk();
    this.offerWeather();
  }

  // What goes wrong on a real platform, at the press of a button.
  offerWeather() {
    const bot = this.bots.keys().next().value;
    const troubles = [
      ["断开机器人的连接", { drop: bot }],
      ["群消息悄悄收不到，直到重连", { zombie: bot }],
      ["后面 3 条推送报限频", { push_errors: [45009, 3] }],
      ["后面 3 次推送没有回音", { lost_acks: 3 }],
      ["后面 3 次群消息推送报 500", { webhook_status: [500, 3] }],
      ["照片链接全部过期", { expire_media: true }],
      ["恢复正常", { clear: true }],
    ];
    byId("weather").replaceChildren(...troubles.map(([label, fault]) => el("button", {
      type: "button", text: label, onclick: () => call("faults", fault).then(() => toast(`好，${label}`)),
    })));
  }

  open(chat) { return this.place(new Column(this, chat)); }

  place(column) {
    const { chat } = column;
    this.columns.set(chat, column);
    byId("columns").append(column.node);
    byId("tabs").append(el("button", {
      type: "button", text: column.title, "data-testid": `tab-${column.key}`, "data-chat": chat, onclick: () => this.show(chat),
    }));
    for (const message of this.messages.values()) if (message.chat === chat) column.receive(message, { quiet: true });
    return column;
  }

  close(chat) {
    this.columns.get(chat)?.node.remove();
    this.columns.delete(chat);
    document.querySelector(`#tabs [data-chat="${CSS.escape(chat)}"]`)?.remove();
  }

  show(chat) {
    const node = this.columns.get(chat)?.node;
    node?.scrollIntoView({ behavior: "smooth", inline: "center", block: "nearest" });
  }

  take(message, { quiet = false } = {}) {
    const known = this.messages.get(message.id);
    if (known && known.revision >= message.revision) return;
    this.messages.set(message.id, message);
    this.revision = Math.max(this.revision, message.revision);
    this.columns.get(message.chat)?.receive(message, { quiet });
    if (!quiet) this.notice(message);
  }

  // A dot on the tab of a chat that is out of sight.
  notice(message) {
    const tab = document.querySelector(`#tabs [data-chat="${CSS.escape(message.chat)}"]`);
    tab?.classList.add("fresh");
    setTimeout(() => tab?.classList.remove("fresh"), 6000);
    if (message.chat === this.singleChat()) byId("single-open").classList.add("fresh");
  }

  drawPeople() {
    byId("people").replaceChildren(...[...this.members.values()].map((member) => el("button", {
      type: "button", role: "radio", class: "person", "data-testid": `person-${member.userid}`,
      "aria-checked": String(member.userid === this.me), onclick: () => this.become(member.userid),
    }, avatar("user", member.userid, member.name), el("span", {},
      el("strong", { text: member.name }), el("small", { text: member.title })))));
  }

  // People who have ordinary WeChat and no account of the corp.
  drawPhones() {
    byId("phones-title").hidden = !this.phones.length;
    byId("phones").replaceChildren(...this.phones.map((door) => el("button", {
      type: "button", class: "person", "data-testid": `phone-${door.me}`, onclick: () => this.pickUp(door.me),
    }, avatar("user", door.me, door.owner), el("span", {},
      el("strong", { text: `${door.owner}的手机` }), el("small", { text: door.person.title })))));
  }

  pickUp(user) { return this.showFirst(this.phones.find((door) => door.me === user)); }

  showFirst(door) {
    const phone = this.columns.get(door.chat) ?? this.place(new Phone(this, door));
    byId("columns").prepend(phone.node);
    this.show(door.chat);
    return phone;
  }

  appDoor() {
    const [app] = this.apps;
    return app && this.me ? new AppDoor(app, this.me, this.nameOf(this.me)) : null;
  }

  offerApp() {
    const door = this.appDoor();
    byId("app-open").hidden = !door;
    byId("app-open").textContent = door ? `打开${door.app.name}` : "";
    byId("app-open").onclick = async () => {
      this.showFirst(door);
      await call("enter", { bot: door.app.app_id, user: door.me });
    };
  }

  become(userid) {
    if (userid === this.me) return;
    const desks = this.services.map((account) => `desk/${account.open_kfid}`);
    for (const chat of [this.singleChat(), this.appDoor()?.chat, ...desks]) if (this.columns.has(chat)) this.close(chat);
    this.me = userid;
    localStorage.setItem("sandbox.me", userid);
    this.drawPeople();
    for (const column of this.columns.values()) column.dress();
    this.offerSingle();
    this.offerApp();
    this.offerDesk();
  }

  // Where a servicer answers those whom the bot handed over.
  offerDesk() {
    const account = this.services.find((one) => one.servicers.includes(this.me));
    const button = byId("desk-open");
    button.hidden = !account;
    button.textContent = account ? `${account.name}：人工接待` : "";
    button.onclick = () => {
      const desk = new ServiceDesk(this, account);
      this.close(desk.chat);
      byId("columns").prepend(this.place(desk).node);
      this.show(desk.chat);
    };
  }

  singleChat() {
    const bot = this.bots.keys().next().value;
    return bot && this.me ? `${bot}/${this.me}` : null;
  }

  offerSingle() {
    const button = byId("single-open");
    const bot = this.bots.values().next().value;
    button.hidden = !bot || !this.me;
    button.textContent = bot ? `和${bot.name}单聊` : "";
    button.classList.remove("fresh");
    button.onclick = () => this.openSingle(bot.bot_id);
  }

  async openSingle(bot) {
    const chat = this.singleChat();
    if (!this.columns.has(chat)) byId("columns").prepend(this.open(chat).node);
    byId("single-open").classList.remove("fresh");
    this.show(chat);
    await call("enter", { bot, user: this.me });
  }

  drawStories(stories) {
    byId("intro").hidden = !stories.length || localStorage.getItem("sandbox.intro") === "closed";
    byId("intro-close").onclick = () => {
      byId("intro").hidden = true;
      localStorage.setItem("sandbox.intro", "closed");
    };
    byId("stories").replaceChildren(...stories.filter((story) => this.isPossible(story)).map((story, number) => el("article", { class: "story" },
      el("h3", { text: story.title }),
      el("ol", {}, ...story.steps.map((step, index) => el("li", {}, el("button", {
        type: "button", "data-testid": `story-${number + 1}-${index + 1}`, title: step.text ?? "",
        onclick: (event) => { this.walk(step); event.currentTarget.classList.add("done"); },
      }, el("b", { text: this.nameOf(step.user ?? step.phone) }), el("span", { text: step.do }))))))));
  }

  // Without the address of an account, nobody hears its telephones.
  isPossible(story) { return story.steps.every((step) => !step.phone || this.ownerOf(step.phone)); }

  walk(step) {
    if (step.phone) {
      this.pickUp(step.phone).follow(step);
      return;
    }
    this.become(step.user);
    this.show(step.chat);
    const column = this.columns.get(step.chat);
    if (step.text || step.photos) column?.composer.fill(step);
    else column?.toEnd();
  }

  showStatus(online) {
    const node = byId("status");
    node.classList.toggle("up", Boolean(online?.length));
    const names = [...this.bots.values()].map((bot) => (
      `${bot.name}${bot.mode === "callback" ? "走回调" : online?.includes(bot.bot_id) ? "在线" : "不在线"}`));
    node.textContent = online === null ? "与沙盘断开，正在重连…" : names.join("，");
  }

  enlarge(photo) {
    byId("lightbox-image").src = photo.url;
    byId("lightbox-image").alt = photo.name;
    byId("lightbox").showModal();
  }
}

byId("lightbox").addEventListener("click", (event) => event.currentTarget.close());
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.photo-menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});
new App().connect();
