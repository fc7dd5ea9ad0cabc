import { dress } from "./colour.js";
import { el, icon } from "./dom.js";
import { speaker, spoken } from "./language.js";
import { Shelf } from "./shelf.js";
import { utm } from "./source.js";

const PHONE = "(max-width: 520px)";
/** What the chat may ask us to keep for it where its own storage is forbidden. */
const KEPT = new Set(["token", "talked", "read"]);

/** Puts the launcher on a site: a bubble, and behind it the chat in a frame. */
export async function launch(home, { shop, bot, lang, start, side }) {
  if (document.querySelector(`botique-chat[data-shop="${CSS.escape(shop)}"][data-bot="${CSS.escape(bot)}"]`)) return;
  const host = el("botique-chat", { "data-shop": shop, "data-bot": bot, style: null });
  const root = host.attachShadow({ mode: "open" });
  await styled(root, [`${home}/assets/chat/latest/tokens.css`, `${home}/assets/chat/latest/launcher.css`], host);
  new Launcher({ home, shop, bot, lang: spoken([lang, ...navigator.languages]), start, side }, host, root);
}

/** Resolves when the sheets are there, so that nobody sees the bubble undressed. */
function styled(root, sheets, host) {
  const waits = sheets.map((href) => {
    const sheet = el("link", { rel: "stylesheet", href });
    root.append(sheet);
    return new Promise((resolve, reject) => {
      sheet.addEventListener("load", resolve);
      sheet.addEventListener("error", () => reject(new Error(`${href} did not load`)));
    });
  });
  document.body.append(host);
  return Promise.all(waits);
}

class Launcher {
  #home;
  #t;
  #host;
  #shelf;
  #keeper;
  #bubble;
  #badge;
  #panel;
  #frame;
  #ready = false;
  #open = false;

  constructor({ home, shop, bot, lang, start, side }, host, root) {
    this.#home = home;
    this.#host = host;
    this.#t = speaker(lang);
    this.#shelf = new Shelf("sessionStorage", `botique:${shop}:${bot}:`);
    this.#keeper = new Shelf("localStorage", `botique:${shop}:${bot}:`);
    this.#badge = el("span", { class: "badge", hidden: true });
    this.#bubble = el(
      "button",
      { type: "button", class: "bubble", "aria-expanded": "false", "aria-controls": "panel", onclick: () => this.#turn(!this.#open) },
      icon("chat"),
      icon("close"),
      this.#badge,
    );
    this.#frame = el("iframe", { src: this.#address(shop, bot, lang, start), title: this.#t("chat"), allow: "geolocation" });
    this.#panel = el("div", { id: "panel", class: "panel", role: "dialog", "aria-label": this.#t("chat") }, this.#frame);
    root.append(el("div", { class: `launcher ${side === "left" ? "left" : "right"}` }, this.#panel, this.#bubble));
    addEventListener("message", (message) => this.#hear(message));
    addEventListener("keydown", (event) => event.key === "Escape" && this.#open && this.#turn(false));
    this.#say();
    // On a phone the panel is the whole page: it opens only by the reader's own hand.
    if (this.#shelf.get("open") && !matchMedia(PHONE).matches) this.#turn(true, false);
  }

  #address(shop, bot, lang, start) {
    const address = new URL(`/chat/${encodeURIComponent(shop)}/${encodeURIComponent(bot)}/`, this.#home);
    address.searchParams.set("lang", lang);
    if (start) address.searchParams.set("start", start);
    for (const [name, value] of Object.entries(utm(location.search))) address.searchParams.set(name, value);
    const kept = JSON.stringify(this.#keeper.get("kept", {}));
    address.hash = new URLSearchParams({ origin: location.origin, kept }).toString();
    return address.href;
  }

  #turn(open, focus = true) {
    this.#open = open;
    this.#shelf.put("open", open);
    this.#panel.classList.toggle("open", open);
    this.#bubble.classList.toggle("open", open);
    this.#bubble.setAttribute("aria-expanded", String(open));
    this.#say();
    this.#tell(open ? "opened" : "closed");
    if (!focus) return;
    if (open) this.#frame.focus();
    else this.#bubble.focus();
  }

  #tell(word) {
    if (this.#ready) this.#frame.contentWindow.postMessage({ botique: word }, this.#home);
  }

  #hear(message) {
    if (message.source !== this.#frame.contentWindow || message.origin !== this.#home) return;
    const { botique, title, colour, count, name, value } = message.data ?? {};
    if (botique === "ready") this.#introduce(title, colour);
    else if (botique === "unread") this.#count(count);
    else if (botique === "keep" && KEPT.has(name)) this.#keeper.put("kept", { ...this.#keeper.get("kept", {}), [name]: value });
    else if (botique === "close") this.#turn(false);
  }

  #introduce(title, colour) {
    this.#ready = true;
    dress(this.#host, colour);
    this.#host.classList.add("ready");
    this.#panel.setAttribute("aria-label", title);
    this.#frame.title = title;
    if (this.#open) this.#tell("opened");
  }

  #count(count) {
    this.#badge.textContent = count > 9 ? "9+" : String(count);
    this.#badge.hidden = !count;
    this.#say(count);
  }

  #say(count = 0) {
    const label = this.#t(this.#open ? "close" : "open");
    this.#bubble.setAttribute("aria-label", count ? `${label}. ${this.#t("unread", { count })}` : label);
  }
}
