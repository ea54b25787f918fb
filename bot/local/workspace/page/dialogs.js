// What stands in front of everything else: confirmations and toasts. (Modals of the app are in modal.js.)

import { h, $ } from './dom.js';
import { plain, words } from './mrkdwn.js';

/** Asks a confirm object's question; true when the person went ahead. */
export function ask(confirm) {
  return new Promise((settle) => {
    const answer = (yes) => { dialog.close(); dialog.remove(); settle(yes); };
    const dialog = h('dialog', { class: 'dialog confirm', 'aria-labelledby': 'confirm-title', 'data-testid': 'confirm', oncancel: (event) => { event.preventDefault(); answer(false); } },
      h('h2', { id: 'confirm-title' }, words(confirm.title)),
      h('div', { class: 'dialog-body' }, words(confirm.text)),
      h('footer', {},
        h('button', { class: 'button', type: 'button', autofocus: true, 'data-testid': 'confirm-deny', onclick: () => answer(false) }, plain(confirm.deny.text)),
        h('button', { class: `button solid ${confirm.style ?? 'primary'}`, type: 'button', 'data-testid': 'confirm-yes', onclick: () => answer(true) }, plain(confirm.confirm.text))));
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** A remark that goes away by itself. */
export function toast(words_, kind = '') {
  const node = h('div', { class: `toast ${kind}` }, words_);
  const host = document.querySelector('dialog[open]:last-of-type') ?? document.body;
  const toasts = $('toasts');
  if (toasts.parentElement !== host) host.append(toasts); // a modal dialog hides what is outside of it
  toasts.append(node);
  setTimeout(() => node.remove(), 6000);
}
