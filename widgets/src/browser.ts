/** The browser widget: a catalog on the left, the chosen dataset on the right. */

import { Catalog } from "./catalog";
import { Channel, Refusal } from "./channel";
import { watchConnection } from "./connection";
import { Detail, type Tab, TABS } from "./detail";
import { h } from "./dom";
import { type Model, type RenderProps, textTrait } from "./model";
import type { Listing, Trouble } from "./wire";
import { type Facets, ORDERS, type Wanted } from "./wire_browser";

function render({ model, el }: RenderProps): () => void {
  const channel = new Channel(model);
  let saving = false;
  const save = (changes: object) => {
    saving = true;
    for (const [name, value] of Object.entries(changes)) model.set(name, value);
    saving = false;
    model.save_changes();
  };
  let total: number | null = null;
  const detail = new Detail(channel, {
    turned: (tab) => save({ tab }),
    choose: (key) => save({ chosen: key }),
    leave: () => catalog.focusList(),
  });
  const catalog = new Catalog(channel, {
    wanted: (wanted) => save(wanted),
    open: (item) => save({ chosen: item.key }),
    listed: (many) => detail.rest((total = many ?? total)),
  });
  const chosen = () => {
    const key = textTrait(model, "chosen");
    catalog.choose(key);
    if (key) detail.open(key, catalog.find(key));
    else detail.clear(total);
  };
  // The page's own lists have been asked for already, with their ticket.
  const follow = () => saving || catalog.follow(wantedBy(model));
  const unhear = hear(model, {
    "change:chosen": chosen,
    "change:tab": () => detail.turn(tabOf(model)),
    "change:query": follow,
    "change:facets": follow,
    "change:order": follow,
    "change:listed": follow,
  });
  detail.turn(tabOf(model));
  const root = frame(catalog, detail);
  el.append(root);
  const unwatch = watchConnection(model, channel, root);
  begin(model, catalog);
  detail.rest(total);
  if (textTrait(model, "chosen")) chosen();
  const resize = new ResizeObserver(() => catalog.resized());
  resize.observe(el);
  return () => {
    resize.disconnect();
    unwatch();
    unhear();
    catalog.end();
    detail.end();
    channel.close();
  };
}

function begin(model: Model, catalog: Catalog): void {
  const first = model.get("first") as Partial<Listing> & { error?: Trouble };
  const wanted = wantedBy(model);
  // What was listed when the widget was made, unless something else is wanted by now.
  const fits = first.items !== undefined && first.query === wanted.query;
  catalog.begin(
    wanted,
    fits ? (first as Listing) : undefined,
    first.error && new Refusal(first.error.kind, first.error.text),
  );
}

function frame(catalog: Catalog, detail: Detail): HTMLElement {
  const root = h(
    "div",
    { class: "atdata at-browser", "data-lm-suppress-shortcuts": "true" },
    h("div", { class: "at-split" }, catalog.element, detail.element),
  );
  root.addEventListener("keydown", (event) => {
    const typing = event.target instanceof Element && event.target.matches("input, textarea");
    if (event.key !== "/" || typing) return;
    event.preventDefault();
    event.stopPropagation();
    catalog.focusSearch();
  });
  return root;
}

function wantedBy(model: Model): Wanted {
  const facets = model.get("facets");
  const order = textTrait(model, "order");
  return {
    query: textTrait(model, "query"),
    facets: { ...(facets as Facets | undefined) },
    order: ORDERS.find((one) => one === order) ?? "",
    listed: textTrait(model, "listed") === "schemas" ? "schemas" : "datasets",
  };
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
