// Everything that can be pressed, chosen or filled in. Each field reports its value in the words of the people door:
// option values, ids, ISO dates, epoch seconds, text. What was entered is kept in `ctx.drafts` when the view is redrawn.

import { h } from './dom.js';
import { directory, humans } from './directory.js';
import { plain, words } from './mrkdwn.js';
import { ask, toast } from './dialogs.js';

const PRESSED = new Set(['button', 'workflow_button', 'icon_button', 'feedback_buttons', 'overflow']);

/** The control for an element of `block`. Outside input blocks a change is an action; inside, it waits for the submit. */
export function field(element, block, ctx) {
  const node = PRESSED.has(element.type) ? pressed(element, block, ctx) : filled(element, block, ctx);
  node.setAttribute('data-action-id', element.action_id);
  node.setAttribute('data-block-id', block.block_id);
  return node;
}

function pressed(element, block, ctx) {
  switch (element.type) {
    case 'overflow': return overflow(element, block, ctx);
    case 'feedback_buttons':
      return h('span', { class: 'feedback' }, [element.positive_button, element.negative_button].map((one) =>
        h('button', { class: 'button', type: 'button', onclick: (event) => act(event.currentTarget, element, block, ctx, one.value) }, plain(one.text.text))));
    default: return button(element, block, ctx);
  }
}

function button(element, block, ctx) {
  const label = element.type === 'icon_button' ? '🗑' : plain(element.text.text);
  return h('button', {
    class: `button ${element.style ?? ''}`,
    type: 'button',
    'aria-label': element.accessibility_label ?? null,
    'data-value': element.value,
    onclick: async (event) => {
      const target = event.currentTarget;
      const done = await act(target, element, block, ctx, element.value);
      if (done && element.url) window.open(element.url, '_blank', 'noopener');
    },
  }, label, element.url && h('span', { class: 'out', 'aria-hidden': 'true' }, '↗'));
}

function overflow(element, block, ctx) {
  const menu = h('div', { class: 'menu', role: 'menu', popover: 'auto' }, element.options.map((option) => h('button', {
    class: 'menu-item', role: 'menuitem', type: 'button', 'data-value': option.value,
    onclick: (event) => {
      menu.hidePopover();
      act(event.currentTarget.closest('.overflow').querySelector('.button'), element, block, ctx, option.value);
    },
  }, plain(option.text.text), option.description && h('small', {}, plain(option.description.text)))));
  const opener = h('button', {
    class: 'button overflow-button', type: 'button', 'aria-haspopup': 'menu', 'aria-label': 'More actions',
    onclick: () => { menu.showPopover(); beside(menu, opener); menu.querySelector('button')?.focus(); },
  }, '⋯');
  menu.addEventListener('keydown', (event) => walk(event, menu));
  return h('span', { class: 'overflow' }, opener, menu);
}

/** Puts a popover under what opened it, inside the window. */
export function beside(menu, opener) {
  const at = opener.getBoundingClientRect();
  const size = menu.getBoundingClientRect();
  const below = at.bottom + 4 + size.height < innerHeight;
  menu.style.top = `${Math.max(8, below ? at.bottom + 4 : at.top - size.height - 4)}px`;
  menu.style.left = `${Math.max(8, Math.min(at.left, innerWidth - size.width - 8))}px`;
}

/** Arrow keys in a menu. */
export function walk(event, menu) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const items = [...menu.querySelectorAll('button')];
  items[(items.indexOf(document.activeElement) + step + items.length) % items.length].focus();
}

/** Confirm if asked to, tell the app, show that it is on its way; true when the app acknowledged. */
async function act(target, element, block, ctx, value) {
  if (element.confirm && !(await ask(element.confirm))) return false;
  target.classList.add('busy');
  target.setAttribute('aria-busy', 'true');
  try {
    await ctx.act(element, block, value);
    return true;
  } catch (error) {
    toast(trouble(error), 'bad');
    return false;
  } finally {
    target.classList.remove('busy');
    target.removeAttribute('aria-busy');
  }
}

/** What to tell a person when the app did not take it. */
export function trouble(error) {
  const code = error.answer?.error;
  if (code === 'operation_timeout') return 'The app did not answer within 3 seconds. Try again.';
  if (code === 'dispatch_failed') return 'The app is not connected.';
  return error.message;
}

function filled(element, block, ctx) {
  const key = `${block.block_id}.${element.action_id}`;
  const input = block.type === 'input';
  const acts = !input || block.dispatch_action;
  const made = control(element, key, {
    initial: ctx.drafts.has(key) ? ctx.drafts.get(key) : initial(element),
    search: (typed) => ctx.suggest(element, typed),
    changed: (value, settled) => {
      ctx.drafts.set(key, value);
      if (acts && settled && value !== null) act(made, element, block, ctx, value);
    },
  });
  if (input) ctx.drafts.set(key, ctx.drafts.has(key) ? ctx.drafts.get(key) : initial(element));
  return made;
}

const valueOf = (option) => option.value;

function initial(element) {
  const first = ['initial_value', 'initial_date', 'initial_time', 'initial_date_time', 'initial_user', 'initial_channel', 'initial_conversation']
    .map((name) => element[name]).find((value) => value !== undefined);
  if (element.type === 'external_select' || element.type === 'rich_text_input') return element.initial_option ?? first ?? null;
  if (element.initial_option) return element.initial_option.value;
  if (element.initial_options) return element.initial_options.map(valueOf);
  const ids = element.initial_users ?? element.initial_channels ?? element.initial_conversations;
  return ids ?? first ?? (element.type.startsWith('multi_') || element.type === 'checkboxes' ? [] : null);
}

function control(element, key, hooks) {
  const { type } = element;
  if (type === 'external_select') return external(element, key, hooks);
  if (type === 'radio_buttons' || type === 'checkboxes') return boxes(element, key, hooks, element.options.map(choice), type === 'checkboxes');
  if (type.startsWith('multi_')) return boxes(element, key, hooks, choices(element), true);
  if (type.endsWith('_select')) return select(element, key, hooks);
  if (type === 'datetimepicker') return moment(element, key, hooks);
  if (type === 'datepicker' || type === 'timepicker') return typed(element, key, hooks, type === 'datepicker' ? 'date' : 'time', true);
  if (type === 'file_input') return h('p', { class: 'note' }, 'Files are shared in a channel here, not in a form.');
  return typed(element, key, hooks, { number_input: 'text', email_text_input: 'email', url_text_input: 'url' }[type] ?? 'text', false);
}

const choice = (option) => ({ value: option.value, label: option.text, description: option.description });
const person = (one) => ({ value: one.id, label: { type: 'plain_text', text: `${one.name} — ${one.title || one.handle}`, emoji: false } });
const place = (one) => ({ value: one.id, label: { type: 'plain_text', text: one.name ? `#${one.name}` : directory.app.name, emoji: false } });

function choices(element) {
  if (element.type.includes('users')) return humans().map(person);
  if (element.type.includes('channels')) return [...directory.channels.values()].filter((one) => one.name).map(place);
  if (element.type.includes('conversations')) return [...directory.channels.values()].map(place);
  return (element.options ?? (element.option_groups ?? []).flatMap((group) => group.options)).map(choice);
}

function select(element, key, { initial: first, changed }) {
  const option = (one) => h('option', { value: one.value, selected: one.value === first }, plain(one.label.text));
  const groups = element.option_groups?.map((group) => h('optgroup', { label: group.label.text }, group.options.map(choice).map(option)));
  const node = h('select', { class: 'control', 'data-key': key, 'aria-label': element.placeholder?.text ?? null, onchange: () => changed(node.value || null, true) },
    h('option', { value: '', selected: first === null }, plain(element.placeholder?.text ?? 'Select an option')),
    groups ?? choices(element).map(option));
  return node;
}

function boxes(element, key, { initial: first, changed }, offered, many) {
  const chosen = () => [...node.querySelectorAll('input:checked')].map((box) => box.value);
  const node = h('div', { class: 'boxes', role: many ? 'group' : 'radiogroup' }, offered.map((one, index) => h('label', { class: 'box' },
    h('input', {
      type: many ? 'checkbox' : 'radio', name: key, value: one.value, 'data-key': `${key}.${index}`,
      checked: many ? (first ?? []).includes(one.value) : first === one.value,
      onchange: () => changed(many ? chosen() : chosen()[0], true),
    }),
    h('span', {}, words(one.label), one.description && h('small', {}, words(one.description))))));
  return node;
}

function moment(element, key, { initial: first, changed }) {
  const local = (seconds) => new Date((seconds - new Date(seconds * 1000).getTimezoneOffset() * 60) * 1000).toISOString().slice(0, 16);
  const read = () => (node.value ? Math.floor(new Date(node.value).getTime() / 1000) : null);
  const node = h('input', { class: 'control', type: 'datetime-local', 'data-key': key, value: first ? local(first) : '', onchange: () => changed(read(), true) });
  return node;
}

function typed(element, key, { initial: first, changed }, type, picker) {
  const tag = element.multiline || element.type === 'rich_text_input' ? 'textarea' : 'input';
  const read = () => (element.type === 'rich_text_input' ? asRich(node.value) : node.value || null);
  const node = h(tag, {
    class: 'control', type: tag === 'input' ? type : null, rows: tag === 'textarea' ? 4 : null, 'data-key': key,
    placeholder: element.placeholder?.text, maxlength: element.max_length ?? (picker ? null : 3000),
    inputmode: element.type === 'number_input' ? 'decimal' : null, autocomplete: 'off',
    value: tag === 'input' ? text(first) : null,
    oninput: () => changed(read(), false),
    onchange: () => changed(read(), true),
  });
  if (tag === 'textarea') node.value = text(first);
  return node;
}

const text = (value) => (value && typeof value === 'object' ? JSON.stringify(value) : value ?? '');
const asRich = (value) => value && { type: 'rich_text', elements: [{ type: 'rich_text_section', elements: [{ type: 'text', text: value }] }] };

function external(element, key, { initial: first, changed, search }) {
  const list = h('div', { class: 'menu found', role: 'listbox', hidden: true });
  const box = h('input', {
    class: 'control', type: 'search', 'data-key': key, value: first?.text?.text ?? '', placeholder: element.placeholder?.text ?? 'Type to search', autocomplete: 'off',
    oninput: async () => {
      if (box.value.length < (element.min_query_length ?? 3)) return;
      const options = await search(box.value).catch((error) => { toast(trouble(error), 'bad'); return []; });
      list.replaceChildren(...options.map((option) => h('button', {
        class: 'menu-item', role: 'option', type: 'button', 'data-value': option.value,
        onclick: () => { box.value = option.text.text; list.hidden = true; changed(option, true); },
      }, plain(option.text.text))));
      list.hidden = options.length === 0;
    },
  });
  return h('div', { class: 'external' }, box, list);
}
