const NAMES = ["utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content"];
const LONGEST = 200;

/** What the query of an address says of the advertisement that brought its reader, by name. */
export function utm(search) {
  const query = new URLSearchParams(search);
  const told = NAMES.map((name) => [name, (query.get(name) ?? "").slice(0, LONGEST)]);
  return Object.fromEntries(told.filter(([, value]) => value));
}
