import { GraphQLError } from "graphql";

export type Page = {
  first?: number | null;
  last?: number | null;
  after?: string | null;
  before?: string | null;
};

/** A page of a list in GraphQL's form. As on GitHub, one of `first` and `last` must be given, 100 at most. */
export function connect<Item>(
  all: Item[],
  page: Page,
  render: (item: Item) => Record<string, unknown>,
): Record<string, unknown> {
  const size = page.first ?? page.last;
  if (size === undefined || size === null) {
    throw new GraphQLError("You must provide a `first` or `last` value to properly paginate the connection.");
  }
  if (size < 1 || size > 100) {
    throw new GraphQLError(`Requesting ${size} records on the connection exceeds the limit of 100 records.`);
  }
  const start = page.after ? position(page.after) + 1 : 0;
  const end = page.before ? position(page.before) : all.length;
  const from = page.first ? start : Math.max(start, end - size);
  const to = page.first ? Math.min(end, start + size) : end;
  return {
    totalCount: all.length,
    nodes: all.slice(from, to).map(render),
    pageInfo: {
      hasNextPage: to < all.length,
      hasPreviousPage: from > 0,
      startCursor: to > from ? cursor(from) : null,
      endCursor: to > from ? cursor(to - 1) : null,
    },
  };
}

function cursor(index: number): string {
  return Buffer.from(`cursor:${index}`).toString("base64");
}

function position(text: string): number {
  const index = Number(Buffer.from(text, "base64").toString().split(":")[1]);
  if (!Number.isInteger(index)) throw new GraphQLError(`\`${text}\` does not appear to be a valid cursor.`);
  return index;
}
