-- Serials of a round that an operator keeps for people who can prove that they have them.
-- Cost: one column that may be NULL; nothing has to be stopped, and processes of the version before go on.

ALTER TABLE `rounds`
  ADD COLUMN `reserved` VARCHAR(1000) CHARACTER SET ascii COLLATE ascii_bin NULL AFTER `rebuilding_at`;
