/** A shop's colour, made readable: on it, as ink on a light page, as ink on a dark one. */

const LIGHT_PAGE = [255, 255, 255];
const DARK_PAGE = [26, 30, 39];
const NEARLY_BLACK = [16, 20, 30];
const READABLE = 4.5;

function channels(hex) {
  return [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));
}

function luminance(rgb) {
  const [r, g, b] = rgb.map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** WCAG contrast of two colours, 1 to 21. */
export function contrast(one, other) {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

function mixed(from, to, share) {
  return from.map((value, at) => Math.round(value + (to[at] - value) * share));
}

/** `colour` drawn towards `pole` until it can be read on `page`. */
function readable(colour, page, pole) {
  for (let share = 0; share < 1; share += 0.05) {
    const shade = mixed(colour, pole, share);
    if (contrast(shade, page) >= READABLE) return shade;
  }
  return pole;
}

const css = (rgb) => `rgb(${rgb.join(" ")})`;

/**
 * The tokens that a shop's colour (`#rrggbb`) replaces; none for anything else.
 * The accent itself stays the shop's own wherever a text, white or nearly black, can be read on it: one always can.
 */
export function accents(hex, dark) {
  if (!/^#[0-9a-f]{6}$/i.test(hex)) return {};
  const own = channels(hex);
  const white = contrast(own, LIGHT_PAGE);
  const on = white >= 3 && white >= contrast(own, NEARLY_BLACK) - 3 ? LIGHT_PAGE : NEARLY_BLACK;
  const accent = on === LIGHT_PAGE ? readable(own, on, NEARLY_BLACK) : readable(own, on, LIGHT_PAGE);
  const ink = dark ? readable(own, DARK_PAGE, LIGHT_PAGE) : readable(own, LIGHT_PAGE, NEARLY_BLACK);
  return { "--accent": css(accent), "--on-accent": css(on), "--accent-ink": css(ink) };
}

/** Dress an element in a shop's colour, and keep to the reader's theme when he changes it. */
export function dress(element, hex) {
  const theme = matchMedia("(prefers-color-scheme: dark)");
  const put = () => {
    for (const [name, value] of Object.entries(accents(hex, theme.matches))) element.style.setProperty(name, value);
  };
  put();
  theme.addEventListener("change", put);
}
