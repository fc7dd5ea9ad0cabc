/**
 * Builds an element.  Strings among the children become text, never markup; `null` children are left out.
 * Attributes: `on…` is a listener, `true` an empty attribute, `null` and `false` are left out.
 */
export function el(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (value === true) element.setAttribute(key, "");
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(key, value);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

const SVG = "http://www.w3.org/2000/svg";

const DRAWINGS = {
  send: "M12 19V5M5.5 11.5 12 5l6.5 6.5",
  close: "M6 6l12 12M18 6 6 18",
  down: "M12 5v14M5.5 12.5 12 19l6.5-6.5",
  again: "M4 12a8 8 0 1 0 2.6-5.9M4 4v4.5h4.5",
  chat: "M7 4h10a4 4 0 0 1 4 4v6a4 4 0 0 1-4 4h-5l-5 3.5V18a4 4 0 0 1-4-4V8a4 4 0 0 1 4-4z",
  out: "M9 6h9v9M18 6 6.5 17.5",
  file: "M7 3h7l4 4v14H7zM14 3v4h4",
  check: "M5 12.5l4.5 4.5L19 7.5",
};

/** One of our line drawings; what it means is said by the element that holds it. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", `icon icon-${name}`);
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", DRAWINGS[name]);
  svg.append(path);
  return svg;
}
