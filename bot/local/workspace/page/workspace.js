// The page: who is acting, which channel is open, and keeping what is shown true to the workspace.

import { $, all, avatar, h, lately } from './dom.js';
import { blocks } from './blocks.js';
import { Composer } from './composer.js';
import { directory, humans, learn } from './directory.js';
import { Door } from './door.js';
import { ask, toast } from './dialogs.js';
import { trouble } from './fields.js';
import { Stream } from './messages.js';
import { Modals } from './modal.js';
import { tick } from './mrkdwn.js';
import { mrkdwn } from './mrkdwn.js';
import { released } from './pointer.js';

const asked = new URLSearchParams(location.search);
const linked = location.pathname.match(/^\/archives\/([^/]+)\/p?(\d*)/);

/** Refusals of a command that already stand in the channel, as in Slack. */
const TOLD = new Set(['invalid_command', 'operation_timeout', 'dispatch_failed']);

const page = {
  door: null, hangUp: () => {}, modals: null, channel: null, thread: null, tab: 'messages',
  messages: [], unread: new Set(), dismissed: new Set(), home: null, homeDrafts: new Map(),
};

const acts = {
  get door() { return page.door; },
  thread: (ts) => openThread(ts),
  react: (message, name, takeBack) => act('react', { channel: message.channel, ts: message.ts, name, take_back: takeBack }),
  shortcut: (callback, message) => act('shortcut', { callback_id: callback, channel: message.channel, ts: message.ts }),
  dismiss: (message) => { page.dismissed.add(message.ts); draw(); },
  edit: (message) => edit(message),
  remove: (message) => remove(message),
};
const stream = new Stream($('stream'), acts);
const threadStream = new Stream($('thread-stream'), acts);
const composer = new Composer($('composer'), { send: (text, files) => send(text, null, files), label: 'Message', testid: 'composer' });
const threadComposer = new Composer($('thread-composer'), { send: (text, files) => send(text, page.thread, files), label: 'Reply', testid: 'thread-composer', commands: false });
const broadcast = h('input', { type: 'checkbox', id: 'broadcast' });
threadComposer.extra.append(h('label', { class: 'box', for: 'broadcast' }, broadcast, h('span', {}, 'Also send to the channel')));

/** Sit down as somebody. */
async function become(handle) {
  page.hangUp();
  page.modals?.close();
  page.door = new Door(handle);
  page.modals = new Modals(page.door);
  Object.assign(page, { unread: new Set(), dismissed: new Set(), home: null, thread: null });
  stream.forget();
  threadStream.forget();
  localStorage.setItem('acting', handle);
  learn(await page.door.read('workspace'));
  const wanted = linked?.[1] ?? asked.get('channel') ?? page.channel?.id ?? 'incidents';
  const there = [...directory.channels.values()];
  const open = there.find((one) => [one.id, one.name].includes(wanted)) ?? there.find((one) => one.name) ?? there[0];
  drawSide();
  page.hangUp = page.door.listen(changed, online);
  await Promise.all([openChannel(open), refreshViews()]);
}

async function openChannel(channel, tab) {
  const same = page.channel?.id === channel.id;
  page.channel = channel;
  page.unread.delete(channel.id);
  page.tab = tab ?? (channel.kind === 'im' ? 'home' : 'messages');
  document.body.classList.remove('side-open');
  if (!same) { closeThread(); stream.forget(); }
  drawHead();
  drawSide();
  if (page.tab === 'home') await act('home', {});
  await refreshMessages();
  if (!same) $('stream').scrollTop = $('stream').scrollHeight;
  if (page.tab === 'messages' && matchMedia('(hover: hover)').matches && !document.querySelector('dialog[open]')) composer.focus();
}

function openThread(ts) {
  page.thread = ts;
  $('thread').hidden = false;
  document.body.classList.add('thread-open');
  $('thread-place').textContent = page.channel.name ? `#${page.channel.name}` : directory.app.name;
  threadComposer.aim('Reply…');
  threadStream.forget();
  draw();
  $('thread-stream').scrollTop = $('thread-stream').scrollHeight;
  threadComposer.focus();
}

function closeThread() {
  page.thread = null;
  broadcast.checked = false;
  $('thread').hidden = true;
  document.body.classList.remove('thread-open');
}

async function refreshMessages() {
  const { id } = page.channel;
  const answer = await page.door.read(`channels/${id}`);
  await released();
  if (page.channel.id !== id) return;
  page.messages = answer.messages;
  page.channel = answer.channel;
  draw();
}

async function refreshViews() {
  const views = await page.door.read('views');
  await released();
  page.home = views.home;
  page.modals.show(views.modals);
  if (page.tab === 'home') drawHome();
}

async function refreshWorkspace() {
  learn(await page.door.read('workspace'));
  drawSide();
  drawHead();
}

const messagesSoon = lately(40, () => refreshMessages().catch(lost));
const viewsSoon = lately(20, () => refreshViews().catch(lost));
const workspaceSoon = lately(80, () => refreshWorkspace().catch(lost));

/** One change from the stream. */
function changed(change) {
  if (change.kind === 'message') {
    const arrived = ['posted', 'ephemeral'].includes(change.what);
    if (change.channel === page.channel?.id) messagesSoon();
    if (arrived && (change.channel !== page.channel?.id || document.hidden) && directory.channels.has(change.channel)) {
      page.unread.add(change.channel);
      drawSide();
    }
  } else if (change.kind === 'view' || change.kind === 'home') viewsSoon();
  else if (change.kind === 'channels') workspaceSoon();
}

function online(isOn) {
  $('live').textContent = isOn ? 'live' : 'reconnecting…';
  $('live').classList.toggle('off', !isOn);
  if (isOn && page.channel) { messagesSoon(); viewsSoon(); }
}

const lost = (error) => toast(error.message, 'bad');

/** Send what was typed: a command when it begins with a slash. False when it should come back into the box. */
async function send(text, thread = null, files = {}) {
  const channel = page.channel.id;
  if (text.startsWith('/') && !thread) {
    const answer = await page.door.act('command', { channel, text }, true).catch(() => ({ ok: false, error: 'no connection to the workspace' }));
    if (!answer.ok && !TOLD.has(answer.error)) toast(answer.error, 'bad');
    return true;
  }
  const answer = await act('say', { channel, text, thread_ts: thread, broadcast: Boolean(thread) && broadcast.checked, files });
  if (thread) broadcast.checked = false;
  $('stream').scrollTop = $('stream').scrollHeight;
  return answer !== null;
}

/** Do something and toast what went wrong; null when something did. */
async function act(what, body) {
  try {
    return await page.door.act(what, body);
  } catch (error) {
    toast(trouble(error), 'bad');
    return null;
  }
}

async function edit(message) {
  const box = h('textarea', { class: 'control', rows: 3 });
  box.value = message.text.replace(/<@(\w+)(\|[^>]*)?>/g, (whole, id) => `@${directory.people.get(id)?.handle ?? id}`).replace(/<#\w+\|([^>]*)>/g, '#$1').replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&amp;/g, '&');
  const node = document.querySelector(`.message[data-ts="${CSS.escape(message.ts)}"] .text`);
  const done = () => { stream.forget(); threadStream.forget(); draw(); };
  node.replaceChildren(box, h('div', { class: 'b-actions' },
    h('button', { class: 'button solid primary', type: 'button', onclick: async () => { await act('edit', { channel: message.channel, ts: message.ts, text: box.value }); done(); } }, 'Save'),
    h('button', { class: 'button', type: 'button', onclick: done }, 'Cancel')));
  box.focus();
}

async function remove(message) {
  const say = (text) => ({ type: 'plain_text', text });
  const sure = await ask({ title: say('Delete message'), text: say('This cannot be undone.'), confirm: say('Delete'), deny: say('Cancel'), style: 'danger' });
  if (sure) await act('delete', { channel: message.channel, ts: message.ts });
}

function draw() {
  const home = page.tab === 'home';
  $('home').hidden = !home;
  $('stream').hidden = home;
  $('composer').hidden = home;
  drawTools();
  if (home) drawHome();
  const seen = page.messages.filter((message) => !page.dismissed.has(message.ts));
  const inThread = (message) => message.thread_ts && message.thread_ts !== message.ts;
  stream.show(seen.filter((message) => !inThread(message) || message.subtype === 'thread_broadcast'), { empty: hello() });
  if (page.thread) threadStream.show(seen.filter((message) => [message.ts, message.thread_ts].includes(page.thread)), { inThread: true });
}

function hello() {
  const { channel } = page;
  const name = channel.name ? `#${channel.name}` : directory.app.name;
  return h('div', { class: 'hello' }, h('h2', {}, name), h('p', {}, channel.name ? channel.purpose : `This is where ${directory.app.name} writes to you.`), h('p', { class: 'note' }, 'Type ', h('code', { class: 'inline-code' }, directory.commands[0]?.command ?? '/'), ' to begin.'));
}

function drawHome() {
  const { home } = page;
  const state = JSON.stringify([home?.id, home?.hash]);
  if ($('home').dataset.state === state) return;
  $('home').dataset.state = state;
  if (!home) {
    $('home').replaceChildren(h('div', { class: 'hello' }, h('h2', {}, directory.app.name), h('p', { class: 'note' }, 'Nothing here yet. The app publishes its Home when it sees you open it.')));
    return;
  }
  const at = { view_id: home.id };
  const ctx = {
    drafts: page.homeDrafts, errors: {},
    act: (element, block, value) => page.door.act('click', { ...at, action_id: element.action_id, block_id: block.block_id, value }),
    suggest: async (element, typed) => (await page.door.act('suggest', { ...at, action_id: element.action_id, typed })).options,
  };
  $('home').replaceChildren(h('div', { class: 'home-page', 'data-view-id': home.id }, blocks(home.blocks, ctx)));
}

function drawHead() {
  const { channel } = page;
  $('place').replaceChildren(channel.name ? all(h('span', { class: 'hash' }, channel.kind === 'group' ? '🔒' : '#'), channel.name) : directory.app.name);
  $('purpose').textContent = channel.name ? channel.purpose : 'App';
  document.title = `${channel.name ? `#${channel.name}` : directory.app.name} · ${directory.team.name}`;
  composer.aim(channel.archived ? 'This channel is archived' : channel.name ? `Message #${channel.name}` : `Message ${directory.app.name}`);
  composer.box.disabled = channel.archived;
  $('tabs').hidden = channel.kind !== 'im';
  $('tabs').replaceChildren(...['home', 'messages'].map((tab) => h('button', {
    class: 'tab', role: 'tab', type: 'button', 'aria-selected': String(page.tab === tab), 'data-testid': `tab-${tab}`,
    onclick: () => openChannel(page.channel, tab),
  }, tab === 'home' ? 'Home' : 'Messages')));
}

function drawTools() {
  const pinned = page.messages.filter((message) => message.pinned);
  const marks = page.channel.bookmarks ?? [];
  $('head-tools').replaceChildren(
    ...marks.map((mark) => h('a', { class: 'chip', href: mark.link, target: '_blank', rel: 'noopener noreferrer' }, '🔖 ', mark.title)),
    pinned.length ? h('button', { class: 'chip', type: 'button', title: 'Go to the newest pin', 'data-testid': 'pins', onclick: () => goTo(pinned.at(-1).ts) }, `📌 ${pinned.length}`) : '',
    page.channel.name ? h('span', { class: 'chip plain', title: 'Members' }, `👥 ${page.channel.members}`) : '');
}

function drawSide() {
  $('team-name').textContent = directory.team.name;
  const me = directory.people.get(directory.me);
  $('people').replaceChildren(...humans().map((person) => h('button', {
    class: 'person', type: 'button', role: 'radio', 'aria-checked': String(person.id === directory.me), 'aria-label': `${person.name}, ${person.title}`, title: `${person.name} — ${person.title}`,
    'data-person': person.handle, onclick: () => become(person.handle).catch(lost),
  }, avatar(person))));
  $('acting-name').replaceChildren(h('strong', {}, me.name), ' ', h('span', {}, me.title));
  const places = [...directory.channels.values()];
  $('channels').replaceChildren(...places.filter((one) => one.kind !== 'im').map((one) => sideRow(one, [h('span', { class: 'hash' }, one.kind === 'group' ? '🔒' : '#'), h('span', { class: 'side-name' }, one.name)])));
  const im = places.find((one) => one.kind === 'im') ?? { id: directory.app.handle, name: '', kind: 'im', members: 2, bookmarks: [] };
  $('apps').replaceChildren(sideRow(im, [avatar({ id: directory.app.user, name: directory.app.name, is_bot: true }, 'tiny'), h('span', { class: 'side-name' }, directory.app.name)]));
}

function sideRow(channel, words) {
  const open = page.channel && (page.channel.id === channel.id || (page.channel.kind === 'im' && channel.kind === 'im'));
  const unread = page.unread.has(channel.id);
  return h('li', {}, h('button', {
    class: `side-row ${unread ? 'unread' : ''}`, type: 'button', 'aria-current': open ? 'page' : null, 'data-channel': channel.name || 'app', 'data-unread': unread || null,
    onclick: () => openChannel(channel).catch(lost),
  }, words, unread && h('span', { class: 'dot', 'aria-label': 'unread' })));
}

function goTo(ts) {
  const node = document.querySelector(`#stream .message[data-ts="${CSS.escape(ts)}"]`);
  if (!node) return;
  node.scrollIntoView({ block: 'center' });
  node.classList.add('found-message');
  node.focus();
  setTimeout(() => node.classList.remove('found-message'), 2500);
}

function goToLink() {
  if (!linked?.[2]) return;
  const ts = `${linked[2].slice(0, -6)}.${linked[2].slice(-6)}`;
  const thread = asked.get('thread_ts');
  if (thread) openThread(thread);
  goTo(ts);
}

$('thread-close').addEventListener('click', closeThread);
$('menu').addEventListener('click', () => document.body.classList.toggle('side-open'));
$('veil').addEventListener('click', () => document.body.classList.remove('side-open'));
document.addEventListener('keydown', (event) => {
  if (event.key !== 'Escape' || document.querySelector('dialog[open]')) return;
  if (document.body.classList.contains('side-open')) document.body.classList.remove('side-open');
  else if (page.thread && !event.defaultPrevented) closeThread();
});
document.addEventListener('visibilitychange', () => {
  if (!document.hidden && page.channel && page.unread.delete(page.channel.id)) drawSide();
});
document.addEventListener('click', (event) => {
  const mention = event.target.closest('a.mention[data-channel]');
  const channel = mention && directory.channels.get(mention.dataset.channel);
  if (!mention) return;
  event.preventDefault();
  if (channel) openChannel(channel).catch(lost);
});

setInterval(tick, 10_000);

const first = asked.get('as') ?? localStorage.getItem('acting') ?? 'alice';
become(first).catch(() => become('alice')).then(goToLink).catch(lost);
