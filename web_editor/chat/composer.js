import { el, icon } from "./dom.js";

const LONGEST = 4000;

const PHONE = /^[+\d][\d\s().-]{4,38}$/;

/**
 * Where the reader writes.  `onsay(text)` gets what he sends: trimmed, not empty, not too long; `onphone(phone)` a phone
 * number when one was asked for.
 */
export class Composer {
  #t;
  #onsay;
  #onphone;
  #field;
  #button;
  #warning;

  constructor(t, { onsay, onphone }) {
    this.#t = t;
    this.#onsay = onsay;
    this.#onphone = onphone;
    this.#field = el("textarea", {
      rows: "1",
      dir: "auto",
      enterkeyhint: "send",
      oninput: () => this.#changed(),
      onkeydown: (event) => this.#key(event),
    });
    this.#button = el("button", { type: "submit", class: "send", "aria-label": t("send"), title: t("send"), disabled: true }, icon("send"));
    this.#warning = el("p", { class: "too-long", role: "status" });
    this.element = el(
      "form",
      { class: "composer", autocomplete: "off", onsubmit: (event) => this.#submit(event) },
      el("div", { class: "inner" }, this.#field, this.#button),
      this.#warning,
    );
    this.#ask("placeholder", "text");
  }

  focus() {
    this.#field.focus({ preventScroll: true });
  }

  get empty() {
    return this.#field.value === "";
  }

  /** The bot would like a phone number: bring up the keys for it. */
  askPhone() {
    this.#ask("placeholder_phone", "tel");
    this.focus();
  }

  /** A word about what the reader wanted to do, until he writes. */
  hint(key) {
    this.#warning.textContent = this.#t(key);
    this.focus();
  }

  #ask(placeholder, mode) {
    this.#field.placeholder = this.#t(placeholder);
    this.#field.setAttribute("aria-label", this.#t(placeholder));
    this.#field.inputMode = mode;
  }

  #changed() {
    const text = this.#field.value.trim();
    const over = text.length - LONGEST;
    this.#button.disabled = text === "" || over > 0;
    this.#warning.textContent = over > 0 ? this.#t("too_long", { count: over }) : "";
    this.#field.style.height = "auto";
    this.#field.style.height = `${this.#field.scrollHeight}px`;
  }

  #key(event) {
    // While a word is being composed (Chinese, Japanese), Enter belongs to the composing.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    this.#submit(event);
  }

  #submit(event) {
    event.preventDefault();
    const text = this.#field.value.trim();
    if (this.#button.disabled || !text) return;
    const phone = this.#field.inputMode === "tel" && PHONE.test(text);
    this.#field.value = "";
    this.#ask("placeholder", "text");
    this.#changed();
    this.focus();
    if (phone) this.#onphone(text);
    else this.#onsay(text);
  }
}
