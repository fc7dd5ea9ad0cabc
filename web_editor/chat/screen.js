import { dress } from "./colour.js";
import { el, icon } from "./dom.js";

/** The page round the conversation: heading, notice of a lost line, and what to say when there is no chat. */
export class Screen {
  #t;
  #status;
  #banner;
  #full = null;

  constructor(t, { onretry, onagain, onclose }) {
    this.#t = t;
    this.name = el("h1", { dir: "auto" }, t("chat"));
    this.#status = el("p", { class: "status", role: "status" });
    const face = (this.face = el("div", { class: "face", "aria-hidden": "true" }, icon("chat")));
    const button = (name, key, listener) =>
      el("button", { type: "button", class: "quiet", "aria-label": t(key), title: t(key), onclick: listener }, icon(name));
    this.again = button("again", "start_over", onagain);
    this.again.hidden = true;
    const head = el("div", { class: "inner" }, face, el("div", { class: "who" }, this.name, this.#status), this.again);
    if (onclose) head.append(button("close", "close", onclose));
    this.head = el("header", {}, head);
    this.#banner = el(
      "div",
      { class: "banner", role: "status", hidden: true },
      el("span", {}, t("offline")),
      el("button", { type: "button", onclick: onretry }, t("reconnect")),
    );
  }

  /** Put the page together round the log and the composer. */
  mount(log, composer) {
    const foot = el("footer", {}, log.jump, composer.element);
    document.body.append(this.head, this.#banner, log.element, foot);
  }

  /** The shop's name and colour are known. */
  introduce({ title, colour }) {
    dress(document.documentElement, colour);
    if (!title) return;
    this.name.textContent = title;
    this.face.replaceChildren([...title.trim()][0]?.toLocaleUpperCase() ?? "");
    document.title = title;
  }

  state(state) {
    this.#status.textContent = this.#t(state === "online" ? "online" : "connecting");
    this.#status.dataset.state = state;
  }

  /** Whether to say that the line is lost. */
  complain(lost) {
    this.#banner.hidden = !lost;
  }

  /** Say in the middle of the page what is the matter (`gone`, `unreachable`, `crowded`), or take it away (null). */
  full(what, ontry = null) {
    this.#full?.remove();
    this.#full = null;
    document.body.classList.toggle("closed", what !== null);
    if (!what) return;
    this.#status.textContent = "";
    this.#full = el(
      "section",
      { class: "full", role: "alert" },
      el("h2", {}, this.#t(`${what}_title`)),
      el("p", {}, this.#t(`${what}_text`)),
      ontry ? el("button", { type: "button", class: "primary", onclick: ontry }, this.#t("try_again")) : null,
    );
    this.head.after(this.#full);
  }
}
