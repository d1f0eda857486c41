/** A line that says when the kernel does not answer, for as long as it does not. */

import type { Channel } from "./channel";
import { button, h } from "./dom";
import type { Model } from "./model";

/** After a cut connection, a kernel that is still there answers within so long. */
const SOON = 3_000;

/** Watch a widget's connection; `root` is where the line stands. */
export function watchConnection(model: Model, channel: Channel, root: HTMLElement): () => void {
  const again = button("Try again", () => channel.probe(SOON));
  const line = h(
    "div",
    { class: "at-silence", role: "alert" },
    h("span", {}, "The kernel does not answer. It may be busy with another cell; ", SECOND),
    again,
  );
  channel.watch({
    answered: () => line.remove(),
    silent: () => line.isConnected || root.append(line),
  });
  // Jupyter says it when a kernel restarts, and when it is reached again.
  const changed = () => channel.probe(SOON);
  model.on("comm_live_update", changed);
  return () => model.off("comm_live_update", changed);
}

const SECOND = "if it was restarted, run this cell again.";
