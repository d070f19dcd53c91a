/** How hard a model thinks before it answers; `off`: not at all. What a server cannot do is left out of the request. */
export type Effort = (typeof efforts)[number];
export const efforts = ["off", "low", "medium", "high", "max"] as const;
