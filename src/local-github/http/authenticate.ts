import { createPublicKey, verify } from "node:crypto";
import { ApiError } from "../api-error.ts";
import type { LocalGitHubState } from "../state/local-github-state.ts";
import type { App, User } from "../state/model.ts";
import type { InstallationToken, Tokens } from "./tokens.ts";

export type Auth =
  | { kind: "anonymous" }
  | { kind: "app"; app: App }
  | { kind: "installation"; token: InstallationToken }
  | { kind: "user"; user: User };

type Context = { state: LocalGitHubState; tokens: Tokens; now: () => Date };

const longestLifeSeconds = 600;
/** GitHub's clock and the caller's may differ a little. */
const leewaySeconds = 5;

/** Who calls, by the Authorization header. 401 for credentials that are not good; none at all is anonymous. */
export function authenticate(header: string | undefined, context: Context): Auth {
  if (!header) return { kind: "anonymous" };
  const [scheme = "", credentials = ""] = header.split(/\s+/, 2);
  if (/^basic$/i.test(scheme)) {
    const [, password = ""] = Buffer.from(credentials, "base64").toString().split(/:(.*)/s);
    return authenticateToken(password, context);
  }
  if (!/^(bearer|token)$/i.test(scheme)) throw new ApiError(401, "Bad credentials");
  return credentials.split(".").length === 3
    ? { kind: "app", app: verifyAppJwt(credentials, context) }
    : authenticateToken(credentials, context);
}

function authenticateToken(token: string, { tokens }: Context): Auth {
  const installation = tokens.installationToken(token);
  if (installation) return { kind: "installation", token: installation };
  const user = tokens.user(token);
  if (user) return { kind: "user", user };
  throw new ApiError(401, "Bad credentials");
}

function verifyAppJwt(jwt: string, { state, now }: Context): App {
  const [header = "", payload = "", signature = ""] = jwt.split(".");
  const { alg } = parse(header) as { alg?: string };
  const claims = parse(payload) as { iss?: string | number; iat?: number; exp?: number };
  const app = state.apps.find((one) => String(one.id) === String(claims.iss) || one.clientId === claims.iss);
  const isSigned =
    app !== undefined &&
    alg === "RS256" &&
    verify(
      "RSA-SHA256",
      Buffer.from(`${header}.${payload}`),
      createPublicKey(app.publicKey),
      Buffer.from(signature, "base64url"),
    );
  if (!isSigned) throw new ApiError(401, "A JSON web token could not be decoded");
  const seconds = now().getTime() / 1000;
  if (typeof claims.exp !== "number" || claims.exp <= seconds) {
    throw new ApiError(
      401,
      "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires",
    );
  }
  if (claims.exp > seconds + longestLifeSeconds + leewaySeconds) {
    throw new ApiError(401, "'Expiration time' claim ('exp') is too far in the future");
  }
  if (typeof claims.iat !== "number" || claims.iat > seconds + leewaySeconds) {
    throw new ApiError(
      401,
      "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued",
    );
  }
  return app;
}

function parse(part: string): unknown {
  try {
    return JSON.parse(Buffer.from(part, "base64url").toString());
  } catch {
    return {};
  }
}
