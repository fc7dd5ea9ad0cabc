/**
 * Make `old` what `fresh` is, and keep what is the same: pictures do not blink, and readers are told only what is new.
 * The focus stays at the button of the same meaning, or else of the same place, or goes to `otherwise`.
 */
export function exchange(old, fresh, otherwise) {
  const focused = old.contains(document.activeElement) ? document.activeElement : null;
  const at = places(old).indexOf(focused);
  steady(fresh, new Set(places(old).map((each) => each.dataset.code)));
  become(old, fresh);
  if (!focused || focused.isConnected) return;
  const now = places(old);
  const same = now.find((each) => each.dataset.code && each.dataset.code === focused.dataset.code);
  (same ?? now[Math.min(at, now.length - 1)] ?? otherwise).focus({ preventScroll: true });
}

function places(element) {
  return [...element.querySelectorAll(".options a, .options button")];
}

/** A button that comes to lie under a finger is not meant by the second half of its double tap. */
function steady(fresh, known) {
  const ignore = (event) => {
    const button = event.target.closest("a, button");
    if (event.detail < 2 || !button || known.has(button.dataset.code)) return;
    event.preventDefault();
    event.stopPropagation();
  };
  fresh.querySelector(".options")?.addEventListener("click", ignore, { capture: true });
}

function become(old, fresh) {
  const was = [...old.childNodes];
  const is = [...fresh.childNodes];
  is.forEach((node, n) => {
    if (!was[n]) old.append(node);
    else if (was[n].className === "bubble" && node.className === "bubble") become(was[n], node);
    else if (!was[n].isEqualNode(node)) was[n].replaceWith(node);
  });
  for (const node of was.slice(is.length)) node.remove();
}
