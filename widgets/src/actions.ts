/** Actions: buttons of the head beside those that every dataset has, and how each is drawn. */

import type { Channel } from "./channel";
import { promote } from "./flows/in_browser";

/** Draws an action into a place over the dataset, until `close`; returns what ends it. */
export type ActionFace = (
  channel: Channel,
  key: string,
  place: HTMLElement,
  close: () => void,
) => () => void;

/** By the names that `widgets/actions.py` gives them; without a face, the kernel is just told. */
export const FACES: Record<string, ActionFace> = { promote };
