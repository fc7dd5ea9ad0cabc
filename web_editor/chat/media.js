import { el, icon } from "./dom.js";
import { outward, shows } from "./links.js";

const DRAWN = {
  image: (href, media, t) =>
    outward(
      href,
      { class: "picture" },
      el("img", { src: href, alt: media.name || t("picture"), loading: "lazy", decoding: "async", referrerpolicy: "no-referrer" }),
    ),
  video: (href) => el("video", { src: href, controls: true, preload: "metadata", playsinline: true }),
  audio: (href) => el("audio", { src: href, controls: true, preload: "none" }),
};

function attachment(href, media, t) {
  const name = media.name || decodeURIComponentOrNot(href.split(/[?#]/)[0].split("/").pop()) || t("attachment");
  return outward(href, { class: "attachment", dir: "auto" }, icon("file"), el("span", {}, name));
}

function decodeURIComponentOrNot(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** A picture, video, sound or file of a message; null if its address is none that may be shown. */
export function drawn(media, t) {
  const href = shows(media.url);
  return href && (DRAWN[media.kind] ?? attachment)(href, media, t);
}
