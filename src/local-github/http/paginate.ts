import type { Answer, Call } from "./call.ts";

/** One page of a list with its Link header. Only the items of the page are rendered. */
export async function paginate<Item>(
  call: Call,
  items: Item[],
  render: (item: Item) => unknown,
): Promise<Answer> {
  const { start, end, headers } = pageOf(call, items.length);
  const body = await Promise.all(items.slice(start, end).map(render));
  return { status: 200, body, headers };
}

/** As `paginate`, for lists that GitHub wraps: `{total_count, check_runs: […]}`. */
export async function paginateWrapped<Item>(
  call: Call,
  { name, items, render }: { name: string; items: Item[]; render: (item: Item) => unknown },
): Promise<Answer> {
  const answer = await paginate(call, items, render);
  return { ...answer, body: { total_count: items.length, [name]: answer.body } };
}

function pageOf(call: Call, total: number): { start: number; end: number; headers: Record<string, string> } {
  const perPage = clamp(Number(call.query["per_page"] ?? 30), 1, 100, 30);
  const page = clamp(Number(call.query["page"] ?? 1), 1, Number.MAX_SAFE_INTEGER, 1);
  const last = Math.max(Math.ceil(total / perPage), 1);
  const links: string[] = [];
  const link = (rel: string, to: number): void => {
    const url = new URL(call.url);
    url.searchParams.set("page", String(to));
    links.push(`<${url.href}>; rel="${rel}"`);
  };
  if (page > 1) link("prev", page - 1);
  if (page < last) link("next", page + 1);
  if (page < last) link("last", last);
  if (page > 1) link("first", 1);
  const headers: Record<string, string> = links.length > 0 ? { link: links.join(", ") } : {};
  return { start: (page - 1) * perPage, end: page * perPage, headers };
}

function clamp(value: number, least: number, most: number, otherwise: number): number {
  return Number.isInteger(value) && value >= least ? Math.min(value, most) : otherwise;
}
