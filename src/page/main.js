// The page: joins the live connection, what is asked for besides, and what is drawn. All state is here, in one object.
import { onTokenWanted, useToken } from './api.js';
import { createAsking } from './ask.js';
import { cardView } from './card.js';
import { renewCharts } from './charts.js';
import { renew } from './dom.js';
import { flowView } from './flow.js';
import { createKillDialog, killBanner } from './kill.js';
import { download, labellingList } from './labelling.js';
import { listen } from './live.js';
import { experimentLinks, headline } from './overview.js';
import { createPoints } from './points.js';
import { runView } from './run.js';
import { fewFirst, moreAtATime, samplesView } from './samples.js';
import { sizesView } from './sizes.js';
import { watchesView } from './watches.js';

const place = (id) => document.getElementById(id);
const state = {
  connection: 'lost',
  summary: null,
  /** What the address names: {experiment} follows its latest run, {run} stays with one. */
  wanted: readAddress(),
  chosen: null,
  run: null,
  verdicts: null,
  samples: null,
  sizes: null,
  watches: null,
  chaos: null,
  health: null,
  /** What the token may do; asked for once per connection. */
  scope: 'approve',
  /** Keys of the details that the reader has opened. */
  opened: new Set(),
  points: createPoints(),
  sampleArm: '',
  samplesShown: fewFirst,
  cardMetric: '',
};

function readAddress() {
  return Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
}

/** The run that is shown: the one in the address, else the latest of the chosen experiment; first of all one with something wrong. */
function choose() {
  const { summary, wanted } = state;
  if (summary === null) return;
  const { experiments } = summary;
  const isWrong = ({ run }) => run !== null && ((run.verdicts.VIOLATED ?? 0) > 0 || (run.verdicts.REGRESSED ?? 0) > 0);
  const byName = experiments.find(({ name }) => name === (wanted.experiment ?? state.chosen?.experiment));
  const one = byName ?? experiments.find(isWrong) ?? experiments.find(({ run }) => run !== null) ?? experiments[0];
  const next =
    wanted.run === undefined
      ? { experiment: one?.name ?? null, run: one?.run?.id ?? null }
      : { experiment: state.run?.experiment ?? null, run: wanted.run };
  if (next.run !== state.chosen?.run)
    Object.assign(state, { run: null, verdicts: null, samples: null, sizes: null, samplesShown: fewFirst });
  state.chosen = next;
}

const ofRun = (more) => () =>
  state.connection !== 'live' || !state.chosen?.run ? null : `v1/runs/${encodeURIComponent(state.chosen.run)}${more}`;
const whenOpen = (key, path) => () => (state.connection === 'live' && place(key).open ? path() : null);
const markOfRun = () =>
  JSON.stringify(
    state.summary?.experiments.find(({ run }) => run?.id === state.chosen?.run)?.run ?? Math.floor(Date.now() / 5000),
  );
const slowly = () => Math.floor(Date.now() / 10_000);

const askDue = createAsking(
  [
    {
      path: ofRun(''),
      mark: markOfRun,
      everyMs: 1000,
      put: (run) => {
        state.run = run;
        if (run !== null) state.points.add(run, Date.now());
      },
    },
    {
      path: ofRun('/verdicts'),
      mark: markOfRun,
      everyMs: 2000,
      put: (answer) => Object.assign(state, { verdicts: answer?.verdicts ?? [] }),
    },
    {
      path: whenOpen('samples', ofRun('/samples')),
      mark: markOfRun,
      everyMs: 4000,
      put: (answer) => Object.assign(state, { samples: answer?.samples ?? [] }),
    },
    {
      path: whenOpen('sizes', ofRun('/effect-sizes')),
      mark: markOfRun,
      everyMs: 4000,
      put: (answer) => Object.assign(state, { sizes: answer?.effectSizes ?? [] }),
    },
    {
      path: () => (state.connection === 'live' ? 'v1/watches' : null),
      mark: () => JSON.stringify(state.summary?.watches),
      everyMs: 2000,
      put: (watches) => Object.assign(state, { watches: watches ?? { watches: [], late: 0, failed: 0 } }),
    },
    {
      path: whenOpen('card', () => (state.summary?.chaos ? 'v1/chaos' : null)),
      mark: () => JSON.stringify(state.summary?.chaos),
      everyMs: 3000,
      put: (chaos) => Object.assign(state, { chaos }),
    },
    {
      path: () => (state.connection === 'live' ? 'v1/access' : null),
      mark: () => 'once',
      everyMs: 2000,
      put: (answer) => Object.assign(state, { scope: answer?.scope ?? 'approve' }),
    },
    {
      path: whenOpen('flow', () => 'v1/health'),
      mark: slowly,
      everyMs: 5000,
      put: (health) => Object.assign(state, { health }),
    },
  ],
  { onPut: () => draw(), onProblem: () => {} },
);

const connectionWords = { live: '● live', lost: '○ not connected, trying again', locked: '○ waiting for the token' };

function draw() {
  const { summary, connection } = state;
  renew(place('connection'), connectionWords[connection]);
  place('connection').className = connection;
  renew(place('service'), summary === null ? '' : `${summary.service} · penumbra ${summary.version}`);
  renew(place('now'), headline(state));
  renew(place('killed'), killBanner(summary ?? { killed: null }));
  place('kill-button').hidden = summary === null || summary.killed !== null;
  place('content').hidden = summary === null;
  if (summary === null) return;
  renew(place('experiments'), experimentLinks(state));
  renew(place('run'), runView(state));
  for (const [id, view] of [
    ['samples', samplesView],
    ['sizes', sizesView],
    ['flow', flowView],
    ['watches', watchesView],
    ['card', cardView],
  ]) {
    if (place(id).open) renew(place(`${id}-inside`), view(state));
  }
  renewCharts(lookUp);
}

function lookUp(id) {
  const claim = state.run?.arms.flatMap(({ hypotheses }) => hypotheses).find((one) => one.id === id);
  const points = claim === undefined ? [] : state.points.of(state.run, claim);
  return points.length === 0 ? null : { claim, points };
}

const connection = listen({
  onSummary: (summary) => {
    state.summary = summary;
    choose();
    askDue();
    draw();
  },
  onState: (next) => {
    state.connection = next;
    draw();
  },
});

onTokenWanted((wasGiven) => {
  place('token').hidden = false;
  place('token-problem').textContent = wasGiven ? 'That token was not accepted.' : '';
  place('token-value').focus();
});
place('token-form').addEventListener('submit', (event) => {
  event.preventDefault();
  const isUsable = useToken(place('token-value').value.trim());
  place('token-value').value = '';
  place('token-problem').textContent = isUsable ? '' : 'That token was not accepted.';
  if (!isUsable) return;
  place('token').hidden = true;
  connection.retry();
});

const killDialog = createKillDialog(place('kill-dialog'), { scopeNow: () => state.scope, onDone: () => askDue() });
const actions = {
  kill: () => killDialog.show('engage'),
  release: () => killDialog.show('release'),
  'more-samples': () => Object.assign(state, { samplesShown: state.samplesShown + moreAtATime }),
  'export-samples': () => {
    const { samples, sampleArm, chosen } = state;
    download(
      `to-label-${chosen.run}.csv`,
      labellingList((samples ?? []).filter(({ arm }) => sampleArm === '' || arm === sampleArm)),
    );
  },
};
document.addEventListener('click', ({ target }) => {
  const action = target.closest('[data-action]')?.dataset.action;
  if (action === undefined) return;
  actions[action]();
  draw();
});
document.addEventListener('change', ({ target }) => {
  if (target.dataset.change === 'sample-arm') state.sampleArm = target.value;
  if (target.dataset.change === 'card-metric') state.cardMetric = target.value;
  draw();
});
document.addEventListener(
  'toggle',
  ({ target }) => {
    const key = target.dataset?.opens;
    if (key !== undefined) state.opened[target.open ? 'add' : 'delete'](key);
    askDue();
    draw();
  },
  true,
);
addEventListener('hashchange', () => {
  Object.assign(state, { wanted: readAddress(), chosen: null });
  choose();
  askDue();
  draw();
});
draw();
