/** Addresses of the network and of local schemas: they lead on, within the widget. */

import { button, said } from "./dom";

export const NETWORK = /^(at:\/\/\S+|did:[a-z0-9]+:\S+)$/;
export const LOCAL = /^(atdata:\/\/|local:\/\/)\S+$/;

/** Text that is followed where it is an address. */
export function address(text: string, go: (target: string) => void): HTMLElement {
  return NETWORK.test(text) ? link(text, go) : said(text);
}

export function link(text: string, go: (target: string) => void): HTMLElement {
  // No anchor: nothing that stands in a record may lead out of the page.
  return button(text, () => go(text), { class: "at-link" });
}
