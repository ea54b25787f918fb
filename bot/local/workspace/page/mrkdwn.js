// Slack's mrkdwn as nodes: *bold*, _italic_, ~strike~, `code`, quotes, links, mentions, dates, emoji. Text stays text.

import { h, all, link, safeUrl } from './dom.js';
import { directory } from './directory.js';
import { emoji } from './emoji.js';

const INLINE = new RegExp([
  '(?<code>`[^`\\n]+`)',
  '(?<angle><[^<>\\n]+>)',
  '(?<emoji>:[a-z0-9_+\\-]+:)',
  '(?<![\\w*])(?<bold>\\*[^\\s*](?:[^*\\n]*[^\\s*])?\\*)(?![\\w*])',
  '(?<![\\w_])(?<italic>_[^\\s_](?:[^_\\n]*[^\\s_])?_)(?![\\w_])',
  '(?<![\\w~])(?<strike>~[^\\s~](?:[^~\\n]*[^\\s~])?~)(?![\\w~])',
].join('|'), 'g');
const AGO = '\u0000';
const ENTITY = { '&lt;': '<', '&gt;': '>', '&amp;': '&' };

export const unescape = (text) => text.replace(/&(lt|gt|amp);/g, (entity) => ENTITY[entity]);

/** A whole text: code blocks, quotes, lines. */
export function mrkdwn(text) {
  const parts = String(text ?? '').split('```');
  if (parts.length % 2 === 0) parts.push(['```', parts.pop()].join('')); // an unclosed fence is just text
  return all(parts.map((part, index) => (index % 2 ? fence(part) : lines(part, index > 0))));
}

/** A text object: plain text keeps its asterisks, both know emoji. */
export function words(object) {
  if (!object) return null;
  return object.type === 'mrkdwn' ? mrkdwn(object.text) : plain(object.text, object.emoji !== false);
}

/** Plain text with emoji. */
export function plain(text, withEmoji = true) {
  if (!withEmoji) return all(String(text));
  return all(String(text ?? '').split(/(:[a-z0-9_+\-]+:)/g).map((part) => (part[0] === ':' && emoji(part)) || part));
}

export const mention = (userId, name) => {
  const person = directory.people.get(userId);
  return h('span', { class: userId === directory.me ? 'mention mention-me' : 'mention', 'data-person': userId }, `@${person?.name ?? name ?? userId}`);
};

export const channelMention = (id, name) => {
  const known = directory.channels.get(id);
  return h('a', { class: 'mention', href: `/archives/${id}/`, 'data-channel': id }, `#${known?.name ?? name ?? id}`);
};

function fence(code) {
  return h('pre', { class: 'code' }, h('code', {}, unescape(code.replace(/^\n|\n$/g, ''))));
}

function lines(text, afterBlock) {
  const out = [];
  let quote = null;
  text.replace(afterBlock ? /^\n/ : /^$/, '').replace(/\n$/, '').split('\n').forEach((line, index) => {
    const quoted = line.match(/^(?:&gt;|>)(?!(?:&gt;|>)) ?(.*)$/);
    if (quoted) {
      if (!quote) out.push((quote = h('blockquote', {})));
      else quote.append(h('br'));
      quote.append(inline(quoted[1]));
      return;
    }
    if (index > 0 && !quote) out.push(h('br'));
    quote = null;
    out.push(inline(line));
  });
  return out;
}

/** One line's worth of formatting. */
export function inline(text) {
  const out = [];
  let at = 0;
  for (const found of text.matchAll(INLINE)) {
    if (found.index > at) out.push(unescape(text.slice(at, found.index)));
    at = found.index + found[0].length;
    out.push(formatted(found));
  }
  if (at < text.length) out.push(unescape(text.slice(at)));
  return all(out);
}

function formatted({ 0: whole, groups }) {
  const inner = whole.slice(1, -1);
  if (groups.code) return h('code', { class: 'inline-code' }, unescape(inner));
  if (groups.angle) return angle(inner);
  if (groups.emoji) return emoji(whole) ?? whole;
  const tag = groups.bold ? 'strong' : groups.italic ? 'em' : 's';
  return h(tag, {}, inline(inner));
}

function angle(inside) {
  const [target, label] = split(inside);
  if (target.startsWith('@')) return mention(target.slice(1), label);
  if (target.startsWith('#')) return channelMention(target.slice(1), label);
  if (target.startsWith('!')) return special(target.slice(1), label);
  if (!safeUrl(target)) return unescape(`<${inside}>`);
  return link(unescape(target), label ? plain(unescape(label)) : unescape(target.replace(/^mailto:/, '')));
}

function split(inside) {
  const bar = inside.indexOf('|');
  return bar < 0 ? [inside, null] : [inside.slice(0, bar), inside.slice(bar + 1)];
}

function special(command, label) {
  if (['here', 'channel', 'everyone'].includes(command)) return h('span', { class: 'mention mention-me' }, `@${command}`);
  if (command.startsWith('subteam^')) {
    const group = directory.groups.get(command.slice(8));
    return h('span', { class: 'mention' }, label ?? `@${group?.handle ?? command.slice(8)}`);
  }
  if (command.startsWith('date^')) {
    const [, seconds, format, address] = command.split('^');
    return when(Number(seconds), format, address, label);
  }
  return label ?? `<${command}>`;
}

/** A moment in the reader's own time, as Slack's date tokens ask for it. */
export function when(seconds, format, address, fallback) {
  const date = new Date(seconds * 1000);
  if (!Number.isFinite(seconds) || Number.isNaN(date.getTime())) return fallback ?? '';
  const said = format.replace(/\{(\w+)\}/g, (whole, name) => dateWord(date, name) ?? whole).split(AGO);
  const time = h('time', { datetime: date.toISOString(), title: date.toLocaleString() }, said.map((words_, index) => [index > 0 && since(seconds), words_]));
  return address ? link(address, time) : time;
}

function dateWord(date, name) {
  const say = (options) => new Intl.DateTimeFormat(undefined, options).format(date);
  const long = { weekday: 'long', month: 'long', day: 'numeric', year: 'numeric' };
  switch (name) {
    case 'time': return say({ hour: 'numeric', minute: '2-digit' });
    case 'time_secs': return say({ hour: 'numeric', minute: '2-digit', second: '2-digit' });
    case 'date_num': return `${date.getFullYear()}-${String(date.getMonth() + 1).padStart(2, '0')}-${String(date.getDate()).padStart(2, '0')}`;
    case 'date_slash': return say({ year: 'numeric', month: '2-digit', day: '2-digit' });
    case 'date': return say({ month: 'long', day: 'numeric', year: 'numeric' });
    case 'date_short': return say({ month: 'short', day: 'numeric', year: 'numeric' });
    case 'date_long': return say(long);
    case 'date_pretty': return pretty(date) ?? say({ month: 'long', day: 'numeric', year: 'numeric' });
    case 'date_short_pretty': return pretty(date) ?? say({ month: 'short', day: 'numeric', year: 'numeric' });
    case 'date_long_pretty': return pretty(date) ?? say(long);
    case 'ago': return AGO;
    default: return null;
  }
}

function pretty(date) {
  const days = Math.round((new Date(date).setHours(0, 0, 0, 0) - new Date().setHours(0, 0, 0, 0)) / 86_400_000);
  return { '-1': 'yesterday', 0: 'today', 1: 'tomorrow' }[days] ?? null;
}

/** How long ago, kept true while it is on the page (see `tick`). */
export const since = (seconds, kind = '') => h('span', { class: kind, 'data-since': seconds }, ago(new Date(seconds * 1000)));

/** Bring every `since` on the page up to date. */
export function tick() {
  for (const node of document.querySelectorAll('[data-since]')) node.textContent = ago(new Date(node.dataset.since * 1000));
}

/** How long ago, or in how long, in one unit. */
function ago(date) {
  const seconds = Math.round((date.getTime() - Date.now()) / 1000);
  const units = [['day', 86_400], ['hour', 3600], ['minute', 60], ['second', 1]];
  const [unit, size] = units.find(([, length]) => Math.abs(seconds) >= length) ?? units[3];
  return new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' }).format(Math.round(seconds / size), unit);
}
