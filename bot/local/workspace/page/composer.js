// Where people type: Enter sends, Shift+Enter breaks the line, and /, @ and # say what could come next; files go along.

import { avatar, h } from './dom.js';
import { directory, humans } from './directory.js';

export class Composer {
  #send;
  #history = [];
  #recalled = -1;

  /** `send(text, files)` returns a promise, files in base64 by name; what could not be sent comes back into the box. */
  constructor(host, { send, label, testid, commands = true }) {
    this.#send = send;
    this.commands = commands;
    this.hints = h('div', { class: 'hints', role: 'listbox', 'aria-label': 'Suggestions', hidden: true, 'data-testid': `${testid}-hints` });
    this.box = h('textarea', {
      class: 'composer-box', rows: 1, 'data-testid': testid, 'aria-label': label, autocomplete: 'off', spellcheck: 'true',
      oninput: () => { this.#grow(); this.#hint(); },
      onkeydown: (event) => this.#key(event),
      onblur: () => setTimeout(() => { this.hints.hidden = true; }, 150),
    });
    this.button = h('button', { class: 'send', type: 'submit', 'aria-label': 'Send', title: 'Send (Enter)', 'data-testid': testid === 'composer' ? 'send' : `${testid}-send` }, '➤');
    this.extra = h('div', { class: 'composer-extra' });
    this.picker = h('input', { type: 'file', multiple: true, hidden: true, 'data-testid': `${testid}-files`, onchange: () => this.#attach() });
    this.attached = h('p', { class: 'composer-files', 'aria-live': 'polite', hidden: true });
    const clip = h('button', { class: 'send', type: 'button', 'aria-label': 'Attach files', title: 'Attach files', onclick: () => this.picker.click() }, '📎');
    host.append(h('form', { class: 'composer', onsubmit: (event) => { event.preventDefault(); this.#submit(); } }, this.hints, h('div', { class: 'composer-row' }, this.box, clip, this.picker, this.button), this.attached, this.extra));
  }

  aim(placeholder) {
    this.box.placeholder = placeholder;
  }

  focus() {
    this.box.focus();
  }

  async #submit() {
    const text = this.box.value.trim();
    const picked = [...this.picker.files];
    if (!text && !picked.length) return;
    if (text) this.#history.unshift(text);
    this.#recalled = -1;
    this.#put('');
    this.hints.hidden = true;
    const sent = await this.#send(text, Object.fromEntries(await Promise.all(picked.map(read))));
    if (!sent && !this.box.value) this.#put(text);
    if (sent) this.#attach([]);
  }

  /** Say which files will go along; an empty list lets them go. */
  #attach(files = this.picker.files) {
    if (!files.length) this.picker.value = '';
    const names = [...files].map((file) => file.name);
    this.attached.textContent = names.length ? `📎 ${names.join(', ')}` : '';
    this.attached.hidden = names.length === 0;
    this.#grow();
  }

  #put(text) {
    this.box.value = text;
    this.#grow();
  }

  #grow() {
    this.box.style.height = 'auto';
    this.box.style.height = `${Math.min(this.box.scrollHeight, 220)}px`;
    this.button.classList.toggle('ready', this.box.value.trim() !== '' || this.picker.files.length > 0);
  }

  #key(event) {
    const options = [...this.hints.querySelectorAll('[role=option]')];
    const open = !this.hints.hidden && options.length > 0;
    const current = options.findIndex((option) => option.getAttribute('aria-selected') === 'true');
    if (open && ['ArrowDown', 'ArrowUp'].includes(event.key)) {
      event.preventDefault();
      const next = (current + (event.key === 'ArrowDown' ? 1 : -1) + options.length) % options.length;
      options.forEach((option, index) => option.setAttribute('aria-selected', String(index === next)));
    } else if (open && (event.key === 'Tab' || (event.key === 'Enter' && current >= 0 && options[current].dataset.complete !== this.box.value))) {
      event.preventDefault();
      options[Math.max(0, current)].click();
    } else if (event.key === 'Escape') {
      this.hints.hidden = true;
    } else if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      this.#submit();
    } else if (event.key === 'ArrowUp' && !this.box.value && this.#history.length) {
      event.preventDefault();
      this.#recalled = Math.min(this.#recalled + 1, this.#history.length - 1);
      this.#put(this.#history[this.#recalled]);
    }
  }

  #hint() {
    const text = this.box.value;
    const found = this.commands && text.startsWith('/') ? this.#commands(text) : this.#names(text);
    this.hints.replaceChildren(...found);
    this.hints.hidden = found.length === 0;
  }

  #commands(text) {
    const [command] = text.split(' ');
    const typing = !text.includes(' ');
    const known = directory.commands.filter((one) => (typing ? one.command.startsWith(command) : one.command === command));
    return known.map((one, index) => this.#option(`${one.command} `, typing && index === 0, [
      avatar({ id: directory.app.user, name: directory.app.name, is_bot: true }, 'tiny'),
      h('strong', {}, one.command), h('span', { class: 'usage' }, one.usage_hint ?? ''), h('small', {}, one.description ?? ''),
    ]));
  }

  #names(text) {
    const found = text.match(/(?:^|\s)([@#])([\w-]*)$/);
    if (!found) return [];
    const [, sign, typed] = found;
    const fits = (handle, name) => handle.startsWith(typed.toLowerCase()) || name.toLowerCase().startsWith(typed.toLowerCase());
    const start = text.slice(0, text.length - typed.length);
    if (sign === '#') {
      return [...directory.channels.values()].filter((one) => one.name && fits(one.name, one.name)).slice(0, 8)
        .map((one, index) => this.#option(`${start}${one.name} `, index === 0, [h('strong', {}, `#${one.name}`), h('small', {}, one.purpose)]));
    }
    const app = { ...directory.app, id: directory.app.user, is_bot: true, title: 'App' };
    const groups = [...directory.groups.values()].map((one) => ({ ...one, name: one.handle, title: 'User group' }));
    return [...humans(), app, ...groups].filter((one) => fits(one.handle, one.name)).slice(0, 8)
      .map((one, index) => this.#option(`${start}${one.handle} `, index === 0, [avatar(one, 'tiny'), h('strong', {}, one.name), h('small', {}, one.title)]));
  }

  #option(complete, selected, words) {
    return h('button', {
      class: 'hint-row', role: 'option', type: 'button', tabindex: -1, 'aria-selected': String(selected), 'data-complete': complete,
      onmousedown: (event) => event.preventDefault(),
      onclick: () => { this.#put(complete); this.#hint(); this.box.focus(); },
    }, words);
  }
}

/** A file's name and its bytes in base64. */
const read = (file) => new Promise((settle, fail) => {
  const reader = new FileReader();
  reader.onload = () => settle([file.name, reader.result.split(',')[1] ?? '']);
  reader.onerror = () => fail(reader.error);
  reader.readAsDataURL(file);
});
