/** Who publishes: signed in already, or signing in here. The password is sent once and kept nowhere. */

import { button, freshId, h, said, SUPPRESS } from "../dom";
import type { Asker } from "./asker";
import type { Account } from "./wire";

const HOW: Record<Account["how"], string> = {
  client: "by the client you gave",
  earlier: "signed in earlier",
  kept: "from this machine’s key ring",
  password: "signed in",
  sandbox: "sandbox, nothing leaves this machine",
};

export class AccountRow {
  readonly element = h("div", { class: "at-form at-account" });
  readonly #prefix = freshId("account");
  #account: Account | null = null;

  constructor(
    private readonly asker: Asker,
    private readonly changed: (account: Account | null) => void,
  ) {}

  get account(): Account | null {
    return this.#account;
  }

  show(account: Account | null): void {
    this.#account = account;
    this.element.replaceChildren(...(account ? this.#known(account) : this.#unknown()));
  }

  /** While nobody knows yet who is signed in. */
  wait(): void {
    this.element.replaceChildren(
      h("span", { class: "at-label" }, "Account"),
      h("div", { class: "at-field at-dim", role: "status" }, "looking for a session…"),
    );
  }

  #known(account: Account): HTMLElement[] {
    const change = button("Use another", () => void this.#change(), { class: "at-quiet" });
    return [
      h("span", { class: "at-label" }, "Account"),
      h(
        "div",
        { class: "at-field at-who" },
        said(account.handle, { class: "at-handle" }),
        h("span", { class: "at-dim" }, HOW[account.how]),
        change,
      ),
    ];
  }

  #unknown(): HTMLElement[] {
    const handle = this.#input("handle", "Handle", { type: "text", placeholder: "you.example.org" });
    const password = this.#input("password", "App password", {
      type: "password",
      placeholder: "made in your account’s settings; not your main one",
    });
    const remember = h("input", { type: "checkbox", id: `${this.#prefix}-remember`, ...SUPPRESS });
    const say = h("div", { class: "at-hint at-fault", role: "alert" });
    const sign = button("Sign in", () => void go(), { class: "at-go" });
    const sandbox = button("Use the sandbox", () => void this.#enter("sandbox", {}, buttons, say), {
      title: "A whole network on this machine, to practise on",
    });
    const buttons = [sign, sandbox];
    const go = () => {
      const body = { handle: handle.value, password: password.value, remember: remember.checked };
      // Gone from the page as soon as it is sent.
      password.value = "";
      return this.#enter("sign_in", body, buttons, say);
    };
    for (const input of [handle, password])
      input.addEventListener("keydown", (event) => {
        if (event.key !== "Enter") return;
        event.preventDefault();
        void go();
      });
    return [
      h("label", { for: handle.id }, "Handle"),
      h("div", { class: "at-field" }, handle),
      h("label", { for: password.id }, "App password"),
      h("div", { class: "at-field" }, password),
      h("span", {}),
      h(
        "div",
        { class: "at-field at-signing" },
        sign,
        sandbox,
        h("label", { class: "at-check" }, remember, "remember on this machine"),
        say,
      ),
    ];
  }

  #input(name: string, label: string, more: Record<string, string>): HTMLInputElement {
    return h("input", {
      id: `${this.#prefix}-${name}`,
      "aria-label": label,
      autocomplete: "off",
      spellcheck: "false",
      ...more,
      ...SUPPRESS,
    });
  }

  async #enter<K extends "sign_in" | "sandbox">(
    kind: K,
    body: K extends "sign_in" ? { handle: string; password: string; remember: boolean } : object,
    buttons: HTMLButtonElement[],
    say: HTMLElement,
  ): Promise<void> {
    for (const one of buttons) one.disabled = true;
    say.classList.remove("at-fault");
    say.textContent = kind === "sandbox" ? "Starting the sandbox…" : "Signing in…";
    try {
      const { account } = await this.asker.ask(kind, body as never);
      this.show(account);
      this.changed(account);
    } catch (error) {
      for (const one of buttons) one.disabled = false;
      say.classList.add("at-fault");
      say.textContent = error instanceof Error ? error.message : String(error);
    }
  }

  async #change(): Promise<void> {
    await this.asker.ask("sign_out", {});
    this.show(null);
    this.changed(null);
    this.element.querySelector("input")?.focus();
  }
}
