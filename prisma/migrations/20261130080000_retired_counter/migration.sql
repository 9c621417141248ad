-- The gate's counter at the moment at which a round left Redis, so that a top-up never gives a serial twice that has no
-- claim in MySQL, and so that a round that left with stock unsold is found. Null: an earlier version took it out; the
-- sweep counts it once.
-- Cost: one column that may be NULL and one index; nothing has to be stopped, and running processes go on.
ALTER TABLE `rounds`
  ADD COLUMN `retired_counter` INT UNSIGNED NULL AFTER `rebuilding_at`,
  ADD INDEX `rounds_retired` (`retired_counter`, `retired_at`);
