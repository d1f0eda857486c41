/** A button that copies text, and says so. */

import { button } from "../dom";

const SHOWN = 1_500;

export function copyButton(label: string, text: () => string): HTMLButtonElement {
  const element = button(label, () => void copy());
  const copy = async () => {
    const isCopied = await toClipboard(text());
    element.textContent = isCopied ? "Copied" : "Not allowed here";
    setTimeout(() => (element.textContent = label), SHOWN);
  };
  return element;
}

async function toClipboard(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false; // no secure context, or the user said no
  }
}
