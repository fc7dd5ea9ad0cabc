import { el } from "./dom.js";
import { linked } from "./links.js";
import { drawn } from "./media.js";
import { options } from "./options.js";

/** How moments are written for this reader. */
export class Moments {
  #time;
  #day;
  #full;
  #relative;

  constructor(lang) {
    // The reader's own region decides on 24 hours and the order of day and month, if it is of that language.
    const locale = navigator.languages.find((tag) => tag.startsWith(lang)) ?? lang;
    this.#time = new Intl.DateTimeFormat(locale, { hour: "numeric", minute: "2-digit" });
    this.#day = new Intl.DateTimeFormat(locale, { weekday: "long", day: "numeric", month: "long" });
    this.#full = new Intl.DateTimeFormat(locale, { dateStyle: "full", timeStyle: "short" });
    this.#relative = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
  }

  time(at) {
    return this.#time.format(at);
  }

  full(at) {
    return this.#full.format(at);
  }

  /** «Today», «Yesterday», or the day itself. */
  day(at) {
    const midnight = (moment) => new Date(moment.getFullYear(), moment.getMonth(), moment.getDate());
    const days = Math.round((midnight(at) - midnight(new Date())) / 86_400_000);
    const named = days === 0 || days === -1 ? this.#relative.format(days, "day") : this.#day.format(at);
    return named.charAt(0).toLocaleUpperCase() + named.slice(1);
  }
}

/**
 * One message as a bubble with what belongs to it.  `message` as the server sends it; `onpress(button, seq)`: one of its
 * buttons was pressed.
 */
export function bubble(message, { name, t, moments, onpress }) {
  const at = new Date(message.at);
  const mine = message.from === "user";
  const pictures = (message.media ?? []).map((media) => drawn(media, t)).filter(Boolean);
  const text = message.text ? el("p", { class: "text", dir: "auto" }, ...linked(message.text)) : null;
  const time = el("time", { datetime: at.toISOString(), title: moments.full(at) }, moments.time(at));
  const body = text || pictures.length ? el("div", { class: "bubble" }, ...pictures, text) : null;
  return el(
    "div",
    { class: `message ${mine ? "mine" : "theirs"}`, "data-seq": message.seq ?? null },
    el("span", { class: "unseen" }, `${mine ? t("you") : name}: `),
    body,
    message.buttons?.length ? options(message.buttons, message.columns ?? 0, t, (button) => onpress(button, message.seq)) : null,
    el("div", { class: "foot" }, time),
  );
}
