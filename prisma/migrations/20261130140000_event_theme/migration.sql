-- How an event's page looks, as JSON: the shop's name, pictures, colour and shapes.
-- Cost: a column that may be NULL, added at the end of the table without touching its rows. Nothing has to be stopped;
-- processes of the version before neither read nor write it.

ALTER TABLE `events`
  ADD COLUMN `theme` TEXT NULL,
  ALGORITHM = INSTANT;
