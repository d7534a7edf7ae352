// What the page asks for besides the summaries: each part only while it is wanted, when something about it changed, and not too often.
import { get } from './api.js';

/** Each job: {path(), mark(), everyMs, put(answer)}; a path of null is not asked. `onPut` is called after each answer. */
export function createAsking(jobs, { onPut, onProblem }) {
  const states = jobs.map((job) => ({ job, path: null, mark: null, askedMs: -Infinity, isBusy: false }));
  const askOne = async (state, path, mark) => {
    Object.assign(state, { isBusy: true, askedMs: performance.now() });
    try {
      const answer = await get(path);
      // Meanwhile another run may have been chosen.
      if (state.path === path) {
        state.mark = mark;
        state.job.put(answer);
        onPut();
      }
    } catch (thrown) {
      if (thrown.status === 404 && state.path === path) {
        state.mark = mark;
        state.job.put(null);
        onPut();
      } else onProblem(thrown);
    } finally {
      state.isBusy = false;
    }
  };
  const askDue = () => {
    for (const state of states) {
      const path = state.job.path();
      // What was asked before another path was wanted has been forgotten since.
      if (path !== state.path) Object.assign(state, { path, mark: null, askedMs: Number.NEGATIVE_INFINITY });
      if (path === null || state.isBusy) continue;
      const mark = state.job.mark();
      if (mark !== state.mark && performance.now() - state.askedMs >= state.job.everyMs) void askOne(state, path, mark);
    }
  };
  setInterval(askDue, 500);
  return askDue;
}
