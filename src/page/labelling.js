// Samples as a list for whoever knows the truth: one line a request and arm, both answers, an empty column for the true label.
import { answerText, valueText } from './answers.js';
import { treatmentText } from './treatment.js';

/** CSV by RFC 4180, with line ends and quotes as spreadsheets want them. */
export function labellingList(samples) {
  const features = [...new Set(samples.flatMap((sample) => Object.keys(sample.features)))];
  const head = [
    'run',
    'request',
    'time',
    'arm',
    'what_differed',
    'what_was_done',
    ...features.map((name) => `feature:${name}`),
    'production_answered',
    'arm_answered',
    'true_label',
  ];
  const lines = samples.map((sample) => [
    sample.runId,
    sample.exchangeId,
    new Date(sample.at).toISOString(),
    sample.arm,
    sample.what,
    treatmentText(sample),
    ...features.map((name) => valueText(sample.features[name])),
    answerText(sample.production),
    answerText(sample.answer),
    '',
  ]);
  return [head, ...lines].map((cells) => `${cells.map(cellText).join(',')}\r\n`).join('');
}

/** A spreadsheet would run what begins like a formula; a plain number may begin with a minus. */
function cellText(value) {
  const isFormula = /^[=+\-@\t\r]/.test(value) && !/^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(value);
  const safe = isFormula ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Hands the text to the reader as a file. */
export function download(name, text) {
  const address = URL.createObjectURL(new Blob([text], { type: 'text/csv' }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
