/**
 * Makes an element. Strings become text nodes, never markup: what a table holds must not be able to
 * become part of the page.
 *
 * @param className space-separated classes, or an empty string.
 */
export function element<T extends keyof HTMLElementTagNameMap>(
  tag: T,
  className: string,
  ...children: (Node | string)[]
): HTMLElementTagNameMap[T] {
  const node = document.createElement(tag);
  if (className !== '') node.className = className;
  node.append(...children);
  return node;
}

/** Makes a button that is no form's submit button. */
export function button(label: string, className: string, onPress: () => void): HTMLButtonElement {
  const node = element('button', className, label);
  node.type = 'button';
  node.addEventListener('click', onPress);
  return node;
}

/**
 * The element of the page with an id.
 *
 * @param type its class, such as `HTMLTextAreaElement`.
 * @throws Error when the page has no such element, which is a defect of the page.
 */
export function byId<T extends HTMLElement>(id: string, type: new () => T): T {
  const node = document.getElementById(id);
  if (node instanceof type) return node;
  throw new Error(`console: the page has no ${type.name} with the id ${id}`);
}

/**
 * Replaces a range of a text area as typing would, so that the reader can undo it.
 *
 * @param start inclusive, in UTF-16 units.
 * @param end exclusive.
 */
export function replaceText(
  area: HTMLTextAreaElement,
  text: string,
  start: number,
  end: number,
): void {
  area.focus();
  area.setSelectionRange(start, end);
  // The only call that feeds the undo list; browsers without it still get the text.
  const isTyped = document.execCommand('insertText', false, text);
  if (!isTyped) area.setRangeText(text, start, end, 'end');
}
