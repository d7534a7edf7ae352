// Alerts that penumbra pushes and alerts that Prometheus raises by the shipped rules are the same: name, labels, and what stays the same.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Alert, AlertCause } from '../../../src/model.ts';
import { presentAlert } from '../../../src/pipeline/present-alerts.ts';
import { presentation, someAlert } from '../../support/notification.ts';

const folder = join(import.meta.dirname, '../../../config/prometheus');
const read = (file: string) => parse(readFileSync(join(folder, file), 'utf8'));

interface Rule {
  readonly alert: string;
  readonly labels: { readonly severity: string; readonly cause: string };
  readonly expr: string;
  readonly annotations: Readonly<Record<string, string>>;
}
const rules = (read('rules.yaml') as { groups: { rules: Rule[] }[] }).groups.flatMap((group) => group.rules);

const examples: Readonly<Record<AlertCause, Partial<Alert>>> = {
  arm: {},
  control: { cause: 'control', arm: 'twin', hypothesis: 'twin.late.flip' },
  production: { cause: 'production', experiment: 'watch', run: 'production', arm: null, hypothesis: 'late.collapse' },
  run: { cause: 'run', severity: 'ticket', arm: null, hypothesis: null },
  dependency: { cause: 'dependency', severity: 'ticket', run: '', arm: null, hypothesis: 'store' },
};

describe.each(Object.entries(examples))('an alert about %s', (cause, about) => {
  const alert: Alert = { ...someAlert, ...about };
  const sent = presentAlert(alert, presentation);
  const rule = rules.find(({ alert: name }) => name === sent.name) as Rule;

  it('has the name, the labels and the runbook of its rule', () => {
    expect(rule.labels.cause).toBe(cause);
    const grouped = /by \(([\w, ]+)\)/.exec(rule.expr)?.[1]?.split(/, */) ?? [];
    // A label that the rule empties is none.
    const labels: Readonly<Record<string, string>> = rule.labels;
    const own = ['alertname', ...grouped, ...Object.keys(labels)].filter((name) => labels[name] !== '');
    expect(Object.keys(sent.labels).toSorted()).toEqual([...new Set(own)].toSorted());
    expect(sent.annotations.runbook).toBe(rule.annotations.runbook);
    const place = (text: string) =>
      text.replaceAll(/\{\{ \$labels\.(\w+) \}\}/g, (_, label: string) => sent.labels[label] ?? '?');
    expect(sent.annotations.summary).toBe(place(rule.annotations.summary ?? ''));
    expect(sent.annotations.dashboard).toBe(place(rule.annotations.dashboard ?? ''));
  });

  it('says numbers, times and runs in annotations alone', () => {
    const later = { ...alert, run: 'r9', at: alert.at + 1, summary: '99 %', status: 'resolved' } as const;
    expect(presentAlert(later, presentation).labels).toEqual(sent.labels);
    expect(sent.annotations).toMatchObject({ description: alert.summary, run: alert.run });
  });

  it('of a drill says so at once', () => {
    const drill = presentAlert(alert, { ...presentation, isDrill: () => true });
    expect(drill.labels).toEqual({ ...sent.labels, drill: 'true' });
    expect(drill.summary).toBe(`DRILL: ${alert.summary}`);
    expect(drill.annotations.summary).toMatch(/^DRILL: test: /);
  });
});

it('has a section of the runbook for every rule', () => {
  const runbook = readFileSync(join(folder, '../runbook.md'), 'utf8');
  const sections = [...runbook.matchAll(/^## (\w+)$/gm)].map(([, name]) => name);
  expect(rules.map(({ alert }) => alert).toSorted()).toEqual(sections.toSorted());
});

it('leads to the run and to the samples where people reach the API', () => {
  const publicUrl = 'https://p.example/';
  const { annotations } = presentAlert(someAlert, { ...presentation, publicUrl });
  expect(annotations.link).toBe('https://p.example/v1/runs/r1');
  expect(annotations.samples).toBe('https://p.example/v1/runs/r1/samples?arm=candidate');
  const watch = presentAlert({ ...someAlert, ...examples.production }, { ...presentation, publicUrl });
  expect(watch.annotations.link).toBe('https://p.example/v1/watches');
});
