import { el } from "./dom.js";

const OPENED = new Set(["http:", "https:", "mailto:", "tel:"]);
const SHOWN = new Set(["http:", "https:"]);
const WRITTEN = /https?:\/\/[^\s<>"'«»]+/gi;
const AFTERWARDS = /[.,:;!?)\]}…]+$/;

function parsed(address, schemes) {
  try {
    const url = new URL(address);
    return schemes.has(url.protocol) ? url : null;
  } catch {
    return null;
  }
}

/** The address if a person may be led there (web, mail, phone), else null: no script, no files. */
export const opens = (address) => parsed(address, OPENED)?.href ?? null;

/** The address if a picture, a sound or a file may be shown from there, else null. */
export const shows = (address) => parsed(address, SHOWN)?.href ?? null;

/** A link out of the chat.  The other side learns neither our window nor where the reader came from. */
export function outward(href, attributes, ...children) {
  const away = /^https?:/.test(href) ? { target: "_blank", rel: "noopener noreferrer nofollow" } : {};
  return el("a", { href, ...away, ...attributes }, ...children);
}

/** A text as nodes, web addresses in it as links. */
export function linked(text) {
  const nodes = [];
  let end = 0;
  for (const match of text.matchAll(WRITTEN)) {
    const address = match[0].replace(AFTERWARDS, "");
    const href = opens(address);
    if (!href) continue;
    nodes.push(text.slice(end, match.index), outward(href, {}, address));
    end = match.index + address.length;
  }
  return [...nodes, text.slice(end)].filter((node) => node !== "");
}
