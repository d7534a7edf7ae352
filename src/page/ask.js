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
      if (state.job.path() === path) {
        Object.assign(state, { path, mark });
        state.job.put(answer);
        onPut();
      }
    } catch (thrown) {
      if (thrown.status === 404 && state.job.path() === path) {
        Object.assign(state, { path, mark });
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
      if (path === null || state.isBusy) continue;
      const mark = state.job.mark();
      const isOther = path !== state.path;
      if (!isOther && mark === state.mark) continue;
      if (!isOther && performance.now() - state.askedMs < state.job.everyMs) continue;
      if (isOther && performance.now() - state.askedMs < 500) continue;
      void askOne(state, path, mark);
    }
  };
  setInterval(askDue, 500);
  return askDue;
}
