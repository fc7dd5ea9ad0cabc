const NO_ACK = 12_000;
const RETRY = { unavailable: 3000, too_many: 1500 };

/**
 * What the reader said and the server has not yet confirmed, in order and one at a time, so that a retry
 * cannot overtake.  It outlives a lost line and a reload of the page; the server knows a repeat by its id.
 *
 * `deliver(frame)` tries to send and says whether it could; `onsettled(frame, reason)`: confirmed (no reason), or
 * refused for good; `onstuck()`: sent long ago, and no answer.
 */
export class Outbox {
  #shelf;
  #deliver;
  #onsettled;
  #onstuck;
  #waiting;
  #flying = null;
  #timer = 0;

  constructor({ shelf, deliver, onsettled, onstuck }) {
    this.#shelf = shelf;
    this.#deliver = deliver;
    this.#onsettled = onsettled;
    this.#onstuck = onstuck;
    this.#waiting = shelf.get("outbox", []);
  }

  get waiting() {
    return [...this.#waiting];
  }

  add(frame) {
    const kept = { ...frame, id: crypto.randomUUID?.() ?? `${Date.now().toString(36)}-${Math.random()}` };
    this.#waiting.push(kept);
    this.#save();
    this.flush();
    return kept;
  }

  /** Send the oldest, unless it is under way already. */
  flush() {
    const next = this.#waiting[0];
    if (!next || this.#flying === next.id || !this.#deliver(next)) return;
    this.#flying = next.id;
    this.#later(NO_ACK, () => this.#onstuck());
  }

  /** The line was lost: whatever was under way must go again. */
  ground() {
    this.#flying = null;
    clearTimeout(this.#timer);
  }

  /** The server's word on a frame; `reason` when it did not take it. */
  answer(id, reason = null) {
    const frame = this.#waiting.find((each) => each.id === id);
    if (!frame) return;
    this.ground();
    if (reason in RETRY) {
      this.#later(RETRY[reason], () => this.flush());
      return;
    }
    this.#waiting = this.#waiting.filter((each) => each !== frame);
    this.#save();
    this.#onsettled(frame, reason);
    this.flush();
  }

  #later(wait, what) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(what, wait);
  }

  #save() {
    this.#shelf.put("outbox", this.#waiting);
  }
}
