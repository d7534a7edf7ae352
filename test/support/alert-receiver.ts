// A real HTTP server that takes notifications as a receiver does, keeps them, and lets a test wait for an alert.
import { createServer } from 'node:http';
import type { Notification, SentAlert } from '../../src/model.ts';
import { listenOnFreePort } from './raw-sockets.ts';

export interface AlertReceiver {
  readonly url: string;
  /** Of all notifications, in order. */
  readonly alerts: SentAlert[];
  readonly notifications: Pick<Notification, 'service' | 'summary' | 'alerts'>[];
  /** What it answers. */
  status: number;
  /** Resolves once it has taken so many. */
  got(count: number): Promise<void>;
  close(): Promise<void>;
}

export async function startAlertReceiver(): Promise<AlertReceiver> {
  const alerts: SentAlert[] = [];
  const notifications: AlertReceiver['notifications'] = [];
  let wake = (): void => {};
  const server = createServer(async (message, reply) => {
    let body = '';
    for await (const part of message.setEncoding('utf8')) body += part;
    reply.statusCode = receiver.status;
    reply.end();
    const notification = JSON.parse(body) as Notification;
    notifications.push(notification);
    alerts.push(...notification.alerts);
    wake();
  });
  const port = await listenOnFreePort(server);
  const receiver: AlertReceiver = {
    url: `http://127.0.0.1:${port}`,
    alerts,
    notifications,
    status: 204,
    got: async (count) => {
      while (alerts.length < count) {
        await new Promise<void>((resume) => {
          wake = resume;
        });
      }
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return receiver;
}
