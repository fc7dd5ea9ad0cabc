/**
 * The chat inside the panel of another site.  We talk only with the window above us, and only if it is of the origin
 * that the launcher named; who may frame us at all is the server's word (`frame-ancestors`).
 */
export class Frame {
  #told = new URLSearchParams(location.hash.slice(1));
  #origin = this.#told.get("origin");

  get framed() {
    return window.parent !== window && this.#origin !== null;
  }

  /** What the launcher kept for us on its site, by name; it is asked to with `keep`. */
  get kept() {
    try {
      return this.framed ? JSON.parse(this.#told.get("kept")) : {};
    } catch {
      return {};
    }
  }

  keep(name, value) {
    this.tell("keep", { name, value });
  }

  /** Tell the launcher: `ready`, `unread`, `close`, `keep`. */
  tell(word, facts = {}) {
    if (this.framed) window.parent.postMessage({ botique: word, ...facts }, this.#origin);
  }

  /** Hear the launcher: `opened`, `closed`. */
  hear(word, listener) {
    addEventListener("message", (message) => {
      const known = message.source === window.parent && message.origin === this.#origin;
      if (this.framed && known && message.data?.botique === word) listener();
    });
  }
}
