// Messages as they stand in a channel or thread: who, when, what, and what hangs on them.

import { avatar, h, link, safeUrl } from './dom.js';
import { blocks } from './blocks.js';
import { directory } from './directory.js';
import { emoji } from './emoji.js';
import { beside, walk } from './fields.js';
import { mrkdwn, since } from './mrkdwn.js';

const GROUP_SECONDS = 300;
const QUICK = ['white_check_mark', 'eyes', 'pushpin', '+1', 'raised_hands'];

/** Shows a list of messages in a node; what did not change keeps its nodes, so nothing is lost under the pointer. */
export class Stream {
  #host;
  #acts;
  #known = new Map();

  constructor(host, acts) {
    this.#host = host;
    this.#acts = acts;
  }

  show(messages, { inThread = false, empty = null } = {}) {
    const host = this.#host;
    const atEnd = host.scrollHeight - host.scrollTop - host.clientHeight < 80;
    const nodes = [];
    const known = new Map();
    let before = null;
    for (const message of messages) {
      if (day(message) !== day(before)) nodes.push(divider(message));
      const compact = follows(message, before);
      const state = JSON.stringify([message, compact, inThread]);
      const kept = this.#known.get(message.ts);
      const node = kept?.state === state ? kept.node : this.#message(message, compact, inThread);
      known.set(message.ts, { state, node });
      nodes.push(node);
      if (inThread && !before && messages.length > 1) nodes.push(count(messages.length - 1));
      before = message;
    }
    this.#known = known;
    if (!nodes.length && empty) nodes.push(empty);
    place(host, nodes);
    if (atEnd) host.scrollTop = host.scrollHeight;
  }

  forget() {
    this.#known.clear();
    this.#host.replaceChildren();
  }

  #message(message, compact, inThread) {
    const author = directory.people.get(message.user) ?? { id: message.user, name: message.username ?? message.user ?? 'Somebody' };
    const whispered = message.is_ephemeral;
    const marks = [
      whispered && h('p', { class: 'mark' }, '👁 Only visible to you'),
      message.pinned && h('p', { class: 'mark pin' }, '📌 Pinned'),
      message.subtype === 'thread_broadcast' && !inThread && h('p', { class: 'mark' }, 'replied to ', h('button', { class: 'text-button', type: 'button', onclick: () => this.#acts.thread(message.thread_ts) }, 'a thread')),
    ];
    const bare = compact && !marks.some(Boolean);
    return h('article', {
      class: `message ${bare ? 'compact' : ''} ${whispered ? 'whisper' : ''} ${message.pinned ? 'pinned' : ''}`,
      'data-ts': message.ts, 'data-user': message.user, 'data-ephemeral': whispered || null, 'data-pinned': message.pinned || null, 'data-testid': 'message', tabindex: -1,
    },
    h('div', { class: 'gutter' }, bare ? h('time', { class: 'small-time' }, clock(message.ts, false)) : avatar(author)),
    h('div', { class: 'message-words' },
      marks,
      !bare && h('header', { class: 'by' }, h('strong', {}, message.username ?? author.name), author.is_bot && h('span', { class: 'badge' }, 'APP'), author.is_restricted && h('span', { class: 'badge' }, 'GUEST'), h('time', { title: new Date(message.ts * 1000).toLocaleString() }, clock(message.ts))),
      this.#content(message),
      (message.attachments ?? []).map((one) => this.#attachment(one, message)),
      (message.files ?? []).map(file),
      this.#reactions(message),
      !inThread && this.#replies(message)),
    this.#tools(message, inThread));
  }

  #content(message) {
    if (message.subtype === 'tombstone') return h('p', { class: 'note' }, message.text);
    const own = !message.bot_id && !message.is_ephemeral;
    const list = own ? [] : message.blocks ?? [];
    const edited = message.edited && h('span', { class: 'edited', title: new Date(message.edited.ts * 1000).toLocaleString() }, '(edited)');
    if (!list.length) return message.text ? h('div', { class: 'text' }, mrkdwn(message.text), ' ', edited) : null;
    return h('div', { class: 'text' }, blocks(list, this.#ctx(message)), edited);
  }

  #attachment(attachment, message) {
    const inner = attachment.blocks ? blocks(attachment.blocks, this.#ctx(message)) : [
      attachment.pretext && h('div', {}, mrkdwn(attachment.pretext)),
      attachment.title && h('strong', {}, attachment.title_link ? link(attachment.title_link, attachment.title) : attachment.title),
      h('div', {}, mrkdwn(attachment.text ?? attachment.fallback ?? '')),
    ];
    const node = h('div', { class: 'attachment' }, inner);
    const colour = { good: '#2a9d6f', warning: '#d9a21b', danger: '#c9372c' }[attachment.color] ?? attachment.color;
    if (/^#?[0-9a-f]{6}$/i.test(colour ?? '')) node.style.borderLeftColor = colour.startsWith('#') ? colour : `#${colour}`;
    return node;
  }

  #ctx(message) {
    const at = { channel: message.channel, ts: message.ts };
    return {
      drafts: new Map(),
      act: (element, block, value) => this.#acts.door.act('click', { ...at, action_id: element.action_id, block_id: block.block_id, value }),
      suggest: async (element, typed) => (await this.#acts.door.act('suggest', { ...at, action_id: element.action_id, typed })).options,
    };
  }

  #reactions(message) {
    if (!message.reactions?.length) return null;
    return h('div', { class: 'reactions' }, message.reactions.map((one) => {
      const mine = one.users.includes(directory.me);
      const names = one.users.map((id) => directory.people.get(id)?.name ?? id).join(', ');
      return h('button', { class: `reaction ${mine ? 'mine' : ''}`, type: 'button', title: `${names} reacted with :${one.name}:`, 'aria-pressed': String(mine), onclick: () => this.#acts.react(message, one.name, mine) },
        emoji(one.name) ?? `:${one.name}:`, ' ', h('span', {}, String(one.count)));
    }));
  }

  #replies(message) {
    if (!message.reply_count) return null;
    return h('button', { class: 'replies', type: 'button', 'data-testid': 'replies', onclick: () => this.#acts.thread(message.ts) },
      message.reply_users.slice(0, 4).map((id) => avatar(directory.people.get(id), 'tiny')),
      h('strong', {}, message.reply_count === 1 ? '1 reply' : `${message.reply_count} replies`),
      since(Number(message.latest_reply), 'last-reply'));
  }

  #tools(message, inThread) {
    if (message.is_ephemeral) {
      return h('div', { class: 'tools' }, tool('Dismiss', '✕', () => this.#acts.dismiss(message)));
    }
    const more = this.#more(message);
    return h('div', { class: 'tools', role: 'toolbar', 'aria-label': 'Message actions' },
      QUICK.slice(0, 3).map((name) => tool(`React with :${name}:`, emoji(name), () => this.#acts.react(message, name, reacted(message, name)))),
      !inThread && tool('Reply in thread', '💬', () => this.#acts.thread(message.thread_ts ?? message.ts)),
      more);
  }

  #more(message) {
    const own = message.user === directory.me;
    const items = [
      ...directory.shortcuts.filter((one) => one.type === 'message').map((one) => [one.name, () => this.#acts.shortcut(one.callback_id, message), one.callback_id]),
      ...QUICK.slice(3).map((name) => [`React ${emoji(name)}`, () => this.#acts.react(message, name, reacted(message, name)), null]),
      ...(own ? [['Edit message', () => this.#acts.edit(message), null], ['Delete message', () => this.#acts.remove(message), null]] : []),
    ];
    const menu = h('div', { class: 'menu', role: 'menu', popover: 'auto' }, items.map(([name, run, callback]) =>
      h('button', { class: 'menu-item', role: 'menuitem', type: 'button', 'data-callback-id': callback, onclick: () => { menu.hidePopover(); run(); } }, name)));
    menu.addEventListener('keydown', (event) => walk(event, menu));
    const opener = tool('More actions', '⋯', () => { menu.showPopover(); beside(menu, opener); menu.querySelector('button')?.focus(); });
    return [opener, menu];
  }
}

const reacted = (message, name) => (message.reactions ?? []).some((one) => one.name === name && one.users.includes(directory.me));
const tool = (label, sign, run) => h('button', { class: 'tool', type: 'button', 'aria-label': label, title: label, onclick: run }, sign);

/** The nodes in this order, moving as few as possible. */
function place(host, nodes) {
  const wanted = new Set(nodes);
  for (const child of [...host.children]) if (!wanted.has(child)) child.remove();
  nodes.forEach((node, index) => { if (host.children[index] !== node) host.insertBefore(node, host.children[index] ?? null); });
}

function file(one) {
  const shown = one.mimetype.startsWith('image/') && safeUrl(one.url_private);
  return h('div', { class: 'file', 'data-testid': 'file', 'data-file-id': one.id },
    h('div', { class: 'file-head' },
      h('span', { class: 'file-kind', 'aria-hidden': 'true' }, one.pretty_type.slice(0, 4)),
      h('div', { class: 'file-words' }, h('strong', {}, link(one.url_private, one.title)), h('small', {}, `${one.name} · ${size(one.size)}`)),
      link(one.url_private, 'Open'), link(one.url_private_download, 'Download')),
    shown && h('img', { class: 'image', src: shown, alt: one.title }),
    one.preview && h('pre', { class: 'code preview' }, one.preview, one.preview_is_truncated && '\n…'));
}

const size = (bytes) => (bytes < 1024 ? `${bytes} bytes` : bytes < 1048576 ? `${(bytes / 1024).toFixed(1)} kB` : `${(bytes / 1048576).toFixed(1)} MB`);
const day = (message) => message && new Date(message.ts * 1000).toDateString();

function clock(ts, suffix = true) {
  const said = new Intl.DateTimeFormat(undefined, { hour: 'numeric', minute: '2-digit' }).format(new Date(ts * 1000));
  return suffix ? said : said.replace(/\s?[AP]M$/i, '');
}

function divider(message) {
  const date = new Date(message.ts * 1000);
  const today = date.toDateString() === new Date().toDateString();
  return h('div', { class: 'day', role: 'separator' }, h('span', {}, today ? 'Today' : date.toLocaleDateString(undefined, { weekday: 'long', month: 'long', day: 'numeric' })));
}

const count = (replies) => h('div', { class: 'day replies-line', role: 'separator' }, h('span', {}, replies === 1 ? '1 reply' : `${replies} replies`));

function follows(message, before) {
  return Boolean(before) && before.user === message.user && Boolean(before.is_ephemeral) === Boolean(message.is_ephemeral)
    && day(before) === day(message) && message.ts - before.ts < GROUP_SECONDS && !message.subtype && before.username === message.username
    && !stands(message) && !stands(before);
}

/** A card with a header or something to press stands on its own. */
const stands = (message) => Boolean(message.bot_id) && (message.blocks ?? []).some((block) => ['header', 'actions', 'table', 'markdown'].includes(block.type));
