import { Moments } from "./bubble.js";
import { Composer } from "./composer.js";
import { Conversation } from "./conversation.js";
import { Frame } from "./frame.js";
import { speaker, spoken } from "./language.js";
import { Log } from "./log.js";
import { Screen } from "./screen.js";
import { Gone, openSession } from "./session.js";
import { Shelf } from "./shelf.js";
import { utm } from "./source.js";

const PATIENCE = 2500;
const SOON = 4000;

/** The chat page of one bot: from the address to a conversation. */
class Chat {
  #door;
  #query = new URLSearchParams(location.search);
  #frame = new Frame();
  #lasting;
  #passing;
  #look;
  #screen;
  #composer;
  #log;
  #conversation = null;
  #title = document.title;
  #unread = 0;
  #watched;
  #patience = 0;
  #opened;

  constructor({ shop, bot }) {
    this.#door = `${location.origin}/widget/${shop}/${bot}`;
    this.#lasting = new Shelf("localStorage", `botique:${shop}:${bot}:`, this.#frame);
    this.#passing = new Shelf("sessionStorage", `botique:${shop}:${bot}:`);
    this.#watched = !this.#frame.framed;
    const lang = spoken([this.#query.get("lang"), ...navigator.languages]);
    const t = speaker(lang);
    document.documentElement.lang = lang;
    this.#look = { t, name: t("chat"), moments: new Moments(lang), onpress: (button, on) => this.#press(button, on) };
    this.#screen = new Screen(t, {
      onretry: () => this.#conversation?.retry(),
      onagain: () => this.#conversation?.startOver(),
      onclose: this.#frame.framed ? () => this.#frame.tell("close") : null,
    });
    this.#composer = new Composer(t, {
      onsay: (text) => this.#conversation?.say(text),
      onphone: (phone) => this.#conversation?.sharePhone(phone),
    });
    this.#log = new Log(this.#look);
    this.#screen.mount(this.#log, this.#composer);
    this.#listen();
  }

  /** Find out who we are and with whom; a launcher that is still closed starts no conversation. */
  async begin() {
    this.#state("connecting");
    try {
      const session = await openSession(this.#door, this.#lasting.get("token"));
      this.#lasting.put("token", session.token);
      this.#introduce(session);
      if (this.#watched || this.#lasting.get("talked")) this.#connect(session.token);
      else this.#opened = () => this.#connect(session.token);
    } catch (error) {
      if (error instanceof Gone) {
        this.#screen.full("gone");
        return;
      }
      this.#screen.full("unreachable", () => this.begin());
      setTimeout(() => !this.#conversation && this.begin(), SOON);
    }
  }

  #introduce(session) {
    this.#screen.full(null);
    this.#screen.introduce(session);
    this.#look.name = session.title || this.#look.name;
    this.#title = document.title;
    this.#log.greet(session.greeting);
    this.#frame.tell("ready", { title: this.#look.name, colour: session.colour });
  }

  #connect(token) {
    this.#opened = null;
    this.#conversation?.close();
    const talked = this.#lasting.get("talked");
    this.#lasting.put("talked", true);
    this.#conversation = new Conversation({
      door: this.#door,
      token,
      // A launcher carries its parameter on every page of the site: it is for newcomers.
      parameter: this.#frame.framed && talked ? null : this.#parameter(),
      source: utm(location.search),
      shelf: this.#passing,
      log: this.#log,
      onstate: (state) => this.#state(state),
      onbye: (reason) => this.#leave(reason),
      onnews: (message) => this.#count(message),
    });
    if (this.#watched) this.#greetKeyboard();
  }

  /** What the link that led here carried; taken out of the address, so that a reload does not start again. */
  #parameter() {
    const parameter = this.#query.get("start") ?? this.#query.get("ref");
    const rest = new URL(location.href);
    rest.searchParams.delete("start");
    rest.searchParams.delete("ref");
    history.replaceState(null, "", rest);
    return parameter;
  }

  /** A line that is lost for a moment only is not worth a word. */
  #state(state) {
    this.#screen.state(state);
    if (state === "online") {
      clearTimeout(this.#patience);
      this.#patience = 0;
      this.#screen.again.hidden = false;
      this.#screen.complain(false);
    } else this.#patience ||= setTimeout(() => this.#screen.complain(this.#conversation !== null), PATIENCE);
  }

  #leave(reason) {
    // The server is not well: the connection comes back by itself.
    if (reason === "unavailable") return;
    this.#conversation?.close();
    this.#conversation = null;
    clearTimeout(this.#patience);
    this.#patience = 0;
    if (reason === "session" || reason === "too_big") this.begin();
    else if (reason === "crowded") this.#screen.full("crowded", () => this.begin());
    else this.#screen.full("gone");
  }

  #press(button, on) {
    if (button.kind === "phone") this.#composer.askPhone();
    else if (button.kind === "location") this.#locate();
    else this.#conversation?.press(button, on);
  }

  #locate() {
    const refused = () => this.#composer.hint("no_location");
    if (!navigator.geolocation) refused();
    else navigator.geolocation.getCurrentPosition(({ coords }) => this.#conversation?.sharePlace(coords), refused);
  }

  #listen() {
    this.#frame.hear("opened", () => {
      this.#watched = true;
      this.#opened?.();
      this.#read();
      this.#log.toLatest();
      this.#greetKeyboard();
    });
    this.#frame.hear("closed", () => (this.#watched = false));
    document.addEventListener("visibilitychange", () => this.#reading && this.#read());
    document.addEventListener("keydown", (event) => this.#key(event));
  }

  get #reading() {
    return this.#watched && document.visibilityState === "visible";
  }

  #count(message) {
    if (this.#reading) this.#read();
    else if (message.from === "bot" && message.seq > this.#lasting.get("read", 0)) {
      this.#unread += 1;
      this.#tellUnread();
    }
  }

  #read() {
    this.#lasting.put("read", this.#log.seq);
    if (this.#unread === 0) return;
    this.#unread = 0;
    this.#tellUnread();
  }

  #tellUnread() {
    document.title = this.#unread ? `(${this.#unread}) ${this.#title}` : this.#title;
    this.#frame.tell("unread", { count: this.#unread });
  }

  /** On a phone the focus would bring up the keyboard over a menu that only wants to be tapped. */
  #greetKeyboard() {
    if (matchMedia("(hover: hover) and (pointer: fine)").matches) this.#composer.focus();
  }

  #key(event) {
    const writing = event.target instanceof HTMLTextAreaElement;
    if (event.key === "Escape") {
      if (writing || !this.#conversation) this.#frame.tell("close");
      else this.#composer.focus();
    } else if (event.key === "ArrowUp" && writing && this.#composer.empty) {
      event.preventDefault();
      this.#log.answers[0]?.focus();
    } else if (/^[1-9]$/.test(event.key) && !writing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      this.#log.answers[Number(event.key) - 1]?.click();
    }
  }
}

new Chat(document.body.dataset).begin();
