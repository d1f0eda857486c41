/** The preview widget: the samples of one dataset. */

import { Channel } from "./channel";
import { watchConnection } from "./connection";
import { h, said } from "./dom";
import { SamplesPanel } from "./grid/panel";
import { type RenderProps, textTrait } from "./model";

function render({ model, el }: RenderProps): () => void {
  const channel = new Channel(model);
  const save = (state: Record<string, unknown>) => {
    for (const [name, value] of Object.entries(state)) model.set(name, value);
    model.save_changes();
  };
  const asked = () => ({
    query: textTrait(model, "query"),
    column: textTrait(model, "sort"),
    down: model.get("descending") === true,
  });
  const chosen = () => (model.get("selection") as number[] | undefined) ?? [];
  const panel = new SamplesPanel(channel, {
    key: "",
    view: asked(),
    chosen: chosen(),
    onChoose: (selection) => save({ selection }),
    onView: ({ query, down }, sort) => save({ query, sort, descending: down }),
  });
  const show = () => panel.show(asked());
  const choose = () => panel.choose(chosen());
  for (const name of ["query", "sort", "descending"]) model.on(`change:${name}`, show);
  model.on("change:selection", choose);
  const head = h("header", { class: "at-head" }, h("h3", {}, said(textTrait(model, "title"))));
  const root = h(
    "div",
    { class: "atdata at-preview", "data-lm-suppress-shortcuts": "true" },
    head,
    panel.element,
  );
  el.append(root);
  const unwatch = watchConnection(model, channel, root);
  return () => {
    unwatch();
    for (const name of ["query", "sort", "descending"]) model.off(`change:${name}`, show);
    model.off("change:selection", choose);
    panel.destroy();
    channel.close();
  };
}

export default { render };
