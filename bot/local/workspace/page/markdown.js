// The `markdown` block: enough of standard Markdown for what bots write (headings, lists, tables, code, links, emphasis).

import { h, all, link } from './dom.js';
import { plain } from './mrkdwn.js';

const INLINE = /(`[^`]+`)|\[([^\]]+)\]\(([^)\s]+)\)|(\*\*|__)(.+?)\4|(~~)(.+?)~~|(?<!\w)([*_])(\S(?:.*?\S)?)\8(?!\w)/;

/** A Markdown text as nodes. */
export function markdown(text) {
  const out = [];
  const rows = text.split('\n');
  while (rows.length) out.push(block(rows));
  return h('div', { class: 'markdown' }, out);
}

function block(rows) {
  const row = rows.shift();
  if (/^\s*$/.test(row)) return null;
  const heading = row.match(/^(#{1,6})\s+(.*)$/);
  if (heading) return h(`h${Math.min(6, heading[1].length + 2)}`, {}, inline(heading[2]));
  if (row.startsWith('```')) return fence(rows);
  if (/^(---+|\*\*\*+)\s*$/.test(row)) return h('hr', { class: 'divider' });
  if (/^>/.test(row)) return h('blockquote', {}, joined(run(row, rows, /^> ?/)));
  if (/^\s*([-*+]|\d+[.)])\s/.test(row)) return list(row, rows);
  if (row.includes('|') && /^\s*\|?[\s:|-]+\|[\s:|-]*$/.test(rows[0] ?? '')) return table(row, rows);
  return h('p', {}, joined([row, ...paragraph(rows)]));
}

function run(first, rows, prefix) {
  const taken = [first.replace(prefix, '')];
  while (rows.length && prefix.test(rows[0])) taken.push(rows.shift().replace(prefix, ''));
  return taken;
}

function paragraph(rows) {
  const taken = [];
  while (rows.length && !/^\s*$|^(#{1,6}\s|```|>|\s*([-*+]|\d+[.)])\s)/.test(rows[0])) taken.push(rows.shift());
  return taken;
}

const joined = (lines) => lines.map((line, index) => [index > 0 && h('br'), inline(line)]);

function fence(rows) {
  const code = [];
  while (rows.length && !rows[0].startsWith('```')) code.push(rows.shift());
  rows.shift();
  return h('pre', { class: 'code' }, h('code', {}, code.join('\n')));
}

function list(first, rows) {
  const ordered = /^\s*\d/.test(first);
  const items = run(first, rows, /^\s*(?:[-*+]|\d+[.)])\s+/);
  return h(ordered ? 'ol' : 'ul', {}, items.map((item) => {
    const task = item.match(/^\[([ x])\]\s+(.*)$/i);
    return h('li', {}, task ? [task[1] === ' ' ? '☐ ' : '☑ ', inline(task[2])] : inline(item));
  }));
}

function table(head, rows) {
  const cells = (row) => row.trim().replace(/^\||\|$/g, '').split('|').map((cell) => inline(cell.trim()));
  rows.shift();
  const body = [];
  while (rows.length && rows[0].includes('|')) body.push(cells(rows.shift()));
  return h('div', { class: 'table-wrap' }, h('table', {},
    h('thead', {}, h('tr', {}, cells(head).map((cell) => h('th', { scope: 'col' }, cell)))),
    h('tbody', {}, body.map((row) => h('tr', {}, row.map((cell) => h('td', {}, cell)))))));
}

function inline(text) {
  const found = text.match(INLINE);
  if (!found) return plain(text);
  const [whole, code, label, address, , bold, , strike, , italic] = found;
  const node = code ? h('code', { class: 'inline-code' }, code.slice(1, -1))
    : address ? link(address, inline(label))
      : bold ? h('strong', {}, inline(bold))
        : strike ? h('s', {}, inline(strike))
          : h('em', {}, inline(italic));
  return all(plain(text.slice(0, found.index)), node, inline(text.slice(found.index + whole.length)));
}
