import { isIP } from "node:net";

/** Whether this names an address or a network of them. */
export function isProxy(text: string): boolean {
  const [address = "", prefix, ...more] = text.split("/");
  const family = isIP(address);
  const longest = family === 6 ? 128 : 32;
  const isPrefix = prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= longest);
  return family !== 0 && isPrefix && more.length === 0;
}
