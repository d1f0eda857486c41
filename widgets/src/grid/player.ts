/** Player: one sound at a time, from the kernel to the loudspeaker. */

import type { Channel } from "../channel";

export class Player {
  #button: HTMLButtonElement | undefined;
  #sound: HTMLAudioElement | undefined;
  #url = "";

  constructor(
    private readonly channel: Channel,
    private readonly key: string,
  ) {}

  /** Play a cell's sound, or stop it if it plays. */
  async toggle(button: HTMLButtonElement): Promise<void> {
    const same = this.#button === button;
    this.stop();
    if (same) return;
    const place = button.closest<HTMLElement>("[data-row]");
    this.#button = button;
    button.setAttribute("aria-pressed", "true");
    try {
      const { value, buffers } = await this.channel.ask("sound", {
        key: this.key,
        row: Number(place?.dataset["row"]),
        column: Number(place?.dataset["column"]),
      });
      const [data] = buffers;
      if (this.#button !== button || !data) return;
      this.#url = URL.createObjectURL(new Blob([data as BlobPart], { type: value.type }));
      this.#sound = new Audio(this.#url);
      this.#sound.addEventListener("ended", () => this.stop());
      await this.#sound.play();
    } catch (error) {
      button.title = error instanceof Error ? error.message : String(error);
      button.classList.add("at-mute");
      if (this.#button === button) this.stop();
    }
  }

  stop(): void {
    this.#button?.setAttribute("aria-pressed", "false");
    this.#sound?.pause();
    if (this.#url) URL.revokeObjectURL(this.#url);
    this.#button = this.#sound = undefined;
    this.#url = "";
  }
}
