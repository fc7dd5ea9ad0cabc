const FIRST_WAIT = 500;
const LONGEST_WAIT = 15_000;
const BEAT = 25_000;
const SILENCE = 10_000;

/**
 * A WebSocket that comes back.  It opens at once, again after every loss (later each time, at once when the
 * network returns or the reader looks), and gives up only when told to `close`.
 *
 * `hello()` is what to say first; `onframe(frame)` gets every answer; `onstate` gets "connecting", "online"
 * (the server has said hello) or "offline".
 */
export class Connection {
  #address;
  #hello;
  #onframe;
  #onstate;
  #socket = null;
  #losses = 0;
  #timer = 0;
  #beat = 0;
  #closed = new AbortController();

  constructor({ address, hello, onframe, onstate }) {
    this.#address = address;
    this.#hello = hello;
    this.#onframe = onframe;
    this.#onstate = onstate;
    const whileOpen = { signal: this.#closed.signal };
    addEventListener("online", () => this.retry(), whileOpen);
    addEventListener("offline", () => this.renew(), whileOpen);
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.retry(), whileOpen);
    this.#open();
  }

  /** Say something; false if nobody listens now. */
  send(frame) {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(frame));
    return true;
  }

  /** Do not wait for the next attempt: try now. */
  retry() {
    if (this.#socket || this.#closed.signal.aborted) return;
    clearTimeout(this.#timer);
    this.#open();
  }

  /** The line is dead although it looks alive: take another. */
  renew() {
    this.#lose(this.#socket);
  }

  close() {
    this.#closed.abort();
    clearTimeout(this.#timer);
    this.#lose(this.#socket);
  }

  #open() {
    const socket = new WebSocket(this.#address);
    this.#socket = socket;
    this.#onstate("connecting");
    socket.addEventListener("open", () => this.send(this.#hello()));
    socket.addEventListener("message", (message) => this.#take(socket, JSON.parse(message.data)));
    socket.addEventListener("close", () => this.#lose(socket));
  }

  #take(socket, frame) {
    if (socket !== this.#socket) return;
    this.#keepAwake();
    if (frame.t === "hello") {
      this.#losses = 0;
      this.#onstate("online");
    }
    this.#onframe(frame);
  }

  /** A line may die without a word (a tunnel, a sleeping laptop): ask now and then, and do not wait long. */
  #keepAwake() {
    clearTimeout(this.#beat);
    this.#beat = setTimeout(() => {
      if (!this.send({ t: "ping" })) return;
      this.#beat = setTimeout(() => this.renew(), SILENCE);
    }, BEAT);
  }

  #lose(socket) {
    if (!socket || socket !== this.#socket) return;
    this.#socket = null;
    clearTimeout(this.#beat);
    socket.close();
    this.#onstate("offline");
    if (this.#closed.signal.aborted) return;
    const wait = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** this.#losses);
    this.#losses += 1;
    // Many readers lose one server in the same moment; they shall not all come back in the same moment.
    this.#timer = setTimeout(() => this.#open(), wait * (0.5 + Math.random() / 2));
  }
}
