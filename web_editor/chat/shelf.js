/**
 * A place to remember things by name, in the browser's storage.  Where that is forbidden, as to frames in some browsers,
 * the `host` remembers instead (see Frame), or else it lasts as long as the page.
 */
export class Shelf {
  #area;
  #prefix;
  #host;
  #here;

  /** `area`: "localStorage" for good, "sessionStorage" for this tab. */
  constructor(area, prefix, host = null) {
    this.#prefix = prefix;
    this.#host = host;
    this.#here = new Map(Object.entries(host?.kept ?? {}));
    try {
      this.#area = window[area];
    } catch {
      this.#area = null;
    }
  }

  get(name, otherwise = null) {
    if (!this.#area) return this.#here.get(name) ?? otherwise;
    try {
      return JSON.parse(this.#area.getItem(this.#prefix + name)) ?? this.#here.get(name) ?? otherwise;
    } catch {
      return otherwise;
    }
  }

  put(name, value) {
    this.#here.set(name, value);
    if (!this.#area) {
      this.#host?.keep(name, value);
      return;
    }
    try {
      this.#area.setItem(this.#prefix + name, JSON.stringify(value));
    } catch {
      // The storage is full: it is kept in #here for as long as the page lives.
    }
  }
}
