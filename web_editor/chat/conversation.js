import { Connection } from "./connection.js";
import { Outbox } from "./outbox.js";

const DOTS_AFTER = 350;
const DOTS_AT_MOST = 10_000;

/**
 * One visitor's conversation: what is said goes through the outbox and the connection, what comes is shown in the log.
 * `onbye(reason)`: the server wants no more of us; `onnews(message)`: a message that was not here before.
 */
export class Conversation {
  #log;
  #outbox;
  #connection;
  #parameter;
  #load = crypto.randomUUID?.() ?? String(Math.random());
  #dots = 0;
  #onbye;
  #onnews;
  #welcome = false;
  #past = Infinity;

  constructor({ door, token, parameter, source, shelf, log, onstate, onbye, onnews }) {
    this.#log = log;
    this.#parameter = parameter;
    this.#onbye = onbye;
    this.#onnews = onnews;
    this.#outbox = new Outbox({
      shelf,
      deliver: (frame) => this.#welcome && this.#connection.send(frame),
      onsettled: (frame, reason) => log.settle(frame, reason),
      onstuck: () => this.#connection.renew(),
    });
    for (const frame of this.#outbox.waiting) log.promise(frame);
    this.#connection = new Connection({
      address: `${door.replace(/^http/, "ws")}/ws/`,
      hello: () => ({ t: "hello", token, seq: log.seq, parameter: this.#parameter, load: this.#load, source }),
      onframe: (frame) => this.#take(frame),
      onstate: (state) => {
        if (state !== "online") this.#welcome = false;
        this.#outbox.ground();
        onstate(state);
      },
    });
  }

  say(text) {
    this.#send({ t: "say", text });
  }

  /** `on`: the message under which the button stands; what the bot says may take its place. */
  press(button, on) {
    this.#send({ t: "press", code: button.code, label: button.label, on });
  }

  /** The phone number that the bot asked for. */
  sharePhone(phone) {
    this.#send({ t: "contact", phone });
  }

  sharePlace({ latitude, longitude }) {
    this.#send({ t: "place", latitude, longitude });
  }

  startOver() {
    this.#send({ t: "start", parameter: "" });
  }

  retry() {
    this.#connection.retry();
  }

  close() {
    this.#connection.close();
  }

  #send(frame) {
    this.#log.promise(this.#outbox.add(frame));
    clearTimeout(this.#dots);
    this.#dots = setTimeout(() => this.#showDots(), DOTS_AFTER);
  }

  #take(frame) {
    const taken = {
      hello: () => this.#welcomed(frame.seq),
      // Whatever is not the visitor's own is the bot's, and need not say so.
      message: () => this.#show({ from: "bot", ...frame }),
      ack: () => this.#outbox.answer(frame.id),
      error: () => this.#outbox.answer(frame.id, frame.reason),
      typing: () => this.#showDots(),
      bye: () => this.#onbye(frame.reason),
    };
    taken[frame.t]?.();
  }

  #welcomed(seq) {
    // The server has acted on the parameter; a later reconnect must not act on it again.
    this.#parameter = null;
    this.#welcome = true;
    this.#past = Math.min(this.#past, seq);
    this.#afterPast();
    this.#outbox.flush();
  }

  #afterPast() {
    if (this.#log.seq >= this.#past) this.#log.speakUp();
  }

  #show(message) {
    const shown = this.#log.show(message);
    this.#afterPast();
    if (!shown) return;
    if (message.from === "bot") clearTimeout(this.#dots);
    this.#onnews(message);
  }

  #showDots() {
    clearTimeout(this.#dots);
    if (!this.#welcome) return;
    this.#log.dots(true);
    this.#dots = setTimeout(() => this.#log.dots(false), DOTS_AT_MOST);
  }
}
