/** DOM by parts: elements with classes, attributes and text, never markup. */

type Child = Node | string | null | undefined | false;

export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Record<string, string> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  append(element, children);
  return element;
}

export function svg(
  tag: string,
  attributes: Record<string, string | number>,
  ...children: Child[]
): SVGElement {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, `${value}`);
  append(element, children);
  return element;
}

export function button(label: string, act: () => void, attributes: Record<string, string> = {}) {
  const element = h("button", { type: "button", ...SUPPRESS, ...attributes }, label);
  element.addEventListener("click", act);
  return element;
}

/** JupyterLab leaves keys alone that are pressed inside an element marked so. */
export const SUPPRESS = { "data-lm-suppress-shortcuts": "true" };

/** Text from a stranger: its direction is its own and does not reach the words around it. */
export function said(text: string, attributes: Record<string, string> = {}): HTMLElement {
  return h("bdi", attributes, text);
}

function append(element: Element, children: Child[]): void {
  for (const child of children) if (child) element.append(child);
}

/** An id that nothing else on the page has: each widget on it loads this module anew. */
export function freshId(word: string): string {
  return `atdata-${word}-${Math.random().toString(36).slice(2, 12)}`;
}
