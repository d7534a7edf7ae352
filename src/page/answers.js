// What a model answered, in a few words: label and score are what people look for.

/** @example "late: true (score 0.83)" */
export function answerText(answer) {
  if (answer === null || typeof answer !== 'object') return valueText(answer);
  if (typeof answer.status === 'string') return answer.reason ? `${answer.status} (${answer.reason})` : answer.status;
  return Object.entries(answer)
    .map(([decision, prediction]) => `${decision}: ${predictionText(prediction)}`)
    .join('; ');
}

function predictionText(prediction) {
  if (prediction === null || typeof prediction !== 'object') return valueText(prediction);
  const { kind, label, scores = [], value, items, text, vector } = prediction;
  if (kind === 'regression') return valueText(value);
  if (kind === 'ranking') return (items ?? []).slice(0, 5).join(', ');
  if (kind === 'text') return text ?? label ?? '';
  if (kind === 'vector') return `[${(vector ?? []).slice(0, 4).map(valueText).join(', ')}, …]`;
  if (scores.length === 1) return `${label || 'nothing'} (score ${valueText(scores[0])})`;
  return prediction.confidence === null || prediction.confidence === undefined
    ? label || 'nothing'
    : `${label || 'nothing'} (confidence ${valueText(prediction.confidence)})`;
}

export function valueText(value) {
  if (typeof value === 'number') return String(Number(value.toPrecision(6)));
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.length === 1 ? valueText(value[0]) : `[${value.map(valueText).join(', ')}]`;
  return value === undefined ? '' : (JSON.stringify(value) ?? '');
}
