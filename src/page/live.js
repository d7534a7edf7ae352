// The live connection: summaries as they come. It is read from a fetch, because only a fetch can send the token, and it comes back by
// itself: after a loss, after silence, and when the page is looked at again.
import { open } from './api.js';

const silenceMs = 40_000;
const firstWaitMs = 500;
const longestWaitMs = 10_000;

/** `onState` hears live, lost or locked (a token is wanted: call `retry` once it is there). */
export function listen({ onSummary, onState }) {
  let wake = () => {};
  let waitMs = firstWaitMs;
  const connectOnce = async () => {
    const control = new AbortController();
    let watchdog = setTimeout(() => control.abort(), silenceMs);
    try {
      const answer = await open('v1/events', { signal: control.signal });
      onState('live');
      for await (const { name, data } of eventsIn(answer.body, () => {
        clearTimeout(watchdog);
        watchdog = setTimeout(() => control.abort(), silenceMs);
      })) {
        waitMs = firstWaitMs;
        if (name === 'summary') onSummary(JSON.parse(data));
      }
    } finally {
      clearTimeout(watchdog);
      control.abort();
    }
  };
  const run = async () => {
    for (;;) {
      let isLocked = false;
      try {
        await connectOnce();
      } catch (thrown) {
        isLocked = thrown.status === 401;
      }
      onState(isLocked ? 'locked' : 'lost');
      await new Promise((resume) => {
        wake = resume;
        if (!isLocked) setTimeout(resume, waitMs * (0.75 + Math.random() / 2));
      });
      waitMs = Math.min(longestWaitMs, waitMs * 2);
    }
  };
  void run();
  const retry = () => {
    waitMs = firstWaitMs;
    wake();
  };
  document.addEventListener('visibilitychange', () => !document.hidden && retry());
  addEventListener('online', retry);
  return { retry };
}

/** The events of a stream, one after the other; comments only show that it is alive. */
async function* eventsIn(body, onBytes) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    onBytes();
    rest += value;
    const blocks = rest.split('\n\n');
    rest = blocks.pop();
    for (const block of blocks) yield readEvent(block);
  }
}

export function readEvent(block) {
  const lines = block.split('\n');
  const linesOf = (field) =>
    lines.filter((line) => line.startsWith(`${field}: `)).map((line) => line.slice(field.length + 2));
  return { name: linesOf('event')[0] ?? null, data: linesOf('data').join('\n') };
}
