import { appRoutes } from "./app-routes.ts";
import { checkRoutes } from "./check-routes.ts";
import { commentRoutes } from "./comment-routes.ts";
import { commitRoutes } from "./commit-routes.ts";
import { deliveryRoutes } from "./delivery-routes.ts";
import { gitDataRoutes } from "./git-data-routes.ts";
import { issueRoutes } from "./issue-routes.ts";
import { labelRoutes } from "./label-routes.ts";
import { pullRoutes } from "./pull-routes.ts";
import { reactionRoutes } from "./reaction-routes.ts";
import { refRoutes } from "./ref-routes.ts";
import { repositoryRoutes } from "./repository-routes.ts";
import { reviewCommentRoutes } from "./review-comment-routes.ts";
import { reviewRoutes } from "./review-routes.ts";
import { userRoutes } from "./user-routes.ts";
import { manifestRoutes } from "./manifest-routes.ts";
import type { Routes } from "../http/call.ts";

/** Every operation of the REST API that is served here. */
export const servedRoutes: Routes = {
  ...appRoutes,
  ...checkRoutes,
  ...commentRoutes,
  ...commitRoutes,
  ...deliveryRoutes,
  ...gitDataRoutes,
  ...issueRoutes,
  ...labelRoutes,
  ...manifestRoutes,
  ...pullRoutes,
  ...reactionRoutes,
  ...refRoutes,
  ...repositoryRoutes,
  ...reviewCommentRoutes,
  ...reviewRoutes,
  ...userRoutes,
};
