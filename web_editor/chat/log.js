import { bubble } from "./bubble.js";
import { el, icon } from "./dom.js";
import { exchange } from "./exchange.js";

const NEAR = 80;
const RUN = 5 * 60_000;
/** So long a press waits for its own bubble: most are answered before, and some need none. */
const ECHO = 600;

/**
 * The conversation on the page: what the server has confirmed, below it what is still on its way, below it the dots.
 * Messages come with ascending `seq`; one that is here already is left out.  One that comes `instead_of` another stands
 * in its place, under its number.
 */
export class Log {
  seq = 0;
  #look;
  #labels = new Map();
  #bubbles = new Map();
  #pending = new Map();
  #last = null;
  #news = 0;
  #dots;
  #intro;
  #stuck = true;

  constructor(look) {
    this.#look = look;
    const { t, name } = look;
    // Off until the past is shown: nobody wants a hundred old messages read out.
    this.list = el("div", { class: "list", role: "log", "aria-label": t("log"), "aria-live": "off" });
    this.waiting = el("div", { class: "list" });
    const mark = () => el("i", {});
    this.#dots = el("div", { class: "dots", hidden: true }, el("span", { class: "unseen" }, t("typing", { name })), mark(), mark(), mark());
    this.#intro = el("p", { class: "intro", dir: "auto", hidden: true });
    this.inner = el("div", { class: "inner" }, this.#intro, this.list, this.waiting, this.#dots);
    this.element = el("main", { class: "log", tabindex: "-1", onscroll: () => this.#scrolled() }, this.inner);
    this.jump = el(
      "button",
      { type: "button", class: "jump", hidden: true, "aria-label": t("to_latest"), onclick: () => this.toLatest("smooth") },
      el("span", {}),
      icon("down"),
    );
    // Pictures that load and keyboards that open must not push the latest message out of sight.
    const sizes = new ResizeObserver(() => this.#stuck && this.toLatest());
    sizes.observe(this.inner);
    sizes.observe(this.element);
  }

  /** The shop's word to whoever opens the chat; it stands above the first message. */
  greet(text) {
    this.#intro.textContent = text;
    this.#intro.hidden = !text;
  }

  /** The past is complete: from now on new messages are read out. */
  speakUp() {
    this.list.setAttribute("aria-live", "polite");
  }

  /** Show a message of the server's; whether it is news. */
  show(message) {
    if (message.seq <= this.seq) return false;
    this.seq = message.seq;
    for (const button of message.buttons ?? []) this.#labels.set(button.code, button.label);
    const told = { ...message, text: this.#words(message) };
    if (told.from === "user") this.#arrived(told);
    if (told.quiet) return false;
    if (!told.text && !told.media?.length && !told.buttons?.length) return false;
    this.#stuck = this.#atEnd;
    const old = this.#bubbles.get(told.instead_of);
    if (old) this.#exchange(old, told);
    else this.#append({ ...told, seq: told.instead_of ?? told.seq });
    this.#bubbles.set(told.seq, this.#bubbles.get(told.instead_of ?? told.seq));
    if (told.from === "bot") this.dots(false);
    if (!old) this.#follow(told);
    return true;
  }

  /** Show what was said before the server has it. */
  promise(frame) {
    const text = this.#words(frame);
    if (!text) return;
    if (frame.code) this.mark(frame.code, this.#bubbles.get(frame.on));
    const element = bubble({ from: "user", text, at: new Date().toISOString() }, this.#look);
    element.classList.add("sending");
    element.lastElementChild.append(el("span", { class: "state", title: this.#look.t("sending") }));
    this.#pending.set(frame.id, { frame, text, element });
    if (frame.on) setTimeout(() => this.#await(), ECHO);
    else this.#await();
  }

  /** What is on its way is there to be seen, in the order in which it was said. */
  #await() {
    const unseen = [...this.#pending.values()].filter(({ element }) => !element.isConnected);
    this.waiting.append(...unseen.map(({ element }) => element));
    if (unseen.length) this.toLatest();
  }

  /** The server has it, though it has not told it back yet; or, with a reason, will never take it. */
  settle(frame, reason) {
    const kept = this.#pending.get(frame.id);
    if (!kept) return;
    kept.element.classList.remove("sending");
    if (!reason) return;
    this.#await();
    this.#pending.delete(frame.id);
    kept.element.classList.add("failed");
    kept.element.querySelector(".state").textContent = this.#look.t("not_sent");
  }

  dots(shown) {
    this.#dots.hidden = !shown;
    if (shown && this.#stuck) this.toLatest();
  }

  toLatest(behavior = "instant") {
    this.element.scrollTo({ top: this.element.scrollHeight, behavior });
  }

  /** Mark the answer that was given, whichever message it belongs to, or under the one in which it stands. */
  mark(code, within = this.list) {
    const group = within.querySelector(`[data-code="${CSS.escape(code)}"]`)?.parentElement;
    for (const each of group?.children ?? []) each.classList.toggle("chosen", each.dataset.code === code);
  }

  /** The answers of the latest message that offers any. */
  get answers() {
    const groups = this.list.querySelectorAll(".message.theirs .options");
    return [...(groups[groups.length - 1]?.querySelectorAll("a, button") ?? [])];
  }

  /** What a message or a frame of ours reads as; nothing for what has no words, like a start. */
  #words(said) {
    const place = said.location || said.t === "place";
    return said.text || said.label || said.phone || this.#labels.get(said.code) || (place ? `📍 ${this.#look.t("location")}` : "");
  }

  #arrived(told) {
    if (told.code && !told.quiet) this.mark(told.code);
    for (const [id, kept] of this.#pending) {
      if (kept.text !== told.text && (!told.code || kept.frame.code !== told.code)) continue;
      kept.element.remove();
      this.#pending.delete(id);
      return;
    }
  }

  #append(message) {
    const at = new Date(message.at);
    const { moments } = this.#look;
    if (!this.#last || moments.day(at) !== moments.day(this.#last.at)) {
      this.list.append(el("div", { class: "day", role: "separator" }, el("span", {}, moments.day(at))));
      this.#last = null;
    }
    const element = bubble(message, this.#look);
    const run = this.#last?.from === message.from && at - this.#last.at < RUN;
    if (run) element.classList.add("follows");
    if (message.buttons?.length) this.#retire();
    this.list.append(element);
    this.#bubbles.set(message.seq, element);
    this.#last = { from: message.from, at };
  }

  /** The message changes where it stands; a menu that had stepped back does not step forward. */
  #exchange(old, message) {
    const fresh = bubble({ ...message, seq: Number(old.dataset.seq), at: old.querySelector("time").dateTime }, this.#look);
    const menu = fresh.querySelector(".options");
    const all = [...this.list.querySelectorAll(".options")];
    const behind = all.some((each) => old.compareDocumentPosition(each) & Node.DOCUMENT_POSITION_FOLLOWING && !old.contains(each));
    menu?.classList.toggle("past", behind);
    exchange(old, fresh, this.element);
    if (this.#stuck) this.toLatest();
  }

  /** Older menus step back; they can still be pressed. */
  #retire() {
    for (const each of this.list.querySelectorAll(".options:not(.past)")) each.classList.add("past");
  }

  #follow(message) {
    if (this.#stuck || message.from === "user") this.toLatest();
    else {
      this.#news += 1;
      this.#showJump();
    }
  }

  get #atEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.element;
    return scrollHeight - scrollTop - clientHeight < NEAR;
  }

  #scrolled() {
    this.#stuck = this.#atEnd;
    if (this.#stuck) this.#news = 0;
    this.#showJump();
  }

  #showJump() {
    this.jump.hidden = this.#stuck;
    this.jump.firstElementChild.textContent = this.#news ? this.#look.t("new_messages") : "";
  }
}
