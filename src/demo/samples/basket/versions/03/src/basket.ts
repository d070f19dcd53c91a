import type { Cents } from "./money.ts";
import type { VatClass } from "./vat.ts";

export interface Item {
  readonly sku: string;
  readonly title: string;
  /** With VAT. */
  readonly unitPrice: Cents;
  readonly vat: VatClass;
}

export interface BasketLine extends Item {
  readonly quantity: number;
}

/** The same item scanned twice is one line. A line whose quantity comes to zero goes. */
export function addItem(lines: readonly BasketLine[], item: Item, quantity = 1): BasketLine[] {
  if (!Number.isInteger(quantity)) throw new RangeError(`Not a whole quantity: ${quantity}`);
  const known = lines.find((line) => line.sku === item.sku);
  if (!known) return quantity === 0 ? [...lines] : [...lines, { ...item, quantity }];
  return lines
    .map((line) => (line === known ? { ...line, quantity: line.quantity + quantity } : line))
    .filter((line) => line.quantity !== 0);
}

export function linePrice(line: BasketLine): Cents {
  return line.unitPrice * line.quantity;
}

export function subtotal(lines: readonly BasketLine[]): Cents {
  return lines.reduce((sum, line) => sum + linePrice(line), 0);
}
