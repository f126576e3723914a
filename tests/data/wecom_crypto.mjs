// Makes wecom_crypto.json: what Tencent's own npm package @wecom/crypto makes of messages.
//
//   cd "$(mktemp -d)" && npm install @wecom/crypto@1.0.1 && node …/wecom_crypto.mjs > …/wecom_crypto.json
//
// The package is looked for where this is run, and is no part of the repository.

import { createRequire } from "node:module";

const { encrypt, decrypt, getSignature } = createRequire(`${process.cwd()}/`)("@wecom/crypto");

const KEYS = ["AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"];
const IDS = ["", "wwCORP1", "wx5823bf96d3bd56c7"];
const MESSAGES = [
  "",
  ...Array.from({ length: 34 }, (_, more) => "x".repeat(more + 1)),
  "静海路有个大坑，孩子差点摔了😱𠮷",
  "<xml><Content><![CDATA[路灯不亮\r\n第二行]]></Content></xml>",
  '{"msgtype":"text","text":{"content":"@网格助手 停水了"}}',
  "长".repeat(700),
];

const vectors = MESSAGES.map((message, at) => {
  const key = KEYS[at % KEYS.length];
  const id = IDS[at % IDS.length];
  const random = Buffer.from(String(1_000_000_000_000_000 + at));
  const sealed = encrypt(key, message, id, random);
  const opened = decrypt(key, sealed);
  if (opened.message !== message || opened.id !== id) throw new Error(`message ${at} does not come back`);
  const [token, timestamp, nonce] = [`token${at}`, String(1_767_225_600 + at), `nonce${at}`];
  const signature = getSignature(token, timestamp, nonce, sealed);
  return { key, id, message, random: random.toString(), sealed, token, timestamp, nonce, signature };
});
process.stdout.write(`${JSON.stringify(vectors, null, 1)}\n`);
