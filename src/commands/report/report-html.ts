// The report as one HTML file: pictures inside, no script, nothing from elsewhere. What a reviewer attaches to a release.
import { escapeHtml } from '../chaos/escape-html.ts';
import { intervalPicture } from './interval-picture.ts';
import { at, doneTo, hashOf, identityOf, type ReportMaterial, rowsOf, whereRequestsWent } from './material.ts';
import { answerText, featuresText, sampleHead } from './sample-text.ts';

const mostSamples = 30;

export function reportHtml(material: ReportMaterial): string {
  const { gate, run, service } = material;
  const verdictKind = gate.verdict === 'PASS' ? 'within' : gate.verdict === 'FAIL' ? 'over' : 'open';
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>${text(`${gate.verdict}: ${service}, ${run.experiment}`)}</title><style>${style}</style></head>
<body>
<p class="about">penumbra report · ${text(service)} · ${text(run.experiment)} · run ${text(run.id)}</p>
<h1>May it be promoted? <span class="verdict ${verdictKind}">${text(gate.verdict)}</span></h1>
<ul class="first">${gate.reasons.map((reason) => `<li>${text(reason)}</li>`).join('')}</ul>
<h2>What was judged</h2>
<dl>${identityOf(material)
    .map(([name, value]) => `<dt>${text(name)}</dt><dd>${text(value)}</dd>`)
    .join('')}</dl>
<h2>Evidence</h2>
<p class="legend">The bar is what the limit allows; the line is the interval that holds at any time, the dot the estimate.</p>
<div class="wide stacked">${table(['hypothesis', 'verdict', 'n', '', 'in words'], evidenceRows(material))}</div>
<h2>Where the requests went</h2>
<ul>${whereRequestsWent(material)
    .map((line) => `<li>${text(line)}</li>`)
    .join('')}</ul>
${historySection(material)}
${sizesSection(material)}
${samplesSection(material)}
<p class="legend">${text(run.notes.join(' · '))}</p>
<p class="legend">This report’s content: <code>${hashOf(material)}</code></p>
</body></html>
`;
}

function evidenceRows(material: ReportMaterial): readonly (readonly string[])[] {
  return rowsOf(material).map((row) => [
    text(row.id),
    text(row.state),
    row.n.toLocaleString('en-US'),
    intervalPicture(row) ?? '',
    text(row.sentence),
  ]);
}

function historySection({ verdicts }: ReportMaterial): string {
  if (verdicts.length === 0) return '';
  const rows = verdicts.map((one) => [
    at(one.at),
    one.hypothesis,
    `${one.from} → ${one.to}`,
    one.n.toLocaleString('en-US'),
    one.sentence,
  ]);
  return `<h2>How the verdicts came about</h2><div class="wide stacked">${table(
    ['when', 'hypothesis', 'change', 'n', ''],
    rows.map((row) => row.map(text)),
  )}</div>`;
}

function sizesSection({ effectSizes }: ReportMaterial): string {
  const rows = effectSizes.flatMap(({ arm, decision, sizes }) =>
    sizes.map(({ name, base, binning, estimate, interval: [low, high] }) =>
      [
        arm,
        decision,
        name,
        estimate.toPrecision(3),
        `${low.toPrecision(3)} to ${high.toPrecision(3)}`,
        `${base}, ${binning}`,
      ].map(text),
    ),
  );
  if (rows.length === 0) return '';
  return `<h2>How far the scores moved</h2><div class="wide">${table(['arm', 'decision', 'distance', 'estimate', 'interval', 'base and binning'], rows)}</div>`;
}

function samplesSection({ samples }: ReportMaterial): string {
  if (samples.length === 0) return '';
  const rows = samples.slice(0, mostSamples).map((one) => {
    const answers = [answerText(one.production), answerText(one.answer)];
    const cells = [one.exchangeId, one.arm, one.what, ...answers, doneTo(one), featuresText(one)];
    return cells.map(text);
  });
  const shown =
    samples.length > mostSamples ? `the first ${mostSamples} of ${samples.length}` : `all ${samples.length}`;
  return `<h2>Divergent samples</h2><p class="legend">${shown} that were kept, redacted: declared features only.</p>
<div class="wide stacked samples">${table(sampleHead, rows)}</div>`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const heads = head.map((name) => `<th>${name}</th>`).join('');
  // On a phone the rows are stacked, and every cell says itself what it is.
  const line = (cells: readonly string[]): string =>
    `<tr>${cells.map((cell, index) => `<td data-name="${head[index] ?? ''}">${cell}</td>`).join('')}</tr>`;
  return `<table><thead><tr>${heads}</tr></thead><tbody>${rows.map(line).join('')}</tbody></table>`;
}

const text = escapeHtml;

const style = `
:root{color-scheme:light dark;--paper:#fff;--ink:#1b1f24;--soft:#5b6470;--line:#d9dee4;--over:#c62a2f;--within:#18794e;--open:#8a6100;--allowed:#e3efe8}
@media(prefers-color-scheme:dark){:root{--paper:#14171b;--ink:#e8eaed;--soft:#9aa4b0;--line:#343b44;--over:#ff8589;--within:#5fd39a;--open:#f0c25e;--allowed:#1d3328}}
body{margin:0 auto;padding:28px 28px 60px;max-width:1100px;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,"Segoe UI",Helvetica,Arial,sans-serif}
h1{font-size:26px;margin:0 0 8px}h2{font-size:18px;margin:34px 0 8px}.about,.legend{color:var(--soft)}.legend{font-size:13px}
.verdict{padding:1px 12px;border:2px solid currentColor;border-radius:8px}.verdict.within{color:var(--within)}.verdict.over{color:var(--over)}.verdict.open{color:var(--open)}
ul.first{padding-left:20px;margin:0}dl{display:grid;grid-template-columns:max-content 1fr;gap:2px 18px;margin:0}dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}
.wide{overflow-x:auto}table{border-collapse:collapse;font-size:13px}th,td{padding:4px 14px 4px 0;text-align:left;vertical-align:top;border-bottom:1px solid var(--line)}
.samples td{overflow-wrap:anywhere;min-width:80px}.samples td:last-child{min-width:300px}
svg .allowed{fill:var(--allowed)}svg .limit{stroke:var(--ink);stroke-width:1.5;stroke-dasharray:3 2}svg .range{stroke-width:3}
svg .range.over{stroke:var(--over)}svg .range.within{stroke:var(--within)}svg .range.open{stroke:var(--open)}
svg .dot.over{fill:var(--over)}svg .dot.within{fill:var(--within)}svg .dot.open{fill:var(--open)}code{font-size:.92em;overflow-wrap:anywhere}
@media(max-width:700px){body{padding:20px 14px 40px}.wide table{min-width:640px}.stacked table{min-width:0}.stacked thead{display:none}
.stacked tr{display:block;padding:8px 0;border-bottom:1px solid var(--line)}.stacked td{display:block;border:0;padding:2px 0}.stacked td:empty{display:none}
.stacked td::before{content:attr(data-name) " ";color:var(--soft)}.stacked td[data-name=""]::before{content:none}.samples td:last-child{min-width:0}}
@media print{.wide{overflow:visible}}
`;
