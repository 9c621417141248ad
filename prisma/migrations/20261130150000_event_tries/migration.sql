-- How often a user may try to claim a coupon of an event: `tries_max` times in any `tries_window_ms`.
-- Cost: columns that may be NULL, added at the end of the table without touching its rows. Nothing has to be stopped;
-- processes of the version before neither read nor write them.

ALTER TABLE `events`
  ADD COLUMN `tries_max` BIGINT NULL,
  ADD COLUMN `tries_window_ms` BIGINT NULL,
  ALGORITHM = INSTANT;
