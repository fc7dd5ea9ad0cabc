import { el, icon } from "./dom.js";
import { opens, outward } from "./links.js";

const SHORT = 14;
const ASKS = new Set(["phone", "location"]);

/** As many in a row as the author said; else two where all are short. */
function columns(buttons, wanted) {
  if (wanted > 0) return Math.min(wanted, buttons.length);
  return buttons.length > 1 && buttons.every((button) => [...button.label].length <= SHORT) ? 2 : 1;
}

function option(button, number, onpress) {
  const digit = number <= 9 ? el("kbd", { "aria-hidden": "true" }, String(number)) : null;
  const label = el("span", { class: "label", dir: "auto" }, button.label);
  if (button.kind === "url") {
    const href = opens(button.url ?? "");
    // A link that must not be opened stays to be seen, so that the author notices it.
    return href
      ? outward(href, { class: "option" }, digit, label, icon("out"))
      : el("span", { class: "option dead" }, label);
  }
  let last = -Infinity;
  const press = (event) => {
    // The second half of a double click is no second answer.
    if (!ASKS.has(button.kind) && event.timeStamp - last < 600) return;
    last = event.timeStamp;
    onpress(button);
  };
  return el("button", { type: "button", class: "option", "data-code": button.code, onclick: press }, digit, label, icon("check"));
}

/** Arrow keys walk through the answers, so that Tab leaves a long menu at once. */
function walk(event) {
  const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const all = [...event.currentTarget.querySelectorAll("a, button")];
  all.at((all.indexOf(document.activeElement) + step) % all.length).focus();
}

/** The buttons under a message; `onpress(button)` for those that are answers. */
export function options(buttons, wanted, t, onpress) {
  const group = el("div", { class: "options", role: "group", "aria-label": t("options"), onkeydown: walk });
  const across = columns(buttons, wanted);
  group.style.setProperty("--columns", across);
  group.append(...buttons.map((button, at) => option(button, at + 1, onpress)));
  // One that is left over beside an empty place looks lost.
  if (across === 2) group.lastElementChild.classList.toggle("wide", buttons.length % 2 === 1);
  return group;
}
