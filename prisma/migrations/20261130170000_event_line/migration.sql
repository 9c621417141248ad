-- The waiting line of an event: its order, when people can join it, how many are called a second, and how many passes
-- may be in use, in percent of the coupons that remain. NULL in `line` means that the event has no line.
-- Cost: columns that may be NULL, added at the end of the table without touching its rows. Nothing has to be stopped.
-- Processes of the version before neither read nor write them, and let people claim without a pass: turn a line on only
-- after all processes run this version.

ALTER TABLE `events`
  ADD COLUMN `line` VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NULL,
  ADD COLUMN `line_opens_at` DATETIME(3) NULL,
  ADD COLUMN `admit_per_second` BIGINT NULL,
  ADD COLUMN `admit_percent` BIGINT NULL,
  ALGORITHM = INSTANT;
