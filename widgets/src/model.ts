/** The part of anywidget's model that the widgets use: traits for state, messages for data. */

export type Buffers = readonly DataView[];

export interface Model {
  get(name: string): unknown;
  set(name: string, value: unknown): void;
  save_changes(): void;
  on(event: string, callback: (...parts: never[]) => void): void;
  off(event: string, callback: (...parts: never[]) => void): void;
  send(content: unknown): void;
}

/** What anywidget hands to `render`. */
export interface RenderProps {
  model: Model;
  el: HTMLElement;
}

export function textTrait(model: Model, name: string): string {
  const value = model.get(name);
  return typeof value === "string" ? value : "";
}
