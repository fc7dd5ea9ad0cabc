// The public emulator of the Telegram Bot API, and round it what the real one does and it does not:
// the secret header on webhook calls, media, and a way to see and to spoil what a bot asks.
// Prints its port; ends when its standard input does.

const http = require("node:http");
const axios = require("axios");
const express = require("express");
const TelegramServer = require("telegram-test-api");

const emulator = new TelegramServer({ host: "127.0.0.1" });
const calls = [];
const spoiled = [];
const app = express();

emulator.setMaxListeners(0);

axios.interceptors.request.use((request) => {
  const hook = Object.values(emulator.webhooks).find(({ url }) => url === request.url);
  if (hook?.secret_token) request.headers["X-Telegram-Bot-Api-Secret-Token"] = hook.secret_token;
  return request;
});

// A bot that refuses a webhook call must not end the emulator: the real one would call again later.
process.on("unhandledRejection", (reason) => console.error(String(reason)));

// Answers once `found` finds `count` things.
async function answerWhen(count, event, found, response) {
  while (found().length < count && !response.destroyed) {
    await new Promise((resolve) => emulator.once(event, resolve));
  }
  response.json(found());
}

app.use(express.json());
app.use(express.urlencoded({ extended: true }));

app.post("/test/messages", ({ body: { token, chat, count } }, response) => {
  const own = ({ botToken, message }) => botToken === token && String(message.chat_id) === String(chat);
  return answerWhen(count, "AddedBotMessage", () => emulator.storage.botMessages.filter(own), response);
});

app.post("/test/calls", ({ body: { token, method, count } }, response) => {
  const own = (call) => call.token === token && call.method === method;
  return answerWhen(count, "Called", () => calls.filter(own), response);
});

app.post("/test/spoil", ({ body }, response) => {
  spoiled.push(body);
  response.json(true);
});

app.all("/bot:token/:method", ({ params: { token, method }, body }, response, next) => {
  calls.push({ token, method, body });
  emulator.emit("Called");
  const index = spoiled.findIndex((one) => one.token === token && one.method === method);
  if (index < 0) return next();
  const [{ status, answer }] = spoiled.splice(index, 1);
  return response.status(status).json(answer);
});

app.post(/^\/bot([^/]+)\/send(?:Photo|Video|Audio|Document)$/, ({ params, body }, response) => {
  response.json({ ok: true, result: emulator.addBotMessage(body, params[0]) });
});

app.use(emulator.webServer);

const server = http.createServer(app);
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
process.stdin.on("end", () => process.exit()).resume();
