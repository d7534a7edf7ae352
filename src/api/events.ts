// GET /v1/events: a small summary of what goes on, pushed as Server-Sent Events when it changed, at most once a second. Whoever
// wants more than the summary asks for it; a listener that reads slowly misses summaries, never the latest one.
import type { ServerResponse } from 'node:http';
import { Type } from 'typebox';
import { messageOf, PenumbraError } from '../errors.ts';
import type { Comparator } from './comparator.ts';
import { errorSchema } from './error-body.ts';
import { createSummary } from './event-summary.ts';
import { resource } from './plugin.ts';

const everyMs = 1000;
const aliveEveryMs = 15_000;
const mostListeners = 50;
/** However dear a summary becomes, it takes at most this part of the time. */
const mostShare = 0.05;

interface Listener {
  readonly stream: ServerResponse;
  sent: string;
  sentMs: number;
  isFull: boolean;
}

export const events = resource((app, comparator) => {
  const feed = createFeed(comparator, (problem) => app.log.warn({ problem }, 'the summary for the page failed'));
  app.addHook('preClose', async () => feed.close());
  const answer = {
    200: { description: 'events named `summary`', content: { 'text/event-stream': { schema: Type.String() } } },
    default: errorSchema,
  };
  const schema = { summary: 'What goes on, pushed when it changes (Server-Sent Events)', response: answer };
  app.get('/v1/events', { schema, exposeHeadRoute: false }, (_request, reply) => {
    if (feed.listeners() >= mostListeners) {
      throw new PenumbraError('OVERLOADED', `${mostListeners} others listen to the events already`);
    }
    reply.hijack();
    reply.raw.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
      'x-content-type-options': 'nosniff',
      // Its end is the connection's end: a server that closes waits for no idle ones.
      connection: 'close',
    });
    feed.add(reply.raw);
  });
});

interface Feed {
  listeners(): number;
  add(stream: ServerResponse): void;
  close(): void;
}

function createFeed(comparator: Comparator, onProblem: (problem: string) => void): Feed {
  const summary = createSummary(comparator);
  const listeners = new Set<Listener>();
  let timer: NodeJS.Timeout | null = null;
  let isClosed = false;
  let latest = '';
  const tick = (): void => {
    timer = null;
    if (isClosed || listeners.size === 0) return;
    const startedMs = performance.now();
    try {
      latest = JSON.stringify(summary());
    } catch (thrown) {
      onProblem(messageOf(thrown));
    }
    for (const listener of listeners) push(listener, latest);
    timer = setTimeout(tick, Math.max(everyMs, (performance.now() - startedMs) / mostShare));
    timer.unref();
  };
  return {
    listeners: () => listeners.size,
    add: (stream) => {
      const listener: Listener = { stream, sent: '', sentMs: performance.now(), isFull: false };
      listeners.add(listener);
      stream.on('close', () => listeners.delete(listener));
      stream.on('error', () => stream.destroy());
      stream.on('drain', () => {
        listener.isFull = false;
      });
      stream.write('retry: 2000\n\n');
      if (timer === null) tick();
      else push(listener, latest);
    },
    close: () => {
      isClosed = true;
      if (timer !== null) clearTimeout(timer);
      for (const { stream } of listeners) stream.end();
    },
  };
}

/** One line of JSON holds no line break, so an event is always whole. */
function push(listener: Listener, text: string): void {
  if (listener.isFull) return;
  const nowMs = performance.now();
  const isNews = text !== '' && listener.sent !== text;
  if (!isNews && nowMs - listener.sentMs < aliveEveryMs) return;
  listener.isFull = !listener.stream.write(isNews ? `event: summary\ndata: ${text}\n\n` : ': alive\n\n');
  listener.sentMs = nowMs;
  if (isNews) listener.sent = text;
}
