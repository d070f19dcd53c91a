import { decodeEntities } from "./markdown-parser.ts";
import { isBlank, withoutHidden } from "./hidden-characters.ts";
import type { Tag } from "./html-tags.ts";

/** A place in what was gathered. */
export interface Mark {
  readonly pieces: number;
  readonly seen: number;
}

/** Gathers what is seen of a text; what turns out to be hidden is taken back. */
export class Shown {
  readonly #pieces: string[] = [];
  #seen = 0;
  #anchor: Mark | null = null;

  mark(): Mark {
    return { pieces: this.#pieces.length, seen: this.#seen };
  }

  add(text: string): void {
    if (text === "") return;
    this.#pieces.push(text);
    if (!isBlank(text)) this.#seen += 1;
  }

  /** Markup that shows nothing by itself. */
  addUnseen(text: string): void {
    this.#pieces.push(text);
  }

  /** `&name;`, unless it stands for a hidden character. */
  addEntity(entity: string): void {
    const meant = decodeEntities(entity);
    if (withoutHidden(meant) === "") return;
    if (isBlank(meant)) this.addUnseen(entity);
    else this.add(entity);
  }

  addTag(tag: Tag): void {
    if (tag.name === "img") return this.add("(image)");
    if (tag.name === "a") {
      const open = this.#anchor;
      this.#anchor = tag.isClosing ? null : this.mark();
      if (tag.isClosing && open !== null && this.isBlankSince(open)) return this.replace(open, " ");
    }
    this.addUnseen(tag.shown);
  }

  isBlankSince(mark: Mark): boolean {
    return this.#seen === mark.seen;
  }

  /** All since the mark gives way to the text. */
  replace(mark: Mark, text: string): void {
    this.#pieces.length = mark.pieces;
    this.#seen = mark.seen;
    if (this.#anchor !== null && this.#anchor.pieces >= mark.pieces) this.#anchor = null;
    this.add(text);
  }

  toString(): string {
    return withoutHidden(this.#pieces.join(""));
  }
}
