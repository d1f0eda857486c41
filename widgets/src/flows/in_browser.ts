/** Promoting from the browser: the flow of the chosen dataset, in the place of its tabs. */

import type { ActionFace } from "../actions";
import { Asker } from "./asker";
import { Flow } from "./flow";

export const promote: ActionFace = (channel, key, place, close) => {
  const flow = new Flow(new Asker(channel, key), { close });
  place.append(flow.element);
  flow.begin(undefined);
  flow.element.focus({ preventScroll: true });
  return () => flow.close();
};
