// Who waits for a place: as many as the room holds, in their order, and not for long.
import { expect, it } from 'vitest';
import { createWaitingRoom, maxWaiting, waitAtMostMs } from '../../../src/tap/waiting-room.ts';

it('lets the one who has waited longest out first, and takes nobody when it is full', () => {
  const room = createWaitingRoom<number>();
  for (let client = 0; client < maxWaiting; client++) expect(room.enter(client, 0)).toBe(true);
  expect(room.enter(99, 0)).toBe(false);
  expect([room.next(), room.next()]).toEqual([0, 1]);
  expect(room.enter(99, 0)).toBe(true);
  expect(room.all()).toEqual([...Array.from({ length: maxWaiting - 2 }, (_, index) => index + 2), 99]);
  expect(room.next()).toBe(null);
});

it('shows those out who have waited too long, and keeps the others', () => {
  const room = createWaitingRoom<string>();
  room.enter('early', 0);
  room.enter('late', 1);
  expect(room.tooLong(waitAtMostMs)).toEqual([]);
  expect(room.tooLong(waitAtMostMs + 1)).toEqual(['early']);
  expect(room.next()).toBe('late');
});
