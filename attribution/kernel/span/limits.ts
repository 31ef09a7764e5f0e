/** Tiles are no shorter and no longer, in bytes. */
export const minTileBytes = 32
export const maxTileBytes = 1024

/** Outputs are no longer, in bytes: a receipt that says more is malformed. */
export const maxOutputBytes = 8192
