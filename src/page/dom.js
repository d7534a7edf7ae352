// Building and renewing the page. Everything that comes from the API becomes text here, never markup.

const svgSpace = 'http://www.w3.org/2000/svg';

/** An element with attributes (null and false are left out) and children: elements, texts, lists; null is left out. */
export function el(tag, attributes = {}, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

export function svg(tag, attributes = {}, ...children) {
  return filled(document.createElementNS(svgSpace, tag), attributes, children);
}

function filled(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value === true ? '' : value);
  }
  for (const child of children.flat(Infinity)) {
    if (child !== null && child !== undefined && child !== false) {
      node.append(child instanceof Node ? child : document.createTextNode(String(child)));
    }
  }
  return node;
}

/**
 * Makes the children of `parent` look like `fresh`, touching only what differs: focus, scroll positions and opened details stay.
 * `data-key` tells which child is which; the inside of an element with `data-own` is left to whoever drew it.
 */
export function renew(parent, ...fresh) {
  const wanted = fresh.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);
  const byKey = new Map([...parent.childNodes].filter(keyOf).map((node) => [keyOf(node), node]));
  let cursor = parent.firstChild;
  for (const given of wanted) {
    const node = given instanceof Node ? given : document.createTextNode(String(given));
    const key = keyOf(node);
    const match = key === null ? sameKind(cursor, node) : byKey.get(key);
    if (!match || match.nodeName !== node.nodeName) {
      parent.insertBefore(node, cursor);
      continue;
    }
    if (match === cursor) cursor = cursor.nextSibling;
    else parent.insertBefore(match, cursor);
    renewNode(match, node);
  }
  while (cursor !== null) {
    const gone = cursor;
    cursor = cursor.nextSibling;
    gone.remove();
  }
}

function keyOf(node) {
  return node.dataset?.key ?? null;
}

function sameKind(cursor, node) {
  return cursor !== null && keyOf(cursor) === null && cursor.nodeName === node.nodeName ? cursor : null;
}

function renewNode(old, fresh) {
  if (old.nodeType === Node.TEXT_NODE) {
    if (old.data !== fresh.data) old.data = fresh.data;
    return;
  }
  for (const { name } of [...old.attributes]) {
    if (!fresh.hasAttribute(name) && !isTheReaders(old, name)) old.removeAttribute(name);
  }
  for (const { name, value } of [...fresh.attributes]) {
    if (old.getAttribute(name) !== value && !isTheReaders(old, name)) old.setAttribute(name, value);
  }
  if (!('own' in old.dataset)) renew(old, [...fresh.childNodes]);
}

/** What the reader of the page decides: whether details are open. */
function isTheReaders(node, name) {
  return name === 'open' && node.nodeName === 'DETAILS';
}
