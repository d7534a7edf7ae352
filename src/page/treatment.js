// What was done on purpose to one request on its way to an arm: which perturbations and faults acted, and what the arm was sent instead.
import { valueText } from './answers.js';

/** Both lists are empty for an arm that nothing is done to. */
export function treatmentOf({ applied = [], sent = {}, features = {} }) {
  return {
    applied,
    changes: Object.entries(sent).map(([name, value]) => `${name}: ${shown(features[name])} → ${shown(value)}`),
  };
}

/** In one line, for a cell of a list. */
export function treatmentText(sample) {
  const { applied, changes } = treatmentOf(sample);
  return [applied.join('; '), changes.length > 0 && `(${changes.join('; ')})`].filter(Boolean).join(' ');
}

function shown(value) {
  return value === null || value === undefined ? 'missing' : valueText(value);
}
