// Asking penumbra. The token, if one is needed, stays in this tab's session and goes into a header, never into an address.

const place = 'penumbra-token';
const listeners = new Set();

export function onTokenWanted(listener) {
  listeners.add(listener);
}

/** False for what no header can carry, such as a token with a typographic quote: it would never be asked with. */
export function useToken(token) {
  const isUsable = /^[\x21-\x7e]+$/.test(token);
  if (isUsable) sessionStorage.setItem(place, token);
  return isUsable;
}

function headers(once) {
  const token = once ?? sessionStorage.getItem(place);
  return token === null ? {} : { authorization: `Bearer ${token}` };
}

/** The answer as it comes; rejects with an Error for people that carries `status`. A `token` is for this one call and is not kept. */
export async function open(path, { method = 'GET', body, signal, token } = {}) {
  const json = body === undefined ? {} : { 'content-type': 'application/json' };
  const answer = await fetch(path, {
    method,
    headers: { ...headers(token), ...json },
    cache: 'no-store',
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal === undefined ? {} : { signal }),
  });
  if (answer.ok) return answer;
  const refusal = await answer.json().catch(() => null);
  const error = new Error(refusal?.error?.message ?? `penumbra answered ${answer.status}`);
  error.status = answer.status;
  if (answer.status === 401 && token === undefined) {
    const wasGiven = sessionStorage.getItem(place) !== null;
    sessionStorage.removeItem(place);
    for (const listener of listeners) listener(wasGiven);
  }
  throw error;
}

/** Gives up after a while: whoever asks again and again must not wait for ever. */
export async function get(path) {
  return readJson(await (await open(path, { signal: AbortSignal.timeout(20_000) })).text());
}

export async function post(path, body, { token } = {}) {
  return readJson(await (await open(path, { method: 'POST', body, token })).text());
}

/** JSON in which numbers may also be NaN or infinite, as features can be: these are shown as words. */
export function readJson(text) {
  try {
    return JSON.parse(text);
  } catch {
    return JSON.parse(
      text.replace(/"(?:[^"\\]|\\.)*"|-?(?:NaN|Infinity)/g, (found) => (found[0] === '"' ? found : `"${found}"`)),
    );
  }
}
