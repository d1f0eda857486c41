/** The preview widget: the first samples of one dataset. */

import { Channel, Lane } from "./channel";
import { h, said } from "./dom";
import { type RenderProps, textTrait } from "./model";
import { samples } from "./samples";
import { failed, loading } from "./states";

function render({ model, el }: RenderProps): () => void {
  const channel = new Channel(model);
  const lane = new Lane();
  const panel = h("div", { class: "at-panel" });
  const load = () => {
    const valid = lane.take();
    panel.replaceChildren(loading("samples", load));
    channel.ask("samples", {}).then(
      (answer) => valid() && panel.replaceChildren(samples(answer)),
      (error: unknown) =>
        valid() && panel.replaceChildren(failed("The samples cannot be read.", error, load)),
    );
  };
  const head = h("header", { class: "at-head" }, h("h3", {}, said(textTrait(model, "title"))));
  el.append(
    h("div", { class: "atdata at-preview", "data-lm-suppress-shortcuts": "true" }, head, panel),
  );
  load();
  return () => channel.close();
}

export default { render };
