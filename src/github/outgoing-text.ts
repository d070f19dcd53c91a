import type { HostSecrets } from "../host-secrets.ts";
import type { Refusal } from "../run/events.ts";
import { isNeutral } from "./is-neutral.ts";
import { maxBodyLength, neutraliseMarkdown, neutraliseTitle } from "./neutralise-markdown.ts";

/**
 * The last look at each text on its way to GitHub: none of the host's secrets, nothing that notifies, closes, loads or links what it
 * should not. Whoever composes a text has made a model's parts harmless already; what is still found here is reported.
 */
export class OutgoingText {
  readonly #linkPrefix: string;
  readonly #secrets: HostSecrets;
  readonly #onRefusal: (refusal: Refusal) => void;

  constructor(options: { linkPrefix: string; secrets: HostSecrets; onRefusal: (refusal: Refusal) => void }) {
    this.#linkPrefix = options.linkPrefix;
    this.#secrets = options.secrets;
    this.#onRefusal = options.onRefusal;
  }

  /** `name`: what the text is, for the report: `the pull request's text`. */
  body(name: string, body: string, mentions: readonly string[] = []): string {
    const clean = this.#withoutSecrets(name, body);
    const rules = { linkPrefix: this.#linkPrefix, mentions, html: true };
    const fits = clean.length <= maxBodyLength - 1000;
    if (fits && isNeutral(clean, rules)) return clean;
    if (fits) this.#report(name);
    const options = { linkPrefix: this.#linkPrefix, maxLength: maxBodyLength - 4000 };
    const gentle = neutraliseMarkdown(clean, { ...options, mentions, html: true });
    return isNeutral(gentle, rules) ? gentle : neutraliseMarkdown(clean, options);
  }

  title(name: string, title: string): string {
    const clean = this.#withoutSecrets(name, title);
    const neutral = neutraliseTitle(clean);
    const isCut = neutral.endsWith("…");
    if (!isCut && neutral !== clean.replaceAll(/\s+/g, " ").trim()) this.#report(name);
    return neutral;
  }

  #withoutSecrets(name: string, text: string): string {
    const clean = this.#secrets.remove(text);
    if (clean !== text) {
      this.#onRefusal({
        rule: "secret",
        what: `A secret of this Handback's host was taken out of ${name}.`,
        mend: "Its operator should replace the secret, and find out how it came into the run.",
      });
    }
    return clean;
  }

  #report(name: string): void {
    this.#onRefusal({
      rule: "markdown",
      what: `In ${name} a mention, a closing word, an image, HTML or a link elsewhere was made plain text.`,
      mend: "Write by hand what of it is wanted.",
    });
  }
}
