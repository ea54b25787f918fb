// Building the page without ever parsing text as HTML: whatever comes from outside becomes a text node or an attribute.

import { directory } from './directory.js';

/** An element with attributes, listeners (functions under on…) and children (nodes, strings, arrays, nothing). */
export function h(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (typeof value === 'function') node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? '' : String(value));
  }
  node.append(...children.flat(9).filter((child) => child !== null && child !== undefined && child !== false && child !== ''));
  return node;
}

/** A fragment of the same kind of children. */
export function all(...children) {
  const fragment = document.createDocumentFragment();
  fragment.append(...children.flat(9).filter((child) => child !== null && child !== undefined && child !== false));
  return fragment;
}

export const $ = (id) => document.getElementById(id);

/** An address that may be followed: web and mail only; everything else is inert. */
export function safeUrl(address) {
  try {
    const url = new URL(address, location.href);
    return ['http:', 'https:', 'mailto:'].includes(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

/** A link that opens elsewhere, or just its words when the address is not to be trusted. */
export function link(address, ...words) {
  const href = safeUrl(address);
  if (!href) return h('span', {}, words);
  return h('a', { href, target: '_blank', rel: 'noopener noreferrer' }, words);
}

/** Runs at most once per `wait` milliseconds, the last call winning. */
export function lately(wait, run) {
  let timer = null;
  return () => {
    if (timer === null) timer = setTimeout(() => { timer = null; run(); }, wait);
  };
}

/** The initials and the tone that stand for somebody; neighbours in the list never share one. */
export function avatar(person, size = '') {
  const name = person?.name ?? '?';
  const initials = name.split(/\s+/).slice(0, 2).map((word) => word[0]?.toUpperCase() ?? '').join('');
  const tone = person?.is_bot ? 'tone-app' : `tone-${[...directory.people.keys()].indexOf(person?.id) & 7}`;
  return h('span', { class: `avatar ${tone} ${size}`, 'aria-hidden': 'true' }, person?.is_bot ? person.name.slice(0, 2).toUpperCase() : initials);
}
