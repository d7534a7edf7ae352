// The kill switch: never by one slip of the hand. A dialog asks for the reason, says what will happen, and only then it is done.
import { post } from './api.js';
import { el } from './dom.js';
import { clockTime } from './words.js';

const texts = {
  engage: {
    title: 'Stop everything?',
    what: 'Every run ends at once, calls in flight are cut, nothing is copied any more. Runs that end now stay ended. Production is not touched.',
    confirm: 'Stop everything now',
    scope: 'operate',
  },
  release: {
    title: 'Release the kill switch?',
    what: 'Runs may be started again. Those that it ended stay ended.',
    confirm: 'Release',
    scope: 'approve',
  },
};

export function killBanner({ killed }) {
  if (killed === null) return null;
  return el(
    'div',
    { class: 'banner' },
    el(
      'p',
      {},
      el('strong', {}, '■ Kill switch engaged'),
      ` since ${clockTime(killed.engagedAt)} (by ${killed.by}): ${killed.reason}`,
    ),
    el('button', { type: 'button', 'data-action': 'release' }, 'Release…'),
  );
}

const scopes = ['read', 'operate', 'approve'];

/** `scopeNow` says what this tab's token may do; `onDone` is called when penumbra has done it. */
export function createKillDialog(dialog, { scopeNow, onDone }) {
  const part = (name) => dialog.querySelector(`[data-part=${name}]`);
  let mode = 'engage';
  part('cancel').addEventListener('click', () => dialog.close());
  dialog.querySelector('form').addEventListener('submit', async (event) => {
    event.preventDefault();
    const reason = part('reason').value.trim();
    if (reason === '') return part('reason').focus();
    const token = part('other-token').hidden ? undefined : part('token').value.trim();
    part('confirm').disabled = true;
    try {
      await post(mode === 'engage' ? 'v1/kill' : 'v1/kill/release', { reason }, { token });
      dialog.close();
      onDone();
    } catch (thrown) {
      part('problem').textContent = `It was not done: ${thrown.message}`;
    } finally {
      part('confirm').disabled = false;
    }
  });
  return {
    show: (wanted) => {
      mode = wanted;
      for (const name of ['title', 'what', 'confirm']) part(name).textContent = texts[mode][name];
      part('problem').textContent = '';
      for (const name of ['reason', 'token']) part(name).value = '';
      const { scope } = texts[mode];
      const isTooNarrow = scopes.indexOf(scopeNow()) < scopes.indexOf(scope);
      part('other-token').hidden = !isTooNarrow;
      part('token').required = isTooNarrow;
      part('scope').textContent =
        `${scope}, for this alone: the page’s own token may ${scopeNow()} only. It is not kept`;
      dialog.showModal();
      part('reason').focus();
    },
  };
}
