// The `rich_text` block: sections, lists, quotes and code made of typed elements.

import { h, link } from './dom.js';
import { directory } from './directory.js';
import { emoji } from './emoji.js';
import { channelMention, mention, when } from './mrkdwn.js';

export const richText = (block) => h('div', { class: 'rich' }, (block.elements ?? []).map(part));

function part(element) {
  const inside = (element.elements ?? []).map((one) => (one.type === 'rich_text_section' ? part(one) : piece(one)));
  switch (element.type) {
    case 'rich_text_list': {
      const tag = element.style === 'ordered' ? 'ol' : 'ul';
      const indent = Math.min(8, element.indent ?? 0);
      return h(tag, { class: `indent-${indent}`, start: element.offset ? element.offset + 1 : null }, inside.map((item) => h('li', {}, item)));
    }
    case 'rich_text_preformatted': return h('pre', { class: 'code' }, h('code', {}, inside));
    case 'rich_text_quote': return h('blockquote', {}, inside);
    default: return h('span', { class: 'rich-section' }, inside);
  }
}

function piece(element) {
  return styled(bare(element), element.style ?? {});
}

function bare(element) {
  switch (element.type) {
    case 'text': return element.text;
    case 'link': return link(element.url, element.text || element.url);
    case 'user': return mention(element.user_id);
    case 'channel': return channelMention(element.channel_id);
    case 'usergroup': return h('span', { class: 'mention' }, `@${directory.groups.get(element.usergroup_id)?.handle ?? element.usergroup_id}`);
    case 'broadcast': return h('span', { class: 'mention mention-me' }, `@${element.range}`);
    case 'emoji': return emoji(element.name) ?? `:${element.name}:`;
    case 'date': return when(element.timestamp, element.format, element.url, element.fallback);
    case 'color': return h('code', { class: 'inline-code' }, element.value);
    default: return element.text ?? '';
  }
}

function styled(node, style) {
  let out = node;
  if (style.code) out = h('code', { class: 'inline-code' }, out);
  if (style.bold) out = h('strong', {}, out);
  if (style.italic) out = h('em', {}, out);
  if (style.strike) out = h('s', {}, out);
  if (style.underline) out = h('u', {}, out);
  return out;
}
