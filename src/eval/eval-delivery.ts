/** In place of a webhook's id: by it, the runs of an evaluation are told from those that people asked for. They are not recorded. */
export const evalDelivery = "eval";
