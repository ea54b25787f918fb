// The app's modals: a stack of views in one dialog. What was typed survives an update of the view, as in Slack.

import { h } from './dom.js';
import { blocks } from './blocks.js';
import { plain } from './mrkdwn.js';
import { toast } from './dialogs.js';
import { trouble } from './fields.js';
import { avatar } from './dom.js';
import { directory } from './directory.js';

export class Modals {
  #door;
  #dialog = null;
  #drafts = new Map();
  #shown = '';
  #busy = false;

  constructor(door) {
    this.#door = door;
  }

  /** Show the top of the stack, or nothing. */
  show(stack) {
    for (const id of this.#drafts.keys()) if (!stack.some((view) => view.id === id)) this.#drafts.delete(id);
    const view = stack.at(-1);
    if (!view) return this.#hide();
    const state = JSON.stringify([view.id, view.hash, view.errors, stack.length]);
    if (state === this.#shown) return undefined;
    this.#shown = state;
    return this.#draw(view, stack.length);
  }

  close() {
    this.#hide();
  }

  #hide() {
    this.#shown = '';
    this.#dialog?.close();
    this.#dialog?.remove();
    this.#dialog = null;
  }

  #draw(view, depth) {
    const kept = focused(this.#dialog);
    if (!this.#dialog) {
      this.#dialog = h('dialog', { class: 'dialog modal', 'aria-labelledby': 'modal-title', 'data-testid': 'modal' });
      this.#dialog.addEventListener('cancel', (event) => { event.preventDefault(); this.#leave(); });
      document.body.append(this.#dialog);
      this.#dialog.showModal();
    }
    this.#dialog.setAttribute('data-view-id', view.id);
    this.#dialog.setAttribute('data-callback-id', view.callback_id);
    this.#dialog.replaceChildren(this.#form(view, depth));
    refocus(this.#dialog, kept, view);
  }

  #form(view, depth) {
    const drafts = this.#draftsOf(view);
    const ctx = {
      drafts,
      errors: view.errors,
      act: (element, block, value) => this.#door.act('click', { view_id: view.id, action_id: element.action_id, block_id: block.block_id, value, values: inputs(view, drafts) }),
      suggest: async (element, typed) => (await this.#door.act('suggest', { view_id: view.id, action_id: element.action_id, typed })).options,
    };
    const submit = view.submit && h('button', { class: 'button solid primary', type: 'submit', 'data-testid': 'submit' }, plain(view.submit.text));
    const form = h('form', { novalidate: true, onsubmit: (event) => { event.preventDefault(); this.#submit(view, drafts, form, submit); } },
      h('header', { class: 'modal-head' },
        avatar({ id: directory.app.user, name: directory.app.name, is_bot: true }, 'tiny'),
        h('h2', { id: 'modal-title' }, plain(view.title.text)),
        depth > 1 && h('span', { class: 'depth', title: 'Views in this stack' }, `${depth} deep`),
        h('button', { class: 'icon-button', type: 'button', 'aria-label': 'Close', 'data-testid': 'modal-x', onclick: () => this.#leave() }, '✕')),
      h('div', { class: 'modal-body' }, blocks(view.blocks, ctx)),
      (submit || view.close) && h('footer', {},
        h('p', { class: 'modal-trouble', role: 'alert', 'data-testid': 'modal-trouble' }),
        h('button', { class: 'button', type: 'button', 'data-testid': 'close', onclick: () => this.#leave() }, plain(view.close?.text ?? 'Cancel')),
        submit));
    return form;
  }

  async #submit(view, drafts, form, button) {
    if (!button || this.#busy) return;
    this.#busy = true;
    const said = form.querySelector('.modal-trouble');
    said.textContent = '';
    button.classList.add('busy');
    button.setAttribute('aria-busy', 'true');
    try {
      const answer = await this.#door.act('submit', { view_id: view.id, values: inputs(view, drafts) }, true);
      if (!answer.ok && answer.error !== 'errors') said.textContent = ['operation_timeout', 'dispatch_failed'].includes(answer.error) ? 'We had some trouble connecting. Try again?' : [answer.error, ...(answer.complaints ?? [])].join(': ');
    } catch (error) {
      said.textContent = trouble(error);
    } finally {
      this.#busy = false;
      button.classList.remove('busy');
      button.removeAttribute('aria-busy');
    }
  }

  #leave() {
    this.#door.act('close', {}).catch((error) => toast(trouble(error), 'bad'));
  }

  #draftsOf(view) {
    if (!this.#drafts.has(view.id)) this.#drafts.set(view.id, new Map());
    return this.#drafts.get(view.id);
  }
}

/** What is filled in, of what the view still asks. */
function inputs(view, drafts) {
  const asked = view.blocks.filter((block) => block.type === 'input' && block.element.type !== 'file_input');
  return Object.fromEntries(asked.map((block) => `${block.block_id}.${block.element.action_id}`).map((key) => [key, drafts.get(key) ?? null]));
}

function focused(dialog) {
  const active = document.activeElement;
  if (!dialog?.contains(active)) return null;
  return { key: active.dataset.key, view: dialog.dataset.viewId, start: active.selectionStart ?? null, end: active.selectionEnd ?? null };
}

function refocus(dialog, kept, view) {
  const wrong = dialog.querySelector('.b-input.wrong [data-key]');
  const same = kept?.key && kept.view === view.id && dialog.querySelector(`[data-key="${CSS.escape(kept.key)}"]`);
  const first = dialog.querySelector('.modal-body [data-key]');
  const target = wrong ?? (same || first);
  target?.focus({ preventScroll: !wrong });
  if (same && target === same && kept.start !== null && same.setSelectionRange && same.type !== 'datetime-local') same.setSelectionRange(kept.start, kept.end);
}
