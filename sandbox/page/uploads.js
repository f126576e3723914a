// Files on their way to the sandbox: chosen, dropped, or just recorded.

import { toast } from "./dom.js";

export async function uploadFile(file, name = file.name) {
  const form = new FormData();
  form.append("file", file, name);
  const response = await fetch("/sandbox/api/files", { method: "POST", body: form });
  if (!response.ok) throw new Error("文件没有传上来，请再试一次");
  return response.json();
}

// Takes files that are dropped on the node; it shows that it would.
export function takeDrops(node, take) {
  const show = (on) => node.classList.toggle("dropping", on);
  node.addEventListener("dragover", (event) => {
    if (![...event.dataTransfer.types].includes("Files")) return;
    event.preventDefault();
    show(true);
  });
  node.addEventListener("dragleave", (event) => { if (!node.contains(event.relatedTarget)) show(false); });
  node.addEventListener("drop", (event) => {
    event.preventDefault();
    show(false);
    take([...event.dataTransfer.files]);
  });
}

// Records until it is stopped, a minute at most.
export class Recorder {
  async start() {
    if (!navigator.mediaDevices?.getUserMedia || !window.MediaRecorder) throw new Error("这个浏览器不能录音，请选录音文件");
    let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    } catch {
      throw new Error("没有麦克风，或没有允许使用，请选录音文件");
    }
    const pieces = [];
    this.recorder = new MediaRecorder(stream);
    this.recorder.ondataavailable = (event) => pieces.push(event.data);
    this.done = new Promise((resolve) => {
      this.recorder.onstop = () => {
        for (const track of stream.getTracks()) track.stop();
        resolve(new Blob(pieces, { type: this.recorder.mimeType }));
      };
    });
    this.recorder.start();
    this.limit = setTimeout(() => this.stop(), 60_000);
  }

  get running() { return this.recorder?.state === "recording"; }

  stop() {
    clearTimeout(this.limit);
    if (this.running) this.recorder.stop();
    return this.done;
  }
}

export async function attempt(act) {
  try {
    await act();
    return true;
  } catch (error) {
    toast(error.message);
    return false;
  }
}
