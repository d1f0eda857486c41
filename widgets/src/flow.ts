/** The widgets that publish and promote: one flow, whose desk is in the kernel. */

import { Channel } from "./channel";
import { watchConnection } from "./connection";
import { h } from "./dom";
import { Asker } from "./flows/asker";
import { Flow } from "./flows/flow";
import type { First } from "./flows/wire";
import type { RenderProps } from "./model";

function render({ model, el }: RenderProps): () => void {
  const channel = new Channel(model);
  const flow = new Flow(new Asker(channel));
  const root = h("div", { class: "atdata at-flow-widget" }, flow.element);
  el.append(root);
  const unwatch = watchConnection(model, channel, root);
  flow.begin(model.get("first") as First | undefined);
  return () => {
    unwatch();
    flow.close();
    channel.close();
  };
}

export default { render };
