/** A text in full, a stretch at a time. */

import { button, h, said } from "../dom";
import type { Asker } from "./asker";
import { trouble } from "./trouble";
import type { Part } from "./wire";

export function words(part: Part, asker: Asker): HTMLElement {
  const text = h("div", { class: "at-whole-text" }, said(part.text));
  const foot = h("div", { class: "at-whole-more" });
  let next = part.next ?? 0;
  const more = () => {
    asker.ask(
      "text",
      { path: part.path, offset: next },
      ({ value }) => {
        next = value.next;
        text.append(said(value.text));
        say();
      },
      (error) => foot.replaceChildren(trouble(error, more)),
    );
  };
  const say = () => {
    const length = part.length ?? 0;
    const extent = `${(next || length).toLocaleString("en-US")} of ${length.toLocaleString("en-US")} characters`;
    foot.replaceChildren(
      h("small", {}, extent),
      next ? button("Show more", more, { class: "at-small" }) : "",
    );
  };
  if (next) say();
  // A text without anything in it would be a line that cannot be told from a missing value.
  if (!part.text) return h("i", { class: "at-dim" }, "empty text");
  return h("div", {}, text, next ? foot : null);
}
