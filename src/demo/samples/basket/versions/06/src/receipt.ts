import { linePrice, type BasketLine } from "./basket.ts";
import type { Sale } from "./checkout.ts";
import { formatMoney } from "./money.ts";
import { vatPercent, type VatClass } from "./vat.ts";

/** The printer takes 32 characters to a line. */
const WIDTH = 32;

export function printReceipt(sale: Sale): string {
  const rule = "-".repeat(WIDTH);
  const rows = sale.lines.map((line) => row(describe(line), formatMoney(linePrice(line))));
  const sums = [row("Subtotal", formatMoney(sale.subtotal))];
  if (sale.discount) sums.push(row(sale.discount.label, `-${formatMoney(sale.discount.amount)}`));
  sums.push(row("Total", formatMoney(sale.total)));
  const taxes = (["book", "goods"] satisfies VatClass[])
    .filter((vatClass) => sale.vat[vatClass] !== 0)
    .map((vatClass) => row(`incl. VAT ${vatPercent(vatClass)} %`, formatMoney(sale.vat[vatClass])));
  return ["Lantern Books", rule, ...rows, rule, ...sums, ...taxes].join("\n") + "\n";
}

function describe(line: BasketLine): string {
  return line.quantity === 1 ? line.title : `${line.quantity} x ${line.title}`;
}

function row(label: string, amount: string): string {
  const room = WIDTH - amount.length - 1;
  return label.slice(0, room).padEnd(room) + " " + amount;
}
