// Block Kit as nodes. `ctx` says where the blocks stand and what happens on a click (see fields.js).

import { h, link, safeUrl } from './dom.js';
import { field } from './fields.js';
import { markdown } from './markdown.js';
import { plain, words } from './mrkdwn.js';
import { richText } from './richtext.js';

/** All blocks of a message or view. */
export const blocks = (list, ctx) => h('div', { class: 'blocks' }, list.map((one) => {
  const node = (RENDER[one.type] ?? unknown)(one, ctx);
  node.setAttribute('data-block-id', one.block_id ?? '');
  return node;
}));

const RENDER = {
  header: (block) => h('h3', { class: 'b-header' }, words(block.text)),
  divider: () => h('hr', { class: 'divider' }),
  section,
  context: (block) => h('div', { class: 'b-context' }, block.elements.map((one) =>
    (one.type === 'image' ? image(one, 'small') : h('span', {}, words(one))))),
  actions: (block, ctx) => h('div', { class: 'b-actions' }, block.elements.map((one) => field(one, block, ctx))),
  context_actions: (block, ctx) => h('div', { class: 'b-actions' }, block.elements.map((one) => field(one, block, ctx))),
  input,
  image: (block) => h('figure', { class: 'b-image' }, block.title && h('figcaption', {}, words(block.title)), image(block, '')),
  markdown: (block) => markdown(block.text),
  rich_text: richText,
  table,
  alert: (block) => h('div', { class: `b-alert ${block.level ?? 'default'}`, role: 'note' }, words(block.text)),
  plan: (block) => h('div', { class: 'b-plan' }, h('strong', {}, plain(block.title)), h('ul', {}, (block.tasks ?? []).map((one) => h('li', {}, task(one))))),
  task_card: (block) => h('div', { class: 'b-plan' }, task(block)),
  card,
  carousel: (block, ctx) => h('div', { class: 'b-carousel' }, block.elements.map((one) => card({ ...one, block_id: block.block_id }, ctx))),
  video: (block) => h('p', {}, link(block.title_url ?? block.video_url, '▶ ', words(block.title)), block.description && h('small', {}, words(block.description))),
};

function section(block, ctx) {
  const accessory = block.accessory && (block.accessory.type === 'image' ? image(block.accessory, 'side-image') : field(block.accessory, block, ctx));
  return h('div', { class: 'b-section' },
    h('div', { class: 'b-words' },
      block.text && h('div', { class: 'b-text' }, words(block.text)),
      block.fields && h('div', { class: 'b-fields' }, block.fields.map((one) => h('div', {}, words(one))))),
    accessory && h('div', { class: 'b-accessory' }, accessory));
}

function input(block, ctx) {
  const error = ctx.errors?.[block.block_id];
  const id = `error-${block.block_id}`;
  const control = field(block.element, block, ctx);
  if (error) {
    control.setAttribute('aria-invalid', 'true');
    control.setAttribute('aria-describedby', id);
  }
  const optional = block.optional && h('span', { class: 'optional' }, ' (optional)');
  const labelled = control.matches('input, select, textarea');
  const label = [words(block.label), optional];
  if (!labelled) control.setAttribute('aria-label', block.label.text);
  return h('div', { class: `b-input ${error ? 'wrong' : ''}` },
    labelled ? h('label', {}, h('span', { class: 'label' }, label), control) : [h('span', { class: 'label' }, label), control],
    error && h('p', { class: 'error', id, role: 'alert' }, error),
    block.hint && h('p', { class: 'hint' }, words(block.hint)));
}

function image(block, kind) {
  const source = safeUrl(block.image_url ?? block.slack_file?.url ?? '');
  return h('img', { class: `image ${kind}`, src: source, alt: block.alt_text, loading: 'lazy' });
}

function table(block) {
  const align = (index) => ({ class: `align-${block.column_settings?.[index]?.align ?? 'left'}` });
  const cell = (one) => (one.type === 'rich_text' ? richText(one) : String(one.text ?? one.value ?? ''));
  const [head, ...rows] = block.rows;
  return h('div', { class: 'table-wrap' }, h('table', {},
    h('thead', {}, h('tr', {}, head.map((one, index) => h('th', { scope: 'col', ...align(index) }, cell(one))))),
    h('tbody', {}, rows.map((row) => h('tr', {}, row.map((one, index) => h('td', align(index), cell(one))))))));
}

const STATUS = { pending: '○', in_progress: '◐', complete: '✓', error: '✕' };
const task = (one) => h('div', { class: `task ${one.status ?? 'pending'}` },
  h('span', { class: 'task-mark', 'aria-label': one.status ?? 'pending' }, STATUS[one.status ?? 'pending']),
  h('div', {}, plain(one.title), one.details && richText(one.details), one.output && richText(one.output)));

function card(block, ctx) {
  return h('div', { class: 'b-card' },
    block.hero_image && image(block.hero_image, ''),
    block.title && h('strong', {}, words(block.title)),
    block.subtitle && h('small', {}, words(block.subtitle)),
    block.body && h('div', {}, words(block.body)),
    block.actions && h('div', { class: 'b-actions' }, block.actions.map((one) => field(one, block, ctx))));
}

const unknown = (block) => h('p', { class: 'note' }, `A block of type ${block.type} cannot be shown here.`);
