/** One value that could not be had: said in its place, with a way to ask again. */

import { Refusal } from "../channel";
import { button, h, said } from "../dom";

export function trouble(error: unknown, again: () => void): HTMLElement {
  const text = error instanceof Error ? error.message : String(error);
  const kind = error instanceof Refusal ? `${error.kind}: ` : "";
  return h(
    "div",
    { class: "at-whole-trouble", role: "alert" },
    said(`${kind}${text}`, { class: "at-fault" }),
    " ",
    button("Retry", again, { class: "at-small" }),
  );
}
