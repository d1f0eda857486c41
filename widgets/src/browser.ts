/** The browser widget: a catalog on the left, the chosen dataset on the right. */

import { Catalog } from "./catalog";
import { Channel, Refusal } from "./channel";
import { Detail, TABS } from "./detail";
import type { Tab } from "./detail";
import { h } from "./dom";
import { type Model, type RenderProps, textTrait } from "./model";
import type { Item, Listing, Trouble } from "./wire";

function render({ model, el }: RenderProps): () => void {
  const channel = new Channel(model);
  const save = (name: string, value: string) => {
    model.set(name, value);
    model.save_changes();
  };
  let total: number | null = null;
  const detail = new Detail(channel, (tab) => save("tab", tab));
  const open = (item: Item) => save("chosen", item.key);
  const catalog = new Catalog(channel, {
    search: (query) => save("query", query),
    open,
    listed: (many) => detail.rest((total = many ?? total)),
  });
  const chosen = () => {
    const key = textTrait(model, "chosen");
    catalog.choose(key);
    if (key) detail.open(key, catalog.find(key));
    else detail.clear(total);
  };
  const unhear = hear(model, {
    "change:chosen": chosen,
    "change:tab": () => detail.turn(tabOf(model)),
    // The page's own searches have been sent already, with their ticket.
    "change:query": () => catalog.follow(textTrait(model, "query")),
  });
  detail.turn(tabOf(model));
  el.append(frame(catalog, detail));
  const first = model.get("first") as Partial<Listing> & { error?: Trouble };
  const query = textTrait(model, "query");
  const fits = first.items !== undefined && first.query === query;
  catalog.begin(
    query,
    fits ? (first as Listing) : undefined,
    first.error && new Refusal(first.error.kind, first.error.text),
  );
  detail.rest(total);
  if (textTrait(model, "chosen")) chosen();
  const resize = new ResizeObserver(() => catalog.resized());
  resize.observe(el);
  return () => {
    resize.disconnect();
    unhear();
    channel.close();
  };
}

function frame(catalog: Catalog, detail: Detail): HTMLElement {
  const root = h(
    "div",
    { class: "atdata at-browser", "data-lm-suppress-shortcuts": "true" },
    h("div", { class: "at-split" }, catalog.element, detail.element),
  );
  root.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.target instanceof HTMLInputElement) return;
    event.preventDefault();
    event.stopPropagation();
    catalog.focusSearch();
  });
  return root;
}

function tabOf(model: Model): Tab {
  const name = textTrait(model, "tab");
  return TABS.find((tab) => tab === name) ?? "samples";
}

function hear(model: Model, handlers: Record<string, () => void>): () => void {
  for (const [event, handler] of Object.entries(handlers)) model.on(event, handler);
  return () => {
    for (const [event, handler] of Object.entries(handlers)) model.off(event, handler);
  };
}

export default { render };
