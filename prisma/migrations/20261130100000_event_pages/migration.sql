-- What an event's page shows besides its name and description: a picture, the terms, where a coupon is used and until when.
-- Cost: columns that may be NULL, added at the end of the table without touching its rows. Nothing has to be stopped;
-- processes of the version before neither read nor write them.

ALTER TABLE `events`
  ADD COLUMN `image_url` VARCHAR(2000) NULL,
  ADD COLUMN `image_alt` VARCHAR(500) NULL,
  ADD COLUMN `terms` TEXT NULL,
  ADD COLUMN `use_url` VARCHAR(2000) NULL,
  ADD COLUMN `valid_until` DATETIME(3) NULL,
  ALGORITHM = INSTANT;
