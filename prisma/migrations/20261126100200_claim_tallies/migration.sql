-- How claims were answered, counted by each API process and kept when it is gone. Each row is one process's total so far
-- (`source` is the process's own random id), so that writing it twice changes nothing.
-- Cost: a new table only; nothing has to be stopped.
--
-- No foreign key to the round: checking it would wait for the row that `db-lock` holds while it decides.

CREATE TABLE `claim_tallies` (
  `event_id` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `round` INT UNSIGNED NOT NULL,
  `source` VARCHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `outcome` VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `answers` BIGINT NOT NULL,
  `sum_ms` DOUBLE NOT NULL,
  `max_ms` DOUBLE NOT NULL,
  `buckets` VARCHAR(1000) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `updated_at` DATETIME(3) NOT NULL,
  PRIMARY KEY (`event_id`, `round`, `source`, `outcome`)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
