import type { Permission } from "./github.ts";

/** Whether somebody with this permission may change the repository, and so may say what is done in it. */
export function mayWrite(permission: Permission): boolean {
  return permission === "write" || permission === "maintain" || permission === "admin";
}
