/** The widgets that publish and promote: one flow, whose desk is in the kernel. */

import { Channel } from "./channel";
import { h } from "./dom";
import { Asker } from "./flows/asker";
import { Flow } from "./flows/flow";
import type { First } from "./flows/wire";
import type { RenderProps } from "./model";

function render({ model, el }: RenderProps): () => void {
  const channel = new Channel(model);
  const flow = new Flow(new Asker(channel));
  el.append(h("div", { class: "atdata at-flow-widget" }, flow.element));
  flow.begin(model.get("first") as First | undefined);
  return () => {
    flow.close();
    channel.close();
  };
}

export default { render };
