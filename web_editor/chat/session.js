/** The bot is not there: unknown, stopped, or not one for the web. */
export class Gone extends Error {}

/** The server did not answer, or not as it should. */
export class Unreachable extends Error {}

/**
 * Become a visitor, or be recognised as one: `{token, title, colour, greeting, lang}`.
 * Throws Gone or Unreachable.
 */
export async function openSession(door, token) {
  let answer;
  try {
    answer = await fetch(`${door}/session/`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(token ? { token } : {}),
    });
  } catch {
    throw new Unreachable();
  }
  if (answer.status === 404) throw new Gone();
  if (!answer.ok) throw new Unreachable();
  return (await answer.json()).result;
}
