import WORDS from "./words.js";

const FALLBACK = "en";
const SPOKEN = Object.keys(WORDS);

/** The first of the preferred languages (`pt-BR` asks for `pt`) that we speak. */
export function spoken(preferred) {
  const bases = preferred.filter(Boolean).map((tag) => tag.toLowerCase().split("-")[0]);
  return bases.find((base) => SPOKEN.includes(base)) ?? FALLBACK;
}

/** What says our words in one language: `t("typing", {name: "Coffee Point"})`. */
export function speaker(lang) {
  const words = WORDS[lang];
  return (key, values = {}) => words[key].replace(/\{(\w+)\}/g, (hole, name) => values[name] ?? hole);
}
