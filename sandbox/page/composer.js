// Where somebody writes: text, photos, the mention, a quote.

import { call, el, toast } from "./dom.js";
import { brief } from "./bubbles.js";
import { attempt, takeDrops, uploadFile } from "./uploads.js";

export class Composer {
  constructor(room) {
    this.room = room;
    this.photos = [];
    this.quoted = null;
    this.mention = room.isGroup && room.botName !== null;
    this.voice = false;
    this.node = el("form", { class: "composer", "data-testid": `composer-${room.key}`, onsubmit: (event) => this.send(event) });
    this.build();
  }

  build() {
    const { key, title } = this.room;
    this.extras = el("div", { class: "extras" });
    this.input = el("textarea", {
      rows: 1, "data-testid": `input-${key}`, "aria-label": `在${title}里说`,
      onkeydown: (event) => this.key(event), oninput: () => this.grow(),
    });
    this.atButton = this.room.isGroup && this.room.botName
      ? el("button", { class: "toggle", type: "button", "data-testid": `at-${key}`, text: `@${this.room.botName}`, onclick: () => this.setMention(!this.mention) })
      : null;
    this.voiceButton = el("button", { class: "toggle", type: "button", "data-testid": `voice-${key}`, text: "语音", title: "当作一段语音发出（文字是平台转写的结果）", onclick: () => this.setVoice(!this.voice) });
    this.file = el("input", { type: "file", accept: "image/*,video/mp4", multiple: true, hidden: true, "data-testid": `file-${key}`, onchange: () => this.upload([...this.file.files]) });
    this.menu = this.photoMenu();
    this.sendButton = el("button", { class: "send", type: "submit", "data-testid": `send-${key}`, text: "发送" });
    this.node.append(this.extras, this.input, el("div", { class: "tools" },
      this.atButton, this.menu, this.voiceButton, el("span", { class: "spring" }), this.sendButton), this.file);
    this.setMention(this.mention);
    this.setVoice(false);
    takeDrops(this.node, (files) => this.upload(files));
  }

  photoMenu() {
    const key = this.room.key;
    const summary = el("summary", { class: "toggle", "data-testid": `photo-${key}`, text: "照片" });
    const sheet = el("div", { class: "sheet" }, ...this.room.samples.map((sample) => el("button", {
      type: "button", "data-testid": `sample-${sample.key}-${key}`,
      onclick: () => { this.addPhoto(`sample:${sample.key}`, `/sandbox/samples/${sample.key}`); menu.open = false; },
    }, el("img", { src: `/sandbox/samples/${sample.key}`, alt: "", loading: "lazy" }), el("span", { text: sample.title }))),
    el("button", { class: "own", type: "button", text: "从电脑或手机选…", onclick: () => { this.file.click(); menu.open = false; } }));
    const menu = el("details", { class: "photo-menu" }, summary, sheet);
    return menu;
  }

  setMention(on) {
    this.mention = on;
    this.atButton?.setAttribute("aria-pressed", String(on));
    const voiceless = this.room.isGroup && this.atButton && !on;
    const unheard = this.room.archived ? "没有 @，会话存档也读得到" : "没有 @，机器人看不到";
    this.input.placeholder = voiceless ? unheard : "说点什么…  Enter 发送";
  }

  setVoice(on) {
    this.voice = on;
    this.voiceButton.setAttribute("aria-pressed", String(on));
  }

  key(event) {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) this.send(event);
  }

  grow() {
    this.input.style.height = "auto";
    this.input.style.height = `${Math.min(this.input.scrollHeight, 120)}px`;
  }

  fill(step) {
    this.input.value = step.text ?? "";
    this.photos = (step.photos ?? []).map((key) => ({ source: `sample:${key}`, url: `/sandbox/samples/${key}` }));
    this.setMention(this.room.isGroup);
    this.setVoice(false);
    this.showExtras();
    this.grow();
    this.input.focus({ preventScroll: true });
  }

  quote(message) {
    this.quoted = message;
    this.showExtras();
    this.input.focus({ preventScroll: true });
  }

  addPhoto(source, url) {
    this.photos.push({ source, url });
    this.showExtras();
  }

  showExtras() {
    const nodes = this.photos.map((photo, index) => el("span", { class: "chosen" },
      el("img", { src: photo.url, alt: "要发的照片" }),
      el("button", { type: "button", "aria-label": "去掉这张照片", text: "×", onclick: () => { this.photos.splice(index, 1); this.showExtras(); } })));
    if (this.quoted) {
      nodes.unshift(el("span", { class: "quoting", "data-testid": `quoting-${this.room.key}` },
        el("span", { text: `引用 ${this.quoted.sender.name}：${brief(this.quoted)}` }),
        el("button", { type: "button", "aria-label": "不引用了", text: "×", onclick: () => { this.quoted = null; this.showExtras(); } })));
    }
    this.extras.replaceChildren(...nodes);
  }

  async upload(files) {
    for (const file of files) {
      await attempt(async () => {
        const made = await uploadFile(file);
        if (made.mime.startsWith("image/")) this.addPhoto(`file:${made.id}`, `/sandbox/files/${made.id}`);
        else await this.post({ [made.mime.startsWith("video/") ? "video" : "file"]: `file:${made.id}` });
      });
    }
    this.file.value = "";
  }

  async send(event) {
    event.preventDefault();
    const text = this.input.value.trim();
    if (!text && !this.photos.length) return;
    const said = this.voice
      ? { voice: text }
      : { text, photos: this.photos.map((photo) => photo.source), at_bot: this.mention };
    if (await this.post({ ...said, quote: this.quoted?.id ?? null })) this.clear();
  }

  clear() {
    this.input.value = "";
    this.photos = [];
    this.quoted = null;
    this.setVoice(false);
    this.showExtras();
    this.grow();
  }

  async post(said) {
    this.sendButton.disabled = true;
    try {
      await call("say", { chat: this.room.chat, user: this.room.me, ...said });
      return true;
    } catch (error) {
      toast(error.message);
      return false;
    } finally {
      this.sendButton.disabled = false;
    }
  }
}
