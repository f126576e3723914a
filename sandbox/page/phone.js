// A telephone with one conversation: with an official account, customer service, or an app of the corp.

import { avatar, call, el } from "./dom.js";
import { bubble } from "./bubbles.js";
import { PlacePicker } from "./places.js";
import { attempt, Recorder, takeDrops, uploadFile } from "./uploads.js";

// How somebody with ordinary WeChat speaks with an official account.
export class AccountDoor {
  constructor(account, owner) {
    this.account = account;
    this.me = owner.user;
    this.person = owner;
    this.owner = owner.name;
    this.key = owner.user;
    this.chat = `${account.app_id}/${owner.user}`;
    this.title = `${owner.name}的微信`;
    this.about = `公众号 ${account.name} · ${owner.title}`;
    this.posters = account.posters;
    this.menu = account.menu;
    this.hearsWords = true;
    this.closed = "还没有关注。先扫一张贴在楼道里的网格码。";
  }

  act(what, more) { return call("followers", { account: this.account.app_id, user: this.me, do: what, ...more }); }
}

// How somebody with ordinary WeChat speaks with customer service: the grid's link opens the conversation.
export class ServiceDoor {
  constructor(account, owner) {
    this.account = account;
    this.me = owner.user;
    this.person = owner;
    this.owner = owner.name;
    this.key = owner.user;
    this.chat = `${account.open_kfid}/${owner.user}`;
    this.title = `${owner.name}的微信`;
    this.about = `微信客服 ${account.name} · ${owner.title}`;
    this.posters = account.posters;
    this.menu = [];
    this.hearsWords = false;
    this.closed = "还没有打开会话。先扫一张贴在楼道里的网格码。";
  }

  act(what, { location = null, ...more } = {}) {
    const place = location && { location: { latitude: location.lat, longitude: location.lon, name: location.label, address: location.label } };
    const done = what === "scan" ? "enter" : what;
    return call("customers", { account: this.account.open_kfid, user: this.me, do: done, ...more, ...place });
  }
}

// How a member of the corp speaks with an app of it.
export class AppDoor {
  constructor(app, userid, name) {
    this.app = app;
    this.me = userid;
    this.owner = name;
    this.key = "app";
    this.chat = `${app.app_id}/${userid}`;
    this.title = `${name}的企业微信`;
    this.about = `应用 ${app.name}`;
    this.posters = [];
    this.menu = [];
    this.hearsWords = false;
    this.closed = null;
  }

  act(what, { words = "", file = "", location = null } = {}) {
    const place = location && { latitude: location.lat, longitude: location.lon, label: location.label };
    const said = {
      say: { text: words }, photo: { photos: [file] }, voice: { voice: file }, video: { video: file },
      location: { other: { msgtype: "location", location: place } },
    }[what];
    return call("say", { chat: this.chat, user: this.me, ...said });
  }
}

export class Phone {
  constructor(app, door) {
    this.app = app;
    this.door = door;
    this.chat = door.chat;
    this.key = door.key;
    this.title = door.title;
    this.messages = new Map();
    this.nodes = new Map();
    this.recorder = new Recorder();
    this.build();
  }

  get me() { return this.door.me; }
  get names() { return []; }
  get follows() { return !this.door.closed || this.scanned || this.messages.size > 0; }

  build() {
    this.list = el("div", { class: "messages", role: "log", "aria-label": `${this.title}的消息`, tabindex: "0" });
    this.empty = el("p", { class: "empty", text: this.door.closed ?? "还没有消息" });
    this.list.append(this.empty);
    this.node = el("section", { class: "column phone", id: `column-${this.key}`, "data-testid": `column-${this.key}`, "aria-label": this.title },
      el("header", { class: "column-head" },
        el("div", {}, el("h2", { text: this.title }), el("p", { text: this.door.about })),
        el("div", { class: "faces", "aria-hidden": "true" }, avatar("user", this.me, this.door.owner))),
      this.posters(), this.list, this.foot());
    takeDrops(this.node, (files) => this.sendFiles(files));
    this.dress();
  }

  posters() {
    return el("div", { class: "posters", hidden: !this.door.posters.length }, ...this.door.posters.map((poster) => el("button", {
      type: "button", text: `扫码：${poster.title}`, "data-testid": `scan-${poster.scene}-${this.key}`,
      onclick: () => this.scan(poster.scene),
    })));
  }

  foot() {
    const key = this.key;
    this.input = el("textarea", { rows: 1, "data-testid": `input-${key}`, "aria-label": `${this.door.owner}说`, placeholder: "说点什么…  Enter 发送", onkeydown: (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) this.say(event);
    } });
    this.file = el("input", { type: "file", accept: "image/*,video/*,audio/*", multiple: true, hidden: true, "data-testid": `file-${key}`, onchange: async () => {
      await this.sendFiles([...this.file.files]);
      this.file.value = "";
    } });
    this.places = new PlacePicker(this.app.spots, { key, send: async (place) => {
      if (await this.act("location", { location: place })) this.places.node.hidden = true;
    } });
    this.voice = this.voicePanel();
    this.tools = el("form", { class: "composer", onsubmit: (event) => this.say(event) }, this.input,
      el("div", { class: "tools" }, this.photoMenu(), this.toggle("语音", this.voice, `voice-${key}`), this.toggle("位置", this.places.node, `place-${key}`),
        el("span", { class: "spring" }), el("button", { class: "send", type: "submit", "data-testid": `send-${key}`, text: "发送" })), this.file);
    this.menu = el("nav", { class: "account-menu", "aria-label": "公众号菜单", hidden: !this.door.menu.length }, ...this.door.menu.map((name) => el("button", {
      type: "button", text: name, "data-testid": `menu-${name}-${key}`, onclick: () => this.act("menu", { words: name }),
    })));
    return el("footer", { class: "foot" }, this.voice, this.places.node, this.tools, this.menu);
  }

  toggle(text, panel, testid) {
    return el("button", { class: "toggle", type: "button", text, "data-testid": testid, onclick: () => {
      for (const other of [this.voice, this.places.node]) if (other !== panel) other.hidden = true;
      panel.hidden = !panel.hidden;
    } });
  }

  photoMenu() {
    const menu = el("details", { class: "photo-menu" }, el("summary", { class: "toggle", "data-testid": `photo-${this.key}`, text: "照片/视频" }),
      el("div", { class: "sheet" }, ...this.app.samples.map((sample) => el("button", {
        type: "button", "data-testid": `sample-${sample.key}-${this.key}`, onclick: () => { menu.open = false; this.act("photo", { file: `sample:${sample.key}` }); },
      }, el("img", { src: `/sandbox/samples/${sample.key}`, alt: "", loading: "lazy" }), el("span", { text: sample.title }))),
      el("button", { class: "own", type: "button", text: "选照片、视频或录音，也可以拖进来…", onclick: () => { menu.open = false; this.file.click(); } })));
    return menu;
  }

  voicePanel() {
    this.heard = el("input", { type: "text", hidden: !this.door.hearsWords, placeholder: "微信听出的文字；不写就是没听出来", "aria-label": "微信听出的文字", "data-testid": `heard-${this.key}` });
    this.recordButton = el("button", { type: "button", class: "record", text: "开始录音", "data-testid": `record-${this.key}`, onclick: () => this.record() });
    return el("div", { class: "voice-panel", hidden: true, "data-testid": `voices-${this.key}` }, this.heard,
      el("div", { class: "tools" }, this.recordButton,
        el("button", { type: "button", class: "toggle", text: "选录音文件", onclick: () => this.file.click() }),
        el("span", { class: "spring" }),
        el("button", { type: "button", class: "send", hidden: !this.door.hearsWords, text: "不录，直接发", "data-testid": `send-voice-${this.key}`, onclick: () => this.sendVoice("") })));
  }

  async record() {
    await attempt(async () => {
      if (!this.recorder.running) {
        await this.recorder.start();
        this.recordButton.textContent = "停下，发送";
        this.recordButton.classList.add("on");
        return;
      }
      this.recordButton.textContent = "开始录音";
      this.recordButton.classList.remove("on");
      const made = await uploadFile(await this.recorder.stop(), "录音.webm");
      await this.sendVoice(`file:${made.id}`);
    });
  }

  async sendVoice(file) {
    if (await this.act("voice", { file, words: this.heard.value.trim() })) {
      this.heard.value = "";
      this.voice.hidden = true;
    }
  }

  async sendFiles(files) {
    for (const file of files) {
      await attempt(async () => {
        const made = await uploadFile(file);
        const kind = { image: "photo", video: "video", audio: "voice" }[made.mime.split("/")[0]];
        if (!kind) throw new Error("这里只收照片、视频和语音");
        if (kind === "voice") await this.sendVoice(`file:${made.id}`);
        else await this.act(kind, { file: `file:${made.id}` });
      });
    }
  }

  async scan(scene) {
    if (!await this.act("scan", { scene })) return;
    this.scanned = true;
    this.dress();
  }

  async say(event) {
    event.preventDefault();
    const words = this.input.value.trim();
    if (words && await this.act("say", { words })) this.input.value = "";
  }

  act(what, more) {
    return attempt(() => this.door.act(what, more));
  }

  // A step of a walk: scanning is done at once, all else is put in place for the person to send.
  follow(step) {
    if (step.scan) this.scan(step.scan);
    if (step.photo) this.act("photo", { file: `sample:${step.photo}` });
    if (step.voice) {
      this.places.node.hidden = true;
      this.voice.hidden = false;
      this.heard.value = step.voice;
    }
    if (step.spot) {
      this.voice.hidden = true;
      this.places.node.hidden = false;
      this.places.chooseByName(step.spot);
    }
  }

  dress() {
    this.node.classList.toggle("stranger", !this.follows);
    for (const part of [this.tools, this.menu]) part.inert = !this.follows;
  }

  receive(message, { quiet = false } = {}) {
    this.messages.set(message.id, message);
    this.empty.remove();
    const node = bubble(message, this);
    const old = this.nodes.get(message.id);
    if (old) old.replaceWith(node);
    else this.list.append(node);
    this.nodes.set(message.id, node);
    if (!quiet) node.classList.add("arrived");
    this.dress();
    this.toEnd();
  }

  toEnd() { requestAnimationFrame(() => { this.list.scrollTop = this.list.scrollHeight; }); }
  find(id) { return this.messages.get(id) ?? null; }
  nameOf(id) { return this.app.nameOf(id); }
  enlarge(photo) { this.app.enlarge(photo); }
  choose(words) { this.act("press", { words }); }
  press(message, key, selected) { return attempt(() => call("click", { message: message.id, user: this.me, key, selected })); }
}
