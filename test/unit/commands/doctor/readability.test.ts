// What the doctor says of a tap that reads everything, little, nothing, or that nobody uses.
import { describe, expect, it } from 'vitest';
import { readabilityFindings } from '../../../../src/commands/doctor/readability.ts';

const seen = { taps: 1, connections: 412, blind: 0, requests: 5000, unlisted: 0, sampled: 1000, copied: 1000 };

describe('readability', () => {
  it('names TLS and its remedy', () => {
    const [finding] = readabilityFindings({
      seen: { ...seen, blind: 412, requests: 0, sampled: 0, copied: 0 },
      losses: { blind_tls: 412, blind_h2: 0, lost_copy: 0 },
    });
    expect(finding?.verdict).toBe('failure');
    expect(finding?.text).toMatch(
      /^0 of 412 connections readable: TLS \(412\); put the tap behind whatever ends TLS, or use/,
    );
  });

  it('tells the reasons, the most frequent first', () => {
    const [finding] = readabilityFindings({
      seen: { ...seen, blind: 12 },
      losses: { blind_malformed: 2, blind_upgrade: 10 },
    });
    expect(finding).toMatchObject({ verdict: 'warning' });
    expect(finding?.text).toMatch(/^400 of 412 connections readable: upgraded connections \(10\), malformed \(2\); /);
  });

  it('is content with a tap that reads and copies all', () => {
    expect(readabilityFindings({ seen, losses: { blind_tls: 0 } })).toEqual([
      { about: 'tap', verdict: 'ok', text: '412 of 412 connections readable' },
      { about: 'tap', verdict: 'ok', text: '1000 copies of 1000 sampled of 5000 requests' },
    ]);
  });

  it('says when copies are lost, when no tap came and when no client did', () => {
    expect(readabilityFindings({ seen: { ...seen, copied: 500 }, losses: {} })[1]?.verdict).toBe('warning');
    expect(readabilityFindings({ seen: {}, losses: {} })[0]?.text).toMatch(/no tap has connected/);
    expect(readabilityFindings({ seen: { taps: 1 }, losses: {} })[0]?.text).toMatch(/no connection/);
  });
});
