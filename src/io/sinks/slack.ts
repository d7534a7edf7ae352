// An incoming webhook as Slack has it, and Mattermost and Rocket.Chat after it: {text}, in which & < > mean something and are escaped.
import { Type } from 'typebox';
import type { Kind } from '../../core/kind.ts';
import type { Notification, SentAlert } from '../../model.ts';
import type { Sink } from '../ports.ts';
import { postJson } from './post.ts';

const options = Type.Object({
  url: Type.String({ description: 'address of the incoming webhook, which is its own secret' }),
  from: Type.String({ description: 'where the address comes from: the name by which people know it' }),
});

/** A longer message is cut off by the receiver, in the middle of a sentence. */
const mostShown = 20;
const longestSentence = 600;

export const slack: Kind<typeof options, Sink> = {
  name: 'slack',
  summary: 'posts one message per notification to a Slack-compatible incoming webhook',
  options,
  create: ({ url, from }) => ({
    name: `slack ${from}`,
    deliver: (notification) => postJson(url, { headers: {}, body: { text: textOf(notification) } }),
    close: async () => {},
  }),
};

function textOf({ summary, alerts }: Notification): string {
  const [only] = alerts;
  if (only !== undefined && alerts.length === 1) return lineOf(only);
  const shown = alerts.slice(0, mostShown).map((alert) => `• ${lineOf(alert)}`);
  const more = alerts.length > mostShown ? [`… and ${alerts.length - mostShown} more`] : [];
  return [`*${escapeText(summary)}*`, ...shown, ...more].join('\n');
}

function lineOf({ status, severity, annotations }: SentAlert): string {
  const { summary = '', description = '', link } = annotations;
  const what = status === 'resolved' ? 'RESOLVED' : severity === 'page' ? 'FIRING (page)' : 'FIRING (ticket)';
  const cut = description.length > longestSentence ? `${description.slice(0, longestSentence)}…` : description;
  const more = link === undefined ? '' : ` <${escapeText(link)}|details>`;
  return `*${what}* ${escapeText(summary)}: ${escapeText(cut)}${more}`;
}

/** The three characters that Slack asks to be escaped, and no other; on one line, so that no text begins an alert of its own. */
function escapeText(text: string): string {
  const line = text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ');
  return line.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
