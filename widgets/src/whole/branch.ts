/** Items of a nested value, or of the sample itself, a page at a time. */

import { button, h, said, SUPPRESS } from "../dom";
import type { Asker } from "./asker";
import { content } from "./content";
import { trouble } from "./trouble";
import type { Part, Parts, Path } from "./wire";

export function branch(first: Parts, path: Path, asker: Asker): HTMLElement {
  const rows = h("div", { class: "at-parts" });
  const foot = h("div", { class: "at-whole-more" });
  let known = 0;
  const put = (page: Parts) => {
    rows.append(...page.parts.map((part) => row(part, asker)));
    known = page.first + page.parts.length;
    const left = page.parts.length ? page.count - known : 0;
    const label = `Show more of ${left.toLocaleString("en-US")} further`;
    foot.replaceChildren(left > 0 ? button(label, more, { class: "at-small" }) : "");
  };
  const more = () => {
    const fail = (error: unknown) => foot.replaceChildren(trouble(error, more));
    asker.ask("branch", { path, first: known }, ({ value }) => put(value), fail);
  };
  put(first);
  return h("div", {}, rows, foot);
}

function row(part: Part, asker: Asker): HTMLElement {
  const told = part.kind === "text" ? "" : part.type;
  return h(
    "section",
    { class: "at-part", "aria-label": part.name },
    h("div", { class: "at-part-name" }, said(part.name), told && h("small", {}, said(told))),
    h("div", { class: "at-part-value" }, part.kind === "nested" ? nested(part, asker) : content(part, asker)),
  );
}

/** Folded: what is inside is asked for when it is opened. */
function nested(part: Part, asker: Asker): HTMLElement {
  if (!part.count) return said(part.text);
  const place = h("div", { class: "at-inside" }, h("small", {}, "Loading…"));
  const fold = h("details", {}, h("summary", { ...SUPPRESS }, said(part.text)), place);
  const load = () =>
    asker.ask(
      "branch",
      { path: part.path, first: 0 },
      ({ value }) => place.replaceChildren(branch(value, part.path, asker)),
      (error) => place.replaceChildren(trouble(error, load)),
    );
  fold.addEventListener("toggle", () => fold.open && load(), { once: true });
  return fold;
}
